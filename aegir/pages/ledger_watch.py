"""One look at the ledger for all who watch: what is new since the look before.

However many pages are open, the ledger is asked two short questions a look, and a few more while something
happens. What a page is told of is decided by its own reader: see ``concerns`` and ``News.seen_by``.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from django.db.models import Max, Q

from aegir import access
from aegir.access import ACTIONS, Actor
from aegir.models import AuditEntry, FleetSite, Site, Task, TaskLine, TaskStep

State = Task.State
OPEN = (State.QUEUED, State.RUNNING, State.STUCK)
"""States that a task can leave."""
DONE = (AuditEntry.Outcome.DONE, AuditEntry.Outcome.ACCEPTED)
RECENT = 2000
"""How far back tasks are looked at when a page asks what happened since it was made."""
BUNCH = 500

Thing = tuple[str, int]
"""Noun and number, as ("site", 12)."""

NOUNS = {
    "sites": "site", "platforms": "platform", "servers": "server", "tasks": "task", "queues": "queue",
    "backups": "backup", "packages": "package", "clients": "client", "users": "user", "audit": "audit",
    "subscriptions": "subscription", "features": "feature", "settings": "setting", "tokens": "token",
    "fleets": "fleet",
}  # fmt: skip
OF_TASKS = {"backup": ("site",), "package": ("site", "platform")}
"""Lists that change with the tasks of other things."""
PART_OF = {"cron": "site", "pair": "site"}
"""Actions that are named after a part of the thing that they change."""


@dataclass(frozen=True)
class About:
    """What a page shows: everything of a noun, or one thing; "home" is something of everything."""

    noun: str
    number: int | None = None

    @classmethod
    def parse(cls, text: str) -> About | None:
        """«sites», «site:12», «home»; None for what no page is about."""
        if text == "home":
            return cls("home")
        if text in NOUNS:
            return cls(NOUNS[text])
        noun, _, number = text.partition(":")
        if noun in NOUNS.values() and number.isascii() and number.isdigit() and len(number) < 19:
            return cls(noun, int(number))
        return None


@dataclass(frozen=True)
class News:
    """What one look found."""

    tasks: frozenset[int] = frozenset()
    """Tasks that were asked for, began, ended or were resumed."""
    moved: frozenset[int] = frozenset()
    """Tasks that came on: a step, a line, how far it is."""
    things: dict[int, frozenset[Thing]] = field(default_factory=dict)
    """Of each of these tasks, what it is about, and where that belongs."""
    doors: frozenset[tuple[str, str]] = frozenset()
    """What people changed without a task: noun and name."""
    answers: dict[tuple[Actor, About], bool] = field(default_factory=dict, compare=False)

    def __bool__(self) -> bool:
        return bool(self.tasks or self.moved or self.doors)

    def seen_by(self, actor: Actor, about: About) -> bool:
        """Whether a page about that changes by this for that reader. Found out once for all who are alike."""
        if (actor, about) not in self.answers:
            self.answers[actor, about] = self._visible(actor, about)
        return self.answers[actor, about]

    def _visible(self, actor: Actor, about: About) -> bool:
        mine = concerned(self, about)
        if mine and (access.anywhere(actor, "task_see") or _any_of(actor, mine)):
            return True
        return any(_may_know(actor, noun, name) for noun, name in self.doors if about.noun in ("home", noun))


def concerned(news: News, about: About) -> set[int]:
    """The tasks of the news that a page about that shows, whoever reads it."""
    if about.noun in ("home", "task", "queue") and about.number is None:
        return set(news.tasks)
    if about.noun == "task":
        return {about.number} & (news.tasks | news.moved) if about.number is not None else set()
    if about.noun == "fleet":
        # Of many sites at once: that one came on by a step is not worth drawing all of them anew.
        return {each for each in news.tasks if _of_fleet(news.things.get(each, frozenset()), about.number)}
    if about.number is not None:
        thing = (about.noun, about.number)
        return {number for number in news.tasks | news.moved if thing in news.things.get(number, ())}
    kinds = OF_TASKS.get(about.noun, (about.noun,))
    return {number for number in news.tasks if any(kind in kinds for kind, _ in news.things.get(number, ()))}


def _of_fleet(things: frozenset[Thing], number: int | None) -> bool:
    return any(noun == "fleet" and number in (None, each) for noun, each in things)


def _any_of(actor: Actor, numbers: Iterable[int]) -> bool:
    return access.tasks(actor).filter(pk__in=list(numbers)[:BUNCH]).exists()


def _may_know(actor: Actor, noun: str, name: str) -> bool:
    """Whether that a thing of that name was changed may be told to ``actor``."""
    if f"{noun}_see" not in ACTIONS:
        return False
    if access.anywhere(actor, f"{noun}_see"):
        return True
    match noun:
        case "site":
            return access.sites(actor).filter(domain=name).exists()
        case "platform":
            return access.platforms(actor).filter(name=name).exists()
        case "client":
            return access.clients(actor).filter(name=name).exists()
    return noun in ("user", "token", "subscription") and name == actor.name


class Looking:
    """What was seen of the ledger so far. For one thread."""

    def __init__(self) -> None:
        self._states: dict[int, str] = {}
        self._marks: dict[int, object] = {}
        self._task = Task.objects.aggregate(last=Max("pk"))["last"] or 0
        self._line = TaskLine.objects.aggregate(last=Max("pk"))["last"] or 0
        self._entry = AuditEntry.objects.aggregate(last=Max("pk"))["last"] or 0
        self.look()

    def look(self) -> News:
        """What is new."""
        tasks = self._changed()
        running = [number for number, state in self._states.items() if state == State.RUNNING]
        moved = self._moved(running) if running or tasks else set()
        return News(frozenset(tasks), frozenset(moved), _things(tasks | moved), self._asked())

    def _changed(self) -> set[int]:
        query = Task.objects.filter(Q(state__in=OPEN) | Q(pk__gt=self._task))
        now = dict(query.values_list("pk", "state"))
        before = self._states
        changed = {number for number, state in now.items() if before.get(number) != state}
        changed |= before.keys() - now.keys()
        self._task = max(self._task, *now) if now else self._task
        self._states = {number: state for number, state in now.items() if state in OPEN}
        return changed

    def _moved(self, running: list[int]) -> set[int]:
        own = ("pk", "progress", "warnings", "cancel_by", "committed", "attempt")
        marks: dict[int, list[object]] = {
            row[0]: [row[1:]] for row in Task.objects.filter(pk__in=running).values_list(*own)
        }
        steps = TaskStep.objects.filter(task__in=running).order_by("position")
        for number, position, state in steps.values_list("task", "position", "state"):
            marks.get(number, []).append((position, state))
        lines = dict(
            TaskLine.objects.filter(pk__gt=self._line).order_by().values_list("task").annotate(Max("pk"))
        )
        self._line = max(self._line, *lines.values()) if lines else self._line
        moved = {number for number, mark in marks.items() if self._marks.get(number) != mark}
        self._marks = dict(marks)
        return moved | lines.keys()

    def _asked(self) -> frozenset[tuple[str, str]]:
        rows = list(
            AuditEntry.objects.filter(pk__gt=self._entry, outcome__in=DONE).values_list(
                "pk", "action", "about"
            )
        )
        self._entry = max([self._entry, *(number for number, _, _ in rows)])
        return frozenset((_noun(action), about) for _, action, about in rows)


def since(moment: datetime) -> News:
    """What happened from that moment on, as far as it can be told afterwards."""
    newest = Task.objects.aggregate(last=Max("pk"))["last"] or 0
    later = Q(asked_at__gte=moment) | Q(started_at__gte=moment) | Q(ended_at__gte=moment)
    tasks = set(Task.objects.filter(later, pk__gt=newest - RECENT).values_list("pk", flat=True))
    last = AuditEntry.objects.order_by("-pk").values_list("at", "outcome", "action", "about")[:50]
    doors = {
        (_noun(action), about) for at, outcome, action, about in last if at >= moment and outcome in DONE
    }
    return News(frozenset(tasks), frozenset(), _things(tasks), frozenset(doors))


def _noun(action: str) -> str:
    noun = action.partition("_")[0]
    return PART_OF.get(noun, noun)


def _things(numbers: set[int]) -> dict[int, frozenset[Thing]]:
    """What each of the tasks is about: a site with its platform and its client, or something else alone."""
    if not numbers:
        return {}
    subjects: dict[int, Thing] = {}
    wanted = sorted(numbers)
    for start in range(0, len(wanted), BUNCH):
        rows = Task.objects.filter(pk__in=wanted[start : start + BUNCH])
        for number, kind, subject in rows.values_list("pk", "subject_kind", "subject_id"):
            subjects[number] = (kind, subject or 0)
    around = _around({number for kind, number in subjects.values() if kind == "site"})
    fleets = _fleets(wanted)
    return {
        number: frozenset({thing, *around.get(thing, ()), *fleets.get(number, ())})
        for number, thing in subjects.items()
    }


def _fleets(wanted: list[int]) -> dict[int, list[Thing]]:
    """Of each of these tasks that works for one, its fleet."""
    found: dict[int, list[Thing]] = {}
    for start in range(0, len(wanted), BUNCH):
        part = wanted[start : start + BUNCH]
        rows = list(FleetSite.objects.filter(task__in=part).values_list("task", "fleet"))
        compared = Task.objects.filter(pk__in=part, operation="fleet_compare")
        rows += list(compared.values_list("pk", "arguments__fleet"))
        for task, fleet in rows:
            if task is not None:
                found.setdefault(task, []).append(("fleet", fleet))
    return found


def _around(sites: set[int]) -> dict[Thing, list[Thing]]:
    """Of each of these sites, its platform and its client."""
    found: dict[Thing, list[Thing]] = {}
    wanted = sorted(sites)
    for start in range(0, len(wanted), BUNCH):
        rows = Site.objects.filter(pk__in=wanted[start : start + BUNCH])
        for number, platform, client in rows.values_list("pk", "platform", "client"):
            found["site", number] = [("platform", platform), *([("client", client)] if client else [])]
    return found


def visible(actor: Actor, about: About) -> bool:
    """Whether ``actor`` may see what a page about that shows."""
    if about.noun == "home":
        return True
    if not access.may(actor, f"{about.noun}_see"):
        return False
    match about.noun, about.number:
        case _, None:
            return True
        case "task", number:
            return access.tasks(actor).filter(pk=number).exists()
        case "site", number:
            return access.sites(actor).filter(pk=number).exists()
        case "platform", number:
            return access.platforms(actor).filter(pk=number).exists()
        case "server", number:
            return access.servers(actor).filter(pk=number).exists()
        case "client", number:
            return access.clients(actor).filter(pk=number).exists()
        case "fleet", number:
            return access.fleets(actor).filter(pk=number).exists()
        case "backup", number:
            return access.backups(actor).filter(pk=number).exists()
        case "user", number:
            return access.users(actor).filter(pk=number).exists()
        case "subscription", number:
            return access.subscriptions(actor).filter(pk=number).exists()
    return False
