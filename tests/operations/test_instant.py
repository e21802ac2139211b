"""A new site comes from a prepared copy where one fits, and shares nothing with the one that left it."""

from __future__ import annotations

import html
import re
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from unittest import mock

import pytest

from aegir.engine.step import Step
from aegir.errors import Broken
from aegir.models import Default, Platform, Prepared, Site, Task
from aegir.operations import platform_delete, platform_verify, site_delete, site_disable, site_install
from aegir.steps import prepared, record_prepared
from tests.codebases import REAL, copied
from tests.operations.hosting import BY, Hosting, die, fail, run, run_killed, sabotage

pytestmark = [pytest.mark.live, pytest.mark.django_db(transaction=True)]

MODES = [("before", fail), ("after", fail), ("before", die), ("after", die)]


@pytest.fixture
def quick(hosting: Hosting, ten: Platform) -> Platform:
    """A platform whose sites may come from prepared copies."""
    Default.objects.filter(name="instant_sites").update(value=True)
    return ten


def ask(platform: Platform, domain: str, db: str = "sqlite", profile: str = "minimal") -> Task:
    return site_install.ask(domain=domain, platform=platform.name, profile=profile, db=db, by=BY)


def installed(platform: Platform, domain: str, db: str = "sqlite", profile: str = "minimal") -> Site:
    task = run(ask(platform, domain, db, profile))
    assert task.state == Task.State.SUCCEEDED, task.error
    return Site.objects.get(domain=domain, state=Site.State.ENABLED)


def steps(domain: str) -> list[str]:
    task = Task.objects.filter(subject_name=domain).latest("pk")
    return [row.path.rpartition(":")[2] for row in task.steps.all()]


@pytest.mark.parametrize("db", ["mysql", "sqlite"])
def test_the_second_site_of_its_kind_comes_from_a_copy_and_is_its_own(
    hosting: Hosting, quick: Platform, db: str
) -> None:
    one = installed(quick, "one.localhost", db)
    two = installed(quick, "two.localhost", db)
    assert "InstallDrupal" in steps("one.localhost")
    assert "InstallFromCopy" in steps("two.localhost")
    for site in (one, two):
        answer = hosting.web.nginx.fetch(site.domain)
        assert answer.status == 200
        assert site.domain in answer.body
    assert not set(hosting.content(one).identity()) & set(hosting.content(two).identity())
    assert one.database_secret.reveal() != two.database_secret.reveal()  # type: ignore[union-attr]


@pytest.fixture
def ten_for_real(hosting: Hosting) -> Platform:
    source = next(iter(sorted(REAL.glob("drupal-10*"), reverse=True)), None)
    if source is None:
        pytest.skip(f"There is no real Drupal 10 under {REAL} (AEGIR_DRUPAL_CODEBASES).")
    hosting.rows()
    path = copied(source, hosting.folder / "code/real")
    Default.objects.filter(name="instant_sites").update(value=True)
    return hosting.platform("real", path)


@pytest.mark.drupal
@pytest.mark.parametrize(("db", "name"), [("mysql", "two.localhost"), ("sqlite", "phone.localhost")])
def test_nothing_in_a_real_site_tells_of_the_one_that_its_copy_was_taken_from(
    hosting: Hosting, ten_for_real: Platform, db: str, name: str
) -> None:
    one = installed(ten_for_real, "one.localhost", db, "standard")
    two = installed(ten_for_real, name, db, "standard")
    assert "InstallFromCopy" in steps(name)
    telling = ["one.localhost", *filter(None, hosting.content(one).identity())]
    assert len(telling) == 4

    page = hosting.web.nginx.fetch(two.domain)
    assert (page.status, page.body.count(name) > 1) == (200, True)
    links = re.findall(r'(?:href|src)="(/sites/[^"]+)"', page.body)
    assert links
    assert {hosting.web.nginx.fetch(two.domain, html.unescape(link)).status for link in links} == {200}

    told = everything(hosting, two)
    assert b"cache_container" in told
    assert (found := told.replace(name.encode(), b"")) != told
    assert [word for word in telling if word.encode() in found] == []


def everything(hosting: Hosting, site: Site) -> bytes:
    """All that is in a site's tables, caches included, and in its files."""
    files = Path(site.platform.root) / "sites" / site.domain
    found = [path.read_bytes() for path in files.rglob("*") if path.is_file()]
    return hosting.content(site).stored() + b"".join(found)


def test_another_kind_of_site_does_not_come_from_that_copy(quick: Platform) -> None:
    installed(quick, "one.localhost", "sqlite")
    installed(quick, "two.localhost", "mysql")
    assert "InstallDrupal" in steps("two.localhost")
    assert Prepared.objects.filter(ready=True).count() == 2


def test_where_the_copy_is_spoilt_the_installer_does_it(hosting: Hosting, quick: Platform) -> None:
    installed(quick, "one.localhost", "mysql")
    copy = Prepared.objects.get()
    hosting.mariadb.query(f"DROP DATABASE `{copy.database_name}`")
    installed(quick, "two.localhost", "mysql")
    task = Task.objects.filter(subject_name="two.localhost").latest("pk")
    assert task.lines.filter(level="notice", text__contains="installer runs").exists()
    assert hosting.web.nginx.probe("two.localhost") == 200


def test_code_that_changed_retires_its_copies(hosting: Hosting, quick: Platform) -> None:
    installed(quick, "one.localhost", "mysql")
    copy = Prepared.objects.get()
    (Path(quick.root) / "modules/more").mkdir(parents=True)
    (Path(quick.root) / "modules/more/more.info.yml").write_text(
        "name: More\ntype: module\ncore_version_requirement: ^10\n"
    )
    assert run(platform_verify.ask(name=quick.name, by=BY)).state == Task.State.WARNED
    assert not Prepared.objects.exists()
    assert not copy.files.exists()
    assert (copy.database_name,) not in hosting.mariadb.query("SHOW DATABASES")
    installed(quick, "two.localhost", "mysql")
    assert "InstallDrupal" in steps("two.localhost")


def test_a_platform_takes_its_copies_with_it(hosting: Hosting, quick: Platform) -> None:
    start = hosting.state()
    run_until_left(quick)
    assert Prepared.objects.filter(ready=True).count() == 1
    assert run(platform_delete.ask(name=quick.name, by=BY)).state == Task.State.SUCCEEDED
    after = hosting.state()
    assert (after["databases"], after["secrets"]) == (start["databases"], start["secrets"])


def run_until_left(platform: Platform) -> Site:
    """A site that left a copy and is gone without a trace."""
    site = installed(platform, "one.localhost", "mysql")
    assert run(site_disable.ask(domain=site.domain, by=BY)).state == Task.State.SUCCEEDED
    Default.objects.update_or_create(name="backup_before_delete", defaults={"value": False})
    assert run(site_delete.ask(domain=site.domain, by=BY)).state == Task.State.SUCCEEDED
    return site


@pytest.mark.parametrize(("when", "how"), MODES)
def test_an_install_that_breaks_while_it_leaves_a_copy_leaves_nothing(
    hosting: Hosting, quick: Platform, when: str, how: Callable[[], None]
) -> None:
    start = hosting.state()
    task = broken(ask(quick, "one.localhost", "mysql"), prepared.KeepCopy, when, how)
    assert task.state == Task.State.FAILED
    assert hosting.state() == start
    assert not Prepared.objects.exists()


@pytest.mark.parametrize(
    "step", [prepared.InstallFromCopy, prepared.Personalise, record_prepared.SiteInstalled]
)
@pytest.mark.parametrize(("when", "how"), MODES)
def test_an_install_from_a_copy_that_breaks_leaves_the_copy_as_it_was(
    hosting: Hosting, quick: Platform, step: type[Step], when: str, how: Callable[[], None]
) -> None:
    installed(quick, "one.localhost", "sqlite")
    start = hosting.state()
    task = broken(ask(quick, "two.localhost"), step, when, how)
    assert task.state == Task.State.FAILED
    assert hosting.state() == start
    installed(quick, "two.localhost")
    assert "InstallFromCopy" in steps("two.localhost")


def test_a_copy_that_cannot_be_made_costs_nothing_but_the_copy(quick: Platform) -> None:
    with sabotage(prepared.KeepCopy, "before", fail):
        task = run(ask(quick, "one.localhost"))
    assert task.state == Task.State.FAILED
    with sabotage_copying():
        site = installed(quick, "one.localhost")
    assert site.state == Site.State.ENABLED
    assert not Prepared.objects.exists()


def sabotage_copying() -> AbstractContextManager[object]:
    return mock.patch.object(prepared.KeepCopy, "_take", side_effect=Broken("There is no room."))


def broken(task: Task, step: type[Step], when: str, how: Callable[[], None]) -> Task:
    with sabotage(step, when, how):
        return run_killed(task) if how is die else run(task)
