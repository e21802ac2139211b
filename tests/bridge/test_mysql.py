"""The whole of it on MariaDB, through its socket."""

from __future__ import annotations

from pathlib import Path

import pytest

from aegir.errors import Broken
from tests.bridge.sites import TestSite, lay_out
from tests.codebases import Ground
from tests.drupal.content import Content
from tests.live.mariadb import MariaDb

PASSWORD = "only for 'this' site \\ and no other"


@pytest.fixture
def on_mariadb(ground: Ground, open_folder: Path, mariadb: MariaDb) -> TestSite:
    name = "bridge_" + "".join(letter if letter.isalnum() else "_" for letter in ground.path.name)
    mariadb.query(f"CREATE DATABASE {name} CHARACTER SET utf8mb4")
    mariadb.query(f"CREATE USER {name}@localhost IDENTIFIED BY %s", PASSWORD)
    mariadb.query(f"GRANT ALL ON {name}.* TO {name}@localhost")
    database = {
        "driver": "mysql",
        "database": name,
        "username": name,
        "password": PASSWORD,
        "host": "",
        "port": "",
        "unix_socket": str(mariadb.socket),
    }
    return lay_out(ground, open_folder / "databases", database)


def test_a_site_lives_on_mariadb(on_mariadb: TestSite) -> None:
    assert on_mariadb.install(profile="standard")["profile"] == "standard"
    _, status, extensions, pending = on_mariadb.ask("rebuild", "status", "extensions", "pending")
    assert status["name"] == 'L\'été "here"'
    assert status["database"].startswith("mysql ")
    assert any(package["name"] == "system" for package in extensions["packages"])
    assert pending["updates"] == []
    assert on_mariadb.ask("update")[0]["failed"] == {}
    with pytest.raises(Broken):
        on_mariadb.install()
    page = Content(on_mariadb.place, on_mariadb.secrets).add_page("On MariaDB")
    relocate = {"op": "relocate", "from_directory": "sites/old.example.org"}
    changes, pages, _, identified = on_mariadb.ask(
        {"op": "changes", "since": 0},
        {"op": "pages", "limit": 9},
        relocate,
        {"op": "identify", "sanitize": True},
    )
    assert "On MariaDB" in [newest["title"] for kind in changes["changes"] for newest in kind["newest"]]
    assert any(path.endswith(f"node/{page}") for path in pages["paths"])
    assert identified["sanitized"] == 0
    assert PASSWORD not in (on_mariadb.folder / "settings.php").read_text()
