"""What the bridge will not do, and how that reads."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from aegir.drivers.app import SiteSecrets
from aegir.drivers.host import Stream
from aegir.errors import Broken
from tests.bridge.sites import PASSWORD, SALT, TestSite, lay_out
from tests.codebases import Ground


@pytest.fixture
def foreign_sites(installed: TestSite, empty: TestSite) -> Iterator[TestSite]:
    """An empty site whose platform has a sites.php of somebody else, which leads to the installed one."""
    sites = installed.ground.root / "sites/sites.php"
    ours = sites.read_text()
    wanted, found = (site.place.directory.removeprefix("sites/") for site in (empty, installed))
    # Drupal 7 and later put the port first.
    sites.write_text(f"<?php $sites['{wanted}'] = $sites['8080.{wanted}'] = '{found}';")
    yield empty
    sites.write_text(ours)


def test_a_directory_that_drupal_does_not_open_for_the_address_is_refused(
    installed: TestSite, foreign_sites: TestSite
) -> None:
    wanted = foreign_sites.place
    message = f"opens «{installed.place.directory}» for {wanted.uri}, not «{wanted.directory}»"
    for op in ("status", "update", "rebuild"):
        with pytest.raises(Broken, match=re.escape(message)):
            foreign_sites.ask(op)
    with pytest.raises(Broken, match=re.escape(message)):
        foreign_sites.install()


def test_a_directory_that_is_not_there_is_refused(installed: TestSite) -> None:
    gone = replace(installed, place=replace(installed.place, directory="sites/gone.example.org"))
    with pytest.raises(Broken, match=r"There is no directory sites/gone\.example\.org"):
        gone.ask("status")


def test_a_site_without_drupal_in_its_database_is_named(empty: TestSite) -> None:
    with pytest.raises(Broken, match=f"«status» of {empty.place.directory} failed: ."):
        empty.ask("status")


def test_installing_over_a_site_is_refused_by_drupal_and_harms_nothing(installed: TestSite) -> None:
    with pytest.raises(Broken, match="«install» of sites/"):
        installed.install()
    assert installed.ask("status")[0]["name"] == 'L\'été "here"'


def test_an_unknown_profile_fails_with_drupals_own_words(empty: TestSite) -> None:
    with pytest.raises(Broken, match="«install» of sites/"):
        empty.install(profile="no_such_profile")


@pytest.mark.parametrize("op", ["directory", "__construct", "boot", "", "drop"])
def test_only_ops_can_be_asked_for(installed: TestSite, op: str) -> None:
    with pytest.raises(Broken, match=f"There is no op called «{op}»"):
        installed.ask(op)


@pytest.mark.parametrize("op", ["install", "update"])
def test_ops_that_change_the_code_in_memory_run_alone(installed: TestSite, op: str) -> None:
    with pytest.raises(Broken, match="needs a process of its own"):
        installed.ask(op, "status")


def test_the_first_op_that_fails_ends_the_job(installed: TestSite) -> None:
    with pytest.raises(Broken, match="«login» of"):
        installed.ask("status", {"op": "login", "uid": 77}, {"op": "maintenance", "on": True})
    assert installed.ask("status")[0]["maintenance"] is False


def test_no_failure_tells_a_secret(ground: Ground, open_folder: Path) -> None:
    database = {
        "driver": "mysql",
        "database": "nowhere",
        "username": "nobody",
        "password": "very-secret-password",
        "host": "127.0.0.1",
        "port": "1",
        "unix_socket": "",
    }
    site = lay_out(ground, open_folder / "databases", database)
    heard: list[str] = []

    def listen(_: Stream, line: str) -> None:
        heard.append(line)

    with pytest.raises(Broken) as caught:
        site.ask("status", listener=listen)
    told = "\n".join([str(caught.value), *heard])
    assert "very-secret-password" not in told
    assert SALT not in told


def test_what_drupal_prints_is_heard_without_secrets(installed: TestSite) -> None:
    told = "password_hash"
    local = installed.folder / "local.settings.php"
    local.write_text(f"<?php fwrite(STDERR, 'I know {told} ' . {PASSWORD!a} . \"\\n\");")
    leaking = replace(installed, secrets=SiteSecrets(installed.secrets.database | {"password": told}, SALT))
    heard: list[tuple[Stream, str]] = []
    try:
        leaking.ask("status", listener=lambda stream, line: heard.append((stream, line)))
    finally:
        local.unlink()
    assert any(line.startswith("I know ********") for stream, line in heard if stream == "err")
    assert not any(told in line for _, line in heard)
