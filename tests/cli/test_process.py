"""The command line as a process: pipes that break, panels that are away, people who lose patience."""

from __future__ import annotations

import contextlib
import os
import pty
import signal
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from aegir.models import Task, TaskLine, TaskStep
from tests import doors

COMMAND = [sys.executable, "-c", "from aegir.cli import main; main(prog_name='aegir')"]


def run(*arguments: str, home: Path | str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "AEGIR_HOME": str(home)}
    return subprocess.run(
        [*COMMAND, *arguments], capture_output=True, text=True, env=environment, timeout=60, check=False
    )


@pytest.mark.parametrize("noun", ["site", "platform", "server", "package", "task"])
def test_without_a_panel_one_sentence_tells_how_to_start_it(tmp_path: Path, noun: str) -> None:
    result = run(noun, "list", home=tmp_path)
    assert result.returncode == 1
    assert result.stderr == f"aegir: Aegir is not running on {tmp_path}: start it with «aegir up».\n"


def test_a_socket_that_nobody_serves_reads_the_same(tmp_path: Path) -> None:
    (tmp_path / "run").mkdir()
    socket.socket(socket.AF_UNIX).bind(str(tmp_path / "run/api.sock"))
    assert "is not running" in run("site", "list", home=tmp_path).stderr


def test_a_panel_that_hangs_up_or_babbles_gives_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "run").mkdir()
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(tmp_path / "run/api.sock"))
        listener.listen()

        def serve() -> None:
            for reply in (b"", b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n<>", b"babble\r\n\r\n"):
                caller, _ = listener.accept()
                with caller:
                    caller.recv(65536)
                    caller.sendall(reply)

        server = threading.Thread(target=serve)
        server.start()
        for _ in range(3):
            result = run("site", "list", home=tmp_path)
            assert result.returncode == 1
            assert result.stderr.startswith("aegir: Aegir ")
            assert len(result.stderr.splitlines()) == 1
        server.join(10)


def test_a_reader_who_leaves_early_sees_no_traceback(panel: None) -> None:
    task = doors.task()
    TaskLine.objects.bulk_create(TaskLine(task=task, level="info", text="x" * 500) for _ in range(2000))
    process = subprocess.Popen(
        [*COMMAND, "task", "log", str(task.pk)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    assert process.stdout
    assert process.stderr
    process.stdout.readline()
    process.stdout.close()
    assert process.stderr.read() == ""
    process.wait(30)


def test_an_impatient_person_is_told_that_the_task_goes_on(panel: None) -> None:
    task = doors.task("running")
    # Whoever started the tests in the background made them, and all that they start, deaf to it.
    hearing = ["env", "--default-signal=INT"]
    process = subprocess.Popen(
        [*hearing, *COMMAND, "task", "log", str(task.pk), "--follow"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout
    process.stdout.readline()
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=30)
    assert process.returncode == 130
    assert f"Task {task.pk} goes on." in errors
    assert "Traceback" not in errors
    assert Task.objects.get(pk=task.pk).state == "running"


def test_a_panel_that_is_restarted_is_waited_for(panel: None) -> None:
    task = doors.task("running")
    path = Path(os.environ["AEGIR_HOME"]) / "run/api.sock"
    process = subprocess.Popen(
        [*COMMAND, "task", "log", str(task.pk), "--follow"], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout
    process.stdout.readline()
    path.rename(path.with_name("away.sock"))
    time.sleep(0.5)
    Task.objects.filter(pk=task.pk).update(state="succeeded")
    path.with_name("away.sock").rename(path)
    seen, _ = process.communicate(timeout=30)
    assert process.returncode == 0
    assert "succeeded." in seen


def at_terminal(*arguments: str) -> tuple[int, str]:
    """Run a command with a terminal for its output; its exit code, and what the person saw."""
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [*COMMAND, *arguments],
        stdout=theirs,
        stderr=theirs,
        env={**os.environ, "TERM": "xterm", "COLUMNS": "100"},
    )
    os.close(theirs)
    seen = b""
    with contextlib.suppress(OSError):  # How Linux says that the other side of a terminal is closed.
        while part := os.read(ours, 65536):
            seen += part
    os.close(ours)
    return process.wait(30), seen.decode()


def test_a_person_at_a_terminal_sees_a_table_in_colour(panel: None) -> None:
    doors.site(state="failed")
    code, seen = at_terminal("site", "list")
    assert code == 0
    assert "example.org" in seen
    assert "\x1b[31mfailed" in seen


def test_a_person_at_a_terminal_sees_the_steps_of_a_running_task(panel: None) -> None:
    task = doors.task("running")
    TaskStep.objects.create(task=task, position=2, path="x:Y", summary="Install [bold]Drupal", state="doing")
    timer = threading.Timer(
        2, lambda: Task.objects.filter(pk=task.pk).update(state="failed", error="No room.")
    )
    timer.start()
    code, seen = at_terminal("task", "log", str(task.pk), "--follow")
    timer.join()
    assert code == 1
    assert "Install [bold]Drupal" in seen
    assert "2/3" in seen
    assert "failed and was undone: No room." in seen


def test_neither_django_nor_rich_is_loaded_to_start() -> None:
    script = "import sys, aegir.cli.site, aegir.cli.task; print({'django', 'rich'} & set(sys.modules))"
    result = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True, timeout=60
    )
    assert result.stdout == "set()\n"
