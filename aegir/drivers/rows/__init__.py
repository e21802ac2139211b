"""Aegir's own rows, as a whole: the contract that ``sqlite`` and ``postgresql`` keep."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol


class RowsDriver(Protocol):
    """``described`` is what Django knows of the database; paths are absolute, on this machine."""

    title: str
    """The product, for people."""
    member: str
    """What a copy of the rows is called in an archive."""

    def __init__(self, described: Mapping[str, Any]) -> None: ...

    def size(self) -> int:
        """Bytes that the rows take."""

    def copy(self, path: str) -> None:
        """A consistent copy into a new file, while everybody goes on writing. Broken when that fails; what
        there is of the file then is left to the caller."""

    def faults(self) -> list[str]:
        """Read all of it; a sentence for each fault that is found."""


def name_of(described: Mapping[str, Any]) -> str:
    """The driver for what Django knows of the database."""
    return str(described["ENGINE"]).rpartition(".")[2].removesuffix("3")
