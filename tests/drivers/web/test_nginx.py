"""nginx under change: neighbours never notice, and what fails is as if it had never been."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
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
    nginx, host = sites.live.nginx, sites.live.host
    path = nginx.vhost_path(fresh_site)
    before, generation = host.read(path), nginx.live()
    with pytest.raises(
        Broken, match=r"nginx does not accept its configuration: unknown directive \"nonsense\""
    ):
        nginx.apply({path: "nonsense;\n", nginx.vhost_path("more.test"): "server {}\n"})
    assert host.read(path) == before
    assert host.read(nginx.vhost_path("more.test")) is None
    assert nginx.live() == generation
    assert sites.get("/", host=fresh_site).status == 200
    assert sites.get("/").status == 200


def test_a_removed_site_is_unknown_when_the_call_returns(sites: Sites, fresh_site: str) -> None:
    assert sites.live.nginx.probe(fresh_site) == 200
    sites.live.nginx.apply({sites.live.nginx.vhost_path(fresh_site): None})
    assert [sites.live.nginx.probe(fresh_site) for _ in range(5)] == [0] * 5


def test_what_is_written_already_is_not_loaded_again(sites: Sites, fresh_site: str) -> None:
    before = sites.live.nginx.live()
    sites.add(fresh_site)
    assert sites.live.nginx.live() == before


def test_the_whole_server_can_be_written_anew(sites: Sites) -> None:
    nginx = sites.live.nginx
    before = nginx.live()
    nginx.apply(dict(nginx.render_server()))
    assert nginx.live() == before


def test_only_its_owner_may_read_a_vhost(sites: Sites) -> None:
    seen = sites.live.host.stat(sites.live.nginx.vhost_path("one.test"))
    assert seen is not None
    assert seen.mode == 0o600


def test_the_operators_lines_win_over_ours_and_stay(sites: Sites, fresh_site: str) -> None:
    nginx, folder = sites.live.nginx, Path(sites.live.web.directory) / "pre.d" / fresh_site
    folder.mkdir()
    extra = folder / "teapot.conf"
    extra.write_text("location = /teapot { return 418; }\n")
    try:
        sites.add(fresh_site, aliases=("alias.test",))
        assert nginx.probe(fresh_site, "/teapot") == 418
        assert extra.read_text() == "location = /teapot { return 418; }\n"
    finally:
        extra.unlink()
        folder.rmdir()


def test_a_file_elsewhere_is_not_this_drivers_to_write(sites: Sites) -> None:
    with pytest.raises(ValueError):
        sites.live.nginx.apply({"/etc/passwd": "x"})


def test_a_probe_asks_for_paths_only(sites: Sites) -> None:
    assert sites.live.nginx.probe("one.test", "/.git/x") == 403
    with pytest.raises(Refused):
        sites.live.nginx.probe("one.test", "@evil.test/")
    with pytest.raises(Refused):
        sites.live.nginx.probe("one.test\r\nX: y")


def test_the_version_is_told(sites: Sites) -> None:
    assert sites.live.nginx.version().startswith("nginx 1.")


NORMAL_USER = """
import json
from aegir.drivers.php import Pool
from aegir.drivers.web import PlatformConfig, Vhost
from tests.live.web import LiveWeb
with LiveWeb() as live:
    root = live.folder / "code"
    (root / "sites/one.test/files").mkdir(parents=True)
    (root / "index.php").write_text("<?php http_response_code(isset($_SERVER['db_name']) ? 200 : 500);")
    live.fpm.apply({live.fpm.path("p"): live.fpm.render(Pool("p", str(root)))})
    nginx = live.nginx
    platform = PlatformConfig("p", str(root), live.fpm.socket("p"))
    vhost = Vhost("one.test", (), "p", str(root), "sites/one.test", live.port, secrets={"db_name": "x"})
    nginx.apply({
        nginx.platform_path("p"): nginx.render_platform(platform),
        nginx.vhost_path("one.test"): nginx.render_vhost(vhost),
    })
    print(json.dumps([nginx.probe("one.test"), nginx.probe("one.test", "/.git/x"), nginx.probe("two.test")]))
"""


def test_all_of_it_works_for_a_normal_user() -> None:
    me: dict[str, Any] = {} if os.geteuid() else {"user": "nobody", "group": "nogroup", "extra_groups": []}
    told = subprocess.run(
        [sys.executable, "-c", NORMAL_USER],
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


@pytest.fixture
def stopped() -> Iterator[LiveWeb]:
    """Services that nobody has started yet."""
    live = LiveWeb()
    yield live
    live.end()


def test_without_a_running_server_nothing_is_changed(
    stopped: LiveWeb, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("aegir.drivers.rollout.GRACE", 0.1)
    nginx = stopped.nginx
    nginx.prepare()
    platform = nginx.render_platform(PlatformConfig("p", "/srv", "/run/p.sock"))
    with pytest.raises(Unreachable, match="aegir up"):
        nginx.apply({nginx.platform_path("p"): platform})
    assert stopped.host.read(nginx.platform_path("p")) is None
    with pytest.raises(Unreachable, match="aegir up"):
        nginx.probe("one.test")
    nginx.test()


def test_traces_of_a_crash_do_not_keep_the_server_from_starting(stopped: LiveWeb) -> None:
    stopped.nginx.prepare()
    socket = Path(stopped.web.run_directory) / "live.sock"
    with closing(unix_socket(AF_UNIX)) as left_behind:
        left_behind.bind(str(socket))
    stopped.start()
    assert stopped.nginx.live() == 1
    assert stopped.fpm.live() == 1


def test_preparing_what_runs_already_disturbs_nothing(sites: Sites) -> None:
    before = sites.live.nginx.live()
    sites.live.nginx.prepare()
    sites.live.fpm.prepare()
    assert sites.live.nginx.live() == before
    assert sites.get("/").status == 200
