"""The two files that tell Drupal who it is: settings.php of a site, and sites.php of a platform."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from urllib.parse import urlsplit

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from aegir.drivers.app import SitePlace, SiteSecrets

TEMPLATES = Path(__file__).parents[2] / "configs" / "drupal"
NAMES = ("db_type", "db_name", "db_user", "db_passwd", "db_host", "db_port", "db_socket", "hash_salt")
"""What a cloaked settings.php reads from ``$_SERVER``."""


def php_string(value: str) -> str:
    """A PHP literal: between single quotes only these two characters mean anything."""
    return "'" + value.replace("\\", "\\\\").replace("'", "\\'") + "'"


@cache
def _templates() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        autoescape=False,
    )
    environment.filters["php"] = php_string
    return environment


def trusted_patterns(hosts: Iterable[str]) -> list[str]:
    """Each host as a regular expression that matches it and nothing else; ``*.`` stands for any labels."""
    return [_trusted(host) for host in sorted({host.lower() for host in hosts if host})]


def _trusted(host: str) -> str:
    if host.startswith("*."):
        return rf"^([a-z0-9_-]+\.)+{re.escape(host[2:])}$"
    return f"^{re.escape(host)}$"


def render_settings(
    place: SitePlace,
    major: int,
    *,
    cloaked: SiteSecrets | None,
    names: tuple[str, ...],
    mail: bool = True,
    handed: str = "",
) -> str:
    secrets = dict.fromkeys(NAMES, "") | (cloaked.environment() if cloaked else {})
    hosts = (*names, place.directory.rpartition("/")[2], urlsplit(place.uri).hostname or "")
    return (
        _templates()
        .get_template("settings.php.j2")
        .render(
            directory=place.directory,
            mail=mail,
            handed=handed,
            major=major,
            names=NAMES,
            plain=cloaked is not None,
            secrets=secrets,
            trusted=trusted_patterns(hosts),
        )
    )


def render_sites() -> str:
    return _templates().get_template("sites.php.j2").render()
