"""Whoever asks is told at once, in one sentence, and nothing is queued, nothing is changed."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from django.core import serializers

from aegir.engine import ledger
from aegir.errors import Refused
from aegir.models import Package, Platform, Secret, Server, Site, SiteName, Task, TaskKey
from aegir.operations import (
    places,
    platform_add,
    platform_delete,
    platform_verify,
    server_verify,
    site_delete,
    site_install,
    site_login,
    site_verify,
)

BY = "Alice"


def everything() -> list[str]:
    """Every row there is."""
    kinds = (Server, Platform, Site, SiteName, Secret, Package, Task, TaskKey)
    return [serializers.serialize("json", kind.objects.order_by("pk")) for kind in kinds]


def refused(ask: Callable[[], object], naming: str, field: str | None) -> None:
    before = everything()
    with pytest.raises(Refused) as refusal:
        ask()
    sentence = str(refusal.value)
    assert naming in sentence
    assert sentence.endswith(".")
    assert "\n" not in sentence
    assert refusal.value.field == field
    assert everything() == before


def installed(platform: Platform, domain: str = "example.org") -> Site:
    site_install.ask(domain=domain, platform=platform.name, by=BY)
    site = Site.objects.get(domain=domain)
    site.state = Site.State.ENABLED
    site.save()
    return site


def test_asking_for_a_site_takes_its_name_and_queues_one_task(platform: Platform) -> None:
    task = site_install.ask(domain="Bücher.example", platform="d10", by=BY)
    site = Site.objects.get()
    assert (task.state, task.subject_name, task.asked_by) == ("queued", "xn--bcher-kva.example", BY)
    assert (site.domain, site.profile, site.language, site.email) == (
        "xn--bcher-kva.example", "standard", "en", "admin@xn--bcher-kva.example",
    )  # fmt: skip
    assert site.database.driver == "mysql"
    assert site.database_name == site.database_user == f"xn_bcher_kva_example_{task.pk}"
    assert SiteName.objects.get().name == site.domain
    keys = {(key.key, key.shared) for key in task.keys.all()}
    server = platform.server_id
    assert keys == {(f"site:{site.pk}", False), (f"platform:{platform.pk}", True), (f"server:{server}", True)}


def test_a_database_name_fits_every_database() -> None:
    assert places.database_name("a-very-long-name-indeed.example.org", 12) == "a_very_long_name_ind_12"
    assert len(places.database_name("x" * 60 + ".example", 10**10)) <= 32


@pytest.mark.parametrize(
    ("wish", "naming", "field"),
    [
        ({"domain": ""}, "domain is needed", "domain"),
        ({"domain": "a b.example"}, "a b.example", "domain"),
        ({"platform": "nowhere"}, "nowhere", "platform"),
        ({"platform": "../etc"}, "../etc", "platform"),
        ({"profile": "fancy"}, "fancy", "profile"),
        ({"language": "tlh"}, "tlh", "language"),
        ({"db": "oracle"}, "oracle", "db"),
        ({"email": "nobody"}, "nobody", "email"),
    ],
)
def test_a_site_that_cannot_be_is_refused(
    platform: Platform, wish: dict[str, str], naming: str, field: str
) -> None:
    refused(
        lambda: site_install.ask(**{"domain": "example.org", "platform": "d10", **wish}, by=BY), naming, field
    )


@pytest.mark.parametrize("state", ["queued", "locked", "failed"])
def test_a_site_needs_a_platform_that_is_open(platform: Platform, state: str) -> None:
    Platform.objects.update(state=state)
    refused(lambda: site_install.ask(domain="example.org", platform="d10", by=BY), "d10", "platform")


def test_a_name_that_is_taken_is_refused_as_site_and_as_alias(platform: Platform) -> None:
    site = installed(platform)
    SiteName.objects.create(name="www.example.org", site=site)
    (Path(platform.root) / "sites/example.org").mkdir()
    refused(lambda: site_install.ask(domain="EXAMPLE.org", platform="d10", by=BY), "already a site", "domain")
    refused(
        lambda: site_install.ask(domain="www.example.org", platform="d10", by=BY),
        "already an alias of a site",
        "domain",
    )


def test_a_directory_that_nobody_knows_is_not_installed_over(platform: Platform) -> None:
    (Path(platform.root) / "sites/example.org").mkdir()
    refused(
        lambda: site_install.ask(domain="example.org", platform="d10", by=BY), "sites/example.org", "domain"
    )


def test_a_failed_install_frees_its_name_and_forgets_its_secrets(platform: Platform) -> None:
    task = site_install.ask(domain="example.org", platform="d10", by=BY)
    ledger.cancel(task, BY)
    site = Site.objects.get()
    assert (site.state, site.database_secret, Secret.objects.count()) == ("failed", None, 0)
    again = ledger.retry(task, "Bob")
    assert again.subject_id != site.pk
    assert again.retry_of == task
    assert {row.state for row in Site.objects.filter(domain="example.org")} == {"deleted", "queued"}


def test_only_installed_sites_are_verified_and_logged_in_to(platform: Platform) -> None:
    site_install.ask(domain="example.org", platform="d10", by=BY)
    refused(lambda: site_verify.ask(domain="example.org", by=BY), "cannot be verified", "domain")
    refused(lambda: site_login.ask(domain="example.org", by=BY), "cannot be logged in to", "domain")
    refused(lambda: site_delete.ask(domain="example.org", by=BY), "cancel its install task", "domain")
    refused(lambda: site_verify.ask(domain="other.example", by=BY), "other.example", "domain")


def test_a_login_goes_before_everything_else(platform: Platform) -> None:
    installed(platform)
    assert site_login.ask(domain="example.org", by=BY).priority > site_verify.ask(
        domain="example.org", by=BY
    ).priority  # fmt: skip


@pytest.mark.parametrize(
    ("path", "naming"),
    [
        ("", "not absolute"),
        ("relative/path", "not absolute"),
        ("/nowhere/at/all", "nothing at /nowhere/at/all"),
        ("/etc/hostname", "not a directory"),
        ("/tmp", "does not contain a valid Drupal installation"),
        ("/etc/'; DROP", "syntax"),
        ("/etc/\nx", "syntax"),
        ("/nul\0", "not absolute"),
        ("/" + "x" * 5000, "cannot be read"),
    ],
)
def test_a_path_that_is_no_codebase_is_refused(server: Server, path: str, naming: str) -> None:
    refused(lambda: platform_add.ask(name="new", path=path, by=BY), naming, "path")


def test_links_that_loop_are_refused(server: Server, tmp_path: Path) -> None:
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    refused(lambda: platform_add.ask(name="new", path=str(tmp_path / "loop"), by=BY), "loop", "path")


def test_a_codebase_is_added_by_its_real_path(server: Server, codebase: Path, tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(codebase)
    task = platform_add.ask(name="new", path=str(tmp_path / "link"), by=BY)
    platform = Platform.objects.get()
    assert (platform.path, platform.docroot, platform.state) == (str(codebase), "web", "queued")
    assert (task.operation, task.subject_name) == ("platform_verify", "new")


def test_a_codebase_that_php_cannot_reach_is_refused_with_the_remedy(server: Server, codebase: Path) -> None:
    php = server.services.get(family="php")
    php.settings["user"] = "nobody"
    php.save()
    codebase.chmod(0o700)
    if codebase.stat().st_uid != os.geteuid():
        pytest.skip("needs a folder of our own")
    refused(lambda: platform_add.ask(name="new", path=str(codebase), by=BY), f"chmod o+rx {codebase}", "path")


def test_names_and_paths_of_platforms_are_taken_once_and_never_nested(
    platform: Platform, codebase: Path
) -> None:
    inner = codebase / "web/inner"
    inner.mkdir()
    refused(lambda: platform_add.ask(name="d10", path=str(codebase), by=BY), "already a platform", "name")
    refused(lambda: platform_add.ask(name="x", path=str(codebase), by=BY), "already the platform", "path")
    refused(lambda: platform_add.ask(name="x", path=str(inner), by=BY), "inside the platform d10", "path")
    refused(lambda: platform_add.ask(name="X Y", path=str(codebase), by=BY), "cannot name", "name")


def test_a_platform_with_sites_is_not_deleted(platform: Platform) -> None:
    installed(platform)
    refused(lambda: platform_delete.ask(name="d10", by=BY), "example.org", None)
    Site.objects.update(state=Site.State.DELETED)
    strange = Path(platform.root) / "sites/strange.example"
    strange.mkdir()
    (strange / "settings.php").write_text("<?php\n")
    refused(lambda: platform_delete.ask(name="d10", by=BY), "strange.example", None)
    (strange / "settings.php").unlink()
    assert platform_delete.ask(name="d10", by=BY).operation == "platform_delete"


def test_unknown_platforms_and_servers_are_refused(platform: Platform) -> None:
    refused(lambda: platform_verify.ask(name="nowhere", by=BY), "choose from d10", "platform")
    refused(lambda: platform_delete.ask(name="nowhere", by=BY), "choose from d10", "platform")
    refused(lambda: server_verify.ask(name="nowhere", by=BY), "choose from localhost", "server")
    assert server_verify.ask(name="localhost", by=BY).state == "queued"
