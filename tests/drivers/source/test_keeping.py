"""What was fetched is kept while somebody uses it."""

from __future__ import annotations

import os
import time
from pathlib import Path

from aegir.drivers.source import Terms
from aegir.drivers.source.keeping import drop, spare, tidy


def test_what_nobody_used_for_long_goes(tmp_path: Path) -> None:
    days = {"downloads/sha256-a": 40, "downloads/sha256-b": 3, "downloads/.half": 3, "downloads/.now": 0,
            ".half": 3, ".now": 0, "git/old.git": 40, "git/new.git": 1, "git/known_hosts": 400,
            "elsewhere": 400}  # fmt: skip
    for name, age in days.items():
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        if name.endswith(".git"):
            path.mkdir()
            (path / "HEAD").write_text("ref: refs/heads/main\n")
        else:
            path.write_text("x")
        os.utime(path, (time.time() - age * 86400,) * 2)
    assert tidy(str(tmp_path)) == 4
    left = {str(path.relative_to(tmp_path)) for path in [*tmp_path.glob("[dg]*/*"), *tmp_path.glob("[.e]*")]}
    assert left == {
        "downloads/sha256-b",
        "downloads/.now",
        "git/new.git",
        "git/known_hosts",
        "elsewhere",
        ".now",
    }
    assert tidy(f"{tmp_path}/nowhere") == 0


def test_what_a_build_had_not_finished_goes_with_it_and_nobody_elses(tmp_path: Path) -> None:
    mine, others = (Terms(str(tmp_path), None, build=build) for build in ("7", "77"))
    for folder in (tmp_path, tmp_path / "downloads", tmp_path / "git"):
        folder.mkdir(exist_ok=True)
        spare(folder, mine).write_text("half")
        (made := spare(folder, mine)).mkdir()
        (made / "HEAD").touch()
        spare(folder, others).write_text("half")
    (tmp_path / "downloads/sha256-a").touch()
    drop(str(tmp_path), "7")
    left = sorted(path.name[:4] for path in tmp_path.rglob("*") if path.is_file())
    assert left == [".77-", ".77-", ".77-", "sha2"]
