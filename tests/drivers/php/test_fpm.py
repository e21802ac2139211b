"""PHP-FPM as sites meet it."""

from __future__ import annotations

import json
import os
import time
from pathlib import Path

import pytest

from aegir.drivers.php import Pool
from aegir.errors import Broken
from tests.drivers.web.conftest import Sites
from tests.live.web import php_version

pytestmark = pytest.mark.live


def _age(path: Path) -> None:
    """Make a file as old as code usually is: opcache leaves files of the last two seconds alone."""
    old = time.time() - 3600
    os.utime(path, (old, old))


@pytest.mark.parametrize(
    "path",
    [
        "sites/sites.php",
        "sites/two.test/settings.php",
        "sites/two.test/local.settings.php",
        "sites/all/platform.settings.php",
    ],
)
def test_a_change_of_a_settings_file_is_seen_at_once(sites: Sites, path: str) -> None:
    # The main program itself is cached: what it says of that shows that the cache is on.
    sites.put(
        "cron.php",
        "<?php $code = opcache_get_status()['scripts']; include $_GET['path'];"
        " echo isset($code[__FILE__]), isset($code[__DIR__ . '/' . $_GET['path']]);",
    )
    _age(sites.root / "cron.php")
    for answer in ("first", "second", "third"):
        sites.put(path, f"<?php echo '{answer} ';")
        _age(sites.root / path)
        sites.get(f"/cron.php?path={path}", host="two.test")
        assert sites.get(f"/cron.php?path={path}", host="two.test").body.decode() == f"{answer} 1"


def test_php_runs_without_the_machines_environment_and_hides_errors(sites: Sites) -> None:
    sites.put(
        "xmlrpc.php",
        "<?php echo json_encode([getenv(), ini_get_all(null, false), $_SERVER]); trigger_error('x');",
    )
    try:
        environment, settings, _ = json.loads(sites.get("/xmlrpc.php").body)
    finally:
        (sites.root / "xmlrpc.php").unlink()
    assert environment["PATH"] == "/usr/local/bin:/usr/bin:/bin"
    assert "HOSTNAME" not in environment
    assert "AEGIR_HOME" not in environment
    assert (settings["memory_limit"], settings["display_errors"]) == ("512M", "0")


def test_a_pool_comes_and_goes_while_its_neighbour_answers(sites: Sites) -> None:
    fpm, host = sites.live.fpm, sites.live.host
    fpm.apply({fpm.path("p2"): fpm.render(Pool("p2", str(sites.root)))})
    made = host.stat(fpm.socket("p2"))
    assert made is not None
    assert made.mode & 0o007 == 0
    assert sites.get("/").status == 200
    fpm.apply({fpm.path("p2"): None})
    assert host.stat(fpm.socket("p2")) is None
    assert sites.get("/").status == 200


def test_a_pool_that_php_does_not_accept_is_taken_back(sites: Sites) -> None:
    fpm, host = sites.live.fpm, sites.live.host
    before = fpm.live()
    with pytest.raises(Broken, match=r"does not accept its configuration: .*nonsense"):
        fpm.apply({fpm.path("p3"): "[p3]\nnonsense = 1\n"})
    assert host.read(fpm.path("p3")) is None
    assert fpm.live() == before
    fpm.test()


def test_what_is_written_already_is_not_loaded_again(sites: Sites) -> None:
    fpm = sites.live.fpm
    before = fpm.live()
    fpm.apply({fpm.path("p1"): fpm.render(Pool("p1", str(sites.root)))})
    assert fpm.live() == before


def test_a_file_elsewhere_is_not_this_drivers_to_write(sites: Sites) -> None:
    with pytest.raises(ValueError):
        sites.live.fpm.apply({"/etc/passwd": "x"})


def test_versions_and_extensions_are_those_of_the_machine(sites: Sites) -> None:
    assert sites.live.fpm.versions()[-1] == php_version()
    assert {"core", "json", "session"} <= set(sites.live.fpm.extensions())


def test_without_the_number_of_its_process_php_is_not_reloaded(sites: Sites) -> None:
    fpm, pid = sites.live.fpm, Path(sites.live.php.pid_file)
    number = pid.read_text()
    pid.unlink()
    try:
        with pytest.raises(Broken, match="restart it"):
            fpm.apply({fpm.path("p4"): fpm.render(Pool("p4", str(sites.root)))})
    finally:
        pid.write_text(number)
    assert not Path(fpm.path("p4")).exists()
    assert sites.get("/").status == 200
