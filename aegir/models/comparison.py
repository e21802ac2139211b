"""What becomes of a site's packages on another platform: errors block the way there, warnings inform."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from aegir.models.package import Package
from aegir.models.platform import Platform
from aegir.models.site import Site
from aegir.models.versions import order

Verdict = Literal[
    "same",
    "upgrade",
    "downgrade",
    "missing",
    "older_schema",
    "removed_updates",
    "profile_missing",
    "site_specific",
]
Severity = Literal["none", "warning", "error"]
_KINDS = ("core", "profile", "module", "theme", "theme_engine", "library")
_IN_PROFILE = re.compile(r"(?:core/)?profiles/([^/]+)/.*(?:modules|themes)/")
_SEVERITIES = ("error", "warning", "none")


@dataclass(frozen=True)
class Row:
    """One package of the site."""

    kind: str
    name: str
    title: str
    enabled: bool
    current: str
    """Version that the site has now."""
    target: str | None
    """Version on the other platform; None where it has none."""
    schema_installed: int | None
    schema_target: int | None
    verdict: Verdict
    severity: Severity
    sentence: str


@dataclass(frozen=True)
class Comparison:
    rows: tuple[Row, ...]
    """The gravest first, then core, profile, modules, themes."""

    @property
    def errors(self) -> list[Row]:
        return [row for row in self.rows if row.severity == "error"]

    @property
    def warnings(self) -> list[Row]:
        return [row for row in self.rows if row.severity == "warning"]

    @property
    def allowed(self) -> bool:
        """Whether the site may go there."""
        return not self.errors


def compare(site: Site, target: Platform) -> Comparison:
    """The site's packages as last inspected, beside the target's as last verified."""
    meeting = _Meeting(site, target)
    there = _available(target, site.profile)
    rows = [meeting.row(mine, there.get((mine.kind, mine.name))) for mine in _own(site)]
    rows.sort(key=lambda row: (_SEVERITIES.index(row.severity), rank(row.kind), row.name))
    return Comparison(tuple(rows))


def rank(kind: str) -> int:
    """Core first, then profile, modules, themes."""
    return _KINDS.index(kind) if kind in _KINDS else len(_KINDS)


def in_order(platform: Platform) -> list[Package]:
    """What its code holds: of several that have one name, Drupal takes the last."""
    places = ("modules/", "profiles/", "sites/all/") if platform.major == 7 else ("core/", "profiles/", "")

    def place(package: Package) -> int:
        return next((rank for rank, top in enumerate(places) if package.path.startswith(top)), 0)

    return sorted(platform.packages.all(), key=place)


def profile_of(package: Package) -> str:
    """The profile in which it lies, for whose sites alone it is there; "" when it is there for all."""
    inside = _IN_PROFILE.match(package.path)
    return inside[1] if inside else ""


def _available(target: Platform, profile: str) -> dict[tuple[str, str], Package]:
    """What a site of that profile would find there."""
    there = (each for each in in_order(target) if profile_of(each) in ("", profile))
    return {(each.kind, each.name): each for each in there}


def _own(site: Site) -> list[Package]:
    """What the site has; its core and its profile also where it was never inspected."""
    own = list(site.packages.all())
    kinds = {package.kind for package in own}
    if "core" not in kinds:
        own.append(Package(kind="core", name="drupal", title="Drupal", version=site.platform.version))
    if "profile" not in kinds and site.profile:
        own.append(Package(kind="profile", name=site.profile, title=site.profile))
    return own


@dataclass(frozen=True)
class _Finding:
    verdict: Verdict
    severity: Severity
    sentence: str


@dataclass(frozen=True)
class _Meeting:
    """One site and the platform that it is compared with."""

    site: Site
    target: Platform

    def row(self, mine: Package, theirs: Package | None) -> Row:
        enabled = bool(mine.enabled) or self._is_needed(mine)
        found = self._finding(mine, theirs)
        return Row(
            kind=mine.kind,
            name=mine.name,
            title=mine.title or mine.name,
            enabled=enabled,
            current=mine.version,
            target=None if theirs is None else theirs.version,
            schema_installed=mine.schema_installed,
            schema_target=None if theirs is None else theirs.schema,
            verdict=found.verdict,
            # What is off runs nothing and stores nothing anew: it only informs.
            severity=found.severity if enabled else "none",
            sentence=found.sentence,
        )

    def _is_needed(self, mine: Package) -> bool:
        return mine.kind == "core" or (mine.kind == "profile" and mine.name == self.site.profile)

    def _finding(self, mine: Package, theirs: Package | None) -> _Finding:
        if mine.path.startswith(f"{self.site.directory}/"):
            return _Finding(
                "site_specific",
                "warning",
                f"{_label(mine)} lies in the site's own directory and travels with it: {self.target.name} "
                f"does not upgrade it, and nothing says that it works there.",
            )
        if mine.kind == "core":
            return self._core(mine, theirs)
        if theirs is None:
            return self._missing(mine)
        return self._schema(mine, theirs) or _version(mine, theirs)

    def _core(self, mine: Package, theirs: Package | None) -> _Finding:
        old, new = self.site.platform.major, self.target.major
        if theirs is None:
            return _Finding("missing", "error", f"{self.target.name} was not verified yet: verify it first.")
        if new < old:
            return _Finding("downgrade", "error", f"A site cannot go back from Drupal {old} to Drupal {new}.")
        if old < 8 <= new:
            return _Finding(
                "upgrade",
                "error",
                f"No move makes a Drupal {new} of a Drupal {old}: migrate its content into a new site.",
            )
        return _version(mine, theirs)

    def _missing(self, mine: Package) -> _Finding:
        there = self.target.name
        if self._is_needed(mine):
            return _Finding(
                "profile_missing",
                "error",
                f"The profile {_label(mine)} is not in {there}{self._namesake(mine)}: add it there.",
            )
        if self._is_of_core(mine):
            return _Finding(
                "missing",
                "error",
                f"{_label(mine)} is no longer part of Drupal {self.target.version}: uninstall it, or add it "
                f"to {there} as a contributed {mine.kind}.",
            )
        # Since 9 Drupal runs no update while the code of an enabled package is away.
        cost = " Drupal refuses to run updates without it." if self.target.major >= 9 else ""
        return _Finding(
            "missing",
            "warning",
            f"{_label(mine)} is not in {there}: add it there or uninstall it.{cost}",
        )

    def _namesake(self, mine: Package) -> str:
        """Profiles get new names: one of the same title is likely to be meant."""
        same = self.target.packages.filter(kind="profile", title=mine.title).first()
        return f", where {same.name} has the same title" if same is not None and mine.title else ""

    def _is_of_core(self, mine: Package) -> bool:
        if self.site.platform.major >= 8:
            return mine.path.startswith("core/")
        # On 7 people put modules of their own into core's directories.
        places = ("modules/", "themes/", "profiles/")
        return mine.path.startswith(places) and mine.version == self.site.platform.version

    def _schema(self, mine: Package, theirs: Package) -> _Finding | None:
        """What speaks against the target's updates; Drupal counts from 7000 or 8000 without any."""
        installed = mine.schema_installed or 0
        known = max(theirs.schema or 0, theirs.removed_before or 0)
        nothing = 7000 if self.site.platform.major == 7 else 8000
        if installed and installed < (theirs.removed_before or 0):
            return _Finding(
                "removed_updates",
                "error",
                f"{_label(mine)} stands at update {installed}, and {self.target.name} has none below "
                f"{theirs.removed_before}: go to an older release first.",
            )
        if installed > max(known, nothing):
            return _Finding(
                "older_schema",
                "error",
                f"{_label(mine)} has run updates up to {installed}, and {self.target.name} knows none above "
                f"{known}: choose a platform with a newer one.",
            )
        return None


def _version(mine: Package, theirs: Package) -> _Finding:
    old, new = order(mine.version), order(theirs.version)
    step = f"{mine.version or 'no version'} to {theirs.version or 'no version'}"
    if old < new:
        return _Finding("upgrade", "none", f"{_label(mine)} goes from {step}.")
    if new < old:
        return _Finding("downgrade", "warning", f"{_label(mine)} goes back from {step}.")
    return _Finding("same", "none", f"{_label(mine)} stays as it is.")


def _label(package: Package) -> str:
    if not package.title or package.title == package.name:
        return package.name
    return f"{package.title} ({package.name})"
