"""Any number of steps that do nothing, each going the whole way: look, do, look again."""

from __future__ import annotations

from dataclasses import dataclass

from aegir.engine import ledger
from aegir.engine.step import Json, Step
from aegir.models.task import Task
from bench.recipes import World

TITLE = "Do nothing"


@dataclass(frozen=True)
class Nothing(Step):
    """Only remembers that it ran."""

    number: int

    title = "Do nothing"

    def look(self, world: World) -> Json:
        return self.number in world.done

    def done(self, seen: Json) -> bool:
        return seen is True

    def do(self, world: World) -> Json:
        world.done.add(self.number)
        return None

    def undo(self, world: World, before: Json) -> None:
        """Nothing was changed."""


def plan(task: Task) -> list[Step]:
    return [Nothing(number) for number in range(task.arguments["steps"])]


def ask(*, steps: int, by: str) -> Task:
    return ledger.ask(
        "nothing",
        subject=ledger.Subject("nothing", None, "nothing"),
        keys=[ledger.Key("nothing")],
        by=by,
        arguments={"steps": steps},
    )
