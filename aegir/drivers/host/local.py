"""This machine."""

from __future__ import annotations

import errno
import fcntl
import os
import pwd
import stat
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from typing import BinaryIO

from aegir.drivers.host import Completed, Kind, Listener, Stat, TreeSize, tree
from aegir.drivers.host.identity import give, group_id, group_name, user_id, user_name
from aegir.drivers.host.paths import (
    disk_of,
    explaining,
    held_too_long,
    opened,
    parent,
    printable,
    sync,
)
from aegir.drivers.host.patterns import excluder
from aegir.drivers.host.process import Program, ended_badly, environment, prepare, too_slow
from aegir.drivers.host.refreshing import Refreshing
from aegir.drivers.host.replacing import put_file, put_link
from aegir.drivers.host.streaming import Streamed
from aegir.errors import Broken

KINDS: dict[int, Kind] = {stat.S_IFREG: "file", stat.S_IFDIR: "directory", stat.S_IFLNK: "link"}


class Driver:
    """See ``Host`` for what each method promises."""

    def __init__(self, name: str = "local") -> None:
        self.name = name
        self.is_root = os.geteuid() == 0

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
        command = prepare(argv, user, cwd)
        program = Program(command, environment(user, env), stdin=stdin, answers=answers)
        code = program.finish(timeout, listener, watch, leave=leave)
        if code is None:
            raise too_slow(argv, timeout)
        out, err, answer = (program.text(name) for name in ("out", "err", "answer"))
        completed = Completed(tuple(argv), code, out, err, answer)
        if check and code != 0:
            raise ended_badly(completed)
        return completed

    @contextmanager
    def reading(
        self,
        argv: Sequence[str],
        *,
        env: Mapping[str, str] | None = None,
        user: str | None = None,
        cwd: str | None = None,
        timeout: float = 3600.0,
        codes: Sequence[int] = (0,),
    ) -> Iterator[BinaryIO]:
        command, env = prepare(argv, user, cwd), environment(user, env)
        with Streamed(argv, command, env, timeout=timeout, hands="output").reading(codes) as stream:
            yield stream

    @contextmanager
    def writing(
        self,
        argv: Sequence[str],
        *,
        env: Mapping[str, str] | None = None,
        user: str | None = None,
        cwd: str | None = None,
        timeout: float = 3600.0,
    ) -> Iterator[BinaryIO]:
        command, env = prepare(argv, user, cwd), environment(user, env)
        with Streamed(argv, command, env, timeout=timeout, hands="input").writing() as stream:
            yield stream

    def stat(self, path: str) -> Stat | None:
        with explaining("look at", path):
            if path == "/":
                return _described(os.stat("/"), None)
            try:
                with parent(path) as (directory, name):
                    seen = os.stat(name, dir_fd=directory, follow_symlinks=False)
                    link = os.readlink(name, dir_fd=directory) if stat.S_ISLNK(seen.st_mode) else None
                    return _described(seen, link)
            except (FileNotFoundError, NotADirectoryError):
                return None

    def read(self, path: str) -> bytes | None:
        with explaining("read", path):
            try:
                # Without O_NONBLOCK a pipe planted in a site's files would hold up whoever opens it.
                with opened(path, os.O_RDONLY | os.O_NONBLOCK) as descriptor:
                    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
                        raise Broken(f"Could not read {printable(path)}: it is not a file.")
                    with os.fdopen(descriptor, "rb", closefd=False) as file:
                        return file.read()
            except (FileNotFoundError, NotADirectoryError):
                return None

    def write(
        self,
        path: str,
        content: bytes,
        *,
        mode: int = 0o644,
        owner: str | None = None,
        group: str | None = None,
    ) -> None:
        with explaining("write", path), parent(path) as (directory, name):
            put_file(directory, name, content, mode=mode, owner=owner, group=group)
            sync(directory)

    def make_directory(
        self, path: str, *, mode: int = 0o755, owner: str | None = None, group: str | None = None
    ) -> None:
        with explaining("make the directory", path), parent(path) as (directory, name):
            with suppress(FileExistsError):
                os.mkdir(name, 0o700, dir_fd=directory)
            made = os.open(name, os.O_PATH | os.O_NOFOLLOW | os.O_DIRECTORY | os.O_CLOEXEC, dir_fd=directory)
            try:
                give(made, mode, owner, group)
            finally:
                os.close(made)
            sync(directory)

    def set_attributes(
        self, path: str, *, mode: int | None = None, owner: str | None = None, group: str | None = None
    ) -> None:
        with explaining("change", path), parent(path) as (directory, name):
            there = os.open(name, os.O_PATH | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=directory)
            try:
                if not stat.S_ISLNK(os.fstat(there).st_mode):
                    give(there, mode, owner, group)
                elif owner is not None or group is not None:
                    ids = user_id(owner), group_id(group)
                    os.chown(name, *ids, dir_fd=directory, follow_symlinks=False)
            finally:
                os.close(there)

    def list(self, path: str) -> list[str]:
        with explaining("list", path):
            try:
                with opened(path, os.O_RDONLY | os.O_DIRECTORY) as directory:
                    return sorted(os.listdir(directory))
            except FileNotFoundError:
                return []

    def rename(self, source: str, target: str) -> None:
        with (
            explaining(f"move {printable(source)} to", target),
            parent(source) as (out_of, name),
            parent(target) as (into, new),
        ):
            seen = self.stat(target)
            if seen is not None and seen.kind == "directory":
                raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
            os.rename(name, new, src_dir_fd=out_of, dst_dir_fd=into)
            sync(into)
            sync(out_of)

    def symlink(self, target: str, path: str) -> None:
        with explaining("make the link", path), parent(path) as (directory, name):
            seen = self.stat(path)
            if seen is not None and seen.kind != "link":
                raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST))
            put_link(directory, name, target)
            sync(directory)

    def remove(self, path: str) -> None:
        with (
            explaining("remove", path),
            suppress(FileNotFoundError, NotADirectoryError),
            parent(path) as (directory, name),
        ):
            os.unlink(name, dir_fd=directory)
            sync(directory)

    def remove_tree(self, path: str) -> None:
        with (
            explaining("remove", path),
            suppress(FileNotFoundError, NotADirectoryError),
            parent(path) as (directory, name),
        ):
            tree.remove(name, directory, path)
            sync(directory)

    def copy_tree(self, source: str, target: str, *, exclude: Sequence[str] = ()) -> None:
        with (
            explaining(f"copy {printable(source)} to", target),
            opened(source, os.O_RDONLY | os.O_DIRECTORY) as reading,
            parent(target) as (directory, name),
        ):
            if target.startswith(f"{source}/"):
                raise OSError(errno.EINVAL, os.strerror(errno.EINVAL))
            os.mkdir(name, 0o700, dir_fd=directory)
            try:
                writing = os.open(name, tree.READ | os.O_DIRECTORY, dir_fd=directory)
                try:
                    tree.Copying(source, target, excluder(exclude)).copy(reading, writing)
                finally:
                    os.close(writing)
            except BaseException:  # whatever it was goes up; half a copy must not stay
                tree.remove(name, directory, target)
                raise
            sync(directory)

    def refresh_tree(self, source: str, target: str, *, exclude: Sequence[str] = ()) -> None:
        with (
            explaining(f"copy {printable(source)} to", target),
            opened(source, os.O_RDONLY | os.O_DIRECTORY) as reading,
            parent(target) as (directory, name),
        ):
            if f"{target}/".startswith(f"{source}/") or source.startswith(f"{target}/"):
                raise OSError(errno.EINVAL, os.strerror(errno.EINVAL))
            writing = tree.enter(name, directory)
            try:
                Refreshing(source, target, excluder(exclude)).refresh(reading, writing)
            finally:
                os.close(writing)

    def tree_size(self, path: str) -> TreeSize:
        with explaining("measure", path):
            try:
                with parent(path) as (directory, name):
                    return TreeSize(*tree.measure(name, directory))
            except (FileNotFoundError, NotADirectoryError):
                return TreeSize(0, 0)

    def free_bytes(self, path: str) -> int:
        room = disk_of(path)
        return room.f_bavail * room.f_frsize

    def disk_bytes(self, path: str) -> int:
        room = disk_of(path)
        return room.f_blocks * room.f_frsize

    def user_exists(self, name: str) -> bool:
        try:
            pwd.getpwnam(name)
        except KeyError:
            return False
        return True

    @contextmanager
    def lock(self, path: str, *, timeout: float = 120.0) -> Iterator[None]:
        flags = os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC
        with explaining("lock", path), parent(path) as (directory, name):
            descriptor = os.open(name, flags, 0o600, dir_fd=directory)
        try:
            deadline = time.monotonic() + timeout
            while not _locked(descriptor):
                if time.monotonic() > deadline:
                    raise held_too_long(path, timeout)
                time.sleep(0.01)
            yield
        finally:
            os.close(descriptor)


def _locked(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _described(seen: os.stat_result, target: str | None) -> Stat:
    return Stat(
        kind=KINDS.get(stat.S_IFMT(seen.st_mode), "other"),
        mode=stat.S_IMODE(seen.st_mode),
        owner=user_name(seen.st_uid),
        group=group_name(seen.st_gid),
        size=seen.st_size,
        mtime_ns=seen.st_mtime_ns,
        target=target,
        links=1 if stat.S_ISDIR(seen.st_mode) else seen.st_nlink,
    )
