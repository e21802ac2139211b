"""Speaks to the API over the socket on this machine. Nothing heavy is imported: a command starts at once."""

from __future__ import annotations

import http.client
import json
import os
import pwd
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

import click

from aegir.home import default_home

TIMEOUT = 60.0
PAGE = 1000


class Failure(click.ClickException):
    """Ends the command with one sentence: failed, and whatever was done is undone."""

    exit_code = 1

    def show(self, file: Any = None) -> None:
        click.echo(f"aegir: {self.message}", err=True)


class Away(Failure):
    """Nobody answers, or not to the end."""


class Refused(Failure):
    """What was asked for is not possible."""

    exit_code = 2


class Stuck(Failure):
    """A person is needed."""

    exit_code = 3


_FAILURES: dict[str, type[Failure]] = {"unreachable": Failure, "broken": Failure, "stuck": Stuck}


class _SocketConnection(http.client.HTTPConnection):
    def __init__(self, path: Path) -> None:
        super().__init__("localhost", timeout=TIMEOUT)
        self._path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(self.timeout)
        self.sock.connect(str(self._path))


def home() -> Path:
    """The data folder whose Aegir is spoken to."""
    return Path(os.environ.get("AEGIR_HOME") or default_home()).absolute()


def path(*parts: str | int) -> str:
    """The API path of a thing: ``path("sites", domain, "verify")``; names are escaped."""
    for part in parts:
        if str(part) in ("", ".", "..") or "/" in str(part):
            raise Refused(f"«{part}» is not the name of anything.")
    return "/api/" + "/".join(quote(str(part), safe="") for part in parts)


def get(url: str, **query: Any) -> Any:
    """What the API answers; arguments that are None are left out."""
    return _call("GET", _asked(url, query))


def get_all(url: str, **query: Any) -> dict[str, Any]:
    """A whole list, in the shape of one page."""
    items = list(_items(url, query))
    return {"count": len(items), "items": items}


def post(url: str, **body: Any) -> Any:
    """Ask for a change; arguments that are None are left out."""
    return _call("POST", url, _said(body))


def put(url: str, **body: Any) -> Any:
    """Set what lies there."""
    return _call("PUT", url, _said(body))


def delete(url: str, **query: Any) -> Any:
    """Ask for an end; arguments that are None are left out."""
    return _call("DELETE", _asked(url, query))


def _asked(url: str, query: dict[str, Any]) -> str:
    wanted = _said(query)
    return f"{url}?{urlencode(wanted)}" if wanted else url


def _said(body: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in body.items() if value is not None}


def _items(url: str, query: dict[str, Any]) -> Iterator[Any]:
    offset = 0
    while True:
        answer = get(url, **query, limit=PAGE, offset=offset)
        yield from answer["items"]
        offset += PAGE
        if offset >= answer["count"]:
            return


def _call(method: str, url: str, body: dict[str, Any] | None = None) -> Any:
    connection = _SocketConnection(home() / "run/api.sock")
    headers = {"Accept": "application/json", "X-Aegir-User": _user()}
    text = None if body is None else json.dumps(body)
    try:
        connection.request(method, url, text, {**headers, "Content-Type": "application/json"})
        response = connection.getresponse()
        status, answer = response.status, response.read()
    except (OSError, http.client.HTTPException) as error:
        raise _unreached(error) from error
    finally:
        connection.close()
    return _understood(status, answer)


def _understood(status: int, text: bytes) -> Any:
    try:
        answer = json.loads(text)
        if status < 400:
            return answer
        error = answer["error"]
        sentence, kind = str(error["message"]), str(error["kind"])
    except (ValueError, LookupError, TypeError) as error:
        log = home() / "log"
        raise Failure(f"Aegir gave no proper answer (status {status}): see {log}.") from error
    raise _FAILURES.get(kind, Refused)(sentence)


def _unreached(error: Exception) -> Away:
    where = home()
    if isinstance(error, PermissionError):
        return Away(f"You may not use the Aegir on {where}: run this as the user who runs it.")
    if isinstance(error, TimeoutError):
        return Away(f"Aegir on {where} did not answer within {TIMEOUT:.0f} seconds.")
    if isinstance(error, http.client.HTTPException | ConnectionResetError | BrokenPipeError):
        return Away(f"Aegir on {where} broke off its answer: is it ending?")
    if isinstance(error, FileNotFoundError | ConnectionRefusedError):
        return Away(f"Aegir is not running on {where}: start it with «aegir up».")
    return Away(f"Aegir on {where} cannot be reached: {error}.")


def _user() -> str:
    sudo = os.environ.get("SUDO_USER")
    if sudo and os.geteuid() == 0:
        return sudo
    try:
        return pwd.getpwuid(os.geteuid()).pw_name
    except KeyError:
        return str(os.geteuid())
