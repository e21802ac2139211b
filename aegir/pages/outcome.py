"""What a task was given and what it found out, as people read it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from aegir.models import Task

WORDS = {
    "domain": "Site", "to": "To", "platform": "Platform", "name": "Name", "path": "Path", "backup": "Backup",
    "pair": "Kept pair", "source": "From", "profile": "Profile", "language": "Language", "db": "Database",
    "email": "E-mail", "client": "Client", "description": "Description", "argv": "Command",
    "command": "Command", "dump": "Database", "redirects": "Redirects", "minutes": "Every so many minutes",
}  # fmt: skip
SHOWERS = {
    "site_rehearse": "tasks/_rehearsal.html",
    "site_changes": "tasks/_changes.html",
    "site_drush": "tasks/_output.html",
    "site_backup": "tasks/_made.html",
}
"""Which template shows what an operation found out."""


def arguments(task: Task) -> list[tuple[str, str]]:
    """What was asked for, in words; what was left open is left out."""
    return [
        (WORDS.get(name, name.replace("_", " ").capitalize()), _text(value))
        for name, value in task.arguments.items()
        if value not in (None, "", [], False)
    ]


def of(task: Task) -> dict[str, Any] | None:
    """The template that shows what the task found out, and what it needs; None where there is nothing."""
    if not isinstance(task.result, dict) or not task.result or not task.over:
        return None
    shower = SHOWERS.get(task.operation, "tasks/_facts.html")
    found: dict[str, Any] = {"template": shower, "result": task.result}
    if task.operation == "site_changes":
        found["since"] = datetime.fromtimestamp(task.result.get("since", 0), UTC)
    if task.operation == "site_rehearse":
        found["different"] = [page for page in task.result.get("pages", []) if not page["same"]]
    if shower == "tasks/_facts.html":
        found["facts"] = [
            (name.replace("_", " ").capitalize(), _text(value)) for name, value in task.result.items()
        ]
    return found


def _text(value: Any) -> str:
    match value:
        case True:
            return "yes"
        case False:
            return "no"
        case None:
            return "–"
        case list():
            return ", ".join(_text(each) for each in value)
        case dict():
            return ", ".join(f"{name}: {_text(each)}" for name, each in value.items())
    return str(value)
