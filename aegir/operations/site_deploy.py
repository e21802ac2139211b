"""Deploy a site: a new one out of an archive, of ours or an older Aegir's, or of a dump and its files."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from aegir.drivers.archive import plain
from aegir.engine.step import Step
from aegir.errors import Refused
from aegir.models import Backup, Site, Task, names
from aegir.operations import backup_delete, drush_aliases, finding, new_site, places
from aegir.steps.app import Identify, InspectSite, UpdateDrupal
from aegir.steps.arriving import FindOrigin, FitsCode, LeaveOrigin, SettleFiles
from aegir.steps.backup import CheckArchive, LoadDatabase, UnpackFiles
from aegir.steps.database import CreateDatabase, StartDatabase
from aegir.steps.files import MakeDirectories
from aegir.steps.plain import CheckPair, LoadDump, PlaceFiles
from aegir.steps.record_arrival import SiteArrived
from aegir.steps.room import HasRoomToUnpack
from aegir.steps.site import SiteRef, WriteSettings, WriteSitesPhp
from aegir.steps.trees import MoveTree, hidden_path
from aegir.steps.web import ProbeSite, PublishSite

TITLE = "Deploy"
ARCHIVES = (".tar", ".tar.gz", ".tgz", ".tar.zst")

ended = new_site.ended


@dataclass(frozen=True)
class Source:
    """What a site is made of; paths absolute, links resolved."""

    path: str
    sha256: str = ""
    """Of the archive, where it is known."""
    files: str = ""
    """Directory or archive of the files, where ``path`` is a mere dump; "" for none."""

    @property
    def plain(self) -> bool:
        return plain.member(self.path) is not None

    def checked(self, host: str) -> Step:
        if self.plain:
            return CheckPair(host, self.path, self.files)
        return CheckArchive(host, self.path, self.sha256)

    def files_in(self, host: str, target: str) -> Step:
        if self.plain:
            return PlaceFiles(host, self.files, target)
        return UnpackFiles(host, self.path, target)

    def loaded(self, site: SiteRef) -> Step:
        return (LoadDump if self.plain else LoadDatabase)(self.path, site.database)


def plan(task: Task) -> list[Step]:
    site, source = places.site_of(task), _source(task.arguments["archive"], task.arguments["files"])
    ref, web, platform = places.site_ref(site), places.web(site.platform.server), site.platform
    fresh = hidden_path(ref.path, "new", task.pk)
    profiles = tuple(platform.packages.filter(kind="profile").values_list("name", flat=True))
    return [
        StartDatabase(ref.host, ref.database.server, ref.database.administrator, ref.database.start),
        source.checked(ref.host),
        FitsCode(platform.name, platform.version, profiles),
        HasRoomToUnpack(ref.host, platform.root),
        FindOrigin(ref.host, source.path, source.plain),
        CreateDatabase(ref.database),
        source.files_in(ref.host, fresh),
        SettleFiles(ref, fresh),
        source.loaded(ref),
        MoveTree(ref.host, fresh, ref.path, "Move the files into place"),
        MakeDirectories(ref.host, ref.directories()),
        WriteSitesPhp(ref.host, platform.root, ref.operator),
        WriteSettings(ref.host, ref),
        LeaveOrigin(ref),
        UpdateDrupal(ref),
        *([Identify(ref)] if task.arguments["identify"] else []),
        InspectSite(ref, login=True),
        PublishSite(ref.host, web, ref, platform.key),
        ProbeSite(ref.host, web, ref),
        SiteArrived(site.pk),
        drush_aliases.of_site(ref),
    ]


def ask(
    *,
    archive: str | int,
    domain: str,
    platform: str,
    db: str | None = None,
    files: str | None = None,
    email: str | None = None,
    identify: bool = False,
    client: str | None = None,
    by: str,
) -> Task:
    """Queue the making of a new site; ``archive`` is a path, or the number of a backup.

    It is the same site come home, unless it is to ``identify`` itself anew, beside the one it came from.
    """
    name, home = names.domain(domain), finding.open_platform(platform)
    source, backup = _source(archive, files), _backup(archive)
    _refuse_kind(source)
    told = backup.manifest if backup else {}
    site = Site(
        domain=name,
        platform=home,
        database=finding.database(home.server, db or told.get("database") or _kind(source)),
        email=names.email(email or told.get("email") or f"admin@{name}"),
        client=finding.client(client),
    )
    arguments = {"archive": str(archive), "domain": domain, "platform": platform, "db": db,
                 "files": files, "email": email, "identify": identify, "client": client}  # fmt: skip
    keys = [backup_delete.key(backup, shared=True)] if backup else []
    return new_site.begin("site_deploy", site, by, arguments, keys=keys)


def _source(archive: str | int, files: str | None) -> Source:
    backup = _backup(archive)
    if backup is not None:
        if files:
            raise Refused("A backup brings its files with it: leave the files out.", field="files")
        return Source(str(backup.path), backup.sha256)
    path = _path(str(archive), "archive")
    if not path.is_file():
        raise Refused(f"{path} is not a file: give an archive or a dump.", field="archive")
    return Source(str(path), files=str(_path(files, "files")) if files else "")


def _backup(archive: str | int) -> Backup | None:
    text = str(archive)
    return finding.backup(int(text)) if text.isascii() and text.isdigit() and len(text) < 19 else None


def _path(text: str, field: str) -> Path:
    """What is there, links resolved; Refused unless this process may read it."""
    seen = names.shown(text, 200)
    if not text.startswith("/") or any(ord(letter) < 32 for letter in text):
        raise Refused(f"The path «{seen}» is not absolute: give the whole path, from /.", field=field)
    try:
        path = Path(text).resolve(strict=True)
    except FileNotFoundError:
        raise Refused(f"There is nothing at {seen}.", field=field) from None
    except (OSError, RuntimeError):
        raise Refused(f"{seen} cannot be read: its directories are closed to Aegir.", field=field) from None
    if not os.access(path, os.R_OK):
        raise Refused(f"{seen} cannot be read: let the user who runs Aegir read it.", field=field)
    return path


def _refuse_kind(source: Source) -> None:
    if source.plain:
        files = Path(source.files)
        if source.files and not files.is_dir() and not (files.is_file() and files.name.endswith(ARCHIVES)):
            raise Refused(
                f"{files} holds no files of a site: give a directory, or an archive ({', '.join(ARCHIVES)}).",
                field="files",
            )
        return
    if not source.path.endswith(ARCHIVES):
        known = ", ".join((*ARCHIVES, *plain.ENDINGS))
        raise Refused(f"{source.path} is neither archive nor dump by its name: {known}.", field="archive")
    if source.files:
        raise Refused(
            f"{Path(source.path).name} brings its files with it: leave the files out.", field="files"
        )


def _kind(source: Source) -> str | None:
    return "sqlite" if plain.member(source.path) == "database.sqlite" else None
