"""What a look through an archive finds, and whether its parts are what its manifest says."""

from __future__ import annotations

import hashlib
import json
from typing import Any

from aegir.drivers.archive import DATABASES, MANIFEST, Contents
from aegir.drivers.archive.guard import Hostile
from aegir.drivers.archive.members import Damaged, Member, Members

LARGEST_MANIFEST = 1024 * 1024
SETTINGS = "settings.php"


class Looking:
    """Sees every member in turn. The manifest, where there is one, comes first."""

    def __init__(self) -> None:
        self._manifest: dict[str, Any] | None = None
        self._checksums: dict[str, Any] = {}
        self._database: str | None = None
        self._settings = False
        self._files = 0

    def see(self, member: Member, parts: tuple[str, ...], members: Members) -> None:
        """Look at a member, whose place is ``parts``."""
        self._files += member.kind != "directory"
        if len(parts) != 1 or member.kind != "file":
            return
        (name,) = parts
        if name == MANIFEST:
            self._read_manifest(member, members)
            return
        if name in DATABASES:
            self._database = self._database or name
        self._settings |= name == SETTINGS
        if (expected := self._checksums.pop(name, None)) is not None:
            digest = hashlib.sha256()
            for piece in members.pieces():
                digest.update(piece)
            if digest.hexdigest() != expected:
                raise Hostile(member, "which is not what its manifest says: it was damaged or changed")

    def contents(self, unpacked: int) -> Contents:
        """What was found. Raises Damaged when the manifest names what was not there."""
        if self._checksums:
            raise Damaged(f"lacks «{next(iter(self._checksums))}», which its manifest names")
        return Contents(self._manifest, self._database, self._settings, self._files, unpacked)

    def _read_manifest(self, member: Member, members: Members) -> None:
        if member.size > LARGEST_MANIFEST:
            raise Hostile(member, "which is too long for a manifest")
        try:
            found = json.loads(b"".join(members.pieces()))
        except (ValueError, RecursionError):
            found = None
        if not isinstance(found, dict) or not isinstance(found.get("checksums", {}), dict):
            raise Hostile(member, "which makes no sense as a manifest")
        self._manifest, self._checksums = found, dict(found.get("checksums", {}))
