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


def together(jobs: Sequence[Callable[[Say], Made]], at_once: int, say: Say) -> list[Made]:
    """What each job made, in their order. ``say`` is only called from the thread that waits.

    After the first failure no further job begins; those at work are waited for. Raised is the failure of
    the first job in order that failed.
    """
    said: SimpleQueue[str] = SimpleQueue()
    with ThreadPoolExecutor(at_once, thread_name_prefix="make") as pool:
        futures = [pool.submit(job, said.put) for job in jobs]
        try:
            while _waiting(futures):
                _drain(said, say)
        finally:
            pool.shutdown(wait=True, cancel_futures=True)
            _drain(said, say)
    for future in futures:
        if not future.cancelled() and (error := future.exception()):
            raise error
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
