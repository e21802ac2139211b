"""nginx: one file for a site, one for a platform, and a few for the whole server."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final

from aegir import configs
from aegir.drivers.host import Host
from aegir.drivers.rollout import Rollout
from aegir.drivers.web import Answer, PlatformConfig, Vhost, WebService
from aegir.drivers.web.processes import Processes
from aegir.drivers.web.visit import curl, fetch
from aegir.errors import Broken

FOLDERS: Final = ("pre.d", "vhost.d", "platform.d", "post.d")


class Driver(Rollout):
    """See ``WebDriver`` for what each method promises."""

    def __init__(self, host: Host, service: WebService) -> None:
        self._web = service
        self._socket = f"{service.run_directory}/live.sock"
        self._processes = Processes(host, f"{service.run_directory}/nginx.pid")
        super().__init__(host, "nginx", f"{service.run_directory}/nginx", f"{service.directory}/live.conf")

    def vhost_path(self, domain: str) -> str:
        return self._file("vhost.d", domain, "domain")

    def platform_path(self, name: str) -> str:
        return self._file("platform.d", name, "name")

    def render_server(self) -> dict[str, str]:
        directory = self._web.directory
        values = {**vars(self._web), "addresses": self._addresses()}
        if not self._host.is_root:
            values["user"] = ""
        return {
            self._web.config: configs.render("nginx/nginx.conf.j2", **values),
            f"{directory}/listen.conf": configs.render("nginx/listen.conf.j2", **values),
            f"{directory}/mime.types": configs.render("nginx/mime.types.j2"),
        }

    def render_platform(self, platform: PlatformConfig) -> str:
        return configs.render("nginx/platform.conf.j2", platform=platform)

    def render_vhost(self, vhost: Vhost) -> str:
        return configs.render("nginx/vhost.conf.j2", vhost=vhost, directory=self._web.directory)

    def command(self) -> list[str]:
        """What the supervisor starts; stays in the foreground, reloads on SIGHUP, ends on SIGQUIT."""
        return [self._web.binary, "-c", self._web.config, "-g", "daemon off;"]

    def prepare(self) -> None:
        for folder in FOLDERS:
            path = f"{self._web.directory}/{folder}"
            if self._host.stat(path) is None:
                self._host.make_directory(path)
        self._prepare(self.render_server())
        if self.live() is None:
            self._host.remove(self._socket)

    def test(self) -> None:
        tested = self._host.run([self._web.binary, "-t", "-c", self._web.config], check=False)
        if tested.code != 0:
            raise Broken(f"nginx does not accept its configuration: {_complaint(tested.err)}.")

    def fetch(self, domain: str, path: str = "/", *, key: str = "") -> Answer:
        return fetch(self._host, self._web, domain, path, key)

    def probe(self, domain: str, path: str = "/", *, key: str = "") -> int:
        return self.fetch(domain, path, key=key).status

    def version(self) -> str:
        told = self._host.run([self._web.binary, "-v"])
        return "nginx " + (told.err + told.out).strip().partition("nginx/")[2].split(" ")[0]

    def live(self) -> int | None:
        asked = curl(self._host, ["--max-time", "5", "--unix-socket", self._socket, "http://localhost/"])
        return int(asked.out) if asked and asked.out.strip().isdigit() else None

    def _signal(self) -> Callable[[], bool]:
        serving = self._workers()
        self._host.run([self._web.binary, "-s", "reload", "-c", self._web.config])
        # For a tenth of a second old workers accept connections beside the new ones.
        return lambda: serving.isdisjoint(self._workers())

    def _workers(self) -> set[str]:
        """Process ids of workers that accept connections."""
        return {
            child
            for child in self._processes.children()
            if "shutting down" not in self._processes.title(child)
        }

    def _mode(self, path: str) -> int:
        directory = self._web.directory
        if path.startswith(f"{directory}/vhost.d/"):
            # Only nginx's first process needs to read the secrets in it, and that one runs as who wrote it.
            return 0o600
        if path == self._web.config or path.startswith(f"{directory}/"):
            return 0o644
        raise ValueError(f"{path} is not part of nginx's configuration in {directory}")

    def _generation_text(self, generation: int) -> str:
        return configs.render("nginx/live.conf.j2", socket=self._socket, generation=generation)

    def _addresses(self) -> list[str]:
        port = str(int(self._web.port))
        without_ipv6 = self._host.stat("/proc/net/if_inet6") is None
        return [port] if without_ipv6 else [port, f"[::]:{port}"]

    def _file(self, folder: str, name: str, kind: str) -> str:
        return f"{self._web.directory}/{folder}/{configs.checked(name, kind)}.conf"


def _complaint(said: str) -> str:
    """nginx's own sentence out of all that it printed."""
    found = re.search(r"\[(?:emerg|alert|crit)\] (?:\d+#\d+: )?(.+)", said)
    return (found[1] if found else said.strip() or "it gave no reason").rstrip(".")
