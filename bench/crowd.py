"""A large Aegir, as rows alone: what the panel's pages are measured on."""

from __future__ import annotations

from datetime import timedelta

from django.utils import timezone

from aegir.models import Client, Package, Platform, Server, Service, Site, SiteName, Task, User

SITES, PLATFORMS, TASKS, CLIENTS = 10_000, 500, 100_000, 1_000
BATCH = 2_000
TASK_STATES = ("succeeded", "succeeded", "succeeded", "warned", "failed", "cancelled")


def gather() -> None:
    """Make them all."""
    server = Server.objects.create(name="localhost", state="enabled")
    database = Service.objects.create(server=server, family="database", driver="mysql")
    people = _people()
    platforms = Platform.objects.bulk_create(
        Platform(
            name=f"platform-{n}", path=f"/srv/{n}", server=server, state="enabled", version=f"10.1.{n % 20}",
            major=10, profiles=["standard"], languages=["en"],
        )
        for n in range(PLATFORMS)
    )  # fmt: skip
    sites = Site.objects.bulk_create(
        (
            Site(
                domain=f"site{n}.example.org", title=f"Site number {n}", platform=platforms[n % PLATFORMS],
                database=database, client=people[n % CLIENTS], profile="standard", email="a@example.org",
                state="disabled" if n % 10 == 0 else "enabled", verified_at=timezone.now(),
            )
            for n in range(SITES)
        ),
        batch_size=BATCH,
    )  # fmt: skip
    SiteName.objects.bulk_create(
        (SiteName(name=site.domain, site=site, main=True) for site in sites), batch_size=BATCH
    )
    Package.objects.bulk_create(
        (
            Package(site=site, kind="module", name=f"module_{n}", version="1.0", enabled=True)
            for site in sites[:1000]
            for n in range(60)
        ),
        batch_size=BATCH,
    )
    _tasks(sites)


def _people() -> list[Client]:
    User.objects.create(username="alice", is_superuser=True)
    bob = User.objects.create(username="bob")
    clients = Client.objects.bulk_create(
        Client(name=f"client-{n}", title=f"Client number {n}", email=f"c{n}@example.org")
        for n in range(CLIENTS)
    )
    clients[0].users.add(bob)
    return clients


def _tasks(sites: list[Site]) -> None:
    now = timezone.now()
    Task.objects.bulk_create(
        (
            Task(
                operation="site_verify", subject_kind="site", subject_id=sites[n % SITES].pk,
                subject_name=sites[n % SITES].domain, asked_by="alice", state=TASK_STATES[n % 6],
                started_at=now - timedelta(minutes=n), ended_at=now - timedelta(minutes=n),
            )
            for n in range(TASKS)
        ),
        batch_size=BATCH,
    )  # fmt: skip
