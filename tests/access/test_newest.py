"""The newest tasks and backups: those that one may see and no others, also where clients have many sites."""

from __future__ import annotations

import pytest

from aegir import access
from aegir.access import actor_of, seen
from aegir.models import User
from tests import doors

pytestmark = pytest.mark.django_db


def seen_by(user: User) -> list[list[int]]:
    """Tasks twice, then backups twice: the newest and all."""
    actor = actor_of(user)
    assert actor is not None
    tasks = access.newest_tasks(actor), access.tasks(actor)
    backups = access.newest_backups(actor), access.backups(actor)
    return [list(rows.order_by("-pk").values_list("pk", flat=True)) for rows in (*tasks, *backups)]


@pytest.mark.parametrize("holders", [0, 100])
def test_they_are_those_that_one_may_see(monkeypatch: pytest.MonkeyPatch, holders: int) -> None:
    monkeypatch.setattr(seen, "HOLDERS", holders)
    own = doors.site("own.example.org", client=doors.acme())
    gone = doors.site("gone.example.org", client=doors.acme(), state="deleted")
    foreign = doors.site("foreign.example.org")
    ours = [doors.task(subject_id=site.pk).pk for site in (own, gone, own)]
    doors.task(subject_id=foreign.pk)
    doors.task(subject_kind="platform", subject_id=own.pk)
    kept = [doors.backup(site).pk for site in (own, gone)]
    doors.backup(own, state="deleted")
    doors.backup(foreign)
    assert seen_by(doors.bob()) == [ours[::-1], ours[::-1], kept[::-1], kept[::-1]]
    assert seen_by(doors.charlie()) == [[], [], [], []]
    tasks, all_tasks, backups, all_backups = seen_by(doors.alice())
    assert (tasks, backups) == (all_tasks, all_backups)
    assert (len(tasks), len(backups)) == (5, 3)
