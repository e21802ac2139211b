"""An SSH server that hands out git repositories: real, on a free port, with keys of its own."""

from __future__ import annotations

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from tests.live.web import free_port

SSHD = "/usr/sbin/sshd"
SEPARATED = Path("/run/sshd")
"""Where sshd puts the part of itself that speaks with strangers; Debian's service makes it."""
USER = pwd.getpwuid(os.geteuid()).pw_name
CONFIG = """\
ListenAddress 127.0.0.1:{port}
HostKey {folder}/host
AuthorizedKeysFile {folder}/authorized
PidFile none
UsePAM no
PasswordAuthentication no
KbdInteractiveAuthentication no
PermitRootLogin prohibit-password
StrictModes no
LogLevel VERBOSE
"""
SERVE = """\
#!/bin/sh
printf '%s\\n' "$SSH_ORIGINAL_COMMAND" >>{folder}/asked
while [ -e {folder}/wait ]; do sleep 0.05; done
export GIT_CONFIG_COUNT=1 GIT_CONFIG_KEY_0=safe.directory GIT_CONFIG_VALUE_0='*'
exec git shell -c "$SSH_ORIGINAL_COMMAND"
"""


@dataclass
class Sshd:
    """One that runs; ``root`` is where its repositories lie."""

    folder: Path
    root: Path
    port: int
    process: subprocess.Popen[bytes] | None = None

    @property
    def key(self) -> str:
        """The private key that it lets in."""
        return (self.folder / "user").read_text()

    @property
    def asked(self) -> list[str]:
        """The commands that were asked of it."""
        path = self.folder / "asked"
        return path.read_text().splitlines() if path.exists() else []

    @property
    def log(self) -> str:
        return (self.folder / "log").read_text()

    def address(self, name: str, host: str = "localhost") -> str:
        return f"ssh://{USER}@{host}:{self.port}{self.root}/{name}"

    def new_key(self, kind: Literal["ed25519", "ecdsa"] = "ed25519") -> None:
        """Show another host key from now on."""
        self.stop()
        for path in (self.folder / "host", self.folder / "host.pub"):
            path.unlink(missing_ok=True)
        make_key(self.folder / "host", kind)
        self.start()

    @contextmanager
    def waiting(self) -> Iterator[None]:
        """Let whoever is let in wait for an answer."""
        (self.folder / "wait").touch()
        try:
            yield
        finally:
            (self.folder / "wait").unlink()

    def start(self) -> None:
        argv = [SSHD, "-D", "-e", "-f", str(self.folder / "config")]
        with (self.folder / "log").open("ab") as log:
            self.process = subprocess.Popen(argv, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        ends = time.monotonic() + 60
        while True:
            try:
                with socket.create_connection(("127.0.0.1", self.port), timeout=60) as line:
                    if line.recv(4) == b"SSH-":
                        return
            except ConnectionError:
                if self.process.poll() is not None or time.monotonic() > ends:
                    raise RuntimeError(f"sshd does not start: {self.log}") from None
            time.sleep(0.02)

    def stop(self) -> None:
        if self.process is not None:
            self.process.terminate()
            self.process.wait(60)
            self.process = None


def make_key(path: Path, kind: str = "ed25519") -> str:
    """A new key pair without a passphrase; the private one."""
    argv = ["ssh-keygen", "-q", "-t", kind, "-N", "", "-C", "test", "-f", str(path)]
    subprocess.run(argv, check=True, stdin=subprocess.DEVNULL)
    return path.read_text()


@contextmanager
def sshd(root: Path) -> Iterator[Sshd]:
    """Hand out the repositories in a folder to who has the key."""
    if os.geteuid() == 0:
        SEPARATED.mkdir(mode=0o755, exist_ok=True)
    folder = Path(tempfile.mkdtemp(prefix="aegir-sshd-", dir="/tmp"))
    server = Sshd(folder, root, free_port())
    try:
        make_key(folder / "host")
        make_key(folder / "user")
        (folder / "config").write_text(CONFIG.format(port=server.port, folder=folder))
        (folder / "serve").write_text(SERVE.format(folder=folder))
        (folder / "serve").chmod(0o755)
        public = (folder / "user.pub").read_text()
        (folder / "authorized").write_text(f'restrict,command="{folder}/serve" {public}')
        server.start()
        yield server
    finally:
        server.stop()
        shutil.rmtree(folder)
