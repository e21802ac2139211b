"""Sites in another language than English: only where the codebase itself holds the translation."""

from __future__ import annotations

from pathlib import Path

import pytest

from aegir.errors import Broken
from tests.bridge.sites import TestSite, lay_out
from tests.codebases import Ground

TRANSLATION = """msgid ""
msgstr ""
"Content-Type: text/plain; charset=utf-8\\n"
"Plural-Forms: nplurals=2; plural=(n != 1);\\n"

msgid "Log in"
msgstr "Anmelden"
"""


@pytest.fixture
def german(ground: Ground, open_folder: Path) -> TestSite:
    """A site on a codebase that holds one translation."""
    translated = ground.copied(open_folder / f"{ground.path.name}-german")
    core = "" if ground.code.major == 7 else "core/"
    folder = translated.root / f"{core}profiles/minimal/translations"
    folder.mkdir(exist_ok=True)
    (folder / f"drupal-{ground.code.version}.de.po").write_text(TRANSLATION)
    fresh = Ground(translated.path, translated.driver)
    return lay_out(fresh, open_folder / "databases-of-german")


def test_a_site_is_installed_in_a_language_that_the_codebase_brings(german: TestSite) -> None:
    assert german.ground.code.languages == ("en", "de")
    assert german.install(language="de")["language"] == "de"
    assert german.ask("status")[0]["language"] == "de"


def test_a_language_that_is_not_there_is_never_quietly_replaced_by_english(empty: TestSite) -> None:
    with pytest.raises(Broken, match="«install» of"):
        empty.install(language="fr")
