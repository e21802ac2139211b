"""Which keys other hosts showed to ssh: kept beside the copies of repositories, and given to each build.

A host that was never seen is taken at its word; one that shows another key later is refused by ssh.
"""

from __future__ import annotations

import fcntl
import os
import re
import shlex
from pathlib import Path

from aegir.drivers.host import Host
from aegir.drivers.source import Terms
from aegir.drivers.source.programs import HOME
from aegir.errors import Refused

FILE = "known_hosts"
FOLDER = "git"
LARGEST = 1 << 20
FAILED = "host key verification failed"
_CHANGED = re.compile(r"^\s*(?:\S+ )?[Hh]ost key for (?P<host>\S+) has changed", re.M)
_OFFENDING = re.compile(r"^\s*Offending .*key in (?P<file>/.*):\d+$", re.M)


def bring(host: Host, home: str, terms: Terms) -> None:
    """Write them where ssh looks, for whoever it runs as; a build's own from then on."""
    text = host.read(str(_kept(terms)))
    if text is not None:
        host.write(f"{home}/{FILE}", text, mode=0o600, owner=terms.user)


def keep(host: Host, home: str, terms: Terms) -> None:
    """Add what ssh took in. What is known already stays: builds at the same time take nothing from each
    other."""
    there = f"{home}/{FILE}"
    found = host.stat(there)
    if found is None or found.kind != "file" or found.size > LARGEST:
        return
    kept, seen = _kept(terms), host.read(there) or b""
    kept.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with open(kept, "ab+", opener=_private) as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        file.seek(0)
        known = file.read().splitlines()
        file.write(b"".join(line + b"\n" for line in seen.splitlines() if line and line not in known))


def refusal(said: str, terms: Terms) -> Refused | None:
    """What to say where ssh does not believe that a host is who it says; None where that is not it."""
    changed = _CHANGED.search(said)
    if changed is None and FAILED in said.lower():
        return Refused("ssh does not take the key by which the host says who it is.", field="location")
    if changed is None:
        return None
    name, offending = changed["host"], _OFFENDING.search(said)
    # What lies in the build's own directory is a copy.
    ours = offending is None or offending["file"].endswith(f"/{HOME}/{FILE}")
    file = str(_kept(terms)) if offending is None or ours else offending["file"]
    command = shlex.join(["ssh-keygen", "-f", file, "-R", name])
    return Refused(
        f"The host key of {name} is not the one that is known: somebody may stand in between. Ask whose host "
        f"it is; if the key was changed on purpose, forget the old one with «{command}».",
        field="location",
    )


def _kept(terms: Terms) -> Path:
    return Path(terms.cache, FOLDER, FILE)


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)
