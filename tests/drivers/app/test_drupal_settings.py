"""settings.php and sites.php, read by a real PHP."""

from __future__ import annotations

import base64
import json
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aegir.drivers.app import SitePlace, SiteSecrets
from aegir.drivers.app.drupal import Driver
from aegir.drivers.app.drupal_settings import php_string, trusted_patterns
from aegir.drivers.host.local import Driver as LocalHost
from tests.codebases import PHP

HOSTILE = "it's \\' . system('id') . '\\ <?php ?> $x {$y} \"quoted\" ünïcode\n"
PLACE = SitePlace("/code", "sites/example.org", "http://example.org:8080", PHP, "www-data")
MYSQL = {
    "driver": "mysql",
    "database": "site_1",
    "username": "user_1",
    "password": HOSTILE,
    "host": "",
    "port": "",
    "unix_socket": "/run/my.sock",
}
SECRETS = SiteSecrets(MYSQL, "salt" + HOSTILE)
READ = """
error_reporting(E_ALL);
set_error_handler(function ($number, $text) { fwrite(STDERR, $text); exit(9); });
foreach (json_decode(stream_get_contents(STDIN), true) as $name => $value) { $_SERVER[$name] = $value; }
$settings = $conf = $config = [];
include $argv[1];
$left = array_intersect_key($_SERVER, array_flip(['db_type', 'db_name', 'db_user', 'db_passwd', 'db_host',
    'db_port', 'db_socket', 'hash_salt']));
echo json_encode(['databases' => $databases, 'settings' => $settings, 'conf' => $conf,
    'config' => $config, 'left' => $left,
    'salt' => $drupal_hash_salt ?? null, 'local' => $local ?? null]);
"""


def written(
    folder: Path,
    major: int,
    secrets: SiteSecrets | None,
    names: tuple[str, ...] = (),
    mail: bool = True,
) -> Path:
    """A settings.php in its place in a codebase."""
    path = folder / "sites/example.org/settings.php"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(Driver(LocalHost()).settings(PLACE, major, names=names, cloaked=secrets, mail=mail))
    return path


def read(path: Path, server: dict[str, str]) -> dict[str, Any]:
    """What PHP knows after including the file."""
    done = subprocess.run(
        [PHP, "-r", READ, "--", str(path)],
        input=json.dumps(server),
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found


@pytest.mark.parametrize("major", [7, 8, 9, 10, 11])
def test_a_cloaked_file_reads_its_secrets_and_lets_go_of_them(tmp_path: Path, major: int) -> None:
    path = written(tmp_path, major, None)
    assert "site_1" not in path.read_text()

    found = read(path, SECRETS.environment())

    connection = found["databases"]["default"]["default"]
    assert {key: connection[key] for key in ("driver", "database", "username", "password")} == {
        key: MYSQL[key] for key in ("driver", "database", "username", "password")
    }
    assert connection["unix_socket"] == "/run/my.sock"
    assert "host" not in connection
    assert (found["salt"] if major == 7 else found["settings"]["hash_salt"]) == SECRETS.hash_salt
    assert not found["left"]


def test_the_processes_that_drush_starts_are_left_their_secrets(tmp_path: Path) -> None:
    found = read(written(tmp_path, 10, None), SECRETS.environment() | {"aegir_drush": "1"})
    assert found["left"]["db_passwd"] == HOSTILE


@pytest.mark.parametrize("major", [7, 10])
def test_a_plain_file_holds_the_secrets_exactly_and_asks_for_none(tmp_path: Path, major: int) -> None:
    found = read(written(tmp_path, major, SECRETS), {})
    assert found["databases"]["default"]["default"]["password"] == HOSTILE
    assert (found["salt"] if major == 7 else found["settings"]["hash_salt"]) == SECRETS.hash_salt


@pytest.mark.parametrize("major", [7, 10])
def test_plain_and_cloaked_files_mean_the_same(tmp_path: Path, major: int) -> None:
    cloaked = read(written(tmp_path / "cloaked", major, None), SECRETS.environment())
    plain = read(written(tmp_path / "plain", major, SECRETS), {})
    assert cloaked == plain


@pytest.mark.parametrize("major", [7, 10])
def test_a_cloaked_file_that_is_told_nothing_is_still_php(tmp_path: Path, major: int) -> None:
    assert read(written(tmp_path, major, None), {})["databases"]["default"]["default"]["database"] == ""


def test_a_sqlite_site_names_its_file_alone(tmp_path: Path) -> None:
    database = dict.fromkeys(MYSQL, "") | {"driver": "sqlite", "database": "/data/x/site.sqlite"}
    found = read(written(tmp_path, 10, None), SiteSecrets(database, "salt").environment())
    connection = found["databases"]["default"]["default"]
    assert {key: value for key, value in connection.items() if value} == {
        "driver": "sqlite",
        "database": "/data/x/site.sqlite",
    }


def test_what_is_the_operators_is_read_last_and_in_order(tmp_path: Path) -> None:
    path = written(tmp_path, 10, None)
    everyone = tmp_path / "sites/all"
    everyone.mkdir()
    (everyone / "platform.settings.php").write_text(
        "<?php $local = 'platform'; $settings['hash_salt'] = 'p';"
    )
    (path.parent / "local.settings.php").write_text("<?php $local .= ' and site';")
    found = read(path, SECRETS.environment())
    assert found["local"] == "platform and site"
    assert found["settings"]["hash_salt"] == "p"


def test_files_lie_in_the_sites_own_directory(tmp_path: Path) -> None:
    modern = read(written(tmp_path, 10, None), {})["settings"]
    assert modern["file_public_path"] == "sites/example.org/files"
    assert modern["file_private_path"] == "sites/example.org/private/files"
    assert modern["file_temp_path"] == "sites/example.org/private/temp"
    assert modern["config_sync_directory"] == "sites/example.org/private/config/sync"
    seven = read(written(tmp_path, 7, None), {})["conf"]
    assert seven["file_public_path"] == "sites/example.org/files"
    assert seven["file_private_path"] == "sites/example.org/private/files"
    assert seven["file_temporary_path"] == "sites/example.org/private/temp"


def test_only_the_sites_own_names_are_trusted(tmp_path: Path) -> None:
    found = read(written(tmp_path, 10, None, ("www.example.org", "Shop.example.org")), {})
    assert found["settings"]["trusted_host_patterns"] == [
        r"^example\.org$",
        r"^shop\.example\.org$",
        r"^www\.example\.org$",
    ]


def test_a_wildcard_trusts_every_name_below_it_and_not_the_name_itself(tmp_path: Path) -> None:
    found = read(written(tmp_path, 10, None, ("*.shop.org",)), {})["settings"]["trusted_host_patterns"]
    [pattern] = [pattern for pattern in found if "shop" in pattern]
    assert re.search(pattern, "a.shop.org")
    assert re.search(pattern, "a.b-c.shop.org")
    for name in ("shop.org", ".shop.org", "a.shop.org.evil.org", "a.shopXorg", "evil/a.shop.org"):
        assert not re.search(pattern, name)


@pytest.mark.parametrize("major", [7, 10])
def test_a_site_that_may_send_mail_is_told_nothing_of_it(tmp_path: Path, major: int) -> None:
    assert "mail" not in written(tmp_path, major, None).read_text()


@pytest.mark.parametrize("major", [7, 8, 11])
def test_a_site_without_mail_collects_it_whatever_its_own_settings_say(tmp_path: Path, major: int) -> None:
    path = written(tmp_path, major, None, mail=False)
    (path.parent / "local.settings.php").write_text(
        "<?php $conf['mail_system'] = ['default-system' => 'Smtp', 'shop' => 'Smtp'];"
        "$config['system.mail']['interface']['default'] = 'smtp';"
    )
    found = read(path, {})
    if major == 7:
        assert found["conf"]["mail_system"] == {"default-system": "TestingMailSystem"}
    else:
        assert found["config"]["system.mail"]["interface"]["default"] == "test_mail_collector"


def test_no_name_is_trusted_twice_and_an_empty_one_never() -> None:
    assert trusted_patterns(["a.b", "A.b", ""]) == [r"^a\.b$"]


@settings(max_examples=25, deadline=None)
@given(st.text(alphabet=st.characters(exclude_categories=("Cs",), exclude_characters="\0")))
def test_any_text_comes_back_from_php_as_it_was(text: str) -> None:
    code = f"echo base64_encode({php_string(text)});"
    done = subprocess.run([PHP, "-r", code], capture_output=True, timeout=30, check=True)
    assert base64.b64decode(done.stdout).decode() == text


def sites(folder: Path, server: dict[str, str]) -> dict[str, str]:
    """The mapping that a platform's sites.php makes for one request."""
    (folder / "sites.php").write_text(Driver(LocalHost()).sites_php())
    code = (
        "foreach (json_decode(stream_get_contents(STDIN), true) as $name => $value) {"
        "$_SERVER[$name] = $value; } $sites = []; include $argv[1]; echo json_encode((object) $sites);"
    )
    done = subprocess.run(
        [PHP, "-r", code, "--", str(folder / "sites.php")],
        input=json.dumps(server),
        capture_output=True,
        text=True,
        timeout=30,
        check=True,
    )
    found: dict[str, str] = json.loads(done.stdout)
    return found


def test_sites_php_knows_the_host_that_was_asked_for_with_and_without_its_port(tmp_path: Path) -> None:
    asked = {"HTTP_HOST": "Example.ORG:8080", "aegir_site": "sites/example.org"}
    assert sites(tmp_path, asked) == {"example.org": "example.org", "8080.example.org": "example.org"}


def test_sites_php_knows_nothing_when_the_web_server_names_no_site(tmp_path: Path) -> None:
    assert sites(tmp_path, {"HTTP_HOST": "example.org"}) == {}


def test_what_the_operator_says_of_other_hosts_is_kept(tmp_path: Path) -> None:
    (tmp_path / "local.sites.php").write_text("<?php $sites['other.org'] = 'other';")
    assert sites(tmp_path, {}) == {"other.org": "other"}
