"""A rehearsal tells what a migration would do, touches nothing of the site, and leaves nothing."""

from __future__ import annotations

import pytest

from aegir.models import Pair, Platform, Task
from aegir.operations import site_rehearse
from tests.operations.hosting import BY, Hosting, die, run, run_killed
from tests.operations.moving import (
    DOMAIN,
    GOOD,
    MODES,
    PAGE,
    front,
    installed,
    next_release,
    struck,
    world,
)

pytestmark = [pytest.mark.live, pytest.mark.django_db(transaction=True)]


def rehearse() -> Task:
    return run(site_rehearse.ask(domain=DOMAIN, platform="next", by=BY))


@pytest.mark.parametrize("db", ["mysql", "sqlite"])
def test_a_rehearsal_reports_updates_pages_and_time_and_leaves_nothing(
    hosting: Hosting, ten: Platform, db: str
) -> None:
    next_release(hosting)
    installed(hosting, ten, db)
    start = world(hosting)
    task = rehearse()
    assert task.state == Task.State.SUCCEEDED, task.error
    report = task.result
    assert set(report["updates"]) == {"guestbook_update_10003", "system_update_10102"}
    assert (report["error"], report["failed"], report["good"]) == ("", {}, True)
    pages = {page["path"]: page for page in report["pages"]}
    assert pages["/"]["before"]["status"] == pages["/"]["after"]["status"] == 200
    assert "/node/1" in pages
    assert report["away"] > 0
    assert "all" in report["verdict"]
    assert world(hosting) == start
    assert PAGE in front(hosting)
    assert not Pair.objects.exclude(state=Pair.State.GONE).exists()


@pytest.mark.parametrize("how", ["throw", "exit"])
def test_updates_that_fail_are_what_the_rehearsal_found(hosting: Hosting, ten: Platform, how: str) -> None:
    next_release(hosting, failing=how)
    installed(hosting, ten)
    start = world(hosting)
    task = rehearse()
    assert task.state == Task.State.WARNED, task.error
    assert task.result["good"] is False
    assert "guestbook_update_10003" in task.result["error"]
    assert task.result["verdict"].startswith("The move to next would fail and be undone: ")
    assert world(hosting) == start
    assert PAGE in front(hosting)


def test_warnings_of_php_are_told(hosting: Hosting, ten: Platform) -> None:
    next_release(hosting, failing="warn")
    installed(hosting, ten)
    task = rehearse()
    assert task.state == Task.State.SUCCEEDED, task.error
    assert len(task.result["php_warnings"]) == 1
    assert task.result["good"] is True


@pytest.mark.parametrize(("turn", "db"), [(2, "sqlite")])
def test_a_rehearsal_that_breaks_at_any_step_leaves_nothing(
    hosting: Hosting, ten: Platform, turn: int, db: str
) -> None:
    next_release(hosting)
    installed(hosting, ten, db)
    start = world(hosting)
    steps = 1
    position = finished = 0
    while position < steps:
        task = site_rehearse.ask(domain=DOMAIN, platform="next", by=BY)
        when, how = MODES[(position + turn) % len(MODES)]
        with struck(position, when, how):
            run_killed(task) if how is die else run(task)
        at = f"{how.__name__} {when} {position}: {task.error}{task.remedy}"
        assert task.state in (*GOOD, Task.State.FAILED), at
        assert world(hosting) == start, at
        assert not Pair.objects.filter(database_secret__isnull=False).exists(), at
        steps, position = task.steps.count(), position + 1
        finished += task.state in GOOD
    assert (steps, finished) == (20, 4)
    assert PAGE in front(hosting)
