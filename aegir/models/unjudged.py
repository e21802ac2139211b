"""What advisories cannot be laid beside: said, so that silence never passes for safety."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import Count, Q, QuerySet

from aegir.models import default
from aegir.models.advisory import Advisory
from aegir.models.affected import CORES, OF_SEVEN, live
from aegir.models.constraints import SEMANTIC, SEVEN, matches, matches_core
from aegir.models.package import Package
from aegir.models.platform import Platform
from aegir.models.site import Site

NO_FEED = {
    feed: f"{what}: the setting {feed} names nobody who tells of them."
    for feed, what in (
        ("advisories_feed", "Core, and modules and themes of Drupal 8 and later"),
        ("advisories_feed_7", "Modules and themes of Drupal 7"),
    )
}
NAMED = 20
"""How many advisories or versions one sentence names."""


@dataclass(frozen=True)
class Unjudged:
    """Something that may be vulnerable or not, and whose it is."""

    sentence: str
    platforms: int = 0
    sites: int = 0


def found(
    packages: QuerySet[Package], platforms: QuerySet[Platform], sites: QuerySet[Site]
) -> list[Unjudged]:
    """What of these nobody can judge, and why."""
    rows = list(platforms.exclude(state=Platform.State.DELETED).only("pk", "version", "major"))
    living = sites.exclude(state=Site.State.DELETED).order_by().values_list("platform")
    homes = dict(living.annotate(Count("pk")))
    old = [row for row in rows if row.major == SEVEN]
    kinds = [
        Unjudged(NO_FEED[feed], len(those), sum(homes.get(row.pk, 0) for row in those))
        for feed, those in (("advisories_feed", rows), ("advisories_feed_7", old))
        if those and not default.value(feed)
    ]
    told = list(Advisory.objects.only("identifier", "package", "affected", "api"))
    unsure = {row.pk: identifiers for row in rows if (identifiers := _core(row, told))}
    if unsure:
        words = _core_words(set().union(*unsure.values()))
        kinds.append(Unjudged(words, len(unsure), sum(homes.get(number, 0) for number in unsure)))
    return kinds + _versions(packages, _by_project(told), bool(old))


def of_one(packages: QuerySet[Package], home: Platform, told: Iterable[Advisory]) -> list[str]:
    """The same of one site's or platform's ``packages``, a sentence each; ``told`` are the advisories about
    them and their core."""
    told = list(told)
    silent = home.major == SEVEN and not default.value("advisories_feed_7")
    words = [NO_FEED["advisories_feed_7"]] if silent else []
    if unsure := _core(home, told):
        words.append(_core_words(unsure))
    about = _by_project(told)
    if about:
        there = packages.filter(name__in=about).exclude(version=home.version).order_by("name")
        for name, version in there.values_list("name", "version"):
            if _doubtful(about[name], version, SEVEN if home.major == SEVEN else SEMANTIC):
                words.append(_version_words(name, {version}))
    return words


def _core(row: Platform, told: Iterable[Advisory]) -> set[str]:
    """Advisories that may be about its core too, and do not say so."""
    if not row.version:
        return set()
    about = (each for each in told if each.package in CORES)
    return {each.identifier for each in about if matches_core(row.version, each.affected) is None}


def _by_project(told: Iterable[Advisory]) -> dict[str, list[tuple[str, int]]]:
    """What is told of each module, theme or profile: which versions, and how they count."""
    about: dict[str, list[tuple[str, int]]] = defaultdict(list)
    for each in told:
        if each.package.startswith("drupal/") and each.package not in CORES:
            about[each.package.removeprefix("drupal/")].append((each.affected, each.api))
    return about


def _doubtful(about: list[tuple[str, int]], version: str, counts: int) -> bool:
    """Whether something is told of what counts so that this version cannot be laid beside."""
    return any(api == counts and matches(version, affected, api) is None for affected, api in about)


def _versions(
    packages: QuerySet[Package], about: dict[str, list[tuple[str, int]]], old: bool
) -> list[Unjudged]:
    """Packages that advisories are about, in versions that cannot be laid beside theirs."""
    there = packages.filter(name__in=about).order_by().values_list("name", "version").distinct()
    modern: dict[str, set[str]] = defaultdict(set)
    seven: dict[str, set[str]] = defaultdict(set)
    for name, version in there if about else ():
        if not version.startswith("7.x-") and _doubtful(about[name], version, SEMANTIC):
            modern[name].add(version)
        if old and _doubtful(about[name], version, SEVEN):
            seven[name].add(version)
    return _held(packages, modern, ~OF_SEVEN) + _held(packages, seven, OF_SEVEN)


def _held(packages: QuerySet[Package], versions: dict[str, set[str]], whose: Q) -> list[Unjudged]:
    """Who has them, a row a package."""
    if not versions:
        return []
    all_versions = {version for those in versions.values() for version in those}
    rows = live(packages.filter(name__in=versions, version__in=all_versions)).filter(whose)
    counts = rows.values_list("name", "version").annotate(
        on=Count("platform", distinct=True), of=Count("site", distinct=True)
    )
    found: dict[str, list[tuple[str, int, int]]] = defaultdict(list)
    for name, version, on, of in counts:
        if version in versions[name]:
            found[name].append((version, on, of))
    return [
        Unjudged(
            _version_words(name, {version for version, _, _ in each}),
            sum(on for _, on, _ in each),
            sum(of for _, _, of in each),
        )
        for name, each in sorted(found.items())
    ]


def _core_words(identifiers: set[str]) -> str:
    verb = "does" if len(identifiers) == 1 else "do"
    return f"Drupal core: {_some(identifiers)} {verb} not say whether these versions are concerned."


def _version_words(name: str, versions: set[str]) -> str:
    own = _some({version or "none" for version in versions})
    return f"{name}: its version ({own}) cannot be laid beside those that its advisories name."


def _some(words: set[str]) -> str:
    return ", ".join(sorted(words)[:NAMED]) + (
        f" and {len(words) - NAMED} more" if len(words) > NAMED else ""
    )
