"""A site moves to the next release with all that is in it, or stays as it was; and it can come back."""

from __future__ import annotations

import pytest

from aegir.models import Backup, Pair, Platform, Task
from aegir.operations import site_migrate
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
