"""Databases for sites: the contract that ``mysql`` and ``sqlite`` (later ``postgresql``) keep."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, Protocol

from aegir.drivers.host import Host


@dataclass(frozen=True)
class DatabaseServer:
    """Where a database server answers and who administers it. No secret: the password comes apart."""

    driver: str
    host: str = ""
    """Name or address for TCP; empty means the socket, or a file system for sqlite."""
    port: int = 3306
    socket: str = ""
    user: str = "root"
    root: str = ""
    """sqlite: the directory that holds one directory a database."""
    file_user: str = ""
    """sqlite: the user that sites' PHP runs as, who must own the file."""
    grant_hosts: tuple[str, ...] = ("localhost",)
    """From which hosts the site's user may come, in the database's own notation."""


@dataclass(frozen=True)
class Database:
    """One site's database and its user; both names are valid identifiers of at most 32 characters."""

    name: str
    user: str


@dataclass(frozen=True)
class Presence:
    """What is there of a database."""

    database: bool
    user: bool
    tables: int


class DatabaseDriver(Protocol):
    """Built as ``Driver(host, server, password)``; the password of ``server.user``, "" where none.

    Unreachable when the server does not answer; Broken when it says no. No message holds a password.
    """

    def __init__(self, host: Host, server: DatabaseServer, password: str) -> None: ...

    def ping(self) -> str:
        """The server's version, as ``MariaDB 10.11.6``; proves that the administrator can log in."""

    def prove(self, task: int) -> None:
        """Create, grant, use and drop a throw-away database and user named after ``task``."""

    def presence(self, database: Database) -> Presence: ...

    def create(self, database: Database, password: str) -> None:
        """Create database and user and grant; repeatable, and sets the password anew."""

    def drop(self, database: Database) -> None:
        """Drop both, whatever is left of them; nothing there is fine."""

    def connection(self, database: Database, password: str) -> dict[str, str]:
        """What Drupal needs to connect, as strings: driver, database, username, password, host, port,
        unix_socket (each "" where it does not apply)."""


Kind = Literal["mysql", "sqlite"]
