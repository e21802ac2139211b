"""Sites that lie on a platform and that nobody knows: found by its verification, and imported."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from aegir import operations
from aegir.drivers.app.drupal import Driver as Drupal
from aegir.engine.journal import Journal
from aegir.engine.log import TaskLog
from aegir.models import Site, SiteName, Task
from aegir.operations import drush_aliases, places, platform_verify
from aegir.steps.record import forget_secrets
from tests.faults.scenario import Scenario
from tests.faults.world import DOMAIN, Stranger, World, succeed
from tests.operations.hosting import BY, run


def estranged(world: World) -> None:
    """The site is there with settings of its own, and neither registry nor web server know of it."""
    site = world.site
    ref, secrets = places.site_ref(site), world.hosting.content(site).secrets
    world.strangers.append(Stranger(DOMAIN, site.database_name, site.database.driver))
    text = Drupal(world.hosting.web.host).settings(ref.place, ref.major, names=ref.names, cloaked=secrets)
    settings = Path(ref.path, "settings.php")
    settings.unlink()
    settings.write_text(text)
    world.hosting.web.driver.apply({world.hosting.web.driver.vhost_path(DOMAIN): None})
    SiteName.objects.filter(site=site).delete()
    forget_secrets(site)
    Site.objects.filter(pk=site.pk).update(state=Site.State.DELETED)
    task = Task.objects.latest("pk")
    drush = operations.world(task, TaskLog(Journal(task.pk, "")), {})
    drush_aliases.without(ref.host, [DOMAIN]).do(drush)


def ask_find(world: World) -> Task:
    return platform_verify.ask(name="now", by=BY)


def ask_import(world: World) -> Task:
    succeed(ask_find(world))
    return Task.objects.get(operation="site_import", state=Task.State.QUEUED)


def settled(world: World, task: Task) -> Iterator[str]:
    """What was found is imported, and served as it was; what was not may be found and imported again."""
    if task.state != Task.State.SUCCEEDED:
        task = succeed(ask_find(world))
    if task.operation == "platform_verify":
        task = run(Task.objects.get(operation="site_import", state=Task.State.QUEUED))
    if task.state != Task.State.SUCCEEDED:
        yield f"its import is {task.state}: {task.error}"
        return
    yield from world.whole(task)
    estranged(world)


IMPORTING = [
    Scenario("find sites", ask_find, estranged, settle=settled),
    Scenario("import", ask_import, estranged, settle=settled),
]
