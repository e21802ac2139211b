"""A private PostgreSQL: real, empty, on a socket alone, and gone afterwards."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

PATIENCE = 60.0


@contextmanager
def postgresql() -> Iterator[str]:
    """The address of a database ``aegir`` on a server of its own, as ``AEGIR_DATABASE`` takes it."""
    home = Path(tempfile.mkdtemp(prefix="aegir-postgresql-"))
    owner = _owner()
    if owner:
        os.chown(home, owner.pw_uid, owner.pw_gid)
    bin_ = max(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: int(path.parent.name))
    made = [bin_ / "initdb", "-D", home / "data", "-U", "aegir", "-A", "trust", "--locale=C.UTF-8"]
    _as(owner, made, check=True)
    # Dies with this thread, so that a test run that is killed leaves no server behind.
    served = ["setpriv", "--pdeathsig=KILL", bin_ / "postgres", "-D", home / "data", "-k", home]
    server = _start(owner, [*served, "-c", "listen_addresses="])
    try:
        _await(bin_, home)
        subprocess.run([bin_ / "createdb", "-h", home, "-U", "aegir", "aegir"], check=True)
        yield f"postgresql://aegir@/aegir?host={home}"
    finally:
        server.terminate()
        server.wait(PATIENCE)
        shutil.rmtree(home, ignore_errors=True)


def _owner() -> pwd.struct_passwd | None:
    """PostgreSQL refuses to be root."""
    return pwd.getpwnam("www-data") if os.geteuid() == 0 else None


def _as(owner: pwd.struct_passwd | None, command: list[str | Path], *, check: bool) -> None:
    subprocess.run([*_dropping(owner), *command], stdout=subprocess.DEVNULL, check=check, cwd="/")


def _start(owner: pwd.struct_passwd | None, command: list[str | Path]) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [*_dropping(owner), *command], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd="/"
    )


def _dropping(owner: pwd.struct_passwd | None) -> list[str]:
    if owner is None:
        return []
    return ["setpriv", f"--reuid={owner.pw_uid}", f"--regid={owner.pw_gid}", "--clear-groups"]


def _await(bin_: Path, home: Path) -> None:
    end = time.monotonic() + PATIENCE
    while subprocess.run([bin_ / "pg_isready", "-q", "-h", home], check=False).returncode:
        if time.monotonic() > end:
            raise TimeoutError("PostgreSQL did not come up")
        time.sleep(0.05)
