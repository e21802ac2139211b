"""What Composer cannot build, or must not: what is said of it."""

from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from aegir.drivers.host.local import Driver as Host
from aegir.drivers.source import Source, Terms
from aegir.drivers.source.composer import Driver, install
from aegir.errors import Broken, Refused, Unreachable
from tests.drivers.source.composer_build import USER, build, folder, into, locked, terms
from tests.drivers.source.composer_packages import OFFLINE, project, written

__all__ = ["folder", "into", "terms"]


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
