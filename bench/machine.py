"""What the measurements were made on."""

from __future__ import annotations

import datetime
import os
import platform
import re
import shutil
import subprocess
import time
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
        f" {_system()}; {', '.join(versions)}; load at the start {os.getloadavg()[0]:.2f}. {_stillness()}"
    )


def _stillness(seconds: float = 5.0, gap: float = 0.005) -> str:
    """For how long the machine itself stands still, as a virtual one does when its host is busy elsewhere:
    told by a process that does nothing but look at the clock. What is measured stands still as well."""
    began = last = time.perf_counter()
    lost = longest = 0.0
    while last - began < seconds:
        now = time.perf_counter()
        if now - last > gap:
            lost, longest = lost + now - last, max(longest, now - last)
        last = now
    return (
        f"A process that only looked at the clock stood still for {lost / seconds:.0%} of the time,"
        f" {longest * 1000:.0f} ms at the longest."
    )


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
