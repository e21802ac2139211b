"""Advisories as files: a folder ``vendor/name`` for each package, with a YAML file for each advisory, as the
databases of FriendsOfPHP and of Drupal's contributed projects are laid out. What keeps them fresh is the
operator's."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import yaml

from aegir.drivers.advisories import Told
from aegir.errors import Broken, Unreachable

LARGEST = 1 << 20
LONGEST = 2000
MOST = 1000
"""Files of one package that are read."""
_PACKAGE = re.compile(r"[a-z0-9_]([a-z0-9_.-]*[a-z0-9_])?/[a-z0-9_]([a-z0-9_.-]*[a-z0-9_])?")


class Driver:
    """Files are only read, links followed nowhere out of the folder."""

    def __init__(self, address: str) -> None:
        self._folder = Path(address)

    def about(self, names: Sequence[str]) -> list[Told]:
        """What is known of these packages. A name that could not be one in Composer has no folder."""
        if not self._folder.is_dir():
            raise Unreachable(f"There is no folder {self._folder} with advisories.")
        root = self._folder.resolve()
        found = []
        for name in filter(_PACKAGE.fullmatch, names):
            folder = (root / name).resolve()
            files = sorted(folder.glob("*.yaml"))[:MOST] if folder.is_relative_to(root) else []
            found += [_told(name, file) for file in files if file.resolve().is_relative_to(root)]
        return found


def _told(name: str, file: Path) -> Told:
    try:
        with file.open("rb") as stream:
            said = yaml.safe_load(stream.read(LARGEST))
    except OSError as error:
        raise Unreachable(f"{file} cannot be read: {error.strerror}.") from error
    except (yaml.YAMLError, ValueError, RecursionError):
        raise Broken(f"{file} is no advisory that can be read.") from None
    branches = said.get("branches") if isinstance(said, dict) else None
    if not isinstance(branches, dict):
        raise Broken(f"{file} is no advisory: it names no versions.")
    rows = [row for row in branches.values() if isinstance(row, dict)]
    affected = "|".join(map(_group, rows))
    return Told(
        identifier=file.stem.upper()[:100],
        package=name,
        title=str(said.get("title") or file.stem)[:500],
        affected=affected if len(affected) <= LONGEST else "*",  # rather all than some that were cut off
        link=_link(said.get("link")),
        cve=str(said.get("cve") or "")[:40],
        reported_at=max(_moments(rows), default=None),
    )


def _group(row: dict[str, Any]) -> str:
    listed = row.get("versions")
    return ",".join(map(str, listed)) if isinstance(listed, list) else str(listed)


def _link(said: object) -> str:
    text = str(said or "")[:500]
    return text if text.startswith(("https://", "http://")) else ""


def _moments(rows: list[dict[str, Any]]) -> Iterator[datetime]:
    for row in rows:
        try:
            found = datetime.fromisoformat(str(row.get("time")))
        except ValueError:
            continue
        yield found if found.tzinfo else found.replace(tzinfo=UTC)
