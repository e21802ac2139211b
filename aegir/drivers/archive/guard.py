"""What an archive may hold: judged by the same rules when one is written, looked through and unpacked."""

from __future__ import annotations

import os
import re

from aegir.drivers.archive import DATABASES, MANIFEST
from aegir.drivers.archive.members import Damaged, Member

MOST_MEMBERS = 1_000_000
TEXTS = 100
"""More members than an archive has beside those of the site's directory."""
LONGEST_NAME = 255
LONGEST_PATH = 4000
SPARE = 1 << 30
"""Bytes that any archive may unpack to, however small it is."""
RATIO = 200
"""How many times its own size it may unpack to beyond that; the fullest of dumps shrink to a fiftieth."""
OURS = frozenset({(name,) for name in (MANIFEST, *DATABASES)})
CONTROL = re.compile("[\0-\x1f\x7f]")


class Hostile(Damaged):
    """A member that could do harm; ``str()`` continues the sentence «The archive … »."""

    def __init__(self, member: Member, reason: str) -> None:
        # As Python writes it, so that no name can make the sentence look like another.
        self.shown = repr(member.name if len(member.name) <= 200 else f"{member.name[:200]}…")[1:-1]
        super().__init__(f"holds «{self.shown}», {reason}")


def limit(size: int) -> int:
    """How many bytes an archive of that size may unpack to."""
    return SPARE + RATIO * size


def check_restorable(size: int, unpacked: int, members: int) -> None:
    """Raise Damaged for an archive that would be refused when it is needed."""
    if members + TEXTS > MOST_MEMBERS:
        raise Damaged(f"would hold {members:,} files, more than can be restored: remove some")
    if unpacked > limit(size):
        raise Damaged(
            f"would shrink {unpacked:,} bytes to {size:,} and be taken for a bomb: remove what is empty"
        )


def place(member: Member, ours: frozenset[tuple[str, ...]] = OURS) -> tuple[str, ...]:
    """Where below the root a member belongs, () for the root itself. Raises Hostile if it belongs nowhere.

    ``ours`` are places that have a meaning of their own, where only files may be.
    """
    if member.name.startswith("/"):
        raise Hostile(member, "whose name is absolute")
    parts = tuple(part for part in member.name.split("/") if part not in ("", "."))
    if ".." in parts:
        raise Hostile(member, "whose name leads upwards with «..»")
    if CONTROL.search(member.name):
        raise Hostile(member, "whose name has control characters")
    if len(member.name) > LONGEST_PATH or any(len(os.fsencode(part)) > LONGEST_NAME for part in parts):
        raise Hostile(member, "whose name is too long")
    if member.kind == "link":
        _check_target(member, parts)
    elif member.kind not in ("file", "directory"):
        raise Hostile(member, f"which is a {member.kind}, and only files, directories and links are taken")
    if parts in ours and member.kind != "file":
        raise Hostile(member, "which should be a file")
    if not parts and member.kind != "directory":
        raise Hostile(member, "which has no name")
    return parts


def _check_target(member: Member, parts: tuple[str, ...]) -> None:
    """A link may only lead to a place in the tree.

    «..» is taken at the beginning alone: after a name it leads wherever that name, itself a link, leads to.
    """
    target = member.target.split("/")
    upwards = 0
    while target and target[0] in ("..", "."):
        upwards += target.pop(0) == ".."
    if member.target.startswith("/") or upwards >= len(parts) or ".." in target or not member.target:
        raise Hostile(member, "a link that leads out of its directory")


class Guard:
    """Keeps account of one archive's members."""

    def __init__(self, ours: frozenset[tuple[str, ...]] = OURS) -> None:
        self._ours = ours
        self._seen: dict[int, bool] = {}
        """Whether it is a directory, by the hash of its path: an archive may have very many."""
        self._above: tuple[str, ...] = ()
        self.members = 0

    def admit(self, member: Member) -> tuple[str, ...]:
        """The member's place. Raises Hostile when it may not be unpacked after those before it."""
        self.members += 1
        if self.members > MOST_MEMBERS:
            raise Hostile(member, f"its {self.members:,}th member, and nothing has so many")
        parts = place(member, self._ours)
        if parts[:-1] != self._above:
            for depth in range(1, len(parts)):
                if not self._seen.setdefault(hash(parts[:depth]), True):
                    raise Hostile(member, "below what it holds as a file or link")
            self._above = parts[:-1]
        directory = member.kind == "directory"
        before = self._seen.get(hash(parts))
        if before is not None and not (before and directory):
            raise Hostile(member, "which it holds twice")
        self._seen[hash(parts)] = directory
        return parts
