"""How commands speak to the supervisor: one JSON line each way over a unix socket."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import socket
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from aegir.errors import AegirError, Broken, Refused, Unreachable

Answer = Callable[[dict[str, Any]], Awaitable[dict[str, Any]]]


async def serve(path: Path, answer: Answer) -> asyncio.Server:
    """Listen at ``path`` for its owner alone; errors of ``answer`` go back as sentences."""

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(ConnectionError, ValueError):
            reply = await _answered(answer, json.loads(await reader.readline()))
            writer.write(json.dumps(reply).encode() + b"\n")
            await writer.drain()
        writer.close()

    path.unlink(missing_ok=True)
    before = os.umask(0o177)
    try:
        return await asyncio.start_unix_server(connected, path)
    finally:
        os.umask(before)


async def _answered(answer: Answer, request: Any) -> dict[str, Any]:
    try:
        if not isinstance(request, dict):
            raise Refused("A request to the supervisor must be a JSON object.")
        return await answer(request)
    except AegirError as error:
        return {"error": {"kind": type(error).__name__.lower(), "message": str(error)}}


def ask(path: Path, request: dict[str, Any], timeout: float = 10.0) -> dict[str, Any]:
    """The supervisor's answer. Unreachable when none runs; Refused or Broken as it says."""
    try:
        with socket.socket(socket.AF_UNIX) as connection:
            connection.settimeout(timeout)
            connection.connect(str(path))
            connection.sendall(json.dumps(request).encode() + b"\n")
            with connection.makefile("rb") as lines:
                reply: dict[str, Any] = json.loads(lines.readline())
    except PermissionError as error:
        raise Refused(
            f"{path} belongs to another user; run this command as the user who ran aegir up."
        ) from error
    except TimeoutError as error:
        raise Unreachable(f"Aegir's supervisor at {path} did not answer within {timeout:.0f} s.") from error
    except (OSError, ValueError) as error:
        raise Unreachable(f"Aegir is not running on {path.parent.parent}; start it with: aegir up") from error
    _raise_error(reply.get("error"))
    return reply


def _raise_error(error: dict[str, str] | None) -> None:
    if error is not None:
        raise (Refused if error["kind"] == "refused" else Broken)(error["message"])
