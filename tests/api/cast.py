"""Who asks, and what there is to ask for: two clients with the same things each, and everybody else."""

from __future__ import annotations

from dataclasses import dataclass

from django.test import Client as Browser

from aegir.access import Role
from aegir.models import (
    ApiToken,
    Client,
    Credential,
    Fleet,
    FleetSite,
    Grant,
    Pair,
    Platform,
    Site,
    Subscription,
    Task,
    User,
)
from tests import doors

PEOPLE = {
    "charlie": frozenset[Role](),
    "olga": frozenset({Role.CLIENT}),
    "anna": frozenset({Role.CLIENT}),
    "paul": frozenset({Role.PLATFORM_MANAGER}),
    "mona": frozenset({Role.ACCOUNT_MANAGER}),
    "alice": frozenset({Role.ADMINISTRATOR}),
}
"""Anna belongs to one client, Olga to the other, Charlie to none."""


@dataclass(frozen=True)
class Belongings:
    """What one client has; every name of it is nobody else's business."""

    person: str
    client: Client
    platform: Platform
    site: Site
    backup: int
    pair: Pair
    task: Task
    token: ApiToken
    subscription: Subscription
    fleet: Fleet
    credential: Credential

    @property
    def places(self) -> dict[str, dict[str, object]]:
        """For each kind of thing, the parts of an address that name it."""
        return {
            "": {},
            "site": {"domain": self.site.domain, "name": self.site.domain, "pair": self.pair.pk},
            "platform": {"name": self.platform.name},
            "backup": {"id": self.backup},
            "task": {"id": self.task.pk},
            "client": {"name": self.client.name, "username": self.person},
            "user": {"username": self.person},
            "token": {"id": self.token.pk},
            "subscription": {"id": self.subscription.pk},
            "server": {"name": "localhost"},
            "fleet": {"id": self.fleet.pk},
            "credential": {"name": self.credential.name},
        }

    @property
    def names(self) -> list[str]:
        """What nobody else may read."""
        word = self.client.name
        return [self.site.domain, self.platform.name, word, f"{word}-title", f"{word}-backup", self.person,
                f"{word}-token", f"{word}-target", f"{word}-hook", f"{word}-secret"]  # fmt: skip


def belongings(person: str, word: str) -> Belongings:
    """A client called ``word`` with one of everything."""
    user = User.objects.create(username=person, email=f"{person}@{word}.example")
    client = Client.add(name=word, title=f"{word}-title", email=f"post@{word}.example")
    client.users.add(user)
    platform = doors.platform(f"{word}-code")
    platform.clients.add(client)
    site = doors.site(f"{word}-site.example.org", platform, client=client)
    task = doors.task(
        "failed", subject_id=site.pk, subject_name=site.domain, arguments={"domain": site.domain}
    )
    token, _ = ApiToken.mint(user, f"{word}-token", ["see"], 1)
    subscription, _ = Subscription.add(
        user, name=f"{word}-hook", kind="email", target=f"{word}-target@example.org", outcomes=["failed"]
    )
    pair = Pair.objects.create(
        site=site, state=Pair.State.KEPT, domain=site.domain, platform=platform, database=site.database,
        database_name="before", database_user="before", reason="site_migrate",
    )  # fmt: skip
    backup = doors.backup(site, description=f"{word}-backup")
    fleet = Fleet.objects.create(
        source=platform, target=platform, state=Fleet.State.READY, asked_by=f"{word}-moves"
    )
    FleetSite.objects.create(fleet=fleet, site=site, domain=site.domain, position=0, state="waiting", wave=0)
    credential = Credential.add(
        name=f"{word}-key", host=f"{word}.example", kind="token", secret=f"{word}-secret"
    )
    return Belongings(
        person, client, platform, site, backup.pk, pair, task, token, subscription, fleet, credential
    )


def everybody() -> tuple[Belongings, Belongings]:
    """Anna's and Olga's things; and all the other people."""
    both = belongings("anna", "acme"), belongings("olga", "umbra")
    doors.alice()
    doors.charlie()
    for name, role in (("paul", Grant.Role.PLATFORM_MANAGER), ("mona", Grant.Role.ACCOUNT_MANAGER)):
        Grant.objects.create(user=User.objects.create(username=name), role=role)
    return both


def browser(person: str | None) -> Browser:
    """His browser; without a name, anybody's."""
    client = Browser()
    if person:
        client.force_login(User.objects.get(username=person))
        client.get("/api/features")
    return client
