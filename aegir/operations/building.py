"""What building a platform needs: its source as a person said it, and under which terms it is built."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, fields
from typing import Any, cast

from django.conf import settings

from aegir import drivers
from aegir.drivers.source import KINDS, Source, SourceDriver, Terms, addresses, remotes
from aegir.errors import Broken, Refused
from aegir.models import Credential, Platform, Server, default, names
from aegir.operations import connect
from aegir.steps.building import Sealed

GIB = 1 << 30
DOCROOT = re.compile(r"[A-Za-z0-9_][\w.-]{0,60}(/[A-Za-z0-9_][\w.-]{0,60}){0,4}", re.ASCII)
LONGEST = 2000


def source(said: Mapping[str, Any], server: Server) -> Source:
    """A source, checked by its own driver; Refused, naming the field, for what cannot be one."""
    kind = str(said.get("kind", ""))
    if kind not in KINDS:
        raise Refused(f"«{names.shown(kind)}» is no kind of source: choose {', '.join(KINDS)}.", field="kind")
    texts = {name: _text(said, name) for name in ("location", "reference", "checksum")}
    if not texts["location"]:
        raise Refused("Say where the code comes from.", field="location")
    flags = {name: bool(said[name]) for name in ("submodules", "composer") if said.get(name) is not None}
    known = {field.name for field in fields(Source)}
    if strange := set(said) - known:
        raise Refused(f"A source has no «{names.shown(min(strange))}».", field="source")
    made = Source(**cast(dict[str, Any], {"kind": kind, **texts, **flags}))
    _driver(made, server).check(made)
    _require_there(made, server)
    return made


def _require_there(made: Source, server: Server) -> None:
    """Refuse files of the server that plainly are not there; where we may not look, the build will tell."""
    if not made.location.startswith(("/", "file:")):
        return
    path = addresses.path_of(made.location) or "/"
    try:
        absent = connect(server.name).stat(path.rstrip("/") or "/") is None
    except Broken:
        return
    if absent:
        raise Refused(
            f"There is nothing at {names.shown(path)} on {server.name}: look for a mistake in the path.",
            field="location",
        )


def of(platform: Platform) -> Source:
    """Where a platform's code comes from."""
    return Source(**platform.source)


def row(made: Source) -> dict[str, Any]:
    """The same as the platform's row keeps it."""
    return asdict(made)


def of_this_machine(said: Mapping[str, Any]) -> bool:
    """Whether a source names files of the server."""
    location = str(said.get("location", "")).strip()
    return location.startswith(("/", "file:", ".")) or "\\" in location


def docroot(text: str | None) -> str:
    """A document root as somebody said it, without slashes around it."""
    wanted = (text or "").strip().strip("/")
    if wanted and (not DOCROOT.fullmatch(wanted) or ".." in wanted.split("/")):
        raise Refused(
            f"«{names.shown(wanted)}» is no document root: name a folder in the code, as web.",
            field="docroot",
        )
    return wanted


def credentials(wanted: Sequence[str], made: Source) -> list[Credential]:
    """The credentials of those names; Refused where one of them would not be used, or none is for where the
    code comes from."""
    found = [_credential(name) for name in dict.fromkeys(wanted) if name]
    for number, each in enumerate(found):
        for other in found[:number]:
            if other.host == each.host and (other.kind == "key") == (each.kind == "key"):
                raise Refused(
                    f"The credentials {other.name} and {each.name} are both for {each.host}: choose one.",
                    field="credentials",
                )
    host = _host(made)
    # What Composer fetches may lie elsewhere.
    if found and host and not made.composer and host not in {each.host for each in found}:
        raise Refused(
            f"The credential {found[0].name} is for {found[0].host}, and the code comes from {host}.",
            field="credentials",
        )
    return found


def _credential(name: str) -> Credential:
    found = Credential.objects.filter(name=name).first()
    if found is None:
        raise Refused(f"There is no credential «{names.shown(name)}».", field="credentials")
    return found


def terms() -> Terms:
    """Under which terms code is built now."""
    return Terms(
        cache=str(settings.AEGIR_HOME / "sources"),
        user=str(settings.AEGIR_BUILDER) if os.geteuid() == 0 else None,
        seconds=60.0 * int(default.value("build_minutes")),
        bytes=GIB * int(default.value("build_gibibytes")),
        plugins=tuple(str(default.value("composer_plugins")).split()),
        scripts=bool(default.value("composer_scripts")),
        repositories=tuple(str(default.value("composer_repositories")).split()),
        releases=str(default.value("release_service")).rstrip("/"),
        downloads=str(default.value("release_downloads")).rstrip("/"),
        private=bool(default.value("sources_private")),
    )


def sealed(found: Iterable[Credential]) -> tuple[Sealed, ...]:
    """What opens their hosts, as steps are given it."""
    return tuple(Sealed(each.host, cast(Any, each.kind), each.user, each.secret_id) for each in found)


def _driver(made: Source, server: Server) -> SourceDriver:
    try:
        return cast(SourceDriver, drivers.load("source", made.kind)(connect(server.name)))
    except LookupError:
        raise Refused(f"This Aegir cannot build from {made.kind} yet.", field="kind") from None


def _text(said: Mapping[str, Any], name: str) -> str:
    text = str(said.get(name) or "").strip()
    if len(text) > LONGEST or not text.isprintable():
        raise Refused(f"The {name} is too long, or holds what cannot be printed.", field=name)
    return text


def _host(made: Source) -> str:
    """Which host the code comes from; "" where that is not known before it is fetched."""
    if made.kind in ("composer", "make"):
        return ""
    return remotes.parsed(made.location).host if made.kind == "git" or "://" in made.location else ""


def known(kind: str) -> bool:
    """Whether this Aegir can build from sources of that kind."""
    try:
        drivers.load("source", kind)
    except LookupError:
        return False
    return True
