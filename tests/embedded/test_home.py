"""The data folder: who may read what."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

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


def test_modes_that_were_loosened_are_set_right_by_the_next_up(own: Instance) -> None:
    own.up()
    own.down()
    (own.home / "kept").chmod(0o777)
    (own.home / "run").chmod(0o777)
    (own.home / "bridge/bridge.php").write_text("")
    own.up()
    assert (own.home / "kept").stat().st_mode & 0o777 == 0o700
    assert (own.home / "run").stat().st_mode & 0o777 == 0o711
    assert (own.home / "bridge/bridge.php").stat().st_size > 0


def test_keys_are_made_once(own: Instance) -> None:
    own.up()
    kept = [(own.home / name).read_bytes() for name in ("secret.key", "django.key")]
    own.down()
    own.up()
    assert [(own.home / name).read_bytes() for name in ("secret.key", "django.key")] == kept


def test_a_lost_key_is_not_replaced_in_silence(own: Instance) -> None:
    own.up()
    own.down()
    (own.home / "secret.key").rename(own.home / "elsewhere.key")
    refused = own.cli("up", "--detach")
    assert refused.returncode == 2
    assert "backup" in refused.stderr
    (own.home / "elsewhere.key").rename(own.home / "secret.key")
    own.up()


def test_a_home_that_is_a_file_is_refused(own: Instance) -> None:
    (own.home / "file").write_text("")
    own.more = {"AEGIR_HOME": str(own.home / "file")}
    refused = own.cli("up", "--detach")
    assert refused.returncode == 2
    assert "AEGIR_HOME" in refused.stderr


def test_a_home_too_deep_for_sockets_is_refused(own: Instance) -> None:
    own.more = {"AEGIR_HOME": str(own.home / ("d" * 100))}
    refused = own.cli("up", "--detach")
    assert refused.returncode == 2
    assert "too long" in refused.stderr


@as_root
def test_a_home_that_others_cannot_reach_is_refused(own: Instance) -> None:
    (own.home / "closed").mkdir(mode=0o700)
    own.more = {"AEGIR_HOME": str(own.home / "closed/home")}
    refused = own.cli("up", "--detach")
    assert refused.returncode == 2
    assert f"{own.home}/closed" in refused.stderr


@as_root
def test_an_operator_who_does_not_exist_is_refused_with_the_remedy(own: Instance) -> None:
    own.more = {"AEGIR_OPERATOR": "nobody-of-that-name"}
    refused = own.cli("up", "--detach")
    assert refused.returncode == 2
    assert "script/setup" in refused.stderr


@as_root
def test_a_planted_link_in_the_home_is_not_followed(own: Instance) -> None:
    own.up()
    own.down()
    target = own.home / "target"
    target.mkdir(mode=0o755)
    (own.home / "kept").rmdir()
    (own.home / "kept").symlink_to(target)
    assert own.cli("up", "--detach").returncode == 2
    assert target.stat().st_mode & 0o777 == 0o755
    (own.home / "kept").unlink()
