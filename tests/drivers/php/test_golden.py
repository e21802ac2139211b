"""What PHP-FPM is told, byte by byte, and what it is never told."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest

from aegir.drivers.host.memory import Driver as MemoryHost
from aegir.drivers.php import PhpService, Pool
from aegir.drivers.php.fpm import Driver
from aegir.errors import Refused
from tests.golden import assert_golden

SERVICE = PhpService(
    version="8.2",
    cli="/usr/bin/php8.2",
    fpm="/usr/sbin/php-fpm8.2",
    config="/var/aegir/config/php/8.2/php-fpm.conf",
    pool_directory="/var/aegir/config/php/8.2/pool.d",
    socket_directory="/var/aegir/run/php",
    pid_file="/var/aegir/run/php-8.2.pid",
    user="www-data",
    group="www-data",
    socket_group="nginx",
    log_directory="/var/aegir/log",
)
POOL = Pool("d10", "/var/aegir/platforms/d10", settings={"memory_limit": "1G"})
EVIL = ('x"\nuser = root', "${HOME}", "$pool", "a\nb", "back\\slash", "quo'te", "semi`", "[www]\n", "{}")


def fpm() -> Driver:
    return Driver(MemoryHost(), SERVICE)


def test_the_files_that_all_pools_share() -> None:
    for path, text in fpm().render_server().items():
        assert_golden(f"php/{path.rpartition('/')[2]}", text)


def test_a_pool() -> None:
    assert_golden("php/pool.conf", fpm().render(POOL))


def test_a_pool_of_a_user_who_cannot_switch() -> None:
    text = Driver(MemoryHost(user="someone"), SERVICE).render(POOL)
    assert_golden("php/pool-unprivileged.conf", text)


def test_the_pool_that_tells_the_generation() -> None:
    assert_golden("php/live.conf", fpm()._generation_text(17))


def test_logs_lie_beside_the_pid_file_where_nothing_else_is_said() -> None:
    text = Driver(MemoryHost(), dataclasses.replace(SERVICE, log_directory="")).render(POOL)
    assert 'slowlog = "/var/aegir/run/php-d10.slow.log"' in text


@pytest.mark.parametrize("evil", EVIL)
@pytest.mark.parametrize("field", ["name", "root"])
def test_a_pool_with_more_in_it_than_it_should_is_refused(field: str, evil: str) -> None:
    values: dict[str, Any] = {field: evil if field == "name" else f"/srv/{evil}"}
    with pytest.raises(Refused):
        fpm().render(dataclasses.replace(POOL, **values))


@pytest.mark.parametrize("evil", EVIL)
def test_a_setting_that_says_more_than_its_value_is_refused(evil: str) -> None:
    with pytest.raises(Refused):
        fpm().render(dataclasses.replace(POOL, settings={"error_log": evil}))
    with pytest.raises(Refused):
        fpm().render(dataclasses.replace(POOL, settings={evil: "1"}))


@pytest.mark.parametrize("evil", EVIL)
@pytest.mark.parametrize("field", ["user", "group", "socket_group", "socket_directory", "pid_file"])
def test_a_service_with_more_in_it_than_it_should_is_refused(field: str, evil: str) -> None:
    value = evil if field in ("user", "group", "socket_group") else f"/srv/{evil}"
    driver = Driver(MemoryHost(), dataclasses.replace(SERVICE, **{field: value}))
    with pytest.raises(Refused):
        [driver.render_server(), driver.render(POOL)]


@pytest.mark.parametrize("name", ["..", "a/b", "", "idle", ".hidden"])
def test_no_pool_takes_a_name_that_means_something_else(name: str) -> None:
    with pytest.raises(Refused):
        fpm().path(name)


def test_a_number_of_workers_that_is_none_is_not_written() -> None:
    with pytest.raises(ValueError):
        fpm().render(dataclasses.replace(POOL, max_children="1\nuser=root"))  # type: ignore[arg-type]
