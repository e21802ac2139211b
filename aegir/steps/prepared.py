"""New sites from prepared copies: taken from a fresh installation before anybody uses it, given out later."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import cast

from aegir.drivers.app import Op
from aegir.engine.step import Check, Json, Level
from aegir.errors import Broken
from aegir.steps.app import InspectSite, InstallDrupal
from aegir.steps.site import DatabaseRef, SiteRef
from aegir.steps.world import World

LEFT = ("files", "private")
"""Where in a site's directory Drupal's installer leaves things."""
MADE_ANEW = ("/php", "/css", "/js", "/temp/*")
"""What of that is made of other things, with the site's own salt or paths in it."""


@dataclass(frozen=True)
class InstallFromCopy(InstallDrupal):
    """Fill the site from a prepared copy; where that does not fit, Drupal's own installer does it."""

    copy: DatabaseRef
    files: str
    """Directory of what the installer left in the copy's files."""

    title = "Install Drupal from a prepared copy"

    def do(self, world: World) -> Json:
        try:
            self._fill(world)
        except Broken as problem:
            world.log.line(
                f"The prepared copy does not fit, so Drupal's installer runs: {problem}", Level.NOTICE
            )
            self._empty(world)
            super().do(world)
            return {"copied": False}
        return {"copied": True}

    def _fill(self, world: World) -> None:
        host, ref = world.host(self.site.host), self.site.database
        # With its caches: the bridge takes out what tells of the site that they were made for.
        password = world.reveal(ref.password)
        ref.driver(world).copy(self.copy.database, ref.database, password, caches=True)
        for name in LEFT:
            if host.stat(f"{self.files}/{name}") is not None:
                host.refresh_tree(f"{self.files}/{name}", f"{self.site.path}/{name}")

    def _empty(self, world: World) -> None:
        ref = self.site.database
        ref.driver(world).drop(ref.database)
        ref.driver(world).create(ref.database, world.reveal(ref.password))


@dataclass(frozen=True)
class KeepCopy(Check):
    """Set a copy of a fresh installation aside for the next site of its kind, with caches that one page has
    filled. The site is closed to visitors still, so nobody has left anything in it.

    A copy that cannot be made is only said: the site itself does not need it.
    """

    site: SiteRef
    copy: DatabaseRef
    files: str

    title = "Set a prepared copy aside"

    def do(self, world: World) -> Json:
        try:
            self._take(world)
        except Broken as problem:
            world.log.line(f"No prepared copy could be made: {problem}", Level.NOTICE)
            self._remove(world)
            return {"kept": False}
        return {"kept": True}

    def undo(self, world: World, before: Json) -> None:
        self._remove(world)

    def _take(self, world: World) -> None:
        host, driver = world.host(self.site.host), self.copy.driver(world)
        password = world.reveal(self.copy.password)
        driver.create(self.copy.database, password)
        try:
            driver.freeze(self.site.database.database)
            driver.copy(self.site.database.database, self.copy.database, password, caches=True)
        finally:
            driver.thaw(self.site.database.database)
        host.make_directory(str(PurePosixPath(self.files).parent), mode=0o700)
        host.make_directory(self.files, mode=0o700)
        for name in LEFT:
            host.copy_tree(f"{self.site.path}/{name}", f"{self.files}/{name}", exclude=MADE_ANEW)
        # Nobody ever works in it; and what cannot change is copied fastest.
        driver.freeze(self.copy.database)

    def _remove(self, world: World) -> None:
        self.copy.driver(world).drop(self.copy.database)
        world.host(self.site.host).remove_tree(self.files)


@dataclass(frozen=True)
class Personalise(InspectSite):
    """Give a site that came from a copy its own identity, name and first account, and ask it how it is."""

    email: str = ""

    title = "Make it a site of its own"

    def before(self, world: World) -> list[Op]:
        found = cast(dict[str, Json], world.found["InstallFromCopy"])
        if not found["copied"]:
            return []
        # Nobody ever learns it: the first account is entered through one-time links.
        password = secrets.token_urlsafe(24)
        world.log.mask(password)
        account: Json = {"name": "admin", "mail": self.email, "password": password}
        told = {"site_name": self.site.domain, "site_mail": self.email, "account": account}
        return [{"op": "identify", **told}]
