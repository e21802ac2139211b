"""A site goes back to what it was before its last move; what it became meanwhile is not lost."""

from __future__ import annotations

import pytest

from aegir.models import Backup, Pair, Platform, Site, Task
from aegir.operations import site_migrate, site_undo
from tests.operations.hosting import BY, Hosting, run
from tests.operations.moving import DOMAIN, PAGE, directory, front, installed, next_release, upload

pytestmark = [pytest.mark.live, pytest.mark.django_db(transaction=True)]

LATER = "Written after the move"


@pytest.fixture
def moved(hosting: Hosting, ten: Platform, request: pytest.FixtureRequest) -> Site:
    """A site on the next release, with a page and a file that it got there."""
    target = next_release(hosting)
    site = installed(hosting, ten, getattr(request, "param", "sqlite"))
    assert run(site_migrate.ask(domain=DOMAIN, platform="next", by=BY)).state == Task.State.SUCCEEDED
    site.refresh_from_db()
    assert site.platform == target
    hosting.content(site).add_page(LATER)
    upload(hosting, site, "after.txt", "Another upload")
    return site


def undo(pair: int | None = None) -> Task:
    task = run(site_undo.ask(domain=DOMAIN, pair=pair, by=BY))
    assert task.state == Task.State.SUCCEEDED, task.error
    return task


@pytest.mark.parametrize("moved", ["mysql", "sqlite"], indirect=True)
def test_undo_brings_back_site_and_platform_and_keeps_what_was_written_since(
    hosting: Hosting, ten: Platform, moved: Site
) -> None:
    undo()
    moved.refresh_from_db()
    page = front(hosting)
    assert moved.platform == ten
    assert (PAGE in page, LATER in page, str(ten.root) in page) == (True, False, True)
    files = sorted(path.name for path in (directory(moved) / "files").iterdir() if path.suffix == ".txt")
    assert files == ["before.txt"]
    backup = Backup.objects.get(reason="site_undo")
    assert backup.state == Backup.State.READY
    members = hosting.web.host.run(["tar", "tf", str(backup.path)]).out
    assert "files/after.txt" in members


def test_undoing_twice_goes_back_and_forth_again(hosting: Hosting, moved: Site) -> None:
    undo()
    undo()
    assert LATER in front(hosting)
    assert Pair.objects.kept().count() == 1
