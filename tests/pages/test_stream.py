"""A task's page as it happens."""

from __future__ import annotations

import threading
from collections.abc import AsyncIterator

import pytest
from asgiref.sync import async_to_sync
from django.test import AsyncClient

from aegir.models import Task
from tests import doors

pytestmark = pytest.mark.django_db(transaction=True)


def browser() -> AsyncClient:
    client = AsyncClient()
    client.force_login(doors.alice())
    return client


def read(client: AsyncClient, address: str, **headers: str) -> str:
    """The whole stream, which must end."""

    async def whole() -> str:
        response = await client.get(address, headers=headers)
        parts: AsyncIterator[bytes] = response.streaming_content
        return "".join([part.decode() async for part in parts])

    return async_to_sync(whole)()


def test_a_task_that_is_over_ends_its_stream_with_its_last_state() -> None:
    task = doors.task("failed", error="No room.")
    text = read(browser(), f"/tasks/{task.pk}/stream")
    assert "all is well" in text
    assert "No room." in text
    assert text.endswith("event: over\ndata: \n\n")


def test_a_running_task_is_watched_until_its_end() -> None:
    task = doors.task("running")

    def finish() -> None:
        task.lines.create(level="info", text="the last word")
        Task.objects.filter(pk=task.pk).update(state="succeeded")

    client = browser()
    timer = threading.Timer(0.6, finish)
    timer.start()
    text = read(client, f"/tasks/{task.pk}/stream")
    timer.join()
    assert text.index("all is well") < text.index("the last word") < text.index("event: over")


def test_a_dropped_stream_goes_on_where_it_broke_off() -> None:
    task = doors.task()
    seen = task.lines.get().pk
    assert "all is well" not in read(browser(), f"/tasks/{task.pk}/stream?after={seen}")
    again = read(browser_again(), f"/tasks/{task.pk}/stream?after=0", **{"Last-Event-ID": str(seen)})
    assert "all is well" not in again


def browser_again() -> AsyncClient:
    from aegir.models import User

    client = AsyncClient()
    client.force_login(User.objects.get(username="alice"))
    return client


def test_a_stream_is_not_for_strangers() -> None:
    task = doors.task()
    charlie = AsyncClient()
    charlie.force_login(doors.charlie())
    for client in (AsyncClient(), charlie):
        assert async_to_sync(client.get)(f"/tasks/{task.pk}/stream").status_code == 204
