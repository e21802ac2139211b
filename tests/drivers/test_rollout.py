"""Many hands on one configuration, some of them killed."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from aegir.drivers.host.memory import Driver as MemoryHost
from aegir.drivers.rollout import Rollout
from aegir.errors import Broken, Unreachable
from tests.drivers.php.conftest import live_web
from tests.drivers.web.conftest import Sites, sites

__all__ = ["live_web", "sites"]


class Daemon(Rollout):
    """A service in memory: it accepts every text without «bad» and loads what lies there when told."""

    def __init__(self, host: MemoryHost) -> None:
        super().__init__(host, "the daemon", "/run/daemon", "/etc/live.conf")
        self.host = host
        self.loaded: int | None = 0
        self.deaf = False
        self.dies = False
        self.reloads = 0

    def prepare(self) -> None:
        self._prepare({"/etc/c": "c"})

    def test(self) -> None:
        for name in self.host.list("/etc"):
            if b"bad" in (self.host.read(f"/etc/{name}") or b""):
                raise Broken("the daemon does not accept its configuration.")

    def live(self) -> int | None:
        return self.loaded

    def _mode(self, path: str) -> int:
        return 0o640

    def _generation_text(self, generation: int) -> str:
        return f"generation {generation}\n"

    def _signal(self) -> Callable[[], bool]:
        self.reloads += 1
        if self.dies:
            self.loaded = None
        elif not self.deaf:
            self.loaded = self._written()
        return lambda: True


@pytest.fixture
def daemon(monkeypatch: pytest.MonkeyPatch) -> Daemon:
    monkeypatch.setattr("aegir.drivers.rollout.GRACE", 0.05)
    monkeypatch.setattr("aegir.drivers.rollout.RELOAD", 0.05)
    host = MemoryHost()
    for folder in ("/etc", "/run"):
        if host.stat(folder) is None:
            host.make_directory(folder)
    host.write("/etc/a", b"old a")
    return Daemon(host)


def files(daemon: Daemon) -> dict[str, bytes | None]:
    return {
        name: daemon.host.read(f"/etc/{name}") for name in daemon.host.list("/etc") if name != "live.conf"
    }


def test_what_is_written_is_live_when_the_call_returns(daemon: Daemon) -> None:
    daemon.apply({"/etc/a": "new a", "/etc/b": "b"})
    assert files(daemon) == {"a": b"new a", "b": b"b"}
    assert (daemon.loaded, daemon.reloads) == (1, 1)


def test_a_text_that_is_not_accepted_leaves_no_trace(daemon: Daemon) -> None:
    with pytest.raises(Broken, match="does not accept"):
        daemon.apply({"/etc/a": "bad", "/etc/b": "b"})
    assert files(daemon) == {"a": b"old a"}
    assert daemon.host.list("/run") == ["daemon.write.lock"] or daemon.host.list("/run") == []
    daemon.apply({"/etc/a": "old a"})
    assert daemon.reloads == 0


@pytest.mark.parametrize(("trouble", "error"), [("deaf", Broken), ("dies", Unreachable)])
def test_a_reload_that_fails_takes_the_texts_back(
    daemon: Daemon, trouble: str, error: type[Exception]
) -> None:
    setattr(daemon, trouble, True)
    with pytest.raises(error):
        daemon.apply({"/etc/a": None, "/etc/b": "b"})
    assert files(daemon) == {"a": b"old a"}


def test_texts_that_another_wrote_since_are_not_taken_back(
    daemon: Daemon, monkeypatch: pytest.MonkeyPatch
) -> None:
    def overwritten() -> Callable[[], bool]:
        daemon.host.write("/etc/b", b"of another")
        return lambda: True

    monkeypatch.setattr(daemon, "_signal", overwritten)
    with pytest.raises(Broken):
        daemon.apply({"/etc/a": "new a", "/etc/b": "b"})
    assert files(daemon) == {"a": b"old a", "b": b"of another"}


def test_texts_that_were_never_loaded_are_loaded_by_the_next_call(daemon: Daemon) -> None:
    daemon._write({"/etc/a": "new a"})
    assert daemon.loaded == 0
    daemon.apply({"/etc/a": "new a"})
    assert daemon.loaded == 1


def test_those_who_wait_together_share_a_reload(daemon: Daemon, monkeypatch: pytest.MonkeyPatch) -> None:
    written, write = threading.Barrier(8), daemon._write

    def all_written(changes: dict[str, str | None]) -> object:
        done = write(changes)
        written.wait(20)
        return done

    monkeypatch.setattr(daemon, "_write", all_written)
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda number: daemon.apply({f"/etc/{number}": "x"}), range(8)))
    assert daemon.reloads == 1
    assert daemon.loaded == 8


class Killed(BaseException):
    """Stands for kill -9: no handler of the driver's sees it."""


@pytest.mark.parametrize("attempt", range(1, 6))
def test_a_killed_writer_leaves_nothing_untested(
    daemon: Daemon, monkeypatch: pytest.MonkeyPatch, attempt: int
) -> None:
    write, attempts = daemon.host.write, iter(range(1, 10))

    def dying(path: str, content: bytes, *, mode: int) -> None:
        if next(attempts) == attempt:
            raise Killed
        write(path, content, mode=mode)

    def killed_at_the_test() -> None:
        raise Killed

    with monkeypatch.context() as killing:
        killing.setattr(daemon.host, "write", dying)
        killing.setattr(daemon, "test", killed_at_the_test)
        with pytest.raises(Killed):
            daemon.apply({"/etc/a": "bad", "/etc/b": "bad"})
    daemon.prepare()
    assert files(daemon) == {"a": b"old a", "c": b"c"}


APPLY = """
import sys
from pathlib import Path
from tests.live.web import web_service
from aegir.drivers.host.local import Driver as LocalHost
from aegir.drivers.web import Vhost
from aegir.drivers.web.nginx import Driver
folder, port, domain, root = sys.argv[1:]
nginx = Driver(LocalHost(), web_service(Path(folder), int(port)))
print("ready", flush=True)
sys.stdin.readline()
vhost = Vhost(domain, (), "p1", root, f"sites/{domain}", int(port))
nginx.apply({nginx.vhost_path(domain): nginx.render_vhost(vhost)})
print(nginx.probe(domain, "/.git/x"))
"""


def begin(sites: Sites, domain: str) -> subprocess.Popen[str]:
    process = subprocess.Popen(
        [sys.executable, "-c", APPLY, str(sites.live.folder), str(sites.live.port), domain, str(sites.root)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=Path(__file__).parents[2],
        start_new_session=True,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    return process


@pytest.mark.live
def test_many_processes_publish_at_once(sites: Sites) -> None:
    nginx = sites.live.nginx
    domains = [f"many{number}.test" for number in range(8)]
    log = Path(sites.live.web.log_directory) / "error.log"
    before = nginx.live() or 0
    processes = [begin(sites, domain) for domain in domains]
    outcomes = [process.communicate("go\n", timeout=100)[0] for process in _all_told(processes)]
    assert outcomes == ["403\n"] * len(domains)
    assert nginx.live() == before + len(domains)
    assert all(nginx.probe(domain, "/.git/x") == 403 for domain in domains)
    assert "emerg" not in log.read_text()
    nginx.apply({nginx.vhost_path(domain): None for domain in domains})


def _all_told(processes: list[subprocess.Popen[str]]) -> list[subprocess.Popen[str]]:
    """All start before the first is waited for."""
    for process in processes:
        assert process.stdin is not None
        process.stdin.write("go\n")
        process.stdin.flush()
    return processes


@pytest.mark.live
@pytest.mark.parametrize("delay", [0.0, 0.05, 0.1, 0.2, 0.3])
def test_a_killed_process_holds_up_nobody(sites: Sites, delay: float) -> None:
    nginx = sites.live.nginx
    victim = begin(sites, "victim.test")
    assert victim.stdin is not None
    victim.stdin.write("go\n")
    victim.stdin.flush()
    threading.Event().wait(delay)
    os.killpg(victim.pid, signal.SIGKILL)
    victim.communicate()
    sites.add("after.test")
    nginx.test()
    assert sites.get("/", host="after.test").status == 200
    nginx.apply({nginx.vhost_path(domain): None for domain in ("victim.test", "after.test")})
    assert nginx.probe("victim.test") == 0
