"""The page of all backups."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from aegir.models import Backup, Site, Task
from tests import doors

pytestmark = pytest.mark.django_db


def test_backups_are_found_by_site_reason_and_age_with_their_total(alice: Client) -> None:
    assert b"No backups yet" in alice.get("/backups").content
    first, second = doors.site("first.example.org"), doors.site("second.example.org")
    doors.backup(first, description="before the fair", size=3_000_000)
    old = doors.backup(second, reason="site_migrate", size=1_000_000)
    Backup.objects.filter(pk=old.pk).update(created_at=timezone.now() - timedelta(days=40))
    assert "2 backups, 3.8" in alice.get("/backups").content.decode()
    for address in ("?q=second", "?reason=site_migrate", "?age=30"):
        page = alice.get(f"/backups{address}").content.decode()
        assert "second.example.org" in page
        assert "first.example.org" not in page
        assert "1 backup, 976" in page
    assert "Nothing matches" in alice.get("/backups?age=365").content.decode()
    assert "before the fair" in alice.get("/backups?q=fair").content.decode()


def test_a_deleted_sites_backup_offers_to_bring_it_back(alice: Client) -> None:
    site = doors.site()
    backup = doors.backup(site)
    assert "Bring back" not in alice.get("/backups").content.decode()
    Site.objects.update(state="deleted")
    page = alice.get("/backups?of=deleted").content.decode()
    assert "deleted" in page
    assert 'href="/sites/example.org"' not in page
    assert f"backup {backup.pk}" in page


def test_a_backup_is_fetched_through_an_address_of_its_own(alice: Client, bob: Client) -> None:
    backup = doors.backup(doors.site())
    response = alice.get(f"/backups/{backup.pk}/fetch")
    assert response["Location"].startswith("/download/")
    assert bob.get(f"/backups/{backup.pk}/fetch").status_code == 404
    backup.path.unlink()
    assert alice.get(f"/backups/{backup.pk}/fetch").status_code == 422


def test_backups_are_deleted_once_their_number_was_typed(alice: Client) -> None:
    site = doors.site()
    rows = [doors.backup(site).pk for _ in range(3)]
    asked = alice.post("/backups/delete", {"row": rows[:2]}).content.decode()
    assert "Delete 2 backups" in asked
    wrong = alice.post("/backups/delete", {"row": rows[:2], "count": "3"})
    assert wrong.status_code == 422
    assert not Task.objects.exists()
    alice.post("/backups/delete", {"row": rows[:2], "count": "2"})
    gone = {task.arguments["backup"] for task in Task.objects.filter(operation="backup_delete")}
    assert gone == set(rows[:2])
    assert alice.post("/backups/delete", {"row": ["x", "0"]}).status_code == 422


def test_a_client_sees_and_deletes_backups_of_his_sites_only(bob: Client) -> None:
    mine = doors.backup(doors.site("mine.example.org", client=doors.acme()))
    theirs = doors.backup(doors.site("theirs.example.org"))
    page = bob.get("/backups").content.decode()
    assert "mine.example.org" in page
    assert "theirs.example.org" not in page
    assert "1 backup," in page
    assert bob.post("/backups/delete", {"row": [theirs.pk], "count": "1"}).status_code == 422
    bob.post("/backups/delete", {"row": [mine.pk, theirs.pk], "count": "1"})
    assert [task.arguments["backup"] for task in Task.objects.all()] == [mine.pk]
