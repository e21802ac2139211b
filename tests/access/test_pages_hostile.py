"""Whatever anybody types into whichever field of the panel: a clear answer comes back, and nothing breaks."""

from __future__ import annotations

import pytest
from django.db import transaction

from aegir.pages.forms import CHECK
from tests.access.addresses import TABLE
from tests.access.test_pages_scope import browser, filled, places
from tests.api.cast import everybody

pytestmark = pytest.mark.django_db

FIELDS = (
    "account", "action", "active", "archive", "backup", "canary", "checksum", "client", "clients",
    "credentials", "days", "description", "docroot", "domain", "email", "email_again", "enabled",
    "failures", "files", "group", "host", "kind", "language", "location", "mail_host", "mail_password",
    "minutes", "name", "now", "of_backups", "of_platforms", "of_sites", "on", "organisation",
    "outcomes", "path", "platform", "profile", "quota", "reference", "rehearse", "roles", "row",
    "scopes", "secret", "session", "site", "source", "target", "title", "to", "undo_days", "use",
    "user", "username", "wave", "welcome", "welcome_body", "welcome_subject", "width",
)  # fmt: skip
MARKED = "<script>alert(1)</script>"
VALUES = {
    "nothing": "",
    "very much": "9" * 100_000,
    "marks and commands": f"{MARKED}' OR 1=1; -- $(id) ../../etc/x {{{{7*7}}}}\r\nX-Evil: 1\t\u202e\u0007",
    "a byte that ends strings": "a\0b",
    "a number beyond all": "9" * 40,
}


@pytest.mark.parametrize("what", VALUES)
def test_hostile_values_get_a_sentence(what: str) -> None:
    annas, _ = everybody()
    parts, wrong = places(annas), []
    for route, methods in TABLE.items():
        if "post" not in methods:
            continue
        address = filled(route, parts[methods["post"].kind])
        given = dict.fromkeys(FIELDS, VALUES[what])
        given |= {name: each for name, each in methods["post"].body(annas).items() if name == "action"}
        client = browser("alice")
        for headers in ({}, {CHECK: "yes"}) if "get" in methods else ({},):
            with transaction.atomic():
                response = client.post(address, given, headers=headers)
                text = "" if response.streaming else response.content.decode()
                transaction.set_rollback(True)
            if response.status_code >= 500 or MARKED in text or "X-Evil" in response.headers:
                wrong.append((address, response.status_code))
    assert not wrong, "\n".join(str(each) for each in wrong)
