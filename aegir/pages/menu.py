"""What every page shows around itself: the menu, as far as its reader may go."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest

from aegir import access
from aegir.access import Actor
from aegir.pages.door import actor_of


@dataclass(frozen=True)
class Entry:
    """A line of the menu."""

    url_name: str
    title: str
    icon: str
    action: str = ""
    """Shown to whoever may do this; "" to everybody."""


@dataclass(frozen=True)
class Group:
    title: str
    entries: tuple[Entry, ...]


MENU = (
    Group("", (
        Entry("home", "Home", "home"),
        Entry("sites", "Sites", "world", "site_see"),
        Entry("platforms", "Platforms", "stack-2", "platform_see"),
        Entry("fleets", "Moves", "arrows-exchange", "fleet_see"),
        Entry("backups", "Backups", "archive", "backup_see"),
        Entry("packages", "Packages", "packages", "package_see"),
        Entry("advisories", "Advisories", "shield-lock", "advisory_see"),
        Entry("tasks", "Tasks", "list-check", "task_see"),
    )),
    Group("People", (
        Entry("clients", "Clients", "address-book", "client_see"),
        Entry("users", "Users", "users", "user_add"),
    )),
    Group("Aegir", (
        Entry("servers", "Servers", "server", "server_see"),
        Entry("panel", "Panel", "tool", "panel_see"),
        Entry("queues", "Queues", "clock", "queue_see"),
        Entry("subscriptions", "Notifications", "bell", "subscription_see"),
        Entry("audit", "Audit", "history", "audit_see"),
        Entry("features", "Features", "toggle-right", "feature_see"),
        Entry("settings", "Settings", "settings", "setting_see"),
    )),
)  # fmt: skip


def around(request: HttpRequest) -> dict[str, Any]:
    """Context of every template: ``panel.menu``, made only when a template asks for it."""
    return {"panel": Around(request)}


class Around:
    """The frame of one page."""

    def __init__(self, request: HttpRequest) -> None:
        self._request = request

    @property
    def menu(self) -> list[Group]:
        """The groups with the entries that the reader may follow."""
        actor = actor_of(self._request)
        return list(_open(actor)) if actor else []


def _open(actor: Actor) -> Iterator[Group]:
    for group in MENU:
        entries = tuple(each for each in group.entries if not each.action or access.may(actor, each.action))
        if entries:
            yield Group(group.title, entries)
