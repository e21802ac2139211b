"""What can be done to a site now, and in words why the rest cannot: from rows alone.

These are the same conditions that the operations' own doors hold, said before anybody asks; a test holds the
two together. What only the machine knows (what lies in a folder), or the arguments decide (which platform
fits), is left to the doors.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cached_property

from aegir.models import default
from aegir.models.backup import Backup
from aegir.models.pair import Pair
from aegir.models.platform import Home, Platform
from aegir.models.site import Site, SiteName, SiteQuerySet
from aegir.models.task import Task, TaskKey

INSTALLED = (Site.State.ENABLED, Site.State.DISABLED)
NO_OTHER = "There is no other open platform that could hold a site of Drupal"
NO_PLATFORM = "There is no open platform that could hold"
NO_BACKUP = "There is no backup of it."


def reasons(
    site: Site, platforms: Iterable[Platform | Home] | None = None, sites: SiteQuerySet | None = None
) -> dict[str, str]:
    """For every operation on ``site`` a sentence that says why it is not possible now; "" where it is.

    ``platforms`` are those that whoever asks may put sites on, ``sites`` those that he may take content
    from; by default all that are open, and all.
    """
    if platforms is None:
        platforms = Platform.objects.filter(state=Platform.State.ENABLED).homes()
    seen = _Seen(site, list(platforms), Site.objects.live() if sites is None else sites)
    return {
        operation: next((said for rule in rules if (said := rule(seen))), "")
        for operation, rules in RULES.items()
    }


def stamp(site: Site) -> str:
    """Changes whenever the site's state, its platform or its live pair does: what a page that offers
    something has seen, so that a button that has grown old is noticed."""
    parts = (site.pk, site.domain, site.state, site.platform_id, site.database_name)
    return hashlib.sha256("\0".join(map(str, parts)).encode()).hexdigest()[:16]


def could_hold(platform: Platform | Home, major: int) -> bool:
    """Whether a site of that major version of Drupal could live there, whatever its packages are."""
    return platform.major >= major and not major < 8 <= platform.major


def lacks_platform(reason: str) -> bool:
    """Whether what ``reasons`` said would be put right by adding a platform."""
    return reason.startswith((NO_OTHER, NO_PLATFORM))


@dataclass(frozen=True)
class _Seen:
    """A site, and the rows around it that the rules look at, each asked for once."""

    site: Site
    open: list[Platform | Home]
    sites: SiteQuerySet

    @cached_property
    def elsewhere(self) -> bool:
        major = self.site.platform.major
        return any(each.pk != self.site.platform_id and could_hold(each, major) for each in self.open)

    @cached_property
    def home_open(self) -> bool:
        return any(each.pk == self.site.platform_id for each in self.open)

    @cached_property
    def kept(self) -> list[Pair]:
        return list(Pair.objects.kept().filter(site=self.site))

    @cached_property
    def stuck(self) -> list[TaskKey]:
        """What stuck tasks hold of what nearly every operation on the site needs."""
        platform = self.site.platform
        names = [f"site:{self.site.pk}", f"platform:{platform.pk}", f"server:{platform.server_id}"]
        found = TaskKey.objects.filter(held=True, task__state=Task.State.STUCK, key__in=names)
        return list(found.select_related("task"))


Rule = Callable[[_Seen], str]


def _held(seen: _Seen, *, alone: bool = True) -> str:
    own = ("site", seen.site.pk)
    for held in seen.stuck:
        if not held.shared or (alone and held.key == f"site:{seen.site.pk}"):
            if (held.task.subject_kind, held.task.subject_id) == own:
                return f"Task {held.task_id} is stuck: resume it or give it up first."
            # What it is about may be a name that the reader has no business to know.
            return f"Task {held.task_id} is stuck and holds what this needs: an administrator must see to it."
    return ""


def _held_to_read(seen: _Seen) -> str:
    return _held(seen, alone=False)


def _installed(seen: _Seen) -> str:
    if seen.site.state == Site.State.QUEUED:
        return "The site is not installed yet."
    if seen.site.state == Site.State.FAILED:
        return "The site's install failed: delete it, or install it anew under the same domain."
    return ""


def _enabled(seen: _Seen) -> str:
    return "The site is disabled already." if seen.site.state == Site.State.DISABLED else ""


def _disabled(seen: _Seen) -> str:
    return "The site is enabled already." if seen.site.state == Site.State.ENABLED else ""


def _deletable(seen: _Seen) -> str:
    if seen.site.state == Site.State.QUEUED:
        return "The site is still being installed: cancel its install task instead."
    if seen.site.state == Site.State.ENABLED and default.value("disable_before_delete"):
        return "Only a disabled site can be deleted: disable it first."
    return ""


def _other_platform(seen: _Seen) -> str:
    if seen.elsewhere:
        return ""
    return f"{NO_OTHER} {seen.site.platform.major}."


def _any_platform(seen: _Seen) -> str:
    if seen.home_open or seen.elsewhere:
        return ""
    return f"{NO_PLATFORM} a site of Drupal {seen.site.platform.major}."


def _restorable(seen: _Seen) -> str:
    found = Backup.objects.ready().filter(site=seen.site)
    backups = set(found.values_list("platform_id", "manifest__drupal").distinct())
    if not backups:
        return NO_BACKUP
    home = seen.site.platform
    at_home = home.state in (Platform.State.ENABLED, Platform.State.LOCKED)
    for platform, drupal in backups:
        first = str(drupal or "").partition(".")[0]
        major = int(first) if first.isascii() and first.isdigit() else 0
        if (platform == home.pk and at_home) or any(could_hold(each, major) for each in seen.open):
            return ""
    return f"{NO_PLATFORM} what its backups hold."


def _kept(seen: _Seen) -> str:
    return (
        ""
        if seen.kept
        else "Nothing is kept that it could go back to: nothing was moved, or it is too long ago."
    )


def _free(seen: _Seen) -> str:
    """Of the kept pairs one must have a name that is still the site's, or nobody's."""
    before = {pair.domain for pair in seen.kept}
    if seen.site.domain in before:
        return ""
    taken = SiteName.objects.filter(name__in=before).exclude(site=seen.site)
    owners = dict(taken.values_list("name", "site__domain"))
    if before - owners.keys():
        return ""
    name = min(before)
    return f"{name}, as the site was called then, is now a name of {owners[name]}: free it first."


def _offered(seen: _Seen) -> str:
    home = seen.site.platform
    for what in ("profile", "language"):
        wanted = getattr(seen.site, what)
        if wanted not in getattr(home, f"{what}s"):
            return f"{home.name} no longer offers the {what} {wanted}, which the site was installed with."
    return ""


def _sources(seen: _Seen) -> str:
    site = seen.site
    fitting = seen.sites.filter(
        state__in=INSTALLED, platform__major=site.platform.major, database_id=site.database_id
    )
    if fitting.exclude(pk=site.pk).exists():
        return ""
    return f"There is no other site of Drupal {site.platform.major} on the same database server."


def _alias(seen: _Seen) -> str:
    aliases = seen.site.names.filter(main=False, reserved=False)
    if aliases.exclude(name=seen.site.canonical).exists():
        return ""
    if aliases.exists():
        return "Other names lead to its only alias: let them lead elsewhere first."
    return "It has no alias."


_WORKING: tuple[Rule, ...] = (_installed, _held)

RULES: dict[str, tuple[Rule, ...]] = {
    "site_verify": _WORKING,
    "site_login": _WORKING,
    "site_flush": _WORKING,
    "site_cron": _WORKING,
    "site_update": _WORKING,
    "site_permissions": _WORKING,
    "site_drush": _WORKING,
    "cron_set": (_held,),
    "site_give": (),
    "site_backup": _WORKING,
    "site_restore": (*_WORKING, _restorable),
    "site_sync": (*_WORKING, _sources),
    "site_alias_add": _WORKING,
    "site_alias_remove": (_held, _alias),
    "site_alias_redirect": _WORKING,
    "site_migrate": (*_WORKING, _other_platform),
    "site_rehearse": (*_WORKING, _other_platform),
    "site_rename": _WORKING,
    "site_clone": (_installed, _held_to_read, _any_platform),
    "site_undo": (*_WORKING, _kept, _free),
    "site_changes": (*_WORKING, _kept),
    "site_disable": (*_WORKING, _enabled),
    "site_enable": (*_WORKING, _disabled),
    "site_reinstall": (*_WORKING, _offered),
    "site_delete": (_deletable, _held),
}
