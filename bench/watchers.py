"""A running task with many who watch.

A real panel is watched over real connections while lines are written as a running task writes them; how late
each line is, is measured from before it is written until the watcher has it.
"""

from __future__ import annotations

import asyncio
import os
import re
import time
from pathlib import Path
from typing import Any

from bench.clock import Times, say
from bench.pages import cookie
from bench.served import Panel, panel

WATCHERS, A_SECOND, SECONDS = 200, 50, 20
AT = re.compile(rb"written at (\d+\.\d+)")


def watched(task: int) -> dict[str, Any]:
    """Delays in seconds, the share of a core that the panel takes, and its MiB before and at the end."""
    who = cookie("alice")
    with panel() as served:
        before = _memory(served)
        return {**asyncio.run(_all(served, task, who)), "before": before, "memory": _memory(served)}


async def _all(served: Panel, task: int, who: str) -> dict[str, Any]:
    from asgiref.sync import sync_to_async

    late: list[float] = []
    opened = asyncio.Semaphore(0)
    readers = [asyncio.create_task(_watch(served, task, who, late, opened)) for _ in range(WATCHERS)]
    began = time.perf_counter()
    for _ in readers:
        await asyncio.wait_for(opened.acquire(), 120)
    opening = time.perf_counter() - began
    say(f"{WATCHERS} watch after {opening:.1f} s; writing for {SECONDS} s")
    idle = await _idle(served)
    used, began = _used(served), time.perf_counter()
    await sync_to_async(_write, thread_sensitive=False)(task)
    await asyncio.sleep(2)
    share = (_used(served) - used) / (time.perf_counter() - began)
    for reader in readers:
        reader.cancel()
    await asyncio.gather(*readers, return_exceptions=True)
    wanted = WATCHERS * A_SECOND * SECONDS
    if len(late) != wanted:
        raise RuntimeError(f"{len(late)} of {wanted} lines arrived")
    say(f"a line takes {Times(tuple(late)).median:.2f} s, and the panel {share:.0%} of a core")
    return {"opening": opening, "share": share, "idle": idle, "seconds": sorted(late)[:: WATCHERS // 2]}


async def _idle(served: Panel) -> float:
    """The share of a core that it takes while all watch and nothing happens."""
    await asyncio.sleep(2)
    used, began = _used(served), time.perf_counter()
    await asyncio.sleep(5)
    return (_used(served) - used) / (time.perf_counter() - began)


async def _watch(served: Panel, task: int, who: str, late: list[float], opened: asyncio.Semaphore) -> None:
    from aegir.models import TaskLine

    newest = await TaskLine.objects.filter(task=task).order_by("-pk").values_list("pk", flat=True).afirst()
    reader, writer = await asyncio.open_connection("127.0.0.1", served.port, limit=2**22)
    asked = f"GET /live?about=task:{task}&after={newest} HTTP/1.1\r\nHost: localhost\r\nCookie: {who}\r\n\r\n"
    writer.write(asked.encode())
    try:
        first = await reader.readline()
        if b" 200 " not in first:
            raise RuntimeError(f"a stream answered {first!r}")
        while b"event: steps" not in (line := await reader.readline()):
            if not line:
                raise RuntimeError("a stream ended")
        opened.release()
        while line := await reader.readline():
            now = time.time()
            late.extend(now - float(each) for each in AT.findall(line))
    finally:
        writer.close()


def _write(task: int) -> None:
    """As a running task does: one line, one commit."""
    from aegir.models import TaskLine

    began = time.perf_counter()
    for number in range(A_SECOND * SECONDS):
        TaskLine.objects.create(
            task_id=task, level="info", text=f"line {number}, written at {time.time():.6f}"
        )
        time.sleep(max(0.0, began + (number + 1) / A_SECOND - time.perf_counter()))


def _used(served: Panel) -> float:
    """Seconds of processor so far."""
    fields = Path(f"/proc/{served.process}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _memory(served: Panel) -> float:
    """MiB that it has in memory."""
    status = Path(f"/proc/{served.process}/status").read_text()
    found = re.search(r"VmRSS:\s+(\d+) kB", status)
    return int(found[1]) / 1024 if found else 0.0
