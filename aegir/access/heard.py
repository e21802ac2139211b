"""What is known about the request for a change that is being answered now, for the audit.

The doors' middleware begins and ends it; whoever knows more says so on the way. Outside of a request nothing
listens, and saying something does nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any

from aegir.models import AuditEntry, Task

Outcome = AuditEntry.Outcome
LONGEST = 2000


@dataclass
class Heard:
    """One request, as far as it was understood."""

    door: str
    address: str
    action: str
    """The route's name, until an action of the table of access is known."""
    about: str = ""
    actor: str = ""
    sentence: str = ""
    details: dict[str, Any] = field(default_factory=dict)
    asked: list[tuple[str, Task, dict[str, Any]]] = field(default_factory=list)
    """Operation, task and arguments of each task that it became."""
    done: list[tuple[str, str]] = field(default_factory=list)
    """Operation and what about, of each part that was changed at once, without a task."""
    refusals: list[tuple[str, str, str]] = field(default_factory=list)
    """Operation, what about, and why, of each part of a request that was refused while others were not."""
    nothing: bool = False
    """It only looked like a change, as a form that is checked while somebody types."""

    def record(self, status: int) -> None:
        """Write it down: a row for each task, or one for what became none."""
        if self.nothing:
            return
        common = {"actor": self.actor[:200], "door": self.door, "address": self.address[:60]}
        for operation, task, arguments in self.asked:
            AuditEntry.record(
                **common, action=operation, about=task.subject_name, outcome=Outcome.ACCEPTED, task=task.pk,
                details=_short(arguments),
            )  # fmt: skip
        for operation, about in self.done:
            AuditEntry.record(
                **common, action=operation, about=about[:300], outcome=Outcome.DONE, details={}
            )  # fmt: skip
        for operation, about, sentence in self.refusals:
            AuditEntry.record(
                **common, action=operation, about=about[:300], outcome=Outcome.REFUSED,
                sentence=sentence[:LONGEST], details={},
            )  # fmt: skip
        if not (self.asked or self.done or self.refusals) or status >= 400:
            AuditEntry.record(
                **common, action=self.action[:100], about=self.about[:300], outcome=_outcome(status),
                sentence=self.sentence[:LONGEST], details=_short(self.details),
            )  # fmt: skip


_now: ContextVar[Heard | None] = ContextVar("heard", default=None)


@contextmanager
def listening(heard: Heard) -> Iterator[Heard]:
    """While a request is answered."""
    token = _now.set(heard)
    try:
        yield heard
    finally:
        _now.reset(token)


def actor(name: str, door: str = "") -> None:
    """Who asks turned out to be this one, through that door."""
    if heard := _now.get():
        heard.actor, heard.door = name, door or heard.door


def action(name: str) -> None:
    """What is asked for, by its name in the table of access."""
    if heard := _now.get():
        heard.action = name


def about(name: str, /, **details: Any) -> None:
    """What it is about, and what exactly is wanted. No secrets."""
    if heard := _now.get():
        heard.about = name
        heard.details |= details


def asked(operation: str, task: Task, arguments: Mapping[str, Any]) -> None:
    """It became a task."""
    if heard := _now.get():
        heard.asked.append((operation, task, dict(arguments)))


def done_one(operation: str, name: str) -> None:
    """A part of what was asked for is done."""
    if heard := _now.get():
        heard.done.append((operation, name))


def refused_one(operation: str, name: str, sentence: str) -> None:
    """A part of what was asked for was refused, the rest goes on."""
    if heard := _now.get():
        heard.refusals.append((operation, name, sentence))


def unasked() -> None:
    """What was asked for since was taken back."""
    if heard := _now.get():
        heard.asked.clear()


def refused(sentence: str) -> None:
    """Why it is not done."""
    if heard := _now.get():
        heard.sentence = sentence


def nothing() -> None:
    """It changes nothing after all."""
    if heard := _now.get():
        heard.nothing = True


def _outcome(status: int) -> str:
    if status < 400:
        return Outcome.DONE
    if status in (401, 403):
        return Outcome.FORBIDDEN
    return Outcome.FAILED if status >= 500 else Outcome.REFUSED


def _short(details: Mapping[str, Any]) -> dict[str, Any]:
    """As the audit keeps it: nothing that is as long as somebody pleases."""
    return {str(name)[:100]: _value(value) for name, value in list(details.items())[:50]}


def _value(value: Any) -> Any:
    if isinstance(value, bool | int | float) or value is None:
        return value
    if isinstance(value, list | tuple):
        return [_value(each) for each in list(value)[:50]]
    return str(value)[:LONGEST]
