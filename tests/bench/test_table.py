"""The table that the bench prints."""

from __future__ import annotations

from bench.clock import Times
from bench.table import Row, render


def test_a_table_shows_medians_ranges_ratios_and_whether_aims_are_met() -> None:
    rows = [
        Row("run", Times((0.5, 0.4, 0.9)), "it", Times((1.5, 1.0, 2.0)), aim=0.6),
        Row("install", Times((2.5,)), aim=1.0),
        Row("start", Times((0.0604, 0.0596))),
    ]
    assert render(rows).splitlines()[2:] == [
        "| run | 500 ms (400 ms – 900 ms) | it | 1.50 s (1.00 s – 2.00 s) | 3.0× as fast | < 600 ms | yes |",
        "| install | 2.50 s (2.50 s – 2.50 s) | – | – | – | < 1.00 s | **no** |",
        "| start | 60 ms (60 ms – 60 ms) | – | – | – | – | – |",
    ]


def test_something_that_was_compared_with_nothing_has_no_ratio() -> None:
    (line,) = render([Row("verify", Times((0.5,)), "`drush`", None)]).splitlines()[2:]
    assert line == "| verify | 500 ms (500 ms – 500 ms) | – | – | – | – | – |"
