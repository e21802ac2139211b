"""What the cache has of git repositories.

What lies in the cache is this process's own and complete. A build works on a copy of it that belongs to
whoever git runs as; what it fetched replaces the one in the cache as a whole.
"""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

from aegir.drivers.host import Host
from aegir.drivers.source import Say, Terms, keeping
from aegir.drivers.source.known_hosts import FOLDER
from aegir.drivers.source.taking import take
from aegir.errors import Broken


class Cache:
    """As one build uses it."""

    def __init__(self, host: Host, home: str, terms: Terms, say: Say) -> None:
        self.taken: list[str] = []
        """Of what lies there, what was copied from there."""
        self._host, self._home, self._say, self._user = host, home, say, terms.user
        self._terms = terms
        self._folder = Path(terms.cache, FOLDER)

    def copy(self, key: str, directory: str) -> bool:
        """Copy a repository for whoever git runs as; False where it is not there."""
        there = str(self._folder / f"{key}.git")
        try:
            if self._host.stat(there) is None:
                return False
            self._host.copy_tree(there, directory)
            os.utime(there)
        except (Broken, FileNotFoundError):  # it was replaced this very moment
            self._host.remove_tree(directory)
            return False
        self.taken.append(there)
        if self._user:
            self._host.run(["chown", "-Rh", self._user, "--", directory], timeout=600)
        return True

    def keep(self, key: str, directory: str) -> None:
        """Replace what is there."""
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        there = self._folder / f"{key}.git"
        spare, old = (keeping.spare(self._folder, self._terms) for _ in range(2))
        try:
            self._host.copy_tree(directory, str(spare))
            take(str(spare), _present())
            # Several builds may do so at once: each removes only what it took away itself.
            with suppress(FileNotFoundError):
                os.rename(there, old)
            os.rename(spare, there)
        except OSError:
            self._say("It could not be kept for the next time.")
        finally:
            self._host.remove_tree(str(spare))
            self._host.remove_tree(str(old))

    def forget(self) -> None:
        """Drop what was copied from there."""
        for path in self.taken:
            self._host.remove_tree(path)
        self.taken.clear()


def _present() -> str | None:
    return "root" if os.geteuid() == 0 else None
