"""The free space of servers: measured again and again, so that what pages say of it is true."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from aegir.models import Server, Task, TaskKey
from aegir.operations import room_due, schedules
from tests import doors
from tests.operations.hosting import BY, run

pytestmark = pytest.mark.django_db(transaction=True)


def test_free_space_is_measured_anew_and_nothing_else_is_forgotten(tmp_path: Path) -> None:
    server = doors.server()
    doors.platform("d10", path=str(tmp_path / "d10"))
    old = {"path": "/gone", "free": 1, "size": 2}
    Server.objects.update(facts={"php": ["8.2"], "room": {"platforms": old}})
    before = int(time.time())
    [task] = room_due.ask(by=BY)
    assert run(task).state == Task.State.SUCCEEDED
    server.refresh_from_db()
    assert server.facts["php"] == ["8.2"]
    assert server.state == Server.State.ENABLED
    room = {each.what: each for each in server.room()}
    assert set(room) == {"platforms", "backups"}
    assert all(0 < each.free <= each.size and each.at >= before for each in room.values())
    assert room["platforms"].measured is not None


def test_it_is_asked_for_once_and_yields_to_what_people_do() -> None:
    doors.server()
    [task] = room_due.ask(by=BY)
    assert room_due.ask(by=BY) == []
    assert (task.queue, task.priority < 0) == ("cron", True)
    assert list(TaskKey.objects.filter(task=task).values_list("shared", flat=True)) == [True]


def test_a_server_that_was_never_verified_or_is_held_by_a_stuck_task_is_left_alone() -> None:
    server = doors.server()
    stuck = doors.task("stuck", subject_kind="server", subject_id=server.pk, operation="server_verify")
    key = TaskKey.objects.create(task=stuck, key=f"server:{server.pk}", held=True)
    assert room_due.ask(by=BY) == []
    key.delete()
    Server.objects.update(state=Server.State.FAILED)
    assert room_due.ask(by=BY) == []


def test_there_is_a_schedule_for_it() -> None:
    assert schedules.STANDARD["room"][0] == "room_due"
