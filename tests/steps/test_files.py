"""Steps on files: whatever breaks, at whatever point, undo brings the machine back as it was."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from unittest.mock import ANY

import pytest

from aegir.drivers.host.faults import Fault, Killed
from aegir.drivers.host.memory import Driver as Memory
from aegir.engine.step import Step, load_step
from aegir.errors import Broken
from aegir.steps.files import (
    Directory,
    MakeDirectories,
    OwnedFile,
    keep,
    present,
    put_back,
)
from aegir.steps.room import HasRoom, MeasureRoom
from aegir.steps.trees import MoveTree, RemoveTree, hidden_path
from aegir.steps.world import World
from tests.worlds import KEPT, world


@dataclass(frozen=True)
class Note(OwnedFile):
    """A file that says what it is told to."""

    where: str
    says: str

    title = "Write a note"

    def target(self) -> str:
        return self.where

    def text(self, world: World) -> str:
        return self.says

    def attributes(self) -> tuple[int, str | None, str | None]:
        return 0o440, "aegir", "www-data"


def empty(host: Memory) -> None:
    host.make_directory(KEPT, mode=0o700)
    host.make_directory("/code", owner="aegir", group="aegir")


def settled(host: Memory) -> None:
    empty(host)
    host.write("/code/note", b"old", mode=0o640, owner="aegir", group="aegir")
    host.make_directory("/code/site", mode=0o700)
    host.write("/code/site/inner", b"precious")


NOTE = Note("memory", "/code/note", "new")
DIRECTORIES = MakeDirectories(
    "memory",
    (
        Directory("/code/site", 0o755, "aegir", "aegir"),
        Directory("/code/site/files", 0o2770, "www-data", "www-data"),
    ),
)
PARKED = hidden_path("/code/site", "deleted", 7)
PARK = MoveTree("memory", "/code/site", PARKED, "Set aside the files", if_there=True)

CHANGES: list[tuple[Step, Callable[[Memory], None]]] = [
    (NOTE, empty),
    (NOTE, settled),
    (DIRECTORIES, empty),
    (DIRECTORIES, settled),
    (PARK, settled),
]


def ids(value: object) -> str:
    return value.__name__ if callable(value) else type(value).__name__


def fresh(prepare: Callable[[Memory], None]) -> tuple[Memory, World]:
    host = Memory()
    prepare(host)
    host.changes = 0
    return host, world(host)


def without_times(host: Memory) -> Mapping[str, object]:
    return {
        path: (entry.kind, entry.mode, entry.owner, entry.group, entry.content)
        for path, entry in host.snapshot().items()
    }


@pytest.mark.parametrize(("step", "prepare"), CHANGES, ids=ids)
def test_a_step_is_done_when_it_is_done_and_then_is_kept(
    step: Step, prepare: Callable[[Memory], None]
) -> None:
    host, place = fresh(prepare)
    assert not step.done(step.look(place))
    step.do(place)
    assert step.done(step.look(place))
    before = host.snapshot()
    step.look(place)
    assert host.snapshot() == before


@pytest.mark.parametrize(("step", "prepare"), CHANGES, ids=ids)
@pytest.mark.parametrize("when", ["before", "inside", "after"])
@pytest.mark.parametrize("error", [Broken("The disk is full."), Killed()], ids=["fails", "is killed"])
def test_undo_restores_the_machine_whatever_call_broke(
    step: Step, prepare: Callable[[Memory], None], when: str, error: BaseException
) -> None:
    at = 1
    while True:
        host, place = fresh(prepare)
        start, seen = without_times(host), step.look(place)
        host.faults = [Fault(at=at, when=when, error=error)]
        try:
            step.do(place)
        except (Broken, Killed):
            finished = False
        else:
            finished = True
        host.faults = []
        again = load_step(step.class_path, step.arguments())
        again.undo(world(host), seen)
        assert without_times(host) == start
        again.undo(world(host), seen)
        assert without_times(host) == start
        if finished:
            return
        at += 1


@pytest.mark.parametrize(("step", "prepare"), CHANGES, ids=ids)
def test_an_undo_that_breaks_can_be_tried_again(step: Step, prepare: Callable[[Memory], None]) -> None:
    at = 1
    while True:
        host, place = fresh(prepare)
        start, seen = without_times(host), step.look(place)
        step.do(place)
        host.faults = [Fault(at=host.changes + at, error=Killed())]
        try:
            step.undo(place, seen)
        except Killed:
            finished = False
        else:
            finished = True
        host.faults = []
        step.undo(place, seen)
        assert without_times(host) == start
        if finished:
            return
        at += 1


def test_doing_twice_keeps_the_oldest_copy() -> None:
    host, place = fresh(settled)
    seen = NOTE.look(place)
    NOTE.do(place)
    NOTE.do(place)
    NOTE.undo(place, seen)
    assert host.read("/code/note") == b"old"


def test_forgetting_drops_the_old_copy_and_nothing_else() -> None:
    host, place = fresh(settled)
    seen = NOTE.look(place)
    NOTE.do(place)
    assert host.list(KEPT) != []
    NOTE.forget(place, seen)
    NOTE.forget(place, seen)
    assert host.list(KEPT) == []
    assert host.read("/code/note") == b"new"


def test_a_copy_that_vanished_is_said_and_not_guessed() -> None:
    host, place = fresh(settled)
    seen = NOTE.look(place)
    NOTE.do(place)
    host.remove(f"{KEPT}/{host.list(KEPT)[0]}")
    with pytest.raises(Broken, match="old copy of /code/note is gone"):
        NOTE.undo(place, seen)


def test_an_ordinary_user_undoes_without_giving_files_away() -> None:
    host = Memory(user="alice")
    host.make_directory(KEPT)
    host.write("/note", b"old", mode=0o640)
    place = world(host)
    before = present(host, "/note")
    keep(place, host, "/note")
    host.write("/note", b"new", mode=0o440)
    put_back(place, host, "/note", before)
    assert host.read("/note") == b"old"
    assert present(host, "/note") == before


def test_what_is_no_file_is_not_written_over() -> None:
    _, place = fresh(settled)
    with pytest.raises(Broken, match="/code/site is a directory"):
        Note("memory", "/code/site", "x").look(place)


def test_a_wrong_owner_is_mended_even_when_the_text_is_right() -> None:
    host, place = fresh(settled)
    host.write("/code/note", b"new", mode=0o440, owner="www-data", group="www-data")
    assert not NOTE.done(NOTE.look(place))
    NOTE.do(place)
    assert NOTE.done(NOTE.look(place))


def test_a_parked_tree_is_removed_for_good_after_the_commit() -> None:
    host, place = fresh(settled)
    PARK.do(place)
    assert host.list("/code") == [".site.deleted-7", "note"]
    gone = RemoveTree("memory", PARKED)
    assert not gone.done(gone.look(place))
    gone.do(place)
    assert gone.done(gone.look(place))
    assert host.list("/code") == ["note"]
    with pytest.raises(Broken, match="cannot be brought back"):
        gone.undo(place, True)


def test_parking_what_is_not_there_is_nothing_to_do() -> None:
    _, place = fresh(empty)
    assert PARK.done(PARK.look(place))


def test_a_full_disk_is_said_before_anything_is_made() -> None:
    host = Memory(room=10 << 20)
    with pytest.raises(Broken, match="10 MiB free and this needs 64 MiB"):
        HasRoom("memory", "/", 64).do(world(host))
    assert HasRoom("memory", "/", 5).do(world(host)) == {"free_mebibytes": 10}


def test_the_room_of_several_folders_is_that_of_the_fullest(monkeypatch: pytest.MonkeyPatch) -> None:
    host = Memory(room=10 << 20)
    disks = {"/data": 10 << 20, "/srv": 2 << 20}
    monkeypatch.setattr(host, "free_bytes", lambda path: disks[path])
    asked = MeasureRoom("memory", (("platforms", ("/data", "/srv")), ("backups", ("/data",))))
    step = load_step(asked.class_path, json.loads(json.dumps(asked.arguments())))
    assert step.do(world(host)) == {
        "room": {
            "platforms": {"path": "/srv", "free": 2 << 20, "size": 10 << 20, "at": ANY},
            "backups": {"path": "/data", "free": 10 << 20, "size": 10 << 20, "at": ANY},
        }
    }


@pytest.mark.parametrize("step", [NOTE, DIRECTORIES, PARK], ids=ids)
def test_a_summary_names_the_thing(step: Step) -> None:
    assert "/code" in step.summary() or "note" in step.summary()
    assert step.summary() != step.title


def test_what_must_be_moved_and_is_not_there_is_said() -> None:
    host, place = fresh(empty)
    move = MoveTree("memory", "/code/site", "/code/elsewhere", "Move the files into place")
    assert not move.done(move.look(place))
    with pytest.raises(Broken, match="/code/site"):
        move.do(place)
    assert host.list("/code") == []
