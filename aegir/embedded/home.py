"""The data folder: its directories, keys and configuration files, as every ``aegir up`` wants them."""

from __future__ import annotations

import os
import pwd
import secrets
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from cryptography.fernet import Fernet

from aegir.embedded.place import Place
from aegir.embedded.services import php_versions
from aegir.errors import Refused

BRIDGE = Path(__file__).parents[2] / "bridge"


@dataclass(frozen=True)
class Directory:
    """One directory below the home. Where one user runs all, he owns all, and only the mode counts."""

    path: str
    mode: int
    owner: str
    """``root`` or the operator."""


def directories(place: Place) -> list[Directory]:
    """Parents first. Others than root and the operator may pass through where mode 0711 says so, to reach
    the sockets and the platforms, and read nothing."""
    operator = place.operator
    return [
        Directory("", 0o711, operator),
        Directory("run", 0o711, "root"),
        Directory("run/php", 0o711, "root"),
        Directory(f"run/{place.web}", 0o711, "root"),
        Directory("run/mysql", 0o711, operator),
        Directory("log", 0o711, "root"),
        Directory(f"log/{place.web}", 0o750, "root"),
        Directory("config", 0o711, "root"),
        *(
            Directory(f"config/{place.web}{below}", 0o700, "root")
            for below in ("", "/pre.d", "/vhost.d", "/platform.d", "/post.d")
        ),
        Directory("log/php", 0o750, "root"),
        Directory("config/php", 0o711, "root"),
        *(Directory(f"config/php/{version}", 0o711, "root") for version in php_versions()),
        Directory("config/mariadb", 0o711, "root"),
        Directory("config/mariadb/post.d", 0o755, "root"),
        Directory("platforms", 0o711, operator),
        Directory("sqlite", 0o711, "root"),
        Directory("kept", 0o700, "root"),
        Directory("sources", 0o711, "root"),
        Directory("backups", 0o711, "root"),
    ]


def prepare(place: Place) -> None:
    """Make what is missing and set right what is there; nothing below the named directories is touched.

    Refused when the home cannot be made, or when a key is gone that the kept secrets need.
    """
    _check_users(place)
    try:
        _make_parents(place.home)
        for directory in directories(place):
            _set_right(place, directory)
    except OSError as error:
        raise Refused(
            f"{place.home} cannot hold Aegir's data ({error.strerror}: {error.filename}); set AEGIR_HOME to a"
            " directory that you may write.",
            field="AEGIR_HOME",
        ) from error
    _check_passage(place)
    if not (place.home / "secret.key").exists() and (place.home / "aegir.sqlite3").exists():
        raise Refused(
            f"{place.home}/secret.key is gone, and {place.home}/aegir.sqlite3 holds secrets sealed with it;"
            " bring the key back from a backup, or move the database away to begin anew."
        )
    _keep(place, "secret.key", Fernet.generate_key())
    _keep(place, "django.key", secrets.token_urlsafe(50).encode())
    _copy_bridge(place)


def _check_users(place: Place) -> None:
    for name in {place.operator, place.web_user}:
        try:
            pwd.getpwnam(name)
        except KeyError as error:
            raise Refused(
                f"There is no user {name} on this machine; run script/setup, or: useradd --system {name}"
            ) from error


def _make_parents(home: Path) -> None:
    """What is missing above the home, for everyone to pass through."""
    for parent in reversed(home.parents):
        if not parent.exists():
            parent.mkdir()
            parent.chmod(0o755)


def _set_right(place: Place, directory: Directory) -> None:
    path = place.home / directory.path
    path.mkdir(exist_ok=True)
    descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    try:
        if place.as_root:
            owner = pwd.getpwnam(directory.owner)
            os.fchown(descriptor, owner.pw_uid, owner.pw_gid)
        os.fchmod(descriptor, directory.mode)
    finally:
        os.close(descriptor)


def _check_passage(place: Place) -> None:
    """Everyone must be able to pass through the directories above the home, when others run parts."""
    if not place.as_root:
        return
    for parent in place.home.parents:
        if not parent.stat().st_mode & 0o001:
            raise Refused(
                f"{place.operator} and {place.web_user} cannot reach {place.home}: others may not pass"
                f" through {parent}. Set AEGIR_HOME to a directory elsewhere, as /var/aegir.",
                field="AEGIR_HOME",
            )


def _keep(place: Place, name: str, content: bytes) -> None:
    """Write a key once: never over one that is there, and never half of it."""
    path = place.home / name
    if path.exists():
        return
    beside = path.with_name(f"{name}.new")
    beside.unlink(missing_ok=True)
    descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(descriptor)
        if place.as_root:
            owner = pwd.getpwnam(place.operator)
            os.fchown(descriptor, owner.pw_uid, owner.pw_gid)
    beside.rename(path)


def _copy_bridge(place: Place) -> None:
    """The bridge as this version has it, where the web user can read it."""
    beside = place.bridge.with_name("bridge.new")
    for old in (beside, place.bridge):
        if old.exists():
            shutil.rmtree(old)
    shutil.copytree(BRIDGE, beside, copy_function=shutil.copyfile)
    for path in _tree(beside):
        path.chmod(0o755 if path.is_dir() else 0o644)
    beside.rename(place.bridge)


def _tree(top: Path) -> Iterator[Path]:
    yield top
    yield from top.rglob("*")
