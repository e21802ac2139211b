"""Sources that tests build platforms from: made of a codebase on the spot, one function a kind."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

Make = Callable[[Path, Path], dict[str, Any]]
"""Takes a codebase and an empty folder that anybody may enter; the source's fields."""


def git(*words: str, at: Path) -> str:
    """Run git in a repository; what it prints."""
    who = ["-c", "user.name=Test", "-c", "user.email=test@example.org", "-c", "protocol.file.allow=always"]
    argv = ["git", *who, *words]
    return subprocess.run(argv, cwd=at, check=True, capture_output=True, text=True).stdout.strip()


def repository(code: Path, folder: Path) -> Path:
    """A repository that holds a codebase on its branch main."""
    there = folder / "repository"
    subprocess.run(["cp", "-a", "--reflink=auto", str(code), str(there)], check=True)
    # What a codebase came with may say what is not to be kept.
    for ignored in there.rglob(".gitignore"):
        ignored.unlink()
    git("init", "--quiet", "--initial-branch=main", at=there)
    git("add", "--all", at=there)
    git("commit", "--quiet", "--message=All of it", at=there)
    return there


def from_git(code: Path, folder: Path) -> dict[str, Any]:
    return {"kind": "git", "location": str(repository(code, folder)), "reference": "main"}


def from_archive(code: Path, folder: Path) -> dict[str, Any]:
    there = folder / "code.tar.gz"
    subprocess.run(["tar", "-czf", str(there), "-C", str(code.parent), code.name], check=True)
    return {"kind": "archive", "location": str(there)}


def from_zip(code: Path, folder: Path) -> dict[str, Any]:
    return {"kind": "archive", "location": shutil.make_archive(str(folder / "code"), "zip", code)}


def from_make(code: Path, folder: Path) -> dict[str, Any]:
    """A makefile beside an archive of the codebase, which is the core that it names."""
    from_archive(code, folder)
    lines = ["core = 10.x", "api = 2", "projects[drupal][download][type] = get"]
    makefile = folder / "site.make"
    makefile.write_text("\n".join([*lines, "projects[drupal][download][url] = code.tar.gz", ""]))
    return {"kind": "make", "location": str(makefile)}


MAKERS: dict[str, Make] = {"git": from_git, "archive": from_archive, "zip": from_zip, "make": from_make}
"""Further kinds of sources are put in here, and host a site in ``test_build.py`` then."""
