"""Every page about the first page's nouns, to those who may see it and to those who may not."""

from __future__ import annotations

import pytest
from django.test import Client

from aegir.engine import ledger
from aegir.models import Platform, Task
from tests import doors

pytestmark = pytest.mark.django_db

PAGES = ["/", "/platforms", "/add", "/platforms/d10", "/platforms/d10/delete", "/platforms/d10/share"]
PAGES += ["/servers", "/servers/localhost", "/tasks", "/tasks/1", "/queues", "/packages", "/backups"]
CHANGES = ["/platforms/d10/verify", "/platforms/d10/lock", "/platforms/d10/unlock", "/platforms/bulk"]
CHANGES += ["/servers/localhost/verify", "/queues/main/pause", "/queues/main/resume", "/backups/delete"]
CHANGES += ["/tasks/1/cancel", "/tasks/1/retry", "/tasks/bulk"]


@pytest.fixture(autouse=True)
def _there(db: None) -> None:
    site = doors.site()
    doors.task("queued", pk=1, subject_id=site.pk)
    doors.backup(site)


@pytest.mark.parametrize("address", [*PAGES, *CHANGES])
def test_nobody_gets_past_the_sign_in_page(client: Client, address: str) -> None:
    response = client.post(address) if address in CHANGES else client.get(address)
    assert response.status_code == 302
    assert response["Location"].startswith("/sign-in?next=")


@pytest.mark.parametrize("address", PAGES)
def test_a_page_is_shown_with_a_strict_policy(alice: Client, address: str) -> None:
    response = alice.get(address)
    assert response.status_code == 200
    assert "default-src 'self'" in response["Content-Security-Policy"]
    text = response.content.decode()
    assert "<script>" not in text
    assert "style=" not in text
    assert text.count("<h1") == 1


@pytest.mark.parametrize("address", CHANGES)
def test_a_button_takes_no_mere_visit(alice: Client, address: str) -> None:
    assert alice.get(address).status_code == 405


@pytest.mark.parametrize("address", CHANGES)
def test_someone_without_a_role_changes_nothing(charlie: Client, address: str) -> None:
    given = {"row": ["1", "d10"], "count": "1", "action": "cancel", "name": "d10"}
    response = charlie.post(address, given)
    assert response.status_code in (302, 403, 404, 422)
    assert list(Task.objects.values_list("state", flat=True)) == ["queued"]
    assert Platform.objects.get().state == "enabled"
    assert not ledger.paused("main")


@pytest.mark.parametrize("address", ["/platforms/x", "/servers/x", "/tasks/7", "/backups/7/fetch"])
def test_what_is_not_there_says_so(alice: Client, address: str) -> None:
    response = alice.get(address)
    assert response.status_code == 404
    assert b"There is no" in response.content


@pytest.mark.parametrize("value", ["<b>", "' OR 1=1 --", "\u202e\u0000", "%s%n", "9" * 400, "../../etc"])
@pytest.mark.parametrize(
    "address", ["/tasks", "/platforms", "/servers", "/packages", "/backups", "/platforms/d10"]
)
def test_no_address_breaks_a_list(alice: Client, address: str, value: str) -> None:
    names = ("q", "state", "sort", "page", "queue", "major", "older", "version", "age", "of", "kind")
    response = alice.get(address, dict.fromkeys(names, value))
    assert response.status_code == 200
    assert "<b>" not in response.content.decode().replace("<b></b>", "")
