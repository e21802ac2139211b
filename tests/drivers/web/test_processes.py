"""What is told of processes that end while they are looked at."""

from __future__ import annotations

import os

import pytest

from aegir.drivers.host.local import Driver as LocalHost
from aegir.drivers.host.memory import Driver as MemoryHost
from aegir.drivers.web.apache import Driver as Apache
from aegir.drivers.web.processes import Processes
from aegir.errors import Broken
from tests.drivers.web.test_golden import service


def test_of_a_process_that_is_gone_nothing_is_told() -> None:
    gone = Processes(LocalHost(), "/nowhere/at.pid")
    assert (gone.master, gone.title("999999999"), gone.sockets("999999999")) == ("", "", set())


def test_a_file_that_cannot_be_read_is_a_process_that_has_just_ended() -> None:
    host = MemoryHost()
    for path in ("/proc", "/proc/7", "/proc/7/cmdline", "/proc/7/stat"):
        host.make_directory(path)
    host.write("/proc/7/fd", b"")
    found = Processes(host, "/run/x.pid")
    assert (found.title("7"), found.sockets("7")) == ("", set())


def test_a_process_knows_its_children(tmp_path_factory: pytest.TempPathFactory) -> None:
    note = tmp_path_factory.mktemp("pid") / "parent.pid"
    note.write_text(f"{os.getppid()}\n")
    assert str(os.getpid()) in Processes(LocalHost(), str(note)).children()


def test_without_a_process_to_tell_nothing_is_reloaded() -> None:
    with pytest.raises(Broken, match="does not say which process is Apache"):
        Apache(MemoryHost(), service("apache"))._signal()
