"""Several things done at the same time, in threads, for the one who waits for them all."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_EXCEPTION, Future, ThreadPoolExecutor, wait
from queue import Empty, SimpleQueue
from typing import TypeVar

from aegir.drivers.source import Say

Made = TypeVar("Made")
MOMENT = 0.2
"""Seconds between two looks at what was said."""


def together(
    jobs: Sequence[Callable[[Say], Made]], at_once: int, say: Say, stop: Callable[[], None]
) -> list[Made]:
    """What each job made, in their order. ``say`` is only called from the thread that waits.

    The first failure, by time, is raised: no further job begins after it, ``stop`` is called so that those
    at work may end early, and they are waited for.
    """
    said: SimpleQueue[str] = SimpleQueue()
    failures: list[BaseException] = []

    def doing(job: Callable[[Say], Made]) -> Made:
        try:
            return job(said.put)
        except BaseException as error:
            failures.append(error)
            raise

    with ThreadPoolExecutor(at_once, thread_name_prefix="make") as pool:
        futures = [pool.submit(doing, job) for job in jobs]
        try:
            while _waiting(futures):
                _drain(said, say)
        finally:
            if not all(future.done() for future in futures):
                stop()
            pool.shutdown(wait=True, cancel_futures=True)
            _drain(said, say)
    if failures:
        raise failures[0]
    return [future.result() for future in futures]


def _waiting(futures: Sequence[Future[Made]]) -> bool:
    done, rest = wait(futures, timeout=MOMENT, return_when=FIRST_EXCEPTION)
    return bool(rest) and not any(future.exception() for future in done)


def _drain(said: SimpleQueue[str], say: Say) -> None:
    while True:
        try:
            line = said.get_nowait()
        except Empty:
            return
        say(line)
