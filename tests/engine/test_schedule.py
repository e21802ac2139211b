"""What is asked for again and again."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone

from aegir.engine import schedule
from aegir.models.task import Schedule, Task

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


def plan(name: str = "nightly", *, next_at: datetime | None = None, **more: Any) -> Schedule:
    values = {"operation": "anything", "every": HOUR, "next_at": next_at or timezone.now() - HOUR * 2.5}
    return Schedule.objects.create(name=name, **{**values, **more})


def test_what_is_due_is_asked_for_with_its_arguments() -> None:
    plan(arguments={"priority": 7})
    schedule.run_due()
    assert Task.objects.values_list("operation", "priority", "asked_by").get() == ("anything", 7, "schedule")


def test_missed_runs_are_made_up_for_once_and_the_rhythm_is_kept() -> None:
    row = plan()
    begun = row.next_at
    schedule.run_due()
    schedule.run_due()
    row.refresh_from_db()
    assert Task.objects.count() == 1
    assert row.next_at == begun + 3 * HOUR


def test_what_is_not_due_or_not_enabled_is_not_asked_for() -> None:
    plan(next_at=timezone.now() + HOUR)
    plan("off", enabled=False)
    schedule.run_due()
    assert not Task.objects.exists()


@pytest.mark.parametrize(
    ("values", "error"),
    [
        ({"operation": "nothing"}, "There is no operation named «nothing»."),
        ({"arguments": {"steps": [["Nonsense", {}]]}}, "Nonsense is not done here."),
        ({"arguments": {"colour": "red"}}, "TypeError: "),
    ],
)
def test_an_error_is_kept_and_the_others_are_asked_for(values: dict[str, Any], error: str) -> None:
    bad = plan("bad", **values)
    plan("good")
    schedule.run_due()
    bad.refresh_from_db()
    assert bad.last_error.startswith(error)
    assert bad.next_at > timezone.now()
    assert Task.objects.count() == 1


def test_a_schedule_that_works_again_forgets_its_error() -> None:
    row = plan(last_error="away")
    schedule.run_due()
    row.refresh_from_db()
    assert row.last_error == ""
