"""What the page of a task is told as it happens: its log, its steps and its state."""

from __future__ import annotations

import threading

import pytest

from aegir.engine import ledger
from aegir.models import Task, TaskStep
from tests import doors
from tests.pages.streams import browser, opened, played, read

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_task_that_is_over_ends_its_stream_with_its_last_state() -> None:
    task = doors.task("failed", error="No room.")
    text = read(browser(), f"/live?about=task:{task.pk}")
    assert "all is well" in text
    assert "No room." in text
    assert text.endswith("event: over\ndata: \n\n")


def test_a_running_task_is_watched_until_its_end() -> None:
    task = doors.task("running")

    def finish() -> None:
        task.lines.create(level="info", text="the last word")
        TaskStep.objects.create(task=task, position=2, path="x:Y", summary="Copy the files", state="done")
        Task.objects.filter(pk=task.pk).update(state="succeeded")

    client = browser()
    timer = threading.Timer(0.6, finish)
    timer.start()
    text = read(client, f"/live?about=task:{task.pk}")
    timer.join()
    assert text.index("all is well") < text.index("the last word") < text.index("event: over")
    assert text.count("all is well") == 1
    assert "Copy the files" in text


def test_a_long_log_comes_whole_and_in_order() -> None:
    task = doors.task()
    task.lines.bulk_create(
        type(task.lines.get())(task=task, level="info", text=f"line {n}.") for n in range(1200)
    )
    text = read(browser(), f"/live?about=task:{task.pk}")
    places = [text.index(f"line {number}.") for number in range(1200)]
    assert places == sorted(places)


def test_a_dropped_stream_of_a_task_goes_on_where_it_broke_off() -> None:
    task = doors.task()
    seen = task.lines.get().pk
    client = browser()
    assert "all is well" not in read(client, f"/live?about=task:{task.pk}&after={seen}")
    again = read(client, f"/live?about=task:{task.pk}&after=0", **{"Last-Event-ID": str(seen)})
    assert "all is well" not in again


def test_a_task_that_waits_hears_of_the_queue_that_is_paused() -> None:
    task = doors.task("queued")
    client = browser()

    async def play() -> None:
        async with opened(client, f"task:{task.pk}") as own:
            assert [(await own.event())[0] for _ in range(3)] == ["lines", "task", "steps"]
            await client.post("/queues/main/pause")
            name, text = await own.event()
            assert name == "task"
            assert "alice paused the queue" in text

    played(play)
    assert ledger.paused("main")
