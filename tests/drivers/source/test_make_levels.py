"""Makefiles that include, override and contain each other."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from aegir.drivers.source.makefile import Download, Origin, WrongMakefile
from aegir.drivers.source.makefile import Place as Line
from aegir.drivers.source.makefile_includes import gather
from aegir.errors import Refused
from tests.drivers.source.making import Yard, yard

CORE = ["core = 7.x", "api = 2"]


@pytest.fixture
def place() -> Iterator[Yard]:
    with yard() as found:
        found.org.release("drupal", "7.105", {"index.php": ""}, kind="core")
        for name in ("views", "ctools", "token", "cck"):
            for version in ("7.x-3.1", "7.x-3.0", "7.x-2.0"):
                found.org.release(name, version, {f"{name}.info": version})
        yield found


def make(*lines: str) -> str:
    return "\n".join([*CORE, *lines, ""])


def test_includes_lie_beside_the_makefile_or_beside_an_address(place: Yard) -> None:
    place.write(
        "lib/base.make", make("projects[] = drupal", "projects[views] = 3.0", "includes[] = ../more.make")
    )
    place.write("more.make", "projects[token] = 2.0\nprojects[views] = 2.0\n")
    shelf = place.org.shelf
    shelf.put("/m/two.yml", b"projects:\n  cck: '2.0'\n")
    remote = shelf.put("/m/one.make", b"includes[] = two.yml\nprojects[ctools][version] = 2.0\n")
    code = place.build(place.write("site.make", make("includes[] = lib/base.make", f"includes[] = {remote}")))
    found = {
        path.name: (path / f"{path.name}.info").read_text() for path in (code / "sites/all/modules").iterdir()
    }
    assert found == {"views": "7.x-3.0", "token": "7.x-2.0", "ctools": "7.x-2.0", "cck": "7.x-2.0"}


def test_a_makefile_of_a_repository_can_be_included(place: Yard) -> None:
    address = place.repository("base", {"make/base.make": "includes[] = more.make\n", "make/more.make": make(
        "projects[] = drupal", "projects[views] = 3.0")})  # fmt: skip
    lines = [
        "includes[base][makefile] = make/base.make",
        "includes[base][download][type] = git",
        f"includes[base][download][url] = {address}",
    ]
    code = place.build(place.write("site.make", make(*lines)))
    assert sorted(os.listdir(code)) == ["index.php", "sites"]
    place.repository("base", {"make/base.make": "includes[] = ../../../../etc/passwd\n"})
    with pytest.raises(Refused, match="leads out of the code that this makefile came with"):
        place.build(place.write("site.make", make(*lines)))


def test_who_includes_changes_and_takes_out_and_who_overrides_has_the_last_word(place: Yard) -> None:
    views = ["projects[views][version] = 3.0", "projects[views][subdir] = a"]
    others = ["projects[cck] = 3.0", "projects[token] = 3.0"]
    place.write("base.make", make("projects[] = drupal", *views, *others))
    place.write("last.make", "projects[token] = 2.0\n")
    text = make(
        *("includes[] = base.make", "projects[views][subdir] = b", "projects[cck] = FALSE"),
        *("projects[token] = 3.1", "overrides[] = last.make", "defaults[projects][subdir] = contrib"),
    )
    code = place.build(place.write("site.make", text)) / "sites/all/modules"
    assert (code / "b/views/views.info").read_text() == "7.x-3.0"
    assert (code / "contrib/token/token.info").read_text() == "7.x-2.0"
    assert not list(code.rglob("cck"))


def test_makefiles_that_include_each_other_are_refused_with_the_way(place: Yard) -> None:
    place.write("a.make", make("projects[] = drupal", "includes[] = b.make"))
    place.write("b.make", "includes[] = c.make\n")
    place.write("c.make", "; …\nincludes[] = b.make\n")
    with pytest.raises(Refused) as refused:
        place.build(place.folder / "a.make")
    b, c = place.folder / "b.make", place.folder / "c.make"
    assert str(refused.value) == f"{c}:2: the makefile includes itself: {b} → {c} → {b}."


def test_a_makefile_found_in_a_profile_is_built_inside_the_profile(place: Yard) -> None:
    place.org.release("studio", "7.x-1.0", {
        "studio.info": "x",
        "studio.make": make("projects[] = drupal", "projects[views] = 2.0", "projects[ctools] = 2.0",
                            "projects[ctools][patch][] = own.patch", "projects[zen][type] = theme",
                            "projects[zen] = 1.0", "libraries[x][download][type] = copy",
                            "libraries[x][download][url] = lib"),
        "lib/x.js": "x",
        "own.patch": "--- a/ctools.info\n+++ b/ctools.info\n@@ -1 +1 @@\n-7.x-2.0\n"
                     "\\ No newline at end of file\n+patched\n",
    }, kind="profile")  # fmt: skip
    place.org.release("zen", "7.x-1.0", kind="theme")
    makefile = place.write(
        "site.make", make("projects[] = drupal", "projects[] = studio", "projects[views] = 3.1")
    )
    code = place.build(makefile)
    assert (code / "sites/all/modules/views/views.info").read_text() == "7.x-3.1"
    assert sorted(os.listdir(code / "profiles/studio/modules")) == ["ctools"]
    assert (code / "profiles/studio/modules/ctools/ctools.info").read_text().strip() == "patched"
    assert (code / "profiles/studio/themes/zen/zen.info").is_file()
    assert os.listdir(code / "profiles/studio/libraries/x") == ["x.js"]
    assert any("studio/studio.make:4: views is not fetched again, " in line for line in place.said)


def test_two_profiles_have_each_their_own_but_share_what_is_there_for_all(place: Yard) -> None:
    for name, version in (("one", "3.0"), ("two", "2.0")):
        place.org.release(name, "7.x-1.0", {
            f"{name}.info": "x",
            "drupal-org.make": make(f"projects[views] = {version}", "projects[token] = 2.0"),
        }, kind="profile")  # fmt: skip
    lines = ["projects[] = drupal", "projects[] = one", "projects[] = two", "projects[] = token"]
    code = place.build(place.write("site.make", make(*lines)))
    assert (code / "profiles/one/modules/views/views.info").read_text() == "7.x-3.0"
    assert (code / "profiles/two/modules/views/views.info").read_text() == "7.x-2.0"
    assert [path.parent for path in code.rglob("token.info")] == [code / "sites/all/modules/token"]


def test_of_modules_that_ask_for_the_same_the_first_wins_and_none_goes_round(place: Yard) -> None:
    place.org.release(
        "a", "7.x-1.0", {"a.info": "", "a.make": make("projects[cck] = 2.0", "projects[b] = 1.0")}
    )
    place.org.release(
        "b", "7.x-1.0", {"b.info": "", "b.make": make("projects[cck] = 3.0", "projects[a] = 1.0")}
    )
    code = place.build(
        place.write("site.make", make("projects[] = drupal", "projects[] = a", "projects[] = b"))
    )
    assert sorted(os.listdir(code / "sites/all/modules")) == ["a", "b", "cck"]
    assert (code / "sites/all/modules/cck/cck.info").read_text() == "7.x-2.0"
    asked = [path for path, _ in place.org.shelf.asked]
    assert asked.count("/files/projects/a-7.x-1.0.tar.gz") == 1


@pytest.mark.parametrize("line", ["projects[a][do_recursion] = 0", "options[no-recursion] = TRUE"])
def test_recursion_can_be_switched_off(line: str, place: Yard) -> None:
    place.org.release("a", "7.x-1.0", {"a.info": "", "a.make": make("projects[cck] = 2.0")})
    makefile = place.write("site.make", make("projects[] = drupal", "projects[a][version] = 1.0", line))
    assert os.listdir(place.build(makefile) / "sites/all/modules") == ["a"]


def test_options_of_a_makefile_that_was_found_do_not_count_as_in_drush(place: Yard) -> None:
    """Those of the makefile that was asked for hold for all that is found."""
    patch = "--- a/x\n+++ b/x\n@@ -1 +1 @@\n-x\n+y\n"
    options = (
        "options[no-patch-txt] = 1",
        "options[no-recursion] = 1",
        "options[contrib-destination] = elsewhere",
    )
    own = make(*options, "projects[in_it][patch][] = fix.patch")
    place.org.release("found", "7.x-1.0", {"found.info": "", "found.make": own, "fix.patch": patch})
    place.org.release("in_it", "7.x-1.0", {"x": "x\n", "in_it.make": make("projects[] = deepest")})
    place.org.release("deepest", "7.x-1.0", {"deepest.info": ""})
    lines = ["projects[] = drupal", "projects[] = found"]
    modules = place.build(place.write("one.make", make(*lines))) / "sites/all/modules"
    assert sorted(os.listdir(modules)) == ["deepest", "found", "in_it"]
    assert (modules / "in_it/PATCHES.txt").exists()
    told = [line for line in place.said if "does not count in a makefile that was found" in line]
    assert [line.partition(": ")[0] for line in told] == [
        f"found/found.make:{number}" for number in (3, 4, 5)
    ]
    modules = place.build(place.write("two.make", make(*lines, options[0]))) / "sites/all/modules"
    assert not (modules / "in_it/PATCHES.txt").exists()


def test_mistakes_in_a_makefile_that_was_found_name_it(place: Yard) -> None:
    place.org.release("a", "7.x-1.0", {"a.info": "", "a.make": make("", "nonsense")})
    makefile = place.write("site.make", make("projects[] = drupal", "projects[] = a"))
    with pytest.raises(Refused, match=r"^a/a\.make:4: this is neither «key = value» nor a comment\.$"):
        place.build(makefile)


def test_a_makefile_that_was_found_names_only_what_came_with_it(place: Yard) -> None:
    for named in ("/etc/hostname", "../../../../x", "file:///etc/hostname"):
        text = make("libraries[x][download][type] = file", f"libraries[x][download][url] = {named}")
        place.org.histories.clear()
        place.org.release("a", "7.x-1.0", {"a.info": "", "a.make": text})
        makefile = place.write("site.make", make("projects[] = drupal", "projects[] = a"))
        with pytest.raises(Refused, match=r"^a/a\.make:4: the address «.*» leads out of the code that this"):
            place.build(makefile)


def test_a_link_in_code_brings_nothing_else_into_it(place: Yard) -> None:
    outside = place.write("outside/secret.txt", "outside")
    for kind, named in (("file", "link.txt"), ("copy", "folder")):
        own = make(f"libraries[x][download][type] = {kind}", f"libraries[x][download][url] = {named}")
        trap = Path(place.repository(f"trap_{kind}", {"trap.info": "x", "a.make": own}))
        (trap / named).symlink_to(outside if kind == "file" else outside.parent)
        place.repository(f"trap_{kind}", {"more.txt": "x"})
        lines = ["projects[] = drupal", "projects[a][type] = module", f"projects[a][download][url] = {trap}"]
        with pytest.raises(
            Refused, match=rf"^a/a\.make:[34]: x: {named} leads out of the code, by a link in it"
        ):
            place.build(place.write("site.make", make(*lines)))


def test_an_included_makefile_from_elsewhere_names_no_patch_of_this_machine(place: Yard) -> None:
    place.write("own.patch", "--- a/views.info\n+++ b/views.info\n@@ -1 +1 @@\n-x\n+y\n")
    base = place.org.shelf.put(
        "/base.make", b"projects[views][version] = 3.0\nprojects[views][patch][] = own.patch\n"
    )
    with pytest.raises(Refused, match=r"/base\.make:2: views: There is nothing at http://.*/own\.patch"):
        place.build(place.write("site.make", make("projects[] = drupal", f"includes[] = {base}")))


def test_makefiles_of_repositories_that_include_each_other_are_refused() -> None:
    class Repositories:
        """Each time it is fetched it lies elsewhere."""

        times = 0

        def text(self, origin: Origin, asked: Line | None) -> bytes | None:
            return None

        def inside(self, download: Download, path: str) -> tuple[bytes, Origin]:
            self.times += 1
            there = f"/build/make-{self.times}"
            return text, Origin(f"{there}/{path}", "tree", there)

    lines = [
        "includes[base][makefile] = base.make",
        "includes[base][download][url] = https://x.example/base.git",
    ]
    text = "\n".join([*CORE, *lines, ""]).encode()
    repositories = Repositories()
    with pytest.raises(WrongMakefile, match=r"includes itself: https://x\.example/base\.git base\.make → "):
        gather(Origin("/srv/site.make"), text, repositories)
    assert repositories.times == 1
