"""What is said of one platform beside another."""

from __future__ import annotations

import json

import pytest

from aegir.models import Package, Platform
from aegir.models.comparison_export import whole
from aegir.models.platform_comparison import CHANGES, Row, compare
from tests import doors

pytestmark = pytest.mark.django_db


def holds(platform: Platform, *packages: dict[str, object]) -> Platform:
    for package in packages:
        fields = {"kind": "module", "name": "shop", "path": "modules/shop", **package}
        Package.objects.create(platform=platform, **fields)
    return platform


CASES = {
    "the same": ([{"version": "1.0.0"}], [{"version": "1.0"}], "same"),
    "newer": ([{"version": "8.x-3.9"}], [{"version": "4.0.0-rc1"}], "upgrade"),
    "older": ([{"version": "7.x-3.10"}], [{"version": "7.x-3.9"}], "downgrade"),
    "away": ([{"version": "1.0.0"}], [], "only_here"),
    "new": ([], [{"version": "1.0.0"}], "only_there"),
    "no version, other updates": ([{"schema": 8001}], [{"schema": 8002}], "upgrade"),
    "no version, fewer updates": ([{"schema": 8001}], [{}], "downgrade"),
    "only there has it a version": ([{"version": ""}], [{"version": "1.0.0"}], "upgrade"),
    "another place": ([{"version": "1.0.0"}], [{"version": "1.0.0", "path": "modules/more/shop"}], "same"),
}


@pytest.mark.parametrize("case", CASES)
def test_a_package_of_both_is_judged_by_version_and_then_by_updates(case: str) -> None:
    here, there, change = CASES[case]
    (row,) = compare(holds(doors.platform("a"), *here), holds(doors.platform("b"), *there))
    assert row.change == change
    assert (row.here is None, row.there is None) == (not here, not there)


def test_what_differs_comes_first_core_before_modules_and_hidden_ones_never() -> None:
    old = holds(
        doors.platform("old"),
        {"name": "zoo", "version": "1.0"},
        {"name": "drupal", "kind": "core", "version": "10.1.6"},
        {"name": "gone", "version": "1.0"},
        {"name": "test", "hidden": True},
    )
    new = holds(
        doors.platform("new"),
        {"name": "zoo", "version": "1.1"},
        {"name": "added", "version": "1.0"},
        {"name": "drupal", "kind": "core", "version": "10.2.0"},
        {"name": "shop", "version": "2.0"},
    )
    holds(old, {"version": "2.0"})
    rows = compare(old, new)
    assert [(row.name, row.change) for row in rows] == [
        ("gone", "only_here"), ("drupal", "upgrade"), ("zoo", "upgrade"), ("added", "only_there"),
        ("shop", "same"),
    ]  # fmt: skip
    back = {row.name: row.change for row in compare(new, old)}
    assert back == {
        "gone": "only_there", "drupal": "downgrade", "zoo": "downgrade", "added": "only_here", "shop": "same",
    }  # fmt: skip
    assert {row.change for row in rows} <= set(CHANGES)


def test_what_lies_in_a_profile_is_apart_and_of_two_the_one_that_drupal_takes_counts() -> None:
    inside = {"version": "1.5.0", "path": "profiles/studio/modules/shop"}
    here = holds(
        doors.platform("a"), {"version": "1.0.0", "path": "core/modules/shop"}, {"version": "1.2.0"}, inside
    )
    rows = compare(here, holds(doors.platform("b"), {"version": "1.2.0"}))
    assert [(row.profile, row.here, row.change) for row in rows] == [
        ("studio", "1.5.0", "only_here"), ("", "1.2.0", "same"),
    ]  # fmt: skip


def test_a_comparison_leaves_as_a_table_or_as_json() -> None:
    rows = compare(holds(doors.platform("a"), {"title": "=1+1"}), doors.platform("b"))
    heading, line = whole(rows, Row, "csv").splitlines()
    assert heading == "kind,name,title,profile,here,there,schema_here,schema_there,change"
    assert line == "module,shop,'=1+1,,,,,,only_here"
    assert json.loads(whole(rows, Row, "json"))[0]["title"] == "=1+1"
    assert whole([], Row, "csv").splitlines() == [heading]
