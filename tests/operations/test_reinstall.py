"""A site begins anew under its name, and what it was can come back."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from aegir.engine.step import Step
from aegir.errors import Refused
from aegir.models import Backup, Pair, Platform, Secret, Task
from aegir.operations import site_reinstall, site_undo
from aegir.steps import app, files, record_arrival
from tests.operations.hosting import BY, Hosting, die, fail, run, run_killed, sabotage
from tests.operations.moving import DOMAIN, PAGE, directory, front, installed

pytestmark = [pytest.mark.live, pytest.mark.django_db(transaction=True)]


def succeeded(task: Task) -> Task:
    done = run(task)
    assert done.state == Task.State.SUCCEEDED, done.error
    return done


@pytest.mark.parametrize("db", ["mysql", "sqlite"])
def test_nothing_is_left_of_what_was_written_until_it_is_undone(
    hosting: Hosting, ten: Platform, db: str
) -> None:
    site = installed(hosting, ten, db)
    before = site.login_link()
    succeeded(site_reinstall.ask(domain=DOMAIN, by=BY))
    assert PAGE not in front(hosting)
    assert not (directory(site) / "files/before.txt").exists()
    site.refresh_from_db()
    assert (site.profile, site.title) == ("studio", DOMAIN)
    assert site.login_link() not in (None, before)
    assert Backup.objects.get().reason == "site_reinstall"
    succeeded(site_undo.ask(domain=DOMAIN, by=BY))
    assert PAGE in front(hosting)
    assert (directory(site) / "files/before.txt").read_text() == "An upload"


@pytest.mark.parametrize("step", [files.MakeDirectories, app.InstallDrupal, record_arrival.PairReinstalled])
@pytest.mark.parametrize(("when", "how"), [("after", fail), ("after", die)])
def test_a_broken_reinstall_leaves_the_site_as_it_was(
    hosting: Hosting, ten: Platform, step: type[Step], when: str, how: Callable[[], None]
) -> None:
    site = installed(hosting, ten)
    sealed = set(Secret.objects.values_list("pk", flat=True))
    asked = site_reinstall.ask(domain=DOMAIN, by=BY)
    with sabotage(step, when, how):
        task = run_killed(asked) if how is die else run(asked)
    assert task.state == Task.State.FAILED
    assert PAGE in front(hosting)
    assert (directory(site) / "files/before.txt").read_text() == "An upload"
    assert not Pair.objects.exists()
    assert set(Secret.objects.values_list("pk", flat=True)) == sealed
    assert not list(directory(site).parent.glob(".*"))
    succeeded(site_reinstall.ask(domain=DOMAIN, by=BY))


def test_a_profile_that_the_platform_lost_is_named(hosting: Hosting, ten: Platform) -> None:
    installed(hosting, ten)
    ten.profiles = ["minimal"]
    ten.save()
    with pytest.raises(Refused, match="no longer offers its profile studio"):
        site_reinstall.ask(domain=DOMAIN, by=BY)
