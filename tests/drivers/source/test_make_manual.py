"""The example makefiles of the user's manual: read as they stand there, and built from local fixtures."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from aegir.drivers.source.makefile import WrongMakefile
from aegir.drivers.source.makefile_check import check
from tests.drivers.source import manual
from tests.drivers.source.making import Yard, yard
from tests.live.drupal_org import tar

NAMED = re.compile(r"^projects\[(\w+)\]\[(?:version|vesion)\] = (\S+)$", re.M)


@pytest.fixture
def place() -> Iterator[Yard]:
    with yard() as found:
        yield found


@pytest.mark.parametrize("text", [manual.PROFILE1, manual.PROFILE2])
def test_those_of_the_profiles_are_read_as_they_stand(text: str, tmp_path: Path) -> None:
    (tmp_path / "acme.make").write_text(text)
    made = check(str(tmp_path / "acme.make"), whole=False)
    assert [(each.name, each.version) for each in made.projects] == NAMED.findall(text)
    assert (made.core, made.warnings) == ("6.x", ())


@pytest.mark.parametrize("text", [manual.MAIN, manual.BASE])
def test_of_the_others_every_line_whose_address_was_lost_is_named(text: str, tmp_path: Path) -> None:
    (tmp_path / "acme.make").write_text(text)
    with pytest.raises(WrongMakefile) as wrong:
        check(str(tmp_path / "acme.make"), whole=False)
    lost = [number for number, line in enumerate(text.splitlines(), 1) if line.endswith(' = ""')]
    lost = [number for number in lost if "includes" not in text.splitlines()[number - 1]]
    assert [remark.place.line for remark in wrong.value.remarks] == lost


def test_they_build_a_platform_with_two_profiles(place: Yard) -> None:
    release(place)
    place.repository("acme_theme", {"acme_theme.info": "name = Acme\n"})
    for name, text in (("acme_profile1", manual.PROFILE1), ("acme_profile2", manual.PROFILE2)):
        place.repository(name, {f"{name}.profile": "<?php\n", f"{name}.make": text})
    code = place.build(place.write("acme.make", filled(manual.MAIN, place)))
    modules = code / "sites/all/modules"
    for project, version in NAMED.findall(manual.MAIN + manual.BASE):
        where = modules / project if project != "drupal" else code
        expected = {"webform": "6.x-3.20"}.get(project, f"6.x-{version}")
        if project == "adaptivetheme":
            where = code / "sites/all/themes" / project
        if project != "drupal":
            assert f"version = {expected}" in (where / f"{project}.info").read_text()
    assert (code / "index.php").is_file()
    assert (code / "sites/all/themes/acme_theme/acme_theme.info").is_file()
    assert (code / "profiles/acme_profile1/modules/ubercart/ubercart.info").is_file()
    assert sorted(path.name for path in (code / "profiles/acme_profile2/modules").iterdir()) == [
        *("ldap_integration", "openlayers")
    ]
    assert (code / "sites/all/libraries/ckeditor/ckeditor.js").is_file()
    assert (modules / "jquery_ui/jquery.ui/ui.js").is_file()
    assert (modules / "superfish/superfish.info").read_text().startswith("; patched")
    assert any(
        "«vesion» means nothing in a project: perhaps «version» is meant" in line for line in place.said
    )


def release(place: Yard) -> None:
    """All that the manual's makefiles name, at the release service."""
    org = place.org
    org.release("drupal", "6.20", {"index.php": "<?php\n", "modules/system/system.info": "x\n"}, kind="core",
                api="6.x")  # fmt: skip
    for text in (manual.MAIN, manual.PROFILE1, manual.PROFILE2, manual.BASE):
        for project, named in NAMED.findall(text):
            if project == "drupal":
                continue
            version = "3.20" if project == "webform" else named
            kind = "theme" if project == "adaptivetheme" else "module"
            info = f"name = {project}\nversion = 6.x-{version}\n"
            org.release(project, f"6.x-{version}", {f"{project}.info": info}, kind=kind, api="6.x")


def filled(text: str, place: Yard) -> str:
    """The makefile with the addresses that the manual's text lost."""
    shelf = place.org.shelf
    base = manual.BASE
    for name, file in (("ckeditor", "ckeditor.js"), ("jquery_ui", "ui.js")):
        address = shelf.put(f"/{name}.tar.gz", tar({file: "x", "LICENSE": "x"}, name))
        base = base.replace(
            f'libraries[{name}][download][url] = ""', f'libraries[{name}][download][url] = "{address}"'
        )
    patch = "--- superfish.info\n+++ superfish.info\n@@ -1,1 +1,2 @@\n+; patched\n name = superfish\n"
    for name in ("acme_theme", "acme_profile1", "acme_profile2"):
        old = f'projects[{name}][download][url] = ""'
        text = text.replace(old, f'projects[{name}][download][url] = "{place.folder}/git/{name}"')
    text = text.replace('[acme_base] = ""', f'[acme_base] = "{shelf.put("/acme_base.make", base.encode())}"')
    return text.replace('[patch][] = ""', f'[patch][] = "{shelf.put("/superfish.patch", patch.encode())}"')
