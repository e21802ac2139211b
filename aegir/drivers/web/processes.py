"""What the kernel tells of a server's processes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from aegir.drivers.host import Host
from aegir.errors import Broken

STANDARD_STREAMS: Final = {"0", "1", "2"}


class Processes:
    """A first process that wrote its id into a file, and its children."""

    def __init__(self, host: Host, pid_file: str) -> None:
        self._host = host
        self._pid_file = pid_file

    @property
    def master(self) -> str:
        """Its process id, "" when there is none."""
        return self._read(self._pid_file).strip()

    def children(self) -> set[str]:
        """Ids of its children. The kernel's own list may leave out some while others end, as in a reload."""
        master = self.master
        return {pid for pid in self._host.list("/proc") if pid.isdigit() and self._parent(pid) == master}

    def title(self, pid: str) -> str:
        """What the process calls itself."""
        return self._of(pid, "cmdline")

    def sockets(self, pid: str) -> set[str]:
        """The sockets that the process holds open, its standard streams apart."""
        return set(self._sockets(f"/proc/{pid}/fd"))

    def _sockets(self, folder: str) -> Iterator[str]:
        try:
            for name in set(self._host.list(folder)) - STANDARD_STREAMS:
                seen = self._host.stat(f"{folder}/{name}")
                if seen is not None and seen.target is not None and seen.target.startswith("socket:"):
                    yield seen.target
        except Broken:
            return  # it has ended meanwhile, and holds nothing any more

    def _parent(self, pid: str) -> str:
        fields = self._of(pid, "stat").rpartition(")")[2].split()
        return fields[1] if fields else ""

    def _of(self, pid: str, name: str) -> str:
        """One of its files; "" when it has ended, be it between opening and reading."""
        try:
            return self._read(f"/proc/{pid}/{name}")
        except Broken:
            return ""

    def _read(self, path: str) -> str:
        return (self._host.read(path) or b"").decode(errors="replace")
