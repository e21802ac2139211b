"""The data folder: who may read what."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from aegir.embedded.home import directories
from aegir.embedded.place import place_from
from aegir.home import MODES
from tests.embedded.instance import Instance

as_root = pytest.mark.skipif(os.geteuid() != 0, reason="others' rights can only be tried by root")

SECRETS = [
    "aegir.sqlite3",
    "secret.key",
    "django.key",
    "config/nginx/nginx.conf",
    "log/nginx/access.log",
    "log/panel.log",
    "run/children.json",
]
CLOSED = [
    "kept",
    "backups",
    "config/nginx",
    "config/nginx/vhost.d",
    "log/nginx",
    "log/php",
    "platforms",
    "run",
]


def reads(user: str, path: Path) -> bool:
    """Whether that user can read a file, or list a directory."""
    program = ["ls"] if path.is_dir() else ["head", "-c", "1"]
    command = ["setpriv", f"--reuid={user}", f"--regid={user}", "--init-groups", *program, str(path)]
    return subprocess.run(command, capture_output=True, check=False, timeout=20).returncode == 0


def connects(user: str, path: Path) -> bool:
    command = ["setpriv", f"--reuid={user}", f"--regid={user}", "--init-groups", "curl", "--silent"]
    asked = [*command, "--max-time", "20", "--unix-socket", str(path), "http://localhost/sign-in"]
    return subprocess.run(asked, capture_output=True, check=False, timeout=40).returncode == 0


@as_root
@pytest.mark.parametrize("path", SECRETS)
def test_the_web_user_reads_no_secret(aegir: Instance, path: str) -> None:
    assert (aegir.home / path).exists()
    assert not reads("www-data", aegir.home / path)


@as_root
@pytest.mark.parametrize("path", CLOSED)
def test_the_web_user_lists_nothing_that_is_not_his(aegir: Instance, path: str) -> None:
    assert not reads("www-data", aegir.home / path)


@as_root
def test_the_web_user_reads_the_bridge_and_cannot_change_it(aegir: Instance) -> None:
    bridge = aegir.home / "bridge/bridge.php"
    assert reads("www-data", bridge)
    assert (bridge.stat().st_uid, bridge.stat().st_mode & 0o777) == (0, 0o644)


@as_root
def test_the_web_user_passes_through_to_the_platforms(aegir: Instance) -> None:
    platform = aegir.home / "platforms/passage"
    platform.mkdir(mode=0o755)
    try:
        assert reads("www-data", platform)
    finally:
        platform.rmdir()


@as_root
@pytest.mark.parametrize("socket", ["run/api.sock", "run/control.sock", "run/worker.sock"])
def test_the_web_user_cannot_speak_to_aegir_s_own_sockets(aegir: Instance, socket: str) -> None:
    assert (aegir.home / socket).stat().st_mode & 0o777 == 0o600
    assert not connects("www-data", aegir.home / socket)


@as_root
def test_the_panel_s_user_reads_what_he_needs_and_not_the_sites_secrets(aegir: Instance) -> None:
    assert reads("aegir", aegir.home / "secret.key")
    assert connects("aegir", aegir.home / "run/api.sock")
    for path in ("config/nginx/vhost.d", "kept", "backups", "run/control.sock"):
        assert not reads("aegir", aegir.home / path)


@as_root
@pytest.mark.parametrize(
    ("name", "user"),
    [("panel", "aegir"), ("worker", "root"), ("nginx", "root"), ("php", "root"), ("mysql", "aegir")],
)
def test_every_program_runs_as_its_user(aegir: Instance, name: str, user: str) -> None:
    aegir.python("-m", "aegir.embedded", "start", "mysql", "--home", str(aegir.home))
    assert Path(f"/proc/{aegir.program(name)['pid']}").owner() == user


@as_root
def test_the_ledger_stays_the_panel_s_whoever_opens_it_first(own: Instance) -> None:
    own.up()
    for name in ("", "-wal", "-shm"):
        path = own.home / f"aegir.sqlite3{name}"
        assert (path.owner(), path.stat().st_mode & 0o777) == ("aegir", 0o600)
    own.down()
    assert own.cli("admin", "link").returncode == 0  # by root, while nobody else has it open
    own.up()
    assert own.cli("server", "list").returncode == 0


def test_a_verification_wants_the_modes_that_coming_up_gives(own: Instance) -> None:
    place = place_from({"AEGIR_HOME": str(own.home)})
    given = {directory.path: directory.mode for directory in directories(place)}
    folders = {path for path in MODES if not path.startswith(("secret", "django", "aegir."))}
    folders.remove("backups/panel")
    assert {path: given[path] for path in folders} == {path: MODES[path] for path in folders}
