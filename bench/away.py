"""A visitor who asks for a page every 50 ms, and how long he was turned away."""

from __future__ import annotations

import http.client
import threading
import time
from types import TracebackType
from typing import Self

PAUSE = 0.05


class Visitor:
    """Asks as long as the block lasts; afterwards ``away`` says for how many seconds, between the last good
    answer and the next one, he was turned away."""

    def __init__(self, port: int, domain: str) -> None:
        self._port, self._domain = port, domain
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._ask, daemon=True)
        self._turned_away = False
        self.away = 0.0

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        self._over.set()
        self._thread.join()

    def _ask(self) -> None:
        good = time.perf_counter()
        while not self._over.wait(PAUSE):
            began = time.perf_counter()
            if self._status() == 200:
                waited = time.perf_counter() - good
                if self._turned_away or time.perf_counter() - began > 2 * PAUSE:
                    self.away = max(self.away, waited)
                good, self._turned_away = time.perf_counter(), False
            else:
                self._turned_away = True

    def _status(self) -> int:
        connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=60)
        try:
            connection.request("GET", "/", headers={"Host": f"{self._domain}:{self._port}"})
            return connection.getresponse().status
        except OSError:
            return 0
        finally:
            connection.close()
