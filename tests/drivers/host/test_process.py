"""Programs on this machine: what the contract suite cannot try in memory."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from aegir.drivers.host.local import Driver
from aegir.drivers.host.spawning import KEPT
from aegir.errors import Broken
from tests.live.normal_user import NORMAL_USER, being_normal_user

MIB = 1024 * 1024
only_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can switch users")


@pytest.fixture
def host() -> Driver:
    return Driver()


@pytest.fixture
def tag() -> str:
    """A number of seconds to sleep that no other process on the machine sleeps for."""
    return f"{os.getpid()}.{time.monotonic_ns()}"


def _sleeping(tag: str) -> list[int]:
    """The living processes that sleep for ``tag`` seconds."""
    found = []
    for directory in Path("/proc").glob("[0-9]*"):
        try:
            words = (directory / "cmdline").read_bytes().split(b"\0")
        except OSError:
            continue
        if words[:2] == [b"sleep", tag.encode()]:
            found.append(int(directory.name))
    return found


def test_much_input_and_much_output_do_not_block_each_other(host: Driver) -> None:
    given = "".join(f"{number:015}\n" for number in range(5 * MIB // 16))

    done = host.run(["cat"], stdin=given)

    assert done.out == given[-KEPT:]


def test_a_program_that_does_not_read_its_input_may_end(host: Driver) -> None:
    assert host.run(["true"], stdin="x" * 5 * MIB).code == 0


def test_bytes_that_are_no_text_do_no_harm(host: Driver) -> None:
    assert host.run(["printf", r"a\377b"]).out == "a\N{REPLACEMENT CHARACTER}b"


def test_the_listener_hears_lines_whole_however_they_come(host: Driver) -> None:
    heard: list[str] = []
    script = "printf 'Æ' | head -c1; sleep 0.05; printf 'Æ' | tail -c1; printf 'gir\\n\\nlast'"

    host.run(["sh", "-c", script], listener=lambda _, line: heard.append(line))

    assert heard == ["Ægir", "", "last"]


def test_an_endless_line_is_heard_in_pieces(host: Driver) -> None:
    heard: list[str] = []

    host.run(["head", "-c", str(3 * MIB), "/dev/zero"], listener=lambda _, line: heard.append(line))

    assert sum(len(line) for line in heard) == 3 * MIB
    assert len(heard) > 1


@pytest.mark.parametrize("taken", [True, False])
def test_answers_come_on_descriptor_3_whatever_3_is_here(host: Driver, taken: bool) -> None:
    spare = os.open("/dev/null", os.O_RDONLY)
    mine = os.dup(3) if _is_open(3) else None
    try:
        if taken:
            os.dup2(spare, 3, inheritable=False)
        elif mine is not None:
            os.close(3)

        done = host.run(["sh", "-c", "echo to three >&3; cat <&0"], stdin="in", answers=True)

        assert (done.answers, done.out) == ("to three\n", "in")
    finally:
        if mine is not None:
            os.dup2(mine, 3, inheritable=False)
            os.close(mine)
        elif taken:
            os.close(3)
        os.close(spare)


def _is_open(descriptor: int) -> bool:
    return Path(f"/proc/self/fd/{descriptor}").exists()


def test_without_answers_nothing_is_open_on_descriptor_3(host: Driver, tmp_path: Path) -> None:
    with (tmp_path / "open").open("w"):
        done = host.run(["sh", "-c", "echo x >&3"], check=False)

    assert done.code != 0


def test_a_slow_program_takes_all_that_it_started_with_it(host: Driver, tag: str) -> None:
    script = f"sleep {tag} & setsid sleep {tag} & (sleep {tag} &) ; env -i sleep {tag} & wait"

    with pytest.raises(Broken, match="did not end within 1 s and was stopped"):
        host.run(["sh", "-c", script], timeout=1)

    assert _sleeping(tag) == []


def test_a_slow_program_takes_nobody_else_with_it(host: Driver, tag: str) -> None:
    neighbour = os.posix_spawn("/bin/sleep", ["sleep", tag], {})
    try:
        with pytest.raises(Broken, match="was stopped"):
            host.run(["sleep", "60"], timeout=0.1)

        assert _sleeping(tag) == [neighbour]
    finally:
        os.kill(neighbour, 9)
        os.waitpid(neighbour, 0)


@only_root
def test_a_slow_program_of_another_user_is_ended_too(host: Driver, tag: str) -> None:
    with pytest.raises(Broken, match="was stopped"):
        host.run(["sh", "-c", f"sleep {tag} & sleep {tag}"], user=NORMAL_USER, cwd="/", timeout=0.5)

    assert _sleeping(tag) == []


def test_a_normal_user_can_end_what_he_started(host: Driver, tag: str) -> None:
    with being_normal_user(), pytest.raises(Broken, match="was stopped"):
        host.run(["sh", "-c", f"setsid sleep {tag} & sleep {tag}"], timeout=0.5)

    assert _sleeping(tag) == []


def test_a_listener_that_raises_ends_the_program(host: Driver, tag: str) -> None:
    def cancel(stream: str, line: str) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        host.run(["sh", "-c", f"echo now; sleep {tag}"], listener=cancel)

    assert _sleeping(tag) == []


@pytest.fixture
def daemon(tag: str) -> Iterator[str]:
    yield tag
    for left in _sleeping(tag):
        os.kill(left, 9)


def test_a_daemon_may_outlive_the_program_that_started_it(host: Driver, daemon: str) -> None:
    done = host.run(["sh", "-c", f"sleep {daemon} & echo started"], timeout=30)

    assert done.out == "started\n"
    end = time.monotonic() + 20
    while not _sleeping(daemon) and time.monotonic() < end:  # the shell has forked, and is not sleep yet
        time.sleep(0.02)
    assert len(_sleeping(daemon)) == 1


def test_nothing_of_our_own_environment_is_passed_on(host: Driver, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DB_PASSWORD", "secret")
    monkeypatch.delenv("AEGIR_TASK", raising=False)

    seen = dict(line.split("=", 1) for line in host.run(["env"]).out.splitlines())

    assert set(seen) == {"PATH", "HOME", "LANG", "AEGIR_RUN"}
    assert seen["LANG"] == "C.UTF-8"


def test_the_task_is_passed_on(host: Driver, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AEGIR_TASK", "12")

    assert host.run(["printenv", "AEGIR_TASK"]).out == "12\n"


def test_programs_stay_in_our_process_group(host: Driver) -> None:
    done = host.run([sys.executable, "-c", "import os; print(os.getpgrp(), os.getsid(0))"])

    assert done.out.split() == [str(os.getpgrp()), str(os.getsid(0))]


def test_a_broken_pipe_ends_programs_as_usual(host: Driver) -> None:
    assert host.run(["sh", "-c", "yes | head -n1"], timeout=20).out == "y\n"


def test_what_ended_by_a_signal_is_told(host: Driver) -> None:
    assert host.run(["sh", "-c", "kill -TERM $$"], check=False).code == -15
    with pytest.raises(Broken, match="was ended by signal 15"):
        host.run(["sh", "-c", "kill -TERM $$"])


def test_a_long_command_is_not_quoted_whole(host: Driver) -> None:
    with pytest.raises(Broken) as broken:
        host.run(["false", "x" * 5000])

    assert len(str(broken.value)) < 300


def test_arguments_are_data(host: Driver, tmp_path: Path) -> None:
    odd = ["$(touch boom)", "`touch boom`", "; touch boom", "a b", "'\"", "-n", ""]

    done = host.run(["printf", r"%s\n", *odd], cwd=str(tmp_path))

    assert done.out.splitlines() == odd
    assert list(tmp_path.iterdir()) == []


@only_root
def test_another_user_has_his_own_home_and_only_his_groups(host: Driver) -> None:
    done = host.run(["sh", "-c", "id -u; id -G; echo $HOME"], user=NORMAL_USER, cwd="/")

    uid, groups, home = done.out.splitlines()
    assert uid != "0"
    assert "0" not in groups.split()
    assert home == os.path.expanduser(f"~{NORMAL_USER}")


def test_a_program_may_be_named_by_its_path(host: Driver, tmp_path: Path) -> None:
    script = tmp_path / "bin" / "hello"
    script.parent.mkdir()
    script.write_text("#!/bin/sh\necho hello\n")
    script.chmod(0o755)

    assert host.run([str(script)]).out == "hello\n"
    assert host.run(["bin/hello"], cwd=str(tmp_path)).out == "hello\n"


def test_a_path_that_env_would_take_for_a_variable_is_turned_away(host: Driver, tmp_path: Path) -> None:
    script = tmp_path / "a=b"
    script.write_text("#!/bin/sh\n")
    script.chmod(0o755)

    with pytest.raises(Broken, match="may not hold «=»"):
        host.run([str(script)], cwd="/")


def test_a_file_that_is_no_program_is_named(host: Driver, tmp_path: Path) -> None:
    garbage = tmp_path / "garbage"
    garbage.write_bytes(b"\x7fELF nonsense")
    garbage.chmod(0o755)

    with pytest.raises(Broken, match=r"Could not start .*garbage"):
        host.run([str(garbage)])


def test_no_descriptor_is_left_open(host: Driver) -> None:
    before = len(os.listdir("/proc/self/fd"))

    host.run(["cat"], stdin="x", answers=True)
    with pytest.raises(Broken):
        host.run(["sleep", "60"], timeout=0.05)
    with pytest.raises(Broken):
        host.run(["no-such-program"])

    assert len(os.listdir("/proc/self/fd")) == before
