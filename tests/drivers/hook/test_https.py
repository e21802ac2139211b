"""Webhooks, told to a real receiver."""

from __future__ import annotations

import socket
import threading
import time
from pathlib import Path

import pytest

from aegir.drivers.hook import Call, https, signature
from aegir.drivers.hook.https import Driver
from aegir.errors import Broken, Refused, Unreachable
from tests.live import certificates, hooks

BODY = '{"event": "task.failed", "ü": 1}'.encode()


def call(address: str) -> Call:
    return Call(address, {"Content-Type": "application/json", "Aegir-Event": "task.failed"}, BODY)


def test_the_receiver_is_told_over_tls(trusted: Path) -> None:
    with hooks.receiving(certificates.context(trusted)) as receiver:
        Driver(private=True).post(call(f"https://localhost:{receiver.port}/hook?key=1"))
    (told,) = receiver.told
    assert (told.path, told.body) == ("/hook?key=1", BODY)
    assert told.headers["Host"] == f"localhost:{receiver.port}"
    assert told.headers["Aegir-Event"] == "task.failed"


def test_a_certificate_that_nobody_vouches_for_is_not_trusted(certificate: Path) -> None:
    with (
        hooks.receiving(certificates.context(certificate)) as receiver,
        pytest.raises(Unreachable, match="certificate of localhost is not to be trusted"),
    ):
        Driver(private=True).post(call(f"https://localhost:{receiver.port}/"))
    assert receiver.told == []


def test_a_certificate_of_somebody_else_is_not_trusted(
    trusted: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with hooks.receiving(certificates.context(trusted)) as receiver:
        found = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", receiver.port))]
        monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: found)
        with pytest.raises(Unreachable, match=r"certificate of elsewhere\.example is not to be trusted"):
            Driver(private=True).post(call(f"https://elsewhere.example:{receiver.port}/"))
    assert receiver.told == []


@pytest.mark.parametrize("address", ["127.0.0.1", "localhost", "[::ffff:127.0.0.1]", "2130706433", "0"])
def test_private_addresses_are_not_gone_to_however_they_are_written(address: str, trusted: Path) -> None:
    with (
        hooks.receiving(certificates.context(trusted)) as receiver,
        pytest.raises(Refused, match="private network"),
    ):
        Driver(private=False).post(call(f"https://{address}:{receiver.port}/"))
    assert receiver.told == []


def test_what_was_looked_at_is_what_is_connected_to(monkeypatch: pytest.MonkeyPatch) -> None:
    """A name that is public when it is looked at, and private a moment later, leads nowhere."""
    asked: list[str] = []

    def resolve(host: str, port: int, **_: object) -> list[tuple[object, ...]]:
        asked.append(host)
        address = "192.0.2.1" if len(asked) == 1 else "127.0.0.1"
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port))]

    monkeypatch.setattr("aegir.drivers.network.is_public", lambda address: address == "192.0.2.1")
    monkeypatch.setattr(https, "PATIENCE", 0.2)
    with hooks.receiving() as receiver:
        monkeypatch.setattr(socket, "getaddrinfo", resolve)
        with pytest.raises(Unreachable):
            Driver(private=False).post(call(f"https://rebinding.example:{receiver.port}/"))
    assert asked == ["rebinding.example"]
    assert receiver.told == []


def test_without_encryption_only_where_the_operator_lets_it() -> None:
    with hooks.receiving() as receiver:
        Driver(private=True).post(call(f"http://127.0.0.1:{receiver.port}/"))
        with pytest.raises(Refused, match="without encryption"):
            Driver(private=False).post(call(f"http://127.0.0.1:{receiver.port}/"))
    assert len(receiver.told) == 1


def test_a_redirect_is_not_followed() -> None:
    with hooks.receiving() as inner, hooks.receiving() as outer:
        outer.status, outer.location = 307, f"http://127.0.0.1:{inner.port}/"
        with pytest.raises(Broken, match="status 307: redirects are not followed"):
            Driver(private=True).post(call(f"http://127.0.0.1:{outer.port}/"))
    assert (len(outer.told), inner.told) == (1, [])


@pytest.mark.parametrize("status", [400, 404, 410, 500, 503])
def test_any_other_answer_than_yes_is_a_failure(status: int) -> None:
    with hooks.receiving() as receiver:
        receiver.status = status
        with pytest.raises(Broken, match=f"answered with status {status}"):
            Driver(private=True).post(call(f"http://127.0.0.1:{receiver.port}/"))


def test_a_receiver_that_does_not_answer_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(https, "PATIENCE", 0.3)
    with hooks.receiving() as receiver:
        receiver.silent.set()
        with pytest.raises(Unreachable, match="took longer"):
            Driver(private=True).post(call(f"http://127.0.0.1:{receiver.port}/"))
        assert receiver.heard.is_set()


def test_a_receiver_that_drips_its_answer_is_cut_off(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each byte comes in time; the whole never would."""
    monkeypatch.setattr(https, "PATIENCE", 0.5)
    with socket.create_server(("127.0.0.1", 0)) as server:

        def drip() -> None:
            line, _ = server.accept()
            with line:
                try:
                    line.recv(65536)
                    line.sendall(b"HTTP/1.1 204 OK\r\n")
                    while True:
                        line.sendall(b"X")
                        time.sleep(0.05)
                except OSError:
                    return

        threading.Thread(target=drip, daemon=True).start()
        with pytest.raises(Unreachable, match="took longer"):
            Driver(private=True).post(call(f"http://127.0.0.1:{server.getsockname()[1]}/"))


@pytest.mark.parametrize("answer", [b"", b"SSH-2.0-OpenSSH\r\n", b"HTTP/1.1 abc\r\n\r\n"])
def test_what_is_no_web_server_is_named(answer: bytes) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:

        def reply() -> None:
            line, _ = server.accept()
            with line:
                line.recv(65536)
                line.sendall(answer)

        threading.Thread(target=reply, daemon=True).start()
        with pytest.raises((Broken, Unreachable), match=r"127\.0\.0\.1"):
            Driver(private=True).post(call(f"http://127.0.0.1:{server.getsockname()[1]}/"))


def test_the_signature_covers_moment_and_body() -> None:
    signed = signature("whsec_x", 1700000000, b"{}")
    assert signed == "t=1700000000,v1=" + EXPECTED
    assert signature("whsec_x", 1700000001, b"{}") != signed
    assert signature("whsec_x", 1700000000, b"{ }") != signed
    assert signature("whsec_y", 1700000000, b"{}") != signed


# printf '1700000000.{}' | openssl dgst -sha256 -hmac whsec_x
EXPECTED = "be8cb8325f2202445260a855532f967e30ad2a9394ce28da66ee02880ddcb661"
