"""The Drupal-shaped applications install as Drupal does, traps included (each test names its own)."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.drupal.application import Application, Died
from tests.live.mariadb import MariaDb

SCHEMAS = {
    7: "return drupal_get_installed_schema_version(null, true, true);",
    10: "return Drupal::service('update.update_hook_registry')->getAllInstalledVersions();",
}


def test_it_installs_on_mariadb(major: int, tmp_path: Path, mariadb: MariaDb) -> None:
    name = f"shaped{major}"
    mariadb.query(f"CREATE DATABASE {name} CHARACTER SET utf8mb4")
    database = {"driver": "mysql", "database": name, "username": "root", "password": ""}
    app = Application(major, tmp_path / "app", {**database, "unix_socket": str(mariadb.socket)})
    app.install("studio")
    with app.serving() as visitor:
        assert " | Demo</title>" in visitor.get("/").text
    assert app.ask(SCHEMAS[major])["guestbook"] in {"7002", 7002, 10002}


def test_ten_writes_its_credentials_down_when_it_lacks_a_sync_directory(ten: Application) -> None:
    """Trap 3."""
    (ten.site / "private/config").rmdir()
    before = (ten.site / "settings.php").read_text()
    ten.install()
    after = (ten.site / "settings.php").read_text()
    assert after.startswith(before)
    assert str(ten.database["database"]) in after.removeprefix(before)


def test_the_installer_takes_away_the_right_to_write(app: Application) -> None:
    """Trap 5."""
    app.install()
    assert app.site.stat().st_mode & 0o777 == 0o555
    assert (app.site / "settings.php").stat().st_mode & 0o777 == 0o444


@pytest.mark.parametrize("how", ["throw", "exit", "kill", "memory"])
def test_nothing_installs_over_what_is_left_of_an_installation(app: Application, how: str) -> None:
    """Trap 13."""
    app.switch(f"install {how}")
    with pytest.raises(Died):
        app.install()
    app.switch()
    with pytest.raises(Died, match="already installed"):
        app.install()


def test_a_language_needs_its_translation(app: Application) -> None:
    """Trap 15: seven says nothing, ten refuses."""
    if app.major == 10:
        with pytest.raises(Died, match="translation"):
            app.install("standard", "de")
        return
    app.install("minimal", "de")
    assert app.ask("return language_default('language');") == "en"


def test_seven_speaks_german_where_its_profile_does(seven: Application) -> None:
    seven.install("standard", "de")
    assert seven.ask("return language_default('language');") == "de"


def test_a_site_without_tables_is_sent_to_the_installer(ten: Application) -> None:
    with ten.serving() as visitor:
        page = visitor.get("/")
    assert (page.status, page.headers["Location"]) == (302, "http://demo.localhost:8080/core/install.php")


def test_the_installer_wants_a_place_for_files(app: Application) -> None:
    (app.site / "files").rmdir()
    with pytest.raises(Died, match="not writable"):
        app.install()
