"""The room in which a makefile is built: everything below the code's root is done by the builder, so that no
link in fetched code leads anybody with more rights than his anywhere."""

from __future__ import annotations

import itertools
import os
import posixpath
import stat
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from aegir.drivers.host import Completed, Host
from aegir.drivers.source import Terms, programs
from aegir.drivers.source.makefile import Origin, Place, wrong
from aegir.errors import AegirError, Broken, Refused, Unreachable


class Work:
    """What all who build one makefile share."""

    def __init__(self, host: Host, into: str, terms: Terms, ends: float) -> None:
        self.host = host
        self.into = into
        self.terms = terms
        self.ends = ends
        self._numbers = itertools.count(1)

    def stop(self) -> None:
        """Let no further step begin: something failed, and nobody needs the rest."""
        self.ends = 0.0

    @property
    def left(self) -> float:
        """Seconds; Broken when there are none."""
        left = self.ends - time.monotonic()
        if left <= 0:
            raise Broken(
                "There was no time left to build the makefile." if self.ends else "Something else failed."
            )
        return left

    def directory(self) -> str:
        """A new, empty directory of the builder's, gone when all is built."""
        path = f"{self.into}/{programs.HOME}/make-{next(self._numbers)}"
        self.host.make_directory(path, mode=0o755, owner=self.terms.user)
        return path

    def run(self, argv: Sequence[str], *, cwd: str | None = None, codes: Sequence[int] = (0,)) -> Completed:
        """A small program of the system's, on whose behalf nothing is limited but the time."""
        done = self.host.run(argv, user=self.terms.user, cwd=cwd or self.into, timeout=self.left, check=False)
        if done.code not in codes:
            raise programs.ended_badly(done)
        return done

    def runner(self, cwd: str, codes: Sequence[int]) -> Callable[[list[str]], Completed]:
        """What runs programs on foreign code, in its directory, silently."""

        def run(argv: list[str]) -> Completed:
            return programs.run(
                self.host,
                argv,
                into=self.into,
                terms=self.terms,
                env={"GIT_DIR": "/nonexistent", "GIT_CONFIG_NOSYSTEM": "1"},
                ends=self.ends,
                say=_silent,
                cwd=cwd,
                codes=codes,
            )

        return run

    def readable(self, path: str) -> bool:
        """Whether it is a file that the builder may read."""
        return self.run(["test", "-f", path, "-a", "-r", path], codes=(0, 1)).code == 0

    def copied(self, path: str, target: str) -> Path:
        """A copy of a file that the builder may read, as a file of his. Refused when he may not."""
        if not self.readable(path):
            raise Refused(f"there is no file {path} that the builder may read.")
        size = os.stat(path).st_size
        if size > self.terms.bytes:
            raise Broken(f"{path} holds {size:,} bytes, more than {self.terms.bytes:,}.")
        self.run(["cp", "--reflink=auto", "--", path, target])
        return self.plain(target)

    def plain(self, path: str) -> Path:
        """The path of something that was just made, which must be a file and no link."""
        found = self.host.stat(path)
        if found is None or found.kind != "file":
            raise Broken(f"{posixpath.basename(path)} is not a file.")
        return Path(path)

    def write(self, path: str, content: bytes) -> None:
        """A file of the builder's, in a directory made here."""
        self.host.write(path, content, owner=self.terms.user)

    def move(self, code: str, path: str, *, over: bool) -> bool:
        """Put what is in the directory ``code`` at a path below the root; "" is the root itself. Whether
        something was there, which is replaced, or, with ``over``, laid under it."""
        target = posixpath.join(self.into, path) if path else self.into
        parent = posixpath.dirname(target) if path else target
        self.run(["mkdir", "-p", "--", parent])
        if not f"{os.path.realpath(parent)}/".startswith(f"{os.path.realpath(self.into)}/"):
            raise Refused(f"the way to «{path}» leads out of the code, by a link in it.")
        found = self.host.stat(target) if path else None
        if not path:
            self.run(
                [
                    "find",
                    code,
                    "-mindepth",
                    "1",
                    "-maxdepth",
                    "1",
                    "-exec",
                    "mv",
                    "-t",
                    target,
                    "--",
                    "{}",
                    "+",
                ]
            )
        elif found and over and found.kind == "directory":
            self.run(["cp", "-a", "--reflink=auto", "--", f"{code}/.", target])
        else:
            self.run(["rm", "-rf", "--", target])
            self.run(["mv", "-T", "--", code, target])
        return found is not None


def check_inside(origin: Origin, path: str) -> None:
    """Refused for what a makefile found in fetched code names there, and a link in it leads elsewhere."""
    tree = os.path.realpath(origin.tree)
    if origin.trust == "tree" and not f"{os.path.realpath(path)}/".startswith(f"{tree}/"):
        raise Refused(f"{os.path.relpath(path, origin.tree)} leads out of the code, by a link in it.")


def is_file(path: str) -> bool:
    """Whether something is a file itself, not a link to one."""
    try:
        return stat.S_ISREG(os.lstat(path).st_mode)
    except OSError:
        return False


@contextmanager
def at(place: Place, what: str = "") -> Iterator[None]:
    """What fails inside is told with its place: the same kind of error, whose sentence begins there."""
    try:
        yield
    except AegirError as error:
        sentence = str(error)
        if sentence.startswith(f"{place.origin.shown}:"):
            raise
        sentence = f"{what}: {sentence}" if what else sentence
        if isinstance(error, Unreachable):
            raise Unreachable(f"{place}: {sentence}") from error
        if isinstance(error, Refused):
            raise wrong(place, sentence) from error
        raise Broken(f"{place}: {sentence}", detail=getattr(error, "detail", None)) from error


def _silent(line: str) -> None:
    """What programs say of a patch is told in one sentence, if at all."""
