"""Whatever comes, and in whatever order: every site is in exactly one place, and the rows say where."""

from __future__ import annotations

from collections import defaultdict
from contextlib import suppress
from unittest import mock

import pytest
from django.db import transaction
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from aegir.engine.runner import INTERRUPTED
from aegir.errors import Refused
from aegir.models import Fleet, Pair, Platform, Site, Task
from aegir.operations import fleet_course, fleets, fleets_due
from tests.operations.fleet import ACTIVE, State, Turn, at_work, compared, finish, made

pytestmark = pytest.mark.django_db

ENDS = ("succeeded", "failed", "cancelled", "lost", "killed")
"""How a task may end; «lost» is well, but nobody is told."""
ASKED = ("start", "pause", "resume", "cancel", "undo", "retry")
MEANWHILE = ("look", "lock", "unlock", "delete", "go by hand", "retire")
EVENTS = st.one_of(
    st.tuples(st.sampled_from(ENDS), st.integers(0, 3)),
    st.tuples(st.sampled_from(ENDS[:2]), st.integers(0, 3)),
    st.tuples(st.sampled_from([*ASKED, *MEANWHILE]), st.integers(0, 4)),
)


class Rolled(Exception):
    """Ends an example."""


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    events=st.lists(EVENTS, min_size=5, max_size=20),
    rehearse=st.integers(0, 2),
    canary=st.integers(0, 2),
    wave=st.integers(1, 5),
    width=st.integers(1, 3),
    failures=st.sampled_from([0, 50, 100]),
)
# Three sites of one wave on one server, one at a time, there and back: where the width first shows.
@example(
    events=[("look", 0), ("succeeded", 0), ("succeeded", 0), ("succeeded", 0), ("undo", 0), ("look", 0)],
    rehearse=0, canary=0, wave=5, width=1, failures=100,
)  # fmt: skip
@example(
    events=[("look", 0), ("succeeded", 0), ("look", 0)], rehearse=3, canary=0, wave=5, width=1, failures=100
)
def test_every_site_is_in_one_place_and_the_report_is_true(
    events: list[tuple[str, int]], rehearse: int, canary: int, wave: int, width: int, failures: int
) -> None:
    with suppress(Rolled), transaction.atomic():
        fleet = made(
            5, databases=("sqlite", "mysql"), rehearse=rehearse, canary=canary, wave=wave,
            width=width, failures=failures, begins=True,
        )  # fmt: skip
        for what, which in events:
            happen(fleet, what, which)
            true(fleet, width)
        to_the_end(fleet)
        true(fleet, width)
        over(fleet)
        raise Rolled


def happen(fleet: Fleet, what: str, which: int) -> None:
    tasks = at_work(fleet)
    fleet.refresh_from_db()
    if what in ENDS:
        if tasks:
            end(tasks[which % len(tasks)], what)
    elif what in ASKED:
        with suppress(Refused):
            verb = getattr(fleets, what)
            verb(fleet, "bob") if what in ("cancel", "undo") else verb(fleet)
    else:
        meanwhile(fleet, what, which)


def end(task: Task, how: str) -> None:
    if how == "killed":
        return finish(task, "failed", error=INTERRUPTED)
    if how != "lost":
        return finish(task, how, error="It broke.")
    with mock.patch.object(fleet_course, "heard"):
        return finish(task)


def meanwhile(fleet: Fleet, what: str, which: int) -> None:
    row = fleet.sites.order_by("position")[which]
    site = Site.objects.filter(pk=row.site_id)
    busy = Task.objects.filter(subject_kind="site", subject_id=row.site_id, state__in=ACTIVE).exists()
    if what == "look":
        fleets_due.ask(by="schedule")
        compared(fleet)
    elif what in ("lock", "unlock"):
        locked = Platform.State.LOCKED if what == "lock" else Platform.State.ENABLED
        Platform.objects.filter(pk=fleet.target_id).update(state=locked)
    elif what == "delete" and not busy:
        site.update(state=Site.State.DELETED)
    elif what == "go by hand" and not busy:
        site.update(platform=fleet.target if row.state == Turn.WAITING else fleet.source)
    elif what == "retire" and not busy:
        Pair.objects.filter(site=row.site_id, state=Pair.State.KEPT).update(state=Pair.State.GONE)


def true(fleet: Fleet, width: int) -> None:
    """What holds at every moment."""
    fleet.refresh_from_db()
    rows = list(fleet.sites.select_related("site__platform", "task"))
    assert len({row.site_id for row in rows}) == len(rows) == 5
    load: dict[int, int] = defaultdict(int)
    for row in rows:
        load[row.site.database_id] += row.state in row.AT_WORK
    assert max(load.values()) <= width
    named = [row.task_id for row in rows if row.state in row.AT_WORK]
    assert len(named) == len(set(named))
    asked = Task.objects.filter(
        operation__in=["site_rehearse", "site_migrate", "site_undo"], state__in=ACTIVE
    )
    assert {*asked.values_list("pk", flat=True)} <= {*named}
    for row in rows:
        if row.state == Turn.MOVED and row.pair_id and row.site.platform_id == fleet.target_id:
            assert row.pair is not None
            assert row.pair.site_id == row.site_id
        if row.state in row.WRONG:
            assert (row.error, row.cause) != ("", ""), row
    assert fleet.reason if fleet.state == State.STOPPED else True


def to_the_end(fleet: Fleet) -> None:
    """Everything ends well from now on, and whoever is asked lets it go on."""
    Platform.objects.filter(pk=fleet.target_id).update(state=Platform.State.ENABLED)
    for _ in range(100):
        fleets_due.ask(by="schedule")
        compared(fleet)
        for task in at_work(fleet):
            finish(task)
        fleet.refresh_from_db()
        if fleet.state in (State.PAUSED, State.STOPPED):
            fleets.resume(fleet)
        elif fleet.state == State.READY:
            with suppress(Refused):
                fleets.start(fleet)
        if fleet.over and not at_work(fleet):
            return
    raise AssertionError(f"it never ended: {fleet.state}")


def over(fleet: Fleet) -> None:
    """What holds in the end."""
    fleets_due.ask(by="schedule")
    for row in fleet.sites.select_related("site"):
        assert row.state not in (Turn.WAITING, Turn.COMPARING, *row.AT_WORK), row
        if row.state == Turn.MOVED:
            assert fleet.state != State.UNDONE
