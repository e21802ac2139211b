"""Where things go: never outside of the code."""

from __future__ import annotations

import posixpath
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aegir.drivers.source.makefile import Library, Origin, Place, Project, WrongMakefile
from aegir.drivers.source.makefile_check import check
from aegir.drivers.source.makefile_places import contributed, place

HERE = Place(Origin("/srv/site.make"), 1)


@pytest.mark.parametrize(
    ("major", "kind", "expected"),
    [
        (7, "core", ""),
        (7, "module", "sites/all/modules/x"),
        (7, "theme", "sites/all/themes/x"),
        (7, "profile", "profiles/x"),
        (7, "library", "sites/all/libraries/x"),
        (10, "module", "modules/x"),
        (10, "theme", "themes/x"),
        (10, "profile", "profiles/x"),
        (10, "library", "libraries/x"),
    ],
)
def test_places(major: int, kind: str, expected: str) -> None:
    assert place(Library("x", HERE), contributed(major), kind) == expected


def test_places_that_are_named() -> None:
    module = Project("x", HERE, subdir="contrib/own", directory_name="y")
    assert place(module, "profiles/acme", "module") == "profiles/acme/modules/contrib/own/y"
    library = Library("x", HERE, destination="../../profiles/acme/libraries")
    assert place(library, "sites/all", "library") == "profiles/acme/libraries/x"


PARTS = st.lists(
    st.sampled_from(["..", ".", "", "a", "sites", ".git", ".aegir-build", "…", "-x", "~"]), max_size=6
)
WORDS = PARTS.map("/".join) | st.text(st.characters(exclude_categories=("C",)), max_size=20)


@settings(deadline=None)
@given(
    destination=WORDS,
    subdir=WORDS,
    directory=WORDS,
    base=st.sampled_from(["", "sites/all", "profiles/x"]),
    kind=st.sampled_from(["module", "theme", "profile", "library"]),
)
def test_whatever_is_named_nothing_goes_outside_or_to_the_root(
    destination: str, subdir: str, directory: str, base: str, kind: str
) -> None:
    item = Library("x", HERE, destination=destination, subdir=subdir, directory_name=directory)
    try:
        path = place(item, base, kind)
    except WrongMakefile:
        return
    target = posixpath.normpath(posixpath.join("/code", path))
    assert target.startswith("/code/")
    assert not target.startswith(("/code/.git", "/code/.aegir-build"))


@pytest.mark.parametrize("name", ["subdir", "directory_name"])
@pytest.mark.parametrize("text", ["..", "a/../../b", "/etc", "-x", "a/.git/hooks", "a\\\\b"])
def test_a_makefile_that_names_such_a_place_is_refused(name: str, text: str, tmp_path: Path) -> None:
    lines = ["core = 7.x", "api = 2", "projects[] = drupal", f'projects[x][{name}] = "{text}"']
    (tmp_path / "site.make").write_text("\n".join(lines))
    with pytest.raises(WrongMakefile, match=rf"site\.make:4: «{name}» leads elsewhere"):
        check(str(tmp_path / "site.make"))
