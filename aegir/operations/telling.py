"""What subscribers are told of a task that is over: rows that wait to be delivered."""

from __future__ import annotations

import json
import uuid
from datetime import datetime
from typing import Any

from django.conf import settings

from aegir.engine import recipe
from aegir.errors import Refused
from aegir.models import Message, Subscription, Task, feature, people
from aegir.models.wording import Wording

QUEUE = "mail"
"""Of tasks that deliver messages: their own ends are told to nobody, else there would be no end of it."""


TEST = "This is a test: what the subscription «{}» tells you arrives here.\n"


def tell(task: Task) -> list[Message]:
    """Put a message for everybody who wants to hear how ``task`` ended, in the caller's transaction."""
    if task.dry_run or task.queue == QUEUE:
        return []
    wanting = Subscription.matching(task)
    if not wanting or not feature.on("notifications"):
        return []
    hooks = feature.on("webhooks")
    return [_put(each, task) for each in wanting if hooks or each.kind == Subscription.Kind.EMAIL]


def test(subscription: Subscription) -> Message:
    """Put a test; Refused when nothing may be sent there now."""
    number = uuid.uuid4()
    if subscription.waits:
        raise Refused(
            f"«{subscription.name}» waits for confirmation: nothing is sent to {subscription.target} before "
            "the link that was mailed there is followed."
        )
    if subscription.kind == Subscription.Kind.WEBHOOK and not feature.on("webhooks"):
        raise Refused("Webhooks are switched off here.")
    subject, body = "A test", TEST.format(subscription.name)
    if subscription.kind == Subscription.Kind.WEBHOOK:
        subject, body = "test", json.dumps({"event": "test", "delivery": str(number)})
    return Message.put(
        subscription.kind, subscription.target, subject, body, subscription=subscription, number=number
    )


def _put(subscription: Subscription, task: Task) -> Message:
    title, number = recipe.load(task.operation).title, uuid.uuid4()
    task = Wording(whole=bool(people.roles(subscription.owner))).task(task)
    if subscription.kind == Subscription.Kind.EMAIL:
        subject, body = _subject(task, title), _letter(subscription, task, title)
    else:
        subject, body = f"task.{task.state}", json.dumps(_report(task, title, number), ensure_ascii=False)
    return Message.put(
        subscription.kind, subscription.target, subject, body,
        subscription=subscription, task=task, number=number,
    )  # fmt: skip


def _subject(task: Task, title: str) -> str:
    return f"{title}: {task.subject_name} – {task.get_state_display()}"


def _letter(subscription: Subscription, task: Task, title: str) -> str:
    said = [
        f"«{title}» of {task.subject_name}: {task.get_state_display()}.",
        task.error,
        f"To be done: {task.remedy}" if task.remedy else "",
        f"Asked for by {task.asked_by} at {_moment(task.asked_at)}, over at {_moment(task.ended_at)}.",
        _link(task),
        f"You are told because of the subscription «{subscription.name}».",
    ]
    return "\n\n".join(part for part in said if part) + "\n"


def _report(task: Task, title: str, number: uuid.UUID) -> dict[str, Any]:
    """What a webhook carries; docs/notify.md describes it."""
    subject = {"kind": task.subject_kind, "id": task.subject_id, "name": task.subject_name}
    times = {name: getattr(task, name) for name in ("asked_at", "started_at", "ended_at")}
    return {
        "event": f"task.{task.state}",
        "delivery": str(number),
        "task": {
            "id": task.pk,
            "operation": task.operation,
            "title": title,
            "subject": subject,
            "state": task.state,
            "warnings": task.warnings,
            "error": task.error,
            "remedy": task.remedy,
            "asked_by": task.asked_by,
            **{name: moment and moment.isoformat() for name, moment in times.items()},
            "link": _link(task),
        },
    }


def _link(task: Task) -> str:
    return f"{settings.AEGIR_PANEL_URL}/tasks/{task.pk}"


def _moment(moment: datetime | None) -> str:
    return f"{moment:%Y-%m-%d %H:%M} UTC" if moment else "–"
