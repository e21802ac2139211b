"""Operations are broken at every step, and the world is as it was, or as it should be.

Each step is made to fail before and after its work, and killed there with kill -9; and the host is killed
at changes that it makes. What is compared is everything: files with their owners and modes, databases,
users, names, secrets. What breaks goes on from the very same world, which must have stayed as it was. All
operations at all points are the fault matrix's (docs/faults.md).
"""

from __future__ import annotations

import functools
import itertools
from collections.abc import Callable
from unittest import mock

import pytest

from aegir import operations
from aegir.drivers.host.local import Driver as LocalHost
from aegir.engine import ledger
from aegir.engine.step import Step
from aegir.errors import Broken, Refused
from aegir.models import Platform, Secret, Site, Task
from aegir.operations import (
    platform_delete,
    platform_verify,
    server_verify,
    site_delete,
    site_install,
    site_login,
    site_verify,
)
from aegir.steps import app, database, files, record, room, site, trees, web
from tests.operations.hosting import BY, Hosting, die, fail, run, run_killed, sabotage

pytestmark = [pytest.mark.live, pytest.mark.django_db(transaction=True)]

DOMAIN = "demo.localhost"

INSTALL: list[type[Step]] = [
    room.HasRoom,
    database.CreateDatabase,
    files.MakeDirectories,
    site.WriteSettings,
    app.InstallDrupal,
    app.InspectSite,
    web.PublishSite,
    web.ProbeSite,
    record.SiteInspected,
]
BEFORE_DELETE: list[type[Step]] = [web.WithdrawSite, trees.MoveTree, record.SiteDeleted]
AFTER_DELETE: list[type[Step]] = [trees.RemoveTree, database.DropDatabase, record.ForgetSecrets]
MODES = [("before", fail), ("after", fail), ("before", die), ("after", die)]
ONE_OF_EACH = [("after", fail), ("before", die)]


def ask_install(platform: Platform, db: str = "mysql") -> Task:
    return site_install.ask(domain=DOMAIN, platform=platform.name, profile="minimal", db=db, by=BY)


def installed(platform: Platform) -> Site:
    task = run(ask_install(platform))
    assert task.state == Task.State.SUCCEEDED, task.error
    return Site.objects.get(state=Site.State.ENABLED)


def broken(task: Task, step: type[Step], when: str, how: Callable[[], None]) -> Task:
    with sabotage(step, when, how):
        return run_killed(task) if how is die else run(task)


@pytest.mark.parametrize("step", INSTALL)
def test_a_broken_install_leaves_nothing(hosting: Hosting, ten: Platform, step: type[Step]) -> None:
    start = hosting.state()
    for when, how in MODES:
        task = broken(ask_install(ten), step, when, how)
        assert task.state == Task.State.FAILED, (how, when)
        assert hosting.state() == start, (how, when)
        assert hosting.web.nginx.probe(DOMAIN) == 0, (how, when)
    again = run(ask_install(ten))
    assert again.state == Task.State.SUCCEEDED, again.error
    assert hosting.web.nginx.probe(DOMAIN) == 200


CHANGES = ("write", "make_directory", "set_attributes", "rename", "remove", "remove_tree", "run")


def dying_at(at: int) -> type[LocalHost]:
    """The real machine, which dies with kill -9 as it is to be changed for the ``at``-th time."""
    counter = itertools.count(1)

    def counting(name: str) -> Callable[..., object]:
        def calling(self: LocalHost, *args: object, **kwargs: object) -> object:
            if next(counter) == at:
                die()
            return getattr(LocalHost, name)(self, *args, **kwargs)

        return calling

    return type("Dying", (LocalHost,), {name: counting(name) for name in CHANGES})


@pytest.mark.parametrize("at", range(1, 40, 6))
def test_an_install_killed_at_any_change_of_the_host_leaves_nothing_or_a_site(
    hosting: Hosting, ten: Platform, monkeypatch: pytest.MonkeyPatch, at: int
) -> None:
    start = hosting.state()
    monkeypatch.setattr(operations, "connect", dying_at(at))
    sound = functools.partial(monkeypatch.setattr, operations, "connect", LocalHost)
    task = run_killed(ask_install(ten, db="sqlite"), before_recovery=sound)
    if task.state == Task.State.SUCCEEDED:
        assert hosting.web.nginx.probe(DOMAIN) == 200
        assert hosting.state()["kept copies"] == []
    else:
        assert task.state == Task.State.FAILED
        assert hosting.state() == start
        assert hosting.web.nginx.probe(DOMAIN) == 0


def test_a_stuck_install_is_given_up_and_deleted(hosting: Hosting, ten: Platform) -> None:
    start = hosting.state()
    undo = mock.patch.object(database.CreateDatabase, "undo", side_effect=Broken("The server is on fire."))
    with undo, sabotage(app.InstallDrupal, "after", fail):
        task = run(ask_install(ten))
    assert task.state == Task.State.STUCK
    assert "Create the database" in task.remedy
    with pytest.raises(Refused, match="is stuck"):
        site_delete.ask(domain=DOMAIN, by=BY)
    ledger.cancel(task, BY)
    assert run(site_delete.ask(domain=DOMAIN, by=BY)).state == Task.State.SUCCEEDED
    assert hosting.state() == start


def test_a_stuck_install_is_resumed_once_its_cause_is_gone(hosting: Hosting, ten: Platform) -> None:
    start = hosting.state()
    undo = mock.patch.object(database.CreateDatabase, "undo", side_effect=Broken("The server is on fire."))
    with undo, sabotage(app.InstallDrupal, "after", fail):
        task = run(ask_install(ten))
    assert run(ledger.retry(task, BY)).state == Task.State.FAILED
    assert hosting.state() == start


def test_a_delete_that_breaks_before_its_commit_leaves_the_site_as_it_was(
    hosting: Hosting, ten: Platform
) -> None:
    installed(ten)
    start = hosting.state()
    for step, (when, how) in itertools.product(BEFORE_DELETE, MODES):
        task = broken(site_delete.ask(domain=DOMAIN, by=BY), step, when, how)
        assert task.state == Task.State.FAILED, (step, how, when)
        assert hosting.state() == start, (step, how, when)
        assert hosting.web.nginx.probe(DOMAIN) == 200, (step, how, when)


@pytest.mark.parametrize("step", AFTER_DELETE)
def test_a_delete_that_breaks_after_its_commit_is_finished(
    hosting: Hosting, ten: Platform, step: type[Step]
) -> None:
    start = hosting.state()
    for when, how in ONE_OF_EACH:
        installed(ten)
        task = broken(site_delete.ask(domain=DOMAIN, by=BY), step, when, how)
        assert task.state == Task.State.SUCCEEDED, task.error
        assert hosting.state() == start, (how, when)
        assert hosting.web.nginx.probe(DOMAIN) == 0, (how, when)


VERIFY: list[type[Step]] = [site.WriteSettings, web.PublishSite, app.InspectSite, record.SiteInspected]


def test_a_broken_verify_leaves_the_site_as_it_was(hosting: Hosting, ten: Platform) -> None:
    spoil(hosting, installed(ten))
    start = without_what_php_writes(hosting)
    for step, (when, how) in itertools.product(VERIFY, MODES):
        task = broken(site_verify.ask(domain=DOMAIN, by=BY), step, when, how)
        assert task.state == Task.State.FAILED, (step, how, when)
        assert without_what_php_writes(hosting) == start, (step, how, when)
    assert run(site_verify.ask(domain=DOMAIN, by=BY)).state == Task.State.SUCCEEDED


def spoil(hosting: Hosting, place: Site) -> None:
    """Give verify something to mend."""
    settings = f"{place.platform.root}/{place.directory}/settings.php"
    hosting.web.host.write(settings, b"<?php // spoilt\n", mode=0o444)
    hosting.web.nginx.apply({hosting.web.nginx.vhost_path(DOMAIN): "# spoilt\n"})


def without_what_php_writes(hosting: Hosting) -> dict[str, object]:
    return {
        path: seen for path, seen in hosting.state().items() if "/files/" not in path and path != "secrets"
    }


@pytest.mark.parametrize(
    "step", [app.ScanCode, web.PublishPool, web.PublishPlatform, record.PlatformVerified]
)
@pytest.mark.parametrize(("when", "how"), ONE_OF_EACH)
def test_a_broken_first_verify_of_a_platform_leaves_the_code_as_it_was(
    hosting: Hosting, step: type[Step], when: str, how: Callable[[], None]
) -> None:
    hosting.rows()
    path = hosting.code("ten")
    start = hosting.state()
    with pytest.raises(AssertionError), sabotage(step, when, how):
        hosting.platform("shaped", path, run_killed if how is die else run)
    assert Platform.objects.get().state == Platform.State.FAILED
    assert hosting.state() == start
    assert run(platform_verify.ask(name="shaped", by=BY)).state == Task.State.SUCCEEDED


DELETE_PLATFORM: list[type[Step]] = [
    web.PublishPlatform,
    web.PublishPool,
    trees.MoveTree,
    record.PlatformDeleted,
]


def test_a_platform_whose_deletion_breaks_is_as_it_was(hosting: Hosting, ten: Platform) -> None:
    start = hosting.state()
    for step, (when, how) in itertools.product(DELETE_PLATFORM, MODES):
        task = broken(platform_delete.ask(name=ten.name, by=BY), step, when, how)
        assert task.state == Task.State.FAILED, (step, how, when)
        assert hosting.state() == start, (step, how, when)
    assert run(platform_delete.ask(name=ten.name, by=BY)).state == Task.State.SUCCEEDED
    assert hosting.web.host.stat(ten.path) is None


def test_a_broken_login_leaves_no_link(hosting: Hosting, ten: Platform) -> None:
    place = installed(ten)
    sealed = set(Secret.objects.values_list("pk", flat=True))
    for when, how in MODES:
        task = broken(site_login.ask(domain=DOMAIN, by=BY), record.LoginMade, when, how)
        assert task.state == Task.State.FAILED
        assert Site.objects.get(pk=place.pk).login_secret_id == place.login_secret_id
        assert set(Secret.objects.values_list("pk", flat=True)) == sealed


def test_a_server_that_cannot_be_proved_says_so_until_it_can(hosting: Hosting) -> None:
    server = hosting.rows()
    start = hosting.state()
    with sabotage(database.ProveDatabases, "after", fail):
        task = run(server_verify.ask(name="localhost", by=BY))
    server.refresh_from_db()
    assert (task.state, server.state) == (Task.State.FAILED, "failed")
    assert hosting.state() == start
    assert run(server_verify.ask(name="localhost", by=BY)).state == Task.State.SUCCEEDED
    server.refresh_from_db()
    assert server.state == "enabled"
    assert "PHP" not in server.facts
    room = {each.what: each for each in server.room()}
    assert set(room) == {"platforms", "backups"}
    assert 0 < room["backups"].free <= room["backups"].size
    assert server.facts["mysql"].startswith("MariaDB")
