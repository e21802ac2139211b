"""A site gets another one's database, files or both, and stays who it is; the other one notices nothing."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from aegir.engine.step import Step
from aegir.errors import Refused
from aegir.models import Backup, Pair, Platform, Site, Task
from aegir.operations import site_install, site_sync, site_undo, site_verify
from aegir.steps import app, database, record_arrival, trees
from tests.operations.hosting import BY, Hosting, die, fail, run, run_killed, sabotage
from tests.operations.moving import DOMAIN, PAGE, directory, front, installed, next_release, upload

pytestmark = [pytest.mark.live, pytest.mark.django_db(transaction=True)]

STAGE = "stage.localhost"
OWN = "Written on the stage"


def succeeded(task: Task) -> Task:
    done = run(task)
    assert done.state == Task.State.SUCCEEDED, done.error
    return done


def ask(what: str = "all", **wishes: bool) -> Task:
    return site_sync.ask(domain=STAGE, source=DOMAIN, what=what, by=BY, **wishes)


def stage(hosting: Hosting, platform: Platform, db: str = "sqlite") -> Site:
    """The site that is synced, with a page, an upload and settings of its own."""
    site = installed(hosting, platform, db, STAGE)
    hosting.content(site).add_page(OWN)
    upload(hosting, site, "own.txt", "Own")
    upload(hosting, site, "before.txt", "Own, too")
    (directory(site) / "local.settings.php").write_text("<?php // Of the stage\n")
    return site


LEFT: dict[str, tuple[list[str], dict[str, str | None]]] = {
    "all": ([PAGE, "Live"], {"before.txt": "An upload", "live.txt": "Live", "own.txt": None}),
    "database": ([PAGE, "Live"], {"before.txt": "Own, too", "live.txt": None, "own.txt": "Own"}),
    "files": ([PAGE, OWN], {"before.txt": "An upload", "live.txt": "Live", "own.txt": None}),
}
"""Pages and uploads of the stage after each kind of sync."""


@pytest.mark.parametrize(
    ("db", "what"), [("mysql", "all"), ("mysql", "database"), ("sqlite", "database"), ("sqlite", "files")]
)
def test_what_was_asked_for_comes_over_and_the_rest_stays(
    hosting: Hosting, ten: Platform, db: str, what: str
) -> None:
    pages, files = LEFT[what]
    live, synced = installed(hosting, ten, db), stage(hosting, ten, db)
    hosting.content(live).add_page("Live")
    upload(hosting, live, "live.txt", "Live")
    salt = synced.salt_secret.reveal() if synced.salt_secret else ""
    before, uuids = of_the_source(hosting), [uuid(live), uuid(synced)]
    succeeded(ask(what))
    synced.refresh_from_db()
    assert hosting.content(synced).titles() == pages
    for name, text in files.items():
        path = directory(synced) / "files" / name
        assert (path.read_text() if path.exists() else None) == text
    assert "Of the stage" in (directory(synced) / "local.settings.php").read_text()
    assert (synced.title, synced.salt_secret is not None) == (STAGE, True)
    assert synced.salt_secret.reveal() == salt if synced.salt_secret else False
    assert of_the_source(hosting) == before
    assert [uuid(live), uuid(synced)] == uuids
    assert hosting.content(live).titles() == [PAGE, "Live"]
    assert [hosting.web.nginx.probe(name) for name in (DOMAIN, STAGE)] == [200, 200]
    succeeded(site_undo.ask(domain=STAGE, by=BY))
    assert OWN in front(hosting, STAGE)


def uuid(site: Site) -> str:
    """As Drupal tells it."""
    task = succeeded(site_verify.ask(domain=site.domain, by=BY))
    found = task.steps.get(path__endswith=":InspectSite").found
    assert found["status"]["uuid"]
    return str(found["status"]["uuid"])


def of_the_source(hosting: Hosting) -> dict[str, object]:
    return {path: seen for path, seen in hosting.state().items() if f"sites/{DOMAIN}" in path}


@pytest.mark.parametrize(
    "step", [trees.RefreshTree, database.CopyDatabase, app.Identify, record_arrival.PairRestored]
)
@pytest.mark.parametrize(("when", "how"), [("after", fail), ("after", die)])
def test_a_broken_sync_leaves_both_as_they_were(
    hosting: Hosting, ten: Platform, step: type[Step], when: str, how: Callable[[], None]
) -> None:
    live, synced = installed(hosting, ten), stage(hosting, ten)
    asked = ask()
    with sabotage(step, when, how):
        task = run_killed(asked) if how is die else run(asked)
    assert task.state == Task.State.FAILED
    assert hosting.content(synced).titles() == [PAGE, OWN]
    assert hosting.content(live).titles() == [PAGE]
    assert (directory(synced) / "files/own.txt").read_text() == "Own"
    assert not Pair.objects.exists()
    assert Backup.objects.get().site == synced
    assert [hosting.web.nginx.probe(name) for name in (DOMAIN, STAGE)] == [200, 200]
    succeeded(ask())


def test_an_older_platforms_content_is_updated(hosting: Hosting, ten: Platform) -> None:
    target = next_release(hosting)
    installed(hosting, ten)
    stage(hosting, target)
    task = succeeded(ask("database"))
    assert task.lines.filter(text__contains="updates ran").exists()
    page = front(hosting, STAGE)
    assert (str(target.root) in page, OWN in page) == (True, False)
    with pytest.raises(Refused, match="cannot go to shaped"):
        site_sync.ask(domain=DOMAIN, source=STAGE, by=BY)


def test_sites_that_do_not_go_together_are_refused(hosting: Hosting, ten: Platform) -> None:
    installed(hosting, ten)
    hosting.platform("seven", hosting.code("seven"))
    for domain, platform, db in (
        ("seven.localhost", "seven", "sqlite"),
        ("other.localhost", "shaped", "mysql"),
    ):
        succeeded(site_install.ask(domain=domain, platform=platform, db=db, by=BY))
    for domain, source, sentence in (
        (DOMAIN, DOMAIN, "from itself"),
        (DOMAIN, "seven.localhost", "only sites of one major version"),
        (DOMAIN, "other.localhost", "only sites of one database server"),
        (DOMAIN, "no.localhost", "There is no site"),
    ):
        with pytest.raises(Refused, match=sentence):
            site_sync.ask(domain=domain, source=source, by=BY)
    with pytest.raises(Refused, match="There is no part of a site «code»"):
        site_sync.ask(domain=DOMAIN, source="other.localhost", what="code", by=BY)
