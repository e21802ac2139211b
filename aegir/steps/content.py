"""What is in a site, as people see it: what they wrote, which pages there are and what these answer."""

from __future__ import annotations

import html
import re
from dataclasses import dataclass
from typing import cast

from aegir.drivers.web import WebService
from aegir.engine.step import Check, Json
from aegir.steps.app import INSPECTING, run
from aegir.steps.site import SiteRef
from aegir.steps.web import web_driver
from aegir.steps.world import World

PAGES = 30
"""How many pages of a site are visited at most."""
TITLE = re.compile(r"<title[^>]*>(.*?)</title>", re.IGNORECASE | re.DOTALL)


@dataclass(frozen=True)
class LookForChanges(Check):
    """What was written to a site since a moment."""

    site: SiteRef
    since: int
    """Seconds since 1970."""

    title = "Look for changes"

    def do(self, world: World) -> Json:
        (result,) = run(world, self.site, [{"op": "changes", "since": self.since}], INSPECTING)
        return {"since": self.since, "changes": result["changes"]}


@dataclass(frozen=True)
class VisitPages(Check):
    """Ask for a selection of a site's pages, as a visitor would, and note status and title of each."""

    service: WebService
    site: SiteRef

    title = "Visit the pages"

    def do(self, world: World) -> Json:
        (result,) = run(world, self.site, [{"op": "pages", "limit": PAGES}], INSPECTING)
        return self.visited(world, [str(path) for path in result["paths"]])

    def visited(self, world: World, paths: list[str]) -> Json:
        web, key = web_driver(world, self.site.host, self.service), self.site.probe_key(world)
        name, pages = self.site.canonical or self.site.domain, dict[str, Json]()
        for done, path in enumerate(paths):
            answer = web.fetch(name, path, key=key)
            pages[path] = {"status": answer.status, "title": _title(answer.body)}
            world.log.progress(done + 1, len(paths))
        return pages

    def summary(self) -> str:
        return f"{self.title} of {self.site.domain}"


@dataclass(frozen=True)
class VisitAgain(VisitPages):
    """The same pages of the site's copy."""

    title = "Visit the pages again"

    def do(self, world: World) -> Json:
        before = cast(dict[str, Json], world.found["VisitPages"])
        return self.visited(world, list(before))


def _title(body: str) -> str:
    found = TITLE.search(body)
    return " ".join(html.unescape(found[1]).split())[:200] if found else ""
