"""Versions sort as Drupal means them."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aegir.models.versions import order

OLDEST_FIRST = [
    "",
    "VERSION",
    "6.x-2.30",
    "7.x-1.0-unstable3",
    "7.x-1.0-alpha9",
    "7.x-1.0-alpha10",
    "7.x-1.0-beta1",
    "7.x-1.0-rc1",
    "7.x-1.0-rc2",
    "7.x-1.0-rc2+3-dev",
    "7.x-1.0",
    "7.x-1.0+14-dev",
    "7.x-1.1",
    "7.x-1.10",
    "7.x-1.x-dev",
    "7.x-2.0-alpha1",
    "7.x-3.2",
    "8.x-1.0-rc2",
    "8.x-1.0",
    "1.1.0",
    "8.x-3.9",
    "4.0.0-dev",
    "4.0.0-alpha1",
    "4.0.0-beta.2",
    "4.0.0",
    "4.0.9",
    "4.0.x-dev",
    "4.1.0-alpha1",
    "4.x-dev",
    "7.98",
    "7.105",
    "8.9.20",
    "9.5.11",
    "10.0.0-rc1",
    "10.1.6",
    "10.2.3",
    "10.2.x-dev",
    "11.0.0-dev",
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


@given(versions, versions, versions)
def test_any_three_texts_have_one_order(one: str, two: str, three: str) -> None:
    a, b, c = sorted((order(one), order(two), order(three)))
    assert a <= b <= c
    assert a <= c
    assert (order(one) < order(two)) + (order(one) == order(two)) + (order(one) > order(two)) == 1
    if order(one) <= order(two) and order(two) <= order(three):
        assert order(one) <= order(three)
