"""What was fetched and is kept for the next time, and for how long."""

from __future__ import annotations

import shutil
import time
from contextlib import suppress
from pathlib import Path

DAYS = 30
"""After how many days without use something goes."""
UNFINISHED = 2
"""After how many what a build that was killed had not finished."""
DAY = 86400.0
FOLDERS = ("downloads", "git")


def tidy(cache: str) -> int:
    """Remove what nobody used for long; how many things went."""
    gone = 0
    for folder in FOLDERS:
        place = Path(cache, folder)
        for path in list(place.iterdir()) if place.is_dir() else []:
            days = UNFINISHED if path.name.startswith(".") else DAYS
            with suppress(FileNotFoundError):  # another build was quicker
                if path.name == "known_hosts" or path.lstat().st_mtime > time.time() - days * DAY:
                    continue
                if path.is_dir() and not path.is_symlink():
                    shutil.rmtree(path)
                else:
                    path.unlink()
                gone += 1
    return gone
