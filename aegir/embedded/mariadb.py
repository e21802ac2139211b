"""The private MariaDB's process: makes its data directory on the first start, then becomes the server.

``python -m aegir.embedded.mariadb OPTIONS_FILE DATA_DIRECTORY ADMINISTRATOR``
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

SERVER = "/usr/sbin/mariadbd"
INSTALLER = "/usr/bin/mariadb-install-db"


def install(options: str, data: Path, administrator: str) -> None:
    """Make the data directory, whole or not at all; the administrator is known by his system account."""
    beside = data.with_name(f"{data.name}.new")
    if beside.exists():
        shutil.rmtree(beside)
    subprocess.run(
        [
            INSTALLER,
            f"--defaults-file={options}",
            f"--datadir={beside}",
            "--auth-root-authentication-method=socket",
            f"--auth-root-socket-user={administrator}",
            "--skip-test-db",
            "--skip-name-resolve",
        ],
        check=True,
        stdin=subprocess.DEVNULL,
    )
    beside.rename(data)


def main(options: str, data: str, administrator: str) -> None:
    os.umask(0o077)
    if not Path(data).exists():
        install(options, Path(data), administrator)
    os.execv(SERVER, [SERVER, f"--defaults-file={options}", f"--datadir={data}"])


if __name__ == "__main__":
    main(*sys.argv[1:4])
