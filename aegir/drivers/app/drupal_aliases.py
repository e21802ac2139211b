"""Drush's alias files: under which names Drush finds sites and codebases, and what it reads there.

Drush 8 takes any name, dots included: ``example.org.alias.drushrc.php`` is ``@example.org``. Drush 9 and
later read ``@example.org`` as environment ``org`` of the site ``example``, ``@www.example.org`` as that in
the directory ``www``, and know no name with more dots. So sites whose domains have the same middle label
share files, and every domain also has a file of its own, with underscores for the dots.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from aegir.drivers.app.drupal_settings import php_string

SITES = "sites"
"""Searched first, so that ``@example.org`` never finds what is meant by ``@www.example.org``."""
NAMES = "names"
"""Its directories are the first of three labels."""
SECRETS = "secrets"
SPECIAL = {"self", "none", "common", "default", SITES, "drush"}
"""Words that mean something to Drush where a label would stand."""
HEAD = "Written by Aegir from what it knows of its sites: changes made here are lost."


@dataclass(frozen=True)
class Target:
    """Where an alias leads."""

    domain: str
    root: str
    """The docroot."""
    uri: str


def drush_alias(domain: str) -> str:
    """What to type for a site in Drush 9 and later: its domain, where that can be."""
    shared = _shared(domain)
    return f"@{domain if shared else _own(domain)}"


def platform_alias(platform: str) -> str:
    """What to type for a codebase in Drush 9 and later. No domain has two underscores together."""
    return f"@platform__{platform.replace('_', '__').replace('.', '_')}"


def middle(domain: str) -> str | None:
    """The label by which Drush looks for a domain of two or three labels: sites that have it in common
    share files."""
    labels = domain.split(".")
    return labels[-2] if len(labels) in (2, 3) else None


def alias_files(domain: str, target: Target | None, neighbours: Iterable[Target]) -> dict[str, str | None]:
    """Every alias file that tells of ``domain``, below Drush's folder; None for those that must not be there.

    ``target`` is None where no such site is left; ``neighbours`` are all sites with the same ``middle``, the
    site itself among them.
    """
    files: dict[str, str | None] = {
        f"{SITES}/{_own(domain)}.site.yml": _yaml({"default": target}) if target else None,
        f"{domain}.alias.drushrc.php": _php(target) if target else None,
    }
    label = middle(domain)
    if label is None or label in SPECIAL:
        return files
    by_file: dict[str, dict[str, Target]] = {f"{SITES}/{label}.site.yml": {}}
    group = sorted({*neighbours}, key=lambda other: other.domain)
    for other in group:
        if shared := _shared(other.domain):
            by_file.setdefault(shared[0], {})[shared[1]] = other
    # Drush looks into it first; one that says nothing keeps it from going on to another site's.
    files[f"{SITES}/{label}.site.yml"] = _yaml(by_file.pop(f"{SITES}/{label}.site.yml")) if group else None
    shared = _shared(domain)
    if shared and shared[0].startswith(NAMES):
        told = by_file.get(shared[0])
        files[shared[0]] = _yaml(told) if told else None
    return files


def platform_files(platform: str, root: str | None) -> dict[str, str | None]:
    """The alias files of a codebase, None for those that must not be there, as where ``root`` is None."""
    target = Target("", root, "") if root else None
    return {
        f"{SITES}/{platform_alias(platform)[1:]}.site.yml": _yaml({"default": target}) if target else None,
        f"platform_{platform}.alias.drushrc.php": _php(target) if target else None,
    }


def configuration(folder: str) -> dict[str, str]:
    """What leads Drush to the aliases, for Drush 9 and later, and for Drush 8."""
    paths = "".join(f"      - {json.dumps(f'{folder}/{name}')}\n" for name in (SITES, NAMES))
    return {
        "drush.yml": f"# {HEAD}\ndrush:\n  paths:\n    alias-path:\n{paths}",
        "drushrc.php": f"<?php\n// {HEAD}\n$options['alias-path'][] = {php_string(folder)};\n",
    }


def handed(secrets: Mapping[str, str]) -> str:
    """The PHP file that gives a site's settings.php what the web server else hands over."""
    lines = "".join(f"  {php_string(name)} => {php_string(value)},\n" for name, value in secrets.items())
    return f"<?php\n// {HEAD}\nreturn [\n{lines}];\n"


def _own(domain: str) -> str:
    """No domain has an underscore: no two are called the same."""
    return domain.replace(".", "_")


def _shared(domain: str) -> tuple[str, str] | None:
    """The file that Drush opens for the domain itself, and the entry in it; None where it would not."""
    labels = domain.split(".")
    if len(labels) not in (2, 3) or SPECIAL & {*labels}:
        return None
    if len(labels) == 2:
        return f"{SITES}/{labels[0]}.site.yml", labels[1]
    return f"{NAMES}/{labels[0]}/{labels[1]}.site.yml", labels[2]


def _yaml(entries: Mapping[str, Target]) -> str:
    lines = [f"# {HEAD}"]
    for name, target in entries.items():
        lines += [f"{json.dumps(name)}:", f"  root: {json.dumps(target.root)}"]
        lines += [f"  uri: {json.dumps(target.uri)}"] if target.uri else []
    return "\n".join(lines if entries else [*lines, "{}"]) + "\n"


def _php(target: Target) -> str:
    lines = [f"  'root' => {php_string(target.root)},"]
    lines += [f"  'uri' => {php_string(target.uri)},"] if target.uri else []
    opened = "$aliases[basename(__FILE__, '.alias.drushrc.php')] = ["
    return "\n".join(["<?php", f"// {HEAD}", opened, *lines, "];", ""])
