"""A frozen database: nothing in it can change any more."""

from __future__ import annotations

from dataclasses import replace

import pymysql
import pytest

from aegir.drivers.database import Database
from aegir.drivers.database.mysql import Driver
from aegir.drivers.host.local import Driver as Local
from tests.drivers.database.pairs import PASSWORD, databases, driver, target
from tests.live.mariadb import MariaDb

__all__ = ["databases", "driver", "target"]


def test_freezing_ends_connections_and_events_on_all_hosts(
    mariadb: MariaDb, driver: Driver, target: Database
) -> None:
    visitor = mariadb.connect(target.user, PASSWORD, target.name)
    with visitor.cursor() as cursor:
        cursor.execute("CREATE TABLE node (nid INT PRIMARY KEY) ENGINE=InnoDB")
        cursor.execute(
            "CREATE EVENT busy ON SCHEDULE EVERY 1 SECOND DO INSERT INTO node VALUES (UUID_SHORT())"
        )
        cursor.execute("BEGIN")
        cursor.execute("INSERT INTO node VALUES (1)")

        driver.freeze(target)

        with pytest.raises(pymysql.MySQLError):
            cursor.execute("COMMIT")
    assert mariadb.query(f"SELECT * FROM {target.name}.node") == []
    assert _may_have_events(mariadb, target) == {"N"}

    replacing = Driver(Local(), replace(mariadb.server, grant_hosts=("localhost", "127.0.0.1")), "")
    replacing.create(target, PASSWORD)

    assert replacing.presence(target).frozen
    assert _may_have_events(mariadb, target) == {"N"}
    replacing.thaw(target)
    assert not replacing.presence(target).frozen
    assert _may_have_events(mariadb, target) == {"Y"}


def _may_have_events(mariadb: MariaDb, database: Database) -> set[object]:
    return {may for (may,) in mariadb.query("SELECT Event_priv FROM mysql.db WHERE User = %s", database.user)}
