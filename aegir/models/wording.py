"""What clients read of tasks: what happened, but not where things lie on the server."""

from __future__ import annotations

import re
from copy import copy
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any, NamedTuple

from django.conf import settings
from django.db.models import QuerySet

from aegir.models.platform import Platform
from aegir.models.task import Task, TaskLine, TaskStep

_PATH = re.compile(r"(?<![\w.~<-])/[^\s«»\"'`<>(){}|,;:*]+")
_TOPS = {"bin", "boot", "dev", "etc", "home", "lib", "lib64", "mnt", "opt", "proc", "root", "run", "sbin",
         "srv", "sys", "tmp", "usr", "var"}  # fmt: skip
"""Where servers have files; anything else that begins with a slash is a path of an address, as «/node/1»."""
_OF_SITE = re.compile(r"(?:/[\w.-]+)??/sites/(?!sites\.php)[\w.-]*\.[\w.-]+")


class Line(NamedTuple):
    """A line of a task's log, to be shown."""

    id: int
    step: int | None
    level: str
    text: str
    at: datetime


@dataclass(frozen=True)
class Wording:
    """How somebody reads texts of tasks."""

    whole: bool
    """As they are written: for whoever is more than a client."""

    def text(self, said: str) -> str:
        """With the names of Aegir's folders in the place of their paths."""
        return said if self.whole or "/" not in said else _PATH.sub(self._named, said)

    def value(self, said: Any) -> Any:
        """The same for whatever JSON can hold."""
        if isinstance(said, str):
            return self.text(said)
        if isinstance(said, list):
            return [self.value(each) for each in said]
        return {name: self.value(each) for name, each in said.items()} if isinstance(said, dict) else said

    def task(self, row: Task) -> Task:
        """The task as it is to be shown; not to be saved, or asked for again."""
        if self.whole:
            return row
        shown = copy(row)
        shown.error, shown.remedy = self.text(row.error), self.text(row.remedy)
        shown.arguments, shown.result = self.value(row.arguments), self.value(row.result)
        return shown

    def steps(self, row: Task) -> list[TaskStep]:
        """Its steps, to be shown."""
        found = list(row.steps.all())
        for step in found:
            step.summary, step.error = self.text(step.summary), self.text(step.error)
        return found

    def log(self, row: Task) -> QuerySet[TaskLine]:
        """The lines that are to be shown at all: what only helps to mend Aegir is not for clients."""
        return row.lines.all() if self.whole else row.lines.exclude(level="debug")

    def lines(self, query: QuerySet[TaskLine]) -> list[Line]:
        """Some of them, to be shown. No whole rows: there are a thousand on a page."""
        rows = query.values_list("id", "step", "level", "text", "at")
        return [Line(id, step, level, self.text(text), at) for id, step, level, text, at in rows]

    def _named(self, found: re.Match[str]) -> str:
        path = found.group()
        if path.startswith("//") and not path.startswith("///"):
            return path  # what follows the scheme of an address
        path = path.replace("///", "/", 1)
        end = path[len(path.rstrip(".")) :]
        path = path.rstrip(".")
        for folder in self._platforms:
            if path == folder or path.startswith(f"{folder}/"):
                rest = path[len(folder) :]
                site = _OF_SITE.match(rest)
                return (
                    f"the site's folder{rest[site.end() :]}{end}"
                    if site
                    else f"the platform's folder{rest}{end}"
                )
        if path == self._home or path.startswith(f"{self._home}/"):
            return f"Aegir's folder{end}"
        top, _, deeper = path[1:].partition("/")
        return f"a place on the server{end}" if top in _TOPS and deeper else found.group()

    @cached_property
    def _platforms(self) -> list[str]:
        """Also of those that are gone, the deepest first."""
        known = Platform.objects.values_list("path", flat=True)
        return sorted({path.rstrip("/") for path in known if path.strip("/")}, key=len, reverse=True)

    @property
    def _home(self) -> str:
        return str(settings.AEGIR_HOME)
