"""What is remembered for a while is remembered by every process, and by the next one."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from django.core.cache import caches
from django.core.cache.backends.base import BaseCache
from django.db import connections
from django.test import Client
from django.utils import timezone

from aegir.models import Remembered
from aegir.models.remembered import Memory
from tests import doors

pytestmark = pytest.mark.django_db


@pytest.fixture
def memory() -> BaseCache:
    return another()


def another() -> BaseCache:
    """What another process would begin with."""
    made: BaseCache = caches.create_connection("default")
    return made


def later(**times: int) -> None:
    """So much time goes by."""
    for row in Remembered.objects.all():
        Remembered.objects.filter(pk=row.pk).update(until=row.until - timedelta(**times))


def test_what_one_remembers_another_knows_until_its_time_is_over(memory: BaseCache) -> None:
    assert memory.add("a", [1.25, 2.5], 60)
    assert not another().add("a", "other", 60)
    assert another().get("a") == [1.25, 2.5]
    another().set("a", {"x": None}, 120)
    assert memory.get("a") == {"x": None}
    later(seconds=121)
    assert memory.get("a", "gone") == "gone"
    assert "a" not in memory
    assert not memory.touch("a", 60)
    assert memory.add("a", True, 60), "what is over makes room"
    assert memory.touch("a", 600)
    later(seconds=300)
    assert memory.get("a") is True
    assert memory.delete("a")
    assert not memory.delete("a")
    memory.set("never over", 1, None)
    later(days=9999)
    assert memory.get("never over") == 1
    memory.set("x" * 999, 2)
    assert (memory.get("x" * 999), memory.get("x" * 998)) == (2, None)
    memory.clear()
    assert not Remembered.objects.exists()


def test_counting_does_not_make_it_last_longer(memory: BaseCache) -> None:
    with pytest.raises(ValueError, match="Nothing is remembered"):
        memory.incr("a")
    memory.add("a", 1, 60)
    assert [memory.incr("a"), another().incr("a", 5)] == [2, 7]
    assert Remembered.objects.get().until <= timezone.now() + timedelta(seconds=60)
    later(seconds=61)
    with pytest.raises(ValueError, match="Nothing is remembered"):
        memory.incr("a")


def test_what_is_over_is_removed(memory: BaseCache, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(5):
        memory.set(f"n{number}", number, 60)
    later(seconds=61)
    memory.set("kept", 1, 60)
    monkeypatch.setattr(Memory, "_cleaned", float("-inf"))
    memory.set("new", 1, 60)
    assert sorted(row.value for row in Remembered.objects.all()) == [1, 1]


def _at_once(work: Callable[[int], Any]) -> list[Any]:
    def settled(number: int) -> Any:
        try:
            return work(number)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(6) as pool:
        return list(pool.map(settled, range(24)))


@pytest.mark.django_db(transaction=True)
def test_of_many_at_once_one_adds_and_all_are_counted() -> None:
    assert sum(_at_once(lambda number: another().add("a", 0, 600))) == 1
    assert sorted(_at_once(lambda number: another().incr("a"))) == list(range(1, 25))


def test_attempts_are_still_counted_by_a_panel_that_was_started_anew(client: Client, settings: Any) -> None:
    settings.ACCOUNT_RATE_LIMITS = {**settings.ACCOUNT_RATE_LIMITS, "login_failed": "30/15m/ip,3/15m/key"}
    alice = doors.alice()
    told = {"username": alice.username, "password": "wrong"}
    assert [client.post("/sign-in", told).status_code for _ in range(3)] == [422, 422, 422]
    del caches["default"]
    right = {**told, "password": doors.PASSWORD}
    assert client.post("/sign-in", right).status_code == 429
    later(minutes=15)
    assert client.post("/sign-in", right).status_code == 302


def test_pages_and_forms_that_are_only_looked_at_ask_it_nothing(
    client: Client, django_assert_max_num_queries: Any
) -> None:
    client.force_login(doors.alice())
    with django_assert_max_num_queries(100) as asked:
        for address in ("/", "/sites", "/account", "/sign-up"):
            client.get(address)
        Client().get("/sign-in")
    assert not [each["sql"] for each in asked.captured_queries if "aegir_remembered" in each["sql"]]
