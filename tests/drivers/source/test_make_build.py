"""Makefiles built from a local release service, a local web server and local repositories."""

from __future__ import annotations

import hashlib
import os
from typing import Any

import pytest

from aegir.errors import Broken, Refused
from tests.drivers.source.making import Yard, make, place
from tests.live.drupal_org import tar

__all__ = ["place"]


def facts(place: Yard) -> Any:
    assert place.built is not None
    return place.built.facts


def test_everything_goes_to_its_place(place: Yard) -> None:
    place.org.release("views", "7.x-3.29", {"views.info": "name = Views\n"})
    place.org.release("ctools", "7.x-1.20")
    place.org.release("zen", "7.x-6.4", kind="theme")
    place.org.release("studio", "7.x-1.0", kind="profile")
    jquery = place.org.shelf.put("/jquery.js", b"// jquery\n")
    makefile = place.write(
        "site.make",
        make(
            "projects[] = views",
            "projects[ctools][version] = 1.20",
            "projects[ctools][subdir] = contrib",
            "projects[zen][directory_name] = our_zen",
            "projects[] = studio",
            "libraries[jquery][download][type] = get",
            f"libraries[jquery][download][url] = {jquery}?v=1",
        ),
    )
    code = place.build(makefile)
    for path in (
        *("index.php", "sites/all/modules/views/views.info", "sites/all/modules/contrib/ctools/ctools.info"),
        *("sites/all/themes/our_zen/zen.info", "profiles/studio/studio.info"),
        "sites/all/libraries/jquery/jquery.js",
    ):
        assert (code / path).is_file(), path
    assert sorted(each.name for each in code.iterdir()) == ["includes", "index.php", "profiles", "sites"]
    assert facts(place)["projects"] == {
        "drupal": "7.105",
        "views": "7.x-3.29",
        "ctools": "7.x-1.20",
        "zen": "7.x-6.4",
        "studio": "7.x-1.0",
        "jquery": f"sha256 {hashlib.sha256(b'// jquery' + bytes([10])).hexdigest()}",
    }


def test_since_drupal_8_contributed_code_lies_below_the_root(place: Yard) -> None:
    place.org.release("drupal", "10.2.1", {"core/x.php": "", "index.php": ""}, kind="core", api="current",
                      branches="10.2.")  # fmt: skip
    place.org.release(
        "token", "2.0.0", {"token.info.yml": ""}, api="current", core="^11", branches="8.x-1.,2.0."
    )
    place.org.release("token", "8.x-1.13", {"token.info.yml": ""}, api="current", core="^9.2 || ^10",
                      branches="8.x-1.,2.0.")  # fmt: skip
    place.org.release("pathauto", "8.x-1.12", {"pathauto.info.yml": ""}, api="current", branches="8.x-1.")
    makefile = place.write(
        "site.make.yml",
        "core: 10.x\napi: 2\nprojects:\n  drupal: ~\n  drupal : {version: 10.2.1}\n"
        "  token: {version: ~}\n  pathauto: {version: '1.12', subdir: contrib}\n",
    )
    with pytest.raises(Refused, match=r"has no core"):
        place.build(makefile)  # of a name that is there twice the first counts: it takes core out
    makefile.write_text(makefile.read_text().replace("  drupal: ~\n", ""))
    code = place.build(makefile)
    assert (code / "modules/token/token.info.yml").is_file()
    assert (code / "modules/contrib/pathauto/pathauto.info.yml").is_file()
    assert facts(place)["projects"] == {"drupal": "10.2.1", "token": "8.x-1.13", "pathauto": "8.x-1.12"}


def test_the_same_makefile_gives_the_same_code_and_identity(place: Yard) -> None:
    place.org.release("views", "7.x-3.29")
    makefile = place.write("site.make", make("projects[] = views"))
    place.build(makefile)
    first = place.built
    place.build(makefile)
    assert first == place.built
    place.org.release("views", "7.x-3.28")
    makefile.write_text(make("projects[views] = 3.28"))
    place.build(makefile)
    assert first is not None
    assert place.built is not None
    assert place.built.identity != first.identity


def test_repositories_by_tag_branch_and_commit(place: Yard) -> None:
    address = place.repository("feeds", {"feeds.info": "name = Feeds\n", "a.txt": "one"}, tag="7.x-2.0")
    first = place.head(address)
    place.repository("feeds", {"a.txt": "two"})
    makefile = place.write(
        "site.make",
        make(
            "options[force-gitinfofile] = TRUE",
            *(f"projects[{name}][download][url] = {address}" for name in ("one", "two", "three")),
            "projects[one][download][tag] = 7.x-2.0",
            "projects[two][download][branch] = master",
            f"projects[three][download][revision] = {first[:9]}",
            "projects[three][download][branch] = 7.x-2.x",
        ),
    )
    code = place.build(makefile) / "sites/all/modules"
    assert [(code / name / "a.txt").read_text() for name in ("one", "two", "three")] == ["one", "two", "one"]
    assert 'version = "7.x-2.0"\ncore = "7.x"\nproject = "one"' in (code / "one/feeds.info").read_text()
    assert 'version = "7.x-2.x-dev"' in (code / "three/feeds.info").read_text()
    assert not list(code.rglob(".git"))
    assert facts(place)["projects"]["two"] == "master-dev"


def test_files_of_all_kinds(place: Yard) -> None:
    shelf = place.org.shelf
    two = tar({"slider-2.7/slider/slider.js": "slide", "slider-2.7/demo/x.html": "demo"})
    sum_ = hashlib.sha1(two, usedforsecurity=False).hexdigest()
    one = shelf.put("/download.php", two)
    loose = shelf.put("/loose.tgz", tar({"a.js": "a", "b.js": "b"}))
    raw = shelf.put("/raw.min.js", b"raw")
    local = place.write("own/own.txt", "own")
    os.chmod(local.parent, 0o755)
    makefile = place.write(
        "site.make",
        make(
            "libraries[slider][download][type] = get",
            f"libraries[slider][download][url] = {one}?file=slider.zip",
            f"libraries[slider][download][sha1] = {sum_.upper()}",
            "libraries[slider][download][subtree] = slider-2.7/slider",
            f"libraries[loose][download][url] = {loose}",
            "libraries[loose][destination] = modules/contrib/loose",
            "libraries[loose][directory_name] = lib",
            "libraries[raw][download][type] = file",
            f"libraries[raw][download][url] = {raw}",
            "libraries[raw][download][filename] = raw.js",
            "projects[own][type] = module",
            "projects[own][download][type] = copy",
            "projects[own][download][url] = file://./own",
        ),
    )
    code = place.build(makefile) / "sites/all"
    assert os.listdir(code / "libraries/slider") == ["slider.js"]
    assert sorted(os.listdir(code / "modules/contrib/loose/lib")) == ["a.js", "b.js"]
    assert os.listdir(code / "libraries/raw") == ["raw.js"]
    assert (code / "modules/own/own.txt").read_text() == "own"


def test_of_what_lies_at_a_place_already_a_library_takes_all_or_lies_over_it(place: Yard) -> None:
    place.org.release("jquery_ui", "7.x-1.4", {"jquery_ui.info": "x", "jquery.ui/old.js": "old"})
    new = place.org.shelf.put("/ui.tar.gz", tar({"new.js": "new"}))
    lines = [
        "projects[] = jquery_ui",
        f"libraries[ui][download][url] = {new}",
        "libraries[ui][destination] = modules/jquery_ui",
        "libraries[ui][directory_name] = jquery.ui",
    ]
    there = "sites/all/modules/jquery_ui/jquery.ui"
    assert os.listdir(place.build(place.write("a.make", make(*lines))) / there) == ["new.js"]
    over = make(*lines, "libraries[ui][overwrite] = TRUE")
    assert sorted(os.listdir(place.build(place.write("b.make", over)) / there)) == ["new.js", "old.js"]


def test_translations_come_from_the_server_that_is_named_or_are_missed(place: Yard) -> None:
    place.org.release("views", "7.x-3.29")
    place.org.translation("drupal", "7.105", "de", "core")
    place.org.translation("views", "7.x-3.29", "de", "views")
    makefile = place.write(
        "site.make", make("projects[] = views", "translations[] = de", "translations[] = fr")
    )
    code = place.build(makefile)
    assert (code / "profiles/standard/translations/de.po").read_text() == "core"
    assert (code / "modules/system/translations/de.po").read_text() == "core"
    assert (code / "sites/all/modules/views/translations/de.po").read_text() == "views"
    assert "views 7.x-3.29 has no translation into fr." in place.said


def test_a_release_with_a_known_hole_is_built_when_it_is_named_and_told(place: Yard) -> None:
    place.org.release("views", "7.x-3.29", terms=("Insecure",))
    place.build(place.write("site.make", make("projects[views] = 3.29")))
    assert "views 7.x-3.29 has a known security hole: name a newer version." in place.said


def test_a_project_may_have_a_release_service_and_translations_of_its_own(place: Yard) -> None:
    shelf = place.org.shelf
    archive = shelf.put("/own/tao-7.x-1.0.tar.gz", tar({"tao.info": "own"}, "tao"))
    history = (
        "<project><type>project_theme</type><recommended_major>1</recommended_major><releases><release>"
        f"<version>7.x-1.0</version><status>published</status><download_link>{archive}</download_link>"
        "</release></releases></project>"
    )
    shelf.put("/own/releases/tao/7.x", history.encode())
    shelf.put("/own/tao-7.x-1.0.de.po", b"own")
    makefile = place.write(
        "site.make",
        make(
            f"projects[tao][location] = {shelf.address('/own/releases')}",
            f"projects[tao][l10n_path] = {shelf.address('/own/%project-%release.%language.po')}",
            "translations = de",
            "options[concurrency] = 1",
        ),
    )
    code = place.build(makefile)
    assert (code / "sites/all/themes/tao/tao.info").read_text() == "own"
    assert (code / "sites/all/themes/tao/translations/de.po").read_text() == "own"
    shelf.put("/own/releases/tao/7.x", history.replace(archive, "file:///etc/hostname").encode())
    with pytest.raises(
        Broken, match=r"site\.make:4: .*names file:///etc/hostname for tao: that is no address"
    ):
        place.build(makefile)


def test_a_distribution_can_be_the_core(place: Yard) -> None:
    full: dict[str, str | bytes] = {"index.php": "full", "profiles/kickstart/kickstart.info": "full"}
    bare: dict[str, str | bytes] = {"kickstart.info": "bare"}
    place.org.release("kickstart", "7.x-1.19", bare, kind="profile", variants={"full": full})
    makefile = place.write(
        "site.make",
        'api = 2\ncore = 7.x\nprojects[kickstart][type] = core\nprojects[kickstart][version] = "7.x-1.19"\n',
    )
    assert (place.build(makefile) / "index.php").read_text() == "full"


def test_a_makefile_by_address_must_be_the_one_that_is_meant(place: Yard) -> None:
    text = make().encode()
    address = place.org.shelf.put("/site.make", text)
    sum_ = f"sha256:{hashlib.sha256(text).hexdigest()}"
    assert (place.build(address, checksum=sum_) / "index.php").is_file()
    with pytest.raises(Refused, match="is not the file that was meant"):
        place.build(address, checksum="sha256:" + "0" * 64)
