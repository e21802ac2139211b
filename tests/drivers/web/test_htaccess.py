"""A platform's .htaccess in Apache's own configuration: what it may say there, and what not."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from aegir.drivers.web import PlatformConfig
from aegir.drivers.web.apache import Driver
from aegir.drivers.web.htaccess import LONGEST, rules
from aegir.errors import Refused
from tests.drivers.web.conftest import Sites

PATH = "/srv/web/.htaccess"


def test_what_is_harmless_is_taken_over_in_its_order() -> None:
    text = "\ufeff# a comment \\\nstill\n\nRewriteEngine on\r\n\t<Files x>\nRequire all \\\n denied\n</Files>"
    assert rules(text, PATH) == ["RewriteEngine on", "<Files x>", "Require all  denied", "</Files>"]


@pytest.mark.parametrize(
    "line",
    [
        "php_value memory_limit 1G",
        "php_admin_flag engine off",
        "Options +ExecCGI",
        "AllowOverride All",
        "SetHandler server-status",
        "AddHandler cgi-script .x",
        "Action x /y",
        "Include /etc/shadow",
        "IncludeOptional /etc/shadow",
        "LoadModule x_module /tmp/x.so",
        "Define AEGIR_SITE sites/other",
        "ProxyFCGISetEnvIf true db_name x",
        "PassEnv AEGIR_HOME",
        "CustomLog |/bin/sh x",
    ],
)
def test_what_would_undermine_us_is_left_out_and_named(line: str) -> None:
    assert rules(f"{line}\nRewriteEngine on\n", PATH) == [
        f"# Left out: {line.split(maxsplit=1)[0]}",
        "RewriteEngine on",
    ]


@pytest.mark.parametrize(
    ("text", "where"),
    [
        ("</Directory>\nRequire all granted\n", "line 1"),
        ("# x\n</Files>\n", "line 2"),
        ("<Files x>\n</IfModule>\n", "line 2"),
        ("<Files x>\n", "never closed"),
        ("<Files x\n", "line 1"),
        ("<Directory />\n</Directory>\n", "line 1"),
        ("<VirtualHost *>\n</VirtualHost>\n", "line 1"),
        ("\\\n<Location />\n</Location>\n", "line 2"),
        ("<\\\n/Directory>\n", "line 1"),
        ("RewriteRule ^ ${AEGIR_SITE}\n", "line 1"),
        ("RewriteRule ^ $\\\n{AEGIR_SITE}\n", "line 1"),
        ("RewriteRule ^ x\rInclude /etc/shadow\n", "line 1"),
        ("RewriteRule ^ x\0\n", "line 1"),
        ("%{x}\n", "line 1"),
        ("# long\n" * LONGEST, "longer"),
    ],
)
def test_what_httpd_would_not_read_or_leads_out_is_refused(text: str, where: str) -> None:
    with pytest.raises(Refused, match=where):
        rules(text, PATH)


@pytest.fixture
def own_rules(sites: Sites) -> Iterator[Path]:
    """Where the platform's .htaccess goes; gone afterwards, and the platform is as it was."""
    if not isinstance(sites.driver, Driver):
        pytest.skip("nginx reads no .htaccess")
    path = sites.root / ".htaccess"
    path.unlink(missing_ok=True)
    yield path
    path.unlink()
    verify(sites)


def verify(sites: Sites) -> None:
    driver = sites.driver
    platform = PlatformConfig("p1", str(sites.root), sites.live.fpm.socket("p1"))
    driver.apply({driver.platform_path("p1"): driver.render_platform(platform)})


DRUPALS = """\
<FilesMatch "\\.(secret)$">
  Require all denied
</FilesMatch>
ErrorDocument 404 /index.php
php_value memory_limit 1G
RewriteEngine on
RewriteRule ^old$ /new [R=301,L]
RewriteRule ^evil$ sites/one.test/private/files/s.txt [L]
RewriteRule ^ - [E=db_name:evil,E=aegir_site:sites/two.test]
RewriteCond %{REQUEST_FILENAME} !-f
RewriteRule ^ index.php [L]
"""


@pytest.mark.live
def test_the_platforms_rules_hold_for_apache_and_cannot_undo_ours(sites: Sites, own_rules: Path) -> None:
    sites.put("sites/one.test/private/files/s.txt", "leaked")
    sites.put("note.secret", "leaked")
    own_rules.write_text(DRUPALS)
    verify(sites)
    assert sites.get("/old").headers["location"].endswith("/new")
    assert sites.get("/note.secret").status == 403
    assert sites.get("/evil").status == 403
    told = sites.get("/node/1?a=b").server
    assert (told["db_name"], told["aegir_site"]) == ("tale", "sites/one.test")
    assert (told["REQUEST_URI"], told["QUERY_STRING"]) == ("/node/1?a=b", "a=b")
    assert [name for name, value in told.items() if value == "s3cret"] == ["db_passwd"]
    told = sites.get("/files/styles/a.png?itok=1").server
    assert told["REQUEST_URI"] == "/sites/one.test/files/styles/a.png?itok=1"


@pytest.mark.live
def test_a_link_is_not_followed_to_rules(sites: Sites, own_rules: Path) -> None:
    own_rules.symlink_to("/etc/passwd")
    with pytest.raises(Refused, match="not a plain file"):
        verify(sites)
