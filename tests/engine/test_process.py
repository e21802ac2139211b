"""Telling an attempt's processes from strangers."""

from __future__ import annotations

import dataclasses
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from aegir.engine.process import MARK, Group
from tests.engine.processes import runs, until

LEADER = """
import json, os, subprocess, sys, time
from dataclasses import asdict
from aegir.engine.process import Group
group = Group.lead(sys.argv[1], os.getppid())
subprocess.Popen(["sleep", "300"])
subprocess.Popen(["sleep", "300"], start_new_session=True)
print(json.dumps(asdict(group)), flush=True)
time.sleep(300)
"""


@pytest.fixture
def leader() -> Iterator[subprocess.Popen[str]]:
    program = [sys.executable, "-c", LEADER, "7:token"]
    with subprocess.Popen(program, stdout=subprocess.PIPE, text=True) as process:
        yield process
        process.kill()


@pytest.fixture
def group(leader: subprocess.Popen[str]) -> Iterator[Group]:
    assert leader.stdout
    group = Group.remembered(json.loads(leader.stdout.readline()))
    assert group
    yield group
    until(group.end, "the end of the group")


def test_the_leader_its_children_and_those_who_left_the_group_are_members(group: Group) -> None:
    assert group.leader in group.living()
    assert len(group.living()) == 3


def test_the_others_are_found_when_the_leader_is_dead(leader: subprocess.Popen[str], group: Group) -> None:
    leader.kill()
    until(lambda: len(group.living()) == 2, "the leader to be gone")


def test_ending_a_group_ends_all_of_it(group: Group) -> None:
    members = group.living()
    until(group.end, "the end of the group")
    assert not any(runs(member) for member in members)


def test_a_stranger_under_the_leaders_id_is_left_alone(group: Group) -> None:
    stranger = dataclasses.replace(group, started=group.started - 1, mark="8:other")
    assert stranger.living() == []


def test_what_bears_the_mark_is_ours_even_when_the_id_was_given_out_again(group: Group) -> None:
    assert len(dataclasses.replace(group, started=group.started - 1).living()) == 2


@pytest.mark.parametrize("change", [{"boot": "another"}, {"host": "another"}])
def test_nothing_is_left_of_another_boot_and_nothing_touched_of_another_machine(
    group: Group, change: dict[str, str]
) -> None:
    assert dataclasses.replace(group, **change).living() == []  # type: ignore[arg-type]


def test_an_attempt_that_never_began_has_no_group() -> None:
    assert Group.remembered({}) is None


def test_a_child_whose_parent_is_gone_already_does_not_begin() -> None:
    child = os.fork()
    if child == 0:
        Group.lead("7:token", parent=1)
        os._exit(0)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 1


def test_a_name_with_parentheses_does_not_confuse_anybody(tmp_path: Path) -> None:
    odd = tmp_path / "a) S 1 (b"
    odd.symlink_to("/bin/sleep")
    with subprocess.Popen([odd, "20"], env={MARK: "9:odd"}) as process:
        group = Group("nowhere", "never", 2**22 + 1, 0, "9:odd")
        here = dataclasses.replace(group, host=os.uname().nodename, boot=_boot())
        until(lambda: here.living() == [process.pid], "the oddly named process")
        until(here.end, "its end")


def _boot() -> str:
    return Path("/proc/sys/kernel/random/boot_id").read_text().strip()
