"""What each op does, on every codebase there is."""

from __future__ import annotations

import hashlib
import re
import sqlite3
from contextlib import closing

import pytest

from aegir.errors import Broken
from tests.bridge.sites import PASSWORD, SALT, TestSite


def test_install_answers_what_it_installed_and_leaves_settings_alone(empty: TestSite) -> None:
    settings = empty.folder / "settings.php"
    before = hashlib.sha256(settings.read_bytes()).hexdigest()

    done = empty.install()

    assert done["profile"] == "minimal"
    assert done["language"] == "en"
    assert done["version"] == empty.ground.code.version
    assert hashlib.sha256(settings.read_bytes()).hexdigest() == before


def test_no_file_of_an_installed_site_holds_a_secret(installed: TestSite) -> None:
    texts = [path.read_bytes() for path in installed.folder.rglob("*") if path.is_file()]
    assert texts
    for secret in (PASSWORD, SALT, installed.secrets.database["database"]):
        assert not any(secret.encode() in text for text in texts)


def test_status_tells_which_site_was_opened(installed: TestSite) -> None:
    [status] = installed.ask("status")
    assert status["site"] == installed.place.directory
    assert status["version"] == installed.ground.code.version
    assert status["name"] == 'L\'été "here"'
    assert status["mail"] == "site@example.org"
    assert status["profile"] == "minimal"
    assert status["files"] == f"{installed.place.directory}/files"
    assert status["private_files"] == f"{installed.place.directory}/private/files"
    assert status["maintenance"] is False


def test_several_ops_share_one_process_and_keep_their_order(installed: TestSite) -> None:
    rebuilt, status, extensions, pending = installed.ask("rebuild", "status", "extensions", "pending")
    assert rebuilt == {"php_warnings": []}
    assert status["site"] == installed.place.directory
    assert any(package["name"] == "system" and package["enabled"] for package in extensions["packages"])
    assert pending == {"updates": [], "warnings": []}


def test_maintenance_is_switched_on_and_off(installed: TestSite) -> None:
    assert installed.ask({"op": "maintenance", "on": True}) == [{"on": True}]
    assert installed.ask("status")[0]["maintenance"] is True
    assert installed.ask({"op": "maintenance", "on": False}) == [{"on": False}]
    assert installed.ask("status")[0]["maintenance"] is False


def test_cron_runs_and_notes_when(installed: TestSite) -> None:
    [cron] = installed.ask({"op": "cron", "break_lock": True})
    assert cron["ran"] is True
    assert installed.ask("status")[0]["cron_last"] == cron["last"] > 0


def test_the_login_link_leads_to_the_address_that_visitors_use(installed: TestSite) -> None:
    [login] = installed.ask("login")
    assert login["name"] == "Ada"
    assert re.fullmatch(re.escape(installed.place.uri) + r"/user/reset/1/\d+/[\w-]+/login", login["url"])


def test_a_user_who_is_not_there_cannot_log_in(installed: TestSite) -> None:
    with pytest.raises(Broken, match="no active user with the number 77"):
        installed.ask({"op": "login", "uid": 77})


def test_requirements_are_plain_text_with_a_severity(installed: TestSite) -> None:
    [found] = installed.ask("requirements")
    php = next(entry for entry in found["requirements"] if entry["name"] == "php")
    assert php["severity"] in {"info", "ok", "warning"}
    assert re.match(r"\d+\.\d+", php["value"])
    assert not any("<" in entry["title"] for entry in found["requirements"])


def test_nothing_is_pending_right_after_an_install_and_updating_does_nothing(installed: TestSite) -> None:
    assert installed.ask("pending") == [{"updates": [], "warnings": []}]
    assert installed.ask("update") == [{"ran": [], "failed": {}, "skipped": {}, "php_warnings": []}]


def test_a_cron_that_finds_the_lock_taken_says_that_it_is_busy(installed: TestSite) -> None:
    database = installed.secrets.database["database"]
    with closing(sqlite3.connect(database)) as connection, connection:
        connection.execute("INSERT INTO semaphore (name, value, expire) VALUES ('cron', 'x', 9999999999)")
    [busy] = installed.ask("cron")
    assert (busy["ran"], busy["busy"]) == (False, True)
    [broken] = installed.ask({"op": "cron", "break_lock": True})
    assert (broken["ran"], broken["busy"]) == (True, False)
    assert broken["php_warnings"] == []
