"""Where a platform's code comes from, in words."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.template.defaultfilters import filesizeformat

from aegir.models import Platform

KINDS = {"composer": "Composer", "git": "Git repository", "archive": "Archive", "make": "Makefile"}
Fact = tuple[str, str, bool]
"""Title, text, and whether it is to be read letter by letter."""


def facts(row: Platform) -> list[Fact]:
    """What is known of a platform that is built; nothing of one that was brought."""
    return list(_facts(row, row.source, row.built)) if row.source else []


def _facts(row: Platform, source: dict[str, Any], built: dict[str, Any]) -> Iterator[Fact]:
    yield KINDS.get(str(source["kind"]), str(source["kind"])), str(source["location"]), True
    if reference := source.get("reference") or built.get("reference"):
        yield "Branch, tag or commit", str(reference), True
    if opened := sorted(each.name for each in row.credentials.all()):
        yield "Opened by", ", ".join(opened), False
    if not built:
        yield "Built", "not yet", False
        return
    yield "What it is", str(built.get("identity", "")), True
    if "files" in built:
        yield "Code", f"{built['files']:,} files, {filesizeformat(built['bytes'])}", False
    for name, title in (("submodules", "Submodules"), ("projects", "Projects")):
        if isinstance(found := built.get(name), dict) and found:
            yield title, f"{len(found):,}", False
    if isinstance(advisories := built.get("advisories"), dict):
        yield "Advisories when it was built", f"{sum(map(len, advisories.values())):,}", False
