"""Who watches, and the one look at the ledger that is taken for all of them.

A watcher runs in the event loop of the process from the first page that is opened to the last that is closed.
A page that is slow holds nothing up: it only finds more news when it comes back.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import secrets
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any, TypeVar
from weakref import WeakKeyDictionary

from django.db import Error, connections

from aegir.pages.ledger_watch import Looking, News

logger = logging.getLogger(__name__)

PAUSE = 0.4
"""Seconds between two looks at the ledger."""
AFTER_TROUBLE = 5.0
"""Seconds until the next look when one failed."""
KEPT = 400
"""How many looks that found something are remembered, for streams that broke off."""

Result = TypeVar("Result")


class Watcher:
    """Looks at the ledger as long as somebody watches."""

    def __init__(self) -> None:
        self.name = secrets.token_hex(4)
        """Tells its numbers from those of an earlier one."""
        self.number = 0
        """Of the newest news."""
        self.readers = 0
        self._news: deque[tuple[int, News]] = deque(maxlen=KEPT)
        self._bell = asyncio.Event()
        self._made: dict[Any, asyncio.Future[Any]] = {}
        # One thread, and so one connection, for all pages that watch.
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="watcher")
        self._begun: asyncio.Future[None] = asyncio.ensure_future(self._begin())
        self._work = asyncio.ensure_future(self._watch())

    async def ready(self) -> None:
        """Wait until it knows how things stand: what happens from then on is news."""
        await asyncio.shield(self._begun)

    async def run(self, work: Callable[[], Result]) -> Result:
        """Do something with the database in the watcher's own thread."""
        return await asyncio.get_running_loop().run_in_executor(self._thread, _settled, work)

    async def once(self, key: Any, work: Callable[[], Result]) -> Result:
        """What ``work`` returns, done once for all who ask for the same until there is news."""
        if key not in self._made:
            self._made[key] = asyncio.ensure_future(self.run(work))
        made: Result = await asyncio.shield(self._made[key])
        return made

    async def next(self, after: int, patience: float) -> tuple[int, list[News] | None]:
        """The news after that number and the number of the last of them, waiting for some at most so long;
        None for what is not known any more."""
        self._refuse_over()
        if self.number == after:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._bell.wait(), patience)
            self._refuse_over()
        if self.number == after:
            return after, []
        first = self._news[0][0]
        if not first - 1 <= after <= self.number:
            return self.number, None
        return self.number, [news for number, news in self._news if number > after]

    def _refuse_over(self) -> None:
        """Raises what ended the watch, if anything did: a stream that broke off is opened anew by its page,
        and finds another watcher."""
        if self._work.done():
            self._work.result()

    async def _begin(self) -> None:
        self._looking: Looking = await self.run(Looking)

    async def _watch(self) -> None:
        try:
            await self._begun
            while self.readers:
                await asyncio.sleep(PAUSE)
                await self._look()
        finally:
            _leave(self)
            self._bell.set()
            self._thread.submit(connections.close_all)
            self._thread.shutdown(wait=False)

    async def _look(self) -> None:
        try:
            news = await self.run(self._looking.look)
        except Error:  # the database may be away for a while: whoever watches stays
            logger.exception("The ledger could not be looked at")
            await asyncio.sleep(AFTER_TROUBLE)
            return
        if news:
            self.number += 1
            self._news.append((self.number, news))
            self._made.clear()
            bell, self._bell = self._bell, asyncio.Event()
            bell.set()


_watchers: WeakKeyDictionary[asyncio.AbstractEventLoop, Watcher] = WeakKeyDictionary()


@contextmanager
def watching() -> Iterator[Watcher]:
    """The watcher of this event loop, which looks at the ledger at least as long as this block lasts."""
    loop = asyncio.get_running_loop()
    watcher = _watchers.get(loop)
    if watcher is None:
        watcher = _watchers[loop] = Watcher()
    watcher.readers += 1
    try:
        yield watcher
    finally:
        watcher.readers -= 1


def _leave(watcher: Watcher) -> None:
    """From now on whoever comes finds another one."""
    loop = asyncio.get_running_loop()
    if _watchers.get(loop) is watcher:
        del _watchers[loop]


def _settled(work: Callable[[], Result]) -> Result:
    """Do it with a connection that is good, and leave none that is broken."""
    for connection in connections.all(initialized_only=True):
        connection.close_if_unusable_or_obsolete()
    try:
        return work()
    except Error:
        connections.close_all()
        raise
