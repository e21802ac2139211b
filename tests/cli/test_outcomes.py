"""What commands print once their task is over: outlooks, reports, output; and whom they ask before."""

from __future__ import annotations

import os
import pty
import subprocess
import sys
from pathlib import Path

import pytest

from aegir.models import Site, Task, TaskStep
from tests import doors
from tests.cli.conftest import Aegir, Ending, answer

CHANGES = {
    "since": 1793527200,
    "changes": [
        {"what": "content", "count": 2, "newest": [{"title": "Spring fair", "changed": 1}]},
        {"what": "comments", "count": 1, "newest": []},
    ],
}


REPORT = {
    "site": "example.org",
    "from": "d10",
    "to": "d11",
    "updates": ["node_update_10201"],
    "failed": {},
    "error": "",
    "php_warnings": [{"message": "Undefined index: x", "place": "modules/views.module:7", "count": 3}],
    "pages": [
        {
            "path": "/",
            "before": {"status": 200, "title": "A"},
            "after": {"status": 200, "title": "A"},
            "same": True,
        },
        {
            "path": "/x",
            "before": {"status": 200, "title": "B"},
            "after": {"status": 500, "title": ""},
            "same": False,
        },
    ],
    "seconds": [],
    "away": 1.5,
    "good": False,
    "verdict": "1 update ran, and 1 of 2 pages answer differently.",
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


def test_a_rehearsal_ends_with_its_report(aegir: Aegir, ending: Ending, hosted: Site) -> None:
    ending("succeeded", result=REPORT)
    result = aegir("site", "rehearse", "example.org", "--to", "d11", "--wait")
    assert result.exit_code == 1, result.output
    said = result.output.splitlines()
    assert said[-1] == REPORT["verdict"]
    assert ["/x", "200", "B", "500"] in [line.split() for line in said]
    assert "done    node_update_10201" in said
    assert any("Undefined index: x at modules/views.module:7 (3 times)" in line for line in said)


def test_a_rehearsal_that_went_well_says_so_to_programs(aegir: Aegir, ending: Ending, hosted: Site) -> None:
    ending("succeeded", result={**REPORT, "good": True})
    result = aegir("site", "rehearse", "example.org", "--to", "d11", "--wait", "--json")
    assert result.exit_code == 0, result.output
    assert answer(result)["result"]["good"] is True


def test_a_drush_command_prints_what_it_said_and_nothing_else(
    aegir: Aegir, ending: Ending, tmp_path: Path
) -> None:
    drush = tmp_path / "code/vendor/drush/drush/drush.php"
    drush.parent.mkdir(parents=True)
    drush.touch()
    doors.site(on=doors.platform(path=str(tmp_path / "code")))
    ending(
        "succeeded",
        result={
            "output": "Drupal version : 10.1.6\nDatabase : \x1b[2J",
            "remarks": "[success] Seen.",
            "whole": True,
        },
    )
    result = aegir("site", "run", "example.org", "drush", "--", "status", "--fields=version")
    assert (result.exit_code, result.stdout) == (0, "Drupal version : 10.1.6\nDatabase : ?[2J\n")
    assert result.stderr == "[success] Seen.\n"
    assert Task.objects.get().arguments["arguments"] == ["status", "--fields=version"]
    ending("failed", lambda task: task.lines.create(level="notice", text="No such command.", step=1))
    failed = aegir("site", "run", "example.org", "drush", "--", "dance")
    assert (failed.exit_code, failed.stdout) == (1, "")
    assert "No such command." in failed.stderr


def test_a_backup_ends_with_where_it_lies(aegir: Aegir, ending: Ending) -> None:
    doors.site()
    ending("succeeded", result={"backup": 3, "file": "/b/example.org.tar.zst", "size": 2_500_000})
    result = aegir("site", "backup", "example.org", "--wait")
    assert result.output.splitlines()[-1] == "Backup 3: /b/example.org.tar.zst, 2.5 MB."


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
