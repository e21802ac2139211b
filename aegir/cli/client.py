"""Speaks to the API. Nothing heavy is imported: a command starts at once."""

from __future__ import annotations

import http.client
import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

import click

from aegir.cli import connecting
from aegir.cli.connecting import TIMEOUT, Way
from aegir.home import default_home

PAGE = 1000
PIECE = 1 << 16


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


def patch(url: str, **body: Any) -> Any:
    """Change part of what lies there; arguments that are None stay as they are."""
    return _call("PATCH", url, _said(body))


def put(url: str, **body: Any) -> Any:
    """Set what lies there; None is said as well."""
    return _call("PUT", url, body)


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


def stream(url: str, **query: Any) -> Iterator[bytes]:
    """An answer too large to be held at once, piece by piece, of any kind."""
    way = _way()
    connection = way.open()
    try:
        connection.request("GET", _asked(url, query), headers=dict(way.headers()))
        response = connection.getresponse()
        if response.status >= 400:
            _understood(response.status, response.read())
        while piece := response.read(PIECE):
            yield piece
    except (OSError, http.client.HTTPException) as error:
        raise _unreached(error, way) from error
    finally:
        connection.close()


def _way() -> Way:
    try:
        return connecting.way(home(), os.environ)
    except connecting.Unusable as error:
        raise Refused(str(error)) from None


def _call(method: str, url: str, body: dict[str, Any] | None = None) -> Any:
    way = _way()
    connection = way.open()
    headers = {"Accept": "application/json", "Content-Type": "application/json", **way.headers()}
    text = None if body is None else json.dumps(body)
    try:
        connection.request(method, url, text, headers)
        response = connection.getresponse()
        status, answer = response.status, response.read()
    except (OSError, http.client.HTTPException) as error:
        raise _unreached(error, way) from error
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


def _unreached(error: Exception, way: Way) -> Away:
    if isinstance(error, PermissionError):
        return Away(f"You may not use the Aegir on {way.where}: run this as the user who runs it.")
    if isinstance(error, TimeoutError):
        return Away(f"Aegir on {way.where} did not answer within {TIMEOUT:.0f} seconds.")
    if isinstance(error, http.client.HTTPException | ConnectionResetError | BrokenPipeError):
        return Away(f"Aegir on {way.where} broke off its answer: is it ending?")
    if isinstance(error, FileNotFoundError | ConnectionRefusedError):
        return Away(f"Aegir is not running on {way.where}: start it with «aegir up».")
    return Away(f"Aegir on {way.where} cannot be reached: {error}.")
