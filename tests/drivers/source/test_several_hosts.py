"""Code from two hosts that are closed in different ways: each hears of its own credential alone."""

from __future__ import annotations

import base64
import json
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

import pytest

from aegir.drivers.source import Access, Terms
from aegir.errors import Refused
from tests.contracts.sources import repository
from tests.drivers.source.composer_build import build, folder, into, terms
from tests.drivers.source.composer_packages import OFFLINE, archive, written
from tests.drivers.source.making import Yard, make, place
from tests.live.files import handing_out
from tests.live.repositories import forging

__all__ = ["folder", "into", "place", "terms"]

ONE = Access("localhost", "password", "anna", "s3cret-one")
TWO = Access("127.0.0.1", "password", "bert", "s3cret-two")


def basic(access: Access) -> str:
    return f"Basic {base64.b64encode(f'{access.user}:{access.secret}'.encode()).decode()}"


def test_a_makefiles_projects(place: Yard) -> None:
    lines = ["projects[] = drupal"]
    with ExitStack() as stack:
        forges = []
        for access in (ONE, TWO):
            name = f"from_{access.user}"
            code = place.folder / access.user / name
            code.mkdir(parents=True)
            (code / f"{name}.info").write_text("x")
            repository(code)
            forge = stack.enter_context(forging(code.parent))
            forge.login = f"{access.user}:{access.secret}"
            forges.append(forge)
            lines += [f"projects[{name}][type] = module", f"projects[{name}][download][type] = git",
                      f"projects[{name}][download][url] = {forge.address(name, access.host)}"]  # fmt: skip
        makefile = place.write("site.make", make(*lines[1:]))
        with pytest.raises(Refused, match=r"site\.make:\d+: .*name a credential for 127\.0\.0\.1"):
            place.build(makefile, accesses=(ONE,))
        for forge in forges:
            forge.asked.clear()
        modules = place.build(makefile, accesses=(ONE, TWO)) / "sites/all/modules"
    assert {path.name for path in modules.iterdir()} == {"from_anna", "from_bert"}
    for forge, access in zip(forges, (ONE, TWO), strict=True):
        assert {given for _, given in forge.asked} <= {basic(access), ""}
        assert basic(access) in {given for _, given in forge.asked}


def test_composers_packages(folder: Path, into: Path, terms: Terms) -> None:
    repositories, wanted = [], {}
    with ExitStack() as stack:
        shelves = []
        for access in (ONE, TWO):
            name = f"{access.user}/package"
            shelf = stack.enter_context(handing_out())
            archive(folder, {"name": name, "version": "1.0.0"}, {"code.php": "<?php\n"})
            shelf.put("/code.zip", (folder / f"{access.user}-package-1.0.0.zip").read_bytes())
            package = {"name": name, "version": "1.0.0",
                       "dist": {"type": "zip", "url": shelf.address("/code.zip", access.host)}}  # fmt: skip
            shelf.put("/packages.json", json.dumps({"packages": {name: {"1.0.0": package}}}).encode())
            repositories.append({"type": "composer", "url": shelf.address("", access.host)})
            wanted[name] = "1.0.0"
            shelves.append(shelf)
        said = {"repositories": [*repositories, OFFLINE], "require": wanted, "config": {"secure-http": False}}
        build(written(folder / "two", said), into, replace(terms, private=True, accesses=(ONE, TWO)))
    for shelf, access in zip(shelves, (ONE, TWO), strict=True):
        assert (into / f"vendor/{access.user}/package/code.php").is_file()
        assert {headers.get("Authorization") for _, headers in shelf.asked} == {basic(access)}
        assert "/code.zip" in [path for path, _ in shelf.asked]
