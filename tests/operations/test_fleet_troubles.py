"""What happens to a fleet while it goes on: the target is lost, sites change, tasks die."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from aegir.engine import ledger
from aegir.engine.runner import INTERRUPTED
from aegir.errors import Refused
from aegir.models import Fleet, Platform, Site, Task, feature
from aegir.operations import fleet_compare, fleet_course, fleets, fleets_due, site_backup
from aegir.operations.fleet_ends import DEATHS
from tests.operations.fleet import (
    State,
    Turn,
    at_work,
    compared,
    domains,
    finish,
    finish_all,
    made,
    release,
    site,
    states,
)

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("state", [Platform.State.LOCKED, Platform.State.DELETED, Platform.State.FAILED])
def test_a_target_that_takes_no_sites_any_more_stops_the_whole(state: str) -> None:
    fleet = made(4, begins=True)
    Platform.objects.filter(name="new").update(state=state)
    finish(at_work(fleet)[0])
    fleet.refresh_from_db()
    assert (fleet.state, "new" in fleet.reason) == (State.STOPPED, True)
    fleets.resume(fleet)
    assert fleet.state == State.STOPPED  # nothing has changed
    Platform.objects.filter(name="new").update(state=Platform.State.ENABLED)
    fleets.resume(fleet)
    finish_all(fleet)
    assert fleet.state == State.DONE


def test_a_failed_verify_of_the_target_stops_the_whole() -> None:
    fleet = made(4, begins=True)
    target = Platform.objects.get(name="new")
    task = Task.objects.create(
        operation="platform_verify", subject_kind="platform", subject_id=target.pk, subject_name="new",
        asked_by="bob", state=Task.State.RUNNING,
    )  # fmt: skip
    finish_end(task, "failed", "No core there.")
    finish(at_work(fleet)[0])
    fleet.refresh_from_db()
    assert (fleet.state, "No core there." in fleet.reason) == (State.STOPPED, True)


def finish_end(task: Task, state: str, error: str) -> None:
    from aegir.engine.ending import end

    end(task, Task.State(state), error=error)


def test_sites_that_changed_meanwhile_each_get_a_state_and_a_sentence() -> None:
    fleet = made(6, canary=1, wave=5, width=1, begins=True)
    third = release("third", "10.3.0")
    on = {name: Site.objects.get(domain=f"{name}.example.org") for name in ("s1", "s2", "s3", "s4", "s5")}
    Site.objects.filter(pk=on["s1"].pk).update(state=Site.State.DELETED)
    Site.objects.filter(pk=on["s2"].pk).update(platform=third)
    Site.objects.filter(pk=on["s3"].pk).update(platform=fleet.target)
    stuck = site_backup.ask(domain="s4.example.org", by="bob")
    Task.objects.filter(pk=stuck.pk).update(state=Task.State.STUCK)
    stuck.keys.update(held=True)
    Site.objects.filter(pk=on["s5"].pk).update(state=Site.State.DISABLED)
    finish_all(fleet)
    said = {row.domain[:2]: (row.state, row.error) for row in fleet.sites.all()}
    assert said["s1"] == (Turn.SKIPPED, "The site was deleted meanwhile.")
    assert said["s2"] == (Turn.SKIPPED, "Somebody moved the site to third meanwhile, so it stays there.")
    assert said["s3"] == (Turn.SKIPPED, "Somebody moved the site to new meanwhile.")
    assert (said["s4"][0], "is stuck" in said["s4"][1]) == (Turn.FAILED, True)
    assert said["s5"] == (Turn.WAITING, "")
    assert fleet.state == State.STOPPED  # one of the two that could go failed
    fleets.resume(fleet)
    finish_all(fleet)
    assert (fleet.state, states(fleet)["s5"]) == (State.DONE, Turn.MOVED)


def test_a_task_that_somebody_cancels_is_nobodys_failure() -> None:
    fleet = made(3, begins=True)
    ledger.cancel(at_work(fleet)[0], "bob")
    finish_all(fleet)
    assert (fleet.state, states(fleet)["s0"]) == (State.DONE, Turn.SKIPPED)
    assert "bob cancelled" in fleet.sites.get(position=0).error


def test_what_is_tried_again_by_hand_counts_as_moved() -> None:
    fleet = made(3, begins=True)
    (task,) = at_work(fleet)
    finish(task, "failed", "Broken.")
    task.refresh_from_db()
    finish(ledger.retry(task, "bob"))
    row = fleet.sites.get(position=0)
    assert (row.state, row.error, row.pair is not None) == (Turn.MOVED, "", True)


def test_a_stuck_move_that_is_resumed_is_moved_after_all() -> None:
    fleet = made(3, begins=True)
    (task,) = at_work(fleet)
    finish(task, "stuck", "Halfway.")
    fleet.refresh_from_db()
    assert (fleet.state, "is stuck: Halfway." in fleet.reason) == (State.STOPPED, True)
    finish(ledger.retry(task, "bob"))
    assert states(fleet)["s0"] == Turn.MOVED


def test_an_end_that_nobody_told_it_of_is_found_by_schedule(monkeypatch: pytest.MonkeyPatch) -> None:
    fleet = made(4, begins=True)
    with monkeypatch.context() as deaf:
        deaf.setattr(fleet_course, "heard", lambda task: None)
        finish(at_work(fleet)[0])
    assert states(fleet)["s0"] == Turn.MOVING
    fleets_due.ask(by="schedule")
    fleets_due.ask(by="schedule")
    assert (states(fleet)["s0"], domains(fleet)) == (Turn.MOVED, ["s1", "s2"])


def test_what_was_killed_is_tried_again_by_itself_but_not_for_ever() -> None:
    fleet = made(3, canary=0, wave=3, width=1, begins=True)
    for _ in range(DEATHS):
        finish(at_work(fleet)[0], "failed", INTERRUPTED)
        assert domains(fleet) == ["s0"]
        fleet.refresh_from_db()
        assert fleet.state == State.MOVING
    finish(at_work(fleet)[0], "failed", INTERRUPTED)
    fleet.refresh_from_db()
    assert (fleet.state, states(fleet)["s0"]) == (State.STOPPED, Turn.FAILED)


def test_a_comparison_that_died_is_asked_for_again() -> None:
    home = release("old")
    site("a.example.org", home)
    release("new")
    fleet = fleets.make(source="old", target="new", by="alice", rehearse=0)
    (task,) = Task.objects.filter(operation="fleet_compare")
    finish_end(task, "failed", INTERRUPTED)
    fleets_due.ask(by="schedule")
    fleets_due.ask(by="schedule")
    assert Task.objects.filter(operation="fleet_compare", state=Task.State.QUEUED).count() == 1
    assert compared(fleet).state == State.READY


def test_while_the_part_is_off_nothing_goes_on() -> None:
    fleet = made(4, begins=True)
    feature.switch("fleets", False)
    finish(at_work(fleet)[0])
    assert (states(fleet)["s0"], at_work(fleet)) == (Turn.MOVED, [])
    feature.switch("fleets", True)
    fleets_due.ask(by="schedule")
    assert at_work(fleet)


def test_a_comparison_that_fails_is_asked_for_ever_later_and_stops_the_whole_in_the_end() -> None:
    fleet = uncompared()
    for number in range(1, fleet_compare.TIMES):
        fail_to_compare()
        assert comparisons() == number, "not at once"
        fleets_due.ask(by="schedule")
        assert comparisons() == number
        ended(seconds=10 * 2 ** (number - 1) - 1)
        fleets_due.ask(by="schedule")
        assert comparisons() == number, "nor before its time"
        ended(seconds=10 * 2 ** (number - 1))
        fleets_due.ask(by="schedule")
        assert comparisons() == number + 1
    fail_to_compare()
    fleet.refresh_from_db()
    assert fleet.state == State.STOPPED
    assert fleet.reason == "Its sites could not be compared, 5 times over: The disk is full."
    ended(seconds=10_000)
    fleets_due.ask(by="schedule")
    assert comparisons() == fleet_compare.TIMES
    with pytest.raises(Refused, match="let it go on first"):
        fleets.start(fleet)
    fleets.resume(fleet)
    assert (fleet.state, comparisons()) == (State.COMPARING, fleet_compare.TIMES + 1)
    fail_to_compare()
    fleet.refresh_from_db()
    assert fleet.state == State.COMPARING, "it begins to count anew"
    ended(seconds=10)
    fleets_due.ask(by="schedule")
    compared(fleet)
    fleets_due.ask(by="schedule")
    fleet.refresh_from_db()
    assert fleet.state == State.READY


def test_a_comparison_that_fails_stops_a_move_that_goes_on_too() -> None:
    fleet = made(4, begins=True)
    fleet.sites.filter(position=3).update(state=Turn.COMPARING, wave=None)
    fleets_due.ask(by="schedule")
    for _ in range(fleet_compare.TIMES):
        fail_to_compare()
        ended(seconds=1_000)
        fleets_due.ask(by="schedule")
    fleet.refresh_from_db()
    assert (fleet.state, fleet.resumes) == (State.STOPPED, State.CANARY)
    fleets.resume(fleet)
    compared(fleet)
    finish_all(fleet)
    assert fleet.state == State.DONE


def uncompared() -> Fleet:
    home = release("old")
    release("new", "10.2.0")
    site("a.example.org", home)
    return fleets.make(source="old", target="new", by="alice", rehearse=0)


def fail_to_compare() -> None:
    task = Task.objects.filter(operation="fleet_compare", state__in=fleet_compare.ACTIVE).get()
    finish_end(task, "failed", "The disk is full.")


def comparisons() -> int:
    return Task.objects.filter(operation="fleet_compare").count()


def ended(*, seconds: int) -> None:
    """Have the last comparison ended so long ago."""
    last = Task.objects.filter(operation="fleet_compare").latest("pk")
    Task.objects.filter(pk=last.pk).update(ended_at=timezone.now() - timedelta(seconds=seconds))
