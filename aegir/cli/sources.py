"""Where a platform's code comes from, as options of ``aegir platform add``."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

import click

from aegir.cli import client
from aegir.cli.follow import FAILURES, end, follow
from aegir.cli.output import Command, Json

KINDS = ("path", "composer", "git", "archive", "make")


def source_options(command: Command) -> Command:
    """Declare them."""
    for option in reversed((
        click.option("--path", metavar="DIR", help="A codebase that lies on the server, from the root: /…"),
        click.option("--composer", metavar="PACKAGE:VERSION|FILE", help="A Composer project."),
        click.option("--git", metavar="URL[@REF]", help="A git repository; REF is a branch, tag or commit."),
        click.option("--archive", metavar="FILE|URL", help="A .tar.gz, .tar.zst, .tar.xz or .zip."),
        click.option("--make", metavar="FILE|URL", help="A Drush makefile."),
        click.option("--docroot", metavar="D", help="Where Drupal lies in the code."),
        click.option("--checksum", metavar="sha256:…", help="That the archive or makefile must have."),
        click.option("--credential", "credentials", metavar="NAME", multiple=True,
                     help="What opens a host that the code comes from; may be given several times."),
        click.option("--no-submodules", is_flag=True, help="Leave the repository's submodules out."),
        click.option("--with-composer", is_flag=True, help="Run «composer install» in what was fetched."),
    )):  # fmt: skip
        command = option(command)
    return command


def wanted(
    *,
    docroot: str | None,
    checksum: str | None,
    credentials: tuple[str, ...],
    no_submodules: bool,
    with_composer: bool,
    **sources: str | None,
) -> dict[str, Any]:
    """What the API is asked for."""
    said = {kind: text for kind in KINDS if (text := sources[kind]) is not None}
    if len(said) != 1:
        raise client.Refused(
            "Say where the code lies or comes from, by one of --path, --composer, --git, --archive, --make."
        )
    ((kind, text),) = said.items()
    if kind == "path":
        return {"path": text, "docroot": docroot, "credentials": [*credentials]}
    location, reference = split(text) if kind == "git" else (text, "")
    source = {"kind": kind, "location": _absolute(kind, location), "reference": reference,
              "checksum": checksum or "", "submodules": not no_submodules,
              "composer": with_composer}  # fmt: skip
    return {"source": source, "docroot": docroot, "credentials": [*credentials]}


def split(text: str) -> tuple[str, str]:
    """Address and reference of ``URL@REF``; an «@» before the path belongs to the address."""
    start = (
        text.find("/", text.find("://") + 3) if "://" in text else 0 if text[:1] in "/." else text.find(":")
    )
    at = text.rfind("@", max(start, 0)) if start >= 0 else -1
    return (text, "") if at < 0 else (text[:at], text[at + 1 :])


def spoken(source: Mapping[str, Any]) -> str:
    """A source in one line."""
    reference = f" at {source['reference']}" if source.get("reference") else ""
    return f"{source['kind']} {source['location']}{reference}" if source else ""


def followed(task: Json, *, as_json: bool) -> Json:
    """Follow a build to its end; then the verification that it asked for."""
    over = follow(task["id"], quiet=as_json)
    if over["state"] in FAILURES:
        end(over, as_json=as_json)
    found = client.get(
        "/api/tasks",
        operation="platform_verify",
        subject_kind="platform",
        subject=over["subject"]["name"],
        limit=1,
    )
    number = found["items"][0]["id"] if found["items"] else over["id"]
    verification: Json = client.get(client.path("tasks", number))
    return verification


def _absolute(kind: str, text: str) -> str:
    """A file as the server finds it, where somebody names it from where he is."""
    here = text.startswith(".") or (kind in ("archive", "make", "composer") and os.path.exists(text))
    return os.path.abspath(text) if here else text
