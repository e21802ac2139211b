"""Every enabled site's cron is asked for in its turn, and what old tasks said goes."""

from __future__ import annotations

from datetime import timedelta
from unittest import mock

import pytest
from django.utils import timezone

from aegir.engine import ledger, schedule
from aegir.engine.ledger import Key, Subject
from aegir.errors import Refused
from aegir.models import Platform, Schedule, Secret, Site, SiteName, Task, TaskKey, TaskLine, default
from aegir.operations import cron_due, cron_set, finding, schedules, site_cron, tasks_prune
from tests.operations.hosting import BY, run


def sites(platform: Platform, number: int, **fields: object) -> list[Site]:
    secret = Secret.generate("salt")
    service = platform.server.services.get(driver="sqlite")
    made = Site.objects.bulk_create(
        Site(
            domain=f"s{n}.example.org",
            platform=platform,
            database=service,
            profile="minimal",
            state="enabled",
            salt_secret=secret,
            **fields,
        )
        for n in range(number)
    )
    SiteName.objects.bulk_create(SiteName(name=site.domain, site=site, main=True) for site in made)
    return made


def late(minutes: int = 1) -> object:
    return timezone.now() - timedelta(minutes=minutes)


def asked() -> list[str]:
    return list(Task.objects.filter(queue="cron").order_by("pk").values_list("subject_name", flat=True))


def test_turns_are_spread_evenly_over_the_interval(platform: Platform) -> None:
    sites(platform, 120)
    assert cron_due.ask(by="schedule") == []
    now = timezone.now()
    turns = sorted(
        (turn - now).total_seconds() for turn in Site.objects.values_list("cron_next_at", flat=True)
    )
    assert turns[0] >= 0
    assert turns[-1] <= 3600
    quarters = [sum(start <= turn < start + 900 for turn in turns) for start in range(0, 3600, 900)]
    assert all(25 <= quarter <= 35 for quarter in quarters), quarters


def test_each_interval_has_one_turn_at_the_same_place(platform: Platform) -> None:
    (site,) = sites(platform, 1, cron_minutes=15)
    first = cron_due.turn_after(timezone.now(), site, 60)
    assert cron_due.turn_after(first, site, 60) == first + timedelta(minutes=15)
    assert cron_due.turn_after(first + timedelta(minutes=100), site, 60) == first + timedelta(minutes=105)


def test_the_longest_overdue_goes_first_and_only_so_many_wait(platform: Platform) -> None:
    made = sites(platform, cron_due.MOST + 10)
    for number, site in enumerate(made):
        site.cron_next_at = late(1000 - number)
    Site.objects.bulk_update(reversed(made), ["cron_next_at"])
    cron_due.ask(by="schedule")
    assert asked() == [site.domain for site in made[: cron_due.MOST]]
    assert cron_due.ask(by="schedule") == []
    Task.objects.update(state=Task.State.SUCCEEDED)
    assert len(cron_due.ask(by="schedule")) == 10


def test_missed_turns_are_made_up_for_once(platform: Platform) -> None:
    sites(platform, 1, cron_next_at=late(10_000))
    cron_due.ask(by="schedule")
    Task.objects.update(state=Task.State.SUCCEEDED)
    cron_due.ask(by="schedule")
    assert len(asked()) == 1


def test_a_cron_that_is_still_at_it_is_not_doubled(platform: Platform) -> None:
    (site,) = sites(platform, 1, cron_next_at=late())
    site_cron.ask(domain=site.domain, by=BY)
    assert cron_due.ask(by="schedule") == []
    site.refresh_from_db()
    assert site.cron_next_at > timezone.now()


def test_crons_leave_room_for_what_people_ask_for(platform: Platform) -> None:
    for site in sites(platform, 12, cron_next_at=late()):
        assert site.state == Site.State.ENABLED
    with mock.patch("django.conf.settings.AEGIR_SLOTS", 4):
        crons = cron_due.ask(by="schedule")
    lanes = TaskKey.objects.filter(key__startswith="cron:").values_list("key", flat=True)
    assert sorted(lanes.distinct()) == ["cron:0", "cron:1", "cron:2"]
    assert not TaskKey.objects.filter(key__startswith="cron:", shared=True).exists()
    person = site_cron.ask(domain="s0.example.org", by=BY)
    assert all(task.priority < person.priority for task in crons)


@pytest.mark.parametrize(
    "fields", [{"state": "disabled"}, {"state": "failed"}, {"state": "deleted"}, {"cron_minutes": 0}]
)
def test_who_shall_have_none_has_none(platform: Platform, fields: dict[str, object]) -> None:
    sites(platform, 1, cron_next_at=late())
    Site.objects.update(**fields)
    assert cron_due.ask(by="schedule") == []


def test_a_site_that_a_stuck_task_holds_goes_without_and_holds_up_nobody(platform: Platform) -> None:
    stuck, free = sites(platform, 2, cron_next_at=late())
    task = ledger.ask(
        "site_verify", subject=Subject("site", stuck.pk, ""), keys=[Key(f"site:{stuck.pk}")], by=BY
    )
    task.keys.update(held=True)
    Task.objects.filter(pk=task.pk).update(state=Task.State.STUCK)
    cron_due.ask(by="schedule")
    assert asked() == [free.domain]
    stuck.refresh_from_db()
    assert stuck.cron_next_at > timezone.now()


def test_a_paused_queue_is_not_filled(platform: Platform) -> None:
    sites(platform, 1, cron_next_at=late())
    ledger.pause("cron", BY)
    assert cron_due.ask(by="schedule") == []
    ledger.resume("cron")
    assert len(cron_due.ask(by="schedule")) == 1


def test_never_by_default_leaves_those_that_say_otherwise(platform: Platform) -> None:
    _, own = sites(platform, 2, cron_next_at=late())
    default.change("cron_minutes", "0")
    assert run(cron_set.ask(domain=own.domain, minutes=30, by=BY)).state == Task.State.SUCCEEDED
    Site.objects.update(cron_next_at=late())
    cron_due.ask(by="schedule")
    assert asked() == [own.domain]


def test_a_shorter_interval_counts_at_once(platform: Platform) -> None:
    (site,) = sites(platform, 1)
    default.change("cron_minutes", "10080")
    cron_due.ask(by="schedule")
    default.change("cron_minutes", "5")
    cron_due.ask(by="schedule")
    site.refresh_from_db()
    assert site.cron_next_at <= timezone.now() + timedelta(minutes=5)
    with pytest.raises(Refused, match="every -1 minutes"):
        cron_set.ask(domain=site.domain, minutes=-1, by=BY)


def test_the_schedules_ask_for_cron_and_for_pruning(platform: Platform) -> None:
    sites(platform, 1, cron_next_at=late())
    schedules.ensure()
    Schedule.objects.update(next_at=late())
    schedule.run_due()
    assert list(Schedule.objects.exclude(last_error="")) == []
    operations = set(Task.objects.values_list("operation", flat=True))
    assert operations >= {"site_cron", "tasks_prune"}


# Housekeeping.


def over(platform: Platform, days: float, **fields: object) -> Task:
    site = finding.site("s0.example.org")
    task = Task.objects.create(
        **{
            "operation": "site_verify",
            "subject_kind": "site",
            "subject_id": site.pk,
            "subject_name": site.domain,
            "state": Task.State.SUCCEEDED,
            "asked_by": BY,
            "ended_at": timezone.now() - timedelta(days=days),
            **fields,
        }
    )
    TaskLine.objects.create(task=task, level="info", text="Said")
    task.steps.create(position=0, path="a:B", summary="Did")
    return task


def prune() -> None:
    task = run(tasks_prune.ask(by="schedule"))
    assert task.state == Task.State.SUCCEEDED, task.error


def logged(task: Task) -> bool:
    return task.lines.exists() and task.steps.exists()


def test_old_logs_go_and_the_tasks_stay(platform: Platform) -> None:
    sites(platform, 1)
    old = [over(platform, 100 + number) for number in range(3)]
    stuck = over(platform, 100, state=Task.State.STUCK)
    last = [over(platform, 95) for _ in range(tasks_prune.LAST)]
    default.change("task_days", "90")
    prune()
    assert [logged(task) for task in old] == [False] * 3
    assert all(logged(task) for task in last)
    assert logged(stuck)
    assert Task.objects.filter(pk__in=[task.pk for task in old]).count() == 3


def test_logs_that_are_not_old_stay(platform: Platform) -> None:
    sites(platform, 1)
    young = [over(platform, 80) for _ in range(tasks_prune.LAST + 5)]
    prune()
    assert all(logged(task) for task in young)


def test_crons_that_went_well_go_after_a_day_and_others_after_a_week(platform: Platform) -> None:
    sites(platform, 1)
    cases = [
        (over(platform, 0.5, queue="cron"), True),
        (over(platform, 2, queue="cron"), False),
        (over(platform, 2, queue="cron", state=Task.State.FAILED), True),
        (over(platform, 8, queue="cron", state=Task.State.FAILED), False),
        (over(platform, 8, queue="cron", state=Task.State.STUCK), True),
        (over(platform, 2), True),
    ]
    prune()
    for task, stays in cases:
        assert Task.objects.filter(pk=task.pk).exists() is stays
