"""What nginx and Apache are told, byte by byte."""

from __future__ import annotations

import dataclasses

import pytest

from aegir.drivers.host.memory import Driver as MemoryHost
from aegir.drivers.web import PlatformConfig, Vhost, VhostState, WebService
from aegir.drivers.web.apache import Driver as Apache
from aegir.drivers.web.nginx import Driver as Nginx
from tests.golden import assert_golden

SERVICE = WebService(
    driver="nginx",
    binary="/usr/sbin/nginx",
    config="/var/aegir/config/nginx/nginx.conf",
    directory="/var/aegir/config/nginx",
    run_directory="/var/aegir/run/nginx",
    log_directory="/var/aegir/log/nginx",
    user="www-data",
    group="www-data",
    port=8080,
)
VHOST = Vhost(
    domain="example.org",
    aliases=("www.example.org", "xn--bcher-kva.example"),
    platform="d10",
    root="/var/aegir/platforms/d10/web",
    site_directory="sites/example.org",
    port=8080,
    secrets={"db_name": "example", "db_passwd": "kQ9 ;#/+=~", "hash_salt": "Zm9v_-"},
)


PLATFORM = PlatformConfig("d10", "/var/aegir/platforms/d10/web", "/var/aegir/run/php/d10.sock")
HTACCESS = """\
# The platform's own.
<FilesMatch "\\.po$">
  Require all denied
</FilesMatch>
Options -Indexes
php_value assert.active 0
RewriteEngine on
RewriteCond %{REQUEST_FILENAME} \\
  !-f
RewriteRule ^ index.php [L]
"""
DRIVERS: dict[str, type[Nginx | Apache]] = {"nginx": Nginx, "apache": Apache}


def service(kind: str) -> WebService:
    text = {name: value.replace("nginx", kind) for name, value in vars(SERVICE).items() if name != "port"}
    return WebService(**text, port=SERVICE.port)


@pytest.fixture(params=["nginx", "apache"])
def driver(request: pytest.FixtureRequest) -> Nginx | Apache:
    return DRIVERS[request.param](MemoryHost(), service(request.param))


def kind(driver: Nginx | Apache) -> str:
    return driver.__module__.rpartition(".")[2]


def test_the_files_for_the_whole_server(driver: Nginx | Apache) -> None:
    for path, text in driver.render_server().items():
        assert_golden(f"{kind(driver)}/{path.rpartition('/')[2]}", text)


def test_a_platform(driver: Nginx | Apache) -> None:
    assert_golden(f"{kind(driver)}/platform.conf", driver.render_platform(PLATFORM))


def test_a_platform_with_rules_of_its_own(driver: Nginx | Apache) -> None:
    host = driver._host
    for folder in ("/var", "/var/aegir", "/var/aegir/platforms", "/var/aegir/platforms/d10", PLATFORM.root):
        host.make_directory(folder)
    host.write(f"{PLATFORM.root}/.htaccess", HTACCESS.encode())
    suffix = "-htaccess" if kind(driver) == "apache" else ""
    assert_golden(f"{kind(driver)}/platform{suffix}.conf", driver.render_platform(PLATFORM))


def test_a_site(driver: Nginx | Apache) -> None:
    assert_golden(f"{kind(driver)}/vhost.conf", driver.render_vhost(VHOST))


@pytest.mark.parametrize("state", ["maintenance", "disabled"])
def test_a_site_that_is_closed(driver: Nginx | Apache, state: VhostState) -> None:
    vhost = dataclasses.replace(VHOST, state=state, key="Zm9v_-" if state == "maintenance" else "")
    assert_golden(f"{kind(driver)}/vhost-{state}.conf", driver.render_vhost(vhost))


def test_a_site_with_names_that_redirect(driver: Nginx | Apache) -> None:
    aliases, redirects = ("www.example.org", "*.example.net"), ("example.org", "*.example.com")
    vhost = dataclasses.replace(VHOST, aliases=aliases, redirects=redirects, canonical="www.example.org")
    assert_golden(f"{kind(driver)}/vhost-redirects.conf", driver.render_vhost(vhost))


def test_the_file_that_tells_the_generation(driver: Nginx | Apache) -> None:
    assert_golden(f"{kind(driver)}/live.conf", driver._generation_text(17))


def test_a_machine_with_ipv6_listens_there_too() -> None:
    host = MemoryHost()
    for folder in ("/proc", "/proc/net"):
        host.make_directory(folder)
    host.write("/proc/net/if_inet6", b"")
    assert "listen [::]:8080;" in Nginx(host, SERVICE).render_server()["/var/aegir/config/nginx/listen.conf"]


def test_a_user_who_cannot_switch_names_no_other(driver: Nginx | Apache) -> None:
    own = service(kind(driver))
    text = type(driver)(MemoryHost(user="someone"), own).render_server()[own.config]
    assert "user www-data" not in text.lower()
