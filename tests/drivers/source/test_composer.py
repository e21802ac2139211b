"""Composer, really run, on packages in a folder of this machine: what is built, what runs, what is said."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from aegir.drivers.host.local import Driver as Host
from aegir.drivers.source import Access, Built, Source, Terms
from aegir.drivers.source.composer import Driver, install
from aegir.errors import Broken, Refused, Unreachable
from tests.drivers.source.composer_packages import OFFLINE, archive, packages, project, written
from tests.live.files import handing_out
from tests.live.normal_user import NORMAL_USER

USER = NORMAL_USER if os.geteuid() == 0 else None


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    """Where the packages are, readable by all."""
    place = Path(tempfile.mkdtemp(prefix="aegir-composer-", dir="/tmp"))
    place.chmod(0o755)
    packages(place / "packages")
    yield place
    shutil.rmtree(place)


@pytest.fixture
def into() -> Iterator[Path]:
    place = Path(tempfile.mkdtemp(prefix="aegir-build-", dir="/tmp"))
    if USER:
        shutil.chown(place, USER)
    yield place
    shutil.rmtree(place)


@pytest.fixture
def terms(tmp_path: Path, folder: Path) -> Terms:
    return Terms(
        cache=str(tmp_path / "cache"),
        user=USER,
        plugins=("studio/plac*",),
        repositories=(f"{folder}/packages",),
    )


def build(location: str | Path, into: Path, terms: Terms, said: list[str] | None = None) -> Built:
    lines = [] if said is None else said
    return Driver(Host()).build(Source("composer", str(location)), str(into), terms, lines.append)


def locked(folder: Path, name: str, **changed: Any) -> Path:
    """A project whose lock was made when there was but one guestbook."""
    place = written(folder / name, project(folder / "packages", **changed))
    old = project(folder / "packages", **changed)
    old["require"] = old["require"] | {"drupal/guestbook": "1.0.0"}
    written(place, old)
    env = {"PATH": os.environ["PATH"], "HOME": str(place), "COMPOSER_ALLOW_SUPERUSER": "1"}
    argv = ["composer", "update", "--no-install", "--no-plugins", "--no-interaction", "--quiet", "--no-audit"]
    subprocess.run(argv, cwd=place, env=env, check=True)
    written(place, project(folder / "packages", **changed))
    subprocess.run([*argv[:2], "--lock", *argv[2:]], cwd=place, env=env, check=True)
    shutil.rmtree(place / ".cache", ignore_errors=True)
    shutil.rmtree(place / ".composer", ignore_errors=True)
    shutil.rmtree(place / ".local", ignore_errors=True)
    shutil.rmtree(place / ".config", ignore_errors=True)
    return place


def test_a_package_becomes_a_whole_drupal(folder: Path, into: Path, terms: Terms) -> None:
    said: list[str] = []
    built = build("studio/project:1.2.0", into, terms, said)
    assert (into / "web/core/lib/Drupal.php").is_file()
    assert (into / "web/index.php").is_file(), "what a plugin does after all is put in was done"
    assert (into / "web/profiles/studio/studio.info.yml").is_file()
    assert not (into / ".aegir-build").exists()
    assert built.facts["project"] == "studio/project 1.2.0"
    assert built.facts["packages"] == {
        "drupal/core": "10.99.0", "drupal/guestbook": "1.1.0", "studio/greedy": "1.0.0",
        "studio/placing": "1.0.0", "symfony/http-foundation": "6.4.0",
    }  # fmt: skip
    assert built.facts["advisories"] == {}
    assert built.identity == f"lock {built.facts['lock']}"
    assert [line for line in said if "There is no composer.lock" in line]


def test_only_plugins_that_are_named_run_and_no_scripts(folder: Path, into: Path, terms: Terms) -> None:
    said: list[str] = []
    build("studio/project:1.2.0", into, terms, said)
    assert (into / "Placing.env").is_file()
    assert not (into / "Greedy.env").exists()
    assert not (into / "script-ran").exists()
    assert not (into / "vendor/studio/checks").exists(), "what development needs stays out"
    assert [line for line in said if "studio/greedy does not run" in line]
    assert not [line for line in said if "studio/placing does not run" in line]
    there = json.loads((into / "composer.json").read_text())
    assert there["config"]["allow-plugins"] == {"studio/placing": True, "studio/greedy": True}


def test_a_lock_is_kept_to_and_still_fits_its_composer_json(folder: Path, into: Path, terms: Terms) -> None:
    place, said = locked(folder, "locked"), list[str]()
    before = {name: (place / name).read_bytes() for name in ("composer.json", "composer.lock")}
    built = build(place / "composer.json", into, replace(terms, scripts=True), said)
    assert built.facts["packages"]["drupal/guestbook"] == "1.0.0"  # type: ignore[index,call-overload]
    assert {name: (into / name).read_bytes() for name in before} == before
    assert not [line for line in said if "not up to date" in line]
    assert (into / "script-ran").exists(), "terms allow it"
    assert built.facts["content_hash"] == json.loads(before["composer.lock"])["content-hash"]


def test_a_whole_directory_with_packages_of_its_own_is_copied(folder: Path, into: Path, terms: Terms) -> None:
    own = written(folder / "whole", project(folder / "packages"))
    said = project(folder / "packages")
    said["repositories"].insert(0, {"type": "path", "url": "own/*"})
    said["require"] |= {"studio/own": "*"}
    written(own, said)
    written(folder / "whole/own", {})
    written(folder / "whole/own/thing", {"name": "studio/own", "version": "2.0.0"})
    (own / ".git").mkdir()
    build(own, into, terms)
    assert (into / "vendor/studio/own/composer.json").is_file()
    assert not (into / "vendor/studio/own").is_symlink()
    assert not (into / ".git").exists()


def test_plugins_never_see_what_opens_hosts(folder: Path, into: Path, terms: Terms) -> None:
    said: list[str] = []
    opened = (
        Access("packages.example.org", "token", secret="s3cr3t-t0ken"),
        Access("git.example.org", "key", secret="-----BEGIN X-----\nAAAABBBBCCCCDDDD\n-----END X-----"),
    )
    build("studio/project", into, replace(terms, accesses=opened), said)
    seen = json.loads((into / "Placing.env").read_text())
    assert seen["COMPOSER_HOME"].startswith(f"{into}/")
    assert "COMPOSER_AUTH" not in seen
    everything = b"".join(each.read_bytes() for each in into.rglob("*") if each.is_file())
    assert b"s3cr3t-t0ken" not in everything
    assert b"AAAABBBB" not in everything
    assert "s3cr3t" not in "".join(said)


def test_a_private_repository_is_opened_and_its_advisories_are_kept(
    folder: Path, into: Path, terms: Terms
) -> None:
    advisory = {
        "advisoryId": "SA-1", "packageName": "studio/alone", "title": "Anybody may do anything", "link": "",
        "cve": "CVE-2026-1", "affectedVersions": "<1.5", "reportedAt": "2026-01-02T00:00:00+00:00",
        "sources": [], "remoteId": "SA-1", "composerRepository": "x",
    }  # fmt: skip
    archive(folder, {"name": "studio/alone", "version": "1.0.0"}, {"alone.php": "<?php\n"})
    with handing_out() as shelf:
        there = shelf.put("/alone.zip", (folder / "studio-alone-1.0.0.zip").read_bytes())
        package = {"name": "studio/alone", "version": "1.0.0", "dist": {"type": "zip", "url": there}}
        told = {"packages": {"studio/alone": [package]}, "security-advisories": [advisory]}
        shelf.put("/p2/studio/alone.json", json.dumps(told).encode())
        root = {
            "packages": [],
            "metadata-url": "/p2/%package%.json",
            "security-advisories": {"metadata": True},
        }
        shelf.put("/packages.json", json.dumps(root).encode())
        said = {"repositories": [{"type": "composer", "url": shelf.address("")}, OFFLINE],
                "require": {"studio/alone": "*"}, "config": {"secure-http": False}}  # fmt: skip
        opened = (Access("localhost", "token", secret="s3cr3t-t0ken"),)
        place = written(folder / "closed", said)
        built = build(place, into, replace(terms, private=True, accesses=opened))
        with pytest.raises(Refused, match="private network"):
            build(place, into, replace(terms, accesses=opened))
    assert (into / "vendor/studio/alone/alone.php").is_file()
    asked = {path: headers.get("Authorization") for path, headers in shelf.asked}
    assert asked["/packages.json"] == asked["/alone.zip"] == "Bearer s3cr3t-t0ken"
    found = built.facts["advisories"]
    assert isinstance(found, dict)
    assert [(each["advisoryId"], each["affectedVersions"]) for each in found["studio/alone"]] == [
        ("SA-1", "<1.5")
    ]


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"require": {"drupal/core": "^11"}}, ("fit together", "drupal/core", "^11")),
        ({"require": {"studio/nothing": "*"}}, ("fit together", "studio/nothing", "could not be found")),
    ],
)
def test_a_conflict_is_told_in_composers_own_words(
    folder: Path, into: Path, terms: Terms, changed: dict[str, Any], words: tuple[str, ...]
) -> None:
    place = written(folder / "conflict", project(folder / "packages", **changed))
    with pytest.raises(Refused) as caught:
        build(place, into, terms)
    assert all(word in str(caught.value) for word in words), caught.value
    assert "\n" not in str(caught.value)


def test_a_lock_that_does_not_go_with_its_project_is_refused(folder: Path, into: Path, terms: Terms) -> None:
    place = locked(folder, "stale")
    said = project(folder / "packages")
    written(place, said | {"require": said["require"] | {"studio/checks": "^1.0", "drupal/other": "*"}})
    with pytest.raises(Refused, match=r"does not go with the composer\.json.*drupal/other"):
        build(place, into, terms)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('{"name": "a/b",\n "require": }', "composer.json, line 2, column 13"),
        ("[]", "holds no settings"),
        ('{"config": 7}', "«config»"),
        ("[" * 100_000, "can be read"),
    ],
)
def test_what_is_no_composer_json_is_refused_with_the_place(
    folder: Path, into: Path, terms: Terms, text: str, words: str
) -> None:
    place = written(folder / "broken", {})
    (place / "composer.json").write_text(text)
    with pytest.raises(Refused, match=words):
        build(place, into, terms)


def test_a_composer_json_that_is_a_link_is_not_read(into: Path, terms: Terms, tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("top secret")
    (into / "composer.json").symlink_to(tmp_path / "secret")
    with pytest.raises(Refused, match=r"composer\.json is not a file") as caught:
        install(Host(), str(into), terms, lambda line: None, time.monotonic() + 60)
    assert "top secret" not in str(caught.value)


@pytest.mark.parametrize("address", ["http://127.0.0.1:9/x", "http://[::1]/", "git@10.0.0.7:a/b.git"])
def test_a_repository_in_a_private_network_is_refused(
    folder: Path, into: Path, terms: Terms, address: str
) -> None:
    place = written(folder / "private", {"repositories": [{"type": "vcs", "url": address}, OFFLINE]})
    with pytest.raises(Refused, match="private network"):
        build(place, into, terms)


def test_a_host_that_is_away_may_be_there_later(folder: Path, into: Path, terms: Terms) -> None:
    said = {
        "repositories": [{"type": "composer", "url": "http://127.0.0.1:9"}, OFFLINE],
        "require": {"a/b": "1"},
    }
    place = written(folder / "away", {**said, "config": {"secure-http": False}})
    with pytest.raises(Unreachable, match=r"127\.0\.0\.1"):
        build(place, into, replace(terms, private=True))


def test_a_build_ends_in_time(folder: Path, into: Path, terms: Terms) -> None:
    with pytest.raises(Broken, match=r"no time left|took longer"):
        build("studio/project", into, replace(terms, seconds=0.3))


def test_a_build_ends_within_its_size(folder: Path, into: Path, terms: Terms) -> None:
    with pytest.raises(Broken, match=r"more than 20 files"):
        build("studio/project", into, replace(terms, files=20))


@pytest.mark.parametrize(
    ("source", "field"),
    [
        (Source("composer", "nonsense"), "location"),
        (Source("composer", "Drupal/Core:10"), "location"),
        (Source("composer", "a/b:--flag"), "location"),
        (Source("composer", "a/b:1", reference="main"), "reference"),
        (Source("composer", "a/b:1", checksum="sha256:00"), "checksum"),
        (Source("composer", "/srv/../etc"), "location"),
    ],
)
def test_what_cannot_be_a_source_is_refused_at_once(source: Source, field: str) -> None:
    with pytest.raises(Refused) as caught:
        Driver(Host()).check(source)
    assert caught.value.field == field


def test_a_path_without_a_composer_json_is_refused(tmp_path: Path, into: Path, terms: Terms) -> None:
    with pytest.raises(Refused, match=r"There is no composer\.json at"):
        build("/nowhere/at/all", into, terms)
    if USER:
        with pytest.raises(Refused, match="chmod o"):
            build(tmp_path, into, terms)


def test_the_cache_is_kept_closed_and_used_again(into: Path, terms: Terms) -> None:
    build("studio/project", into, terms)
    kept = Path(terms.cache) / "composer"
    assert kept.is_dir()
    assert os.stat(terms.cache).st_mode & 0o077 == 0
    assert {each.owner() for each in [kept, *kept.rglob("*")]} == {Path(terms.cache).owner()}
    (kept / "mark").write_text("of the last build")
    for each in into.iterdir():
        shutil.rmtree(each) if each.is_dir() else each.unlink()
    build("studio/project", into, terms)
    assert (kept / "mark").is_file()
    assert os.listdir(terms.cache) == ["composer"]
