"""What dies is started again, and nothing outlives its supervisor."""

from __future__ import annotations

import os
import re
import signal
from http.cookiejar import CookieJar
from pathlib import Path
from urllib.error import HTTPError
from urllib.parse import urlencode
from urllib.request import HTTPCookieProcessor, build_opener

import pytest

from tests.embedded.instance import Instance, alive, eventually


def group(leader: int) -> list[int]:
    """The processes that belong to the process group of ``leader``."""
    found = []
    for pid in (int(name) for name in os.listdir("/proc") if name.isdigit()):
        try:
            if os.getpgid(pid) == leader and alive(pid):
                found.append(pid)
        except ProcessLookupError:
            continue
    return found


@pytest.mark.parametrize("name", ["mysql", "php", "nginx", "worker", "panel"])
def test_a_killed_program_is_started_again_and_nothing_of_the_old_one_is_left(
    aegir: Instance, name: str
) -> None:
    aegir.python("-m", "aegir.embedded", "start", "mysql", "--home", str(aegir.home))
    before = aegir.program(name)
    members = group(before["pid"])
    assert before["pid"] in members
    os.kill(before["pid"], signal.SIGKILL)

    def restarted() -> bool:
        now = aegir.program(name)
        return bool(now["state"] == "running" and now["pid"] != before["pid"])

    eventually(restarted)
    assert aegir.program(name)["restarts"] == before["restarts"] + 1
    assert not [pid for pid in members if alive(pid)]
    assert aegir.cli("status").returncode == 0


def test_a_killed_supervisor_leaves_nothing_behind_and_the_next_up_works(own: Instance) -> None:
    own.up()
    own.python("-m", "aegir.embedded", "start", "mysql", "--home", str(own.home))
    members = [pid for each in own.status()["programs"] for pid in group(each["pid"])]
    assert len(members) >= 5
    killed(own)
    eventually(lambda: not [pid for pid in members if alive(pid)])
    assert not own.status()["running"]
    own.up()
    assert own.cli("status").returncode == 0

    # A power cut: what lies around misleads nobody.
    killed(own)
    run = own.home / "run"
    version = next((path.name for path in run.glob("php-*.pid")), "php-8.2.pid")
    (run / version).write_text(str(os.getpid()))
    (run / "children.json").write_text('{"boot": "anoth')
    (run / "up.lock").write_text(str(os.getpid()))
    own.up()
    assert own.cli("status").returncode == 0
    assert alive(os.getpid())

    # What an interrupted run left hanging is ended.
    master = own.program("nginx")["pid"]
    os.kill(master, signal.SIGSTOP)  # so that it cannot heed the end of its supervisor
    killed(own)
    assert alive(master)
    own.up()
    assert not alive(master)
    assert own.cli("status").returncode == 0


def killed(instance: Instance) -> None:
    os.kill(instance.status()["pid"], signal.SIGKILL)
    eventually(lambda: not instance.status()["running"])


def test_a_program_that_keeps_dying_is_reported_and_waited_for_ever_longer_and_recovers(
    aegir: Instance,
) -> None:
    before = aegir.program("nginx")["restarts"]
    broken = aegir.home / "config/nginx/post.d/own.conf"
    broken.write_text("nonsense;\n")
    os.kill(aegir.program("nginx")["pid"], signal.SIGKILL)
    eventually(lambda: "nonsense" in aegir.program("nginx")["problem"])
    shown = aegir.cli("status")
    assert shown.returncode == 1
    assert "nonsense" in shown.stdout
    assert aegir.program("panel")["well"]
    eventually(lambda: aegir.program("nginx")["restarts"] >= before + 4)
    # Doubling from a quarter of a second on, four more would take over half a minute.
    assert aegir.program("nginx")["restarts"] < before + 12
    broken.unlink()
    eventually(lambda: aegir.cli("status").returncode == 0)


def test_a_request_that_is_no_json_does_not_harm_the_supervisor(aegir: Instance) -> None:
    import socket

    for said in (b"\n", b"nonsense\n", b"[]\n", b'{"do": "dance"}\n', b""):
        with socket.socket(socket.AF_UNIX) as connection:
            connection.connect(str(aegir.home / "run/control.sock"))
            connection.sendall(said)
            connection.shutdown(socket.SHUT_WR)
            connection.recv(4096)
    assert aegir.cli("status").returncode == 0


def test_every_program_writes_a_log_of_its_own(aegir: Instance) -> None:
    for name in ("php", "nginx", "worker", "panel"):
        assert Path(aegir.home / f"log/{name}.log").exists()


def test_whoever_tried_too_often_is_refused_by_a_panel_that_was_started_anew(own: Instance) -> None:
    own.up()
    browser = build_opener(HTTPCookieProcessor(CookieJar()))

    def wrong() -> int:
        address = f"http://127.0.0.1:{own.panel_port}/sign-in"
        page = browser.open(address, timeout=60).read().decode()
        token = re.findall(r'name="csrfmiddlewaretoken" value="(\w+)"', page)[0]
        told = urlencode({"csrfmiddlewaretoken": token, "username": "nobody", "password": "wrong"})
        try:
            return int(browser.open(address, told.encode(), timeout=60).status)
        except HTTPError as error:
            return error.code

    assert [wrong() for _ in range(11)] == [422] * 10 + [429]
    own.down()
    own.up()
    assert wrong() == 429
