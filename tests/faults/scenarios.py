"""The operations that are broken: what must be there before each, how it is asked for."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from aegir.models import Backup, Pair, Task
from aegir.operations import (
    backup_delete,
    pair_retire,
    platform_verify,
    site_alias_add,
    site_alias_redirect,
    site_alias_remove,
    site_backup,
    site_clone,
    site_cron,
    site_delete,
    site_deploy,
    site_disable,
    site_enable,
    site_flush,
    site_install,
    site_login,
    site_migrate,
    site_permissions,
    site_rehearse,
    site_reinstall,
    site_rename,
    site_restore,
    site_sync,
    site_undo,
    site_update,
    site_verify,
)
from tests.drupal.application import upgraded
from tests.faults.building import BUILDING
from tests.faults.importing import IMPORTING
from tests.faults.scenario import Scenario, stay
from tests.faults.world import DOMAIN, World, succeed
from tests.operations.hosting import BY

SOURCE = "source.localhost"


def disabled(world: World) -> None:
    succeed(site_disable.ask(domain=DOMAIN, by=BY))


def moved(world: World) -> None:
    succeed(site_migrate.ask(domain=DOMAIN, platform="following", by=BY))


def backed_up(world: World) -> None:
    succeed(site_backup.ask(domain=DOMAIN, by=BY))


def aliased(world: World) -> None:
    succeed(site_alias_add.ask(domain=DOMAIN, name="alias.localhost", by=BY))


def sourced(world: World) -> None:
    wanted = {"domain": SOURCE, "platform": "now", "profile": "studio", "db": world.db}
    succeed(site_install.ask(**wanted, by=BY))


def behind(world: World) -> None:
    """The code under the site is a new release, whose updates wait."""
    upgraded(world.hosting.folder / "code/ten")
    succeed(platform_verify.ask(name="now", by=BY))


def spoilt(world: World) -> None:
    """Verify has something to mend, and the site answers all the same."""
    site, web = world.site, world.hosting.web
    settings = Path(site.platform.root, site.directory, "settings.php")
    changed = settings.read_text() + "// Changed by hand.\n"
    web.host.write(str(settings), changed.encode(), mode=0o444)
    vhost = web.driver.vhost_path(DOMAIN)
    web.driver.apply({vhost: Path(vhost).read_text() + "# Changed by hand.\n"})


def enabled(world: World) -> None:
    succeed(site_enable.ask(domain=DOMAIN, by=BY))


def without_alias(world: World) -> None:
    succeed(site_alias_remove.ask(domain=DOMAIN, name="alias.localhost", by=BY))


def without(domain: str) -> Callable[[World], None]:
    """Take a new site away again."""

    def take_away(world: World) -> None:
        succeed(site_delete.ask(domain=domain, by=BY))

    return take_away


def newest_backup() -> int:
    return Backup.objects.ready().latest("pk").pk


def ask_install(world: World) -> Task:
    return site_install.ask(domain="new.localhost", platform="now", profile="studio", db=world.db, by=BY)


def ask_deploy(world: World) -> Task:
    archive = str(Backup.objects.get(pk=newest_backup()).path)
    return site_deploy.ask(archive=archive, domain="deployed.localhost", platform="now", db=world.db, by=BY)


def ask_retire(world: World) -> Task:
    return pair_retire.ask(pair=Pair.objects.get(state=Pair.State.KEPT).pk, by=BY)


SCENARIOS = [
    Scenario("install", ask_install, back=without("new.localhost")),
    Scenario("verify", lambda world: site_verify.ask(domain=DOMAIN, by=BY), spoilt, spoilt),
    Scenario("login", lambda world: site_login.ask(domain=DOMAIN, by=BY), back=stay),
    Scenario("backup", lambda world: site_backup.ask(domain=DOMAIN, by=BY), back=stay),
    Scenario(
        "restore",
        lambda world: site_restore.ask(domain=DOMAIN, backup=newest_backup(), by=BY),
        backed_up,
        stay,
    ),
    Scenario("migrate", lambda world: site_migrate.ask(domain=DOMAIN, platform="following", by=BY)),
    Scenario("undo", lambda world: site_undo.ask(domain=DOMAIN, by=BY), moved, stay),
    Scenario("retire", ask_retire, moved),
    Scenario(
        "rehearse", lambda world: site_rehearse.ask(domain=DOMAIN, platform="following", by=BY), back=stay
    ),
    Scenario("rename", lambda world: site_rename.ask(domain=DOMAIN, to="renamed.localhost", by=BY)),
    Scenario(
        "clone",
        lambda world: site_clone.ask(domain=DOMAIN, to="clone.localhost", by=BY),
        back=without("clone.localhost"),
    ),
    Scenario("disable", lambda world: site_disable.ask(domain=DOMAIN, by=BY), back=enabled),
    Scenario("enable", lambda world: site_enable.ask(domain=DOMAIN, by=BY), disabled, disabled),
    Scenario("delete", lambda world: site_delete.ask(domain=DOMAIN, by=BY), back=World.fill),
    Scenario("reinstall", lambda world: site_reinstall.ask(domain=DOMAIN, by=BY), back=stay),
    Scenario("sync", lambda world: site_sync.ask(domain=DOMAIN, source=SOURCE, by=BY), sourced, stay),
    Scenario("deploy", ask_deploy, backed_up, without("deployed.localhost")),
    Scenario("update", lambda world: site_update.ask(domain=DOMAIN, by=BY), behind),
    Scenario("flush", lambda world: site_flush.ask(domain=DOMAIN, by=BY), back=stay),
    Scenario("cron", lambda world: site_cron.ask(domain=DOMAIN, by=BY), back=stay),
    Scenario("permissions", lambda world: site_permissions.ask(domain=DOMAIN, by=BY), back=stay),
    Scenario(
        "alias add",
        lambda world: site_alias_add.ask(domain=DOMAIN, name="alias.localhost", by=BY),
        back=without_alias,
    ),
    Scenario(
        "alias remove",
        lambda world: site_alias_remove.ask(domain=DOMAIN, name="alias.localhost", by=BY),
        aliased,
        aliased,
    ),
    Scenario(
        "alias redirect",
        lambda world: site_alias_redirect.ask(domain=DOMAIN, to="alias.localhost", by=BY),
        aliased,
    ),
    Scenario(
        "delete backup", lambda world: backup_delete.ask(backup=newest_backup(), by=BY), backed_up, backed_up
    ),
    Scenario("verify platform", lambda world: platform_verify.ask(name="now", by=BY), back=stay),
    *BUILDING,
    *IMPORTING,
]
