"""Drush's alias files, and the file that lets a person's own Drush in. Only after the commit: they follow the
registry, which is then true, and there is nothing to undo.

A file that several sites share is rendered from all of them. Two tasks may do so at once: whoever wrote what
was outdated sees that when he looks again, since the other one's commit came before its files.
"""

from __future__ import annotations

import hashlib
import posixpath
from abc import abstractmethod
from dataclasses import dataclass

from django.db.models import Q

from aegir.drivers.app import drupal_aliases
from aegir.drivers.app.drupal_aliases import NAMES, SECRETS, SITES, Target
from aegir.drivers.host import Host
from aegir.engine.step import Json, Step
from aegir.errors import Broken
from aegir.models import Service, Site
from aegir.steps.site import SiteRef
from aegir.steps.world import World

INSTALLED = (Site.State.ENABLED, Site.State.DISABLED)


@dataclass(frozen=True)
class DrushFiles(Step):
    """Files below Drush's folder, which the web user cannot look into."""

    host: str
    folder: str
    operator: str | None
    """Who may read them, beside root; None where this process may not choose."""

    @abstractmethod
    def files(self, world: World) -> dict[str, str | None]:
        """What each should say, by its path below the folder; None for those that must not be there."""

    def look(self, world: World) -> Json:
        """The files that are not as they should be."""
        host = world.host(self.host)
        return [path for path, text in self._all(world).items() if not self._right(host, path, text)]

    def done(self, seen: Json) -> bool:
        return not seen

    def do(self, world: World) -> Json:
        host = world.host(self.host)
        for folder, mode in (("", 0o750), (SITES, 0o750), (NAMES, 0o750), (SECRETS, 0o700)):
            self._make(host, folder, mode)
        for path, text in self._all(world).items():
            whole = f"{self.folder}/{path}"
            if text is None:
                host.remove(whole)
            elif not self._right(host, path, text):
                if posixpath.dirname(path):
                    self._make(host, posixpath.dirname(path), _mode(posixpath.dirname(path), 0o750))
                host.write(
                    whole, text.encode(), mode=_mode(path, 0o440), owner=self.operator, group=self.operator
                )
        return None

    def undo(self, world: World, before: Json) -> None:
        raise Broken("What follows the registry is never undone alone.")

    def _all(self, world: World) -> dict[str, str | None]:
        return {**drupal_aliases.configuration(self.folder), **self.files(world)}

    def _make(self, host: Host, path: str, mode: int) -> None:
        whole = f"{self.folder}/{path}".rstrip("/")
        host.make_directory(whole, mode=mode, owner=self.operator, group=self.operator)

    def _right(self, host: Host, path: str, text: str | None) -> bool:
        found = host.stat(f"{self.folder}/{path}")
        if text is None or found is None:
            return text is None and found is None
        content = host.read(f"{self.folder}/{path}") or b""
        same = hashlib.sha256(content).digest() == hashlib.sha256(text.encode()).digest()
        return same and found.mode == _mode(path, 0o440) and self.operator in (None, found.owner)


@dataclass(frozen=True)
class WriteDrush(DrushFiles):
    """What tells Drush of sites: of each one that is there, and of those that are not any more."""

    sites: tuple[SiteRef, ...] = ()
    """Those that are there, as they are from the commit on."""
    gone: tuple[str, ...] = ()
    """Domains under which there may be nothing any more."""

    title = "Write Drush's aliases"

    def files(self, world: World) -> dict[str, str | None]:
        found: dict[str, str | None] = {}
        # A name that another site has by now is that one's.
        for domain in self.gone:
            if not Site.objects.live().filter(domain=domain).exists():
                found[f"{SECRETS}/{domain}.php"] = None
                found.update(drupal_aliases.alias_files(domain, None, _neighbours(domain)))
        for ref in self.sites:
            given = drupal_aliases.handed(ref.secrets(world).environment()) if ref.handed else None
            found[f"{SECRETS}/{ref.domain}.php"] = given
            target = Target(ref.domain, ref.place.root, ref.place.uri)
            found.update(drupal_aliases.alias_files(ref.domain, target, _neighbours(ref.domain)))
        return found

    def summary(self) -> str:
        return f"{self.title}: {', '.join([*(ref.domain for ref in self.sites), *self.gone])}"


@dataclass(frozen=True)
class WritePlatformDrush(DrushFiles):
    """What tells Drush of a codebase."""

    platform: str = ""
    root: str = ""
    """The docroot; "" when the platform is gone."""

    title = "Write Drush's aliases"

    def files(self, world: World) -> dict[str, str | None]:
        return drupal_aliases.platform_files(self.platform, self.root or None)

    def summary(self) -> str:
        return f"{self.title}: {self.platform}"


def _mode(path: str, otherwise: int) -> int:
    """Whose secrets lie in it is shown to one user alone."""
    if path == SECRETS:
        return 0o700
    return 0o400 if path.startswith(f"{SECRETS}/") else otherwise


def _neighbours(domain: str) -> list[Target]:
    """Every site whose aliases lie in the same files as this one's would."""
    label = drupal_aliases.middle(domain)
    if label is None:
        return []
    alike = Q(domain__startswith=f"{label}.") | Q(domain__contains=f".{label}.")
    sites = Site.objects.filter(alike, state__in=INSTALLED).select_related("platform__server")
    ports: dict[int, int] = {}
    found = []
    for site in sites:
        if drupal_aliases.middle(site.domain) != label:
            continue
        server = site.platform.server
        if server.pk not in ports:
            ports[server.pk] = server.services.get(family=Service.WEB).settings["port"]
        found.append(Target(site.domain, site.platform.root, _uri(site.domain, ports[server.pk])))
    return found


def _uri(domain: str, port: int) -> str:
    return f"http://{domain}" + (f":{port}" if port != 80 else "")
