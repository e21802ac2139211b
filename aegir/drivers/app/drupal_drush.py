"""The Drush that a codebase brings, for people who want to run one of its commands on a site."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import PurePosixPath

from aegir.drivers.app import SitePlace
from aegir.drivers.host import Host
from aegir.errors import Refused

SCRIPT = "vendor/drush/drush/drush.php"
"""Run by PHP itself: what Composer puts into ``vendor/bin`` may lack the right to be run."""
CHOOSING = ("-r", "-l", "--root", "--uri")
"""Options that would lead Drush to another site."""


def find_drush(host: Host, root: str, docroots: Sequence[str]) -> str | None:
    """Drush's script in the codebase with that docroot; ``vendor`` lies in it, or beside it where Composer
    made a docroot of one of these names."""
    places = [root]
    if PurePosixPath(root).name in docroots:
        places.append(str(PurePosixPath(root).parent))
    for place in places:
        seen = host.stat(f"{place}/{SCRIPT}")
        if seen is not None and seen.kind == "file":
            return f"{place}/{SCRIPT}"
    return None


def drush_arguments(place: SitePlace, arguments: Sequence[str]) -> list[str]:
    """What Drush is told: the site first, then the command. Refused when that is none, or would choose
    another site."""
    if not arguments or not arguments[0].strip() or arguments[0].startswith("-"):
        raise Refused("Give a Drush command first, such as «status».", field="arguments")
    for argument in arguments:
        name = argument.partition("=")[0]
        if name.startswith("@") or name in CHOOSING or argument.startswith(("-r/", "-lhttp")):
            raise Refused(f"«{argument}» chooses a site: Aegir does that.", field="arguments")
        if "\0" in argument:
            raise Refused("A Drush command cannot hold a null character.", field="arguments")
    return [f"--root={place.root}", f"--uri={place.uri}", *arguments]
