"""Things done at the same time."""

from __future__ import annotations

import threading

import pytest

from aegir.drivers.source import Say
from aegir.drivers.source.together import together
from aegir.errors import Broken

PATIENCE = 60.0


def nothing() -> None:
    """Nobody needs to be stopped."""


def test_jobs_wait_for_each_other_and_what_they_made_is_in_order() -> None:
    barrier = threading.Barrier(3)

    def job(number: int) -> int:
        barrier.wait(PATIENCE)  # it would break if they came one after the other
        return number

    jobs = [lambda say, number=number: job(number) for number in range(3)]
    assert together(jobs, 3, [].append, nothing) == [0, 1, 2]  # type: ignore[arg-type]


def test_no_more_at_once_than_allowed() -> None:
    lock, now, most = threading.Lock(), 0, 0

    def job(say: Say) -> None:
        nonlocal now, most
        with lock:
            now += 1
            most = max(most, now)
        with lock:
            now -= 1

    together([job] * 50, 2, [].append, nothing)
    assert most <= 2


def test_what_is_said_comes_from_the_thread_that_waits() -> None:
    said: list[tuple[str, int]] = []

    def say(line: str) -> None:
        said.append((line, threading.get_ident()))

    together([lambda say: say("one"), lambda say: say("two")], 2, say, nothing)
    assert sorted(said) == [("one", threading.get_ident()), ("two", threading.get_ident())]


def test_the_first_failure_is_told_and_stops_the_others() -> None:
    stopped, begun = threading.Event(), []

    def waits(say: Say) -> None:
        assert stopped.wait(PATIENCE)
        raise Broken("Something else failed.")

    def fails(say: Say) -> None:
        raise Broken("The first.")

    with pytest.raises(Broken, match=r"The first\."):
        together([waits, fails, *[begun.append] * 20], 2, [].append, stopped.set)  # type: ignore[list-item]
    assert len(begun) < 20


def test_nothing_to_do_is_done() -> None:
    assert together([], 4, [].append, nothing) == []
