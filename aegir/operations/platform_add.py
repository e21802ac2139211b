"""Add a platform: one that already lies on the server, or one that is built from where its code comes from.
Known from now on, usable once verified."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, cast

from django.db import IntegrityError, transaction

from aegir import drivers
from aegir.drivers.app import AppDriver
from aegir.drivers.host.reach import blocked_at
from aegir.errors import Refused
from aegir.models import Credential, Platform, Server, Task, names
from aegir.operations import building, connect, places, platform_build, platform_verify

TITLE = "Add"


def ask(
    *,
    name: str,
    path: str | None = None,
    source: Mapping[str, Any] | None = None,
    docroot: str | None = None,
    credentials: Sequence[str] = (),
    by: str,
) -> Task:
    """Record the codebase at ``path`` and queue its verification; or that of ``source``, the fields of a
    ``drivers.source.Source``, and queue its building, which asks for the verification."""
    names.platform(name)
    server = Server.objects.order_by("pk").first()
    if server is None:
        raise Refused("There is no server yet: bring Aegir up with «aegir up».")
    if (path is None) is (source is None):
        raise Refused("Say where the code lies, or where it comes from: one of the two.", field="path")
    if source is not None:
        platform, opened = _to_build(server, name, source, docroot, credentials)
    else:
        platform, opened = _brought(server, name, path or "", docroot), []
        if credentials:
            raise Refused("Code that lies here needs no credential: leave it out.", field="credentials")
    with transaction.atomic():
        try:
            platform.save()
        except IntegrityError as race:
            raise Refused(f"{name} or {platform.path} was added just now.", field="name") from race
        platform.credentials.set(opened)
        return platform_verify.queue(platform, by)


def _brought(server: Server, name: str, path: str, docroot: str | None) -> Platform:
    place = _directory(path)
    _refuse_taken(name, place)
    wanted = building.docroot(docroot)
    found = _docroot(server, place / wanted)
    return Platform(name=name, path=str(place), docroot=f"{wanted}/{found}".strip("/"), server=server)


def _to_build(
    server: Server, name: str, source: Mapping[str, Any], docroot: str | None, credentials: Sequence[str]
) -> tuple[Platform, list[Credential]]:
    """The platform, not kept yet, and what opens where it comes from."""
    made, place = building.source(source, server), Path(platform_build.path_of(name))
    _refuse_taken(name, place)
    if connect(server.name).stat(str(place)) is not None:
        raise Refused(f"There is something at {place} already: choose another name.", field="name")
    platform = Platform(
        name=name,
        path=str(place),
        docroot=building.docroot(docroot),
        server=server,
        source=building.row(made),
    )
    return platform, building.credentials(credentials, made)


def _directory(path: str) -> Path:
    """The directory that ``path`` names, links resolved; Refused when it names none."""
    seen = names.shown(path, 200)
    if not path.strip() or "\0" in path or not path.startswith("/"):
        raise Refused(f"The path «{seen}» is not absolute: give the whole path, from /.", field="path")
    if any(ord(letter) < 32 for letter in path) or set(path) & set("'\"\\$;{}`"):
        raise Refused(
            f"The path «{seen}» holds characters that web servers or PHP take for syntax: rename it.",
            field="path",
        )
    try:
        place = Path(path).resolve(strict=True)
    except FileNotFoundError:
        raise Refused(f"There is nothing at {seen}.", field="path") from None
    except (OSError, RuntimeError) as error:
        reason = os.strerror(error.errno) if isinstance(error, OSError) and error.errno else "its links loop"
        raise Refused(f"{seen} cannot be read: {reason}.", field="path") from None
    if not place.is_dir():
        raise Refused(f"{seen} is not a directory: give the folder that holds the code.", field="path")
    return place


def _docroot(server: Server, place: Path) -> str:
    host, user = connect(server.name), places.php(server).user
    blocked = blocked_at(host, str(place), user)
    if blocked is not None:
        raise Refused(
            f"The web user {user} cannot reach {place}: {blocked} keeps him out. Move the code, or let him "
            f"through with «chmod o+rx {blocked}».",
            field="path",
        )
    docroot = cast(AppDriver, drivers.load("app", "drupal")(host)).locate(str(place))
    if docroot is None:
        raise Refused(
            f"{place} does not contain a valid Drupal installation: neither it nor a folder web, docroot, "
            "html or public in it holds Drupal's core.",
            field="path",
        )
    return docroot


def _refuse_taken(name: str, place: Path) -> None:
    if Platform.objects.live().filter(name=name).exists():
        raise Refused(f"There is already a platform {name}: choose another name.", field="name")
    for other in Platform.objects.live():
        theirs = Path(other.path)
        if theirs == place:
            raise Refused(f"{place} is already the platform {other.name}.", field="path")
        if theirs in place.parents or place in theirs.parents:
            where = "inside" if theirs in place.parents else "around"
            raise Refused(
                f"{place} lies {where} the platform {other.name} ({theirs}): platforms cannot be nested.",
                field="path",
            )
