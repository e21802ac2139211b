"""What was fetched is kept while somebody uses it."""

from __future__ import annotations

import os
import time
from pathlib import Path

from aegir.drivers.source.keeping import tidy


def test_what_nobody_used_for_long_goes(tmp_path: Path) -> None:
    days = {"downloads/sha256-a": 40, "downloads/sha256-b": 3, "downloads/.half": 3, "downloads/.now": 0,
            "git/old.git": 40, "git/new.git": 1, "git/known_hosts": 400, "elsewhere": 400}  # fmt: skip
    for name, age in days.items():
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        if name.endswith(".git"):
            path.mkdir()
            (path / "HEAD").write_text("ref: refs/heads/main\n")
        else:
            path.write_text("x")
        os.utime(path, (time.time() - age * 86400,) * 2)
    assert tidy(str(tmp_path)) == 3
    left = {str(path.relative_to(tmp_path)) for path in [*tmp_path.glob("*/*"), tmp_path / "elsewhere"]}
    assert left == {"downloads/sha256-b", "downloads/.now", "git/new.git", "git/known_hosts", "elsewhere"}
    assert tidy(f"{tmp_path}/nowhere") == 0
