"""The peer: Drush as the platform has it, run as the same user and with the same PHP as the bridge."""

from __future__ import annotations

import os
import subprocess
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from bench.clock import timed

MEMORY = ("-d", "memory_limit=1024M")


@dataclass(frozen=True)
class Drush:
    """Drush on one site."""

    code: Path
    """The codebase with ``vendor/bin/drush``."""
    uri: str
    php: str
    user: str
    environment: Mapping[str, str] = field(default_factory=dict, repr=False)
    """What the web server would tell PHP."""

    def seconds(self, *arguments: str) -> float:
        """How long one command takes."""
        return timed(lambda: self.run(*arguments))

    def run(self, *arguments: str) -> str:
        """What one command prints; an error when it fails."""
        done = subprocess.run(
            [*self._switch(), self.php, *MEMORY, "vendor/bin/drush", f"--uri={self.uri}", *arguments],
            cwd=self.code,
            env={"PATH": os.defpath, "HOME": tempfile.gettempdir(), "LANG": "C.UTF-8", **self.environment},
            capture_output=True,
            text=True,
            timeout=900,
            check=False,
        )
        if done.returncode:
            said = done.stderr.strip() or done.stdout.strip()
            raise RuntimeError(f"drush {' '.join(arguments)} ended {done.returncode}: {said}")
        return done.stdout

    def _switch(self) -> list[str]:
        if os.geteuid():
            return []
        return ["setpriv", f"--reuid={self.user}", f"--regid={self.user}", "--init-groups", "--"]
