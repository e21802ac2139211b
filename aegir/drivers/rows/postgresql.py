"""Aegir's own rows in a PostgreSQL database, through PostgreSQL's own programs."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping, Sequence
from typing import Any

from aegir.errors import Broken

OPTIONS = {"sslmode": "PGSSLMODE", "sslrootcert": "PGSSLROOTCERT", "sslcert": "PGSSLCERT",
           "sslkey": "PGSSLKEY", "connect_timeout": "PGCONNECT_TIMEOUT"}  # fmt: skip
FIELDS = {"NAME": "PGDATABASE", "USER": "PGUSER", "PASSWORD": "PGPASSWORD", "HOST": "PGHOST",
          "PORT": "PGPORT"}  # fmt: skip
LONGEST = 6 * 3600.0
EMPTY = """
DO $$ DECLARE each record; BEGIN
  FOR each IN SELECT tablename FROM pg_tables WHERE schemaname = current_schema() LOOP
    EXECUTE format('DROP TABLE IF EXISTS %I CASCADE', each.tablename);
  END LOOP;
  FOR each IN SELECT p.oid::regprocedure AS name FROM pg_proc p
      JOIN pg_namespace n ON n.oid = p.pronamespace
      WHERE n.nspname = current_schema() AND NOT EXISTS
        (SELECT 1 FROM pg_depend d WHERE d.objid = p.oid AND d.deptype = 'e') LOOP
    EXECUTE format('DROP FUNCTION IF EXISTS %s CASCADE', each.name);
  END LOOP;
END $$;
"""
"""Drops all tables, of whichever version of Aegir, and its functions; those of extensions stay."""


class Driver:
    """See ``RowsDriver`` for what each method promises. The password goes through the environment."""

    title = "PostgreSQL"
    member = "rows.dump"

    def __init__(self, described: Mapping[str, Any]) -> None:
        self._described = described

    def size(self) -> int:
        asked = "SELECT pg_database_size(current_database())"
        return int(self._run(["psql", "-XAtq", "-c", asked]))

    def copy(self, path: str) -> None:
        self._dump(path)

    def faults(self) -> list[str]:
        """A dump reads every row of every table."""
        try:
            self._dump(os.devnull, "--no-sync")
        except Broken as broken:
            return [str(broken)]
        return []

    def replace(self, path: str) -> None:
        """Put a copy in the place of all that there is, or change nothing and be Broken."""
        script = self._run(["pg_restore", "--no-owner", "--no-privileges", "--file=-", path])
        command = ["psql", "-Xq", "--single-transaction", "--set=ON_ERROR_STOP=1", "--output=/dev/null"]
        self._run(command, EMPTY + script)

    def _dump(self, path: str, *more: str) -> None:
        self._run(["pg_dump", "--format=custom", "--no-owner", "--no-privileges", f"--file={path}", *more])

    def _run(self, command: Sequence[str], text: str = "") -> str:
        try:
            done = subprocess.run(
                command, input=text, env=self._environment(), capture_output=True, text=True,
                timeout=LONGEST, check=False,
            )  # fmt: skip
        except FileNotFoundError:
            raise Broken(f"There is no {command[0]} on this machine: install PostgreSQL's client.") from None
        except subprocess.TimeoutExpired:
            raise Broken(f"{command[0]} took longer than {LONGEST / 3600:.0f} hours.") from None
        if done.returncode:
            lines = [line for line in done.stderr.splitlines() if line.strip()]
            raise Broken(f"{command[0]} failed: {' '.join(lines[:3]) or f'code {done.returncode}'}")
        return done.stdout

    def _environment(self) -> dict[str, str]:
        own = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
        own |= {FIELDS[key]: str(self._described[key]) for key in FIELDS if self._described.get(key)}
        options = self._described.get("OPTIONS") or {}
        own |= {OPTIONS[key]: str(value) for key, value in options.items() if key in OPTIONS}
        return {**own, "LANG": "C.UTF-8", "PGOPTIONS": "--client-min-messages=warning"}
