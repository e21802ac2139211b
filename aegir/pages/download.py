"""Archives, fetched by whoever was given their address."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

from asgiref.sync import sync_to_async
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.views.decorators.http import require_safe

from aegir.access import download as addresses
from aegir.errors import AegirError
from aegir.models import AuditEntry, Backup
from aegir.pages import door

PART = 256 * 1024
"""Bytes read at a time."""
KINDS = {"zst": "application/zstd", "gz": "application/gzip"}

_RANGE = re.compile(r"bytes=([0-9]{0,18})-([0-9]{0,18})")


@dataclass(frozen=True)
class Span:
    """Which bytes of how many."""

    first: int
    last: int
    whole: int

    @property
    def length(self) -> int:
        return self.last - self.first + 1


@require_safe
async def download(request: HttpRequest, token: str) -> HttpResponseBase:
    """The archive that the address stands for, or from where a broken-off download goes on.

    It is read part by part as the reader takes it: who is slow holds a file, and no thread.
    """
    try:
        backup, size = await sync_to_async(_opened)(request, token)
    except AegirError as error:
        return await sync_to_async(door.refusal)(request, error)
    span = _span(request, size, _tag(backup))
    if span is None:
        return _marked(HttpResponse(status=416, headers={"Content-Range": f"bytes */{size}"}), backup)
    response: HttpResponseBase = HttpResponse()
    if request.method == "GET":
        response = StreamingHttpResponse(_parts(backup.path, span))
    if span.length != size:
        response.status_code = 206
        response.headers["Content-Range"] = f"bytes {span.first}-{span.last}/{size}"
    response.headers["Content-Length"] = str(span.length)
    return _marked(response, backup)


def _opened(request: HttpRequest, token: str) -> tuple[Backup, int]:
    """The backup and its size; that it is taken is written down."""
    actor, backup = addresses.opened(token)
    if request.method == "GET":
        AuditEntry.record(
            actor=actor.name[:200], door="page", address=str(request.META.get("REMOTE_ADDR") or "")[:60],
            action="backup_download", about=str(backup), outcome=AuditEntry.Outcome.DONE,
            details={"range": request.headers.get("Range", "")[:100]},
        )  # fmt: skip
    return backup, backup.path.stat().st_size


def _span(request: HttpRequest, size: int, tag: str) -> Span | None:
    """What is wanted: everything, unless one range is asked for; None when that lies outside."""
    everything = Span(0, size - 1, size)
    wanted = _RANGE.fullmatch(request.headers.get("Range", ""))
    if wanted is None or wanted.groups() == ("", "") or request.headers.get("If-Range", tag) != tag:
        return everything
    first, last = wanted.groups()
    if not first:  # the last so many bytes
        return Span(max(0, size - int(last)), size - 1, size) if int(last) and size else None
    span = Span(int(first), min(int(last) if last else size - 1, size - 1), size)
    if last and int(last) < int(first):
        return everything
    return span if span.first < size else None


def _marked(response: HttpResponseBase, backup: Backup) -> HttpResponseBase:
    response.headers["Content-Type"] = KINDS[backup.compression]
    name = f"{backup.domain}-{backup.pk}.tar.{backup.compression}"
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    response.headers["Accept-Ranges"] = "bytes"
    response.headers["ETag"] = _tag(backup)
    response.headers["Cache-Control"] = "no-store"
    response.headers["X-Content-Type-Options"] = "nosniff"
    return response


def _tag(backup: Backup) -> str:
    """An archive never changes."""
    return f'"{backup.sha256 or backup.pk}"'


async def _parts(path: Path, span: Span) -> AsyncIterator[bytes]:
    left = span.length
    file = await asyncio.to_thread(path.open, "rb")
    try:
        await asyncio.to_thread(file.seek, span.first)
        while left > 0:
            part = await asyncio.to_thread(file.read, min(PART, left))
            if not part:
                return
            left -= len(part)
            yield part
    finally:
        file.close()
