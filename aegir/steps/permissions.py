"""Owners and modes in a site's directory: PHP may write its files and none of its code."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from aegir.drivers.host import Host, Stat
from aegir.engine.step import Json, Level, Step
from aegir.steps.site import SiteRef
from aegir.steps.world import World

SHOWN = 20
"""Names in the log; of the rest only how many."""


@dataclass(frozen=True)
class Tree:
    """A part of a site's directory, and what must hold for everything in it."""

    path: str
    owner: str | None
    """None where this process may not choose."""
    group: str | None
    directory: int = 0
    """Bits that directories must have."""
    file: int = 0
    """Bits that files must have."""
    never: int = 0o6002
    """Bits that files must not have; of these, directories only must not be writable by everybody."""
    spared: tuple[str, ...] = ()
    """Absolute paths that are left out."""
    deep: bool = True
    """Whether what lies further down counts."""

    def mended(self, found: Stat) -> int:
        """The mode that it should have."""
        if found.kind == "directory":
            return (found.mode | self.directory) & ~0o4002
        return (found.mode | self.file) & ~self.never

    def wrong(self, found: Stat) -> bool:
        return (
            self.mended(found) != found.mode
            or self.owner not in (None, found.owner)
            or self.group not in (None, found.group)
        )


def trees(site: SiteRef) -> tuple[Tree, ...]:
    """The parts of a site's directory. Drupal's own .htaccess is read-only on purpose, and so is the PHP that
    it compiles."""
    path, ours, web, group = site.path, site.operator, site.web_user, site.web_group
    code = [Tree(f"{path}/{name}", ours, ours, 0o2775, 0o664) for name in ("modules", "themes", "libraries")]
    compiled = f"{path}/files/php"
    shown = Tree(path, ours, group, file=0o440, never=0o6027, spared=(f"{path}/settings.php",), deep=False)
    written = [
        Tree(f"{path}/{name}", web, group, 0o2770, 0o660, spared=(compiled, f"{path}/{name}/.htaccess"))
        for name in ("files", "private/files", "private/temp", "private/config/sync")
    ]
    return (shown, *code, *written, Tree(compiled, web, group))


@dataclass(frozen=True)
class MendPermissions(Step):
    """Give everything in a site's directory the owner and mode that it should have. Links are never followed,
    and a file with several names is left alone: it may be somebody else's, too."""

    site: SiteRef

    title = "Mend owners and modes"

    def look(self, world: World) -> Json:
        return {"wrong": sum(found.links == 1 for _, _, found in self._wrong(world))}

    def done(self, seen: Json) -> bool:
        return isinstance(seen, dict) and not seen["wrong"]

    def do(self, world: World) -> Json:
        host, count = world.host(self.site.host), 0
        for tree, path, found in self._wrong(world):
            if found.links > 1:
                text = f"{path} has {found.links} names and is left as it is: make it a file of its own."
                world.log.line(text, Level.NOTICE)
                continue
            host.set_attributes(path, mode=tree.mended(found), owner=tree.owner, group=tree.group)
            count += 1
            if count <= SHOWN:
                world.log.line(f"Mended {path.removeprefix(self.site.path + '/')}")
        if count > SHOWN:
            world.log.line(f"Mended {count - SHOWN:,} more.")
        return {"mended": count}

    def undo(self, world: World, before: Json) -> None:
        """What has the right owner and mode may keep them."""

    def _wrong(self, world: World) -> Iterator[tuple[Tree, str, Stat]]:
        host = world.host(self.site.host)
        for tree in trees(self.site):
            for path, found in _walk(host, tree, tree.path):
                if tree.wrong(found):
                    yield tree, path, found


def _walk(host: Host, tree: Tree, directory: str) -> Iterator[tuple[str, Stat]]:
    """Files and directories below a directory."""
    for name in host.list(directory):
        path = f"{directory}/{name}"
        found = None if path in tree.spared else host.stat(path)
        if found is None or found.kind not in ("file", "directory"):
            continue
        if found.kind == "file" or tree.deep:
            yield path, found
        if found.kind == "directory" and tree.deep:
            yield from _walk(host, tree, path)
