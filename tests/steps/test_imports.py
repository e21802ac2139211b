"""Which of the servers that Aegir knows has the database that a site's own settings name."""

from __future__ import annotations

from typing import Any

import pytest

from aegir.drivers.database import DatabaseServer
from aegir.steps.imports import serves

SOCKET = DatabaseServer("mysql", socket="/run/mysqld/mysqld.sock")
OWN_SOCKET = DatabaseServer("mysql", socket="/srv/aegir/mysql.sock")
LOCAL = DatabaseServer("mysql", host="127.0.0.1", port=3307)
REMOTE = DatabaseServer("mysql", host="db.example.org")
FILES = DatabaseServer("sqlite", root="/srv/aegir/sqlite")


@pytest.mark.parametrize(
    ("server", "told", "right"),
    [
        (SOCKET, {"host": "localhost"}, True),
        (SOCKET, {}, True),
        (SOCKET, {"unix_socket": "/run/mysqld/mysqld.sock"}, True),
        (SOCKET, {"unix_socket": "/srv/aegir/mysql.sock"}, False),
        (SOCKET, {"host": "127.0.0.1"}, True),
        (OWN_SOCKET, {"host": "localhost"}, False),
        (OWN_SOCKET, {"unix_socket": "/srv/aegir/mysql.sock"}, True),
        (LOCAL, {"host": "127.0.0.1", "port": "3307"}, True),
        (LOCAL, {"host": "127.0.0.1"}, False),
        (LOCAL, {"host": "localhost", "port": 3307}, True),
        (REMOTE, {"host": "db.example.org", "port": ""}, True),
        (REMOTE, {"host": "localhost"}, False),
        (REMOTE, {"host": "db.example.org", "port": "3310"}, False),
    ],
)
def test_a_mysql_server_is_known_by_where_it_answers(
    server: DatabaseServer, told: dict[str, Any], right: bool
) -> None:
    assert serves(server, {"driver": "mysql", "database": "demo", **told}) is right
    assert not serves(server, {"driver": "pgsql", "database": "demo", **told})


@pytest.mark.parametrize(
    ("path", "right"),
    [
        ("/srv/aegir/sqlite/demo/site.sqlite", True),
        ("/srv/aegir/sqlite/demo/other.sqlite", False),
        ("/srv/aegir/sqlite/deep/demo/site.sqlite", False),
        ("/srv/code/web/sites/demo/.ht.sqlite", False),
        ("site.sqlite", False),
    ],
)
def test_a_sqlite_file_must_lie_where_aegirs_own_do(path: str, right: bool) -> None:
    assert serves(FILES, {"driver": "sqlite", "database": path}) is right
