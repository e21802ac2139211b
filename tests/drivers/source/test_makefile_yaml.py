"""Reading makefiles in YAML, as they are written and no further."""

from __future__ import annotations

import pytest

from aegir.drivers.source.makefile import Origin, Table, WrongMakefile
from aegir.drivers.source.makefile_yaml import MOST, read
from tests.drivers.source.test_makefile_ini import plain

HERE = Origin("/srv/site.make.yml")


def test_values_stay_as_they_are_written() -> None:
    text = """
core: 7.x
api: 2
projects:
  views: 3.10
  ctools: {version: 1.0, patch: [one.patch, two.patch]}
  token: ~
  cck: FALSE
  data: {download: {revision: 0123456e7, tag: 1_000, branch: yes, filename: 2001-12-14}}
"""
    assert plain(read(text, HERE)[0]) == {
        "core": "7.x",
        "api": "2",
        "projects": {
            "views": "3.10",
            "ctools": {"version": "1.0", "patch": {"0": "one.patch", "1": "two.patch"}},
            "token": None,
            "cck": False,
            "data": {
                "download": {
                    "revision": "0123456e7", "tag": "1_000", "branch": "yes", "filename": "2001-12-14"
                }
            },
        },
    }  # fmt: skip


def test_lines_are_those_of_names_and_values() -> None:
    table, _ = read("core: 7.x\n\nprojects:\n  views:\n    version: '3'\n", HERE)
    projects = table.table("projects")
    assert projects is not None
    views = projects.table("views")
    assert views is not None
    assert (views.place.line, views.entries["version"].place.line) == (4, 5)


def test_what_is_merged_in_counts_less_and_a_second_name_counts_not() -> None:
    text = "a: &base {x: one, y: two}\nb:\n  <<: *base\n  y: three\n  y: four\n"
    table, warnings = read(text, HERE)
    assert plain(table)["b"] == {"x": "one", "y": "three"}
    assert [str(each) for each in warnings] == [
        "/srv/site.make.yml:5: «y» stands in line 4 already, which counts."
    ]


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("core: 7.x\nprojects: [views\n", 3),
        ("core: 7.x\n\tapi: 2\n", 2),
        ("core: 7.x\n? [a, b]\n: c\n", 2),
        ("- core\n- api\n", 1),
        ("just a word", 1),
        ("a: &a [*a]\n", 1),
        ("a: *unknown\n", 1),
        ("--- a\n--- b\n", 2),
        ("[" * 5000, 1),
        ("a: " + "{a: " * 40 + "1" + "}" * 40, 1),
    ],
)
def test_what_is_no_makefile_is_refused_with_its_line(text: str, line: int) -> None:
    with pytest.raises(WrongMakefile) as wrong:
        read(text, HERE)
    assert wrong.value.remarks[0].place.line == line


def test_no_text_unfolds_to_more_than_may_be() -> None:
    layers = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    layers += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 9)]
    with pytest.raises(WrongMakefile, match="too deep in each other, or are too many"):
        read("\n".join(layers), HERE)
    assert MOST < 10**6


def test_no_tag_makes_a_value_more_than_text() -> None:
    text = "a: !!python/object/apply:os.system ['true']\nb: !!int 7\nc: !!binary eA==\n"
    assert plain(read(text, HERE)[0]) == {"a": {"0": "true"}, "b": "7", "c": "eA=="}


def test_nothing_is_an_empty_makefile() -> None:
    assert read("# only a comment\n", HERE)[0] == Table(read("", HERE)[0].place)
