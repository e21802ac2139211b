"""Services for the matrix: on a small file system of their own, where root can make one."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from unittest import mock

from aegir.operations import platform_build
from tests.faults.platforms import PLACES
from tests.faults.world import World
from tests.live.mariadb import MariaDb
from tests.live.web import LiveWeb
from tests.operations.hosting import Hosting

SIZE = "400m"
ROOM = 16
"""Mebibytes that a build wants there."""


@contextmanager
def ground(db: str) -> Iterator[World]:
    """A world on services that end with the block."""
    with (
        _small_disk() as folder,
        _built_on(folder),
        LiveWeb(folder=folder) as web,
        MariaDb() as mariadb,
        mock.patch.object(platform_build, "MEBIBYTES", ROOM),
    ):
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


@contextmanager
def _built_on(folder: Path) -> Iterator[None]:
    """The folders of platforms and sources, on the same file system where that is one of our own."""
    with ExitStack() as stack:
        for place in PLACES:
            place.mkdir(exist_ok=True)
            stack.callback(shutil.rmtree, place, ignore_errors=True)
            if os.path.ismount(folder.parent):
                there = folder.with_name(place.name)
                there.mkdir()
                subprocess.run(["mount", "--bind", str(there), str(place)], check=True)
                stack.callback(subprocess.run, ["umount", "--lazy", str(place)], check=True)
            place.chmod(0o711)
        yield
