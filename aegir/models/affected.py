"""Which sites and platforms have a package that an advisory is about, in a version that it names."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from django.db.models import Count, F, Q, QuerySet, Value, Window
from django.db.models.functions import Concat, RowNumber

from aegir.models.advisory import Advisory
from aegir.models.constraints import SEMANTIC, SEVEN, matches, matches_core
from aegir.models.package import Package
from aegir.models.platform import Platform
from aegir.models.site import Site

CORE = "drupal/core"
SEVERITIES = ("critical", "high", "medium", "moderate", "low", "")
"""The worst first; "" for what says nothing of it, last."""
CORES = (CORE, "drupal/core-recommended", "drupal/drupal")
OF_SEVEN = Q(platform__major=SEVEN) | Q(site__platform__major=SEVEN)
FITTING = Q(OF_SEVEN, version__startswith="7.x-") | ~OF_SEVEN & ~Q(version__startswith="7.x-")
"""What counts as its Drupal does: ``1.2`` says nothing where all else is ``7.x-1.2``."""


@dataclass(frozen=True)
class Held:
    """One site or platform that has it."""

    name: str
    version: str
    enabled: bool | None = None
    """Only sites know."""


@dataclass
class Affected:
    """One advisory and who has what it is about. Sites may be very many: they are counted, and named by
    ``name_sites``."""

    advisory: Advisory
    platforms: list[Held] = field(default_factory=list)
    site_count: int = 0
    enabled: int = 0
    """How many of those sites use it."""
    sites: list[Held] = field(default_factory=list)
    """The first of them."""
    versions: set[str] = field(default_factory=set)
    """Of the module, theme or profile, all that it is about and somebody has."""
    cores: dict[int, str] = field(default_factory=dict)
    """Platforms whose core it is about, with its version."""

    @property
    def project(self) -> str:
        """As the registry calls it."""
        return self.advisory.package.removeprefix("drupal/")


def known(api: int = SEMANTIC) -> list[str]:
    """The Composer names of all packages that platforms and sites have and that count so, in order. Core and
    libraries count in one way only."""
    own = Package.objects.filter(version__startswith="7.x-")
    if api != SEVEN:
        own = Package.objects.exclude(version__startswith="7.x-")
    names = {f"drupal/{name}" for name in own.order_by().values_list("name", flat=True).distinct()}
    if api == SEVEN:
        return sorted(names - {*CORES})
    names.add(CORE)
    for built in Platform.objects.live().values_list("built", flat=True):
        names |= {str(name) for name in _packages(built)}
    return sorted(names)


def about(packages: QuerySet[Package], platform: Platform) -> QuerySet[Advisory]:
    """The advisories about these packages, about core, and about what a platform was built with."""
    own = packages.order_by().values_list(Concat(Value("drupal/"), "name"))
    others = {*CORES, *map(str, _packages(platform.built))}
    return Advisory.objects.filter(Q(package__in=own) | Q(package__in=others))


def found(
    packages: QuerySet[Package],
    platforms: QuerySet[Platform],
    sites: QuerySet[Site],
    advisories: Iterable[Advisory] | None = None,
) -> list[Affected]:
    """What affects these, the worst first; advisories that affect none are left out."""
    rows = [Affected(row) for row in (Advisory.objects.all() if advisories is None else advisories)]
    if not rows:
        return []
    live = list(platforms.exclude(state=Platform.State.DELETED))
    for each in rows:
        _core(each, live)
        _built(each, live)
    _count_core(rows, sites)
    _registered([each for each in rows if each.advisory.package not in CORES], packages)
    rows = [each for each in rows if each.platforms or each.site_count]
    return sorted(
        rows, key=lambda each: (_rank(each.advisory), each.advisory.package, each.advisory.identifier)
    )


def name_sites(
    rows: Sequence[Affected], packages: QuerySet[Package], sites: QuerySet[Site], most: int
) -> None:
    """Name the first so many sites of each advisory, by two queries however many there are."""
    first = {"turn__lte": most}
    by_core: dict[int, list[str]] = {}
    numbers = {number for each in rows for number in each.cores}
    turns = Window(RowNumber(), partition_by=[F("platform_id")], order_by=[F("domain").asc()])
    on = _on(sites, numbers).annotate(turn=turns).filter(**first).values_list("domain", "platform_id")
    for domain, number in on:
        by_core.setdefault(number or 0, []).append(domain)
    by_version: dict[tuple[str, str], list[Held]] = {}
    turns = Window(
        RowNumber(), partition_by=[F("name"), F("version")], order_by=[F("site__domain").asc(), F("id").asc()]
    )
    held = _vulnerable(rows, packages).exclude(site=None).annotate(turn=turns).filter(**first)
    for name, version, domain, enabled in held.values_list("name", "version", "site__domain", "enabled"):
        by_version.setdefault((name, version), []).append(Held(domain or "", version, enabled))
    for each in rows:
        there = [
            Held(domain, version, True)
            for number, version in each.cores.items()
            for domain in by_core.get(number, [])
        ]
        there += [one for version in each.versions for one in by_version.get((each.project, version), [])]
        each.sites = sorted({one.name: one for one in there}.values(), key=lambda one: one.name)[:most]


def _rank(row: Advisory) -> int:
    return SEVERITIES.index(row.severity) if row.severity in SEVERITIES else len(SEVERITIES) - 1


def _core(each: Affected, platforms: Iterable[Platform]) -> None:
    if each.advisory.package not in CORES:
        return
    for row in platforms:
        if row.version and matches_core(row.version, each.advisory.affected):
            each.cores[row.pk] = row.version
            each.platforms.append(Held(row.name, row.version))


def _count_core(rows: list[Affected], sites: QuerySet[Site]) -> None:
    on = _on(sites, {number for each in rows for number in each.cores})
    counts = dict(on.order_by().values_list("platform_id").annotate(Count("pk")))
    for each in rows:
        each.site_count += sum(counts.get(number, 0) for number in each.cores)
        each.enabled = each.site_count


def _on(sites: QuerySet[Site], numbers: set[int]) -> QuerySet[Site]:
    return sites.filter(platform__in=numbers).exclude(state=Site.State.DELETED)


def _built(each: Affected, platforms: Iterable[Platform]) -> None:
    """Libraries, which Composer put in and the registry does not know."""
    if each.advisory.package.startswith("drupal/"):
        return
    for row in platforms:
        version = _packages(row.built).get(each.advisory.package)
        if version and matches(str(version), each.advisory.affected):
            each.platforms.append(Held(row.name, str(version)))


def _registered(rows: list[Affected], packages: QuerySet[Package]) -> None:
    """Modules, themes and profiles: first which versions there are, then who has those that matter."""
    by_name: dict[str, list[Affected]] = {}
    for each in rows:
        if each.advisory.package.startswith("drupal/"):
            by_name.setdefault(each.project, []).append(each)
    there = packages.filter(name__in=by_name).exclude(version="").order_by()
    for name, version in there.values_list("name", "version").distinct():
        for each in by_name[name]:
            if matches(version, each.advisory.affected, each.advisory.api):
                each.versions.add(version)
    held = _vulnerable(rows, packages)
    groups = (
        held.exclude(site=None)
        .values_list("name", "version")
        .annotate(
            holders=Count("site", distinct=True),
            users=Count("site", filter=Q(enabled=True), distinct=True),
        )
    )
    for name, version, holders, users in groups:
        for each in by_name[name]:
            if version in each.versions:
                each.site_count += holders
                each.enabled += users
    on_platforms = held.filter(site=None).order_by("platform__name").distinct()
    for name, version, platform in on_platforms.values_list("name", "version", "platform__name"):
        for each in by_name[name]:
            if version in each.versions:
                each.platforms.append(Held(platform or "", version))


def _vulnerable(rows: Iterable[Affected], packages: QuerySet[Package]) -> QuerySet[Package]:
    """What is there of these projects in any version that matters to one of them."""
    names = {each.project for each in rows if each.versions}
    versions = {version for each in rows for version in each.versions}
    return live(packages.filter(name__in=names, version__in=versions)).filter(FITTING)


def live(packages: QuerySet[Package]) -> QuerySet[Package]:
    """Of these, what no deleted site or platform had, and what did not come with core: that has core's
    version, and another project of its name has not."""
    own = Q(site=None, version=F("platform__version")) | Q(
        platform=None, version=F("site__platform__version")
    )
    found = packages.exclude(own).order_by()
    return found.exclude(platform__state=Platform.State.DELETED).exclude(site__state=Site.State.DELETED)


def _packages(built: object) -> dict[str, object]:
    packages = built.get("packages") if isinstance(built, dict) else None
    return packages if isinstance(packages, dict) else {}
