"""Scans of codebases: what is found, what is refused, what is complained about."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import pytest

from aegir.drivers.app import Codebase, Package
from aegir.drivers.app.drupal import Driver
from aegir.errors import Broken, Refused
from tests.codebases import PHP, Ground
from tests.live.web import WEB_USER

SEVEN = {
    "includes/bootstrap.inc": "<?php\ndefine('VERSION', '7.99');\n",
    "modules/system/system.module": "<?php\n",
    "modules/system/system.info": "name = System\ncore = 7.x\nversion = VERSION\n",
}
TEN = {
    "web/core/lib/Drupal.php": "<?php\nclass Drupal {\n  const VERSION = '10.9.1';\n}\n",
    "web/core/modules/system/system.info.yml": "name: System\ntype: module\nversion: VERSION\n",
}


def build(folder: Path, *parts: dict[str, str]) -> Path:
    """A codebase of these files."""
    for part in parts:
        for name, text in part.items():
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
    return folder


@pytest.fixture
def folder(open_folder: Path, request: pytest.FixtureRequest) -> Path:
    path = open_folder / f"scan-{abs(hash(request.node.name))}"
    path.mkdir()
    return path


def scan(driver: Driver, path: Path) -> Codebase:
    return driver.scan(str(path), php=PHP, user=WEB_USER)


def named(codebase: Codebase, name: str) -> Package:
    [package] = [package for package in codebase.packages if package.name == name]
    return package


def test_every_codebase_has_core_a_version_and_profiles(ground: Ground) -> None:
    code = ground.code
    [core] = [package for package in code.packages if package.kind == "core"]
    assert core.version == code.version
    assert code.version.startswith(f"{code.major}.")
    assert code.profiles[0] == "standard"
    assert "minimal" in code.profiles
    assert not any("test" in profile for profile in code.profiles)
    assert code.languages[0] == "en"
    assert code.problems == ()
    assert ground.driver.locate(str(ground.path)) == code.docroot


def test_a_copy_has_the_same_fingerprint_and_a_changed_one_another(ground: Ground, open_folder: Path) -> None:
    copy = ground.copied(open_folder / f"{ground.path.name}-copy")
    original = scan(ground.driver, ground.path).fingerprint
    assert copy.code.fingerprint == original
    module = copy.root / "modules/aegir_new"
    module.mkdir(parents=True)
    (module / "aegir_new.module").write_text("<?php\n")
    (module / "aegir_new.info").write_text("name = New\ncore = 7.x\n")
    (module / "aegir_new.info.yml").write_text("name: New\ntype: module\ncore_version_requirement: '*'\n")
    changed = scan(ground.driver, copy.path)
    assert changed.fingerprint != original
    assert named(changed, "aegir_new").path == "modules/aegir_new"


def test_update_functions_are_read_without_running_them(drupal: Driver, folder: Path) -> None:
    install = """<?php
exit('never run');
function probe_update_9001() {}
function probe_update_9010() {}
function &probe_update_9002() {}
function probe_update_9099x() {}
function other_update_9500() {}
// function probe_update_9600() {}
$text = 'function probe_update_9700() {}';
function probe_update_last_removed() { /* why */ return 8805; }
"""
    info = {"web/modules/probe/probe.info.yml": "name: Probe\ntype: module\ncore_version_requirement: ^10\n"}
    code = scan(drupal, build(folder, TEN, info, {"web/modules/probe/probe.install": install}))
    probe = named(code, "probe")
    assert (probe.schema, probe.removed_before) == (9010, 8805)


def test_a_broken_info_file_is_a_problem_that_names_it(drupal: Driver, folder: Path) -> None:
    broken = {"web/modules/bad/bad.info.yml": "name: 'Bad\ntype: module\n  wrong: [\n"}
    code = scan(drupal, build(folder, TEN, broken))
    [problem] = code.problems
    assert "modules/bad/bad.info.yml cannot be understood" in problem
    assert named(code, "system").version == "10.9.1"


def test_a_php_error_in_a_module_is_a_problem_that_names_file_and_line(drupal: Driver, folder: Path) -> None:
    bad = {
        "sites/all/modules/bad/bad.info": "name = Bad\ncore = 7.x\n",
        "sites/all/modules/bad/bad.module": "<?php\n\nfunction bad( {\n",
    }
    [problem] = scan(drupal, build(folder, SEVEN, bad)).problems
    assert problem.startswith("sites/all/modules/bad/bad.module has a PHP error in line 3: ")


def test_info_files_without_what_drupal_needs_are_problems(drupal: Driver, folder: Path) -> None:
    lacking = {"web/modules/odd/odd.info.yml": "type: module\n"}
    problems = scan(drupal, build(folder, TEN, lacking)).problems
    assert problems == (
        "modules/odd/odd.info.yml lacks the key «name».",
        "modules/odd/odd.info.yml lacks the key «core_version_requirement».",
    )


def test_profiles_are_sorted_by_recommendation_and_hidden_ones_left_out(drupal: Driver, folder: Path) -> None:
    def profile(name: str, more: str = "") -> dict[str, str]:
        text = f"name: {name}\ntype: profile\ncore_version_requirement: '*'\n{more}"
        return {f"web/profiles/{name}/{name}.info.yml": text}

    code = scan(
        drupal,
        build(
            folder,
            TEN,
            profile("zebra"),
            profile("minimal"),
            profile("demo_umami"),
            profile("standard"),
            profile("secret", "hidden: true\n"),
        ),
    )
    assert code.profiles == ("standard", "minimal", "demo_umami", "zebra")
    distribution = profile("shop", "distribution:\n  name: Shop\n")
    assert scan(drupal, build(folder, distribution)).profiles[0] == "shop"


def test_languages_are_those_whose_translations_the_codebase_holds(drupal: Driver, folder: Path) -> None:
    ten = {"web/profiles/p/translations/drupal-10.9.1.pt-br.po": "", "web/profiles/p/translations/x.po": ""}
    assert scan(drupal, build(folder / "ten", TEN, ten)).languages == ("en", "pt-br")
    seven = {"profiles/standard/translations/drupal-7.2.cs.po": "", "profiles/minimal/translations/de.po": ""}
    assert scan(drupal, build(folder / "seven", SEVEN, seven)).languages == ("en", "cs", "de")


@pytest.mark.parametrize("docroot", ["", "web", "docroot", "html", "public"])
def test_the_docroot_is_found_where_people_put_it(drupal: Driver, folder: Path, docroot: str) -> None:
    build(folder / docroot, SEVEN)
    assert scan(drupal, folder).docroot == docroot
    assert drupal.locate(str(folder)) == docroot


def test_links_that_lead_back_do_not_trap_the_scan(drupal: Driver, folder: Path) -> None:
    build(folder, SEVEN)
    (folder / "modules/again").symlink_to("..")
    assert scan(drupal, folder).version == "7.99"


def test_a_folder_without_drupal_is_refused_with_what_was_looked_for(drupal: Driver, folder: Path) -> None:
    with pytest.raises(Refused, match="does not contain a valid Drupal installation") as caught:
        scan(drupal, folder)
    assert caught.value.field == "path"
    assert drupal.locate(str(folder)) is None


def test_paths_that_cannot_be_a_codebase_are_refused(drupal: Driver, folder: Path) -> None:
    file = folder / "file"
    file.write_text("")
    loop = folder / "loop"
    loop.symlink_to(loop)
    for path, reason in (
        ("relative", "not absolute"),
        (str(folder / "gone"), "nothing at"),
        (str(file), "is not a directory"),
        (str(loop), "cannot read"),
    ):
        with pytest.raises(Refused, match=reason):
            drupal.scan(path, php=PHP, user=WEB_USER)


@pytest.mark.skipif(os.geteuid() != 0, reason="Only root can make what another user cannot read.")
def test_a_codebase_that_the_web_user_cannot_read_is_refused_with_the_remedy(
    drupal: Driver, folder: Path
) -> None:
    build(folder / "closed", SEVEN).chmod(0o700)
    with pytest.raises(Refused, match=f"«{WEB_USER}» cannot read .* give him access"):
        scan(drupal, folder / "closed")


def test_a_drupal_whose_version_cannot_be_told_is_refused(drupal: Driver, folder: Path) -> None:
    build(folder, SEVEN, {"includes/bootstrap.inc": "<?php\n"})
    with pytest.raises(Refused, match="version"):
        scan(drupal, folder)


def test_a_php_that_fails_is_told_in_its_own_words(drupal: Driver, folder: Path) -> None:
    build(folder, SEVEN)
    with pytest.raises(Broken, match=f"{folder} could not be read"):
        drupal.scan(str(folder), php="/bin/false", user=WEB_USER)


def test_yaml_beyond_the_simple_forms_goes_to_the_parser_of_the_codebase(ground: Ground) -> None:
    if ground.code.major == 7 or not (ground.path / "vendor/symfony/yaml/Parser.php").exists():
        pytest.skip(f"{ground.path.name} brings no parser for YAML.")
    bridge = ground.driver.bridge
    code = (
        f"require '{bridge}/scan_info.php'; $info = new Aegir\\Info('{ground.root}');"
        "$simple = new ReflectionMethod($info, 'simpleYaml'); $simple->setAccessible(true);"
        "$parser = new ReflectionMethod($info, 'parser'); $parser->setAccessible(true);"
        "foreach (json_decode(stream_get_contents(STDIN)) as $file) { $text = file_get_contents($file);"
        "$one = $simple->invoke($info, $text); $other = $parser->invoke($info)->parse($text);"
        "foreach (['name', 'type', 'version', 'hidden', 'package'] as $key) {"
        'if ($one !== null && ($one[$key] ?? null) != ($other[$key] ?? null)) { echo "$file $key\\n"; } } }'
    )
    files = [str(path) for path in ground.path.rglob("*.info.yml")]
    done = subprocess.run(
        [PHP, "-r", code], input=json.dumps(files), capture_output=True, text=True, check=True
    )
    assert done.stdout == ""


def test_a_codebase_of_very_many_packages_is_told_whole(drupal: Driver, folder: Path) -> None:
    title = "x" * 900
    many = {
        f"sites/all/modules/m{number}/m{number}.{suffix}": text
        for number in range(1500)
        for suffix, text in (("info", f"name = {title}\ncore = 7.x\n"), ("module", "<?php\n"))
    }
    assert len(scan(drupal, build(folder, SEVEN, many)).packages) > 1500
