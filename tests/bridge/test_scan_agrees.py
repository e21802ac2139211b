"""A scan says of a codebase what Drupal itself says of it."""

from __future__ import annotations

from typing import Any

from tests.bridge.sites import TestSite

SAME = ("title", "version", "path", "hidden")


def test_scan_and_drupal_know_the_same_packages(installed: TestSite) -> None:
    scanned = {
        (package.kind, package.name): package
        for package in installed.ground.code.packages
        if not package.path.startswith("profiles/") or package.kind == "profile"
    }
    told = _told(installed)

    assert told.keys() - scanned.keys() == set()
    for key, package in told.items():
        assert {name: package[name] for name in SAME} == {
            name: getattr(scanned[key], name) for name in SAME
        }, key


def test_scan_finds_nothing_that_drupal_does_not(installed: TestSite) -> None:
    """But for what belongs to profiles: Drupal knows only the one that a site was installed with."""
    told = _told(installed)
    extra = [
        package
        for package in installed.ground.code.packages
        if (package.kind, package.name) not in told
        and package.kind not in ("profile", "theme_engine")
        and "profiles/" not in package.path
    ]
    assert extra == []


def test_scan_finds_the_same_updates_as_drupal(installed: TestSite) -> None:
    scanned = {(package.kind, package.name): package for package in installed.ground.code.packages}
    enabled = {key: package for key, package in _told(installed).items() if package["enabled"]}
    assert len(enabled) > 3
    for key, package in enabled.items():
        found = scanned[key]
        assert (found.schema, found.removed_before) == (package["schema"], package["removed_before"]), key


def test_an_enabled_module_has_its_schema_installed(installed: TestSite) -> None:
    system = _told(installed)["module", "system"]
    assert system["enabled"] is True
    if system["schema"] is not None:
        assert system["schema_installed"] >= system["schema"]


def _told(site: TestSite) -> dict[tuple[str, str], dict[str, Any]]:
    [answer] = site.ask("extensions")
    return {(package["kind"], package["name"]): package for package in answer["packages"]}
