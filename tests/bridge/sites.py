"""Sites for the bridge to work in, laid out as Aegir lays them out."""

from __future__ import annotations

import itertools
import os
import pwd
import shutil
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from aegir.drivers.app import Op, SitePlace, SiteSecrets
from aegir.drivers.host import Listener
from tests.codebases import PHP, Ground
from tests.live.web import WEB_USER

PASSWORD = 'Pa55\'word\\ of $the "account"'
SALT = "salt' with \\ quotes"
WRITABLE = ("files", "private", "private/files", "private/temp", "private/config")
_numbers = itertools.count(1)


def give_to_web_user(path: Path) -> None:
    if os.geteuid() == 0:
        user = pwd.getpwnam(WEB_USER)
        os.chown(path, user.pw_uid, user.pw_gid)


def sqlite_in(folder: Path) -> dict[str, str]:
    """A connection as the database driver gives it."""
    folder.mkdir(parents=True)
    give_to_web_user(folder)
    empty = dict.fromkeys(("username", "password", "host", "port", "unix_socket"), "")
    return {"driver": "sqlite", "database": str(folder / "site.sqlite"), **empty}


@dataclass(frozen=True)
class TestSite:
    """A directory with its settings.php, and a way to ask the bridge for things inside."""

    __test__ = False

    ground: Ground
    place: SitePlace
    secrets: SiteSecrets

    @property
    def folder(self) -> Path:
        return Path(self.place.root) / self.place.directory

    def ask(
        self, *ops: str | Op, timeout: float = 120.0, listener: Listener | None = None
    ) -> list[dict[str, Any]]:
        asked: list[Op] = [{"op": op} if isinstance(op, str) else op for op in ops]
        return self.ground.driver.run(self.place, self.secrets, asked, timeout=timeout, listener=listener)

    def install(self, profile: str = "minimal", language: str = "en") -> dict[str, Any]:
        account = {"name": "Ada", "mail": "ada@example.org", "password": PASSWORD}
        op = {
            "op": "install",
            "profile": profile,
            "language": language,
            "site_name": 'L\'été "here"',
            "site_mail": "site@example.org",
            "account": account,
        }
        return self.ask(op)[0]

    def moved_to(self, ground: Ground) -> TestSite:
        """The same site, its directory taken to another codebase."""
        target = ground.root / self.place.directory
        shutil.move(self.folder, target)
        (ground.root / "sites/sites.php").write_text(self.ground.driver.sites_php())
        return replace(self, ground=ground, place=replace(self.place, root=str(ground.root)))


def lay_out(ground: Ground, databases: Path, database: dict[str, str] | None = None) -> TestSite:
    """A site of a new name, ready to be installed."""
    domain = f"s{next(_numbers)}.example.org"
    place = SitePlace(
        root=str(ground.root),
        directory=f"sites/{domain}",
        uri=f"http://{domain}:8080",
        php=PHP,
        user=WEB_USER,
    )
    secrets = SiteSecrets(database or sqlite_in(databases / ground.path.name / domain), SALT)
    site = TestSite(ground, place, secrets)
    for name in ("", *WRITABLE):
        (site.folder / name).mkdir()
    for name in WRITABLE:
        give_to_web_user(site.folder / name)
    (ground.root / "sites/sites.php").write_text(ground.driver.sites_php())
    text = ground.driver.settings(place, ground.code.major, names=(), cloaked=None)
    (site.folder / "settings.php").write_text(text)
    return site
