"""The socket on the machine itself is a door of its own: nobody gets through it over TCP."""

from __future__ import annotations

import asyncio
import http.client
import socket
from pathlib import Path
from typing import Any

import pytest

from aegir.asgi import DOOR, through
from tests.embedded.instance import Instance

FORGERIES: list[dict[str, str]] = [
    {},
    {"aegir.door": "socket"},
    {"Aegir-Door": "socket", "X-Aegir-Door": "socket"},
    {"X-Aegir-User": "root"},
    {"X-Forwarded-For": "unix:", "X-Forwarded-Proto": "unix", "Forwarded": "for=unix"},
]


class OverUnix(http.client.HTTPConnection):
    def __init__(self, path: Path) -> None:
        super().__init__("localhost", timeout=20)
        self._path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.connect(str(self._path))


def status(connection: http.client.HTTPConnection, headers: dict[str, str]) -> int:
    connection.request("GET", "/api/servers", headers=headers)
    try:
        return connection.getresponse().status
    finally:
        connection.close()


def test_the_socket_s_door_needs_no_sign_in(aegir: Instance) -> None:
    assert status(OverUnix(aegir.home / "run/api.sock"), {}) == 200


@pytest.mark.parametrize("headers", FORGERIES, ids=lambda headers: ",".join(headers) or "plain")
def test_no_header_over_tcp_opens_the_socket_s_door(aegir: Instance, headers: dict[str, str]) -> None:
    assert status(http.client.HTTPConnection("127.0.0.1", aegir.panel_port, timeout=20), headers) == 401


def test_a_request_line_in_the_socket_s_form_opens_nothing_over_tcp(aegir: Instance) -> None:
    with socket.create_connection(("127.0.0.1", aegir.panel_port), timeout=20) as connection:
        connection.sendall(
            b"GET http+unix://socket/api/servers HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
        )
        answer = connection.makefile("rb").readline()
    assert b" 200 " not in answer


@pytest.mark.parametrize("door", ["network", "socket"])
def test_the_mark_is_the_listener_s_whatever_the_scope_says(door: Any) -> None:
    seen: list[Any] = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        seen.append(scope[DOOR])

    scope = {"type": "http", DOOR: "forged"}
    asyncio.run(through(door, app)(scope, None, None))
    assert seen == [door]
    assert scope[DOOR] == "forged"
