"""What commands print once their task is over: outlooks, reports, output; and whom they ask before."""

from __future__ import annotations

import os
import pty
import subprocess
import sys

import pytest

from aegir.models import Task, TaskStep
from tests import doors
from tests.cli.conftest import Aegir, Ending, answer

CHANGES = {
    "since": 1793527200,
    "changes": [
        {"what": "content", "count": 2, "newest": [{"title": "Spring fair", "changed": 1}]},
        {"what": "comments", "count": 1, "newest": []},
    ],
}


def look(task: Task) -> None:
    """What the runner writes down about a dry run."""
    for position, (summary, state, found) in enumerate(
        [
            ("Bring up the database", "kept", "Nothing to do."),
            ("Write the vhost", "waiting", "Would be done; found: present false."),
        ]
    ):
        TaskStep.objects.create(task=task, position=position, path="x:Y", summary=summary, state=state)
        task.lines.create(level="info", text=found, step=position)


def test_a_dry_run_prints_each_step_with_what_it_found(aegir: Aegir, ending: Ending) -> None:
    doors.site()
    ending("succeeded", look)
    result = aegir("site", "verify", "example.org", "--dry-run")
    assert result.exit_code == 0, result.output
    assert Task.objects.get().dry_run
    assert result.output.splitlines() == [
        "This would be done (site verify example.org); nothing was changed:",
        "kept    Bring up the database",
        "        Nothing to do.",
        "would   Write the vhost",
        "        Would be done; found: present false.",
    ]


def test_a_dry_run_is_told_to_programs(aegir: Aegir, ending: Ending) -> None:
    doors.site()
    ending("succeeded", look)
    shown = answer(aegir("site", "verify", "example.org", "--dry-run", "--json"))
    assert shown["dry_run"] is True
    assert [step["found"] for step in shown["steps"]] == [
        "Nothing to do.",
        "Would be done; found: present false.",
    ]


def test_a_dry_run_that_cannot_be_planned_fails_with_the_reason(aegir: Aegir, ending: Ending) -> None:
    doors.site()
    ending("failed", error="Views is missing.")
    result = aegir("site", "verify", "example.org", "--dry-run")
    assert result.exit_code == 1
    assert "Views is missing." in result.stderr


def test_a_retry_of_a_dry_run_only_looks_as_well(aegir: Aegir) -> None:
    doors.site()
    task = doors.task("failed", dry_run=True)
    assert aegir("task", "retry", str(task.pk)).exit_code == 0
    assert Task.objects.get(retry_of=task).dry_run


def test_an_undo_tells_first_what_was_written_since(aegir: Aegir, ending: Ending) -> None:
    doors.kept(doors.site())
    ending("succeeded", result=CHANGES)
    result = aegir("site", "undo", "example.org", "--yes")
    assert result.exit_code == 0, result.output
    said = result.output
    assert said.index("2 × content") < said.index("goes back to example.org on d9") < said.index("site undo")
    assert "Spring fair" in said
    assert Task.objects.get(operation="site_undo").state == "queued"


def test_an_undo_of_a_site_that_cannot_tell_is_possible(aegir: Aegir, ending: Ending) -> None:
    doors.kept(doors.site())
    ending("failed", error="PHP died.")
    result = aegir("site", "undo", "example.org", "--yes")
    assert result.exit_code == 0, result.output
    assert "cannot be told: PHP died." in result.output
    assert Task.objects.filter(operation="site_undo").exists()


@pytest.mark.parametrize(("typed", "left"), [("n", 0), ("y", 1)])
def test_at_a_terminal_what_cannot_be_taken_back_is_asked_for(panel: None, typed: str, left: int) -> None:
    doors.site(state="disabled")
    ours, theirs = pty.openpty()
    command = [sys.executable, "-c", "from aegir.cli import main; main(prog_name='aegir')"]
    process = subprocess.Popen(
        [*command, "site", "delete", "example.org", "--anyway"],
        stdin=theirs,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    os.write(ours, f"{typed}\n".encode())
    _, errors = process.communicate(timeout=30)
    os.close(ours)
    os.close(theirs)
    assert b"Delete example.org, its database and its files? [y/N]" in errors
    assert process.returncode == (0 if left else 2)
    assert Task.objects.count() == left


def test_what_was_written_is_told_by_itself(aegir: Aegir, ending: Ending) -> None:
    doors.kept(doors.site())
    ending("succeeded", result=CHANGES)
    assert "1 × comments" in aegir("site", "changes", "example.org").output
    ending("succeeded", result=CHANGES)
    assert answer(aegir("site", "changes", "example.org", "--json")) == CHANGES
    ending("failed", error="PHP died.")
    assert aegir("site", "changes", "example.org").exit_code == 1
