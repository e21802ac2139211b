"""One private data folder for the whole run. A plugin, because Django's settings are read before conftest."""

from __future__ import annotations

import atexit
import os
import shutil
import subprocess
import tempfile
from pathlib import Path

from cryptography.fernet import Fernet

MEMORY = Path("/dev/shm")
"""The ledger syncs each entry to the disk, which tests need not wait for."""
ROOMY = 8 << 30


def roomy() -> Path:
    """Where a codebase or a database server may be put: in memory where there is plenty, so that copies are
    quick and nothing is synced; else on the disk."""
    if not os.access(MEMORY, os.W_OK):
        return Path("/tmp")
    room = os.statvfs(MEMORY)
    return MEMORY if room.f_bavail * room.f_frsize >= ROOMY else Path("/tmp")


def removed(*folders: Path) -> None:
    """Take folders away with all that is in them: of a Drupal that is thirty thousand files."""
    subprocess.run(["rm", "-rf", "--one-file-system", "--", *folders], check=False)


HOME = Path(tempfile.mkdtemp(prefix="aegir-tests-", dir=MEMORY if os.access(MEMORY, os.W_OK) else None))
HOME.chmod(0o711)
os.environ["AEGIR_HOME"] = str(HOME)
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"
(HOME / "secret.key").write_bytes(Fernet.generate_key())
(HOME / "secret.key").chmod(0o600)
(HOME / "django.key").write_text("only-for-tests-" * 4)
_MAKER = os.getpid()


@atexit.register
def _remove() -> None:
    """Forked children exit too; only the process that made the folder removes it."""
    if os.getpid() == _MAKER:
        shutil.rmtree(HOME, ignore_errors=True)
