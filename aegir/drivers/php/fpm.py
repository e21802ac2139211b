"""PHP-FPM: one file a pool, and a few for all of one PHP version."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable
from importlib import resources
from typing import Final

from aegir import configs
from aegir.drivers.host import Host
from aegir.drivers.php import PhpService, Pool
from aegir.drivers.rollout import Rollout
from aegir.errors import Broken, Refused

IDLE: Final = "idle"
"""The pool that is always there."""

SETTINGS: Final = {
    "memory_limit": "512M",
    "upload_max_filesize": "256M",
    "post_max_size": "256M",
    "max_execution_time": "240",
    "max_input_vars": "10000",
    "realpath_cache_size": "4096K",
    "sendmail_path": "/usr/sbin/sendmail -t -i",
}
"""What every pool gets unless it says otherwise."""


class Driver(Rollout):
    """See ``PhpDriver`` for what each method promises."""

    def __init__(self, host: Host, service: PhpService) -> None:
        self._php = service
        self._directory = posixpath.dirname(service.config)
        self._logs = service.log_directory or posixpath.dirname(service.pid_file)
        super().__init__(
            host,
            f"PHP-FPM {service.version}",
            service.pid_file.removesuffix(".pid"),
            f"{self._directory}/live.conf",
        )

    def socket(self, pool: str) -> str:
        return f"{self._php.socket_directory}/{configs.checked(pool, 'name')}.sock"

    def path(self, pool: str) -> str:
        if pool == IDLE:
            raise Refused(f"«{IDLE}» is the name of PHP's own pool: choose another.")
        return f"{self._php.pool_directory}/{configs.checked(pool, 'name')}.conf"

    def render(self, pool: Pool) -> str:
        return self._render("pool.conf.j2", pool.name, pool=pool, settings={**SETTINGS, **pool.settings})

    def render_server(self) -> dict[str, str]:
        """Path → text of the files that all pools share."""
        return {
            self._php.config: configs.render(
                "php/php-fpm.conf.j2",
                **{**vars(self._php), "log_directory": self._logs},
                live=self._generation_path,
            ),
            self._uncached: configs.render("php/uncached.txt.j2"),
        }

    def command(self) -> list[str]:
        """What the supervisor starts; stays in the foreground, reloads on SIGUSR2, ends on SIGQUIT."""
        return [*self._program(), "--nodaemonize"]

    def prepare(self) -> None:
        for path in (self._php.pool_directory, self._php.socket_directory, self._logs):
            if self._host.stat(path) is None:
                self._host.make_directory(path)
        self._prepare(self.render_server())

    def test(self) -> None:
        tested = self._host.run([*self._program(), "--test"], check=False)
        if tested.code != 0:
            raise Broken(f"{self._service} does not accept its configuration: {_complaint(tested.err)}.")

    def versions(self) -> list[str]:
        names = [re.fullmatch(r"php-fpm(\d+\.\d+)", name) for name in self._host.list("/usr/sbin")]
        return sorted((name[1] for name in names if name), key=lambda text: [*map(int, text.split("."))])

    def extensions(self) -> list[str]:
        listed = self._host.run([self._php.fpm, "-m"]).out.splitlines()
        return sorted({line.strip().lower() for line in listed if line and not line.startswith("[")})

    def live(self) -> int | None:
        script = resources.files(configs).joinpath("php/ping.php").read_text()
        asked = self._host.run([self._php.cli, "-n", "--", self.socket(IDLE)], stdin=script, check=False)
        return int(asked.out) if asked.code == 0 and asked.out.isdigit() else None

    def _signal(self) -> Callable[[], bool]:
        pid = (self._host.read(self._php.pid_file) or b"").decode().strip()
        if not pid.isdigit():
            raise Broken(f"{self._php.pid_file} does not say which process is {self._service}: restart it.")
        self._host.run(["kill", "-USR2", pid])
        # It executes itself anew, with none of the old workers left.
        return lambda: True

    def _program(self) -> list[str]:
        return [
            self._php.fpm,
            "--fpm-config",
            self._php.config,
            # Read when PHP starts, before any pool: the file of a pool could not set it.
            *("--define", f"opcache.blacklist_filename={configs.checked(self._uncached, 'path')}"),
        ]

    @property
    def _uncached(self) -> str:
        return f"{self._directory}/uncached.txt"

    def _mode(self, path: str) -> int:
        if path.startswith(f"{self._directory}/") or posixpath.dirname(path) == self._php.pool_directory:
            return 0o644
        raise ValueError(f"{path} is not part of the configuration in {self._directory}")

    def _generation_text(self, generation: int) -> str:
        return self._render("live.conf.j2", IDLE, generation=generation)

    def _render(self, template: str, listener: str, **values: object) -> str:
        return configs.render(
            f"php/{template}",
            service=self._php,
            socket=self.socket(listener),
            as_root=self._host.is_root,
            log_directory=self._logs,
            **values,
        )


def _complaint(said: str) -> str:
    """PHP-FPM's own sentence out of all that it printed."""
    found = re.search(r"(?:ERROR|ALERT): (.+)", said)
    return (found[1] if found else said.strip() or "it gave no reason").rstrip(".")
