"""Where one Aegir lies and whom its parts run as. Read from the environment once, then only passed on."""

from __future__ import annotations

import grp
import os
import pwd
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from aegir.errors import Refused
from aegir.home import default_home, operator, web_user

WEB_SERVERS = ("nginx", "apache")
"""By their drivers' names; the first is taken where nobody chose."""
WEB_CHOICE = "web-server"
"""The file below the home that keeps which web server was chosen."""
LONGEST_SOCKET = "run/mysql/mysql.sock"
LOCAL = ("127.0.0.1", "0.0.0.0", "::1", "::")
SOCKET_PATH_LIMIT = 107
"""What Linux allows for the path of a unix socket."""
KEPT_VARIABLES = ("TZ", "http_proxy", "https_proxy", "no_proxy", "HTTPS_PROXY", "HTTP_PROXY", "NO_PROXY")


@dataclass(frozen=True)
class Place:
    """One data folder with its ports and users."""

    home: Path
    panel_address: str
    panel_port: int
    http_port: int
    operator: str
    """Who owns code and configuration, and whom panel and database run as."""
    web_user: str
    as_root: bool
    """Whether parts can run as different users; otherwise all are the invoking user's."""
    web: str = WEB_SERVERS[0]
    """The web server that sites are served by."""

    @property
    def run(self) -> Path:
        return self.home / "run"

    @property
    def log(self) -> Path:
        return self.home / "log"

    @property
    def config(self) -> Path:
        return self.home / "config"

    @property
    def lock(self) -> Path:
        return self.run / "up.lock"

    @property
    def control_socket(self) -> Path:
        return self.run / "control.sock"

    @property
    def api_socket(self) -> Path:
        return self.run / "api.sock"

    @property
    def mysql_socket(self) -> Path:
        return self.home / LONGEST_SOCKET

    @property
    def mysql_data(self) -> Path:
        return self.home / "mysql"

    @property
    def bridge(self) -> Path:
        return self.home / "bridge"

    @property
    def panel_url(self) -> str:
        """As a browser on this machine types it."""
        address = f"[{self.panel_address}]" if ":" in self.panel_address else self.panel_address
        if self.panel_address in LOCAL:
            address = "localhost"
        return f"http://{address}:{self.panel_port}"

    @property
    def web_group(self) -> str:
        return grp.getgrgid(pwd.getpwnam(self.web_user).pw_gid).gr_name

    def user(self, name: str) -> str | None:
        """Whom to switch to for a part that belongs to ``name``; None when nothing can be switched."""
        return name if self.as_root else None

    def environment(self) -> dict[str, str]:
        """What every part gets: nothing of the invoking shell but what Aegir's settings read."""
        own = {name: value for name, value in os.environ.items() if name.startswith("AEGIR_")}
        kept = {name: os.environ[name] for name in KEPT_VARIABLES if name in os.environ}
        return {
            **kept,
            **own,
            "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
            "LANG": "C.UTF-8",
            "PYTHONUNBUFFERED": "1",
            "DJANGO_SETTINGS_MODULE": "aegir.settings",
            "AEGIR_HOME": str(self.home),
            "AEGIR_PANEL_ADDRESS": self.panel_address,
            "AEGIR_PANEL_PORT": str(self.panel_port),
            # Behind a proxy the panel has another address than the one it listens on.
            "AEGIR_PANEL_URL": own.get("AEGIR_PANEL_URL") or self.panel_url,
            "AEGIR_HTTP_PORT": str(self.http_port),
            "AEGIR_OPERATOR": self.operator,
            "AEGIR_WEB_USER": self.web_user,
            "AEGIR_BRIDGE": str(self.bridge),
            "AEGIR_WEB": self.web,
        }


def place_from(environment: Mapping[str, str]) -> Place:
    """The place that AEGIR_* describe, with the defaults of the settings. Refused when it cannot be."""
    home = Path(environment.get("AEGIR_HOME") or default_home()).absolute()
    place = Place(
        home=home,
        panel_address=environment.get("AEGIR_PANEL_ADDRESS") or "127.0.0.1",
        panel_port=_port(environment, "AEGIR_PANEL_PORT", "8000"),
        http_port=_port(environment, "AEGIR_HTTP_PORT", "8080"),
        operator=environment.get("AEGIR_OPERATOR") or operator(),
        web_user=environment.get("AEGIR_WEB_USER") or web_user(),
        as_root=os.geteuid() == 0,
        web=_web(environment, home / WEB_CHOICE),
    )
    if len(os.fsencode(place.mysql_socket)) > SOCKET_PATH_LIMIT:
        raise Refused(
            f"The path {place.home} is too long for the sockets below it; set AEGIR_HOME to a path of at"
            f" most {SOCKET_PATH_LIMIT - len(LONGEST_SOCKET) - 1} characters.",
            field="AEGIR_HOME",
        )
    return place


def _web(environment: Mapping[str, str], kept: Path) -> str:
    """What is asked for, else what was chosen for this home before."""
    asked = environment.get("AEGIR_WEB")
    if asked and asked not in WEB_SERVERS:
        raise Refused(f"AEGIR_WEB is {asked!r}; set it to {' or '.join(WEB_SERVERS)}.", field="AEGIR_WEB")
    before = kept.read_text().strip() if os.access(kept, os.R_OK) else ""
    return asked or (before if before in WEB_SERVERS else WEB_SERVERS[0])


def _port(environment: Mapping[str, str], name: str, default: str) -> int:
    text = environment.get(name) or default
    if not text.isascii() or not text.isdigit() or not 0 < int(text) < 65536:
        raise Refused(f"{name} is {text!r}; set it to a port number between 1 and 65535.", field=name)
    return int(text)
