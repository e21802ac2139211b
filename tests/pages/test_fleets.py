"""The pages of a move of a whole platform: the picture tells the truth, and what can be done is done."""

from __future__ import annotations

import re

import pytest
from django.test import Client

from aegir.models import Advisory, Fleet, Site, feature
from aegir.operations import fleets
from aegir.pages import fleets as page
from aegir.pages.forms import CHECK
from aegir.pages.ledger_watch import About, Looking, visible
from tests.operations.fleet import at_work, compared, finish, finish_all, made, release, site

pytestmark = pytest.mark.django_db


def seen(client: Client, address: str) -> str:
    response = client.get(address)
    assert response.status_code == 200, response.content
    return response.content.decode()


def squares(text: str) -> list[str]:
    """The states of the squares, in their order."""
    return re.findall(r'<a class="square is-(\w+)"', text)


def test_an_empty_list_says_where_to_begin(alice: Client) -> None:
    assert "Move its sites" in seen(alice, "/fleets")


def test_from_a_platforms_page_to_sites_that_moved(alice: Client) -> None:
    home = release("old")
    release("new", "10.2.0")
    for name in "abc":
        site(f"{name}.example.org", home)
    assert 'href="/platforms/old/move-sites"' in seen(alice, "/platforms/old")
    assert "new (Drupal 10.2.0)" in seen(alice, "/platforms/old/move-sites")
    wanted = {"target": "new", "rehearse": 0, "canary": 1, "wave": 2, "width": 2, "failures": 20}
    response = alice.post("/platforms/old/move-sites", wanted)
    fleet = compared(Fleet.objects.get())
    assert response.headers["Location"] == f"/fleets/{fleet.pk}"
    text = seen(alice, f"/fleets/{fleet.pk}")
    assert squares(text) == ["waiting"] * 3
    assert "nothing is moved yet" in text
    assert alice.post(f"/fleets/{fleet.pk}/start").status_code == 302
    finish(at_work(fleet)[0])
    assert squares(seen(alice, f"/fleets/{fleet.pk}")) == ["moved", "moving", "moving"]
    finish_all(fleet)
    text = seen(alice, f"/fleets/{fleet.pk}")
    assert (squares(text), "3 of 3 are on new" in text) == (["moved"] * 3, True)
    assert "Its sites are on the move" not in seen(alice, "/platforms/old")


def test_the_form_is_judged_while_it_is_filled_in_and_leaves_nothing(alice: Client) -> None:
    release("old")
    release("new")
    wanted = {"target": "new", "rehearse": 0, "canary": 1, "wave": 0, "width": 2, "failures": 20}
    text = alice.post("/platforms/old/move-sites", wanted, headers={CHECK: "yes"}).content.decode()
    assert "is a whole number from 1 to 100000" in text
    text = alice.post(
        "/platforms/old/move-sites", {**wanted, "wave": 1}, headers={CHECK: "yes"}
    ).content.decode()
    assert "has no sites" in text
    assert alice.post("/platforms/old/move-sites", {**wanted, "wave": 1}).status_code == 422
    assert not Fleet.objects.exists()


def test_what_failed_stands_together_by_cause_and_can_be_tried_again(alice: Client) -> None:
    fleet = made(5, canary=0, wave=5, width=5, failures=20, begins=True)
    tasks = at_work(fleet)
    for task in tasks[:3]:
        finish(task, "failed", f"The front page of {task.subject_name} answered 500.")
    finish_all(fleet)
    text = seen(alice, f"/fleets/{fleet.pk}")
    assert "It stopped by itself." in text
    assert "<strong>3 sites</strong>" in text
    assert f'href="/tasks/{tasks[0].pk}"' in text
    listed = seen(alice, f"/fleets/{fleet.pk}?state=failed").partition('id="list"')[2]
    assert re.findall(r'name="row" value="([^"]+)"', listed) == [task.subject_name for task in tasks[:3]]
    alice.post(f"/fleets/{fleet.pk}/retry", {"action": "retry", "row": tasks[0].subject_name})
    finish_all(fleet)
    assert squares(seen(alice, f"/fleets/{fleet.pk}")) == ["moved", "failed", "failed", "moved", "moved"]


def test_a_whole_move_is_taken_back_once_the_name_was_typed(alice: Client) -> None:
    fleet = made(2, canary=0, begins=True)
    assert "Nothing was moved" not in seen(alice, f"/fleets/{fleet.pk}/undo")
    finish_all(fleet)
    alice.post(f"/fleets/{fleet.pk}/undo", {"name": "new"})
    fleet.refresh_from_db()
    assert fleet.state == "done"
    assert "type old to confirm" in seen(alice, f"/fleets/{fleet.pk}/undo")
    alice.post(f"/fleets/{fleet.pk}/undo", {"name": "old"})
    finish_all(fleet)
    text = seen(alice, f"/fleets/{fleet.pk}")
    assert (squares(text), "2 of 2 are back on old" in text) == (["returned"] * 2, True)
    assert set(Site.objects.values_list("platform__name", flat=True)) == {"old"}


def test_a_cancelled_move_leaves_out_what_waits(alice: Client) -> None:
    fleet = made(3, canary=1)
    assert "3 sites that wait" in seen(alice, f"/fleets/{fleet.pk}/cancel")
    alice.post(f"/fleets/{fleet.pk}/cancel")
    assert squares(seen(alice, f"/fleets/{fleet.pk}")) == ["skipped"] * 3
    assert alice.post(f"/fleets/{fleet.pk}/pause").status_code == 422


def test_of_very_many_sites_there_are_numbers(alice: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    fleet = made(3)
    monkeypatch.setattr(page, "DRAWN", 2)
    text = seen(alice, f"/fleets/{fleet.pk}")
    assert (squares(text), "0 of 3 are on new" in text) == ([], True)


def test_its_page_is_told_of_ends_and_buttons(alice: Client) -> None:
    from aegir.access import on_this_machine

    fleet, actor = made(3, canary=1, begins=True), on_this_machine("root")
    about, other = About.parse(f"fleet:{fleet.pk}"), About.parse(f"fleet:{fleet.pk + 1}")
    assert about is not None
    assert other is not None
    assert (visible(actor, about), visible(actor, other)) == (True, False)
    looking = Looking()
    finish(at_work(fleet)[0])
    news = looking.look()
    assert (news.seen_by(actor, about), news.seen_by(actor, other)) == (True, False)
    assert news.seen_by(actor, About("fleet"))
    alice.post(f"/fleets/{fleet.pk}/pause")
    assert looking.look().seen_by(actor, about)


def test_while_the_part_is_off_there_is_no_such_page(alice: Client, bob: Client) -> None:
    fleet = made(2)
    assert bob.get("/fleets").status_code == 403
    assert bob.get(f"/fleets/{fleet.pk}").status_code == 404
    assert 'href="/fleets"' in seen(alice, "/")
    feature.switch("fleets", False)
    assert 'href="/fleets"' not in seen(alice, "/")
    assert alice.get(f"/fleets/{fleet.pk}").status_code == 404


def test_where_sites_are_on_the_move_the_move_is_shown_instead_of_another_form(alice: Client) -> None:
    fleet = made(2)
    Advisory.objects.create(identifier="SA", package="drupal/core", affected=">=10.1 <10.2")
    for address in ("/platforms/old", "/advisories"):
        text = seen(alice, address)
        assert f'href="/fleets/{fleet.pk}"' in text
        assert "move-sites" not in text
    response = alice.get("/platforms/old/move-sites?to=new")
    assert (response.status_code, response.headers["Location"]) == (302, f"/fleets/{fleet.pk}")
    fleets.cancel(fleet, "alice")
    assert "/platforms/old/move-sites?to=new" in seen(alice, "/advisories")
    assert "Compare the sites" in seen(alice, "/platforms/old/move-sites?to=new")
