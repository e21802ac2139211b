"""Send the messages that are due, by mail and to webhooks. Asked for by ``messages_due``."""

from __future__ import annotations

from aegir.drivers.mail import MailServer
from aegir.engine import ledger
from aegir.engine.ledger import Key, Subject
from aegir.engine.step import Step
from aegir.models import Task, default
from aegir.operations.telling import QUEUE
from aegir.steps.record_messages import SendMessages

TITLE = "Send messages"
PRIORITY = -5
"""After what people wait for, before the cron queue."""


def plan(task: Task) -> list[Step]:
    return [SendMessages(_server(), default.sealed("mail_password"), default.value("webhooks_private"))]


def ask(*, by: str) -> Task:
    """Queue the sending of whatever is due then."""
    subject, keys = Subject("ledger", None, "messages"), [Key("messages:send")]
    return ledger.ask("messages_send", subject=subject, keys=keys, by=by, queue=QUEUE, priority=PRIORITY)


def _server() -> MailServer | None:
    """Who takes mail; None as long as the settings do not say."""
    names = {"host": "mail_host", "port": "mail_port", "security": "mail_security", "user": "mail_user"}
    settings = {field: default.value(name) for field, name in {**names, "sender": "mail_from"}.items()}
    return MailServer(**settings) if settings["host"] and settings["sender"] else None
