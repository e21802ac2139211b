"""The newest tasks, as they are found where clients have many sites: those that one may see, no others."""

from __future__ import annotations

import pytest

from aegir import access
from aegir.access import actor_of, seen
from aegir.models import User
from tests import doors

pytestmark = pytest.mark.django_db


def both(user: User) -> tuple[list[int], list[int]]:
    actor = actor_of(user)
    assert actor is not None
    found = (access.newest_tasks(actor), access.tasks(actor))
    first, second = (list(rows.order_by("-pk").values_list("pk", flat=True)) for rows in found)
    return first, second


@pytest.mark.parametrize("holders", [0, 100])
def test_they_are_the_tasks_that_one_may_see(monkeypatch: pytest.MonkeyPatch, holders: int) -> None:
    monkeypatch.setattr(seen, "HOLDERS", holders)
    own = doors.site("own.example.org", client=doors.acme())
    gone = doors.site("gone.example.org", client=doors.acme(), state="deleted")
    foreign = doors.site("foreign.example.org")
    ours = [doors.task(subject_id=site.pk).pk for site in (own, gone, own)]
    doors.task(subject_id=foreign.pk)
    doors.task(subject_kind="platform", subject_id=own.pk)
    assert both(doors.bob()) == (ours[::-1], ours[::-1])
    assert both(doors.charlie()) == ([], [])
    newest, all_ = both(doors.alice())
    assert newest == all_
    assert len(all_) == 5
