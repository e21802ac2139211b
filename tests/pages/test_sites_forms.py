"""The forms of everything that can be done to a site: good and bad input, and what is typed on the way."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from aegir import pages
from aegir.api.site_verbs import VERBS as API
from aegir.models import Backup, Site, SiteName, Task, possible
from aegir.pages.site_verbs import VERBS
from tests import doors
from tests.pages.sites import CHECK, acme, bob, full, pair

pytestmark = pytest.mark.django_db
__all__ = ["bob"]

SITE = "/sites/example.org"
SENTENCE = 'class="said" id="said-{field}">{words}'

GOOD: dict[str, dict[str, Any]] = {
    "verify": {}, "login": {}, "flush": {}, "cron": {}, "update": {}, "permissions": {}, "disable": {},
    "backup": {"description": "before <the> fair", "compression": "gz"},
    "restore": {"backup": "BACKUP", "platform": ""},
    "sync": {"source": "sister.example.org", "what": "database", "sanitize": "on"},
    "migrate": {"platform": "d11"}, "rehearse": {"platform": "d11"},
    "rename": {"to": "neu.example.org", "keep": "alias", "platform": ""},
    "clone": {"to": "test.example.org", "platform": "", "aliases": "a.example.org\nb.example.org"},
    "undo": {"pair": "PAIR"}, "changes": {"pair": "PAIR"},
    "reinstall": {"sure": "example.org"},
    "cron-interval": {"minutes": "30"},
    "alias-add": {"name": "www.example.org", "redirect": "on"},
    "alias-remove": {"name": "old.example.org"},
    "alias-redirect": {"name": "", "to": "old.example.org"},
}  # fmt: skip
ARGUMENTS = {
    "backup": {"description": "before <the> fair", "compression": "gz"},
    "sync": {"source": "sister.example.org", "what": "database", "sanitize": True},
    "clone": {"to": "test.example.org", "aliases": ["a.example.org", "b.example.org"], "mail": False},
    "rename": {"to": "neu.example.org", "keep": "alias"},
    "cron-interval": {"minutes": 30},
    "alias-add": {"name": "www.example.org", "redirect": True},
    "alias-redirect": {"name": None, "to": "old.example.org"},
}
BAD: list[tuple[str, dict[str, Any], str, str]] = [
    ("backup", {"description": "x" * 301, "compression": "gz"}, "description", "too long"),
    ("restore", {"backup": "999"}, "backup", "Choose another"),
    ("restore", {"backup": "'; DROP TABLE"}, "backup", "Choose another"),
    ("sync", {"source": ""}, "source", "Name the site"),
    ("sync", {"source": "nowhere.org"}, "source", "There is no site"),
    ("sync", {"source": "example.org", "what": "all"}, "source", "from itself"),
    ("rename", {"to": "", "keep": "redirect"}, "to", "A domain is needed"),
    ("rename", {"to": "sister.example.org", "keep": "drop"}, "to", "already a site"),
    ("rename", {"to": "../../etc", "keep": "redirect"}, "to", "is not a domain"),
    ("clone", {"to": "<script>alert(1)</script>"}, "to", "is not a domain"),
    ("clone", {"to": "c.example.org", "aliases": "not a/name"}, "aliases", "is not a domain"),
    ("clone", {"to": "c.example.org", "platform": "d999"}, "platform", "Choose another"),
    ("reinstall", {"sure": "example.com"}, "sure", "type example.org to confirm"),
    ("cron-interval", {"minutes": "-1"}, "minutes", "is a whole number from 0 to 10080"),
    ("cron-interval", {"minutes": "often"}, "minutes", "whole number"),
    ("alias-add", {"name": "a b"}, "name", "is not a domain"),
    ("alias-add", {"name": "\r\nSet-Cookie: x"}, "name", "is not a domain"),
    ("alias-remove", {"name": "example.org"}, "name", "Choose another"),
    ("drush", {"arguments": ""}, "arguments", "Give a Drush command first"),
    ("drush", {"arguments": "status 'open"}, "arguments", "has no partner"),
    ("drush", {"arguments": "status --root=/"}, "arguments", "chooses a site"),
]  # fmt: skip


def world() -> Site:
    site = full()
    SiteName.objects.create(name="old.example.org", site=site)
    return site


def given(verb: str) -> dict[str, Any]:
    known = {"BACKUP": Backup.objects.get(state="ready").pk, "PAIR": pair().pk}
    return {name: known.get(value, value) for name, value in GOOD[verb].items()}


def test_the_panel_can_do_to_a_site_what_the_api_can() -> None:
    asked = {verb.operation for verb in VERBS.values()}
    assert {verb.operation for verb in API.values()} - {"site_deploy"} <= asked  # a page of its own
    assert asked - {"site_give"} <= possible.RULES.keys()
    drawn = (Path(pages.__file__).parent / "static/icons.svg").read_text()
    assert [verb.icon for verb in VERBS.values() if f'id="{verb.icon}"' not in drawn] == []


def test_every_form_asks_for_its_task_and_explains_itself_first(alice: Client) -> None:
    site = world()
    for verb in GOOD:
        address, fields = f"{SITE}/{verb}", given(verb)
        shown = alice.get(address)
        assert shown.status_code == 200, verb
        if verb not in ("migrate", "rehearse"):
            assert VERBS[verb].explains.split(".")[0].replace("'", "&#x27;") in shown.content.decode(), verb
        response = alice.post(address, {**fields, "seen": possible.stamp(site)})
        task = Task.objects.get()
        assert response["Location"] == f"/tasks/{task.pk}", verb
        assert (task.operation, task.asked_by) == (VERBS[verb].operation, "alice")
        assert ARGUMENTS.get(verb, {}).items() <= task.arguments.items(), verb
        Task.objects.all().delete()
        site.names.filter(reserved=True).delete()
        Site.objects.filter(domain="test.example.org").delete()


@pytest.mark.parametrize(("verb", "fields", "field", "sentence"), BAD)
def test_bad_input_gets_a_sentence_at_its_field_and_loses_nothing(
    alice: Client, verb: str, fields: dict[str, Any], field: str, sentence: str
) -> None:
    world()
    response = alice.post(f"{SITE}/{verb}", fields)
    assert response.status_code == 422
    text = response.content.decode()
    said = text.partition(f'id="said-{field}">')[2].partition("</div>")[0]
    assert sentence in said
    assert "<script>alert" not in text
    assert not Task.objects.exists()
    for name, value in fields.items():
        if (
            value
            and name not in ("backup", "platform", "keep", "what", "compression")
            and verb != "alias-remove"
        ):
            assert value.strip().replace("<", "&lt;").replace(">", "&gt;").replace("'", "&#x27;") in text


def test_checking_while_typing_says_the_same_and_queues_nothing(alice: Client) -> None:
    site = world()
    for verb, fields, field, sentence in BAD:
        response = alice.post(f"{SITE}/{verb}", fields, headers=CHECK)
        said = response.content.decode().partition(f'id="said-{field}"')[2].partition("</div>")[0]
        if fields.get(field, "").strip():
            assert sentence in said, (verb, fields)
        else:
            assert said.endswith(">"), "nobody was there yet"
    for verb in GOOD:
        response = alice.post(f"{SITE}/{verb}", given(verb), headers=CHECK)
        assert response.status_code == 200, verb
        assert "alert-danger" not in response.content.decode(), verb
    assert not Task.objects.exists()
    assert not site.names.filter(reserved=True).exists()
    assert Site.objects.count() == 2


def test_a_form_that_comes_back_empty_is_no_mishap(alice: Client) -> None:
    world()
    for verb in VERBS:
        assert alice.post(f"{SITE}/{verb}", {}).status_code in (302, 422), verb
        assert alice.post(f"{SITE}/{verb}", {}, headers=CHECK).status_code in (200, 422), verb
        Task.objects.all().delete()
        Site.objects.get(domain="example.org").names.filter(reserved=True).delete()


def test_a_drush_line_is_shown_as_it_is_understood(alice: Client) -> None:
    world()
    line = {"arguments": "config:set system.site name 'Two words'"}
    text = alice.post(f"{SITE}/drush", line, headers=CHECK).content.decode()
    assert "<code>Two words</code>" in text
    assert "<code>system.site</code>" in text


def test_a_button_that_has_grown_old_does_nothing(alice: Client) -> None:
    site = world()
    old = possible.stamp(site)
    Site.objects.filter(pk=site.pk).update(state="disabled")
    for verb in ("verify", "backup", "migrate", "undo"):
        response = alice.post(f"{SITE}/{verb}", {**given(verb), "seen": old})
        assert response.status_code == 422, verb
        assert "has changed since this page was opened" in response.content.decode()
        assert "now disabled" in response.content.decode()
        assert not Task.objects.exists()
    site.refresh_from_db()
    assert possible.stamp(site) in response.content.decode()
    gone = alice.post(f"{SITE}/disable", {"seen": possible.stamp(site)})
    assert gone.status_code == 422
    assert "disabled already" in gone.content.decode()


def test_deleting_asks_for_the_name_and_offers_a_final_backup(alice: Client) -> None:
    full(state="disabled")
    assert "Make a final backup" in alice.get(f"{SITE}/delete").content.decode()
    assert alice.post(f"{SITE}/delete", {"sure": "example.com", "backup": "on"}).status_code == 422
    assert not Task.objects.exists()
    alice.post(f"{SITE}/delete", {"sure": "example.org"})
    assert Task.objects.get(operation="site_delete").arguments["backup"] is False


def test_a_site_is_given_to_a_client_and_back(alice: Client, bob: Client) -> None:
    full()
    assert bob.get(SITE).status_code == 404
    assert alice.post(f"{SITE}/give", {"client": "nobody-such"}).status_code == 422
    alice.post(f"{SITE}/give", {"client": "acme"}, headers=CHECK)
    assert Site.objects.get(domain="example.org").client is None
    assert alice.post(f"{SITE}/give", {"client": "acme"})["Location"] == SITE
    assert bob.get(SITE).status_code == 200
    alice.post(f"{SITE}/give", {"client": ""})
    assert bob.get(SITE).status_code == 404


def test_what_a_client_names_must_be_his_own(bob: Client) -> None:
    site = full(client=acme())
    foreign = doors.site("foreign.example.org", on=site.platform)
    backup = doors.backup(foreign)
    Site.objects.filter(domain="sister.example.org").update(client=site.client)
    for verb, fields in (
        ("sync", {"source": "foreign.example.org", "what": "all"}),
        ("restore", {"backup": backup.pk}),
        ("clone", {"to": "c.example.org", "client": "globex"}),
    ):
        assert bob.post(f"{SITE}/{verb}", fields).status_code in (422, 302), verb
    assert not Task.objects.exclude(operation="site_clone").exists()
    assert Site.objects.filter(domain="c.example.org").values_list("client__name", flat=True)[0] == "acme"
    assert "foreign.example.org" not in bob.get(f"{SITE}/sync").content.decode()


def test_a_kept_pair_is_given_up_only_by_its_own_page(alice: Client, bob: Client) -> None:
    full()
    address = f"{SITE}/kept/{pair().pk}/retire"
    assert bob.post(address).status_code == 404
    assert "can no longer go back" in alice.get(address).content.decode()
    assert not Task.objects.exists()
    alice.post(address)
    assert Task.objects.get().arguments == {"pair": pair().pk}


def test_a_change_needs_its_forms_token() -> None:
    full()
    client = Client(enforce_csrf_checks=True)
    client.force_login(doors.alice())
    response = client.post(f"{SITE}/verify")
    assert response.status_code == 403
    assert b"open for too long" in response.content
    assert not Task.objects.exists()


def test_somebody_without_a_role_changes_nothing(charlie: Client) -> None:
    full()
    for verb in VERBS:
        assert charlie.post(f"{SITE}/{verb}", {"sure": "example.org"}).status_code in (403, 404), verb
    assert charlie.post("/install", {"domain": "x.example.org", "platform": "d10"}).status_code == 403
    assert not Task.objects.exists()
