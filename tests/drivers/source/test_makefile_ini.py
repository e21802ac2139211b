"""Reading makefiles in the language of Drupal's ``.info`` files."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from aegir.drivers.source.makefile import Origin, Scalar, Table, WrongMakefile
from aegir.drivers.source.makefile_ini import read

HERE = Origin("/srv/site.make")


def plain(value: Scalar | Table) -> Any:
    if isinstance(value, Scalar):
        return value.value
    return {name: plain(inner) for name, inner in value.entries.items()}


def values(text: str) -> Any:
    return plain(read(text, HERE)[0])


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("core = 7.x", {"core": "7.x"}),
        ("  core=7.x  \n", {"core": "7.x"}),
        ("projects[] = views\nprojects[] = ctools", {"projects": {"0": "views", "1": "ctools"}}),
        ("projects[views] = 3.10", {"projects": {"views": "3.10"}}),
        ("a[b][c] = one\na[b][d] = two", {"a": {"b": {"c": "one", "d": "two"}}}),
        ('a = "with ; and = and [x] in it"', {"a": "with ; and = and [x] in it"}),
        ("a = 'it is \\'quoted\\''", {"a": "it is 'quoted'"}),
        ('a = "two\nlines"\nb = 1', {"a": "two\nlines", "b": "1"}),
        ("; comment = no\n# nor = this\n\na = 1 ; but this", {"a": "1"}),
        ("a = http://x.example/?p=x;a=blob;f=y", {"a": "http://x.example/?p=x;a=blob;f=y"}),
        ("a = TRUE\nb = false\nc = 'NULL'\nd =", {"a": True, "b": False, "c": None, "d": ""}),
        ("projects[x][patch][687750] = p", {"projects": {"x": {"patch": {"687750": "p"}}}}),
        ("projects[ views ][ version ] = 3", {"projects": {"views": {"version": "3"}}}),
        (
            "projects[views] = 3.0\nprojects[views][subdir] = contrib",
            {"projects": {"views": {"version": "3.0", "subdir": "contrib"}}},
        ),
        ("projects[tao] =\nprojects[tao][type] = theme", {"projects": {"tao": {"type": "theme"}}}),
        ("a = one # two", {"a": "one # two"}),
    ],
)
def test_values(text: str, expected: dict[str, Any]) -> None:
    assert values(text) == expected


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("core = 7.x\nprojects views\napi = 2", [2]),
        ("[section]\ncore = 7.x", [1]),
        ("a[b = 1\na]b[ = 2\n= 3", [1, 2, 3]),
        ('a = "open\nb = 1\n', [1]),
        ('a = 1\nb = "shut" and more\n', [2]),
        ("a" + "[x]" * 40 + " = 1", [1]),
        ("a[b]c = 1", [1]),
    ],
)
def test_every_line_that_is_nothing_is_named(text: str, lines: list[int]) -> None:
    with pytest.raises(WrongMakefile) as wrong:
        read(text, HERE)
    assert [remark.place.line for remark in wrong.value.remarks] == lines
    assert str(wrong.value).startswith(f"/srv/site.make:{lines[0]}: ")


def test_lines_are_counted_through_comments_and_long_values() -> None:
    table, _ = read('; one\n\na = "x\ny\nz"\nb = 1\r\n'.replace("\r\n", "\n"), HERE)
    assert [value.place.line for value in table.entries.values()] == [3, 6]


def test_a_later_word_counts_and_is_told() -> None:
    table, warnings = read("projects[views] = 2\nprojects[views] = 3", HERE)
    assert plain(table) == {"projects": {"views": "3"}}
    assert [str(each) for each in warnings] == [
        "/srv/site.make:2: «projects[views]» was there before: it says otherwise than in line 1, and counts."
    ]


NAMES = st.text(
    st.characters(codec="utf-8", exclude_characters=" []=;\"'#\\", exclude_categories=("C", "Z")),
    min_size=1,
    max_size=8,
)
TEXTS = st.text(st.characters(codec="utf-8", exclude_categories=("Cs",)), max_size=20)


@settings(max_examples=50, suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(st.dictionaries(NAMES, st.dictionaries(NAMES, TEXTS, min_size=1, max_size=3), min_size=1, max_size=3))
def test_whatever_is_written_quoted_is_read_again(written: dict[str, dict[str, str]]) -> None:
    lines = []
    for name, inner in written.items():
        for key, text in inner.items():
            escaped = text.replace("\\", "\\\\").replace('"', '\\"')
            lines.append(f'{name}[{key}] = "{escaped}"')
    constants = {"true": True, "false": False, "null": None}
    expected = {
        name: {key: constants.get(text.lower(), text) for key, text in inner.items()}
        for name, inner in written.items()
    }
    assert values("\n".join(lines)) == expected


@settings(deadline=None)
@given(st.text())
def test_any_text_is_read_or_refused_with_a_line_of_it(text: str) -> None:
    read_or_refused(text)


def read_or_refused(text: str) -> None:
    lines: list[int] = []
    try:
        read(text, HERE)
    except WrongMakefile as wrong:
        lines = [remark.place.line for remark in wrong.remarks]
    assert all(1 <= line <= text.count("\n") + 1 for line in lines)


@settings(deadline=None)
@given(
    st.lists(
        st.sampled_from(["a", "b", "[", "]", "[]", "=", '"', "'", "\\", ";", "#", " ", "\n", "é", "TRUE"])
    )
)
def test_what_looks_like_a_makefile_is_too(pieces: list[str]) -> None:
    read_or_refused("".join(pieces))
