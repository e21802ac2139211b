"""Who wants to hear how tasks end."""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterable
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.db import models, transaction
from django.db.models import F, Q
from django.dispatch import receiver

from aegir.errors import Refused
from aegir.models import default, feature, names
from aegir.models.account import Grant, User
from aegir.models.client import Client
from aegir.models.secret import Secret
from aegir.models.site import Site
from aegir.models.task import Task

QUIET = ("cron",)
"""Tasks of these queues come by the thousand: only who names their operation hears of them."""
MOST = 100
"""How many one person can have: each is one more message whenever a task ends."""


class Subscription(models.Model):
    """Somebody's wish to hear how tasks end. Everything that is named narrows it."""

    class Kind(models.TextChoices):
        EMAIL = "email", "e-mail"
        WEBHOOK = "webhook", "webhook"

    name = models.CharField(max_length=60)
    kind = models.CharField(max_length=10, choices=Kind.choices)
    target = models.CharField(max_length=500)
    """An e-mail address, or an http(s) address."""
    confirmed = models.CharField(max_length=500, blank=True)
    """The e-mail address that was last found to be willing; mail goes to no other. Nothing of a webhook's."""
    secret = models.ForeignKey(Secret, null=True, on_delete=models.SET_NULL, related_name="+")
    """Signs a webhook's messages."""
    outcomes: models.JSONField[Any, Any] = models.JSONField(default=list)
    """States in which a task may end: ``["failed", "stuck"]``."""
    operations: models.JSONField[Any, Any] = models.JSONField(default=list)
    """Operations by name; [] for all but the cron queue's."""
    site = models.ForeignKey(Site, null=True, on_delete=models.CASCADE, related_name="+")
    client = models.ForeignKey(Client, null=True, on_delete=models.CASCADE, related_name="+")
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="subscriptions"
    )
    """Who made it: it tells of nothing that he may not see."""
    enabled = models.BooleanField(default=True)
    created_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return self.name

    @classmethod
    def add(
        cls, owner: User, *, name: str, kind: str, target: str, outcomes: Iterable[str],
        operations: Iterable[str] = (), site: Site | None = None, client: Client | None = None,
    ) -> tuple[Subscription, str]:  # fmt: skip
        """A new one, saved; with a webhook's secret, shown this once, or "". Refused when a value does not
        fit. Whether ``owner`` may see ``site`` and ``client`` is for the caller to ask."""
        row = cls(
            owner=owner, name=name.strip(), kind=kind, target=target.strip(), site=site, client=client,
            outcomes=list(dict.fromkeys(outcomes)), operations=list(dict.fromkeys(operations)),
        )  # fmt: skip
        row.refuse_bad()
        if cls.objects.filter(owner=owner).count() >= MOST:
            raise Refused(f"{owner} has {MOST} subscriptions already: delete one first.")
        row.know_address()
        with transaction.atomic():
            row.save()
            return row, row.renew_secret() if row.kind == cls.Kind.WEBHOOK else ""

    @property
    def waits(self) -> bool:
        """Whether it tells nothing yet, since nobody said yes at its address."""
        return self.kind == self.Kind.EMAIL and self.confirmed != self.target

    def know_address(self) -> None:
        """Take an address for confirmed that its owner has shown to be his, by his account or before. Saves
        nothing."""
        if self.kind != self.Kind.EMAIL:
            return
        own = bool(self.owner.email) and self.target.lower() == self.owner.email.lower()
        if own or Subscription.objects.filter(owner=self.owner, confirmed=self.target).exists():
            self.confirmed = self.target

    def refuse_bad(self) -> None:
        """Refused when a value does not fit; call before saving what a person typed."""
        if not 0 < len(self.name) <= 60 or not self.name.isprintable():
            raise Refused(
                "Say in up to 60 characters on one line what the subscription is for.", field="name"
            )
        if self.kind not in self.Kind.values:
            raise Refused(f"Choose {' or '.join(self.Kind.values)} as the kind.", field="kind")
        if self.kind == self.Kind.EMAIL:
            if not names.is_email(self.target):
                raise Refused(f"«{names.shown(self.target)}» is not an e-mail address.", field="target")
        else:
            _refuse_bad_address(self.target)
        ends = [str(state) for state in Task.OVER]
        if not self.outcomes or not set(self.outcomes) <= set(ends):
            raise Refused(f"Choose at least one outcome from {', '.join(ends)}.", field="outcomes")
        bad = [name for name in self.operations if not re.fullmatch(r"[a-z][a-z0-9_]{0,59}", name)]
        if bad:
            raise Refused(f"There is no operation named «{names.shown(bad[0])}».", field="operations")

    def renew_secret(self) -> str:
        """Give a webhook another secret and return it, shown this once; messages not yet sent are signed
        with it as well."""
        old, text = self.secret, f"whsec_{secrets.token_urlsafe(32)}"
        self.secret = Secret.seal(text, f"signs the webhook «{self.name}»")
        self.save(update_fields=["secret"])
        if old is not None:
            old.delete()
        return text

    def remove(self) -> None:
        """Delete it, with what it has not delivered yet and with its secret."""
        with transaction.atomic():
            sealed = list(self.messages.exclude(body=None).values_list("body", flat=True))
            self.delete()
            Secret.objects.filter(pk__in=sealed).delete()

    @classmethod
    def matching(cls, task: Task) -> list[Subscription]:
        """Those that want to hear how ``task`` ended, and whose owners may see it; nobody at an address that
        waits for confirmation.

        The same rule as the doors have for who sees which tasks; a test holds the two together.
        """
        client, site = None, None
        if task.subject_kind == "site":
            site = task.subject_id
            client = Site.objects.filter(pk=site or 0).values_list("client", flat=True).first()
        staff = Q(owner__is_superuser=True) | Q(owner__in=Grant.objects.values("user"))
        if client is not None and feature.on("clients"):
            staff |= Q(owner__in=Client.users.through.objects.filter(client=client).values("user"))
        narrowed = Q(site=None) if site is None else Q(site=None) | Q(site=site)
        narrowed &= Q(client=None) if client is None else Q(client=None) | Q(client=client)
        ready = Q(kind=cls.Kind.WEBHOOK) | Q(confirmed=F("target"))
        heard = cls.objects.filter(narrowed, staff, ready, enabled=True, owner__is_active=True)
        return [row for row in heard.order_by("pk") if row._wants(task)]

    def _wants(self, task: Task) -> bool:
        if task.state not in self.outcomes:
            return False
        return task.operation in self.operations if self.operations else task.queue not in QUIET


@receiver(models.signals.post_delete, sender=Subscription)
def _forget_secret(sender: type[Subscription], instance: Subscription, **_: Any) -> None:
    """Also of one that goes with its owner, its site or its client."""
    Secret.objects.filter(pk=instance.secret_id or 0).delete()


def _refuse_bad_address(target: str) -> None:
    """Refused unless it is an address that webhooks may go to, as far as its text tells."""
    shown = names.shown(target)
    try:
        parts = urlsplit(target)
        host, port = parts.hostname, parts.port
    except ValueError:
        host, port = None, None
    fits = host and target.isascii() and target.isprintable() and " " not in target and len(target) <= 500
    if not fits or parts.scheme not in ("http", "https") or port == 0 or not names.is_host(str(host)):
        raise Refused(
            f"«{shown}» is not an address that a webhook can go to: give one such as "
            "https://example.org/hook.",
            field="target",
        )
    if parts.username is not None or parts.password is not None or "#" in target:
        raise Refused(
            "A webhook's address holds neither a name with a password nor a «#»: the signature tells that a "
            "message is Aegir's.",
            field="target",
        )
    if parts.scheme == "http" and not default.value("webhooks_private"):
        raise Refused(
            f"«{shown}» is not encrypted: give an https address, or switch the setting webhooks_private on.",
            field="target",
        )
