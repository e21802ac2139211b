"""Which release is meant, by what the release service says of a project."""

from __future__ import annotations

import pytest

from aegir.drivers.source.release_core import suits
from aegir.drivers.source.releases import parsed
from aegir.errors import Broken, Refused


def history(*releases: str, kind: str = "module", **said: str) -> bytes:
    """Releases newest first: version, then maybe its terms and the core it is for, split by « : »."""
    elements = []
    for each in releases:
        version, terms, core, status = (*each.split(" : "), "", "", "")[:4]
        told = "".join(
            f"<term><name>Release type</name><value>{term}</value></term>" for term in terms.split("+")
        )
        elements.append(
            f"<release><version>{version}</version><status>{status or 'published'}</status>"
            f"<download_link>https://ftp.drupal.org/files/projects/x-{version}.tar.gz</download_link>"
            f"<mdhash>{'0' * 32}</mdhash><core_compatibility>{core}</core_compatibility>"
            f"<terms>{told}</terms></release>"
        )
    more = "".join(f"<{name}>{value}</{name}>" for name, value in said.items())
    text = f"<project><type>project_{kind}</type>{more}<releases>{''.join(elements)}</releases></project>"
    return text.encode()


SEVEN = history(
    *("7.x-4.x-dev", "7.x-4.0-beta2", "7.x-3.x-dev", "7.x-3.30 : Insecure", "7.x-3.29"),
    *("7.x-3.28 : Bug fixes+Security update", "7.x-2.1", "7.x-2.0-rc1", "7.x-3.31 :  :  : unpublished"),
    recommended_major="3",
    supported_majors="3,2",
)
TEN = history(
    *("4.0.0-alpha1 :  : ^11", "3.0.x-dev :  : ^10.2 || ^11", "3.0.2 :  : ^10.2 || ^11"),
    *("2.1.0 :  : ^9.4 || ^10", "8.x-1.13 :  : ^8.8 || ^9"),
    supported_branches="8.x-1.,2.1.,3.0.",
)


@pytest.mark.parametrize(
    ("version", "found"),
    [
        ("", "7.x-3.29"),
        ("3.28", "7.x-3.28"),
        ("7.x-3.28", "7.x-3.28"),
        ("3.30", "7.x-3.30"),
        ("3", "7.x-3.29"),
        ("2", "7.x-2.1"),
        ("4", "7.x-4.x-dev"),
        ("3.x", "7.x-3.x-dev"),
        ("4.x-dev", "7.x-4.x-dev"),
        ("4.0-beta2", "7.x-4.0-beta2"),
        ("3.31", None),
        ("9.9", None),
        ("5", None),
    ],
)
def test_up_to_drupal_7_versions_have_the_cores_before_them(version: str, found: str | None) -> None:
    release = parsed(SEVEN, "x").find(version, 7, (7, 105))
    assert (release.version if release else None) == found


@pytest.mark.parametrize(
    ("version", "core", "found"),
    [
        ("", (10, 2, 1), "3.0.2"),
        ("", (10, 1, 6), "2.1.0"),
        ("", (10,), "3.0.2"),
        ("", (8, 9), "8.x-1.13"),
        ("", (12, 0), None),
        ("2.1.0", (10, 2), "2.1.0"),
        ("1.13", (9, 5), "8.x-1.13"),
        ("8.x-1.13", (9, 5), "8.x-1.13"),
        ("3.0.x", (10, 2), "3.0.x-dev"),
        ("3", (10, 2), "3.0.2"),
    ],
)
def test_since_drupal_8_they_say_which_core_they_are_for(
    version: str, core: tuple[int, ...], found: str | None
) -> None:
    release = parsed(TEN, "x").find(version, core[0], core)
    assert (release.version if release else None) == found


def test_latest_and_development_releases() -> None:
    seven = parsed(SEVEN, "x")
    assert [each and each.version for each in (seven.latest(), seven.dev())] == [
        "7.x-4.0-beta2",
        "7.x-4.x-dev",
    ]


def test_without_a_recommended_branch_the_newest_that_is_stable_is_meant() -> None:
    only = parsed(history("7.x-1.0-beta3", "7.x-1.0-beta2", recommended_major="1"), "x")
    release = only.find("", 7, (7,))
    assert release is not None
    assert release.version == "7.x-1.0-beta3"


def test_core_goes_by_its_own_numbers() -> None:
    core = parsed(
        history("7.105", "7.104", kind="core", recommended_major="7", supported_majors="7"), "drupal"
    )
    assert core.kind == "core"
    for version, found in (("", "7.105"), ("7.104", "7.104"), ("7", "7.105")):
        release = core.find(version, 7, ())
        assert release is not None
        assert release.version == found


def test_a_known_hole_is_a_reason_to_pass_a_release_over() -> None:
    release = parsed(SEVEN, "x").find("3.30", 7, (7,))
    assert release is not None
    assert not release.secure


@pytest.mark.parametrize(
    ("content", "error", "sentence"),
    [
        (b"<error>No release history was found</error>", Refused, "knows no project «x»"),
        (b"<project><type>project_module</type></project>", Refused, "has no release"),
        (b"<html>busy</html>", Broken, "is about something else"),
        (b"busy", Broken, "cannot be read"),
        (b'<!DOCTYPE a [<!ENTITY b "c">]><project/>', Broken, "too long, or no release history"),
    ],
)
def test_what_is_no_history(content: bytes, error: type[Exception], sentence: str) -> None:
    with pytest.raises(error, match=sentence):
        parsed(content, "x")


@pytest.mark.parametrize(
    ("constraint", "core", "fits"),
    [
        ("^9.5 || ^10", (10, 2, 1), True),
        ("^9.5 || ^10", (9, 4, 9), False),
        ("^10.1", (10,), True),
        (">=8.7.7 <11", (10, 6), True),
        (">=8.7.7 <11", (11, 0), False),
        ("~9.2", (9, 5), True),
        ("~9.2.1", (9, 3), False),
        ("10.x", (10, 3), True),
        ("8.x", (10, 3), False),
        (">9", (9, 5), False),
        (">9", (10, 0), True),
        ("<=9", (9, 5), True),
        ("!=10.1", (10, 1, 2), False),
        ("9.0 - 10.4", (10, 4, 9), True),
        ("", (7,), True),
    ],
)
def test_constraints_on_core(constraint: str, core: tuple[int, ...], fits: bool) -> None:
    assert suits(core, constraint) is fits
