"""What an archive and its dump tell: whether a platform can run the site, and where the site lay."""

from __future__ import annotations

import io

import pytest

from aegir.steps.arriving import directory_in, misfit


@pytest.mark.parametrize(
    ("told", "version", "sentence"),
    [
        ({}, "10.1.6", ""),
        ({"drupal": "10.1.6", "profile": "standard"}, "10.1.6", ""),
        ({"drupal": "9.4.8", "profile": "standard"}, "10.1.6", ""),
        ({"drupal": "7.98", "profile": "standard"}, "7.105", ""),
        ({"drupal": "7.98", "profile": "standard"}, "10.1.6", "a site of Drupal 7.98"),
        ({"drupal": "10.1.6", "profile": "standard"}, "9.4.8", "a site of Drupal 10.1.6"),
        ({"drupal": "10.1.6", "profile": "studio"}, "10.1.6", "Its profile studio is not in old"),
        ({"drupal": "who knows", "profile": ""}, "10.1.6", ""),
    ],
)
def test_core_and_profile_must_fit(told: dict[str, str], version: str, sentence: str) -> None:
    found = misfit(told, "old", version, ("standard", "minimal"))
    assert (sentence in found, bool(found)) == (True, bool(sentence))


@pytest.mark.parametrize(
    ("dump", "directory"),
    [
        (b"", None),
        (b"INSERT INTO t VALUES ('sites/all/modules/views');", None),
        (b"('sites/old.example.org/files/a.png'), ('sites/default/files/b.png'), "
         b"('sites/old.example.org/modules/own'), ('sites/all/modules/x'), ('sites/all/themes/y')",
         "sites/old.example.org"),
        (rb'{"src":"\/sites\/default\/files\/a.png"}', "sites/default"),
        (b"sites/../files sites/UPPER/files sites//files", None),
    ],
)  # fmt: skip
def test_the_directory_of_which_a_dump_speaks_most_is_where_the_site_lay(
    dump: bytes, directory: str | None
) -> None:
    assert directory_in(io.BytesIO(dump)) == directory
