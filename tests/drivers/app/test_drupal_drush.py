"""The platform's own Drush, run on one site."""

from __future__ import annotations

import json
import os
from dataclasses import replace
from pathlib import Path

import pytest

from aegir.drivers.app import SitePlace, SiteSecrets
from aegir.drivers.app.drupal import Driver
from aegir.drivers.app.drupal_drush import SCRIPT
from aegir.drivers.host import Stream
from aegir.errors import Broken, Refused
from tests.bridge.sites import lay_out
from tests.codebases import PHP, Ground
from tests.live.web import WEB_USER

SECRETS = SiteSecrets(
    {"driver": "mysql", "database": "site_1", "password": "pass-word-1"}, "salt-of-the-site"
)
TELL = """<?php
$told = ['argv' => $argv, 'cwd' => getcwd(), 'uid' => posix_geteuid(), 'stdin' => stream_get_contents(STDIN)];
foreach (['db_type', 'db_name', 'db_passwd', 'hash_salt', 'aegir_site'] as $name) {
    $told[$name] = $_SERVER[$name] ?? null;
}
file_put_contents(sys_get_temp_dir() . '/' . basename(getcwd()) . '.told', json_encode($told));
echo "The password is {$_SERVER['db_passwd']}.\\n";
if (in_array('fail', $argv)) {
    fwrite(STDERR, "All is lost: {$_SERVER['hash_salt']}\\n");
    exit(3);
}
if (in_array('hang', $argv)) {
    sleep(600);
}
"""


@pytest.fixture
def place(open_folder: Path, request: pytest.FixtureRequest) -> SitePlace:
    """A site on a codebase whose Drush tells what it was told."""
    root = open_folder / f"drush-{abs(hash(request.node.name))}"
    (root / SCRIPT).parent.mkdir(parents=True)
    (root / SCRIPT).write_text(TELL)
    (root / "sites/example.org").mkdir(parents=True)
    (root / "sites/example.org/settings.php").write_text("<?php\n")
    return SitePlace(str(root), "sites/example.org", "http://example.org:8080", PHP, WEB_USER)


def told(place: SitePlace) -> dict[str, object]:
    path = Path("/tmp") / f"{Path(place.root).name}.told"
    found: dict[str, object] = json.loads(path.read_text())
    path.unlink()
    return found


def test_drush_is_told_the_site_and_gets_secrets_through_its_environment_alone(
    place: SitePlace, drupal: Driver
) -> None:
    drupal.drush(place, SECRETS, ["pm:list", "--type=module", "a b; c"])
    found = told(place)
    script = f"{place.root}/{SCRIPT}"
    site = [f"--root={place.root}", "--uri=http://example.org:8080"]
    assert found["argv"] == [script, *site, "pm:list", "--type=module", "a b; c"]
    assert found["cwd"] == place.root
    assert found["stdin"] == ""
    assert (found["db_type"], found["db_name"], found["db_passwd"]) == ("mysql", "site_1", "pass-word-1")
    assert (found["hash_salt"], found["aegir_site"]) == ("salt-of-the-site", "sites/example.org")
    assert (found["uid"] == 0) is False


def test_what_drush_prints_is_heard_without_secrets(place: SitePlace, drupal: Driver) -> None:
    heard: list[tuple[Stream, str]] = []
    drupal.drush(place, SECRETS, ["status"], listener=lambda stream, line: heard.append((stream, line)))
    assert heard == [("out", "The password is ********.")]
    told(place)


def test_a_drush_that_ends_badly_is_broken_with_what_it_said_last(place: SitePlace, drupal: Driver) -> None:
    with pytest.raises(
        Broken, match=r"«drush fail» of sites/example\.org failed: All is lost: \*+ \(code 3\)"
    ):
        drupal.drush(place, SECRETS, ["fail"])
    told(place)


def test_a_drush_that_never_ends_is_ended(place: SitePlace, drupal: Driver) -> None:
    with pytest.raises(Broken, match="«drush hang»"):
        drupal.drush(place, SECRETS, ["hang"], timeout=2.0)
    told(place)


@pytest.mark.parametrize(
    "arguments",
    [[], [""], [" "], ["--version"], ["-y"], ["@other", "status"], ["status", "--uri=http://other"],
     ["status", "-r", "/srv/other"], ["status", "-lhttp://other"], ["php:eval", "a\0b"]],
)  # fmt: skip
def test_what_is_no_command_or_chooses_another_site_is_refused(
    place: SitePlace, drupal: Driver, arguments: list[str]
) -> None:
    with pytest.raises(Refused):
        drupal.drush(place, SECRETS, arguments)
    assert not (Path("/tmp") / f"{Path(place.root).name}.told").exists()


def test_drush_is_found_in_the_docroot_or_beside_it(tmp_path: Path, drupal: Driver) -> None:
    for folder in ("inside/vendor", "project/vendor", "project/web", "project/other"):
        (tmp_path / folder).mkdir(parents=True)
    for project in ("inside", "project"):
        (tmp_path / project / SCRIPT).parent.mkdir(parents=True)
        (tmp_path / project / SCRIPT).write_text("<?php\n")
    assert drupal.has_drush(str(tmp_path / "inside"))
    assert drupal.has_drush(str(tmp_path / "project/web"))
    # A folder of codebases may hold a vendor that is none of theirs.
    assert not drupal.has_drush(str(tmp_path / "project/other"))


def test_a_platform_without_drush_says_how_to_get_one(place: SitePlace, drupal: Driver) -> None:
    os.unlink(f"{place.root}/{SCRIPT}")
    with pytest.raises(Refused, match="brings no Drush: add drush/drush to it with Composer"):
        drupal.drush(place, SECRETS, ["status"])


def test_the_drush_of_a_codebase_works_on_the_site_it_was_given(ground: Ground, open_folder: Path) -> None:
    if not ground.driver.has_drush(str(ground.root)):
        pytest.skip("This codebase brings no Drush.")
    site = lay_out(ground, open_folder / "databases-of-drush")
    site.install()
    heard: list[str] = []
    driver, place, secrets = ground.driver, site.place, site.secrets
    driver.drush(place, secrets, ["state:set", "aegir", "here"])
    driver.drush(place, secrets, ["state:get", "aegir"], listener=lambda _, line: heard.append(line))
    assert "here" in heard
    with pytest.raises(Refused, match=r"There is no .*/sites/none\.example\.org/settings\.php"):
        driver.drush(replace(place, directory="sites/none.example.org"), secrets, ["status"])
