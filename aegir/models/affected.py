"""Which sites and platforms have a package that an advisory is about, in a version that it names."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from django.db.models import F, Q, QuerySet

from aegir.models.advisory import Advisory
from aegir.models.constraints import matches
from aegir.models.package import Package
from aegir.models.platform import Platform
from aegir.models.site import Site

CORE = "drupal/core"
SEVERITIES = ("critical", "high", "medium", "moderate", "low", "")
"""The worst first; "" for what says nothing of it, last."""
CORES = (CORE, "drupal/core-recommended", "drupal/drupal")


@dataclass(frozen=True)
class Held:
    """One site or platform that has it."""

    name: str
    version: str
    enabled: bool | None = None
    """Only sites know."""


@dataclass
class Affected:
    """One advisory and who has what it is about."""

    advisory: Advisory
    platforms: list[Held] = field(default_factory=list)
    sites: list[Held] = field(default_factory=list)

    @property
    def enabled(self) -> int:
        """How many sites use it."""
        return sum(1 for held in self.sites if held.enabled)


def known() -> list[str]:
    """The Composer names of all packages that platforms and sites have, in order."""
    names = {CORE}
    for name in Package.objects.order_by().values_list("name", flat=True).distinct():
        names.add(f"drupal/{name}")
    for built in Platform.objects.live().values_list("built", flat=True):
        names |= {str(name) for name in _packages(built)}
    return sorted(names)


def found(
    packages: QuerySet[Package], platforms: QuerySet[Platform], sites: QuerySet[Site]
) -> list[Affected]:
    """What affects these, the worst first; advisories that affect none are left out."""
    rows = [Affected(row) for row in Advisory.objects.all()]
    live = list(platforms.exclude(state=Platform.State.DELETED))
    for each in rows:
        _core(each, live, sites)
        _built(each, live)
    _registered([each for each in rows if each.advisory.package not in CORES], packages)
    rows = [each for each in rows if each.platforms or each.sites]
    return sorted(
        rows, key=lambda each: (_rank(each.advisory), each.advisory.package, each.advisory.identifier)
    )


def _rank(row: Advisory) -> int:
    return SEVERITIES.index(row.severity) if row.severity in SEVERITIES else len(SEVERITIES) - 1


def _core(each: Affected, platforms: Iterable[Platform], sites: QuerySet[Site]) -> None:
    if each.advisory.package not in CORES:
        return
    hit = {row.pk: row for row in platforms if row.version and matches(row.version, each.advisory.affected)}
    each.platforms += [Held(row.name, row.version) for row in hit.values()]
    on = sites.filter(platform__in=hit).exclude(state=Site.State.DELETED).order_by("domain")
    each.sites += [
        Held(domain, hit[platform].version, True)
        for domain, platform in on.values_list("domain", "platform_id")
        if platform is not None
    ]


def _built(each: Affected, platforms: Iterable[Platform]) -> None:
    """Libraries, which Composer put in and the registry does not know."""
    if each.advisory.package.startswith("drupal/"):
        return
    for row in platforms:
        version = _packages(row.built).get(each.advisory.package)
        if version and matches(str(version), each.advisory.affected):
            each.platforms.append(Held(row.name, str(version)))


def _registered(rows: list[Affected], packages: QuerySet[Package]) -> None:
    """Modules, themes and profiles."""
    by_name: dict[str, list[Affected]] = {}
    for each in rows:
        if each.advisory.package.startswith("drupal/"):
            by_name.setdefault(each.advisory.package.removeprefix("drupal/"), []).append(each)
    # What came with core has its version, and another project of that name has not.
    own = Q(site=None, version=F("platform__version")) | Q(
        platform=None, version=F("site__platform__version")
    )
    live = packages.filter(name__in=by_name).exclude(version="").exclude(own)
    live = live.exclude(platform__state=Platform.State.DELETED).exclude(site__state=Site.State.DELETED)
    told = live.order_by("site__domain", "platform__name").values_list(
        "name", "version", "platform__name", "site__domain", "enabled"
    )
    seen: set[tuple[int, str]] = set()
    for name, version, platform, domain, enabled in told.iterator():
        for each in by_name[name]:
            key = (id(each), domain or f"/{platform}")
            if key in seen or not matches(version, each.advisory.affected):
                continue
            seen.add(key)
            held = Held(domain or platform or "", version, enabled)
            (each.sites if domain else each.platforms).append(held)


def _packages(built: object) -> dict[str, object]:
    packages = built.get("packages") if isinstance(built, dict) else None
    return packages if isinstance(packages, dict) else {}
