"""Versions sort as Drupal means them."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from aegir.models.versions import order, sortable

OLDEST_FIRST = [
    "",
    "VERSION",
    "5.x-1.x-dev",
    "6.x-1.0-beta3",
    "6.x-2.0-rc1",
    "6.x-2.16",
    "6.x-2.30",
    "6.x-2.x-dev",
    "6.x-3.0-alpha4",
    "7.x-1.0-unstable3",
    "7.x-1.0-unstable10",
    "7.x-1.0-alpha9",
    "7.x-1.0-alpha10",
    "7.x-1.0-beta1",
    "7.x-1.0-beta2",
    "7.x-1.0-beta11",
    "7.x-1.0-rc1",
    "7.x-1.0-rc2",
    "7.x-1.0-rc2+3-dev",
    "7.x-1.0",
    "7.x-1.0+14-dev",
    "7.x-1.1",
    "7.x-1.9",
    "7.x-1.10",
    "7.x-1.21",
    "7.x-1.x-dev",
    "7.x-2.0-alpha1",
    "7.x-2.0-alpha1+1-dev",
    "7.x-2.0-alpha2",
    "7.x-3.2",
    "7.x-3.9",
    "7.x-3.20",
    "7.x-3.20+2-dev",
    "7.x-3.20+10-dev",
    "7.x-3.28",
    "7.x-4.0-alpha1",
    "8.x-1.0-alpha1",
    "8.x-1.0-rc2",
    "8.x-1.0",
    "1.0.1",
    "1.1.0",
    "8.x-2.0-beta7",
    "2.0.5",
    "2.1.0-beta1",
    "8.x-2.x-dev",
    "8.x-3.9",
    "8.x-3.25",
    "4.0.0-dev",
    "4.0.0-alpha1",
    "4.0.0-beta.2",
    "4.0.0",
    "4.0.9",
    "4.0.x-dev",
    "4.1.0-alpha1",
    "4.1.3",
    "4.x-dev",
    "6.2.10",
    "6.3.0-beta1",
    "7.0",
    "7.9",
    "7.59",
    "7.98",
    "7.105",
    "7.x-dev",
    "8.0.0-beta16",
    "8.0.0",
    "8.9.0-rc1",
    "8.9.20",
    "9.5.11",
    "10.0.0-alpha7",
    "10.0.0-rc1",
    "10.0.0",
    "10.1.6",
    "10.1.x-dev",
    "10.2.3",
    "10.2.12",
    "10.2.x-dev",
    "10.3.0-beta1",
    "10.3.0-rc1",
    "10.3.0",
    "11.0.0-dev",
    "11.0.0-beta1",
    "11.0.9",
    "11.x-dev",
    "20231107.1",
]
"""Where a module is meant, 7.x- and 8.x- name the core; core's own numbers stand for themselves."""


def test_real_versions_are_in_their_order() -> None:
    assert sorted(sorted(OLDEST_FIRST), key=order) == OLDEST_FIRST


@pytest.mark.parametrize(("older", "newer"), list(itertools.pairwise(OLDEST_FIRST)))
def test_each_is_older_than_the_next(older: str, newer: str) -> None:
    assert order(older) < order(newer)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("10.1", "10.1.0"),
        ("v2.0.0", "2.0.0"),
        ("4.0.0-RC1", "4.0.0-rc.1"),
        (" 7.105", "7.105"),
        ("2.0+a", "2.0"),
    ],
)
def test_two_spellings_of_one_version_are_equal(one: str, other: str) -> None:
    assert order(one) == order(other)


numbers = st.lists(st.integers(0, 120).map(str), min_size=1, max_size=3).map(".".join)
versions = st.one_of(
    st.sampled_from(OLDEST_FIRST),
    st.builds(
        "{}{}{}{}".format,
        st.sampled_from(["", "7.x-", "8.x-"]),
        numbers,
        st.sampled_from(["", ".x-dev", "-dev", "-alpha1", "-beta2", "-rc11"]),
        st.sampled_from(["", "+5-dev"]),
    ),
    st.text(max_size=60),
)


patient = settings(suppress_health_check=[HealthCheck.too_slow])


@patient
@given(versions, versions, versions)
def test_any_three_texts_have_one_order(one: str, two: str, three: str) -> None:
    a, b, c = sorted((order(one), order(two), order(three)))
    assert a <= b <= c
    assert a <= c
    assert (order(one) < order(two)) + (order(one) == order(two)) + (order(one) > order(two)) == 1
    if order(one) <= order(two) and order(two) <= order(three):
        assert order(one) <= order(three)


@patient
@given(versions, versions)
def test_what_databases_sort_by_is_the_same_order(one: str, other: str) -> None:
    """Of texts that are no version nothing is said: they come before all that are."""
    first, second = sortable(one), sortable(other)
    assert first.isdigit() or first == ""
    assert len(first) <= 200 or len(one) > 60
    assert (first == "") == (not order(one)[0])
    if first and second:
        assert (first < second) == (order(one) < order(other))
        assert (first == second) == (order(one) == order(other))


@patient
@given(st.from_regex(r"\A(\d{1,3}\.x-)?\d{1,18}(\.\d{1,18}){0,8}(\.x)?(-rc\d{1,9})?\Z"))
def test_the_longest_version_that_is_kept_has_its_whole_order_kept(version: str) -> None:
    kept = version[:60]
    assert len(sortable(kept)) <= 200
