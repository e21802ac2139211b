"""``options`` of a makefile: what Drush took on its command line too."""

from __future__ import annotations

from typing import Literal

from aegir.drivers.source.makefile import Options, Remark, Scalar, Table

MOST_AT_ONCE = 8
_TAKEN = {
    *("contrib-destination", "no-recursion", "no-patch-txt", "concurrency"),
    *("no-gitinfofile", "force-gitinfofile"),
}
_WHY_NOT = {
    "working-copy": "no repository stays in a platform: its code is never changed in place.",
    "ignore-checksums": "a checksum that is written down is always looked at.",
    "no-core": "a platform has a core.",
    "prepare-install": "sites are prepared when they are installed.",
    "force-complete": "a platform is built whole or not at all.",
}


def options_of(said: Table, contrib: str | None, warnings: list[Remark]) -> Options:
    """What is meant; what is not taken here is said in ``warnings``."""
    for name, value in said.entries.items():
        if name not in _TAKEN:
            why = _WHY_NOT.get(name, "it means nothing here.")
            warnings.append(Remark(value.place, f"the option «{name}» is not taken: {why}"))
    return Options(
        contrib=contrib,
        recursion=not _true(said, "no-recursion"),
        patches_txt=not _true(said, "no-patch-txt"),
        info_files=_info_files(said),
        at_once=_at_once(said, warnings),
    )


def _info_files(said: Table) -> Literal["drupal.org", "all", "none"]:
    if _true(said, "no-gitinfofile"):
        return "none"
    return "all" if _true(said, "force-gitinfofile") else "drupal.org"


def _at_once(said: Table, warnings: list[Remark]) -> int:
    value = said.entries.get("concurrency")
    if value is None:
        return Options.at_once
    text = value.text if isinstance(value, Scalar) else ""
    if text.isdecimal() and 1 <= int(text) <= MOST_AT_ONCE:
        return int(text)
    warnings.append(Remark(value.place, f"«concurrency» is a number from 1 to {MOST_AT_ONCE}."))
    return Options.at_once


def _true(said: Table, name: str) -> bool:
    value = said.scalar(name)
    return value is not None and value.true
