"""What nginx is told, byte by byte."""

from __future__ import annotations

import dataclasses

import pytest

from aegir.drivers.host.memory import Driver as MemoryHost
from aegir.drivers.web import PlatformConfig, Vhost, VhostState, WebService
from aegir.drivers.web.nginx import Driver
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


def nginx() -> Driver:
    return Driver(MemoryHost(), SERVICE)


def test_the_files_for_the_whole_server() -> None:
    for path, text in nginx().render_server().items():
        assert_golden(f"nginx/{path.rpartition('/')[2]}", text)


def test_a_platform() -> None:
    platform = PlatformConfig("d10", "/var/aegir/platforms/d10/web", "/var/aegir/run/php/d10.sock")
    assert_golden("nginx/platform.conf", nginx().render_platform(platform))


def test_a_site() -> None:
    assert_golden("nginx/vhost.conf", nginx().render_vhost(VHOST))


@pytest.mark.parametrize("state", ["maintenance", "disabled"])
def test_a_site_that_is_closed(state: VhostState) -> None:
    vhost = dataclasses.replace(VHOST, state=state, key="Zm9v_-" if state == "maintenance" else "")
    assert_golden(f"nginx/vhost-{state}.conf", nginx().render_vhost(vhost))


def test_a_site_with_names_that_redirect() -> None:
    aliases, redirects = ("www.example.org", "*.example.net"), ("example.org", "*.example.com")
    vhost = dataclasses.replace(VHOST, aliases=aliases, redirects=redirects, canonical="www.example.org")
    assert_golden("nginx/vhost-redirects.conf", nginx().render_vhost(vhost))


def test_the_file_that_tells_the_generation() -> None:
    assert_golden("nginx/live.conf", nginx()._generation_text(17))


def test_a_machine_with_ipv6_listens_there_too() -> None:
    host = MemoryHost()
    for folder in ("/proc", "/proc/net"):
        host.make_directory(folder)
    host.write("/proc/net/if_inet6", b"")
    assert "listen [::]:8080;" in Driver(host, SERVICE).render_server()["/var/aegir/config/nginx/listen.conf"]


def test_a_user_who_cannot_switch_names_no_other() -> None:
    text = Driver(MemoryHost(user="someone"), SERVICE).render_server()[SERVICE.config]
    assert "user www-data" not in text
