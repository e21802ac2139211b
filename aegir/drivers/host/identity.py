"""Users and groups, by name and by number."""

from __future__ import annotations

import grp
import os
import pwd
import stat

from aegir.errors import Broken

UNCHANGED = -1


def account(name: str) -> pwd.struct_passwd:
    """The system's entry for a user. Raises Broken when there is none."""
    try:
        return pwd.getpwnam(name)
    except KeyError:
        raise no_account(name) from None


def no_account(name: str) -> Broken:
    return Broken(f"There is no user «{name}» on this machine: create it first.")


def present_user() -> str:
    """The name of the user that this process runs as."""
    return user_name(os.geteuid())


def home(user: str | None) -> str:
    """The home directory of a user, or of the present one, who need not have an entry."""
    if user is not None:
        return account(user).pw_dir
    try:
        return pwd.getpwuid(os.geteuid()).pw_dir
    except KeyError:
        return "/"


def user_id(name: str | None) -> int:
    return UNCHANGED if name is None else account(name).pw_uid


def group_id(name: str | None) -> int:
    """The number of a group. Raises Broken when there is none."""
    if name is None:
        return UNCHANGED
    try:
        return grp.getgrnam(name).gr_gid
    except KeyError:
        raise Broken(f"There is no group «{name}» on this machine: create it first.") from None


def user_name(number: int) -> str:
    """The user's name, or his number where he has none."""
    try:
        return pwd.getpwuid(number).pw_name
    except KeyError:
        return str(number)


def group_name(number: int) -> str:
    try:
        return grp.getgrgid(number).gr_name
    except KeyError:
        return str(number)


def give(descriptor: int, mode: int | None, owner: str | None, group: str | None) -> None:
    """Set what is given and not so already; the descriptor may be an O_PATH one, but not of a link."""
    path = f"/proc/self/fd/{descriptor}"
    seen = os.fstat(descriptor)
    uid, gid = user_id(owner), group_id(group)
    if (uid not in (UNCHANGED, seen.st_uid)) or (gid not in (UNCHANGED, seen.st_gid)):
        os.chown(path, uid, gid)
        seen = os.fstat(descriptor)
    if mode is not None and stat.S_IMODE(seen.st_mode) != mode:
        os.chmod(path, mode)
