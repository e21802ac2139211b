"""Whether a user can get at a path, told from ownership and modes alone: no command is run as that user."""

from __future__ import annotations

from pathlib import PurePosixPath

from aegir.drivers.host import Host, Stat


def blocked_at(host: Host, path: str, user: str) -> str | None:
    """The first directory on the way to ``path`` (itself included) that keeps ``user`` out, None when none
    does. ``path`` is a directory with its links resolved."""
    groups = set(host.run(["id", "-Gn", user]).out.split())
    place = PurePosixPath(path)
    for directory in [*reversed(place.parents), place]:
        found = host.stat(str(directory))
        wanted = 5 if directory == place else 1
        if found is None or _rights(found, user, groups) & wanted != wanted:
            return str(directory)
    return None


def _rights(found: Stat, user: str, groups: set[str]) -> int:
    """Read, write and pass as the bits 4, 2 and 1."""
    if user == "root":
        return 7
    if found.owner == user:
        return found.mode >> 6 & 7
    return found.mode >> 3 & 7 if found.group in groups else found.mode & 7
