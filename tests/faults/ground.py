"""Services for the matrix: on a small file system of their own, where root can make one."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.faults.world import World
from tests.live.mariadb import MariaDb
from tests.live.web import LiveWeb
from tests.operations.hosting import Hosting

SIZE = "400m"


@contextmanager
def ground(db: str) -> Iterator[World]:
    """A world on services that end with the block."""
    with _small_disk() as folder, LiveWeb(folder=folder) as web, MariaDb() as mariadb:
        world = World(Hosting(web, mariadb), db)
        try:
            yield world
        finally:
            world.end()


@contextmanager
def _small_disk() -> Iterator[Path]:
    """A folder on a file system that can be filled without harm; an ordinary one where that cannot be."""
    above = Path(tempfile.mkdtemp(prefix="aegir-faults-", dir="/tmp"))
    above.chmod(0o755)
    options = ["mount", "-t", "tmpfs", "-o", f"size={SIZE},mode=755", "aegir-faults", str(above)]
    mounted = os.geteuid() == 0 and subprocess.run(options, capture_output=True, check=False).returncode == 0
    folder = above / "web"
    folder.mkdir()
    try:
        yield folder
    finally:
        if mounted:
            subprocess.run(["umount", "--lazy", str(above)], check=True)
        shutil.rmtree(above, ignore_errors=True)


def small(folder: Path) -> bool:
    """Whether filling that file system harms nobody."""
    return os.statvfs(folder).f_blocks * os.statvfs(folder).f_frsize < 1 << 30
