"""Ask for messages to be sent when some are due. By schedule; one task for all of them, none of its own."""

from __future__ import annotations

from aegir.engine import ledger
from aegir.models import Message, Task
from aegir.operations import messages_send
from aegir.operations.telling import QUEUE

TITLE = "Send what is due"
ACTIVE = (Task.State.QUEUED, Task.State.RUNNING)


def ask(*, by: str) -> list[Task]:
    """Queue the sending; nothing while there is nothing to send, or while it is being done."""
    if not Message.objects.due().exists() or ledger.paused(QUEUE):
        return []
    if Task.objects.filter(operation="messages_send", state__in=ACTIVE).exists():
        return []
    return [messages_send.ask(by=by)]
