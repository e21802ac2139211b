"""Pages about tasks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from aegir import access
from aegir.access import Actor
from aegir.engine import admission, recipe
from aegir.errors import Refused
from aegir.models import Queue, Task
from aegir.models.wording import Wording
from aegir.pages import bulk as bulks
from aegir.pages import listing, outcome, task_next
from aegir.pages.door import changed, shown, watch
from aegir.pages.listing import Column, Filter

State = Task.State
LINES = 1000
"""How many lines of a log its page shows, the last ones."""
BEHIND = 8
"""How many of the tasks that one waits for are named."""

COLUMNS = (
    Column("Task", ("pk",)),
    Column("State", ("state", "-pk")),
    Column("About", ("subject_name", "-pk")),
    Column("Asked by", ("asked_by", "-pk"), wide=True),
    Column("Asked", ("pk",), wide=True),
    Column("Took", wide=True),
)
OPERATIONS = sorted({*access.ACTIONS} - {"site_see", "platform_see", "server_see"})
LEVELS = (("", "All"), ("warning", "Warnings and errors"), ("error", "Errors"))
AT_LEAST = {"warning": ["warning", "error"], "error": ["error"]}
BULK = (("retry", "Try again"), ("cancel", "Cancel"))
WORDS = {
    "cancel": ("task_cancel", (State.QUEUED, State.RUNNING), "cancelled"),
    "give_up": ("task_cancel", (State.STUCK,), "given up"),
    "retry": ("task_retry", (State.FAILED, State.CANCELLED), "tried again"),
    "resume": ("task_retry", (State.STUCK,), "resumed"),
}
"""What a button means: who may, in which states that makes sense, and how it is called once done."""


@shown
def tasks(request: HttpRequest, actor: Actor) -> HttpResponse:
    """All tasks, newest first, searched and filtered as the address says; of the main queue unless it says
    otherwise."""
    filters = (
        Filter("state", "State", "state", listing.choices(Task, "state")),
        Filter("operation", "Operation", "operation", _operations()),
        Filter("kind", "About", "subject_kind", [(kind, f"{kind}s") for kind in _KINDS]),
        Filter("queue", "Queue", "queue", [(name, name) for name in access.QUEUES], "main"),
    )
    rows = access.tasks(actor)
    newest = rows if request.GET.keys() - {"page"} else access.newest_tasks(actor)
    found = listing.shown(
        request,
        newest,
        COLUMNS,
        search=("subject_name", "asked_by"),
        searchable="Site, platform or person",
        filters=filters,
        default="-task",
        parts=[rows],
    )
    context = {
        "nav": "tasks",
        "live": "tasks",
        "listing": found,
        "subjects": addresses(actor, list(found.page.object_list)),
        "bulk": BULK if access.may(actor, "task_cancel") else (),
        "bulk_url": reverse("tasks_bulk"),
        "paused": Queue.objects.filter(paused=True) if access.may(actor, "queue_see") else (),
    }
    return render(request, "tasks/list.html", context)


@changed
def bulk(request: HttpRequest, actor: Actor) -> HttpResponse:
    """The chosen thing, to each of the chosen tasks; what is refused is told, the rest goes on."""
    action, rows = bulks.wanted(request, dict(BULK), "tasks")

    def act(row: str) -> str | None:
        task = _act(actor, bulks.number(row), action)
        return str(task) if action == "cancel" else None

    done = bulks.to_each(request, WORDS[action][0], rows, act)
    if done:
        messages.success(request, f"{dict(BULK)[action]}: {done} task{'s' * (done != 1)}.")
    return redirect("tasks")


@shown
def task(request: HttpRequest, actor: Actor, number: int) -> HttpResponse:
    """One task: its steps, and its log as it grows; ``?level=error`` leaves out what matters less."""
    row = access.task(actor, number)
    level = request.GET.get("level", "")
    level = level if level in AT_LEAST else ""
    words = access.wording(actor)
    newest = row.lines.order_by("-id").values_list("pk", flat=True).first() or 0
    log = words.log(row).filter(pk__lte=newest)
    wanted = log.filter(level__in=AT_LEAST[level]) if level else log
    lines = words.lines(wanted.order_by("-id")[:LINES])[::-1]
    context = {
        "nav": "tasks",
        "live": "" if row.over else f"task:{row.pk}",
        "live_more": f"&after={newest}",
        "subject": addresses(actor, [row]).get((row.subject_kind, row.subject_id), ""),
        "lines": lines,
        "cut": len(lines) == LINES,
        "level": level,
        "levels": LEVELS,
        "error_line": log.filter(level="error").order_by("id").values_list("pk", flat=True).first(),
        "arguments": outcome.arguments(words.task(row)),
        "outcome": outcome.of(words.task(row)),
        "retries": access.tasks(actor).filter(retry_of=row).order_by("pk")[:5],
        **state(row, Rights.of(actor, row)),
    }
    return render(request, "tasks/show.html", context)


@dataclass(frozen=True)
class Rights:
    """What a reader may do to a task, whether he may see all others, and in which words he reads it."""

    cancel: bool
    retry: bool
    others: bool
    next: frozenset[str]
    """Which ways on are open to him once it is over."""
    words: Wording

    @classmethod
    def of(cls, actor: Actor, row: Task) -> Rights:
        may = access.may
        return cls(
            may(actor, "task_cancel", row),
            may(actor, "task_retry", row),
            access.anywhere(actor, "task_see"),
            task_next.able(actor, row),
            access.wording(actor),
        )


def state(row: Task, rights: Rights) -> dict[str, Any]:
    """What the part of the page that changes while the task runs needs to know: all who may do the same get
    the same."""
    waits, stuck = row.state == State.QUEUED, row.state == State.STUCK
    behind = list(admission.ahead_of(row)[: BEHIND + 1]) if waits else []
    own = (row.subject_kind, row.subject_id)
    return {
        "task": rights.words.task(row),
        "steps": rights.words.steps(row),
        "cancellable": rights.cancel and not row.over and not row.cancel_by and not row.committed,
        "retryable": rights.retry and row.state in (State.FAILED, State.CANCELLED),
        "resumable": rights.retry and stuck,
        "abandonable": rights.cancel and stuck,
        "next": task_next.of(row, rights.next),
        "behind": [
            (each, rights.others or (each.subject_kind, each.subject_id) == own) for each in behind[:BEHIND]
        ],
        "more_behind": len(behind) > BEHIND,
        "queue": Queue.objects.filter(name=row.queue, paused=True).first() if waits else None,
    }


@changed
def cancel(request: HttpRequest, actor: Actor, number: int) -> HttpResponse:
    """The button: what is queued or running is cancelled, what is stuck is given up."""
    return watch(_act(actor, number, _meant(request, "cancel", "give_up")))


@changed
def retry(request: HttpRequest, actor: Actor, number: int) -> HttpResponse:
    """The button: what failed is asked for again, what is stuck is resumed. It leads to what runs then."""
    return watch(_act(actor, number, _meant(request, "retry", "resume")))


def _meant(request: HttpRequest, *words: str) -> str:
    """What the button said when it was pressed."""
    said = request.POST.get("meant", words[0])
    return said if said in words else words[0]


def _act(actor: Actor, number: int, meant: str) -> Task:
    """Do it, if the task is still in a state in which the button would be shown."""
    row = access.task(actor, number)
    action, states, done = WORDS[meant]
    access.require(actor, action, row)  # before its state: who may not do this need not know it
    with transaction.atomic():
        now = Task.objects.select_for_update().get(pk=row.pk)
        if now.state not in states:
            raise Refused(
                f"Task {now.pk} is «{now.get_state_display()}» by now, so it cannot be {done}: look again."
            )
        if action == "task_retry":
            return access.retry(actor, now)
        access.cancel(actor, now)
    return now


_KINDS = ("site", "platform", "server")


def addresses(actor: Actor, rows: list[Task]) -> dict[tuple[str, int | None], str]:
    """Where the pages of the tasks' subjects are, of those that live and may be seen."""
    living: dict[str, tuple[QuerySet[Any], str]] = {
        "site": (access.sites(actor), "domain"),
        "platform": (access.platforms(actor), "name"),
        "server": (access.servers(actor), "name"),
    }
    found: dict[tuple[str, int | None], str] = {}
    for kind, (query, name) in living.items():
        wanted = {row.subject_id for row in rows if row.subject_kind == kind and row.subject_id}
        if wanted:
            named = query.filter(pk__in=wanted).values_list("pk", name)
            found |= {(kind, number): reverse(kind, args=[called]) for number, called in named}
    return found


def _operations() -> list[tuple[str, str]]:
    """Every operation that there is, in words."""
    found = []
    for name in OPERATIONS:
        try:
            found.append((name, title(name)))
        except Refused:
            continue  # an action that is no operation
    return sorted(found, key=lambda entry: entry[1])


def title(name: str) -> str:
    """An operation with what it is done to, as «Site: Verify»; Refused when there is none."""
    return f"{name.partition('_')[0].capitalize()}: {recipe.load(name).title.lower()}"
