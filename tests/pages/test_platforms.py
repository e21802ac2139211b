"""Pages about platforms."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.test import Client
from django.utils import timezone

from aegir.models import AuditEntry, Platform, Task
from aegir.models import Client as Customer
from tests import doors
from tests.pages.counting import queries

pytestmark = pytest.mark.django_db


def text(client: Client, address: str, status: int = 200) -> str:
    response = client.get(address)
    assert response.status_code == status, address
    return str(response.content.decode())


def test_the_first_platform_is_asked_for_where_there_is_none(alice: Client, charlie: Client) -> None:
    assert "No platforms yet" in text(alice, "/platforms")
    assert 'href="/add"' in text(alice, "/platforms")
    assert 'href="/add"' not in text(charlie, "/platforms")


def test_platforms_are_searched_filtered_and_sorted_with_their_sites(alice: Client) -> None:
    d10 = doors.platform("d10")
    doors.platform("d7", version="7.105", major=7, state="locked")
    few = queries(alice, "/platforms")
    for number in range(12):
        doors.platform(f"more-{number}")
        doors.site(f"s{number}.example.org", on=d10)
    doors.site("gone.example.org", on=d10, state="deleted")
    assert queries(alice, "/platforms") == few <= 20
    page = text(alice, "/platforms?sort=-sites")
    assert page.index(">d10<") < page.index(">d7<")
    assert 'data-label="Sites">12<' in page
    for address in ("/platforms?major=7", "/platforms?state=locked", "/platforms?q=srv/d7"):
        page = text(alice, address)
        assert ">d7<" in page
        assert ">d10<" not in page


def test_a_platform_shows_its_code_its_problems_its_sites_and_its_packages(alice: Client) -> None:
    d10 = doors.platform(problems=["The module «old» is there twice."])
    for number in range(12):
        doors.site(f"s{number:02}.example.org", on=d10)
    doors.package("views", platform=d10)
    doors.package("token", platform=d10)
    doors.task("failed", subject_kind="platform", subject_id=d10.pk, operation="platform_verify")
    page = text(alice, "/platforms/d10")
    for there in ("10.1.6", "/srv/d10", "is there twice", "s00.example.org", "See all 12 sites", "views"):
        assert there in page
    assert "failed and undone" in page
    assert ">token<" not in text(alice, "/platforms/d10?q=views")
    assert "Nothing matches" in text(alice, "/platforms/d10?kind=theme")


def test_a_platform_says_that_its_code_changed_and_graver_when_it_was_built(alice: Client) -> None:
    changed = {"code_changes": ["Files of vendor/twig changed."], "code_changed_at": timezone.now()}
    doors.platform(**changed)
    doors.platform("built", built={"identity": "abc"}, **changed)
    for name, words in (("d10", "run the updates of each site"), ("built", "built code never changes")):
        page = text(alice, f"/platforms/{name}")
        assert "Files of vendor/twig changed." in page
        assert words in page
    assert "built: its code changed" in text(alice, "/")


def test_a_platform_is_added_with_the_operations_own_sentences(alice: Client) -> None:
    doors.server()
    refused = alice.post("/add", {"name": "d10", "path": "relative"})
    assert refused.status_code == 422
    assert 'value="relative"' in refused.content.decode()
    assert "is not absolute" in refused.content.decode()
    checked = alice.post("/add", {"name": "d 10", "path": ""}, headers={"X-Aegir-Check": "yes"})
    assert checked.status_code == 200
    assert not Platform.objects.exists()


def test_verify_and_delete_become_tasks(alice: Client, tmp_path: Path) -> None:
    doors.platform(path=str(tmp_path), docroot="")
    alice.post("/platforms/d10/verify")
    assert "Type" in text(alice, "/platforms/d10/delete")
    assert alice.post("/platforms/d10/delete", {"name": "d"}).status_code == 422
    alice.post("/platforms/d10/delete", {"name": "d10"})
    assert list(Task.objects.values_list("operation", flat=True)) == ["platform_verify", "platform_delete"]


def test_a_platform_with_sites_says_why_it_cannot_go(alice: Client) -> None:
    doors.site()
    page = text(alice, "/platforms/d10/delete")
    assert "has sites (example.org): delete them first" in page
    assert "<input" not in page.partition("<main")[2]
    assert alice.post("/platforms/d10/delete", {"name": "d10"}).status_code == 422


def test_a_locked_platform_says_so_until_it_is_unlocked(alice: Client) -> None:
    doors.platform()
    alice.post("/platforms/d10/lock")
    assert Platform.objects.get().state == "locked"
    assert "no new sites come here" in text(alice, "/platforms/d10")
    assert alice.post("/platforms/d10/lock").status_code == 422
    alice.post("/platforms/d10/unlock")
    assert Platform.objects.get().state == "enabled"
    entries = AuditEntry.objects.order_by("pk").values_list("action", "about", "outcome")
    assert list(entries) == [
        ("platform_lock", "d10", "done"),
        ("platform_lock", "d10", "refused"),
        ("platform_unlock", "d10", "done"),
    ]


def test_many_are_locked_at_once(alice: Client) -> None:
    doors.platform("one")
    doors.platform("two", state="failed")
    page = alice.post(
        "/platforms/bulk", {"action": "platform_lock", "row": ["one", "two", "three"]}, follow=True
    )
    said = page.content.decode()
    assert "Lock: 1 platform." in said
    assert "two is verify failed" in said
    assert "There is no platform" in said
    entries = AuditEntry.objects.filter(action="platform_lock").values_list("about", "outcome")
    assert set(entries) == {("one", "done"), ("two", "refused"), ("three", "refused")}
    nothing = alice.post("/platforms/bulk", {"action": "platform_lock"})
    assert nothing.status_code == 422
    assert "Choose platforms first" in nothing.content.decode()


def test_it_is_said_who_may_use_a_platform(alice: Client, bob: Client) -> None:
    d10 = doors.platform()
    globex = Customer.add(name="globex", title="Globex", email="web@globex.example")
    assert "Globex" in text(alice, "/platforms/d10/share")
    text(bob, "/platforms/d10")
    alice.post("/platforms/d10/share", {"clients": ["globex"]})
    assert list(d10.clients.all()) == [globex]
    assert "Globex" in text(alice, "/platforms/d10")
    text(bob, "/platforms/d10", 404)
    assert alice.post("/platforms/d10/share", {"clients": ["nobody"]}).status_code == 422
    alice.post("/platforms/d10/share", {})
    assert not d10.clients.exists()


def test_a_client_sees_what_he_may_use_and_nothing_of_the_server(bob: Client) -> None:
    d10 = doors.platform(problems=["a problem"], code_changes=["a change"])
    doors.site("mine.example.org", on=d10, client=doors.acme())
    doors.site("theirs.example.org", on=d10)
    page = text(bob, "/platforms")
    assert 'data-label="Sites">1<' in page
    shown = text(bob, "/platforms/d10")
    assert "mine.example.org" in shown
    for hidden in ("theirs.example.org", "/srv/d10", "a problem", "a change", "localhost"):
        assert hidden not in page + shown
    for verb in ("verify", "lock", "unlock", "share", "delete"):
        assert bob.post(f"/platforms/d10/{verb}", {"name": "d10"}).status_code == 403
    assert not Task.objects.exists()
