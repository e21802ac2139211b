"""``aegir up``, ``down`` and ``status`` as a person meets them."""

from __future__ import annotations

import http.client
import os
import signal
import socket
import subprocess
import sys

import pytest

from tests.embedded.instance import AEGIR, Instance, eventually

ALWAYS = ["php", "nginx", "worker", "panel"]


def test_status_shows_every_program_running(aegir: Instance) -> None:
    shown = aegir.cli("status")
    assert shown.returncode == 0
    for name in ALWAYS:
        assert f"  {name:<8}running" in shown.stdout
    assert aegir.program("mysql")["well"]


def test_the_panel_answers_on_its_port_alone(aegir: Instance) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", aegir.panel_port, timeout=20)
    connection.request("GET", "/sign-in")
    assert connection.getresponse().status < 500


def test_a_host_that_no_site_is_named_after_gets_no_answer(aegir: Instance) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", aegir.http_port, timeout=20)
    connection.request("GET", "/", headers={"Host": "nobody.example"})
    with pytest.raises(http.client.RemoteDisconnected):
        connection.getresponse()


def test_this_machine_is_a_server_with_its_services(aegir: Instance) -> None:
    shown = aegir.cli("server", "show", "localhost").stdout
    for service in ("web: nginx", "php: fpm", "database: sqlite", "database: mysql"):
        assert service in shown


def test_the_sign_in_link_leads_to_the_panel(aegir: Instance) -> None:
    printed = aegir.cli("admin", "link")
    assert printed.returncode == 0
    assert printed.stdout.startswith(f"http://localhost:{aegir.panel_port}/sign-in/")


def test_a_second_up_on_the_same_home_is_refused_and_names_the_first(aegir: Instance) -> None:
    first = aegir.status()["pid"]
    for arguments in (("up",), ("up", "--detach")):
        second = aegir.cli(*arguments)
        assert second.returncode == 2
        assert f"process {first}" in second.stderr
    assert aegir.status()["pid"] == first


def test_a_taken_panel_port_names_its_holder_and_the_setting(own: Instance) -> None:
    with socket.create_server(("127.0.0.1", own.panel_port)):
        refused = own.cli("up", "--detach")
    assert refused.returncode == 2
    assert f"Port {own.panel_port} is taken by" in refused.stderr
    assert f"process {os.getpid()}" in refused.stderr
    assert "AEGIR_PANEL_PORT" in refused.stderr


def test_a_site_port_taken_on_any_address_is_refused(own: Instance) -> None:
    with socket.create_server(("127.0.0.2", own.http_port)):
        refused = own.cli("up", "--detach")
    assert refused.returncode == 2
    assert "AEGIR_HTTP_PORT" in refused.stderr


def test_equal_ports_are_refused(own: Instance) -> None:
    own.http_port = own.panel_port
    refused = own.cli("up", "--detach")
    assert refused.returncode == 2
    assert "different ports" in refused.stderr


def test_a_port_that_is_none_is_refused(own: Instance) -> None:
    own.more = {"AEGIR_PANEL_PORT": "65536"}
    refused = own.cli("up", "--detach")
    assert refused.returncode == 2
    assert "AEGIR_PANEL_PORT" in refused.stderr


def test_an_address_that_is_not_this_machine_s_is_refused(own: Instance) -> None:
    own.more = {"AEGIR_PANEL_ADDRESS": "192.0.2.1"}
    refused = own.cli("up", "--detach")
    assert refused.returncode == 2
    assert "AEGIR_PANEL_ADDRESS" in refused.stderr


def test_up_in_the_foreground_ends_cleanly_on_ctrl_c(own: Instance) -> None:
    process = subprocess.Popen(
        [str(AEGIR), "up"],
        env=own.environment,
        cwd="/",
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    assert process.stdout is not None
    try:
        assert "Aegir is up" in process.stdout.readline()
        programs = [each["pid"] for each in own.status()["programs"] if each["pid"]]
        process.send_signal(signal.SIGINT)
        assert process.wait(60) == 0
    finally:
        process.kill()
        process.wait()
        process.stdout.close()
    assert not [pid for pid in programs if os.path.exists(f"/proc/{pid}")]


def test_down_ends_everything_and_status_says_so(own: Instance) -> None:
    own.up()
    pids = [each["pid"] for each in own.status()["programs"] if each["pid"]]
    assert own.cli("down").stdout == "Aegir is down.\n"
    assert not [pid for pid in pids if os.path.exists(f"/proc/{pid}")]
    after = own.cli("status")
    assert after.returncode == 1
    assert "aegir up" in after.stdout
    assert own.cli("down").returncode == 1
    own.up()
    assert own.cli("status").returncode == 0


def test_a_web_server_that_cannot_start_fails_up_with_its_reason_and_leaves_nothing(own: Instance) -> None:
    own.up()
    own.down()
    (own.home / "config/nginx/post.d/own.conf").write_text("nonsense;\n")
    failed = own.cli("up", "--detach")
    assert failed.returncode == 1
    assert 'unknown directive "nonsense"' in failed.stderr
    assert not own.status()["running"]
    (own.home / "config/nginx/post.d/own.conf").unlink()
    own.up()


def test_mariadb_runs_once_it_was_asked_for_and_comes_back_with_the_next_up(own: Instance) -> None:
    own.up()
    assert own.program("mysql")["state"] == "idle"
    assert not (own.home / "mysql").exists()
    asked = own.python("-m", "aegir.embedded", "start", "mysql", "--home", str(own.home))
    assert asked.returncode == 0, asked.stderr
    assert _ask_mariadb(own, "select 40 + 2") == "42"
    assert _ask_mariadb(own, "select @@skip_networking, @@character_set_server") == "1\tutf8mb4"
    own.down()
    own.up()
    assert own.program("mysql")["state"] == "running"


def test_a_program_that_does_not_exist_cannot_be_started(aegir: Instance) -> None:
    asked = aegir.python("-m", "aegir.embedded", "start", "apache", "--home", str(aegir.home))
    assert asked.returncode == 1
    assert "There is no program apache" in asked.stderr


def _ask_mariadb(instance: Instance, query: str) -> str:
    done = subprocess.run(
        [
            "mariadb",
            f"--socket={instance.home}/run/mysql/mysql.sock",
            "--batch",
            "--skip-column-names",
            "-e",
            query,
        ],
        capture_output=True,
        text=True,
        check=True,
        timeout=30,
    )
    return done.stdout.strip()


def test_commands_start_without_loading_django(aegir: Instance) -> None:
    loaded = aegir.python("-c", "import sys, aegir.cli.embedded; print('django' in sys.modules)")
    assert loaded.stdout == "False\n"


def test_the_module_run_by_hand_says_what_it_offers() -> None:
    shown = subprocess.run(
        [sys.executable, "-m", "aegir.embedded", "--help"],
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    assert "start" in shown.stdout


def test_nothing_of_the_shell_s_secrets_reaches_the_programs(own: Instance) -> None:
    own.more = {"SOME_TOKEN": "hidden-value"}
    own.up()
    for name in ALWAYS:
        with open(f"/proc/{own.program(name)['pid']}/environ", "rb") as environment:
            assert b"hidden-value" not in environment.read()
    eventually(lambda: own.cli("status").returncode == 0)
