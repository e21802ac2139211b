"""What a reader should look at: each thing with why, and where it can be put right."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta

from django.db.models import Exists, OuterRef, Q
from django.template.defaultfilters import filesizeformat
from django.urls import reverse
from django.utils import timezone

from aegir import access
from aegir.access import Actor
from aegir.engine import recipe
from aegir.errors import Refused
from aegir.models import Backup, Message, Platform, Queue, Site, Task, feature

State = Task.State
NAMED = 5
"""How many of a kind are named; of the others there is a word."""
BATCH = 200
"""How many messages that were given up are looked through."""
FRESH = timedelta(days=7)
"""How long a failure is news, and how old a site's last backup may be."""


@dataclass(frozen=True)
class Matter:
    """One thing that needs attention."""

    bad: bool
    """Whether something is broken; else it is only to be known."""
    title: str
    words: str
    address: str


def of(actor: Actor) -> list[Matter]:
    """Everything that needs the reader's attention, what is broken first."""
    found = [
        *_tasks(actor),
        *_sites(actor),
        *_platforms(actor),
        *_queues(actor),
        *_space(actor),
        *_backups(actor),
        *_messages(actor),
        *_advisories(actor),
    ]
    return sorted(found, key=lambda matter: not matter.bad)


def _tasks(actor: Actor) -> Iterator[Matter]:
    """Stuck ones, and failed ones that nobody tried again and that did not go well since."""
    later = Task.objects.filter(
        subject_kind=OuterRef("subject_kind"),
        subject_id=OuterRef("subject_id"),
        operation=OuterRef("operation"),
        pk__gt=OuterRef("pk"),
        state__in=[State.SUCCEEDED, State.WARNED, State.QUEUED, State.RUNNING],
    )
    rows = access.tasks(actor).filter(retries=None).order_by("-pk")
    news = rows.filter(state=State.FAILED, ended_at__gte=timezone.now() - FRESH, queue="main")
    # Two queries, each of which goes along an index from the newest on, where one would sort all that failed.
    found = list(rows.filter(state=State.STUCK)[: NAMED + 1])
    found += news.filter(~Exists(later))[: NAMED + 1 - len(found)]
    words = access.wording(actor)
    for row in found[:NAMED]:
        stuck = row.state == State.STUCK
        title = f"{_title(row.operation)} {row.subject_name} {'is stuck' if stuck else 'failed'}"
        yield Matter(
            stuck,
            title,
            words.text((row.remedy if stuck else "") or row.error),
            reverse("task", args=[row.pk]),
        )
    if len(found) > NAMED:
        state = found[NAMED].state
        yield Matter(
            False, "More tasks failed", "Look through the list of tasks.", f"{reverse('tasks')}?state={state}"
        )


def _title(operation: str) -> str:
    try:
        return recipe.load(operation).title
    except Refused:
        return operation.replace("_", " ").capitalize()


def _sites(actor: Actor) -> Iterator[Matter]:
    """Sites whose install or cron failed."""
    cron = Q(state=Site.State.ENABLED) & ~Q(cron_error="") if feature.on("cron") else Q(pk=None)
    rows = access.sites(actor).filter(Q(state=Site.State.FAILED) | cron).order_by("domain")
    found = list(rows[: NAMED + 1])
    for row in found[:NAMED]:
        failed = row.state == Site.State.FAILED
        title = f"{row.domain}: {'its install failed' if failed else 'its cron fails'}"
        words = "Install it again, or delete it." if failed else access.wording(actor).text(row.cron_error)
        yield Matter(failed, title, words, reverse("site", args=[row.domain]))
    if len(found) > NAMED:
        yield Matter(
            False, "More sites have such troubles", "Look through the list of sites.", reverse("sites")
        )


def _platforms(actor: Actor) -> Iterator[Matter]:
    """Platforms that cannot be used, or whose code has problems."""
    if not access.may(actor, "server_see"):
        return
    rows = (
        access.platforms(actor)
        .filter(Q(state=Platform.State.FAILED) | ~Q(problems=[]) | ~Q(code_changes=[]))
        .order_by("name")
    )
    for row in rows[:NAMED]:
        failed = row.state == Platform.State.FAILED
        told = (
            "its verify failed"
            if failed
            else "its code changed"
            if row.code_changes
            else "problems in its codebase"
        )
        title = f"{row.name}: {told}"
        words = "No site can use it." if failed else row.code_warning or str(row.problems[0])
        yield Matter(failed, title, words, reverse("platform", args=[row.name]))


def _queues(actor: Actor) -> Iterator[Matter]:
    if not access.may(actor, "queue_see"):
        return
    for row in Queue.objects.filter(paused=True).order_by("name"):
        words = f"{row.paused_by} paused it: nothing more starts until it is resumed."
        yield Matter(False, f"The queue «{row.name}» is paused", words, reverse("queues"))


def _space(actor: Actor) -> Iterator[Matter]:
    for row in access.servers(actor).order_by("name")[:NAMED]:
        low = [each for each in row.room() if each.low]
        if low:
            what = " and ".join(each.what for each in low)
            free = filesizeformat(min(each.free for each in low))
            words = "Make room before backups and moves fail. It is measured again every quarter of an hour."
            yield Matter(
                True, f"{row.name} has only {free} left for {what}", words, reverse("server", args=[row.name])
            )


def _backups(actor: Actor) -> Iterator[Matter]:
    """Sites that live for longer than a week, and have no backup that is younger."""
    if not access.may(actor, "backup_see"):
        return
    week = timezone.now() - FRESH
    ready = Backup.objects.filter(site=OuterRef("pk"), state=Backup.State.READY, created_at__gte=week)
    live = access.sites(actor).filter(
        state__in=[Site.State.ENABLED, Site.State.DISABLED], created_at__lt=week
    )
    rows = live.filter(~Exists(ready))
    some = list(rows.order_by("domain").values_list("domain", flat=True)[:3])
    if some:
        count = len(some) if len(some) < 3 else rows.count()
        named = ", ".join(some) + (" …" if count > len(some) else "")
        title = f"{count} site{' has' if count == 1 else 's have'} no backup of the last seven days"
        address = reverse("site", args=some[:1]) if count == 1 else reverse("sites")
        yield Matter(False, title, named, address)


def _messages(actor: Actor) -> Iterator[Matter]:
    """Notifications of which something was given up, and nothing newer arrived."""
    newer = Message.objects.filter(
        subscription=OuterRef("subscription"), pk__gt=OuterRef("pk"), state=Message.State.SENT
    )
    lost = access.messages(actor).filter(
        state=Message.State.FAILED, created_at__gte=timezone.now() - FRESH, subscription__enabled=True
    )
    rows = lost.filter(~Exists(newer)).select_related("subscription").order_by("pk")
    last = {row.subscription_id: row for row in rows[:BATCH]}
    for row in list(last.values())[:NAMED]:
        title = f"The notification «{row.subscription}» does not arrive"
        yield Matter(False, title, row.error, reverse("subscription", args=[row.subscription_id]))


def _advisories(actor: Actor) -> Iterator[Matter]:
    """Platforms with packages that are known to be vulnerable."""
    if not feature.on("advisories"):
        return
    found = access.affected_platforms(actor)
    names = sorted({held.name for each in found for held in each.platforms})
    if names:
        worst = found[0].advisory
        title = f"Security advisories concern {len(names)} platform{'' if len(names) == 1 else 's'}"
        words = f"{worst.package}: {worst.title}. Build a patched platform, and move the sites to it."
        yield Matter(worst.severity in ("critical", "high"), title, words, reverse("advisories"))
