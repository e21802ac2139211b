"""Opening paths without being led astray, and the sentences for what a file system refuses.

Root works in directories that the web user can write: a link planted there must not turn «write the site's
settings» into «write /etc/shadow». So every path is walked one component at a time by descriptor, and a
link on the way is followed only when root or the present user made it.
"""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager

from aegir.drivers.host.identity import present_user, user_name
from aegir.errors import Broken

LINKS = 40
"""As many links as the kernel itself would follow in one path."""

REASONS = {
    errno.ENOSPC: "no space left on its file system; free some and try again",
    errno.EDQUOT: "the disk quota is used up; raise it or free some space",
    errno.EROFS: "its file system is mounted read-only",
    errno.ENOENT: "there is nothing there",
    errno.EEXIST: "something is there already",
    errno.ENOTDIR: "part of it is not a directory",
    errno.EISDIR: "it is a directory",
    errno.ENOTEMPTY: "the directory is not empty",
    errno.ELOOP: "there is a loop of links, or a link where none may be",
    errno.EXDEV: "it would have to cross from one file system to another",
    errno.EINVAL: "it cannot go into itself",
    errno.ENAMETOOLONG: "the name is too long",
    errno.EMFILE: "too many files are open, or the tree is too deep",
}


def absolute(path: str) -> str:
    """The path itself. Raises ValueError unless it is absolute and normalised."""
    if not path.startswith("/") or path.startswith("//") or os.path.normpath(path) != path or "\0" in path:
        raise ValueError(f"{path!r} is not an absolute, normalised path")
    return path


def printable(path: str) -> str:
    """The path with bytes that are not UTF-8 spelled out, so that any log can hold it."""
    return os.fsencode(path).decode(errors="backslashreplace")


def refusal(doing: str, path: str, number: int | None, otherwise: str = "unknown error") -> Broken:
    """What to tell people when the system says no to ``doing`` something with ``path``."""
    if number in (errno.EACCES, errno.EPERM):
        reason = f"the user «{present_user()}» may not; correct its owner and mode"
    else:
        reason = REASONS.get(number or 0, otherwise)
    return Broken(f"Could not {doing} {printable(path)}: {reason}.")


def held_too_long(path: str, timeout: float) -> Broken:
    return Broken(
        f"{printable(path)} is still locked by another program after {timeout:g} s: see what it does."
    )


def check_link(path: str, maker: str, user: str, links: int) -> None:
    """Raise unless ``user`` may follow the ``links``-th link on the way to ``path``, which ``maker`` made."""
    if links > LINKS:
        raise OSError(errno.ELOOP, os.strerror(errno.ELOOP))
    if maker not in ("root", user):
        raise Broken(
            f"{printable(path)} leads through a link that «{maker}» made, which «{user}» does not follow: "
            "replace the link with what it points to."
        )


@contextmanager
def explaining(doing: str, path: str) -> Iterator[None]:
    """Turn what the system raises inside into Broken."""
    try:
        yield
    except OSError as error:
        raise refusal(doing, path, error.errno, error.strerror or str(error)) from error


@contextmanager
def parent(path: str) -> Iterator[tuple[int, str]]:
    """The directory that ``path`` lies in, as a descriptor, and the name in it."""
    above, name = os.path.split(absolute(path))
    if not name:
        raise ValueError("/ is not a thing to work on")
    with walked(above) as directory:
        yield directory, name


@contextmanager
def walked(path: str) -> Iterator[int]:
    """An O_PATH descriptor of what is at ``path``, every link on the way judged by who made it."""
    at = os.open("/", os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC)
    todo = parts(absolute(path))
    links = 0
    try:
        while todo:
            there = os.open(todo.pop(), os.O_PATH | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=at)
            if not stat.S_ISLNK(os.fstat(there).st_mode):
                os.close(at)
                at = there
                continue
            links += 1
            try:
                check_link(path, user_name(os.fstat(there).st_uid), present_user(), links)
                target = os.readlink("", dir_fd=there)
            finally:
                os.close(there)
            todo += parts(target)
            if target.startswith("/"):
                os.close(at)
                at = os.open("/", os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC)
        yield at
    finally:
        os.close(at)


@contextmanager
def opened(path: str, flags: int) -> Iterator[int]:
    """A readable descriptor of what is at ``path``; what is opened is what was walked to."""
    with walked(path) as there:
        # The magic link leads to the very inode that was judged, whatever now bears its name.
        descriptor = os.open(f"/proc/self/fd/{there}", flags | os.O_CLOEXEC)
        try:
            yield descriptor
        finally:
            os.close(descriptor)


def sync(directory: int) -> None:
    """Put a directory's names on the disk; ``directory`` may be an O_PATH descriptor."""
    descriptor = os.open(".", os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC, dir_fd=directory)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def parts(path: str) -> list[str]:
    """The components, last first."""
    return [part for part in reversed(path.split("/")) if part and part != "."]


def disk_of(path: str) -> os.statvfs_result:
    """The file system that holds ``path``, or would."""
    with explaining("measure the free space at", path):
        try:
            with walked(path) as there:
                return os.statvfs(f"/proc/self/fd/{there}")
        except FileNotFoundError:
            return disk_of(os.path.dirname(path))
