"""Taking stock of a platform's code, so that the next verification can tell what became of it meanwhile."""

from __future__ import annotations

import hashlib
import posixpath
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, cast

from aegir.drivers.host import Stream
from aegir.engine.step import Check, Json
from aegir.steps.world import World

LISTING = 300.0
"""Seconds that listing all files may take."""
OURS = ("platform.settings.php", "local.sites.php")
"""What the operator keeps in the codebase for Aegir is no code of it."""


@dataclass(frozen=True)
class TakeStock(Check):
    """List every file of the code with size and time of change, and sum them up by package and library. Sites
    are left out; nothing is read, so that it is quick and asks nothing of PHP."""

    host: str
    path: str

    title = "Take stock of the code"

    def do(self, world: World) -> Json:
        scanned = cast(dict[str, Any], world.found["ScanCode"])
        root = posixpath.join(scanned["path"], scanned["docroot"]).rstrip("/")
        lines: list[str] = []

        def hear(stream: Stream, line: str) -> None:
            if stream == "out":
                lines.append(line)

        # A file that goes while it is listed is no failure.
        world.host(self.host).run(_listing(self.path, root), timeout=LISTING, check=False, listener=hear)
        below = posixpath.relpath(root, self.path)
        return cast(Json, summed_up(lines, "" if below == "." else below, scanned["packages"]))

    def summary(self) -> str:
        return f"{self.title}: {self.path}"


def summed_up(
    lines: Iterable[str], docroot: str, packages: Iterable[Mapping[str, Any]]
) -> dict[str, list[str]]:
    """Part → digest of its files, what it is, its version. A part is a package's folder, a library below
    ``vendor``, or else the folder at the top; ``lines`` are «path, tab, anything»."""
    known: dict[str, tuple[str, str]] = {}
    for package in packages:
        folder = posixpath.normpath(posixpath.join(docroot, package["path"]))
        kind = package["kind"].replace("_", " ")
        known[folder] = (
            "Drupal's core" if kind == "core" else f"the {kind} {package['name']}",
            package["version"],
        )
    files: dict[str, list[str]] = {}
    for line in lines:
        files.setdefault(_part(line.partition("\t")[0], known), []).append(line)
    return {
        part: [
            hashlib.sha256("\n".join(sorted(held)).encode()).hexdigest()[:16],
            *known.get(part, (part, "")),
        ]
        for part, held in sorted(files.items())
    }


def differences(before: Mapping[str, list[str]], now: Mapping[str, list[str]]) -> list[str]:
    """One sentence for each part that is not as it was."""
    said = []
    for part in sorted({*before, *now}):
        if part not in before:
            said.append(_capital(f"{_named(part, now)} came."))
        elif part not in now:
            said.append(_capital(f"{_named(part, before)} is gone."))
        elif before[part][2] != now[part][2]:
            old, new = before[part][2] or "of no version", now[part][2] or "of no version"
            said.append(_capital(f"{_named(part, now)} is {new} and was {old}."))
        elif before[part][0] != now[part][0]:
            said.append(f"Files of {_named(part, now)} changed.")
    return said


def _listing(path: str, root: str) -> list[str]:
    sites = re.sub(r"([\\*?\[])", r"\\\1", f"{root}/sites")
    hidden = ["-type", "d", "-name", ".?*"]
    others = ["-path", f"{sites}/*", "!", "-path", f"{sites}/all", "!", "-path", f"{sites}/all/*"]
    mine = [part for name in OURS for part in ("!", "-name", name)]
    pruned = ["(", "(", *hidden, ")", "-o", "(", *others, ")", ")", "-prune"]
    return ["find", path, "-mindepth", "1", *pruned, "-o", "-type", "f", *mine, "-printf", r"%P\t%s %T@\n"]


def _part(path: str, known: Mapping[str, tuple[str, str]]) -> str:
    folder = posixpath.dirname(path)
    above = folder
    while above:
        if above in known:
            return above
        above = posixpath.dirname(above)
    if (library := re.match(r"(?:.*/)?vendor/[^/]+/[^/]+(?=/)", path)) is not None:
        return library.group()
    return folder.partition("/")[0] or path


def _named(part: str, stock: Mapping[str, list[str]]) -> str:
    what = stock[part][1]
    return what if what == part else f"{what} ({part})"


def _capital(sentence: str) -> str:
    return "T" + sentence[1:] if sentence.startswith("the ") else sentence
