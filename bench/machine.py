"""What the measurements were made on."""

from __future__ import annotations

import datetime
import os
import platform
import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path


def facts() -> str:
    """One paragraph: when, and on what."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    versions = [
        f"Python {platform.python_version()}",
        f"PHP {_version('php', '--version')}",
        f"MariaDB {_version('mariadbd', '--version')}",
        f"nginx {_version('nginx', '-v')}",
    ]
    return (
        f"{datetime.date.today():%d %B %Y}; {os.cpu_count()} cores ({_processor()}), {memory:.0f} GiB;"
        f" {_system()}; {', '.join(versions)}; load at the start {os.getloadavg()[0]:.2f}."
    )


@dataclass(frozen=True)
class Processors:
    """How long all of them together were wanted since the machine was started, and for how long of that its
    host kept them to itself; in ticks."""

    wanted: int
    withheld: int

    @classmethod
    def now(cls) -> Processors:
        ticks = [int(each) for each in Path("/proc/stat").read_text().split("\n", 1)[0].split()[1:9]]
        user, nice, system, _idle, _waiting, hard, soft, withheld = ticks
        return cls(user + nice + system + hard + soft + withheld, withheld)

    def since(self) -> str:
        """What became of them since: whatever is measured stands still while they are withheld."""
        now = Processors.now()
        share = (now.withheld - self.withheld) / max(1, now.wanted - self.wanted)
        return f"Of the time that processors were wanted, the machine's host withheld them for {share:.0%}."


def _version(program: str, option: str) -> str:
    path = shutil.which(program) or shutil.which(program, path="/usr/sbin")
    if path is None:
        return "absent"
    told = subprocess.run([path, option], capture_output=True, text=True, check=False)
    found = re.search(r"\d+\.\d+\.\d+", told.stdout + told.stderr)
    return found[0] if found else "of unknown version"


def _processor() -> str:
    found = re.search(r"^model name\s*: (.+)$", Path("/proc/cpuinfo").read_text(), re.MULTILINE)
    return found[1] if found else platform.machine()


def _system() -> str:
    return platform.freedesktop_os_release().get("PRETTY_NAME", platform.system())
