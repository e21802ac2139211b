"""The table that the bench prints."""

from __future__ import annotations

from bench.clock import Times
from bench.table import Row, merged, render


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


def test_rows_that_were_not_measured_again_stay() -> None:
    first = merged("", ["engine", "pages"], "On a Monday.", [_row("start", 1), _row("list (9 queries)", 2)])
    both = merged(first, ["pages"], "On a Tuesday.", [_row("list (7 queries)", 3), _row("search", 4)])
    assert "- engine: On a Monday.\n- pages: On a Tuesday.\n" in both
    cells = [line.split(" | ")[:2] for line in both.splitlines() if line.startswith("| ")][2:]
    assert [cell[0] for cell in cells] == ["| start", "| list (7 queries)", "| search"]
    assert [cell[1][:6] for cell in cells] == ["1.00 s", "3.00 s", "4.00 s"]


def _row(name: str, seconds: float) -> Row:
    return Row(name, Times((seconds,)))
