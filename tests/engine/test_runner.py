"""What becomes of a task whose steps work or fail."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from aegir.engine import admission, ledger, recovery, runner
from aegir.engine.journal import Journal, Superseded
from aegir.engine.step import Level
from aegir.models.task import Queue, Task, TaskStep
from tests.engine.conftest import go_on
from tests.recipes import anything
from tests.recipes.machine import Memory

Cook = Callable[..., Task]


def put(name: str, value: str | None, kind: str = "Put", **more: Any) -> list[Any]:
    return [kind, {"name": name, "value": value, **more}]


def states(task: Task) -> list[str]:
    return list(task.steps.values_list("state", flat=True))


SETTLE: list[Any] = ["Settle", {"mark": "settled"}]
FAIL: list[Any] = ["Fail", {}]


def test_steps_change_the_machine_in_order(cook: Cook, memory: Memory) -> None:
    task = cook(put("a", "1"), put("a", "2"))
    assert task.state == Task.State.SUCCEEDED
    assert memory.things == {"a": "2"}
    assert states(task) == ["done", "done"]
    assert (task.error, task.remedy, task.token, task.process) == ("", "", "", {})
    assert task.started_at
    assert task.ended_at


def test_what_is_as_wanted_is_kept_and_never_undone(cook: Cook, memory: Memory) -> None:
    memory.things = {"a": "1"}
    task = cook(put("a", "1"), put("b", "1"), FAIL)
    assert task.state == Task.State.FAILED
    assert states(task) == ["kept", "undone", "undone"]
    assert memory.things == {"a": "1"}


def test_a_failure_undoes_what_was_done(cook: Cook, memory: Memory) -> None:
    memory.things = {"a": "0"}
    task = cook(put("a", "1"), put("b", "1"), FAIL, put("c", "1"))
    assert task.state == Task.State.FAILED
    assert task.error == "The disk is full: make room."
    assert memory.things == {"a": "0"}
    assert states(task) == ["undone", "undone", "undone", "waiting"]
    assert task.steps.get(position=2).error == task.error


def test_an_error_nobody_foresaw_names_its_step_and_leaves_its_traceback_in_the_log(cook: Cook) -> None:
    task = cook(["Fail", {"error": "TypeError", "sentence": "no such thing"}])
    assert task.error == "«Fail» failed: TypeError: no such thing"
    assert task.lines.filter(level="debug", text__contains="Traceback").exists()


def test_a_step_without_effect_has_failed(
    cook: Cook, memory: Memory, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(memory, "write", lambda name, value: None)
    task = cook(put("a", "1"))
    assert task.state == Task.State.FAILED
    assert task.error == "«Put 1 into a» went through, but what it should have brought about is not there."


def test_what_a_step_found_reaches_the_journal(cook: Cook, memory: Memory) -> None:
    memory.things = {"a": "7"}
    task = cook(["Find", {"name": "a"}])
    assert task.steps.get().found == "7"


def test_a_plan_that_fails_changes_nothing(cook: Cook, memory: Memory) -> None:
    task = cook(["Unheard", {}])
    assert task.state == Task.State.FAILED
    assert "Unheard" in task.error
    assert states(task) == []


def test_two_points_of_no_return_are_refused(cook: Cook) -> None:
    task = cook(SETTLE, SETTLE)
    assert task.state == Task.State.FAILED
    assert task.error == "The operation anything has more than one point of no return."


def test_the_recipe_hears_of_a_failure_and_not_of_a_success(cook: Cook) -> None:
    assert not Queue.objects.filter(name=f"ended-{cook(put('a', '1')).pk}").exists()
    assert Queue.objects.get(name=f"ended-{cook(FAIL).pk}").paused_by == "failed"


def test_a_check_that_finds_nothing_to_do_ends_the_task_well(cook: Cook, memory: Memory) -> None:
    memory.things = {"a": "0"}
    task = cook(put("a", "1", "Replace"), ["Suffice", {}], put("b", "1"), SETTLE)
    assert (task.state, task.error, task.committed) == (Task.State.SUCCEEDED, "", False)
    assert states(task) == ["done", "done", "kept", "kept"]
    assert memory.things == {"a": "1"}
    assert task.lines.get(level="notice").text == "All is as it should be."
    assert Queue.objects.get(name=f"ended-{task.pk}").paused_by == "succeeded"
    assert not Queue.objects.filter(name="settled").exists()


def test_a_recipe_that_cannot_note_the_end_leaves_the_task_stuck(cook: Cook, memory: Memory) -> None:
    task = cook(put("a", "1"), FAIL, keys=[["site:1", False]], ended="fails")
    assert task.state == Task.State.STUCK
    assert "RuntimeError: no end in sight" in task.remedy
    assert memory.things == {}
    assert task.keys.get().held


def test_a_failing_commit_goes_back(cook: Cook, memory: Memory) -> None:
    Queue.objects.create(name="settled")
    task = cook(put("a", "1"), SETTLE)
    assert task.state == Task.State.FAILED
    assert "IntegrityError" in task.error
    assert memory.things == {}


def test_past_the_commit_a_failing_step_is_tried_until_it_works(cook: Cook, memory: Memory) -> None:
    failures = iter([True, True])

    def heal(point: str) -> None:
        if point == "read never" and not next(failures, False):
            memory.things["never"] = "now"

    memory.disturb = heal
    task = cook(put("a", "1"), SETTLE, FAIL, put("b", "1"))
    assert task.state == Task.State.SUCCEEDED
    assert task.error == ""
    assert memory.things == {"a": "1", "b": "1", "never": "now"}


def test_past_the_commit_a_step_that_keeps_failing_leaves_the_task_stuck_until_resumed(
    cook: Cook, memory: Memory
) -> None:
    task = cook(put("a", "1"), SETTLE, FAIL, put("b", "1"), keys=[["site:1", False]])
    assert task.state == Task.State.STUCK
    assert "step 3 «Fail»: The disk is full: make room." in task.remedy
    assert task.keys.get().held
    memory.things["never"] = "now"
    assert ledger.retry(task, "alice") == task
    assert go_on(task).state == Task.State.SUCCEEDED
    assert task.remedy == ""
    assert memory.things == {"a": "1", "b": "1", "never": "now"}
    assert not task.keys.get().held


@pytest.mark.parametrize(("error", "tries"), [("Broken", 3), ("Unreachable", 5)])
def test_a_server_that_is_away_gets_more_patience(cook: Cook, memory: Memory, error: str, tries: int) -> None:
    reads: list[str] = []
    memory.disturb = reads.append
    cook(SETTLE, ["Fail", {"error": error}])
    assert reads == ["read never"] * tries


def test_an_undo_that_fails_does_not_stop_the_others(cook: Cook, memory: Memory) -> None:
    task = cook(put("a", "1"), put("b", "1", "HardToUndo"), put("c", "1"), FAIL)
    assert task.state == Task.State.STUCK
    assert states(task) == ["undone", "stuck", "undone", "undone"]
    assert memory.things == {"b": "1"}
    assert task.error == "The disk is full: make room."
    assert task.remedy == (
        "Could not undo step 2 «Put 1 into b»: b does not let go. "
        "Put that right, then resume the task, or give it up."
    )


def test_a_stuck_task_is_resumed_where_it_got_stuck(cook: Cook, memory: Memory) -> None:
    task = cook(put("a", "1"), put("b", "1", "HardToUndo"), FAIL)
    memory.things["undoable"] = "yes"
    memory.things["a"] = "somebody else's"
    ledger.retry(task, "alice")
    assert go_on(task).state == Task.State.FAILED
    assert memory.things == {"undoable": "yes", "a": "somebody else's"}
    assert states(task) == ["undone", "undone", "undone"]
    assert task.error == "The disk is full: make room."


def test_old_copies_are_dropped_once_all_is_done(cook: Cook, memory: Memory) -> None:
    memory.things = {"a": "1"}
    task = cook(put("a", "2", "Replace"), SETTLE)
    assert memory.things == {"a": "2"}
    assert task.steps.get(position=0).forgotten


def test_an_old_copy_that_stays_is_only_a_warning(cook: Cook, memory: Memory) -> None:
    memory.things = {"a": "1"}

    def cling(point: str) -> None:
        if point.startswith("before writing a.kept") and Task.objects.filter(committed=True).exists():
            raise OSError("busy")

    memory.disturb = cling
    done = cook(put("a", "2", "Replace"))
    assert done.state == Task.State.WARNED
    assert done.lines.get(level="warning").text == "Could not clean up after «Put 2 into a»: OSError: busy"


def test_an_interrupted_task_says_so(memory: Memory, db: None) -> None:
    task = anything.ask(by="alice", steps=[put("a", "1")])
    admission.admit("w", 1)
    admission.start(task.pk, "first", {})
    takeover = recovery.take_over(task.pk, "first", "w")
    assert takeover
    admission.start(task.pk, takeover.token, {})
    runner.run(task.pk, takeover.token)
    task.refresh_from_db()
    assert task.state == Task.State.FAILED
    assert task.error == "The task was interrupted, so it went back; ask for it again."
    assert task.attempt == 2


def test_a_superseded_attempt_writes_nothing_and_does_nothing(memory: Memory, db: None) -> None:
    task = anything.ask(by="alice", steps=[put("a", "1"), put("b", "1")])
    admission.admit("w", 1)
    admission.start(task.pk, "first", {})

    def lose(point: str) -> None:
        if point == "after writing a":
            recovery.take_over(task.pk, "first", "other")

    memory.disturb = lose
    with pytest.raises(Superseded):
        runner.run(task.pk, "first")
    assert "b" not in memory.things
    assert task.steps.get(position=0).state == TaskStep.State.DOING
    late = Journal(task.pk, "first")
    with pytest.raises(Superseded):
        late.write(None, ["too late"], Level.INFO)
    with pytest.raises(Superseded):
        late.succeed()
    assert not task.lines.exists()


def test_a_cancelled_task_does_not_commit(memory: Memory, db: None) -> None:
    task = anything.ask(by="alice", steps=[put("a", "1"), SETTLE])
    memory.disturb = lambda point: ledger.cancel(task, "bob") if point == "after writing a" else None
    assert go_on(task).state == Task.State.CANCELLED
    assert task.error == "Cancelled by bob."
    assert memory.things == {}
    assert not Queue.objects.filter(name="settled").exists()
