"""Which values are a path of a site that was moved, and which only look like one."""

from __future__ import annotations

import json
import subprocess

import pytest

from aegir.drivers.app.drupal import BRIDGE
from tests.codebases import PHP

RUN = """
namespace Aegir;
require $argv[1] . '/relocation.php';
[$op, $job, $value] = json_decode(stream_get_contents(STDIN), true);
$relocation = new Relocation($op, $job);
echo json_encode([$relocation->value($value), is_string($value) ? $relocation->serialized($value) : null]);
"""
OP = {"from_directory": "sites/old.org", "from_names": ["old.org", "WWW.old.org"]}
JOB = {"site": "sites/new.org", "uri": "http://new.org:8080"}


def relocated(value: object, job: dict[str, str] = JOB) -> list[object]:
    """The value, and the value taken as a serialised one."""
    done = subprocess.run(
        [PHP, "-r", RUN, "--", str(BRIDGE)],
        input=json.dumps([OP, job, value]),
        capture_output=True,
        text=True,
        timeout=30,
        check=True,
    )
    found: list[object] = json.loads(done.stdout)
    return found


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("sites/old.org", "sites/new.org"),
        ("sites/old.org/files/a b.png", "sites/new.org/files/a b.png"),
        ("/sites/old.org/files/x", "/sites/new.org/files/x"),
        ("http://old.org/sites/old.org/files/x", "http://new.org:8080/sites/new.org/files/x"),
        ("https://www.old.org:81/sites/old.org/x", "https://new.org:8080/sites/new.org/x"),
        ({"a": ["sites/old.org/x", 1, None, True]}, {"a": ["sites/new.org/x", 1, None, True]}),
    ],
)
def test_a_path_below_the_old_directory_leads_below_the_new_one(before: object, after: object) -> None:
    assert relocated(before)[0] == after


@pytest.mark.parametrize(
    "value",
    [
        "sites/old.org.au/files/x",
        "sites/older",
        "my/sites/old.org/x",
        "See sites/old.org/files/x",
        '<img src="/sites/old.org/files/x.png">',
        "public://sites/old.org/x",
        "http://old.org/about",
        "http://elsewhere.org/sites/old.org/x",
        "http://old.org.evil.org/sites/old.org/x",
        "//sites/old.org/x",
        "",
    ],
)
def test_what_only_looks_like_one_stays(value: str) -> None:
    assert relocated(value) == [value, None]


def test_a_serialised_value_is_written_anew_with_its_lengths() -> None:
    before = 'a:1:{s:1:"p";s:16:"sites/old.org/é";}'
    after = 'a:1:{s:1:"p";s:24:"sites/much-longer.org/é";}'
    job = {"site": "sites/much-longer.org", "uri": "http://much-longer.org"}
    assert relocated(before, job=job)[1] == after
    assert relocated(before.replace("s:16", "s:15"), job=job)[1] is None


@pytest.mark.parametrize(
    "value",
    [
        's:99:"sites/old.org/x";',
        'O:8:"stdClass":1:{s:1:"p";s:15:"sites/old.org/x";}',
        'C:11:"ArrayObject":15:{sites/old.org/x}',
        'E:10:"Suit:Spade";sites/old.org',
        "b:0;sites/old.org",
    ],
)
def test_what_is_broken_or_an_object_is_left_as_it_was(value: str) -> None:
    assert relocated(value)[1] is None


def test_a_site_that_only_got_another_name_keeps_its_paths() -> None:
    job = {"site": "sites/old.org", "uri": "http://new.org"}
    assert relocated("sites/old.org/files/x", job=job)[0] == "sites/old.org/files/x"
