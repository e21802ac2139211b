"""Nothing that a value says can become configuration."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aegir.drivers.host.memory import Driver as MemoryHost
from aegir.drivers.web import PlatformConfig
from aegir.drivers.web.apache import Driver as Apache
from aegir.drivers.web.nginx import Driver as Nginx
from aegir.errors import Refused
from tests.drivers.web.test_golden import DRIVERS, VHOST, driver, kind, service

__all__ = ["driver"]

EVIL = (
    'a"; } server { listen 1; #',
    "a;b{}\n",
    "a\nlisten 1;",
    "$host",
    "${host}",
    "back\\slash",
    "quo'te`",
    "{brace}",
    "null\0",
    "\x7f",
    "line\u2028break",
    "end\n",
)
PLATFORM = PlatformConfig("d10", "/srv/code", "/run/d10.sock")


@pytest.mark.parametrize("evil", EVIL)
@pytest.mark.parametrize("field", ["domain", "platform", "site_directory"])
def test_a_word_of_a_vhost_that_is_more_than_a_word_is_refused(
    driver: Nginx | Apache, field: str, evil: str
) -> None:
    values: dict[str, Any] = {field: evil}
    with pytest.raises(Refused):
        driver.render_vhost(dataclasses.replace(VHOST, **values))


@pytest.mark.parametrize(
    "evil", [*EVIL, "*", "a.*.org", "*.*.org", ".example.org", "~^x$", "a..b", "A.org", "a b", ""]
)
@pytest.mark.parametrize("field", ["aliases", "redirects"])
def test_an_alias_that_is_no_host_name_is_refused(driver: Nginx | Apache, field: str, evil: str) -> None:
    values: dict[str, Any] = {field: ("ok.org", evil)}
    with pytest.raises(Refused):
        driver.render_vhost(dataclasses.replace(VHOST, **values))


@pytest.mark.parametrize("evil", [*EVIL, "*.example.org"])
def test_a_name_to_redirect_to_is_one_host_name(driver: Nginx | Apache, evil: str) -> None:
    with pytest.raises(Refused):
        driver.render_vhost(dataclasses.replace(VHOST, redirects=("old.org",), canonical=evil))


def test_a_name_does_not_redirect_to_itself(driver: Nginx | Apache) -> None:
    with pytest.raises(Refused, match="cannot redirect to itself"):
        driver.render_vhost(dataclasses.replace(VHOST, redirects=(VHOST.domain,)))


@pytest.mark.parametrize("evil", EVIL)
def test_a_key_that_is_more_than_a_word_is_refused_without_being_told(
    driver: Nginx | Apache, evil: str
) -> None:
    with pytest.raises(Refused, match="the value of key") as refused:
        driver.render_vhost(dataclasses.replace(VHOST, state="maintenance", key=evil))
    assert evil.strip() not in str(refused.value)


@pytest.mark.parametrize("evil", EVIL)
def test_a_secret_that_the_server_cannot_hold_is_refused_without_being_told(
    driver: Nginx | Apache, evil: str
) -> None:
    with pytest.raises(Refused, match="the value of db_passwd") as refused:
        driver.render_vhost(dataclasses.replace(VHOST, secrets={"db_passwd": evil}))
    assert evil.strip() not in str(refused.value)


@pytest.mark.parametrize("evil", [*EVIL, "HTTP_HOST", "a b", "", "1a", "SCRIPT_FILENAME"])
def test_the_name_of_a_secret_is_a_plain_word(driver: Nginx | Apache, evil: str) -> None:
    with pytest.raises(Refused):
        driver.render_vhost(dataclasses.replace(VHOST, secrets={evil: "x"}))


@pytest.mark.parametrize("evil", EVIL)
@pytest.mark.parametrize("field", ["name", "root", "php_socket"])
def test_a_platform_with_more_in_it_than_it_should_is_refused(
    driver: Nginx | Apache, field: str, evil: str
) -> None:
    value = evil if field == "name" else f"/srv/{evil}"
    with pytest.raises(Refused):
        driver.render_platform(dataclasses.replace(PLATFORM, **{field: value}))


@pytest.mark.parametrize("evil", EVIL)
@pytest.mark.parametrize("field", ["directory", "run_directory", "log_directory", "user", "group"])
def test_a_service_with_more_in_it_than_it_should_is_refused(
    driver: Nginx | Apache, field: str, evil: str
) -> None:
    values: dict[str, Any] = {field: evil if field in ("user", "group") else f"/srv/{evil}"}
    with pytest.raises(Refused):
        type(driver)(driver._host, dataclasses.replace(service(kind(driver)), **values)).render_server()


@pytest.mark.parametrize("name", ["..", "../x", "a/b", "", ".hidden", "x/../../etc"])
def test_no_name_leads_out_of_its_folder(driver: Nginx | Apache, name: str) -> None:
    with pytest.raises(Refused):
        driver.vhost_path(name)
    with pytest.raises(Refused):
        driver.platform_path(name)


def test_a_socket_too_long_for_the_kernel_is_refused(driver: Nginx | Apache) -> None:
    with pytest.raises(Refused, match="shorter"):
        driver.render_platform(dataclasses.replace(PLATFORM, php_socket=f"/run/{'x' * 110}.sock"))


@pytest.mark.parametrize(
    ("name", "written"),
    [
        ("nginx", '    fastcgi_param db_passwd "{}";\n'),
        ("apache", '    ProxyFCGISetEnvIf "true" db_passwd "{}"\n'),
    ],
)
@settings(deadline=None)
@given(value=st.text())
def test_a_secret_is_either_refused_or_written_as_one_quoted_word(
    name: str, written: str, value: str
) -> None:
    server = DRIVERS[name](MemoryHost(), service(name))
    try:
        text = server.render_vhost(dataclasses.replace(VHOST, secrets={"db_passwd": value}))
    except Refused:
        return
    assert written.format(value) in text
    assert not set(value) & set('"\\$\n\r{}')
