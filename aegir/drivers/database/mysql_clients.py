"""The command lines of the client programs of MySQL and MariaDB. No password is ever on one."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property

from aegir.drivers.database import Database, DatabaseServer
from aegir.drivers.database.identifiers import checked
from aegir.drivers.host import Host
from aegir.errors import Broken

DUMP = ("mariadb-dump", "mysqldump")
LOAD = ("mariadb", "mysql")

DUMPING = (
    "--default-character-set=utf8mb4",
    "--max-allowed-packet=1G",
    "--single-transaction",
    "--skip-lock-tables",
    "--quick",
    "--hex-blob",
    "--skip-dump-date",
)
DUMPING_WHERE_OFFERED = (
    "--no-tablespaces",
    "--set-gtid-purged=OFF",
    "--column-statistics=0",
)
LOADING = (
    "--default-character-set=utf8mb4",
    "--max-allowed-packet=1G",
    "--batch",
    "--local-infile=0",
    # Turns off what the client itself would obey in a dump, but DELIMITER: «\!», «source», «connect»,
    # «edit» …; the sandbox alone lets some of them through. Also keeps every byte of the rows as it is.
    "--binary-mode",
)
LOADING_WHERE_OFFERED = ("--sandbox",)


class Clients:
    """Which client programs a machine has, and how they are called for one server."""

    def __init__(self, host: Host, server: DatabaseServer) -> None:
        self._host = host
        self._server = server

    def dump(self, database: Database, options: Sequence[str], tables: Sequence[str] = ()) -> list[str]:
        """As the administrator; the whole database where no tables are named."""
        program, offered = self._dump
        wanted = [option for option in DUMPING_WHERE_OFFERED if option.partition("=")[0] in offered]
        # «--»: a table may be called like an option, and sites name their tables.
        named = ["--", checked(database.name), *tables]
        return [program, *self._to(self._server.user), *DUMPING, *wanted, *options, *named]

    def load(self, database: Database) -> list[str]:
        """As the database's own user."""
        program, offered = self._load
        wanted = [option for option in LOADING_WHERE_OFFERED if option in offered]
        user = checked(database.user)
        return [program, *self._to(user), *LOADING, *wanted, f"--database={checked(database.name)}"]

    def _to(self, user: str) -> list[str]:
        server = self._server
        where = (
            ["--protocol=tcp", f"--host={server.host}", f"--port={server.port}"]
            if server.host
            else ["--protocol=socket", f"--socket={server.socket}"]
        )
        return ["--no-defaults", *where, f"--user={user}"]

    @cached_property
    def _dump(self) -> tuple[str, str]:
        return self._first_of(DUMP)

    @cached_property
    def _load(self) -> tuple[str, str]:
        return self._first_of(LOAD)

    def _first_of(self, names: Sequence[str]) -> tuple[str, str]:
        """The first program that is there, and its help, which tells the options that it has."""
        for name in names:
            try:
                told = self._host.run([name, "--no-defaults", "--help"])
            except Broken:
                continue
            return name, told.out
        raise Broken(f"There is neither {' nor '.join(names)} on this machine: install mariadb-client.")
