"""Which client programs are called, and with what, on machines that have one or the other."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from aegir.drivers.database import Database, DatabaseServer
from aegir.drivers.database.mysql_clients import Clients
from aegir.drivers.host.memory import Call, Reply
from aegir.drivers.host.memory import Driver as Memory
from aegir.errors import Broken


def _installed(**programs: str) -> Memory:
    host = Memory()

    def helping(text: str) -> Callable[[Call], Reply]:
        return lambda call: Reply(out=text)

    host.commands.update({name.replace("_", "-"): helping(text) for name, text in programs.items()})
    return host


def test_the_clients_of_mysql_are_asked_for_what_they_know() -> None:
    host = _installed(mysqldump="  --set-gtid-purged=name\n  --no-tablespaces", mysql="  --safe-updates")
    clients = Clients(host, DatabaseServer("mysql", host="db.example.org", port=3307, user="boss"))
    where = ["--no-defaults", "--protocol=tcp", "--host=db.example.org", "--port=3307"]

    assert clients.dump(Database("d", "u"), ["--no-data"], ["--odd"]) == [
        "mysqldump",
        *where,
        "--user=boss",
        "--default-character-set=utf8mb4",
        "--max-allowed-packet=1G",
        "--single-transaction",
        "--skip-lock-tables",
        "--quick",
        "--hex-blob",
        "--skip-dump-date",
        "--no-tablespaces",
        "--set-gtid-purged=OFF",
        "--no-data",
        "--",
        "d",
        "--odd",
    ]
    assert clients.load(Database("d", "u")) == [
        "mysql",
        *where,
        "--user=u",
        "--default-character-set=utf8mb4",
        "--max-allowed-packet=1G",
        "--batch",
        "--local-infile=0",
        "--binary-mode",
        "--database=d",
    ]


def test_the_clients_of_mariadb_are_preferred_and_confined() -> None:
    host = _installed(mariadb_dump="", mysqldump="", mariadb="  --sandbox", mysql="")
    clients = Clients(host, DatabaseServer("mysql", socket="/run/mysql.sock"))

    assert clients.dump(Database("d", "u"), [])[:3] == [
        "mariadb-dump",
        "--no-defaults",
        "--protocol=socket",
    ]
    assert clients.load(Database("d", "u"))[0] == "mariadb"
    assert "--sandbox" in clients.load(Database("d", "u"))


def test_a_machine_without_clients_is_told_apart() -> None:
    clients = Clients(Memory(), DatabaseServer("mysql"))

    with pytest.raises(Broken, match=r"neither mariadb-dump nor mysqldump .* install mariadb-client"):
        clients.dump(Database("d", "u"), [])
