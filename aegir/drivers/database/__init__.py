"""Databases for sites: the contract that ``mysql`` and ``sqlite`` (later ``postgresql``) keep."""

from __future__ import annotations

from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import BinaryIO, Literal, Protocol

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
    php: str = "php"
    """sqlite: the PHP that looks into the file as that user."""
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
    frozen: bool = False
    """Whether the user is kept from logging in (``freeze``)."""


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

    def size(self, database: Database) -> int:
        """Bytes that its tables and indexes take, about."""

    dump_name: str
    """What a dump is called in an archive: ``database.sql`` or ``database.sqlite``."""

    def dump(self, database: Database) -> AbstractContextManager[BinaryIO]:
        """A consistent dump, read as it is made, the site staying online: tables, views, triggers, routines
        and events, names of owners left out, of cache tables (``CACHES``) only their structure.

        Leaving the block raises Broken unless the dump was made to its end.
        """

    def load(self, database: Database, password: str, content: BinaryIO) -> None:
        """Load a dump into an empty database, *as the database's own user*, who may do nothing elsewhere:
        a dump may come from anywhere. Broken when it is cut short or is no dump."""

    def copy(self, source: Database, target: Database, password: str, *, caches: bool = False) -> None:
        """Fill the empty ``target`` (made by ``create``) with what ``source`` on the same server holds, as
        fast as the server can; of cache tables only their structure, unless ``source`` is frozen and
        ``caches`` are wanted. ``password`` is the target user's."""

    def freeze(self, database: Database) -> None:
        """Keep the user out: no new login, open connections ended. Nothing changes in it any more."""

    def thaw(self, database: Database) -> None:
        """Take ``freeze`` back; nothing frozen is fine."""

    def connection(self, database: Database, password: str) -> dict[str, str]:
        """What Drupal needs to connect, as strings: driver, database, username, password, host, port,
        unix_socket (each "" where it does not apply)."""


Kind = Literal["mysql", "sqlite"]

CACHES = ("cache", "cache_%")
"""Tables, as patterns of LIKE, whose rows Drupal makes anew."""
