"""What a page says to be possible is what the operations' own doors let through, and the other way round."""

from __future__ import annotations

import random
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import transaction

from aegir import access
from aegir.access import Actor, Role
from aegir.errors import Refused
from aegir.models import Client, Pair, Platform, Site, SiteName, TaskKey, possible
from tests import doors

pytestmark = pytest.mark.django_db

WORLDS = 24
CHOICES: dict[str, tuple[str, ...]] = {
    "state": ("queued", "enabled", "enabled", "disabled", "disabled", "failed"),
    "home": ("enabled", "enabled", "locked", "failed"),
    "other": ("none", "same", "locked", "newer", "d7"),
    "kept": ("none", "here", "name taken"),
    "backup": ("none", "here", "elsewhere", "newer"),
    "sister": ("none", "same", "d7", "queued"),
    "stuck": ("no", "no", "alone", "shared", "platform"),
    "profile": ("offered", "offered", "gone"),
    "alias": ("none", "plain", "canonical"),
    "who": ("administrator", "client"),
}
NOT_SAID_BY_ROWS = {"site_drush", "site_give"}
"""Whether a codebase brings Drush lies in its folder; giving a site away is no task."""


def code(name: str, version: str, state: str = "enabled") -> Platform:
    major = int(version.partition(".")[0])
    made = doors.platform(name, version=version, major=major, state=state)
    for package, kind in (("drupal", "core"), ("standard", "profile"), ("node", "module")):
        doors.package(package, kind, version, platform=made)
    return made


def world(choice: dict[str, str]) -> tuple[Site, Actor]:
    client = Client.add(name="acme", email="it@acme.example")
    home = code("home", "10.1.6", choice["home"])
    versions = {"same": "10.2.0", "locked": "10.2.0", "newer": "11.0.0", "d7": "7.105"}
    if choice["other"] in versions:
        code("other", versions[choice["other"]], "locked" if choice["other"] == "locked" else "enabled")
    site = doors.site(on=home, state=choice["state"], client=client, profile="standard")
    if choice["profile"] == "gone":
        site.platform.profiles = ["minimal"]
        site.platform.save()
    if choice["sister"] != "none":
        where = code("seven", "7.1", "locked") if choice["sister"] == "d7" else home
        doors.site("sister.example.org", on=where, client=client,
                   state="queued" if choice["sister"] == "queued" else "enabled")  # fmt: skip
    if choice["backup"] != "none":
        drupal = "11.0.0" if choice["backup"] == "newer" else "10.1.6"
        made = doors.backup(site)
        made.manifest = {**made.manifest, "drupal": drupal}
        made.platform = None if choice["backup"] != "here" else home
        made.save()
    if choice["kept"] != "none":
        pair = doors.kept(site)
        Platform.objects.filter(pk=pair.platform_id).update(state="failed")
        if choice["kept"] == "name taken":
            Pair.objects.update(domain="before.example.org")
            owner = doors.site("owner.example.org", on=code("eight", "8.9.0", "locked"))
            SiteName.objects.create(name="before.example.org", site=owner)
    if choice["alias"] != "none":
        SiteName.objects.create(name="www.example.org", site=site)
        site.canonical = "www.example.org" if choice["alias"] == "canonical" else ""
        site.save()
    if choice["stuck"] != "no":
        key = f"platform:{home.pk}" if choice["stuck"] == "platform" else f"site:{site.pk}"
        TaskKey.objects.create(
            task=doors.task("stuck"), key=key, shared=choice["stuck"] == "shared", held=True
        )
    everybody = Actor("alice", frozenset({Role.ADMINISTRATOR}))
    his = Actor("bob", frozenset({Role.CLIENT}), frozenset({client.pk}))
    return Site.objects.get(pk=site.pk), everybody if choice["who"] == "administrator" else his


def fitting(operation: str, site: Site) -> Iterator[dict[str, Any]]:
    """Whatever somebody could choose in the form of ``operation``."""
    names = [None, *Platform.objects.values_list("name", flat=True)]
    match operation:
        case "site_migrate" | "site_rehearse":
            yield from ({"platform": name} for name in names if name)
        case "site_clone":
            yield from ({"to": "copy.example.org", "platform": name} for name in names)
        case "site_rename":
            yield {"to": "new.example.org"}
        case "site_restore":
            for backup in site.backups.values_list("pk", flat=True):
                yield from ({"backup": backup, "platform": name} for name in names)
        case "site_sync":
            others = Site.objects.exclude(pk=site.pk).values_list("domain", flat=True)
            yield from ({"source": domain, "what": "files"} for domain in others)
        case "site_alias_add":
            yield {"name": "more.example.org"}
        case "site_alias_remove":
            yield from ({"name": row.name} for row in site.names.filter(main=False))
        case "site_alias_redirect":
            yield {"to": site.domain}
        case "site_undo" | "site_changes":
            yield from ({"pair": number} for number in site.pairs.values_list("pk", flat=True))
        case "cron_set":
            yield {"minutes": 30}
        case _:
            yield {}


def refusals(actor: Actor, site: Site, operation: str) -> list[str]:
    """What each fitting request is refused with; "" for one that is let through."""
    said = []
    for arguments in fitting(operation, site):
        try:
            access.check(actor, operation, domain=site.domain, **arguments)
        except (Refused, access.NotFound) as refusal:
            said.append(str(refusal))
        else:
            said.append("")
    return said


def test_reasons_agree_with_the_doors_in_every_state() -> None:
    chance = random.Random(20)
    met: set[str] = set()
    for _ in range(WORLDS):
        choice = {name: chance.choice(values) for name, values in CHOICES.items()}
        with transaction.atomic():
            site, actor = world(choice)
            said = possible.reasons(site, access.open_platforms(actor), access.sites(actor))
            for operation in possible.RULES.keys() - NOT_SAID_BY_ROWS:
                doors_say = refusals(actor, site, operation)
                let_through = "" in doors_say
                assert let_through == (said[operation] == ""), (operation, choice, said[operation], doors_say)
                met.add(f"{operation} {let_through}")
            transaction.set_rollback(True)
    never = {
        f"{name} {way}" for name in possible.RULES.keys() - NOT_SAID_BY_ROWS for way in (True, False)
    } - met
    assert not never, "every operation was met both ways"


def test_a_stamp_changes_with_what_a_button_depends_on() -> None:
    site = doors.site()
    stamps = {possible.stamp(site)}
    for field, value in (
        ("state", "disabled"),
        ("database_name", "other"),
        ("platform", doors.platform("b")),
    ):
        setattr(site, field, value)
        stamps.add(possible.stamp(site))
    assert len(stamps) == 4
    site.title = "Another title"
    assert possible.stamp(site) in stamps
