"""Apache httpd: one file for a site, one for a platform, and a few for the whole server."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

from aegir import configs
from aegir.drivers.host import Host
from aegir.drivers.rollout import Rollout
from aegir.drivers.web import Answer, PlatformConfig, Vhost, WebService
from aegir.drivers.web.htaccess import rules
from aegir.drivers.web.processes import Processes
from aegir.drivers.web.visit import curl, fetch
from aegir.errors import Broken, Refused

FOLDERS: Final = ("pre.d", "vhost.d", "platform.d", "post.d")
TURNS: Final = ("AEGIR_EXACT", *(f"AEGIR_WILD_{labels}" for labels in (5, 4, 3, 2, 1)))
"""The site files are read once for each: httpd takes the first virtual host that fits."""
LIVE: Final = "aegir.invalid"
"""The name under which the server tells its generation; no site can have it."""
MISDIRECTED: Final = 421
"""What a name gets that no site has."""


@dataclass(frozen=True)
class Block:
    """Names of one virtual host; a site has several when some redirect or are wildcards."""

    turn: str
    wild: bool
    redirects: bool
    names: tuple[str, ...]


class Driver(Rollout):
    """See ``WebDriver`` for what each method promises."""

    def __init__(self, host: Host, service: WebService) -> None:
        self._web = service
        self._processes = Processes(host, f"{service.run_directory}/apache.pid")
        super().__init__(host, "Apache", f"{service.run_directory}/apache", f"{service.directory}/live.conf")

    def vhost_path(self, domain: str) -> str:
        return self._file("vhost.d", domain, "domain")

    def platform_path(self, name: str) -> str:
        return self._file("platform.d", name, "name")

    def render_server(self) -> dict[str, str]:
        values = {**vars(self._web), "turns": TURNS}
        if not self._host.is_root:
            values["user"] = ""
        return {
            self._web.config: configs.render("apache/apache.conf.j2", **values),
            f"{self._web.directory}/mime.types": configs.render("apache/mime.types.j2"),
        }

    def render_platform(self, platform: PlatformConfig) -> str:
        path = f"{configs.checked(platform.root, 'path')}/.htaccess"
        seen = self._host.stat(path)
        if seen is not None and seen.kind != "file":
            raise Refused(f"{path} is not a plain file: put one in its place, or take it away.")
        content = self._host.read(path)
        own = None if content is None else rules(content.decode(errors="replace"), path)
        return configs.render("apache/platform.conf.j2", platform=platform, rules=own)

    def render_vhost(self, vhost: Vhost) -> str:
        return configs.render(
            "apache/vhost.conf.j2",
            vhost=vhost,
            blocks=[*_blocks(vhost.served, redirects=False), *_blocks(vhost.redirects, redirects=True)],
            directory=self._web.directory,
            listening=self._web.port,
        )

    def command(self) -> list[str]:
        """What the supervisor starts; stays in the foreground, reloads on SIGUSR1, ends on SIGTERM."""
        return [self._web.binary, "-f", self._web.config, "-D", "FOREGROUND"]

    def prepare(self) -> None:
        for folder in FOLDERS:
            path = f"{self._web.directory}/{folder}"
            if self._host.stat(path) is None:
                self._host.make_directory(path)
        self._prepare(self.render_server())

    def test(self) -> None:
        tested = self._host.run([self._web.binary, "-t", "-f", self._web.config], check=False)
        if tested.code != 0:
            raise Broken(f"Apache does not accept its configuration: {_complaint(tested.err)}.")

    def fetch(self, domain: str, path: str = "/", *, key: str = "") -> Answer:
        answer = fetch(self._host, self._web, domain, path, key)
        return Answer(0) if answer.status == MISDIRECTED else answer

    def probe(self, domain: str, path: str = "/", *, key: str = "") -> int:
        return self.fetch(domain, path, key=key).status

    def version(self) -> str:
        told = self._host.run([self._web.binary, "-v"]).out
        return "Apache " + told.partition("Apache/")[2].split(" ")[0]

    def live(self) -> int | None:
        asked = curl(
            self._host,
            ["--max-time", "5", "--header", f"Host: {LIVE}", "--output", "/dev/null"],
            ["--write-out", "%header{aegir-generation}", f"http://127.0.0.1:{self._web.port}/"],
        )
        return int(asked.out) if asked and asked.out.strip().isdigit() else None

    def _signal(self) -> Callable[[], bool]:
        master = self._processes.master
        if not master.isdigit():
            where = f"{self._web.run_directory}/apache.pid"
            raise Broken(f"{where} does not say which process is Apache: restart it.")
        serving = self._accepting(master)
        # Not «-k graceful», which starts a server where none runs.
        self._host.run(["kill", "-USR1", master])
        return lambda: serving.isdisjoint(self._accepting(master))

    def _accepting(self, master: str) -> set[str]:
        """Process ids of children that accept connections: they hold sockets that their parent listens on."""
        listening = self._processes.sockets(master)
        children = self._processes.children()
        return {child for child in children if not listening.isdisjoint(self._processes.sockets(child))}

    def _mode(self, path: str) -> int:
        directory = self._web.directory
        if path.startswith(f"{directory}/vhost.d/"):
            # Only Apache's first process needs to read the secrets in it, and that one runs as who wrote it.
            return 0o600
        if path == self._web.config or path.startswith(f"{directory}/"):
            return 0o644
        raise ValueError(f"{path} is not part of Apache's configuration in {directory}")

    def _generation_text(self, generation: int) -> str:
        return configs.render("apache/live.conf.j2", port=self._web.port, name=LIVE, generation=generation)

    def _file(self, folder: str, name: str, kind: str) -> str:
        return f"{self._web.directory}/{folder}/{configs.checked(name, kind)}.conf"


def _blocks(names: tuple[str, ...], *, redirects: bool) -> Iterator[Block]:
    for turn in TURNS:
        own = tuple(name for name in names if _turn(name) == turn)
        if own:
            yield Block(turn, turn != TURNS[0], redirects, own)


def _turn(name: str) -> str:
    if not name.startswith("*."):
        return TURNS[0]
    return f"AEGIR_WILD_{min(name.count('.'), 5)}"


def _complaint(said: str) -> str:
    """httpd's own sentence out of all that it printed."""
    lines = [re.sub(r"^AH\d+: ", "", line) for line in said.strip().splitlines()]
    place = next((line for line in lines if line.startswith("Syntax error on line")), "")
    sentence = (lines or ["it gave no reason"])[-1].rstrip(".")
    return f"{sentence} ({place.rstrip(':')})" if place and place != lines[-1] else sentence
