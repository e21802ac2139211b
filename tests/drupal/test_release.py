"""What tests put into a site, and the next release of the applications."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.drupal.application import NEXT_UPDATES, Application, Died, upgraded
from tests.drupal.conftest import application
from tests.drupal.test_updates import SCHEMAS, UPDATE


@pytest.fixture
def app(major: int, tmp_path: Path) -> Application:
    app = application(major, tmp_path)
    app.install(profile="studio")
    upgraded(app.home)
    return app


def updates(major: int) -> list[str]:
    return [function for function, _ in NEXT_UPDATES[major].values()]


def test_the_next_release_has_a_new_version_and_updates_to_run(app: Application, major: int) -> None:
    version = {7: "return VERSION;", 10: "return Drupal::VERSION;"}[major]
    assert app.ask(version) == {7: "7.200", 10: "10.99.1"}[major]

    results = app.ask(UPDATE, how="update")

    for function in updates(major):
        module, _, number = function.partition("_update_")
        assert results[module][number]["results"]["success"] is True
        assert app.ask(SCHEMAS[major])[module] in (int(number), number)


def test_an_update_of_the_next_release_can_be_broken(app: Application, major: int) -> None:
    app.switch(f"{updates(major)[1]} typeerror")
    with pytest.raises(Died, match="was set to a type error"):
        app.ask(UPDATE, how="update")


def test_a_release_has_no_next_but_one(app: Application) -> None:
    with pytest.raises(AssertionError, match="is not of the first release"):
        upgraded(app.home)
