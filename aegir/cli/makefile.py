"""What a makefile would fetch, or what is wrong with it, for people and programs at a terminal."""

from __future__ import annotations

import os
from typing import Any

import click

from aegir.cli.output import show_json
from aegir.drivers.source.addresses import shown
from aegir.drivers.source.makefile import SCHEME, Library, Makefile, Project, Remark, WrongMakefile
from aegir.drivers.source.makefile_check import check
from aegir.drivers.source.makefile_places import contributed, place


def read(file: str, *, whole: bool, as_json: bool) -> dict[str, Any] | None:
    """What the makefile says; None when it is wrong, which was said then."""
    try:
        return _answer(check(os.path.abspath(file), whole=whole))
    except WrongMakefile as wrong:
        _show_mistakes(wrong, as_json=as_json)
        return None


def _show_mistakes(wrong: WrongMakefile, *, as_json: bool) -> None:
    if as_json:
        show_json({"mistakes": [_remark(each) for each in wrong.remarks]})
        return
    for remark in wrong.remarks:
        click.echo(str(remark), err=True)


def _answer(found: Makefile) -> dict[str, Any]:
    base = contributed(found.major) if found.options.contrib is None else found.options.contrib
    return {
        "core": found.core,
        "projects": [
            _row(each, each.kind or ("core" if each.is_core else ""), base) for each in found.projects
        ],
        "libraries": [_row(each, "library", base) for each in found.libraries],
        "translations": [*found.translations],
        "warnings": [_remark(each) for each in found.warnings],
        "unread": [_remark(each) for each in found.unread],
    }


def _row(item: Library, kind: str, base: str) -> dict[str, Any]:
    said = item.download
    kind = kind or ("module" if said else "")
    version = item.version if isinstance(item, Project) else ""
    if said is None:
        origin = getattr(item, "location", "") or "Drupal.org"
        version = version or "recommended"
    else:
        address = shown(said.address) if SCHEME.match(said.address) else said.address
        origin = " ".join(filter(None, [said.kind, address or "Drupal.org", said.reference]))
    return {
        "name": item.name,
        "type": kind or "as released",
        "version": version,
        "from": origin,
        "place": place(item, base, kind) or "." if kind else "by its type",
        "patches": [each.written for each in item.patches],
        "file": item.place.origin.shown,
        "line": item.place.line,
    }


def _remark(remark: Remark) -> dict[str, Any]:
    return {"file": remark.place.origin.shown, "line": remark.place.line, "sentence": remark.sentence}
