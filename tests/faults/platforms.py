"""What there is of platforms that were built: their code, what is kept of sources, programs at work on it."""

from __future__ import annotations

import hashlib
import os
import pwd
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

from django.conf import settings

from aegir.models import Platform
from aegir.operations import places

BUILT = settings.AEGIR_HOME / "platforms"
SOURCES = settings.AEGIR_HOME / "sources"
PLACES = (BUILT, SOURCES)
VERIFIED = (Platform.State.ENABLED, Platform.State.LOCKED)


def code() -> dict[str, object]:
    """All that lies where platforms are built, hidden names too, with owners, modes and contents."""
    return {f"platforms/{name}": seen for name, seen in contents(BUILT).items()}


def contents(folder: Path) -> dict[str, object]:
    """Everything below it."""
    return {str(path.relative_to(folder)): _seen(path) for path in sorted(folder.rglob("*"))}


def empty(folder: Path) -> None:
    """Of whatever lies in it."""
    for path in folder.iterdir() if folder.is_dir() else []:
        shutil.rmtree(path) if path.is_dir() else path.unlink()


def complaints() -> Iterator[str]:
    """What is wrong while nothing is built, in sentences."""
    known = {Path(each.path).name for each in Platform.objects.live() if each.built}
    if (there := {path.name for path in BUILT.iterdir()}) != known:
        yield f"there are the codebases {sorted(there)}, known are {sorted(known)}"
    operator = places.operator()
    owner = pwd.getpwnam(operator).pw_uid if operator else os.geteuid()
    others = [
        path
        for path in BUILT.rglob("*")
        if "sites" not in path.parts and (path.lstat().st_uid != owner or _writable(path))
    ]
    if others:
        yield f"{len(others)} files of the code others may write, {others[0]} among them"
    yield from _cache()
    for pid in at_work():
        yield f"a program still builds: {read(pid, 'cmdline')!r}"


def _cache() -> Iterator[str]:
    """It may hold whatever was fetched, but nothing half-way, nor what is not what it is called."""
    for folder in (SOURCES, SOURCES / "downloads", SOURCES / "git"):
        for path in folder.glob(".*"):
            yield f"{path.relative_to(SOURCES)} is left in the cache"
    for path in SOURCES.glob("downloads/[!.]*"):
        kind, _, digits = path.name.partition("-")
        if hashlib.new(kind, path.read_bytes()).hexdigest() != digits:
            yield f"{path.name} in the cache is another file"
    for path in SOURCES.glob("git/*.git"):
        argv = ["git", "-c", "safe.directory=*", "--git-dir", str(path), "fsck", "--full", "--no-progress"]
        checked = subprocess.run(argv, capture_output=True, text=True, check=False)
        if checked.returncode or "missing" in checked.stdout:
            yield f"{path.name} in the cache is damaged: {checked.stdout + checked.stderr}"


def _writable(path: Path) -> bool:
    """Whether others may, or it gives them powers."""
    return not path.is_symlink() and bool(path.lstat().st_mode & 0o7022)


def at_work() -> Iterator[int]:
    """Processes that know of the folder of platforms, or work in it; but for PHP that serves its sites."""
    for name in os.listdir("/proc"):
        if not name.isdigit() or int(name) == os.getpid():
            continue
        try:
            where = os.readlink(f"/proc/{name}/cwd")
        except OSError:
            where = ""
        if read(int(name), "cmdline").startswith(b"php-fpm: "):
            continue
        if f"{BUILT}/" in f"{where}/" or f"{BUILT}/".encode() in read(int(name), "environ"):
            yield int(name)


def read(pid: int, what: str) -> bytes:
    try:
        return Path(f"/proc/{pid}/{what}").read_bytes()
    except OSError:
        return b""


def _seen(path: Path) -> object:
    seen = path.lstat()
    what = os.readlink(path) if path.is_symlink() else ""
    digest = hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() and not what else what
    return seen.st_mode, seen.st_uid, seen.st_gid, digest
