"""Nothing that a value says can become configuration."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aegir.drivers.web import PlatformConfig
from aegir.errors import Refused
from tests.drivers.web.test_golden import SERVICE, VHOST, nginx

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
def test_a_word_of_a_vhost_that_is_more_than_a_word_is_refused(field: str, evil: str) -> None:
    values: dict[str, Any] = {field: evil}
    with pytest.raises(Refused):
        nginx().render_vhost(dataclasses.replace(VHOST, **values))


@pytest.mark.parametrize(
    "evil", [*EVIL, "*", "a.*.org", "*.*.org", ".example.org", "~^x$", "a..b", "A.org", "a b", ""]
)
@pytest.mark.parametrize("field", ["aliases", "redirects"])
def test_an_alias_that_is_no_host_name_is_refused(field: str, evil: str) -> None:
    values: dict[str, Any] = {field: ("ok.org", evil)}
    with pytest.raises(Refused):
        nginx().render_vhost(dataclasses.replace(VHOST, **values))


@pytest.mark.parametrize("evil", [*EVIL, "*.example.org"])
def test_a_name_to_redirect_to_is_one_host_name(evil: str) -> None:
    with pytest.raises(Refused):
        nginx().render_vhost(dataclasses.replace(VHOST, redirects=("old.org",), canonical=evil))


def test_a_name_does_not_redirect_to_itself() -> None:
    with pytest.raises(Refused, match="cannot redirect to itself"):
        nginx().render_vhost(dataclasses.replace(VHOST, redirects=(VHOST.domain,)))


@pytest.mark.parametrize("evil", EVIL)
def test_a_key_that_is_more_than_a_word_is_refused_without_being_told(evil: str) -> None:
    with pytest.raises(Refused, match="the value of key") as refused:
        nginx().render_vhost(dataclasses.replace(VHOST, state="maintenance", key=evil))
    assert evil.strip() not in str(refused.value)


@pytest.mark.parametrize("evil", EVIL)
def test_a_secret_that_nginx_cannot_hold_is_refused_without_being_told(evil: str) -> None:
    with pytest.raises(Refused, match="the value of db_passwd") as refused:
        nginx().render_vhost(dataclasses.replace(VHOST, secrets={"db_passwd": evil}))
    assert evil.strip() not in str(refused.value)


@pytest.mark.parametrize("evil", [*EVIL, "HTTP_HOST", "a b", "", "1a", "SCRIPT_FILENAME"])
def test_the_name_of_a_secret_is_a_plain_word(evil: str) -> None:
    with pytest.raises(Refused):
        nginx().render_vhost(dataclasses.replace(VHOST, secrets={evil: "x"}))


@pytest.mark.parametrize("evil", EVIL)
@pytest.mark.parametrize("field", ["name", "root", "php_socket"])
def test_a_platform_with_more_in_it_than_it_should_is_refused(field: str, evil: str) -> None:
    value = evil if field == "name" else f"/srv/{evil}"
    with pytest.raises(Refused):
        nginx().render_platform(dataclasses.replace(PLATFORM, **{field: value}))


@pytest.mark.parametrize("evil", EVIL)
@pytest.mark.parametrize("field", ["directory", "run_directory", "log_directory", "user", "group"])
def test_a_service_with_more_in_it_than_it_should_is_refused(field: str, evil: str) -> None:
    driver = nginx()
    values: dict[str, Any] = {field: evil if field in ("user", "group") else f"/srv/{evil}"}
    with pytest.raises(Refused):
        type(driver)(driver._host, dataclasses.replace(SERVICE, **values)).render_server()


@pytest.mark.parametrize("name", ["..", "../x", "a/b", "", ".hidden", "x/../../etc"])
def test_no_name_leads_out_of_its_folder(name: str) -> None:
    with pytest.raises(Refused):
        nginx().vhost_path(name)
    with pytest.raises(Refused):
        nginx().platform_path(name)


def test_a_socket_too_long_for_the_kernel_is_refused() -> None:
    with pytest.raises(Refused, match="shorter"):
        nginx().render_platform(dataclasses.replace(PLATFORM, php_socket=f"/run/{'x' * 110}.sock"))


@settings(deadline=None)
@given(st.text())
def test_a_secret_is_either_refused_or_written_as_one_quoted_word(value: str) -> None:
    try:
        text = nginx().render_vhost(dataclasses.replace(VHOST, secrets={"db_passwd": value}))
    except Refused:
        return
    assert f'    fastcgi_param db_passwd "{value}";\n' in text
    assert not set(value) & set('"\\$\n\r{}')
