"""What a move has kept goes when its time is over, or when somebody says so; never the live site."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from django.utils import timezone

from aegir.engine import schedule
from aegir.errors import Refused
from aegir.models import Pair, Platform, Schedule, Site, Task
from aegir.operations import (
    pair_retire,
    platform_delete,
    retire_due,
    schedules,
    site_migrate,
    site_undo,
)
from tests.operations.hosting import BY, Hosting, die, run, run_killed
from tests.operations.moving import DOMAIN, MODES, PAGE, front, installed, next_release, struck, world

pytestmark = [pytest.mark.live, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def kept(hosting: Hosting, ten: Platform, request: pytest.FixtureRequest) -> Pair:
    """What a site was before it moved."""
    next_release(hosting)
    installed(hosting, ten, getattr(request, "param", "sqlite"))
    assert run(site_migrate.ask(domain=DOMAIN, platform="next", by=BY)).state == Task.State.SUCCEEDED
    return Pair.objects.kept().get()


def gone(hosting: Hosting, pair: Pair) -> bool:
    """Whether nothing is left of it: files, database, user, secrets."""
    pair.refresh_from_db()
    left = [path for path in world(hosting) if pair.database_name in path or ".kept-" in path]
    users = hosting.mariadb.query("SELECT user FROM mysql.user WHERE user = %s", pair.database_user)
    databases = hosting.mariadb.query("SHOW DATABASES LIKE %s", pair.database_name)
    secrets = (pair.database_secret, pair.salt_secret)
    return (pair.state, left, [*users, *databases], secrets) == ("gone", [], [], (None, None))


@pytest.mark.parametrize("kept", ["mysql", "sqlite"], indirect=True)
@pytest.mark.parametrize("turn", [0, 3])
def test_a_retired_pair_is_gone_whole_whatever_breaks_on_the_way(
    hosting: Hosting, kept: Pair, turn: int
) -> None:
    for position in range(1, 5):
        task = pair_retire.ask(pair=kept.pk, by=BY)
        when, how = MODES[(position + turn) % len(MODES)]
        with struck(position, when, how):
            run_killed(task) if how is die else run(task)
        if task.state == Task.State.SUCCEEDED:
            break
        assert (task.state, Path(kept.path).exists()) == (Task.State.FAILED, True)
    assert gone(hosting, kept)
    assert PAGE in front(hosting)


def test_the_live_pair_and_one_that_is_gone_are_refused(hosting: Hosting, kept: Pair) -> None:
    for number in (kept.pk + 1, 0):
        with pytest.raises(Refused, match=f"no kept copy {number}"):
            pair_retire.ask(pair=number, by=BY)
    task = pair_retire.ask(pair=kept.pk, by=BY)
    Pair.objects.update(state=Pair.State.GONE)
    assert run(task).state == Task.State.FAILED
    assert Path(kept.path).exists()


def test_what_is_due_is_retired_by_schedule_and_what_is_not_stays(hosting: Hosting, kept: Pair) -> None:
    schedules.ensure()
    Schedule.objects.update(next_at=timezone.now())
    schedule.run_due()
    assert not Task.objects.filter(operation="pair_retire").exists()
    Pair.objects.update(until=timezone.now() - timedelta(minutes=1))
    Task.objects.all().delete()  # other schedules asked for theirs
    Schedule.objects.filter(operation="retire_due").update(next_at=timezone.now())
    schedule.run_due()
    assert Schedule.objects.get(operation="retire_due").last_error == ""
    task = Task.objects.get(operation="pair_retire")
    assert retire_due.ask(by=BY) == []
    assert run(task).state == Task.State.SUCCEEDED
    assert gone(hosting, kept)


def test_a_schedule_that_was_switched_off_stays_off(db: None) -> None:
    schedules.ensure()
    Schedule.objects.update(enabled=False, every=timedelta(days=1))
    schedules.ensure()
    row = Schedule.objects.get(operation="retire_due")
    assert (row.enabled, row.every) == (False, timedelta(hours=1))


def test_a_platform_with_something_kept_on_it_is_not_deleted(
    hosting: Hosting, ten: Platform, kept: Pair
) -> None:
    with pytest.raises(Refused, match=f"aegir site retire {DOMAIN}"):
        platform_delete.ask(name=ten.name, by=BY)
    run(pair_retire.ask(pair=kept.pk, by=BY))
    assert run(platform_delete.ask(name=ten.name, by=BY)).state == Task.State.SUCCEEDED
    assert PAGE in front(hosting)


def test_what_an_undo_left_is_retired_like_any_other(hosting: Hosting, kept: Pair) -> None:
    assert run(site_undo.ask(domain=DOMAIN, by=BY)).state == Task.State.SUCCEEDED
    assert Site.objects.get().platform.name == "shaped"
    assert run(pair_retire.ask(pair=kept.pk, by=BY)).state == Task.State.SUCCEEDED
    assert gone(hosting, kept)
    assert PAGE in front(hosting)
