"""Where Aegir's own rows are kept: a SQLite file in the data folder, or PostgreSQL where one is named."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

SQLITE_OPTIONS = {
    "transaction_mode": "IMMEDIATE",
    "timeout": 20,
    # FULL: a journal entry must be on the disk before the step that it announces.
    "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA mmap_size=134217728",
}


def database(address: str, home: Path) -> dict[str, Any]:
    """Django's description of it. ``address`` is "", or ``postgresql://user@host:port/name?sslmode=…``, as
    libpq writes it; a directory of sockets goes into ``?host=``. Passwords are better kept in ``~/.pgpass``.

    Raises ValueError when it is neither.
    """
    if not address:
        return {
            "ENGINE": "django.db.backends.sqlite3",
            "NAME": home / "aegir.sqlite3",
            "TEST": {"NAME": home / "test.sqlite3"},
            "OPTIONS": SQLITE_OPTIONS,
        }
    parts = urlsplit(address)
    if parts.scheme not in ("postgres", "postgresql") or not parts.path.strip("/"):
        raise ValueError("AEGIR_DATABASE must look like postgresql://user@host/name.")
    options = dict(parse_qsl(parts.query))
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": unquote(parts.path.strip("/")),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": options.pop("host", "") or parts.hostname or "",
        "PORT": options.pop("port", "") or str(parts.port or ""),
        "CONN_MAX_AGE": 60,
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": options,
    }
