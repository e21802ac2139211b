"""Sites that are made of archives, and the archives."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

from aegir.models import Backup, Site, Task
from aegir.operations import (
    site_backup,
    site_deploy,
)
from tests.operations.hosting import BY, run

HOME = "home.localhost"


def succeeded(task: Task) -> Task:
    done = run(task)
    assert done.state == Task.State.SUCCEEDED, done.error
    return done


def backed_up(site: Site) -> Backup:
    task = succeeded(site_backup.ask(domain=site.domain, by=BY))
    return Backup.objects.get(task=task.pk)


def ask(archive: object, domain: str = HOME, **wishes: Any) -> Task:
    return site_deploy.ask(archive=str(archive), domain=domain, platform="shaped", by=BY, **wishes)


def refiled(found: Backup, tmp_path: Path, name: str, change: Callable[[Path], None]) -> Path:
    """The archive, unpacked, changed and packed again by tar."""
    folder, archive = tmp_path / "unpacked", tmp_path / name
    folder.mkdir()
    subprocess.run(["tar", "-xf", str(found.path), "-C", str(folder)], check=True, timeout=60)
    change(folder)
    subprocess.run(["tar", "-caf", str(archive), "-C", str(folder), "."], check=True, timeout=60)
    return archive
