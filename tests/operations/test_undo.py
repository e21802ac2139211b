"""A site goes back to what it was before its last move; what it became meanwhile is not lost."""

from __future__ import annotations

import pytest

from aegir.errors import Refused
from aegir.models import Backup, Pair, Platform, Site, Task
from aegir.operations import pair_retire, site_changes, site_disable, site_migrate, site_undo
from tests.operations.hosting import BY, Hosting, run
from tests.operations.moving import (
    DOMAIN,
    PAGE,
    broken_everywhere,
    directory,
    front,
    installed,
    next_release,
    upload,
    world,
)

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


@pytest.mark.parametrize(("turn", "moved"), [(2, "mysql")], indirect=["moved"])
def test_an_undo_that_breaks_at_any_step_leaves_the_site_as_it_was(
    hosting: Hosting, moved: Site, turn: int
) -> None:
    start = world(hosting)

    def as_it_was(at: str) -> None:
        assert world(hosting) == start, at
        assert LATER in front(hosting), at

    assert len(broken_everywhere(lambda: site_undo.ask(domain=DOMAIN, by=BY), turn, as_it_was, every=3)) > 12
    assert LATER not in front(hosting)


def test_what_an_undo_would_take_back_is_told(moved: Site) -> None:
    task = run(site_changes.ask(domain=DOMAIN, by=BY))
    assert task.state == Task.State.SUCCEEDED, task.error
    [content] = [change for change in task.result["changes"] if change["what"] == "content"]
    assert content["newest"][0]["title"] == LATER


def test_a_disabled_site_is_disabled_after_its_undo_too(hosting: Hosting, moved: Site) -> None:
    assert run(site_disable.ask(domain=DOMAIN, by=BY)).state == Task.State.SUCCEEDED
    undo()
    assert hosting.web.nginx.probe(DOMAIN) == 503
    assert Site.objects.get(pk=moved.pk).state == Site.State.DISABLED


def test_what_was_retired_cannot_be_gone_back_to(hosting: Hosting, moved: Site) -> None:
    assert run(pair_retire.ask(pair=Pair.objects.get().pk, by=BY)).state == Task.State.SUCCEEDED
    for ask in (site_undo.ask, site_changes.ask):
        with pytest.raises(Refused, match=r"nothing that .* could go back to"):
            ask(domain=DOMAIN, by=BY)
    assert LATER in front(hosting)
