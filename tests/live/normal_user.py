"""Being a normal user for a while, in a test run that root started."""

from __future__ import annotations

import ctypes
import os
import pwd
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager

NORMAL_USER = "www-data"
PR_SET_DUMPABLE = 4


@contextmanager
def being_normal_user() -> Iterator[tuple[str, str]]:
    """This process without root's powers: the user's name, and an empty directory of his.

    The effective ids are what the kernel and the code go by. A run that is not root's stays as it is.
    """
    home = tempfile.mkdtemp(prefix="aegir-user-")
    present = pwd.getpwuid(os.geteuid())
    if present.pw_uid != 0:
        yield present.pw_name, home
        shutil.rmtree(home, ignore_errors=True)
        return
    user, groups = pwd.getpwnam(NORMAL_USER), os.getgroups()
    os.chown(home, user.pw_uid, user.pw_gid)
    os.setgroups([])
    os.setegid(user.pw_gid)
    os.seteuid(user.pw_uid)
    # A process that changed its user may not read its own /proc/self/fd; one started as that user may.
    ctypes.CDLL(None).prctl(PR_SET_DUMPABLE, 1, 0, 0, 0)
    try:
        yield user.pw_name, home
    finally:
        os.seteuid(0)
        os.setegid(0)
        os.setgroups(groups)
        ctypes.CDLL(None).prctl(PR_SET_DUMPABLE, 1, 0, 0, 0)
        shutil.rmtree(home, ignore_errors=True)
