"""A large Aegir, as rows alone: what the panel's pages are measured on."""

from __future__ import annotations

from datetime import timedelta

from django.db import connection, transaction
from django.db.models import Model
from django.utils import timezone

from aegir.models import (
    Backup,
    Client,
    Package,
    Platform,
    Server,
    Service,
    Site,
    SiteName,
    Task,
    TaskLine,
    TaskStep,
    User,
)

SITES, PLATFORMS, TASKS, CLIENTS = 10_000, 500, 100_000, 1_000
BACKUPS, PACKAGES, LINES, LONG = 20_000, 60, 5, 2_000
LARGEST_CLIENT = 500
"""How many sites Bob's client has, which is the one that the pages are measured with; all others have ten."""
BATCH = 2_000
TASK_STATES = ("succeeded", "succeeded", "succeeded", "warned", "failed", "cancelled")


def gather() -> Task:
    """Make them all, and give the task whose log is long and which still runs."""
    with transaction.atomic():
        if connection.vendor == "postgresql":  # each of a million rows would be asked whether its site exists
            with connection.cursor() as cursor:
                cursor.execute("SET LOCAL session_replication_role = replica")
        sites = _sites(_platforms(), _people())
        _packages(sites[0])
        _backups(sites)
        _tasks(sites)
        watched = _long_task(sites[0])
    if connection.vendor == "postgresql":  # which its own housekeeping does within a minute
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE")
    return watched


def _platforms() -> list[Platform]:
    server = Server.objects.create(name="localhost", state="enabled")
    Service.objects.create(server=server, family="database", driver="mysql")
    return Platform.objects.bulk_create(
        Platform(
            name=f"platform-{n}", path=f"/srv/{n}", server=server, state="enabled", version=f"10.1.{n % 20}",
            major=10, profiles=["standard"], languages=["en"],
        )
        for n in range(PLATFORMS)
    )  # fmt: skip


def _people() -> list[Client]:
    User.objects.create(username="alice", is_superuser=True)
    bob = User.objects.create(username="bob")
    clients = Client.objects.bulk_create(
        Client(name=f"client-{n}", title=f"Client number {n}", email=f"c{n}@example.org")
        for n in range(CLIENTS)
    )
    clients[0].users.add(bob)
    return clients


def _sites(platforms: list[Platform], people: list[Client]) -> list[Site]:
    """Each with two names. Most were made long ago."""
    now, database = timezone.now(), Service.objects.get()
    sites = Site.objects.bulk_create(
        (
            Site(
                domain=f"site{n}.example.org", title=f"Site number {n}", platform=platforms[n % PLATFORMS],
                database=database, client=people[0 if n < LARGEST_CLIENT else n % CLIENTS],
                profile="standard", email="a@example.org", state="disabled" if n % 10 == 0 else "enabled",
                verified_at=now - timedelta(minutes=n),
            )
            for n in range(SITES)
        ),
        batch_size=BATCH,
    )  # fmt: skip
    Site.objects.update(created_at=now - timedelta(days=400))
    SiteName.objects.bulk_create(
        (
            SiteName(name=f"{prefix}{site.domain}", site=site, main=not prefix)
            for site in sites
            for prefix in ("", "www.")
        ),
        batch_size=BATCH,
    )
    return sites


def _packages(first: Site) -> None:
    """The same of every site, and of every platform."""
    Package.objects.bulk_create(
        Package(site=first, kind="module", name=f"module_{n}", title=f"Module number {n}", version=f"1.{n}",
                enabled=n % 2 == 0)
        for n in range(PACKAGES)
    )  # fmt: skip
    _copied(Package, "site_id", "site_id", Site)
    _copied(Package, "site_id", "platform_id", Platform)


def _copied(model: type[Model], old: str, new: str, holders: type[Model]) -> None:
    """Copy what one holder has (the only one so far, or the first) to all others, inside the database."""
    columns = [str(each.column) for each in model._meta.concrete_fields]
    same = [name for name in columns if name not in ("id", old, new)]
    table, mine = model._meta.db_table, ", ".join(f"mine.{name}" for name in same)
    statement = (
        f"INSERT INTO {table} ({new}, {', '.join(same)}) "  # noqa: S608  # names of our own tables
        f"SELECT other.id, {mine} FROM {holders._meta.db_table} other, {table} mine "
        f"WHERE mine.{old} = (SELECT MIN({old}) FROM {table})"
    )
    with connection.cursor() as cursor:
        cursor.execute(statement + (f" AND other.id <> mine.{old}" if old == new else ""))


def _backups(sites: list[Site]) -> None:
    """Two of each; one site in ten has one of this week."""
    manifest = {"drupal": "10.1.6", "checksums": {f"file{n}": "0" * 64 for n in range(9)}}
    Backup.objects.bulk_create(
        (
            Backup(
                site=sites[n % SITES], domain=sites[n % SITES].domain, state="ready", reason="site_backup",
                size=n, manifest=manifest, platform_id=sites[n % SITES].platform_id,
            )
            for n in range(BACKUPS)
        ),
        batch_size=BATCH,
    )  # fmt: skip
    Backup.objects.filter(size__gte=SITES / 10).update(created_at=timezone.now() - timedelta(days=30))


def _tasks(sites: list[Site]) -> None:
    """One every three minutes of the last seven months; a sixth failed, and some lines of each are kept."""
    now = timezone.now()
    tasks = Task.objects.bulk_create(
        (
            Task(
                operation="site_verify", subject_kind="site", subject_id=sites[n % SITES].pk,
                subject_name=sites[n % SITES].domain, asked_by="alice", state=TASK_STATES[n % 6],
                error="The database is away." if TASK_STATES[n % 6] == "failed" else "",
                started_at=now - timedelta(minutes=3 * (TASKS - n)),
                ended_at=now - timedelta(minutes=3 * (TASKS - n)),
            )
            for n in range(TASKS)
        ),
        batch_size=BATCH,
    )  # fmt: skip
    TaskLine.objects.bulk_create(
        TaskLine(task=tasks[0], level="info", text=f"step {n} is done") for n in range(LINES)
    )
    _copied(TaskLine, "task_id", "task_id", Task)


def _long_task(site: Site) -> Task:
    task = Task.objects.create(
        operation="site_migrate", subject_kind="site", subject_id=site.pk, subject_name=site.domain,
        asked_by="alice", state="running", started_at=timezone.now(), token="bench",
    )  # fmt: skip
    TaskStep.objects.bulk_create(
        TaskStep(task=task, position=n, path="bench:Step", summary=f"Do the thing number {n}",
                 state="done" if n < 20 else "waiting")
        for n in range(25)
    )  # fmt: skip
    TaskLine.objects.bulk_create(
        TaskLine(task=task, level="info", text=f"Line {n}: {'something was done, ' * 4}") for n in range(LONG)
    )
    return task
