"""Moves of whole platforms over the API."""

from __future__ import annotations

import pytest
from django.test import Client

from aegir.models import AuditEntry, Fleet, Platform, Site
from tests.operations.fleet import at_work, compared, finish, finish_all, made, release, site

pytestmark = pytest.mark.django_db


def post(client: Client, address: str, **body: object) -> tuple[int, dict[str, object]]:
    response = client.post(f"/api/fleets{address}", body, content_type="application/json")
    return response.status_code, response.json()


def test_a_move_is_asked_for_once_however_often_it_is_sent(signed_in: Client) -> None:
    site("a.example.org", release("old"))
    release("new")
    for _ in range(2):
        response = signed_in.post(
            "/api/fleets", {"source": "old", "target": "new"}, content_type="application/json",
            headers={"Idempotency-Key": "once"},
        )  # fmt: skip
        assert response.status_code == 201, response.content
    answer = response.json()
    assert (answer["state"], answer["sites"]["comparing"]) == ("comparing", 1)
    assert Fleet.objects.count() == 1
    fleet = compared(Fleet.objects.get())
    assert signed_in.get(f"/api/fleets/{fleet.pk}").json()["refusals"]["start"] == ""


def test_the_report_groups_what_failed_by_its_cause(signed_in: Client) -> None:
    fleet = made(4, canary=0, wave=4, width=4, failures=100, begins=True)
    for number, task in enumerate(at_work(fleet)[:3]):
        finish(task, "failed", f"The database s{number}_example_org_{number} is away.")
    finish_all(fleet)
    answer = signed_in.get(f"/api/fleets/{fleet.pk}").json()
    assert (answer["state"], answer["sites"]["failed"], answer["sites"]["moved"]) == ("done", 3, 1)
    (group,) = answer["groups"]
    assert (group["count"], group["cause"]) == (3, "The database … is away.")
    rows = signed_in.get(f"/api/fleets/{fleet.pk}/sites?state=failed&limit=2").json()
    assert (rows["count"], [row["domain"] for row in rows["items"]]) == (
        3,
        ["s0.example.org", "s1.example.org"],
    )
    assert rows["items"][0]["task"]


def test_each_verb_does_what_it_says_and_is_in_the_audit(signed_in: Client) -> None:
    fleet = made(4, canary=1)
    assert post(signed_in, f"/{fleet.pk}/start")[1]["state"] == "canary"
    assert post(signed_in, f"/{fleet.pk}/pause")[1]["state"] == "paused"
    assert post(signed_in, f"/{fleet.pk}/pause")[0] == 422
    assert post(signed_in, f"/{fleet.pk}/resume")[1]["state"] == "canary"
    finish(at_work(fleet)[0], "failed", "No.")
    assert post(signed_in, f"/{fleet.pk}/retry", domains=["none.example.org"])[0] == 422
    assert post(signed_in, f"/{fleet.pk}/retry")[1]["state"] == "canary"
    finish(at_work(fleet)[0])
    assert post(signed_in, f"/{fleet.pk}/cancel", now=False)[1]["state"] == "cancelled"
    finish_all(fleet)
    assert post(signed_in, f"/{fleet.pk}/undo")[1]["state"] == "undoing"
    finish_all(fleet)
    assert set(Site.objects.values_list("platform__name", flat=True)) == {"old"}
    done = set(AuditEntry.objects.filter(outcome="done").values_list("action", flat=True))
    assert done == {f"fleet_{verb}" for verb in ("start", "pause", "resume", "retry", "cancel", "undo")}


def test_the_outlook_leaves_nothing_behind(signed_in: Client) -> None:
    home = release("old")
    site("a.example.org", home)
    site("b.example.org", home, state=Site.State.QUEUED)
    release("new")
    answer = signed_in.get("/api/fleets/outlook?source=old&target=new").json()
    assert [(row["domain"], row["allowed"]) for row in answer["items"]] == [
        ("a.example.org", True), ("b.example.org", False),
    ]  # fmt: skip
    assert not Fleet.objects.exists()
    assert signed_in.get("/api/fleets/outlook?source=old&target=none").status_code == 422


def test_only_who_may_use_locked_platforms_moves_sites_there(signed_in: Client) -> None:
    site("a.example.org", release("old"))
    release("new").lock()
    assert post(signed_in, "", source="old", target="new")[0] == 201
    assert Fleet.objects.get().locked_too
    assert Platform.objects.get(name="new").state == "locked"
