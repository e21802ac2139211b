"""Put an archive of Aegir itself in the place of its rows and keys, while Aegir is down."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from aegir import drivers
from aegir.drivers.archive import panel
from aegir.drivers.archive.panel import Unpacked
from aegir.embedded import lock
from aegir.embedded.place import Place
from aegir.embedded.restored import REFUSED
from aegir.errors import AegirError, Broken, Refused

SQLITE = "aegir.sqlite3"
BESIDE = ("", "-wal", "-shm")
STORED = {"rows.sqlite3": "a SQLite file", "rows.dump": "PostgreSQL"}


@dataclass(frozen=True)
class Restored:
    """What came of it."""

    made_at: str
    """When the archive was made."""
    version: str
    """Of the Aegir that made it."""
    aside: list[str]
    """Where what was there before is kept."""


def restore(place: Place, archive: str, described: Mapping[str, Any]) -> Restored:
    """Put rows and keys of ``archive`` into the data folder; what is there is kept aside.

    ``described`` is Django's description of the database. Refused, with nothing changed, while Aegir runs,
    and when the archive is not one, is damaged, comes from a newer Aegir, or from another kind of database.
    """
    path = os.path.abspath(archive)
    _refuse_without_operator(place)
    with _alone(place), _staging(place) as staging:
        found = panel.unpack(path, str(staging))
        if (found.rows == "rows.sqlite3") != _is_sqlite(described):
            other = "unset AEGIR_DATABASE" if found.rows == "rows.sqlite3" else "set AEGIR_DATABASE"
            raise Refused(f"The rows in {path} are of {STORED[found.rows]}: {other}, and try again.")
        swap = _Swap(place, time.strftime(".before-restore-%Y%m%d-%H%M%S"))
        try:
            put = swap.sqlite if _is_sqlite(described) else swap.postgresql
            put(staging, found, described, os.path.basename(path))
        except BaseException:  # an interrupt as well must leave what was there, and it goes up
            swap.back(described)
            raise
    return Restored(str(found.manifest.get("made_at")), str(found.manifest.get("aegir")), swap.aside)


class _Swap:
    """What is there goes aside and something else takes its place; or all of it comes back."""

    def __init__(self, place: Place, ending: str) -> None:
        self._place, self._ending = place, ending
        self._moved: list[tuple[Path, Path]] = []
        self._placed: list[Path] = []
        self._dump: Path | None = None

    @property
    def aside(self) -> list[str]:
        kept = [str(path) for _, path in self._moved if path.name.endswith(self._ending)]
        return kept + ([str(self._dump)] if self._dump else [])

    def sqlite(self, staging: Path, found: Unpacked, described: Mapping[str, Any], archive: str) -> None:
        """The rows are made ready beside, where nothing depends on them yet."""
        (staging / found.rows).rename(staging / SQLITE)
        _settle(self._place, staging, archive)
        self._keys(staging)
        live = self._place.home / SQLITE
        for end in BESIDE:
            self._set_aside(live.with_name(SQLITE + end), live.with_name(SQLITE + self._ending + end))
        self._put(staging / SQLITE, live)

    def postgresql(self, staging: Path, found: Unpacked, described: Mapping[str, Any], archive: str) -> None:
        """The present rows are dumped first; the others take their place in one transaction."""
        driver = drivers.load("rows", "postgresql")(described)
        dump = self._place.home / f"rows.dump{self._ending}"
        driver.copy(str(dump))
        dump.chmod(0o600)
        self._dump = dump
        driver.replace(str(staging / found.rows))
        _settle(self._place, staging, archive)
        self._keys(staging)

    def back(self, described: Mapping[str, Any]) -> None:
        """Everything as it was; nothing stays aside."""
        for path in self._placed:
            path.unlink(missing_ok=True)
        for path, aside in reversed(self._moved):
            aside.rename(path)
        if self._dump is not None:
            drivers.load("rows", "postgresql")(described).replace(str(self._dump))
            self._dump.unlink()

    def _keys(self, staging: Path) -> None:
        for name in panel.KEYS:
            live = self._place.home / name
            self._set_aside(live, live.with_name(name + self._ending))
            self._put(staging / name, live)

    def _set_aside(self, path: Path, aside: Path) -> None:
        if path.exists():
            path.rename(aside)
            self._moved.append((path, aside))

    def _put(self, staged: Path, path: Path) -> None:
        if self._place.as_root:
            owner = pwd.getpwnam(self._place.operator)
            os.chown(staged, owner.pw_uid, owner.pw_gid)
        staged.chmod(0o600)
        staged.rename(path)
        self._placed.append(path)


def _refuse_without_operator(place: Place) -> None:
    """As root, whoever runs the panel gets rows and keys."""
    try:
        pwd.getpwnam(place.operator)
    except KeyError:
        raise Refused(f"There is no user {place.operator} on this machine: run script/setup first.") from None


@contextmanager
def _alone(place: Place) -> Iterator[None]:
    """Nobody can bring Aegir up meanwhile. Refused while it is up."""
    try:
        place.run.mkdir(parents=True, exist_ok=True)
        held = lock.hold(place.lock)
    except OSError as error:
        raise Refused(
            f"{place.home} cannot be written ({error.strerror}): run this as the user who runs Aegir."
        ) from None
    with held:
        yield


@contextmanager
def _staging(place: Place) -> Iterator[Path]:
    """A folder beside what it is for, closed to others, and gone afterwards; so is what a kill left."""
    for left in place.home.glob(".restoring-*"):
        shutil.rmtree(left)
    folder = Path(tempfile.mkdtemp(prefix=".restoring-", dir=place.home))
    try:
        yield folder
    finally:
        shutil.rmtree(folder)


def _settle(place: Place, staging: Path, archive: str) -> None:
    """Bring the rows up to date and to rest, with the keys beside them, in a process of its own: this one may
    know other keys already."""
    environment = {**place.environment(), "AEGIR_HOME": str(staging)}
    command = [sys.executable, "-m", "aegir.embedded.restored", archive]
    for name in ("HOME", "PYTHONPATH"):
        if name in os.environ:
            environment[name] = os.environ[name]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    said = done.stderr.strip().splitlines()[-1:]
    if done.returncode:
        kind: type[AegirError] = Refused if done.returncode == REFUSED else Broken
        raise kind(" ".join(said) or "The rows could not be brought up to date.")


def _is_sqlite(described: Mapping[str, Any]) -> bool:
    return str(described["ENGINE"]).endswith("sqlite3")
