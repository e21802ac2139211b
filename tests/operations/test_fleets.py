"""A fleet, from its comparison to its last wave: whose turn it is, when it stops, and how it goes back."""

from __future__ import annotations

import pytest

from aegir.errors import Refused
from aegir.models import Fleet, Package, Pair, Platform, Site, Task
from aegir.models.fleet import cause
from aegir.operations import fleets, fleets_due, site_backup, site_migrate
from tests.operations.fleet import (
    State,
    Turn,
    at_work,
    compared,
    domains,
    finish,
    finish_all,
    homes,
    made,
    release,
    site,
    states,
)

pytestmark = pytest.mark.django_db


def test_nothing_moves_before_it_is_started() -> None:
    fleet = made(3)
    assert (fleet.state, at_work(fleet)) == (State.READY, [])
    fleets_due.ask(by="schedule")
    assert at_work(fleet) == []
    fleets.start(fleet)
    assert (fleet.state, domains(fleet)) == (State.CANARY, ["s0"])


def test_rehearsal_then_canary_then_waves_and_all_are_there() -> None:
    fleet = made(6, rehearse=2, begins=True)
    assert fleet.state == State.REHEARSING
    assert [task.operation for task in at_work(fleet)] == ["site_rehearse"] * 2
    for task in at_work(fleet):
        finish(task)
    fleet.refresh_from_db()
    assert (fleet.state, domains(fleet)) == (State.CANARY, ["s0"])
    finish(at_work(fleet)[0])
    fleet.refresh_from_db()
    assert (fleet.state, fleet.number, domains(fleet)) == (State.MOVING, 1, ["s1", "s2"])
    finish(at_work(fleet)[0])
    assert domains(fleet) == ["s2"]  # the next wave waits for the whole of this one
    finish_all(fleet)
    assert (fleet.state, fleet.number) == (State.DONE, 3)
    assert set(homes(fleet).values()) == {"new"}
    assert set(states(fleet).values()) == {Turn.MOVED}
    assert fleet.ended_at


def test_tasks_of_a_fleet_let_those_of_people_go_first() -> None:
    fleet = made(3, begins=True)
    (task,) = at_work(fleet)
    assert task.asked_by == "alice"
    assert task.priority < site_backup.ask(domain="s2.example.org", by="bob").priority


def test_what_cannot_go_is_named_with_the_reason_and_stays() -> None:
    home = release("old")
    release("new")
    Package.objects.create(
        site=site("b.example.org", home), kind="module", name="views", enabled=True, schema_installed=9999,
        version="1",
    )  # fmt: skip
    Package.objects.create(
        platform=Platform.objects.get(name="new"), kind="module", name="views", version="1"
    )
    site("c.example.org", home, state=Site.State.FAILED)
    site("a.example.org", home)
    fleet = compared(fleets.make(source="old", target="new", by="alice", rehearse=0, begins=True))
    blocked = {row.domain: row.error for row in fleet.sites.filter(state=Turn.BLOCKED)}
    assert "views has run updates up to 9999" in blocked["b.example.org"]
    assert "install failed" in blocked["c.example.org"]
    finish_all(fleet)
    assert (fleet.state, homes(fleet)) == (State.DONE, {"a": "new", "b": "old", "c": "old"})
    Package.objects.filter(name="views", site=None).update(schema=9999)
    fleets.retry(fleet, ["b.example.org"])
    compared(fleet)
    finish_all(fleet)
    assert (fleet.state, homes(fleet)["b"], states(fleet)["c"]) == (State.DONE, "new", Turn.BLOCKED)


def test_width_holds_for_each_database_server_and_for_all_fleets() -> None:
    fleet = made(9, databases=("sqlite", "mysql", "other"), canary=0, wave=9, width=2, begins=True)
    assert fleet.state == State.MOVING
    assert domains(fleet) == ["s0", "s1", "s2", "s3", "s4", "s5"]
    more = release("third")
    site("z.example.org", more)
    other = compared(fleets.make(source="third", target="new", by="bob", rehearse=0, begins=True))
    assert at_work(other) == []
    finish_all(fleet)
    fleets_due.ask(by="schedule")
    assert domains(other) == ["z"]


def test_a_site_that_something_else_is_at_goes_after_the_others() -> None:
    fleet = made(3, canary=0, wave=3, width=1)
    site_backup.ask(domain="s0.example.org", by="bob")
    fleets.start(fleet)
    assert domains(fleet) == ["s1"]


@pytest.mark.parametrize(("rehearse", "first"), [(1, "The rehearsal of s0"), (0, "The first move of s0")])
def test_a_failed_rehearsal_or_canary_stops_the_whole(rehearse: int, first: str) -> None:
    fleet = made(4, rehearse=rehearse, begins=True)
    finish(at_work(fleet)[0], "failed", "s0.example.org broke.")
    fleet.refresh_from_db()
    assert (fleet.state, at_work(fleet)) == (State.STOPPED, [])
    assert fleet.reason.startswith(first)
    fleets.resume(fleet)
    finish_all(fleet)
    assert (fleet.state, states(fleet)["s0"]) == (State.DONE, Turn.FAILED)
    assert homes(fleet) == {"s0": "old", "s1": "new", "s2": "new", "s3": "new"}


def test_a_rehearsal_that_finds_something_stops_and_the_site_may_be_moved_all_the_same() -> None:
    fleet = made(3, rehearse=1, begins=True)
    finish(at_work(fleet)[0], good=False, verdict="Pages answer differently.")
    fleet.refresh_from_db()
    assert (fleet.state, fleet.sites.get(position=0).error) == (State.STOPPED, "Pages answer differently.")
    fleets_due.ask(by="schedule")
    assert states(fleet)["s0"] == Turn.FAILED
    fleets.resume(fleet)
    fleets.retry(fleet)
    finish_all(fleet)
    assert (fleet.state, set(homes(fleet).values())) == (State.DONE, {"new"})


def test_it_stops_when_more_of_a_wave_failed_than_may() -> None:
    fleet = made(11, canary=1, wave=5, width=5, failures=20, begins=True)
    finish(at_work(fleet)[0])
    failing = at_work(fleet)
    finish(failing[0], "failed", "The update failed.")
    fleet.refresh_from_db()
    assert fleet.state == State.MOVING  # one of five is 20 %
    finish(failing[1], "failed", "The update failed.")
    fleet.refresh_from_db()
    assert (fleet.state, fleet.resumes) == (State.STOPPED, State.MOVING)
    assert fleet.reason == "2 of 5 moves of wave 1 failed, which is more than 20 % of a wave."
    finish_all(fleet)
    assert (fleet.state, at_work(fleet)) == (State.STOPPED, [])
    fleets.retry(fleet, ["s1.example.org"])
    assert (fleet.state, domains(fleet)) == (State.MOVING, ["s1"])  # in its own wave, again
    finish_all(fleet)
    assert fleet.state == State.DONE
    assert [name for name, home in homes(fleet).items() if home == "old"] == ["s10"]
    fleets.retry(fleet)
    finish_all(fleet)
    assert (fleet.state, set(states(fleet).values())) == (State.DONE, {Turn.MOVED})


def test_a_pause_lets_what_runs_finish_and_asks_for_nothing() -> None:
    fleet = made(5, canary=0, begins=True)
    fleets.pause(fleet)
    finish_all(fleet)
    fleets_due.ask(by="schedule")
    assert (fleet.state, list(states(fleet).values()).count(Turn.MOVED)) == (State.PAUSED, 2)
    fleets.resume(fleet)
    finish_all(fleet)
    assert fleet.state == State.DONE


@pytest.mark.parametrize("now", [False, True])
def test_a_cancel_leaves_out_what_waits(now: bool) -> None:
    fleet = made(5, canary=0, width=2, begins=True)
    running, queued = at_work(fleet)
    Task.objects.filter(pk=running.pk).update(state=Task.State.RUNNING)
    fleets.cancel(fleet, "bob", now=now)
    running.refresh_from_db()
    assert (running.cancel_by, domains(fleet)) == ("bob" if now else "", ["s0"])
    queued.refresh_from_db()
    assert queued.state == Task.State.CANCELLED
    finish(running)
    fleets_due.ask(by="schedule")
    assert states(fleet) == {"s0": Turn.MOVED, **dict.fromkeys(["s1", "s2", "s3", "s4"], Turn.SKIPPED)}
    again = compared(fleets.make(source="old", target="new", by="alice", rehearse=0))
    assert again.sites.count() == 4


def test_the_whole_goes_back_in_the_same_widths_and_what_is_gone_is_named() -> None:
    fleet = made(6, canary=0, wave=6, width=2, begins=True)
    finish_all(fleet, "s5.example.org", error="Broken.")
    fleet.refresh_from_db()
    assert fleet.state == State.DONE
    Pair.objects.filter(site__domain="s1.example.org").update(state=Pair.State.GONE)
    site_migrate.ask(domain="s2.example.org", platform=release("third", "10.3.0").name, by="bob")
    finish(Task.objects.get(asked_by="bob"))
    fleets.undo(fleet, "alice")
    assert (fleet.state, domains(fleet)) == (State.UNDOING, ["s0", "s3"])
    finish_all(fleet)
    assert fleet.state == State.UNDONE
    assert states(fleet) == {
        "s0": Turn.RETURNED, "s1": Turn.AWAY, "s2": Turn.AWAY, "s3": Turn.RETURNED, "s4": Turn.RETURNED,
        "s5": Turn.FAILED,
    }  # fmt: skip
    assert homes(fleet) == {"s0": "old", "s1": "new", "s2": "third", "s3": "old", "s4": "old", "s5": "old"}
    said = dict(fleet.sites.filter(state=Turn.AWAY).values_list("domain", "error"))
    assert "no longer kept" in said["s1.example.org"]
    assert "moved the site to third" in said["s2.example.org"]


def test_an_undo_in_the_middle_takes_what_was_moved_and_what_is_being_moved() -> None:
    fleet = made(5, canary=1, wave=4, width=2, begins=True)
    finish(at_work(fleet)[0])
    moving, queued = at_work(fleet)
    Task.objects.filter(pk=moving.pk).update(state=Task.State.RUNNING)
    fleets.undo(fleet, "alice")
    queued.refresh_from_db()
    assert queued.state == Task.State.CANCELLED
    finish(moving)
    finish_all(fleet)
    assert (fleet.state, set(homes(fleet).values())) == (State.UNDONE, {"old"})
    assert list(states(fleet).values()) == [Turn.RETURNED, Turn.RETURNED, *[Turn.SKIPPED] * 3]


def test_returns_that_fail_stop_the_way_back_and_are_tried_again() -> None:
    fleet = made(3, canary=0, wave=3, begins=True)
    finish_all(fleet)
    fleets.undo(fleet, "alice")
    finish(at_work(fleet)[0], "failed", "No.")
    fleet.refresh_from_db()
    assert (fleet.state, fleet.resumes) == (State.STOPPED, State.UNDOING)
    finish_all(fleet)
    fleets.retry(fleet)
    finish_all(fleet)
    assert (fleet.state, set(states(fleet).values())) == (State.UNDONE, {Turn.RETURNED})


def test_who_may_use_locked_platforms_moves_to_one() -> None:
    home = release("old")
    site("a.example.org", home)
    release("new").lock()
    with pytest.raises(Refused, match="locked"):
        fleets.make(source="old", target="new", by="paul")
    fleet = fleets.make(source="old", target="new", by="alice", rehearse=0, begins=True, locked_too=True)
    finish_all(compared(fleet))
    assert fleet.state == State.DONE


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"source": "none"}, "source"), ({"target": "none"}, "target"), ({"target": "old"}, "target"),
        ({"target": "seven"}, "target"), ({"wave": 0}, "wave"), ({"width": 0}, "width"),
        ({"failures": 101}, "failures"), ({"canary": -1}, "canary"), ({"source": "empty"}, "source"),
    ],
)  # fmt: skip
def test_what_cannot_be_is_refused_with_the_field(wrong: dict[str, object], field: str) -> None:
    site("a.example.org", release("old"))
    release("new")
    release("seven", "7.105")
    Platform.objects.filter(name="seven").update(major=7)
    release("empty")
    with pytest.raises(Refused) as refused:
        fleets.make(**{"source": "old", "target": "new", "by": "alice", **wrong})  # type: ignore[arg-type]
    assert refused.value.field == field
    assert not Fleet.objects.exists()


def test_one_fleet_at_a_time_leaves_a_platform() -> None:
    fleet = made(2, begins=True)
    with pytest.raises(Refused, match=f"move {fleet.pk} from old to new"):
        fleets.make(source="old", target="new", by="alice")
    finish_all(fleet)
    site("late.example.org", Platform.objects.get(name="old"))
    fleets.make(source="old", target="new", by="alice")
    with pytest.raises(Refused, match="on the move already"):
        fleets.undo(fleet, "alice")


def test_equal_failures_have_one_cause() -> None:
    said = "The database {}_{} of {} is full: 17.5 GB.\nmore"
    first = cause(said.format("a_example_org", 12, "a.example.org"), "a.example.org")
    assert first == cause(said.format("b_example_org", 99, "b.example.org"), "b.example.org")
    assert cause("views_update_7301 broke.") != cause("views_update_7302 broke.")
