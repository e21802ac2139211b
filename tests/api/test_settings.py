"""Settings, backups and cron over the API."""

from __future__ import annotations

import pytest
from django.test import Client

from aegir.models import Site, Task, default
from tests import doors

pytestmark = pytest.mark.django_db


def test_every_setting_is_listed_with_its_meaning(signed_in: Client) -> None:
    items = signed_in.get("/api/settings").json()["items"]
    assert [item["name"] for item in items] == list(default.KINDS)
    assert all(item["help"] for item in items)


def test_a_setting_is_changed(signed_in: Client) -> None:
    body = {"value": "no"}
    answer = signed_in.put("/api/settings/instant_sites", body, content_type="application/json").json()
    assert (answer["value"], answer["default"]) == (False, True)
    assert default.value("instant_sites") is False


@pytest.mark.parametrize(
    ("name", "value", "status", "field"),
    [
        ("colour", "red", 404, None),
        ("undo_days", "many", 422, "value"),
        ("undo_days", "-1", 422, "value"),
        ("undo_days", 7, 422, "value"),
        ("alias_www", "both", 422, "value"),
    ],
)
def test_a_setting_that_cannot_be_is_refused(
    signed_in: Client, name: str, value: object, status: int, field: str | None
) -> None:
    response = signed_in.put(f"/api/settings/{name}", {"value": value}, content_type="application/json")
    assert response.status_code == status, response.content
    assert response.json()["error"]["field"] == field
    assert default.value("undo_days") == 7


def test_backups_are_found_by_the_sites_name_now_and_then(signed_in: Client) -> None:
    site = doors.site()
    old = doors.backup(site)
    Site.objects.filter(pk=site.pk).update(domain="new.example.org")
    doors.backup(doors.site("other.example.org"))
    for name in ("example.org", "NEW.example.org"):
        (found,) = signed_in.get(f"/api/backups?site={name}").json()["items"]
        assert (found["id"], found["domain"], found["site"]) == (old.pk, "example.org", "new.example.org")
    assert signed_in.get("/api/backups").json()["count"] == 2
    assert signed_in.get("/api/backups?site=a b").status_code == 422


def test_a_deleted_backup_is_gone(signed_in: Client) -> None:
    backup = doors.backup(doors.site(), state="deleted")
    assert signed_in.get(f"/api/backups/{backup.pk}").status_code == 404
    assert signed_in.delete(f"/api/backups/{backup.pk}").status_code == 404


def test_lists_take_the_same_queries_whatever_their_length(
    signed_in: Client, django_assert_max_num_queries: object
) -> None:
    for number in range(10):
        doors.backup(doors.site(f"s{number}.example.org"))
    for address in ("/api/backups", "/api/cron"):
        with django_assert_max_num_queries(6):  # type: ignore[operator]
            assert signed_in.get(address).json()["count"] == 10


def test_only_a_sites_own_kept_pair_is_retired_through_it(signed_in: Client) -> None:
    pair = doors.kept(doors.site())
    doors.site("other.example.org")
    assert signed_in.delete(f"/api/sites/other.example.org/kept/{pair.pk}").status_code == 404
    assert not Task.objects.exists()
    response = signed_in.delete(f"/api/sites/example.org/kept/{pair.pk}?dry_run=true")
    assert response.status_code == 202, response.content
    assert Task.objects.get().dry_run


def test_a_task_tells_what_it_waits_behind(signed_in: Client) -> None:
    doors.site()
    url, json = "/api/sites/example.org/verify", "application/json"
    first = signed_in.post(url, {}, content_type=json).json()
    second = signed_in.post(url, {}, content_type=json).json()
    assert first["behind"] == []
    assert [task["id"] for task in second["behind"]] == [first["id"]]
