"""A site gets another domain: what it holds and what it calls itself follow, the old name leads there."""

from __future__ import annotations

import pytest

from aegir.errors import Refused
from aegir.models import Pair, Platform, SiteName, Task
from aegir.operations import site_alias_add, site_rename, site_undo
from tests.operations.hosting import BY, Hosting, run
from tests.operations.moving import (
    DOMAIN,
    PAGE,
    broken_everywhere,
    directory,
    front,
    installed,
    next_release,
    world,
)

pytestmark = [pytest.mark.live, pytest.mark.django_db(transaction=True)]

NEW = "new.localhost"


def rename(**wish: str) -> Task:
    task = run(site_rename.ask(**{"domain": DOMAIN, "to": NEW, **wish}, by=BY))
    assert task.state == Task.State.SUCCEEDED, task.error
    return task


@pytest.mark.parametrize("db", ["mysql", "sqlite"])
def test_a_renamed_site_answers_to_its_new_name_and_the_old_one_leads_there(
    hosting: Hosting, ten: Platform, db: str
) -> None:
    site = installed(hosting, ten, db)
    old = directory(site)
    rename()
    site.refresh_from_db()
    page = front(hosting, NEW)
    assert (site.domain, site.title, PAGE in page, f"sites/{NEW}" in page) == (NEW, NEW, True, True)
    assert hosting.web.nginx.fetch(NEW, "/files/before.txt").body == "An upload"
    answer = hosting.web.nginx.fetch(DOMAIN, "/some/page")
    assert (answer.status, answer.location) == (301, f"http://{NEW}:{hosting.web.port}/some/page")
    assert not old.exists()
    assert not (hosting.folder / f"nginx/vhost.d/{DOMAIN}.conf").exists()


@pytest.mark.parametrize(("keep", "status"), [("alias", 200), ("drop", 0)])
def test_the_old_name_may_serve_the_site_or_go(
    hosting: Hosting, ten: Platform, keep: str, status: int
) -> None:
    installed(hosting, ten)
    rename(keep=keep)
    assert hosting.web.nginx.probe(NEW) == 200
    assert hosting.web.nginx.probe(DOMAIN) == status


def test_the_undo_of_a_rename_brings_the_old_name_back_and_frees_the_new_one(
    hosting: Hosting, ten: Platform
) -> None:
    site = installed(hosting, ten)
    rename(platform=next_release(hosting).name)
    assert run(site_undo.ask(domain=NEW, by=BY)).state == Task.State.SUCCEEDED
    site.refresh_from_db()
    page = front(hosting)
    assert (site.domain, site.platform, PAGE in page) == (DOMAIN, ten, True)
    assert [row.name for row in SiteName.objects.all()] == [DOMAIN]
    assert hosting.web.nginx.probe(NEW) == 0
    assert Pair.objects.kept().get().domain == NEW


@pytest.mark.parametrize(("turn", "db", "elsewhere"), [(0, "sqlite", False), (3, "mysql", True)])
def test_a_rename_that_breaks_at_any_step_leaves_the_site_as_it_was(
    hosting: Hosting, ten: Platform, turn: int, db: str, elsewhere: bool
) -> None:
    target = next_release(hosting).name if elsewhere else None
    installed(hosting, ten, db)
    start = world(hosting)

    def as_it_was(at: str) -> None:
        assert world(hosting) == start, at
        assert PAGE in front(hosting), at
        assert hosting.web.nginx.probe(NEW) == 0, at

    def ask() -> Task:
        return site_rename.ask(domain=DOMAIN, to=NEW, platform=target, by=BY)

    assert len(broken_everywhere(ask, turn, as_it_was, every=3)) > 20
    assert PAGE in front(hosting, NEW)


def test_an_alias_can_become_the_name_and_the_undo_makes_it_an_alias_again(
    hosting: Hosting, ten: Platform
) -> None:
    installed(hosting, ten)
    run(site_alias_add.ask(domain=DOMAIN, name=NEW, by=BY))
    rename()
    assert hosting.web.nginx.probe(DOMAIN) == 301
    assert PAGE in front(hosting, NEW)


@pytest.mark.parametrize(
    ("wish", "reason"),
    [
        ({"to": DOMAIN}, "is the name that the site has"),
        ({"to": "other.localhost"}, "is already a site"),
        ({"to": "left.localhost"}, "sites/left.localhost is already there"),
        ({"to": "no domain"}, "is not a domain"),
        ({"to": NEW, "keep": "burn"}, "no way to keep a name"),
        ({"to": NEW, "platform": "nowhere"}, "no platform"),
    ],
)
def test_a_name_that_cannot_be_is_refused(
    hosting: Hosting, ten: Platform, wish: dict[str, str], reason: str
) -> None:
    site = installed(hosting, ten)
    installed(hosting, ten, domain="other.localhost")
    (directory(site).parent / "left.localhost").mkdir()
    asked = Task.objects.count()
    with pytest.raises(Refused, match=reason):
        site_rename.ask(**{"domain": DOMAIN, **wish}, by=BY)
    assert (Task.objects.count(), SiteName.objects.count(), Pair.objects.count()) == (asked, 2, 0)
