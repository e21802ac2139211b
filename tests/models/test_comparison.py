"""What a comparison of a site with another platform says: a table of cases, and the codebases at hand."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from aegir.drivers.app import Codebase
from aegir.drivers.app.drupal import Driver
from aegir.models import Package, Platform, Server, Service, Site
from aegir.models.comparison import Comparison, compare
from tests.codebases import PHP, REAL, Ground, drupal, ground, open_folder
from tests.live.web import WEB_USER

__all__ = ["drupal", "ground", "open_folder"]

pytestmark = pytest.mark.django_db


@dataclass
class World:
    server: Server
    database: Service

    def platform(self, name: str, version: str, *packages: Package) -> Platform:
        major = int(version.partition(".")[0])
        platform = Platform.objects.create(
            name=name, path=f"/srv/{name}", server=self.server, version=version, major=major
        )
        core = Package(kind="core", name="drupal", title="Drupal", version=version)
        for package in (core, *packages):
            package.platform = platform
            package.save()
        return platform

    def site(self, platform: Platform, *packages: Package, profile: str = "") -> Site:
        site = Site.objects.create(
            domain="example.org", platform=platform, database=self.database, profile=profile
        )
        core = Package(kind="core", name="drupal", title="Drupal", version=platform.version, enabled=True)
        for package in (core, *packages):
            package.site = site
            package.save()
        return site


@pytest.fixture
def world() -> World:
    server = Server.objects.create(name="localhost")
    database = Service.objects.create(server=server, family=Service.DATABASE, driver="sqlite", settings={})
    return World(server, database)


def has(version: str = "1.0.0", installed: int | None = 8000, **more: object) -> Package:
    """A module as a site has it."""
    fields = {"kind": "module", "name": "shop", "title": "Shop", "enabled": True, "path": "modules/shop"}
    return Package(version=version, schema_installed=installed, **(fields | more))


def brings(version: str = "1.0.0", schema: int | None = None, **more: object) -> Package:
    """The same module as a platform has it."""
    fields = {"kind": "module", "name": "shop", "title": "Shop", "path": "modules/shop"}
    return Package(version=version, schema=schema, **(fields | more))


CASES = {
    "same": (has(), brings(), "same", "none"),
    "upgrade": (has("1.0.0"), brings("1.1.0-rc1", 8101), "upgrade", "none"),
    "another kind of number": (has("8.x-3.9"), brings("4.0.0"), "upgrade", "none"),
    "downgrade": (has("1.1.0"), brings("1.0.0"), "downgrade", "warning"),
    "missing": (has(), None, "missing", "warning"),
    "missing theme": (has(kind="theme"), None, "missing", "warning"),
    "missing and off": (has(enabled=False), None, "missing", "none"),
    "taken out of core": (has(path="core/modules/shop"), None, "missing", "error"),
    "older schema": (has("1.1.0", 8102), brings("1.2.0", 8101), "older_schema", "error"),
    "older schema and off": (
        has("1.1.0", 8102, enabled=False),
        brings("1.2.0", 8101),
        "older_schema",
        "none",
    ),
    "no updates any more": (has("1.1.0", 8102), brings("1.2.0"), "older_schema", "error"),
    "updates removed after they ran": (
        has("1.0.0", 8102),
        brings("2.0.0", removed_before=8102),
        "upgrade",
        "none",
    ),
    "updates removed before they ran": (
        has("1.0.0", 8101),
        brings("2.0.0", 9001, removed_before=8102),
        "removed_updates",
        "error",
    ),
    "of the site alone": (
        has(path="sites/example.org/modules/shop"),
        brings(),
        "site_specific",
        "warning",
    ),
    "of a site of a longer name": (has(path="sites/example.org.au/modules/shop"), brings(), "same", "none"),
}


@pytest.mark.parametrize("case", CASES)
def test_each_package_has_a_verdict(world: World, case: str) -> None:
    mine, theirs, verdict, severity = CASES[case]
    site = world.site(world.platform("here", "10.1.6"), mine)
    target = world.platform("there", "10.2.3", *([theirs] if theirs else []))

    comparison = compare(site, target)

    [row] = [row for row in comparison.rows if row.name == "shop"]
    assert (row.verdict, row.severity) == (verdict, severity)
    assert comparison.allowed is (severity != "error")
    assert (row in comparison.errors, row in comparison.warnings) == (
        severity == "error",
        severity == "warning",
    )
    assert row.sentence.startswith("Shop (shop)")
    mine.pk = mine.site_id = None
    if theirs:
        theirs.pk = theirs.platform_id = None


@pytest.mark.parametrize(
    ("here", "there", "verdict", "severity"),
    [
        ("7.98", "7.105", "upgrade", "none"),
        ("7.105", "7.98", "downgrade", "warning"),
        ("9.5.11", "10.2.3", "upgrade", "none"),
        ("10.2.3", "9.5.11", "downgrade", "error"),
        ("7.105", "10.2.3", "upgrade", "error"),
        ("10.2.3", "7.105", "downgrade", "error"),
    ],
)
def test_core_goes_where_its_updates_lead(
    world: World, here: str, there: str, verdict: str, severity: str
) -> None:
    [core] = compare(world.site(world.platform("here", here)), world.platform("there", there)).rows
    assert (core.verdict, core.severity) == (verdict, severity)


def test_a_release_cannot_be_left_out_when_the_next_has_removed_its_updates(world: World) -> None:
    site = world.site(
        world.platform("here", "8.7.0"), has("8.7.0", 8701, name="system", path="core/modules/s")
    )
    target = world.platform("there", "10.1.6", brings("10.1.6", 10100, name="system", removed_before=8901))
    [error] = compare(site, target).errors
    assert error.verdict == "removed_updates"
    assert "go to an older release first" in error.sentence


def test_a_module_of_core_7_is_told_from_one_that_was_put_beside_it(world: World) -> None:
    core = has("7.98", 7000, name="blog", title="Blog", path="modules/blog")
    beside = has("7.x-1.2", 7000)
    site = world.site(world.platform("here", "7.98"), core, beside)
    comparison = compare(site, world.platform("there", "7.105"))
    assert [row.name for row in comparison.errors] == ["blog"]
    assert [row.name for row in comparison.warnings] == ["shop"]


@pytest.mark.parametrize(("version", "newest"), [("7.105", "sites/all/modules"), ("10.1.6", "modules")])
def test_of_several_copies_of_a_module_the_one_counts_that_drupal_would_take(
    world: World, version: str, newest: str
) -> None:
    copies = {f"profiles/other/modules/{newest}": "9.0.0", newest: "2.0.0", "profiles/acme/modules": "1.5.0"}
    profile = has(kind="profile", name="acme", path="profiles/acme")
    site = world.site(world.platform("here", version), has("1.0.0", 7000), profile, profile="acme")
    target = world.platform(
        "there",
        version,
        brings(kind="profile", name="acme", path="profiles/acme"),
        *(brings(number, path=f"{place}/shop") for place, number in copies.items()),
    )
    [row] = [row for row in compare(site, target).rows if row.name == "shop"]
    assert row.target == "2.0.0"


def test_the_profile_must_be_there_and_its_new_name_is_told(world: World) -> None:
    mine = has(kind="profile", name="acme", title="Acme", enabled=False, path="profiles/acme")
    site = world.site(world.platform("here", "10.1.6"), mine, profile="acme")
    other = Package(kind="profile", name="acme_next", title="Acme", version="2.0.0")
    [error] = compare(site, world.platform("there", "10.1.6", other)).errors
    assert error.verdict == "profile_missing"
    assert "acme_next has the same title" in error.sentence


def test_a_site_that_was_never_inspected_is_judged_by_its_core_and_profile(world: World) -> None:
    here = world.platform("here", "10.1.6")
    site = Site.objects.create(domain="example.org", platform=here, database=world.database, profile="acme")
    comparison = compare(site, world.platform("there", "10.2.3"))
    assert [(row.kind, row.verdict) for row in comparison.rows] == [
        ("profile", "profile_missing"),
        ("core", "upgrade"),
    ]


def test_a_platform_that_was_never_verified_is_told_so(world: World) -> None:
    site = world.site(world.platform("here", "10.1.6"))
    target = Platform.objects.create(name="there", path="/srv/there", server=world.server)
    assert [row.sentence for row in compare(site, target).errors] == [
        "there was not verified yet: verify it first."
    ]


def as_site(world: World, code: Codebase, platform: Platform) -> Site:
    """A site that has everything in the code enabled, freshly installed."""
    least = 0 if code.major == 7 else 8000
    packages = [
        Package(
            kind=each.kind,
            name=each.name,
            title=each.title,
            version=each.version,
            path=each.path,
            enabled=True,
            schema_installed=max(each.schema or 0, each.removed_before or 0, least),
        )
        for each in {(each.kind, each.name): each for each in code.packages}.values()
        if each.kind == "profile" or (each.kind != "core" and "profiles/" not in each.path)
    ]
    return world.site(platform, *packages, profile=code.profiles[0])


def as_platform(world: World, code: Codebase, name: str) -> Platform:
    packages = [
        Package(
            kind=each.kind,
            name=each.name,
            title=each.title,
            version=each.version,
            path=each.path,
            schema=each.schema,
            removed_before=each.removed_before,
        )
        for each in code.packages
        if each.kind != "core"
    ]
    return world.platform(name, code.version, *packages)


def verdicts(comparison: Comparison) -> set[str]:
    return {row.verdict for row in comparison.rows}


def test_any_codebase_is_the_same_as_itself(world: World, ground: Ground) -> None:
    platform = as_platform(world, ground.code, "here")
    comparison = compare(as_site(world, ground.code, platform), platform)
    assert verdicts(comparison) == {"same"}
    assert comparison.allowed
    assert len(comparison.rows) > 10


@pytest.mark.drupal
def test_a_drupal_7_may_go_to_a_newer_release_of_it(world: World, drupal: Driver) -> None:
    paths = [REAL / "drupal-7.98", REAL / "drupal-7.105"]
    if not all(path.is_dir() for path in paths):
        pytest.skip(f"There are no two releases of Drupal 7 under {REAL} (AEGIR_DRUPAL_CODEBASES).")
    old, new = (drupal.scan(str(path), php=PHP, user=WEB_USER) for path in paths)
    site = as_site(world, old, as_platform(world, old, "old"))
    comparison = compare(site, as_platform(world, new, "new"))
    assert comparison.errors == []
    assert verdicts(comparison) <= {"same", "upgrade"}
    assert "upgrade" in verdicts(comparison)
