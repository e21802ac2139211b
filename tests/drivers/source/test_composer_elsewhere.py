"""Composer and other machines: it goes only where code may come from, by ssh only to who is known."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from aegir.drivers.source import Access, Terms
from aegir.errors import Refused
from tests.contracts.sources import git, repository
from tests.drivers.source.composer_build import build, folder, into, terms
from tests.drivers.source.composer_packages import OFFLINE, archive, written
from tests.live.certificates import context, make
from tests.live.files import Answer, Shelf, handing_out
from tests.live.sshd import Sshd, sshd

__all__ = ["folder", "into", "terms"]

OPEN, CLOSED = "127.0.0.1", "127.0.0.2"
"""What stands for the internet here, and for a network of one's own."""


@pytest.fixture
def safe(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Shelf]:
    """A repository of packages over https, whose certificate lies where the builder may read it."""
    monkeypatch.setattr("aegir.drivers.network.is_public", lambda address: address == OPEN)
    made = make(folder)
    made.chmod(0o644)
    with handing_out(context(made)) as shelf:
        yield shelf


def offered(shelf: Shelf, folder: Path, dist: str) -> Path:
    """A project whose one package comes from ``dist``, as a Composer repository tells."""
    archive(folder, {"name": "contract/more", "version": "1.0.0"}, {"more.php": "<?php // more\n"})
    content = (folder / "contract-more-1.0.0.zip").read_bytes()
    shelf.put("/more.zip", content)
    package = {"name": "contract/more", "version": "1.0.0",
               "dist": {"type": "zip", "url": dist, "shasum": hashlib.sha1(content).hexdigest()}}  # fmt: skip
    said = {"packages": {"contract/more": {"1.0.0": package}}}
    shelf.put("/packages.json", json.dumps(said).encode())
    place = shelf.address("", OPEN)
    project = {"repositories": [{"type": "composer", "url": place}, OFFLINE],
               "require": {"contract/more": "1.0.0"},
               "config": {"cafile": str(folder / "localhost.pem")}}  # fmt: skip
    return written(folder / "elsewhere", project)


def test_packages_come_through_the_proxy(safe: Shelf, folder: Path, into: Path, terms: Terms) -> None:
    place = offered(safe, folder, safe.address("/more.zip", OPEN))
    build(place, into, terms)
    assert (into / "vendor/contract/more/more.php").is_file()
    assert "/more.zip" in [path for path, _ in safe.asked]


@pytest.mark.parametrize("what", ["/packages.json", "/moved.zip"])
def test_a_redirect_into_a_private_network_is_refused(
    what: str, safe: Shelf, folder: Path, into: Path, terms: Terms
) -> None:
    """While versions are chosen as well as while packages are fetched."""
    place = offered(safe, folder, safe.address("/moved.zip", OPEN))
    there = {"Location": safe.address("/more.zip", CLOSED)}
    safe.answers[what] = Answer(status=302, headers=there)
    with pytest.raises(Refused, match=rf"Composer was sent to {CLOSED}, an address of a private network"):
        build(place, into, terms)
    assert what in [path for path, _ in safe.asked]
    assert "/more.zip" not in [path for path, _ in safe.asked]


@pytest.fixture
def server(folder: Path) -> Iterator[Sshd]:
    """One that hands out a package's repository."""
    root = folder / "repositories"
    if not root.exists():
        (root / "more").mkdir(parents=True)
        (root / "more/composer.json").write_text(json.dumps({"name": "contract/more"}))
        git("tag", "1.0.0", at=repository(root / "more"))
    with sshd(root) as server:
        yield server


def by_ssh(server: Sshd, folder: Path) -> Path:
    said = {"repositories": [{"type": "git", "url": server.address("more")}, OFFLINE],
            "require": {"contract/more": "1.0.0"}}  # fmt: skip
    return written(folder / "by-ssh", said)


def test_a_package_comes_by_ssh_from_a_host_that_stays_the_same(
    server: Sshd, folder: Path, into: Path, terms: Terms
) -> None:
    terms = replace(terms, private=True, accesses=(Access("localhost", "key", "", server.key),))
    build(by_ssh(server, folder), into, terms)
    assert (into / "vendor/contract/more/composer.json").is_file()
    assert not [
        path for path in into.rglob("*") if path.is_file() and server.key in path.read_text("latin-1")
    ]
    server.new_key()
    for path in (into / "vendor", Path(terms.cache, "composer")):
        shutil.rmtree(path)
    for name in ("composer.json", "composer.lock"):
        (into / name).unlink()
    with pytest.raises(Refused, match="is not the one that is known: somebody may stand in between"):
        build(by_ssh(server, folder), into, terms)


def test_ssh_goes_to_no_private_network_either(
    server: Sshd, folder: Path, into: Path, terms: Terms, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not even where the name led elsewhere when it was first looked at."""
    place = by_ssh(server, folder)
    monkeypatch.setattr("aegir.drivers.source.composer_project.Project.check_hosts", lambda project: None)
    with pytest.raises(Refused, match="Composer was sent to localhost, an address of a private network"):
        build(place, into, terms)
    assert server.asked == []
