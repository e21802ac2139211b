"""What visitors get, and what they do not, of a site that is served."""

from __future__ import annotations

import http.client

import pytest

from tests.drivers.web.conftest import Sites

pytestmark = pytest.mark.live

DENIED = (
    "/.git/config",
    "/.htaccess",
    "/sites/one.test/files/.ht.sqlite",
    "/x/.well-known/key",
    "/%2egit/config",
    "/sites/one.test/private/files/s.txt",
    "/sites/two.test/private/files/s.txt",
    "/sites/one.test/files/private/s.txt",
    "/files/private/s.txt",
    "/sites/one.test/files/evil.php",
    "/sites/one.test/files/evil.php/x.png",
    "/sites/one.test/files/deep/evil.phtml",
    "/sites/one.test/files/evil.php.png",
    "/files/evil.php",
    "/files/evil.phar",
    "/sites/one.test/settings.php",
    "/sites/one.test/settings.php.bak",
    "/sites/one.test/local.settings.php~",
    "/modules/a.php",
    "/sites/s.php/index.php",
    "/install.php",
    "/core/install.php",
    "/includes/bootstrap.inc",
    "/modules/node/node.module",
    "/modules/node/node.info",
    "/modules/node/node.info.yml",
    "/core/services.yaml",
    "/dump.sql",
    "/dump.mysql",
    "/data.sqlite",
    "/fr.po",
    "/page.tpl.php",
    "/page.html.twig",
    "/composer.json",
    "/composer.lock",
    "/package.json",
    "/web.config",
    "/vendor/x.js",
    "/CHANGELOG.txt",
    "/core/INSTALL.mysql.txt",
    "/README.md",
)
EVERYWHERE = {path.split("?")[0].lstrip("/").replace("%2e", ".") for path in DENIED}


@pytest.fixture(scope="session", autouse=True)
def _all_of_it_is_there(sites: Sites) -> None:
    for path in EVERYWHERE:
        place = sites.root / path
        if not place.exists() and not any(parent.is_file() for parent in place.parents):
            sites.put(path, "<?php echo 'leaked';")
    for domain in ("one.test", "two.test"):
        sites.put(f"sites/{domain}/files/who.txt", domain)
    sites.put("sites/one.test/files/a b ü.txt", "spaced")
    sites.put("sites/one.test/files/robots.txt", "own robots")
    sites.put("robots.txt", "platform robots")
    sites.put("misc/drupal.js", "js();" * 500)
    sites.put(".well-known/key", "proof")


@pytest.mark.parametrize("path", DENIED)
def test_what_is_not_for_visitors_is_denied(sites: Sites, path: str) -> None:
    assert sites.get(path).status == 403


def test_an_unknown_host_gets_nothing(sites: Sites) -> None:
    assert sites.driver.probe("unknown.test") == 0
    if sites.live.kind == "nginx":
        with pytest.raises(http.client.RemoteDisconnected):
            sites.get("/", host="unknown.test")
    else:
        answer = sites.get("/files/who.txt", host="unknown.test")
        assert (answer.status, answer.body) == (421, b"")


def test_the_site_and_its_alias_reach_drupal_with_the_secrets(sites: Sites) -> None:
    for host in ("one.test", "www.one.test"):
        told = sites.get("/node/1?page=2", host=host).server
        assert (told["db_name"], told["db_passwd"]) == ("tale", "s3cret")
        assert told["REQUEST_URI"] == "/node/1?page=2"
        assert told["QUERY_STRING"] == "page=2"
        assert told["SCRIPT_NAME"] == "/index.php"
        assert told["SCRIPT_FILENAME"] == f"{sites.root}/index.php"


def test_a_site_does_not_get_its_neighbours_secrets(sites: Sites) -> None:
    told = sites.get("/", host="two.test").server
    assert told["db_name"] == "other"
    assert "db_passwd" not in told


def test_php_knows_the_port_that_the_visitor_typed(sites: Sites) -> None:
    told = sites.get("/").server
    assert told["HTTP_HOST"] == f"one.test:{sites.live.port}"
    assert told["SERVER_PORT"] == str(sites.live.port)
    assert told["SERVER_NAME"] == "one.test"


def test_a_visitor_cannot_choose_the_proxy_of_php(sites: Sites) -> None:
    assert not sites.get("/", headers={"Proxy": "evil:1"}).server.get("HTTP_PROXY")


def test_a_visitor_cannot_pass_for_the_web_servers_secrets(sites: Sites) -> None:
    told = sites.get("/", headers={"db_name": "evil", "db-name": "evil"}).server
    assert told["db_name"] == "tale"


@pytest.mark.parametrize(
    ("path", "program", "info"),
    [
        ("/update.php/selection", "/update.php", "/selection"),
        ("/index.php/user/login", "/index.php", "/user/login"),
    ],
)
def test_programs_get_the_rest_of_the_path(sites: Sites, path: str, program: str, info: str) -> None:
    told = sites.get(path).server
    assert (told["SCRIPT_NAME"], told["PATH_INFO"]) == (program, info)
    assert told["SCRIPT_FILENAME"] == f"{sites.root}{program}"


@pytest.mark.parametrize(
    "path", ["/cron.php", "/old/page.php", "/xmlrpc.php?a=1", "/core/modules/statistics/statistics.php"]
)
def test_the_address_of_a_program_that_is_not_there_is_drupals(sites: Sites, path: str) -> None:
    told = sites.get(path).server
    assert told["SCRIPT_FILENAME"] == f"{sites.root}/index.php"
    assert told["REQUEST_URI"] == path


@pytest.mark.parametrize(
    "prefix", ["/files", "/sites/one.test/files", "/sites/two.test/files", "/sites/gone.test/files"]
)
def test_files_are_the_sites_own_whatever_the_name(sites: Sites, prefix: str) -> None:
    answer = sites.get(f"{prefix}/who.txt")
    assert answer.body == b"one.test"
    assert "max-age" in answer.headers["cache-control"]
    assert answer.headers["x-content-type-options"] == "nosniff"


def test_a_file_with_a_strange_name_is_found(sites: Sites) -> None:
    assert sites.get("/files/a%20b%20%C3%BC.txt").body == b"spaced"


@pytest.mark.parametrize("prefix", ["/files", "/sites/one.test/files", "/sites/two.test/files"])
def test_a_missing_image_size_is_drupals_to_make_under_its_own_address(sites: Sites, prefix: str) -> None:
    told = sites.get(f"{prefix}/styles/thumb/public/a%20b.png?itok=1").server
    assert told["REQUEST_URI"] == "/sites/one.test/files/styles/thumb/public/a%20b.png?itok=1"
    assert told["QUERY_STRING"] == "itok=1"


def test_dots_do_not_lead_out_of_the_files(sites: Sites) -> None:
    answer = sites.get("/files/../private/files/s.txt")
    assert b"leaked" not in answer.body
    assert b"leaked" not in sites.get("/files/..%2f..%2fsettings.php").body


def test_robots_are_the_sites_where_it_has_its_own(sites: Sites) -> None:
    assert sites.get("/robots.txt").body == b"own robots"
    assert sites.get("/robots.txt", host="two.test").body == b"platform robots"


def test_code_for_browsers_is_cached_and_compressed(sites: Sites) -> None:
    answer = sites.get("/misc/drupal.js", headers={"Accept-Encoding": "gzip"})
    assert answer.headers["content-encoding"] == "gzip"
    assert "max-age" in answer.headers["cache-control"]


def test_well_known_files_are_shown(sites: Sites) -> None:
    assert sites.get("/.well-known/key").body == b"proof"


def test_the_server_does_not_tell_its_version(sites: Sites) -> None:
    assert sites.get("/.git/config").headers["server"].lower() == sites.live.kind
    assert "x-powered-by" not in sites.get("/").headers
