"""Composer, really run, on packages in a folder of this machine: what is built, what runs, what is said."""

from __future__ import annotations

import json
import os
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from aegir.drivers.source import Access, Terms
from aegir.errors import Refused
from tests.drivers.source.composer_build import build, folder, into, locked, terms
from tests.drivers.source.composer_packages import OFFLINE, archive, project, written
from tests.live.files import handing_out

__all__ = ["folder", "into", "terms"]


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
