"""A site moves to the next release with all that is in it, or stays as it was; and it can come back."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from aegir.engine import ledger
from aegir.errors import Refused
from aegir.models import Backup, Pair, Platform, Site, Task
from aegir.operations import site_disable, site_migrate
from tests.operations.hosting import BY, Hosting, run
from tests.operations.moving import (
    DOMAIN,
    PAGE,
    TURNS,
    broken_everywhere,
    directory,
    front,
    installed,
    next_release,
    watching,
    world,
)

pytestmark = [pytest.mark.live, pytest.mark.django_db(transaction=True)]


def migrate(domain: str = DOMAIN) -> Task:
    return run(site_migrate.ask(domain=domain, platform="next", by=BY))


@pytest.mark.parametrize("db", ["mysql", "sqlite"])
def test_a_site_moves_with_all_that_is_in_it_and_its_updates_run(
    hosting: Hosting, ten: Platform, db: str
) -> None:
    target, site = next_release(hosting), installed(hosting, ten, db)
    old = directory(site)
    task = migrate()
    assert task.state == Task.State.SUCCEEDED, task.error
    site.refresh_from_db()
    assert site.platform == target
    page = front(hosting)
    assert PAGE in page
    assert str(target.root) in page
    assert (directory(site) / "files/before.txt").read_text() == "An upload"
    assert hosting.web.nginx.fetch(DOMAIN, "/files/before.txt").body == "An upload"
    assert not old.exists()
    kept = Pair.objects.kept().get()
    assert (kept.platform, kept.reason) == (ten, "site_migrate")
    backup = Backup.objects.get()
    assert (backup.state, backup.path.stat().st_size) == (Backup.State.READY, backup.size)


@pytest.mark.parametrize(("turn", "db"), TURNS)
def test_a_migration_that_breaks_at_any_step_leaves_the_site_as_it_was(
    hosting: Hosting, ten: Platform, turn: int, db: str
) -> None:
    next_release(hosting)
    installed(hosting, ten, db)
    start = world(hosting)

    def as_it_was(at: str) -> None:
        assert world(hosting) == start, at
        page = front(hosting)
        assert (PAGE in page, str(ten.root) in page) == (True, True), at

    def ask() -> Task:
        return site_migrate.ask(domain=DOMAIN, platform="next", by=BY)

    assert len(broken_everywhere(ask, turn, as_it_was)) > 20
    assert PAGE in front(hosting)


@pytest.mark.parametrize("how", ["throw", "exit", "memory"])
def test_an_update_that_fails_leaves_the_site_as_it_was_and_the_backup_stays(
    hosting: Hosting, ten: Platform, how: str
) -> None:
    next_release(hosting, failing=how)
    site = installed(hosting, ten, "mysql")
    start = world(hosting)
    task = migrate()
    assert task.state == Task.State.FAILED
    assert "guestbook_update_10003" in task.error
    assert world(hosting) == start
    assert PAGE in front(hosting)
    hosting.content(site).add_page("The database is not frozen")
    assert "The database is not frozen" in front(hosting)
    backup = Backup.objects.get()
    assert (backup.state, backup.path.stat().st_size) == (Backup.State.READY, backup.size)


def test_a_disabled_site_moves_and_stays_disabled(hosting: Hosting, ten: Platform) -> None:
    next_release(hosting)
    site = installed(hosting, ten)
    assert run(site_disable.ask(domain=DOMAIN, by=BY)).state == Task.State.SUCCEEDED
    task = migrate()
    assert task.state == Task.State.SUCCEEDED, task.error
    site.refresh_from_db()
    assert (site.state, site.platform.name) == (Site.State.DISABLED, "next")
    assert hosting.web.nginx.probe(DOMAIN) == 503


def test_visitors_see_the_site_or_that_it_is_closed_and_the_copies_are_made_before_that(
    hosting: Hosting, ten: Platform
) -> None:
    next_release(hosting)
    installed(hosting, ten, "mysql")
    task = site_migrate.ask(domain=DOMAIN, platform="next", by=BY)
    seen: list[tuple[str, int]] = []
    over = threading.Event()

    def visit() -> None:
        while not over.is_set():
            at = running[-1]
            seen.append((at, hosting.web.nginx.probe(DOMAIN)))

    running = ["beginning"]
    with watching(running.append):
        visitor = threading.Thread(target=visit)
        visitor.start()
        run(task)
        over.set()
        visitor.join(60)
    assert task.state == Task.State.SUCCEEDED, task.error
    assert {status for _, status in seen} == {200, 503}
    first = next(at for at, status in seen if status == 503)
    steps = [row.path.rpartition(":")[2] for row in task.steps.all()]
    assert steps.index(first) > steps.index("CopyTree") > steps.index("WriteBackup")
    assert hosting.web.nginx.probe(DOMAIN) == 200


def test_a_dry_run_says_what_would_be_done_and_does_none_of_it(hosting: Hosting, ten: Platform) -> None:
    next_release(hosting)
    installed(hosting, ten)
    start = world(hosting)
    with ledger.only_looking():
        task = site_migrate.ask(domain=DOMAIN, platform="next", by=BY)
    assert run(task).state == Task.State.SUCCEEDED
    told = list(task.lines.values_list("text", flat=True))
    assert len([line for line in told if line.startswith("Would be done")]) > 5
    assert world(hosting) == start
    assert (Pair.objects.count(), Backup.objects.count()) == (0, 0)


def test_where_a_site_cannot_go_is_said_at_once(hosting: Hosting, ten: Platform) -> None:
    target, site = next_release(hosting), installed(hosting, ten)

    def refused(platform: str, reason: str) -> None:
        counted = Task.objects.count(), Pair.objects.count(), Backup.objects.count()
        with pytest.raises(Refused, match=reason):
            site_migrate.ask(domain=DOMAIN, platform=platform, by=BY)
        assert counted == (Task.objects.count(), Pair.objects.count(), Backup.objects.count())

    refused("shaped", "is on shaped already")
    refused("nowhere", "no platform")
    remains = Path(target.root) / site.directory
    remains.mkdir()
    refused("next", "is already there")
    remains.rmdir()
    Platform.objects.filter(pk=target.pk).update(state=Platform.State.LOCKED)
    refused("next", "is locked")
    Platform.objects.filter(pk=target.pk).update(state=Platform.State.ENABLED)
    target.packages.filter(kind="module", name="guestbook").update(schema=10001)
    refused("next", "guestbook")
    target.packages.filter(kind="profile", name="studio").delete()
    refused("next", "studio")


def test_a_platform_that_went_bad_while_the_task_waited_fails_it(hosting: Hosting, ten: Platform) -> None:
    target = next_release(hosting)
    installed(hosting, ten)
    start = world(hosting)
    task = site_migrate.ask(domain=DOMAIN, platform="next", by=BY)
    target.packages.filter(kind="profile", name="studio").delete()
    assert run(task).state == Task.State.FAILED
    assert world(hosting) == start
