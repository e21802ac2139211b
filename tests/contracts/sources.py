"""The ground on which every driver of sources is tried: the same small code, from each kind of source."""

from __future__ import annotations

import io
import json
import os
import shutil
import subprocess
import tarfile
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from aegir import drivers
from aegir.drivers.host.local import Driver as Host
from aegir.drivers.source import Access, Built, Source, SourceDriver, Terms
from tests.drivers.source.composer_packages import OFFLINE, archive

BUILDER = "nobody" if os.geteuid() == 0 else None
CODE = {
    "index.php": b"<?php // the front page\n",
    "core/lib/Drupal.php": b"<?php class Drupal { const VERSION = '10.9.9'; }\n",
    "core/large.bin": bytes(range(256)) * 1000,
    "bin/tool": b"#!/bin/sh\necho a tool\n",
}
"""What each kind of source holds; ``bin/tool`` may be run, and ``latest`` is a link to ``core``."""


def written(folder: Path) -> Path:
    """The code, as files."""
    for name, content in CODE.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    (folder / "bin/tool").chmod(0o755)
    (folder / "latest").symlink_to("core")
    return folder


def git(*words: str, at: Path) -> str:
    """Run git in a repository; what it prints."""
    who = ["-c", "user.name=Test", "-c", "user.email=test@example.org", "-c", "protocol.file.allow=always"]
    return subprocess.run(
        ["git", *who, *words], cwd=at, check=True, capture_output=True, text=True
    ).stdout.strip()


def repository(folder: Path) -> Path:
    """What is in a folder, committed on the branch main."""
    git("init", "--quiet", "--initial-branch=main", at=folder)
    git("add", "--all", at=folder)
    git("commit", "--quiet", "--allow-empty", "--message=one", at=folder)
    return folder


def _git(folder: Path) -> Source:
    return Source("git", str(repository(written(folder / "repository"))), "main")


def _archive(folder: Path) -> Source:
    written(folder / "code-1.0")
    with tarfile.open(folder / "code.tar.gz", "w:gz") as tar:
        tar.add(folder / "code-1.0", "code-1.0")
    return Source("archive", str(folder / "code.tar.gz"))


def _composer(folder: Path) -> Source:
    """The code as a project that needs one package more, which lies beside it."""
    packages, code = folder / "packages", written(folder / "project")
    packages.mkdir()
    archive(packages, {"name": "contract/more", "version": "1.0.0"}, {"more.php": "<?php // more\n"})
    said = {"repositories": [{"type": "artifact", "url": str(packages)}, OFFLINE],
            "require": {"contract/more": "1.0.0"}}  # fmt: skip
    (code / "composer.json").write_text(json.dumps(said))
    return Source("composer", str(code))


def _make(folder: Path) -> Source:
    """The code as a core that a makefile names, with one module beside it."""
    written(folder / "code")
    module = folder / "more"
    module.mkdir()
    (module / "more.module").write_text("<?php // more\n")
    for name in ("code", "more"):
        with tarfile.open(folder / f"{name}.tar.gz", "w:gz") as tar:
            tar.add(folder / name, f"{name}-1.0")
    lines = ["core = 10.x", "api = 2"]
    for project, name in (("drupal", "code"), ("more", "more")):
        lines += [f"projects[{project}][download][type] = get",
                  f"projects[{project}][download][url] = {name}.tar.gz"]  # fmt: skip
    (folder / "site.make").write_text("\n".join([*lines, ""]))
    return Source("make", str(folder / "site.make"))


MAKERS: dict[str, Callable[[Path], Source]] = {
    "git": _git,
    "archive": _archive,
    "composer": _composer,
    "make": _make,
}
"""One for each kind of source; a new driver is put in here and has the whole suite."""
ADDED = {"composer": ("composer.json", "composer.lock", "vendor/"), "make": ("modules/more/",)}
"""What belongs to the kind of source: it lies beside the code, and nothing else does."""


@dataclass
class Ground:
    """A source, a folder that whoever builds may enter, and a cache."""

    kind: str
    folder: Path
    source: Source
    accesses: tuple[Access, ...] = ()
    said: list[str] = field(default_factory=list)

    @property
    def driver(self) -> SourceDriver:
        made: SourceDriver = drivers.load("source", self.kind)(Host())
        return made

    def terms(self, **more: object) -> Terms:
        fields = {"cache": str(self.folder / "cache"), "user": BUILDER, "private": True,
                  "accesses": self.accesses, "seconds": 120.0, **more}  # fmt: skip
        return Terms(**fields)  # type: ignore[arg-type]

    def into(self) -> Path:
        """An empty directory of the builder's."""
        made = Path(tempfile.mkdtemp(prefix="into-", dir=self.folder))
        if BUILDER:
            shutil.chown(made, BUILDER)
        return made

    def build(self, source: Source | None = None, **more: object) -> tuple[Path, Built]:
        """Build it; where, and what came of it."""
        into = self.into()
        built = self.driver.build(source or self.source, str(into), self.terms(**more), self.said.append)
        return into, built

    def code(self, into: Path) -> dict[str, object]:
        """What was built, without what such a source adds to it."""
        added = ADDED.get(self.kind, ())
        return {name: said for name, said in content(into).items() if not name.startswith(added)}


@contextmanager
def folder() -> Iterator[Path]:
    """One that anybody may enter."""
    made = Path(tempfile.mkdtemp(prefix="aegir-sources-", dir="/tmp"))
    made.chmod(0o755)
    yield made
    shutil.rmtree(made)


@pytest.fixture(params=MAKERS)
def source_ground(request: pytest.FixtureRequest) -> Iterator[Ground]:
    """Each kind in turn."""
    with folder() as place:
        (place / "source").mkdir()
        yield Ground(request.param, place, MAKERS[request.param](place / "source"))


def content(into: Path) -> dict[str, object]:
    """What was built: the bytes of files, the targets of links."""
    return {
        str(path.relative_to(into)): os.readlink(path) if path.is_symlink() else path.read_bytes()
        for path in into.rglob("*")
        if path.is_symlink() or path.is_file()
    }


def packed(members: dict[str, bytes], top: str = "") -> bytes:
    """A tar of those files."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as tar:
        for name, data in members.items():
            info = tarfile.TarInfo(f"{top}{name}")
            info.size = len(data)
            tar.addfile(info, io.BytesIO(data))
    return out.getvalue()
