"""What the machine in memory has beyond the contract: comparing, and going wrong on purpose."""

from __future__ import annotations

import pytest

from aegir.drivers.host.faults import Fault, Killed
from aegir.drivers.host.memory import Driver, Reply
from aegir.errors import Broken


@pytest.fixture
def host() -> Driver:
    return Driver()


def test_snapshots_are_equal_when_everything_was_brought_back(host: Driver) -> None:
    host.write("/file", b"old", mode=0o600)
    before = host.snapshot()

    host.write("/file", b"new")
    between = host.snapshot()
    host.write("/file", b"old", mode=0o600)

    assert between != before
    assert host.snapshot() == before


def test_a_snapshot_does_not_change_any_more(host: Driver) -> None:
    before = host.snapshot()

    host.write("/file", b"")

    assert "/file" not in before


def test_a_fault_before_prevents_the_change(host: Driver) -> None:
    host.faults = [Fault(at=2)]
    host.write("/first", b"")

    with pytest.raises(Broken, match="as the test told it to"):
        host.write("/second", b"")
    host.write("/third", b"")

    assert host.list("/") == ["first", "third"]


def test_a_fault_after_lets_the_change_happen(host: Driver) -> None:
    host.faults = [Fault(at=1, when="after", error=Killed())]

    with pytest.raises(Killed):
        host.write("/file", b"")

    assert host.list("/") == ["file"]


def test_a_fault_inside_leaves_half_a_tree(host: Driver) -> None:
    host.make_directory("/tree")
    for name in "abcd":
        host.write(f"/tree/{name}", b"")
    host.faults = [Fault(at=host.changes + 1, when="inside"), Fault(at=host.changes + 2, when="inside")]

    with pytest.raises(Broken):
        host.copy_tree("/tree", "/copy")
    with pytest.raises(Broken):
        host.remove_tree("/tree")

    assert host.list("/copy") == ["a"]
    assert host.list("/tree") == ["a", "b"]


def test_reading_does_not_count_as_a_change(host: Driver) -> None:
    host.list("/")
    host.stat("/file")
    host.read("/file")
    host.free_bytes("/")

    assert host.changes == 0


def test_running_a_program_counts_as_a_change(host: Driver) -> None:
    host.commands["php8.2"] = lambda call: Reply(out=call.argv[1])
    host.faults = [Fault(at=2)]

    assert host.run(["/usr/bin/php8.2", "-v"]).out == "-v"
    with pytest.raises(Broken, match="as the test told it to"):
        host.run(["/usr/bin/php8.2", "-v"])


def test_the_disk_can_be_full(host: Driver) -> None:
    host.room = 10
    host.write("/file", b"12345")

    with pytest.raises(Broken, match="Could not write /more: no space left"):
        host.write("/more", b"1234567")

    assert host.free_bytes("/") == 5
    assert host.list("/") == ["file"]
