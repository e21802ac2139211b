"""Putting a file or a link in its place whole, with nothing left beside it when the writer is killed.

A file has no name while it is written, and where none of that name was there before it never has another.
Only to replace one does it bear a second name, for the moment between two system calls.
"""

from __future__ import annotations

import errno
import os
import secrets
from contextlib import suppress

from aegir.drivers.host.identity import give

WITHOUT_NAMELESS = (errno.EOPNOTSUPP, errno.EISDIR, errno.EINVAL)
"""What file systems answer that know no nameless files (NFS is one)."""


def put_file(
    directory: int, name: str, content: bytes, *, mode: int, owner: str | None, group: str | None
) -> None:
    """Write, sync, give mode and owner, and only then let the file be seen under its name."""
    beside = _second_name()
    descriptor, named = _new(directory, beside)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            give(descriptor, mode, owner, group)
            os.fsync(descriptor)
            if not named and _link(descriptor, directory, name):
                return
            named = named or _link(descriptor, directory, beside)
        os.rename(beside, name, src_dir_fd=directory, dst_dir_fd=directory)
    except BaseException:  # whatever it was goes up; half a file must not stay
        with suppress(FileNotFoundError):
            os.unlink(beside, dir_fd=directory)
        raise


def put_link(directory: int, name: str, target: str) -> None:
    """Make a link, or replace what bears its name."""
    try:
        os.symlink(target, name, dir_fd=directory)
    except FileExistsError:
        beside = _second_name()
        os.symlink(target, beside, dir_fd=directory)
        os.rename(beside, name, src_dir_fd=directory, dst_dir_fd=directory)


def _new(directory: int, beside: str) -> tuple[int, bool]:
    """A new file open for writing, and whether it already bears the second name."""
    try:
        return os.open(".", os.O_WRONLY | os.O_TMPFILE | os.O_CLOEXEC, 0o600, dir_fd=directory), False
    except OSError as error:
        if error.errno not in WITHOUT_NAMELESS:
            raise
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
    return os.open(beside, flags, 0o600, dir_fd=directory), True


def _link(descriptor: int, directory: int, name: str) -> bool:
    """Give a nameless file its name; False when that is taken."""
    try:
        os.link(f"/proc/self/fd/{descriptor}", name, dst_dir_fd=directory)
    except FileExistsError:
        return False
    return True


def _second_name() -> str:
    return f".aegir-{secrets.token_hex(8)}"
