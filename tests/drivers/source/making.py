"""What tests of makefiles build with: a release service, repositories, and a place for the builder."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from aegir import drivers
from aegir.drivers.host.local import Driver as LocalHost
from aegir.drivers.source import Built, Source, Terms
from tests.home import roomy
from tests.live.drupal_org import DrupalOrg
from tests.live.files import handing_out
from tests.live.normal_user import NORMAL_USER

BUILDER = NORMAL_USER if os.geteuid() == 0 else None
CORE = {"index.php": "<?php\n", "includes/bootstrap.inc": "<?php\n", "profiles/standard/standard.info": "x\n"}
GIT = {
    "GIT_CONFIG_GLOBAL": "/dev/null",
    "GIT_CONFIG_NOSYSTEM": "1",
    **{
        f"GIT_{who}_{what}": "test@example.org"
        for who in ("AUTHOR", "COMMITTER")
        for what in ("NAME", "EMAIL")
    },
}


@dataclass
class Yard:
    """A folder that everybody may read: makefiles, repositories, what is built."""

    folder: Path
    org: DrupalOrg
    terms: Terms
    said: list[str] = field(default_factory=list)
    built: Built | None = None

    def write(self, name: str, text: str | bytes) -> Path:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        path.chmod(0o644)
        return path

    def repository(self, name: str, files: Mapping[str, str], tag: str = "") -> str:
        """A git repository with one commit more; its path."""
        folder = self.folder / "git" / name
        folder.mkdir(parents=True, exist_ok=True)
        if not (folder / ".git").exists():
            self._git(folder, "init", "-q", "-b", "master")
        for path, text in files.items():
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            (folder / path).write_text(text)
        self._git(folder, "add", "-A")
        self._git(folder, "commit", "-q", "-m", "more")
        if tag:
            self._git(folder, "tag", tag)
        return str(folder)

    def head(self, repository: str) -> str:
        return self._git(Path(repository), "rev-parse", "HEAD").strip()

    def build(self, makefile: str | Path, **more: object) -> Path:
        """Build it; where the code lies."""
        into = Path(tempfile.mkdtemp(prefix="code-", dir=self.folder))
        into.chmod(0o755)
        if BUILDER:
            shutil.chown(into, BUILDER)
        source = Source("make", str(makefile), checksum=str(more.pop("checksum", "")))
        terms = replace(self.terms, **more) if more else self.terms  # type: ignore[arg-type]
        self.said.clear()
        driver = drivers.load("source", "make")(LocalHost())
        self.built = driver.build(source, str(into), terms, self.said.append)
        return into

    def _git(self, folder: Path, *words: str) -> str:
        argv = ["git", *words]
        env = {**os.environ, **GIT}
        return subprocess.run(argv, cwd=folder, env=env, check=True, capture_output=True, text=True).stdout


@contextmanager
def yard() -> Iterator[Yard]:
    folder = Path(tempfile.mkdtemp(prefix="aegir-make-", dir=roomy()))
    folder.chmod(0o755)
    cache = folder / "cache"
    cache.mkdir(mode=0o700)
    try:
        with handing_out() as shelf:
            org = DrupalOrg(shelf)
            terms = org.terms(Terms(cache=str(cache), user=BUILDER, seconds=300))
            yield Yard(folder, org, terms)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def place() -> Iterator[Yard]:
    """One where a core is to be had."""
    with yard() as found:
        found.org.release("drupal", "7.105", CORE, kind="core")
        yield found


def make(*lines: str, core: str = "7.x") -> str:
    """The text of a makefile."""
    return "\n".join([f"core = {core}", "api = 2", "projects[] = drupal", *lines, ""])
