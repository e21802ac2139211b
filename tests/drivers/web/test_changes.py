"""A web server under change: neighbours never notice, and what fails is as if it had never been."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from socket import AF_UNIX
from socket import socket as unix_socket
from typing import Any

import pytest

from aegir.drivers.web import PlatformConfig
from aegir.errors import Broken, Refused, Unreachable
from tests.drivers.web.conftest import Sites
from tests.live.web import LiveWeb

pytestmark = pytest.mark.live


def test_a_broken_vhost_is_rejected_and_the_old_text_is_back(sites: Sites, fresh_site: str) -> None:
    driver, host = sites.driver, sites.live.host
    path = driver.vhost_path(fresh_site)
    before, generation = host.read(path), driver.live()
    with pytest.raises(Broken, match=r"(nginx|Apache) does not accept its configuration: .*nonsense"):
        driver.apply({path: "nonsense;\n", driver.vhost_path("more.test"): "# more\n"})
    assert host.read(path) == before
    assert host.read(driver.vhost_path("more.test")) is None
    assert driver.live() == generation
    assert sites.get("/", host=fresh_site).status == 200
    assert sites.get("/").status == 200


def test_a_removed_site_is_unknown_when_the_call_returns(sites: Sites, fresh_site: str) -> None:
    assert sites.driver.probe(fresh_site) == 200
    sites.driver.apply({sites.driver.vhost_path(fresh_site): None})
    assert [sites.driver.probe(fresh_site) for _ in range(5)] == [0] * 5


def test_neighbours_never_notice_a_reload(sites: Sites, fresh_site: str) -> None:
    over, seen = threading.Event(), Counter[int]()

    def visit() -> None:
        while not over.is_set():
            seen[sites.get("/").status] += 1

    with ThreadPoolExecutor() as pool:
        visiting = pool.submit(visit)
        try:
            for turn in range(5):
                sites.add(fresh_site, aliases=(f"n{turn}.test",))
                assert sites.driver.probe(f"n{turn}.test") == 200
        finally:
            over.set()
        visiting.result(30)
    assert set(seen) == {200}


def test_what_is_written_already_is_not_loaded_again(sites: Sites, fresh_site: str) -> None:
    before = sites.driver.live()
    sites.add(fresh_site)
    assert sites.driver.live() == before


def test_the_whole_server_can_be_written_anew(sites: Sites) -> None:
    driver = sites.driver
    before = driver.live()
    driver.apply(dict(driver.render_server()))
    assert driver.live() == before


def test_only_its_owner_may_read_a_vhost(sites: Sites) -> None:
    seen = sites.live.host.stat(sites.driver.vhost_path("one.test"))
    assert seen is not None
    assert seen.mode == 0o600


GONE = {
    "nginx": "location = /gone { return 410; }\n",
    "apache": "RewriteRule ^/gone$ - [R=410]\n",
}


def test_the_operators_lines_win_over_ours_and_stay(sites: Sites, fresh_site: str) -> None:
    driver, folder = sites.driver, Path(sites.live.web.directory) / "pre.d" / fresh_site
    folder.mkdir()
    extra = folder / "gone.conf"
    text = GONE[sites.live.kind]
    extra.write_text(text)
    try:
        sites.add(fresh_site, aliases=("alias.test",))
        assert driver.probe(fresh_site, "/gone") == 410
        assert extra.read_text() == text
    finally:
        extra.unlink()
        folder.rmdir()


def test_a_file_elsewhere_is_not_this_drivers_to_write(sites: Sites) -> None:
    with pytest.raises(ValueError):
        sites.driver.apply({"/etc/passwd": "x"})


def test_a_probe_asks_for_paths_only(sites: Sites) -> None:
    assert sites.driver.probe("one.test", "/.git/x") == 403
    with pytest.raises(Refused):
        sites.driver.probe("one.test", "@evil.test/")
    with pytest.raises(Refused):
        sites.driver.probe("one.test\r\nX: y")


def test_the_version_is_told(sites: Sites) -> None:
    assert re.fullmatch(r"(nginx|Apache) [12]\.\d+\.\d+", sites.driver.version())


NORMAL_USER = """
import json, sys
from aegir.drivers.php import Pool
from aegir.drivers.web import PlatformConfig, Vhost
from tests.live.web import LiveWeb
with LiveWeb(sys.argv[1]) as live:
    root = live.folder / "code"
    (root / "sites/one.test/files").mkdir(parents=True)
    (root / "index.php").write_text("<?php http_response_code(isset($_SERVER['db_name']) ? 200 : 500);")
    live.fpm.apply({live.fpm.path("p"): live.fpm.render(Pool("p", str(root)))})
    driver = live.driver
    platform = PlatformConfig("p", str(root), live.fpm.socket("p"))
    vhost = Vhost("one.test", (), "p", str(root), "sites/one.test", live.port, secrets={"db_name": "x"})
    driver.apply({
        driver.platform_path("p"): driver.render_platform(platform),
        driver.vhost_path("one.test"): driver.render_vhost(vhost),
    })
    asked = [("one.test", "/"), ("one.test", "/.git/x"), ("two.test", "/")]
    print(json.dumps([driver.probe(*page) for page in asked]))
"""


@pytest.mark.parametrize("kind", ["nginx", "apache"])
def test_all_of_it_works_for_a_normal_user(kind: str) -> None:
    me: dict[str, Any] = {} if os.geteuid() else {"user": "nobody", "group": "nogroup", "extra_groups": []}
    told = subprocess.run(
        [sys.executable, "-c", NORMAL_USER, kind],
        check=False,
        capture_output=True,
        text=True,
        timeout=120,
        env={"PATH": os.environ["PATH"], "LANG": "C.UTF-8"},
        cwd=Path(__file__).parents[3],
        **me,
    )
    assert told.stderr == ""
    assert json.loads(told.stdout) == [200, 403, 0]


@pytest.fixture(params=["nginx", "apache"])
def stopped(request: pytest.FixtureRequest) -> Iterator[LiveWeb]:
    """Services that nobody has started yet."""
    live = LiveWeb(request.param)
    yield live
    live.end()


def test_without_a_running_server_nothing_is_changed(
    stopped: LiveWeb, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("aegir.drivers.rollout.GRACE", 0.1)
    driver = stopped.driver
    driver.prepare()
    platform = driver.render_platform(PlatformConfig("p", "/srv", "/run/p.sock"))
    with pytest.raises(Unreachable, match="aegir up"):
        driver.apply({driver.platform_path("p"): platform})
    assert stopped.host.read(driver.platform_path("p")) is None
    with pytest.raises(Unreachable, match="aegir up"):
        driver.probe("one.test")
    driver.test()


def test_traces_of_a_crash_do_not_keep_the_server_from_starting(stopped: LiveWeb) -> None:
    stopped.driver.prepare()
    run = Path(stopped.web.run_directory)
    with closing(unix_socket(AF_UNIX)) as left_behind:
        left_behind.bind(str(run / "live.sock"))
    (run / f"{stopped.kind}.pid").write_text("999999999\n")
    stopped.start()
    assert stopped.driver.live() == 1
    assert stopped.fpm.live() == 1


def test_preparing_what_runs_already_disturbs_nothing(sites: Sites) -> None:
    before = sites.driver.live()
    sites.driver.prepare()
    sites.live.fpm.prepare()
    assert sites.driver.live() == before
    assert sites.get("/").status == 200
