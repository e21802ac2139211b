"""Takes a task from wherever its journal stands to its end: forward, or back."""

from __future__ import annotations

import json
import time
import traceback
from collections.abc import Callable, Sequence
from functools import cached_property, partial

from aegir.engine import recipe
from aegir.engine.journal import SETTLED, Cancelled, Journal
from aegir.engine.log import TaskLog
from aegir.engine.step import Check, Commit, Enough, Json, Level, Step, World, load_step
from aegir.errors import AegirError, Broken, Refused, Unreachable
from aegir.models.task import Task, TaskStep

State = TaskStep.State

PAUSES: Sequence[float] = (0.5, 2.0)
"""Seconds to wait before each further try of what must not fail: steps past the commit, and undos."""
PATIENT_PAUSES: Sequence[float] = (0.5, 1.0, 2.0, 5.0, 10.0, 20.0, 30.0, 30.0)
"""The same while a server is away: it may be restarting."""


INTERRUPTED = "The task was interrupted, so it went back; ask for it again."
"""Why a task failed whose process died before the commit."""


def run(task: int, token: str, before_end: Callable[[], None] = lambda: None) -> None:
    """Run the attempt that holds ``token`` until the task is over; raises Superseded when it loses it.

    ``before_end`` is called right before the task lets go of its keys.
    """
    Run(Journal(task, token), before_end).run()


class Run:
    """One attempt at a task."""

    def __init__(self, journal: Journal, before_end: Callable[[], None]) -> None:
        self.journal = journal
        self.before_end = before_end
        self.log = TaskLog(journal)
        self.found: dict[str, Json] = {}
        self.row: TaskStep | None = None

    @cached_property
    def world(self) -> World:
        task = self.journal.read()
        return recipe.load(task.operation).world(task, self.log, self.found)

    def run(self) -> None:
        task = self.journal.read()
        if task.committed:
            self._finish()
        elif task.attempt > 1 or task.cancel_by:
            self._back(_why_back(task))
        elif task.dry_run:
            self._only_look(task)
        else:
            self._first(task)

    def _only_look(self, task: Task) -> None:
        """Plan, and say of each step what it found; what depends on an earlier step cannot be told yet."""
        try:
            self.journal.plan(_plan(task))
        except Exception as error:  # whatever a recipe raises, the task ends
            self._back(self._failure(error))
            return
        for row in self.journal.steps():
            self._at(row)
            self.log.line(self._outlook(row))
        self._at(None)
        self.journal.succeed()

    def _outlook(self, row: TaskStep) -> str:
        """What a step would do, in a sentence."""
        step = load_step(row.path, row.arguments)
        if isinstance(step, Check | Commit):
            return "Would be done."
        try:
            seen = _plain(step.look(self.world))
        except Exception as error:  # expected: an earlier step would have made what it looks for
            return f"Cannot be told before the steps above are done: {self._sentence(error)}"
        if step.done(seen):
            self.journal.kept(row, seen)
            return "Nothing to do."
        return f"Would be done; found: {_told(seen)}."

    def _first(self, task: Task) -> None:
        try:
            self.journal.plan(_plan(task))
            self._forward()
        except Enough as enough:
            self._leave_it_at_that(str(enough))
        except Exception as error:  # whatever a step raises, the task goes back
            # Only the ledger knows whether a commit that raised went through.
            if self.journal.read().committed:
                self._finish()
            else:
                self._back(self._failure(error))
        else:
            self._finish()

    def _forward(self) -> None:
        """All steps up to the commit, or all there are; the last of these passes the point of no return."""
        for row in self.journal.steps():
            if self._step(row).commits:
                return
        self.journal.commit()

    def _leave_it_at_that(self, why: str) -> None:
        """The running step found that no other is needed."""
        self.log.line(why, Level.NOTICE)
        for row in self.journal.steps():
            if row.state == State.DOING:
                self.journal.done(row, None)
            elif row.state == State.WAITING:
                self.journal.kept(row, None)
        self._forget()
        self._at(None)
        self.before_end()
        self.journal.succeed(unused=True)

    def _finish(self) -> None:
        """Past the commit: do what is left, whatever it takes, then drop what undo would have needed."""
        for row in self.journal.steps():
            if row.state in SETTLED:
                self._remember(row)
                continue
            try:
                self._patiently(partial(self._step, row))
            except Exception as error:  # the remedy names it; a person decides
                self._get_stuck([(row, self._sentence(error))], "finish")
                return
        self._forget()
        self.before_end()
        self.journal.succeed()

    def _step(self, row: TaskStep) -> Step:
        """One step, from look to done. A step found half-way past the commit is done again."""
        self._at(row)
        step = load_step(row.path, row.arguments)
        if isinstance(step, Commit):
            self.journal.commit(row, lambda: _plain(step.do(self.world)))
            self._remember(row)
            return step
        if row.state == State.WAITING:
            seen = _plain(step.look(self.world))
            if step.done(seen):
                self.journal.kept(row, seen)
                return step
            self.journal.doing(row, seen)
        found = _plain(step.do(self.world))
        if not isinstance(step, Check) and not step.done(_plain(step.look(self.world))):
            raise Broken(f"«{row.summary}» went through, but what it should have brought about is not there.")
        self.journal.done(row, found)
        self._remember(row)
        return step

    def _at(self, row: TaskStep | None) -> None:
        self.row = row
        self.log.position = None if row is None else row.position

    def _remember(self, row: TaskStep) -> None:
        if row.state == State.DONE or row.found is not None:
            self.found[row.path.rpartition(":")[2]] = row.found

    def _back(self, why: str) -> None:
        """Walk the journal backwards and undo what was begun; a failing undo does not stop the others."""
        self.journal.failed(self.row, why)
        self._at(None)
        self.log.line(why, Level.ERROR)
        stuck: list[tuple[TaskStep, str]] = []
        rows = self.journal.steps()
        for row in rows:
            self._remember(row)
        for row in reversed(rows):
            if row.state in (State.DOING, State.DONE, State.UNDOING, State.STUCK):
                try:
                    self._undo(row)
                except Exception as error:  # noted, and the other steps still go back
                    stuck.append((row, self._sentence(error)))
                    self.journal.stuck(*stuck[-1])
        if stuck:
            self._get_stuck(stuck, "undo")
        else:
            self.before_end()
            self.journal.give_back()

    def _undo(self, row: TaskStep) -> None:
        self._at(row)
        self.journal.undoing(row)
        self._patiently(lambda: load_step(row.path, row.arguments).undo(self.world, row.before))
        self.journal.undone(row)

    def _forget(self) -> None:
        for row in self.journal.steps():
            if row.state == State.DONE and not row.forgotten:
                self._at(row)
                try:
                    self._patiently(partial(self._forget_step, row))
                except Exception as error:  # what is left over harms nobody; the warning names it
                    why = self._sentence(error)
                    self.log.line(f"Could not clean up after «{row.summary}»: {why}", Level.WARNING)

    def _forget_step(self, row: TaskStep) -> None:
        step = load_step(row.path, row.arguments)
        if type(step).forget is not Step.forget:
            step.forget(self.world, row.before)
            self.journal.forgotten(row)

    def _get_stuck(self, rows: Sequence[tuple[TaskStep, str]], verb: str) -> None:
        causes = " ".join(
            f"Could not {verb} step {row.position + 1} «{row.summary}»: {why}" for row, why in rows
        )
        self._at(None)
        self.log.line(causes, Level.ERROR)
        self.journal.get_stuck(f"{causes} Put that right, then resume the task, or give it up.")

    def _patiently(self, action: Callable[[], object]) -> None:
        """Try again after a while, and again; the last error goes up."""
        tries = 0
        while True:
            try:
                action()
                return
            except Exception as error:  # any kind may pass; what does not is raised below
                pauses = PATIENT_PAUSES if isinstance(error, Unreachable) else PAUSES
                if tries >= len(pauses):
                    raise
                self.log.line(f"{self._sentence(error)} Trying again.", Level.NOTICE)
                time.sleep(pauses[tries])
                tries += 1

    def _failure(self, error: Exception) -> str:
        """Why the task goes back; what nobody foresaw at least names its step."""
        sentence = self._sentence(error)
        if self.row is None or isinstance(error, AegirError | Cancelled):
            return sentence
        return f"«{self.row.summary}» failed: {sentence}"

    def _sentence(self, error: Exception) -> str:
        """The error for people, secrets masked; the traceback of an unexpected one goes to the log."""
        if isinstance(error, AegirError | Cancelled):
            return self.log.masked(str(error))
        self.log.line("".join(traceback.format_exception(error)), Level.DEBUG)
        return self.log.masked(f"{type(error).__name__}: {error}")


def _plan(task: Task) -> Sequence[Step]:
    steps = recipe.load(task.operation).plan(task)
    if sum(step.commits for step in steps) > 1:
        raise Refused(f"The operation {task.operation} has more than one point of no return.")
    return steps


def _why_back(task: Task) -> str:
    if task.error:
        return task.error
    if task.cancel_by:
        return f"Cancelled by {task.cancel_by}."
    return INTERRUPTED


def _told(seen: Json) -> str:
    """What a look saw, for people; digests and attributes of files mean nothing to them."""
    if not isinstance(seen, dict):
        return json.dumps(seen)
    shown = {key: value for key, value in seen.items() if not isinstance(value, dict | list)}
    return ", ".join(f"{key} {json.dumps(value)}" for key, value in shown.items() if key != "wanted") or "–"


def _plain(value: Json) -> Json:
    """As the journal will give it back, so that a step sees the same before and after an interruption."""
    plain: Json = json.loads(json.dumps(value))
    return plain
