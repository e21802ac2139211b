"""A platform with sites, another to move them to, and tasks that end as the test says: on rows alone."""

from __future__ import annotations

from collections.abc import Iterable

from django.utils import timezone

from aegir.engine.ending import end
from aegir.models import Fleet, FleetSite, Pair, Platform, Service, Site, Task
from aegir.operations import fleets
from aegir.steps.record_fleet import CompareSites
from tests import doors
from tests.worlds import world

State, Turn = Fleet.State, FleetSite.State
ACTIVE = (Task.State.QUEUED, Task.State.RUNNING)


def release(name: str, version: str = "10.1.6") -> Platform:
    """A platform as its verify leaves it."""
    made = doors.platform(name, version=version)
    for package, kind in (("drupal", "core"), ("standard", "profile"), ("node", "module")):
        doors.package(package, kind, version, platform=made)
    return made


def site(domain: str, home: Platform, database: str = "sqlite", **fields: object) -> Site:
    """A site whose database lies on a server of that name."""
    made = doors.site(domain, home, **fields)
    made.database, _ = Service.objects.get_or_create(
        server=home.server,
        family=Service.DATABASE,
        driver=database,
        defaults={"settings": {"driver": "sqlite"}},
    )
    made.save()
    return made


def made(sites: int = 6, *, databases: Iterable[str] = ("sqlite",), **options: object) -> Fleet:
    """A fleet of so many sites, compared and ready."""
    home, names = release("old"), [*databases]
    release("new", "10.2.0")
    for number in range(sites):
        site(f"s{number}.example.org", home, names[number % len(names)])
    own = {"rehearse": 0, "canary": 1, "wave": 2, "width": 2, "failures": 20, **options}
    fleet = fleets.make(source="old", target="new", by="alice", **own)  # type: ignore[arg-type]
    return compared(fleet)


def compared(fleet: Fleet) -> Fleet:
    """Let the comparison that waits be made."""
    for task in Task.objects.filter(operation="fleet_compare", state__in=ACTIVE):
        CompareSites(int(task.arguments["fleet"])).do(world(None))  # type: ignore[arg-type]
        end(task, Task.State.SUCCEEDED)
    fleet.refresh_from_db()
    return fleet


def at_work(fleet: Fleet) -> list[Task]:
    """The fleet's tasks that are not over, in the order in which they were asked for."""
    return list(Task.objects.filter(pk__in=fleet.sites.values("task"), state__in=ACTIVE).order_by("pk"))


def finish(task: Task, state: str = "succeeded", error: str = "", **result: object) -> None:
    """Have a task end: what it was to change is changed when it ends well."""
    task.refresh_from_db()
    if state in (Task.State.SUCCEEDED, Task.State.WARNED):
        if task.operation == "site_rehearse":
            task.result = {"good": True, **result}
        else:
            exchanged(task)
    if state == Task.State.CANCELLED:
        task.cancel_by = "bob"
    task.save()
    end(task, Task.State(state), error=error, remedy="Look." if state == Task.State.STUCK else "")


def exchanged(task: Task) -> None:
    """As the commit of a move does."""
    number = task.arguments.get("pair")
    pair = Pair.objects.get(pk=number) if number else Pair.objects.get(task=task.pk)
    moved = Site.objects.get(pk=pair.site_id)
    pair.exchange(moved)
    pair.state, pair.reason, pair.task, pair.since = Pair.State.KEPT, task.operation, task.pk, timezone.now()
    pair.save()
    moved.save()


def finish_all(fleet: Fleet, *failing: str, error: str = "The update failed.") -> None:
    """Have one task after another end, until none is left; those of the sites that are named fail."""
    while tasks := at_work(fleet):
        task = tasks[0]
        if task.subject_name in failing:
            finish(task, "failed", error)
        else:
            finish(task)
    fleet.refresh_from_db()


def states(fleet: Fleet) -> dict[str, str]:
    """Where each site is, by the first part of its name."""
    return {row.domain.partition(".")[0]: str(row.state) for row in fleet.sites.order_by("position")}


def homes(fleet: Fleet) -> dict[str, str]:
    """On which platform each site really is."""
    rows = fleet.sites.order_by("position").values_list("domain", "site__platform__name")
    return {domain.partition(".")[0]: home for domain, home in rows}


def domains(fleet: Fleet) -> list[str]:
    return [task.subject_name.partition(".")[0] for task in at_work(fleet)]
