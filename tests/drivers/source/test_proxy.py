"""The proxy of a build: whom it lets through, and where it leads."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from aegir.drivers.source import Terms, through
from aegir.drivers.source.proxy import Proxy, proxy
from tests.contracts.sources import repository, written
from tests.live.files import Answer, Shelf, handing_out
from tests.live.repositories import forging

OPEN = "127.0.0.1"
"""What stands for the internet here; all else on this machine is as private as it is."""


@pytest.fixture
def shelf() -> Iterator[Shelf]:
    with handing_out() as shelf:
        shelf.put("/code", b"the code")
        yield shelf


@pytest.fixture
def way(monkeypatch: pytest.MonkeyPatch) -> Iterator[Proxy]:
    monkeypatch.setattr("aegir.drivers.network.is_public", lambda address: address == OPEN)
    with proxy(Terms("/nowhere", None)) as way:
        yield way


def curl(way: Proxy, *words: str) -> subprocess.CompletedProcess[str]:
    """As a program that goes where the environment says; it follows redirects."""
    argv = ["curl", "-sS", "-L", "--max-time", "60", "-w", "%{http_code}", *words]
    env = {"PATH": os.environ["PATH"], **way.environment}
    return subprocess.run(argv, env=env, capture_output=True, text=True, check=False)


def asked(way: Proxy, text: str) -> str:
    """The first line of what it answers to whoever comes without a word."""
    with closing(socket.create_connection(("127.0.0.1", way.port), 60)) as line:
        line.sendall(text.encode())
        return line.makefile().readline().strip()


def test_what_is_asked_for_comes_plain_and_through_a_tunnel(way: Proxy, shelf: Shelf) -> None:
    assert curl(way, shelf.address("/code", OPEN)).stdout == "the code200"
    assert curl(way, "--proxytunnel", shelf.address("/code", OPEN)).stdout == "the code200"
    assert curl(way, shelf.address("/none", OPEN)).stdout.endswith("404")
    assert [path for path, _ in shelf.asked] == ["/code", "/code", "/none"]
    assert not [name for _, headers in shelf.asked for name in headers if name.lower().startswith("proxy")]
    assert way.refused == []
    assert way.refusal("It") is None


@pytest.mark.parametrize("words", [(), ("--proxytunnel",)])
def test_a_redirect_into_a_private_network_leads_nowhere(
    words: tuple[str, ...], way: Proxy, shelf: Shelf
) -> None:
    shelf.answers["/away"] = Answer(status=302, headers={"Location": shelf.address("/code", "127.0.0.2")})
    done = curl(way, *words, shelf.address("/away", OPEN))
    assert "the code" not in done.stdout
    assert way.refused == ["127.0.0.2"]
    assert "127.0.0.2, an address of a private network" in str(way.refusal("Composer"))
    assert [path for path, _ in shelf.asked] == ["/away"]


def test_a_name_that_changes_its_mind_leads_where_it_was_judged(
    way: Proxy, shelf: Shelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = socket.getaddrinfo
    told: list[str] = []

    def resolve(host: str, port: int, *rest: object, **more: object) -> object:
        if host != "rebinding.example":
            return found(host, port, *rest, **more)  # type: ignore[arg-type]
        told.append(host)
        address = OPEN if len(told) == 1 else "127.0.0.2"
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port))]

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    address = shelf.address("/code", "rebinding.example")
    assert curl(way, address).stdout == "the code200"
    assert curl(way, address).stdout.endswith("403")
    assert len(told) == 2, "each connection resolves once"


def test_only_the_builds_own_programs_are_served(way: Proxy, shelf: Shelf) -> None:
    assert "407" in asked(way, f"GET {shelf.address('/code', OPEN)} HTTP/1.1\r\n\r\n")
    wrong = "Proxy-Authorization: Basic YWVnaXI6d3Jvbmc="
    assert "407" in asked(way, f"CONNECT {OPEN}:{shelf.port} HTTP/1.1\r\n{wrong}\r\n\r\n")
    assert shelf.asked == []
    assert way.password not in repr(way)


def test_a_host_that_is_away_is_no_refusal(way: Proxy) -> None:
    assert curl(way, f"http://{OPEN}:1/").stdout.endswith("502")
    assert curl(way, "http://nowhere.invalid/").stdout.endswith("502")
    assert way.refused == []


def test_a_private_network_is_open_where_the_operator_says_so(shelf: Shelf) -> None:
    with proxy(Terms("/nowhere", None, private=True)) as way:
        assert curl(way, shelf.address("/code")).stdout == "the code200"


def test_when_the_build_is_over_so_is_all_that_went_through(shelf: Shelf) -> None:
    listening = socket.create_server(("127.0.0.1", 0))
    with closing(listening), proxy(Terms("/nowhere", None, private=True)) as way:
        port = listening.getsockname()[1]
        argv = [sys.executable, "-I", str(Path(through.__file__)), "127.0.0.1", str(port)]
        program = subprocess.Popen(argv, env=way.environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        assert program.stdin
        assert program.stdout
        there, _ = listening.accept()
        program.stdin.write(b"hello")
        program.stdin.flush()
        assert there.recv(5) == b"hello"
        there.sendall(b"and back")
        assert os.read(program.stdout.fileno(), 8) == b"and back"
    with there, program:
        assert there.recv(1) == b""
        program.stdin.close()
        assert program.wait(60) == 0
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", way.port), 60)


def test_the_way_for_ssh_says_why_it_leads_nowhere(way: Proxy) -> None:
    argv = [sys.executable, "-I", str(Path(through.__file__)), "127.0.0.2", "22"]
    done = subprocess.run(argv, env=way.environment, capture_output=True, text=True, check=False)
    assert (done.returncode, "private network" in done.stderr) == (1, True)


def test_git_goes_through_it_too(way: Proxy, tmp_path: Path) -> None:
    repository(written(tmp_path / "code"))
    with forging(tmp_path) as forge:
        for host, code in ((OPEN, 0), ("127.0.0.2", 128)):
            argv = ["git", "ls-remote", forge.address("code", host)]
            done = subprocess.run(argv, env={"PATH": os.environ["PATH"], **way.environment}, check=False,
                                  capture_output=True)  # fmt: skip
            assert (done.returncode, b"refs/heads/main" in done.stdout) == (code, code == 0)
    assert way.refused == ["127.0.0.2"]
