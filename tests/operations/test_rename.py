"""A site gets another domain: what it holds and what it calls itself follow, the old name leads there."""

from __future__ import annotations

import pytest

from aegir.models import Pair, Platform, SiteName, Task
from aegir.operations import site_rename, site_undo
from tests.operations.hosting import BY, Hosting, run
from tests.operations.moving import DOMAIN, PAGE, directory, front, installed, next_release

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
    assert (site.domain, PAGE in page, f"sites/{NEW}" in page) == (NEW, True, True)
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
