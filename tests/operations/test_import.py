"""Verifying a platform finds the sites that lie on it and takes them in without touching them."""

from __future__ import annotations

import hashlib
import itertools
from collections.abc import Callable
from pathlib import Path

import pytest

from aegir.drivers.app.drupal import Driver as Drupal
from aegir.errors import Refused
from aegir.models import Platform, Secret, Site, SiteName, Task
from aegir.operations import places, platform_delete, platform_verify, site_import, site_verify
from aegir.steps import app, imports, record_import, web
from aegir.steps.record import forget_secrets
from tests.operations.hosting import BY, Hosting, die, fail, run, run_killed, sabotage
from tests.operations.moving import DOMAIN, PAGE, directory, front, installed

pytestmark = [pytest.mark.live, pytest.mark.django_db(transaction=True)]


def verified(ten: Platform) -> Task:
    return run(platform_verify.ask(name=ten.name, by=BY))


def imported() -> Task:
    return run(Task.objects.get(operation="site_import", state=Task.State.QUEUED))


def stranger(hosting: Hosting, ten: Platform, db: str = "mysql") -> Path:
    """A site with settings of its own that no registry knows and no web server serves; its directory."""
    site = installed(hosting, ten, db)
    place, ref = directory(site), places.site_ref(site)
    secrets = hosting.content(site).secrets
    names = (*ref.names, f"www.{DOMAIN}")
    text = Drupal(hosting.web.host).settings(ref.place, ref.major, names=names, cloaked=secrets)
    (place / "settings.php").unlink()
    (place / "settings.php").write_text(text + "\n// Mine\n")
    hosting.web.nginx.apply({hosting.web.nginx.vhost_path(DOMAIN): None})
    SiteName.objects.all().delete()
    forget_secrets(site)
    Site.objects.filter(pk=site.pk).update(state=Site.State.DELETED)
    return place


def untouched(place: Path) -> dict[str, object]:
    """All of a directory, but what PHP itself makes there."""
    return {
        str(path): (path.lstat().st_mode, path.lstat().st_uid, path.is_file() and digest(path))
        for path in place.rglob("*")
        if not {"php", "temp"} & set(path.relative_to(place).parts)
    }


def digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


@pytest.mark.parametrize("db", ["mysql", "sqlite"])
def test_a_site_that_lies_there_is_served_as_it_is(hosting: Hosting, ten: Platform, db: str) -> None:
    place = stranger(hosting, ten, db)
    (place.parent / "local.sites.php").write_text(
        f"<?php\n$sites['www.demo.localhost'] = '{DOMAIN}';\n$sites['8080.demo.localhost'] = '{DOMAIN}';\n"
    )
    before = untouched(place)
    assert verified(ten).state == Task.State.SUCCEEDED
    task = imported()
    assert task.state == Task.State.SUCCEEDED, task.error
    assert untouched(place) == before
    assert PAGE in front(hosting)
    assert PAGE in front(hosting, "www.demo.localhost")
    site = Site.objects.live().get()
    assert (site.state, site.profile, site.cloaked) == (Site.State.ENABLED, "studio", False)
    assert (site.database.driver, site.title) == (db, DOMAIN)
    assert set(site.names.values_list("name", flat=True)) == {DOMAIN, "www.demo.localhost"}
    assert site.packages.filter(name="guestbook", enabled=True).exists()
    assert verified(ten).state == Task.State.SUCCEEDED
    assert Site.objects.live().count() == 1


def test_a_verify_makes_it_ours_and_its_content_stays(hosting: Hosting, ten: Platform) -> None:
    place = stranger(hosting, ten)
    verified(ten)
    imported()
    task = run(site_verify.ask(domain=DOMAIN, by=BY))
    assert task.state == Task.State.SUCCEEDED, task.error
    assert "// Mine" not in (place / "settings.php").read_text()
    assert PAGE in front(hosting)


def test_what_an_older_aegir_kept_apart_is_found(hosting: Hosting, ten: Platform) -> None:
    place = stranger(hosting, ten)
    settings = place / "settings.php"
    plain = settings.read_text()
    start, end = plain.index("$databases"), plain.index("if ($databases")
    (place / "drushrc.php").write_text(f"<?php\n{plain[start:end]}$options['db'] = $databases;\n")
    settings.write_text(plain[:start] + "$databases = $options['db'] ?? [];\n" + plain[end:])
    assert verified(ten).state == Task.State.SUCCEEDED
    assert Site.objects.live().get().database_name


def cloak(text: str) -> str:
    return text[: text.index("$databases")] + "\n"


def prefix(text: str) -> str:
    return text.replace("'prefix' => ''", "'prefix' => 'd_'")


def elsewhere(text: str) -> str:
    return text + "$databases['default']['default']['unix_socket'] = '/run/other.sock';\n"


def administer(text: str) -> str:
    return text + "$databases['default']['default']['username'] = 'root';\n"


def leave(text: str) -> str:
    return text + "exit('Bye');\n"


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (cloak, "its settings name no database"),
        (prefix, "its tables have a prefix"),
        (elsewhere, "no server that Aegir knows has its mysql database"),
        (administer, "give it a database and a user of its own"),
        (leave, "it ends PHP"),
    ],
)
def test_what_cannot_be_taken_in_is_named_with_the_reason(
    hosting: Hosting, ten: Platform, change: Callable[[str], str], reason: str
) -> None:
    settings = stranger(hosting, ten) / "settings.php"
    settings.write_text(change(settings.read_text()))
    task = verified(ten)
    assert task.state == Task.State.WARNED
    (warning,) = task.lines.filter(level="warning").values_list("text", flat=True)
    assert warning.startswith(f"{settings.parent} is not taken in: ")
    assert reason in warning
    assert (Site.objects.live().count(), Secret.objects.count()) == (0, 0)
    with pytest.raises(Refused, match="that Aegir does not know"):
        platform_delete.ask(name=ten.name, by=BY)


def test_a_directory_that_is_no_domain_is_named_with_the_remedy(hosting: Hosting, ten: Platform) -> None:
    place = stranger(hosting, ten)
    place.rename(place.parent / "default_old")
    task = verified(ten)
    assert task.state == Task.State.WARNED
    assert task.lines.filter(level="warning", text__contains="its name is no domain: rename it").exists()
    assert Site.objects.live().count() == 0


def test_the_database_of_another_site_is_not_taken(hosting: Hosting, ten: Platform) -> None:
    place = stranger(hosting, ten)
    verified(ten)
    imported()
    twin = place.parent / "twin.localhost"
    twin.mkdir()
    (twin / "settings.php").write_text((place / "settings.php").read_text())
    task = verified(ten)
    assert task.lines.filter(level="warning", text__contains="it shares").exists()
    assert Site.objects.live().count() == 1


ONE_OF_EACH = [("after", fail), ("before", die)]


def test_a_broken_verify_has_taken_nothing_in(hosting: Hosting, ten: Platform) -> None:
    place = stranger(hosting, ten)
    before, start = untouched(place), hosting.state()
    for step, (when, how) in itertools.product([imports.FindSites, record_import.SitesTakenIn], ONE_OF_EACH):
        asked = platform_verify.ask(name=ten.name, by=BY)
        with sabotage(step, when, how):
            task = run_killed(asked) if how is die else run(asked)
        assert task.state == Task.State.FAILED, (step, how, when)
        assert (untouched(place), hosting.state()) == (before, start), (step, how, when)
    assert verified(ten).state == Task.State.SUCCEEDED
    assert imported().state == Task.State.SUCCEEDED


@pytest.mark.parametrize("step", [app.InspectSite, web.PublishSite, record_import.SiteImported])
def test_a_broken_import_leaves_a_stranger_that_is_found_again(
    hosting: Hosting, ten: Platform, step: type
) -> None:
    place = stranger(hosting, ten)
    before, secrets = untouched(place), Secret.objects.count()
    for when, how in ONE_OF_EACH:
        verified(ten)
        asked = Task.objects.get(operation="site_import", state=Task.State.QUEUED)
        with sabotage(step, when, how):
            task = run_killed(asked) if how is die else run(asked)
        assert task.state == Task.State.FAILED, (how, when)
        assert (untouched(place), Secret.objects.count()) == (before, secrets), (how, when)
        assert (SiteName.objects.count(), hosting.web.nginx.probe(DOMAIN)) == (0, 0), (how, when)
    verified(ten)
    assert imported().state == Task.State.SUCCEEDED
    assert PAGE in front(hosting)


def test_only_what_was_found_is_imported(hosting: Hosting, ten: Platform) -> None:
    installed(hosting, ten)
    with pytest.raises(Refused, match="not waiting to be imported"):
        site_import.ask(domain=DOMAIN, by=BY)
