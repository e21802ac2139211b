"""Where commands run and files lie: the contract that ``local`` and ``memory`` (later ``ssh``) keep."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import BinaryIO, Literal, Protocol

Stream = Literal["out", "err", "answer"]
Kind = Literal["file", "directory", "link", "other"]
Listener = Callable[[Stream, str], None]
"""Called with each whole line (without its newline) as it arrives."""


@dataclass(frozen=True)
class Stat:
    """What ``lstat`` says: links are never followed. ``mode`` holds the twelve permission bits only."""

    kind: Kind
    mode: int
    owner: str
    group: str
    size: int
    mtime_ns: int
    target: str | None = None
    """Where a link points; None for anything else."""
    links: int = 1
    """How many names a file has: what changes it by one of them changes it by all."""


@dataclass(frozen=True)
class Completed:
    """How a command ended. ``answers`` is what it wrote on file descriptor 3, if that was opened."""

    argv: tuple[str, ...]
    code: int
    """Exit code; minus the signal's number when a signal ended it."""
    out: str
    err: str
    answers: str = ""


@dataclass(frozen=True)
class TreeSize:
    """How much a tree holds."""

    bytes: int
    files: int


class Host(Protocol):
    """One machine. Paths are absolute and normalised; a relative one is a programming error (ValueError).

    Every method raises Unreachable when the machine is away, and Broken with a sentence naming the path or
    the command when the machine says no (permission, disk full, not a directory …).
    """

    name: str
    is_root: bool
    """Whether commands here may switch users and give files away."""

    def run(
        self,
        argv: Sequence[str],
        *,
        stdin: str | None = None,
        env: Mapping[str, str] | None = None,
        user: str | None = None,
        cwd: str | None = None,
        timeout: float = 60.0,
        check: bool = True,
        answers: bool = False,
        listener: Listener | None = None,
        watch: Callable[[], None] | None = None,
        leave: bool = True,
    ) -> Completed:
        """Run a program to its end, without a shell.

        ``env`` is added to a clean environment: PATH, HOME, LANG=C.UTF-8, AEGIR_RUN by which the program's
        children are known, and AEGIR_TASK where set.
        ``user`` switches to that user and his groups where this process may; None or the present user's
        name runs as it is. ``timeout`` in seconds: past it the program *and all it started* are killed and
        Broken is raised. ``check`` raises Broken on a non-zero code, with the last lines of what it said.
        ``answers`` opens file descriptor 3 for the program to write on. Output is kept up to 1 MiB a
        stream (the last part); ``listener`` sees every line.
        ``watch`` is called about every second meanwhile; what it raises ends the program and goes up.
        ``leave`` says whether what the program started may go on after its end.
        """

    def reading(
        self,
        argv: Sequence[str],
        *,
        env: Mapping[str, str] | None = None,
        user: str | None = None,
        cwd: str | None = None,
        timeout: float = 3600.0,
        codes: Sequence[int] = (0,),
    ) -> AbstractContextManager[BinaryIO]:
        """Run a program and read what it prints as it prints it, however much that is.

        Leaving the block waits for its end: Broken when its code is not among ``codes`` (with the last lines
        of what it said on its error stream), when it printed more than was read, or past ``timeout``. So is
        reading to the end of what a failing program printed. Leaving the block by an exception kills the
        program and all it started.
        """

    def writing(
        self,
        argv: Sequence[str],
        *,
        env: Mapping[str, str] | None = None,
        user: str | None = None,
        cwd: str | None = None,
        timeout: float = 3600.0,
    ) -> AbstractContextManager[BinaryIO]:
        """Run a program and write to its standard input; otherwise as ``reading``. A program that ends
        before it read everything is Broken with its own reason, not with the broken pipe."""

    def stat(self, path: str) -> Stat | None:
        """None when there is nothing at that path."""

    def read(self, path: str) -> bytes | None:
        """The whole file, None when there is nothing there."""

    def write(
        self,
        path: str,
        content: bytes,
        *,
        mode: int = 0o644,
        owner: str | None = None,
        group: str | None = None,
    ) -> None:
        """Replace a file whole: written beside, synced, given mode and owner, renamed over."""

    def make_directory(
        self, path: str, *, mode: int = 0o755, owner: str | None = None, group: str | None = None
    ) -> None:
        """Make the directory (its parent must exist), or set mode and owner of the one that is there."""

    def set_attributes(
        self, path: str, *, mode: int | None = None, owner: str | None = None, group: str | None = None
    ) -> None:
        """Change what is given, of the thing itself: a link is never followed."""

    def list(self, path: str) -> list[str]:
        """Sorted names in a directory; empty when it is not there."""

    def rename(self, source: str, target: str) -> None:
        """Move within one file system, replacing a file at the target."""

    def symlink(self, target: str, path: str) -> None:
        """Make ``path`` a link to ``target``, replacing a link that is there."""

    def remove(self, path: str) -> None:
        """Remove a file or link; nothing there is fine."""

    def remove_tree(self, path: str) -> None:
        """Remove whatever is there, links not followed; nothing there is fine."""

    def copy_tree(self, source: str, target: str, *, exclude: Sequence[str] = ()) -> None:
        """Copy a tree to ``target`` (must not exist), modes and links kept, by reflink where possible.

        ``exclude`` holds patterns of rsync's kind, anchored with a leading ``/`` at ``source``.
        """

    def refresh_tree(self, source: str, target: str, *, exclude: Sequence[str] = ()) -> None:
        """Make ``target``, an earlier copy, equal to ``source`` again: copy what differs in kind, size, time,
        mode or owner, remove what is gone. Links are never followed on either side; what ``exclude`` names
        stays as it is on both."""

    def tree_size(self, path: str) -> TreeSize:
        """How much a tree holds, links not followed; nothing there counts as nothing, and what is no
        directory as a file."""

    def free_bytes(self, path: str) -> int:
        """How much the file system holding ``path`` has free for this user."""

    def disk_bytes(self, path: str) -> int:
        """How large the file system holding ``path`` is."""

    def user_exists(self, name: str) -> bool: ...

    def lock(self, path: str, *, timeout: float = 120.0) -> AbstractContextManager[None]:
        """Hold the lock that this file stands for (made where missing, mode 0600), against all other
        processes and threads; let go of when the holder ends, however it ends. Broken past ``timeout``."""
