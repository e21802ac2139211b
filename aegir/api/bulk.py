"""The same for many sites at once, over the API: a task for each, or why there is none."""

from __future__ import annotations

from typing import Any, Literal

from ninja import Field, Router, Schema, Status
from pydantic import ValidationError

from aegir import access
from aegir.access import heard
from aegir.api.auth import Asked
from aegir.api.errors import KINDS, Error
from aegir.api.schema import ERRORS, Body, TaskAnswer, Wish
from aegir.api.site_verbs import VERBS
from aegir.api.sites import Deletion
from aegir.errors import AegirError, Refused

router = Router(tags=["sites"])

Operation = Literal[
    "verify", "login", "backup", "migrate", "rehearse", "undo", "enable", "disable", "flush", "cron",
    "cron-interval", "update", "permissions", "delete",
]  # fmt: skip
TAKES: dict[str, tuple[str, type[Wish]]] = {
    **{name: (verb.operation, verb.takes) for name, verb in VERBS.items()},
    "delete": ("site_delete", Deletion),
}


class Bulk(Body):
    operation: Operation
    domains: list[str] = Field(min_length=1, max_length=500)
    arguments: dict[str, Any] = Field(default_factory=dict)
    """As the operation takes them for one site: ``{"platform": "d11"}``."""


class Refusal(Schema):
    domain: str
    error: Error


class BulkAnswer(Schema):
    tasks: list[TaskAnswer]
    refusals: list[Refusal]


@router.post("/bulk", response={202: BulkAnswer, **ERRORS})
def ask_for_many(request: Asked, body: Bulk) -> Status[BulkAnswer]:
    """Ask for one operation on up to 500 sites; each is asked for by itself, so that one refusal stops no
    other."""
    operation, takes = TAKES[body.operation]
    access.require(request.auth, operation)
    wish = _wish(takes, body.arguments)
    answer = BulkAnswer(tasks=[], refusals=[])
    for domain in dict.fromkeys(body.domains):
        try:
            task = access.ask(request.auth, operation, dry_run=wish.dry_run, domain=domain, **wish.given())
            answer.tasks.append(TaskAnswer.of(task, access.wording(request.auth)))
        except AegirError as error:
            heard.refused_one(operation, domain, str(error))
            answer.refusals.append(Refusal(domain=domain, error=_error(error)))
    return Status(202, answer)


def _wish(takes: type[Wish], arguments: dict[str, Any]) -> Wish:
    try:
        return takes(**arguments)
    except ValidationError as error:
        first = error.errors()[0]
        name = str(first["loc"][-1]) if first["loc"] else "arguments"
        raise Refused(f"The argument {name} is wrong: {first['msg']}.", field=name) from error


def _error(error: AegirError) -> Error:
    kind = next(name for cls, (_, name) in KINDS.items() if isinstance(error, cls))
    return Error(kind=kind, message=str(error), field=getattr(error, "field", None))
