"""Optional parts: what is switched off is gone from pages, API and command line."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass

from django.db import models, transaction

from aegir.errors import Refused


@dataclass(frozen=True)
class Part:
    """One optional part."""

    title: str
    help: str
    needs: tuple[str, ...] = ()
    """Parts without which it makes no sense."""
    on: bool = True
    """As long as nobody switched it."""


PARTS: dict[str, Part] = {
    "clients": Part("Clients", "Sites belong to clients, whose people see and manage their own sites only."),
    "quotas": Part("Quotas", "A client may have only so many sites.", ("clients",)),
    "signup": Part("Sign-up", "A public form makes client, account and site together.", ("clients",), False),
    "tokens": Part("API tokens", "Programs elsewhere speak to the API with tokens of their own."),
    "passkeys": Part("Passkeys", "People may sign in with a key that their device keeps."),
    "openid": Part("OpenID Connect", "People may sign in through a provider that you name.", (), False),
    "notifications": Part("Notifications", "E-mail about how tasks ended."),
    "webhooks": Part("Webhooks", "Signed messages to your programs about how tasks ended.",
                     ("notifications",)),
    "metrics": Part("Metrics", "Prometheus can read /metrics.", (), False),
    "cron": Part("Cron queue", "Aegir runs every site's cron by itself."),
    "rehearsals": Part("Rehearsals", "A migration can be tried on a throw-away copy."),
    "fleets": Part("Fleet moves", "All sites of a platform are moved to another in waves."),
    "advisories": Part("Advisories", "Known vulnerable packages are named, and which sites have them."),
    "drush": Part("Drush", "Drush commands can be run in sites whose platform brings Drush."),
}  # fmt: skip
"""Name → what it is. The order is the page's."""


_known: ContextVar[dict[str, bool] | None] = ContextVar("known", default=None)
"""What ``looked_up_once`` has found; empty before the first question, None outside of it."""


class Feature(models.Model):
    """A part that was switched. Read through ``on``."""

    name = models.CharField(max_length=40, unique=True)
    enabled = models.BooleanField()

    def __str__(self) -> str:
        return f"{self.name} {'on' if self.enabled else 'off'}"


def states() -> dict[str, bool]:
    """Every part, and whether it is on."""
    switched = dict(Feature.objects.values_list("name", "enabled"))
    return {name: switched.get(name, part.on) for name, part in PARTS.items()}


def on(name: str) -> bool:
    """Whether that part is on."""
    known = _known.get()
    if known is None:
        row = Feature.objects.filter(name=name).first()
        return PARTS[name].on if row is None else row.enabled
    if not known:
        known.update(states())
    return known[name]


@contextmanager
def looked_up_once() -> Iterator[None]:
    """Within, all parts are read with the first question and not again, unless one is switched here."""
    before = _known.get()
    _known.set({})
    try:
        yield
    finally:
        _known.set(before)  # not reset: whoever waits for this in another context is to see it


def switch(name: str, enabled: bool) -> None:
    """Switch a part; Refused when another one stands in the way."""
    part = PARTS.get(name)
    if part is None:
        raise Refused(f"There is no feature «{name}»: choose from {', '.join(PARTS)}.", field="name")
    now = states()
    lacking = [need for need in part.needs if not now[need]]
    relying = [other for other, its in PARTS.items() if name in its.needs and now[other]]
    if enabled and lacking:
        raise Refused(f"{part.title} needs {_titles(lacking)}: switch that on first.", field="name")
    if not enabled and relying:
        raise Refused(f"{_titles(relying)} needs {part.title}: switch that off first.", field="name")
    with transaction.atomic():
        Feature.objects.update_or_create(name=name, defaults={"enabled": enabled})
    if known := _known.get():
        known.clear()


def _titles(wanted: list[str]) -> str:
    return " and ".join(PARTS[name].title for name in wanted)
