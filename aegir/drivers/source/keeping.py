"""What was fetched and is kept for the next time, and for how long."""

from __future__ import annotations

import secrets
import shutil
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from aegir.drivers.source import Terms

DAYS = 30
"""After how many days without use something goes."""
UNFINISHED = 2
"""After how many what nobody finished, and nobody dropped."""
DAY = 86400.0
FOLDERS = ("downloads", "git")


def spare(folder: Path, terms: Terms) -> Path:
    """A new name in the cache for what is not whole yet; ``drop`` finds it."""
    return folder / f".{terms.build}-{secrets.token_hex(8)}"


def drop(cache: str, build: str) -> None:
    """Remove what a build that was killed had not finished."""
    for path in _unfinished(Path(cache)):
        if path.name.startswith(f".{build}-"):
            _remove(path)


def tidy(cache: str) -> int:
    """Remove what nobody used for long; how many things went."""
    gone = 0
    whole = [path for folder in FOLDERS for path in Path(cache, folder).glob("[!.]*")]
    for days, paths in ((UNFINISHED, _unfinished(Path(cache))), (DAYS, whole)):
        for path in paths:
            with suppress(FileNotFoundError):  # another build was quicker
                if path.name == "known_hosts" or path.lstat().st_mtime > time.time() - days * DAY:
                    continue
                _remove(path)
                gone += 1
    return gone


def _unfinished(cache: Path) -> Iterator[Path]:
    """What is not whole yet, or was replaced and is not gone yet."""
    for place in (cache, *(cache / folder for folder in FOLDERS)):
        yield from list(place.glob(".*"))


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink()
