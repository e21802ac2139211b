"""A copy of one of the applications with one site in it: asked through PHP, visited over HTTP."""

from __future__ import annotations

import http.client
import json
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.message import Message
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
PATIENCE = 30.0
DOMAIN = "demo.localhost"

INSTALL_FORM = """
$account = ['name' => 'admin', 'mail' => 'a@example.org'];
$account['pass'] = ['pass1' => 'secret', 'pass2' => 'secret'];
$form = ['site_name' => 'Demo', 'site_mail' => 'a@example.org', 'account' => $account, 'clean_url' => true];
$state = ['interactive' => false, 'forms' => ['install_configure_form' => $form]];
$state['parameters'] = ['profile' => %(profile)s, 'langcode' => %(language)s, 'locale' => %(language)s];
require_once $root . %(installer)s;
"""


@dataclass
class Answer:
    status: int
    headers: Message
    text: str

    @property
    def cookie(self) -> str:
        return str(self.headers["Set-Cookie"]).partition(";")[0]


class Died(Exception):
    """PHP ended otherwise than by answering; carries what it printed."""


@dataclass
class Application:
    major: int
    home: Path
    database: dict[str, str]
    settings: str = ""
    """PHP to add to settings.php."""
    root: Path = field(init=False)

    def __post_init__(self) -> None:
        shutil.copytree(HERE / {7: "seven", 10: "ten"}[self.major], self.home)
        self.root = self.home / "web" if self.major == 10 else self.home
        for folder in ("files", "private/files", "private/config"):
            (self.site / folder).mkdir(parents=True)
        (self.site / "settings.php").write_text(self._settings())
        (self.root / "sites/sites.php").write_text("<?php\n")

    @property
    def site(self) -> Path:
        return self.root / "sites" / DOMAIN

    def _settings(self) -> str:
        lines = [
            "<?php",
            f"$databases['default']['default'] = json_decode('{json.dumps(self.database)}', true);",
            "$settings['hash_salt'] = $drupal_hash_salt = str_repeat('salt', 10);",
            f"$settings['config_sync_directory'] = 'sites/{DOMAIN}/private/config';",
            f"$settings['file_private_path'] = 'sites/{DOMAIN}/private/files';",
            f"$conf['file_private_path'] = 'sites/{DOMAIN}/private/files';",
            "$settings['trusted_host_patterns'] = ['^demo\\.localhost$'];",
            self.settings,
        ]
        return "\n".join(lines) + "\n"

    def switch(self, *lines: str) -> None:
        """Make the site misbehave; without lines, behave."""
        (self.site / "switches").write_text("\n".join(lines))

    def ask(self, code: str, how: str = "boot") -> Any:
        command = ["php", str(HERE / "ask.php"), str(self.root), f"sites/{DOMAIN}", f"{DOMAIN}:8080", how]
        done = subprocess.run(
            command, input=code, capture_output=True, text=True, timeout=PATIENCE, check=False
        )
        try:
            return json.loads(done.stdout)
        except ValueError:
            raise Died(done.stdout + done.stderr) from None

    def install(self, profile: str = "minimal", language: str = "en") -> None:
        installer = {7: "/includes/install.core.inc", 10: "/core/includes/install.core.inc"}[self.major]
        call = {
            7: "install_drupal($state);",
            10: f"install_drupal($loader, $state + ['site_path' => 'sites/{DOMAIN}']);",
        }
        names = {"profile": repr(profile), "language": repr(language), "installer": repr(installer)}
        self.ask(INSTALL_FORM % names + call[self.major] + "return true;", how="none")

    @contextmanager
    def serving(self) -> Iterator[Visitor]:
        """PHP's own web server in front of it, for as long as the block lasts."""
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = int(probe.getsockname()[1])
        command = ["php", "-S", f"127.0.0.1:{port}", "-t", str(self.root), str(self.root / "index.php")]
        server = subprocess.Popen(
            command, cwd=self.root, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        try:
            _await(port)
            yield Visitor(port)
        finally:
            server.terminate()
            server.wait(PATIENCE)


@dataclass
class Visitor:
    port: int

    def get(self, path: str, host: str = DOMAIN, cookie: str = "") -> Answer:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)
        connection.request("GET", path, headers={"Host": f"{host}:8080", "Cookie": cookie})
        response = connection.getresponse()
        answer = Answer(response.status, response.headers, response.read().decode())
        connection.close()
        return answer


def _await(port: int) -> None:
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.02)
    raise TimeoutError(f"Nothing listens on port {port}.")


NEXT = {
    7: [
        ("includes/bootstrap.inc", "'7.199'", "'7.200'"),
        ("sites/all/modules/guestbook/guestbook.info", "7.x-1.4", "7.x-1.5"),
    ],
    10: [
        ("web/core/lib/Drupal.php", "'10.99.0'", "'10.99.1'"),
        ("composer.lock", "10.99.0", "10.99.1"),
        ("web/modules/custom/guestbook/guestbook.info.yml", "'1.4.0'", "'1.5.0'"),
    ],
}
"""File, what stands in it, and what stands there in the next release."""
NEXT_UPDATES = {
    7: {
        "modules/system/system.install": ("system_update_7086", "variable_set('system_updated', 7086);"),
        "sites/all/modules/guestbook/guestbook.install": (
            "guestbook_update_7003",
            "variable_set('guestbook_lines', 40);",
        ),
    },
    10: {
        "web/core/modules/system/system.install": (
            "system_update_10102",
            "Drupal::state()->set('system.updated', 10102);",
        ),
        "web/modules/custom/guestbook/guestbook.install": (
            "guestbook_update_10003",
            "Drupal::state()->set('guestbook.lines', 40);",
        ),
    },
}
UPDATE = """
/** Comes with the next release. */
function %(name)s()
{
    %(switch)s(__FUNCTION__);
    %(code)s
    return 'Done.';
}
"""


def upgraded(path: Path) -> Path:
    """Make the copy of an application at ``path`` its next release, in place.

    Core and the module guestbook, which the profile studio enables, have a new version, and one update more:
    ``NEXT_UPDATES`` names them. To break one, switch its name (README.md has the ways) below ``path``.
    """
    major = 10 if (path / "web").is_dir() else 7
    for name, old, new in NEXT[major]:
        text = (path / name).read_text()
        assert old in text, f"{path / name} is not of the first release"
        (path / name).write_text(text.replace(old, new))
    for name, (function, code) in NEXT_UPDATES[major].items():
        switch = "drupal_switch_at" if major == 7 else "Switches::at"
        with (path / name).open("a") as file:
            file.write(UPDATE % {"name": function, "switch": switch, "code": code})
    return path
