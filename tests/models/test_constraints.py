"""Versions and Composer's constraints: beside Composer's own judgement where it is installed, and laws."""

from __future__ import annotations

import json
import subprocess
from itertools import product
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aegir.models.constraints import SEMANTIC, SEVEN, matches, matches_core
from aegir.models.versions import order

COMPOSER = Path("/usr/share/php/Composer/Semver/Semver.php")
VERSIONS = [
    "1.0.0",
    "1.2.0",
    "1.2",
    "1.2.3",
    "1.2.3-beta1",
    "1.2.3-RC2",
    "1.2.0-alpha3",
    "1.3.0-dev",
    "2.0.0",
    "0.3.1",
    "0.0.3",
    "10.1.6",
    "10.2.0-beta1",
    "10.99.0",
    "3.0.0-rc1",
    "1.10.0",
    "v2.1",
    "1.x-dev",
]
CONSTRAINTS = [
    "*",
    "1.2.0",
    "=1.2",
    "!=1.2.0",
    "<>1.2.3",
    ">=1.2",
    ">1.2",
    "<1.2",
    "<=1.2",
    ">=1.2,<2",
    ">=1.2 <2",
    ">=10.0.0,<10.1.8|>=10.2.0,<10.2.2",
    ">=1||^0.3",
    "^1.2",
    "^0.3",
    "^0.0.3",
    "^1.2.3-beta1",
    "^2",
    "~1.2",
    "~1.2.3",
    "~1",
    "~0.3.0",
    "1.2.*",
    "1.*",
    "1.2.x",
    "1.0 - 2.0",
    "1.0.0 - 1.2.3",
    "1 - 2",
    "<1.2.3-beta2",
    ">1.2.3-alpha1,<=1.2.3",
    "<10.1.8 || >= 10.2 <10.2.2",
]
JUDGE = """require 'Composer/autoload.php'; $out = [];
foreach (json_decode(stream_get_contents(STDIN)) as [$version, $constraint]) {
    $out[] = Composer\\Semver\\Semver::satisfies($version, $constraint);
}
echo json_encode($out);"""
numbers = st.integers(0, 60)
released = st.builds("{}.{}.{}".format, numbers, numbers, numbers)


@pytest.mark.skipif(not COMPOSER.exists(), reason="Composer's own code is not where Debian has it.")
def test_every_version_falls_under_what_composer_says_it_does() -> None:
    pairs = list(product(VERSIONS, CONSTRAINTS))
    argv = ["php", "-d", "include_path=/usr/share/php", "-r", JUDGE]
    done = subprocess.run(argv, input=json.dumps(pairs), capture_output=True, text=True, check=True)
    wanted = dict(zip(pairs, json.loads(done.stdout), strict=True))
    assert {pair: matches(*pair) for pair in pairs} == wanted


@pytest.mark.parametrize(
    ("version", "constraint", "wanted"),
    [
        ("8.x-1.2", "<1.3.0", True),
        ("8.x-1.3", "<1.3.0", False),
        ("8.x-1.2-beta1", "<1.2", False),
        ("8.x-1.1-beta1", ">=8.x-1.0 <8.x-1.2", True),
        ("8.x-1.x-dev", "<1.3.0", False),
        ("1.x-dev", "*", True),
        ("dev-main", "*", None),
        ("7.x-1.2", "<1.3.0", None),
        ("", "*", None),
        ("1.2.0", "whatever", None),
        ("1.2.0", ">=", None),
        ("1.2.0", "<1.3 oops", None),
        ("1.2.0", "", None),
    ],
)
def test_drupals_own_ways_are_understood_and_what_cannot_be_told_is_not(
    version: str, constraint: str, wanted: bool | None
) -> None:
    assert matches(version, constraint) is wanted


@pytest.mark.parametrize(
    ("version", "constraint", "wanted"),
    [
        ("7.x-2.18", ">=2.0.0,<2.19.0", True),
        ("7.x-2.19", ">=2.0.0,<2.19.0", False),
        ("7.x-1.6", ">=2.0.0,<2.19.0", False),
        ("7.x-2.19-rc1", ">=2.0.0,<2.19.0", False),
        ("7.x-2.18+5-dev", ">=2.0.0,<2.19.0", True),
        ("7.x-2.x-dev", ">=2.0.0,<2.19.0", False),
        ("7.x-2.0-beta1", ">=1.0.0,<1.4.0|>=2.0.0-alpha1,<2.0.0-beta2", True),
        ("7.x-3.20", "<7.x-3.21", True),
        ("7.x-3.20", "<8.x-9.0", False),
        ("7.x-3.20", ">=0.0.0,<xmr.0", None),
        ("3.20", "<3.24", None),
        ("8.x-3.20", "<3.24", None),
        ("6.x-3.20", "<3.24", None),
        ("7.98", "<3.24", None),
        ("", "*", None),
    ],
)
def test_what_was_made_for_drupal_7_counts_on_its_own(
    version: str, constraint: str, wanted: bool | None
) -> None:
    assert matches(version, constraint, SEVEN) is wanted


@pytest.mark.parametrize(
    ("version", "constraint", "wanted"),
    [
        ("7.98", ">=7.0 < 7.102 || >= 8.0.0 < 10.2.11 || >= 10.3.0 < 10.3.9", True),
        ("7.102", ">=7.0 < 7.102 || >= 8.0.0 < 10.2.11 || >= 10.3.0 < 10.3.9", False),
        ("10.1.6", ">=7.0 < 7.102 || >= 8.0.0 < 10.2.11 || >= 10.3.0 < 10.3.9", True),
        ("7.94", "<7.95 || >=8.0.0 <9.4.12", True),
        ("7.98", "<7.95 || >=8.0.0 <9.4.12", False),
        ("7.98", ">= 8.0.0 < 10.2.11", False),
        ("7.98", "<10.5.12 || >=10.6.0 <10.6.11 || 11.0.*", None),
        ("7.98", ">=7.0 <7.62 || <8.5.9", False),
        ("10.1.6", "<10.5.12 || >=10.6.0 <10.6.11 || 11.0.*", True),
        ("11.1.0", "<10.5.12 || >=10.6.0 <10.6.11 || 11.0.*", False),
        ("7.98", "*", True),
        ("7.98", "7.*", True),
        ("7.x-dev", "<10.5", None),
        ("", "*", None),
    ],
)
def test_core_7_is_meant_where_7_is_named(version: str, constraint: str, wanted: bool | None) -> None:
    assert matches_core(version, constraint) is wanted


@given(numbers, numbers, st.sampled_from(CONSTRAINTS))
def test_a_version_of_drupal_7_is_what_its_repository_calls_it(one: int, two: int, constraint: str) -> None:
    assert matches(f"7.x-{one}.{two}", constraint, SEVEN) is matches(f"{one}.{two}.0", constraint)
    assert matches(f"7.x-{one}.{two}", constraint, SEMANTIC) is None
    assert matches(f"{one}.{two}.0", constraint, SEVEN) is None


@given(numbers, numbers, numbers, numbers)
def test_it_is_ordered_as_everywhere_else(one: int, two: int, other: int, another: int) -> None:
    mine, bound = f"7.x-{one}.{two}", f"7.x-{other}.{another}"
    assert matches(mine, f"<{bound}", SEVEN) is (order(mine) < order(bound))


@given(released, released)
def test_one_of_below_and_from_holds_always(one: str, other: str) -> None:
    assert matches(one, f"<{other}") is not matches(one, f">={other}")
    assert matches(one, f">{other}") is not matches(one, f"<={other}")
    assert matches(one, f"{other}") is not matches(one, f"!={other}")


@given(released, released, released)
def test_or_and_and_are_what_they_are_called(one: str, low: str, high: str) -> None:
    above, below = matches(one, f">={low}"), matches(one, f"<{high}")
    assert matches(one, f">={low},<{high}") is (above and below)
    assert matches(one, f">={low}|<{high}") is (above or below)


@given(st.text(max_size=40), st.text(max_size=80))
def test_nothing_breaks_it(version: str, constraint: str) -> None:
    assert matches(version, constraint) in (True, False, None)
    assert matches(version, constraint, SEVEN) in (True, False, None)
    assert matches_core(version, constraint) in (True, False, None)
