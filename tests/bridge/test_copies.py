"""A copy becomes a site of its own, and a site that was moved or renamed knows where it lies."""

from __future__ import annotations

import re
import shutil
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from aegir.drivers.app import SiteSecrets
from aegir.errors import Broken
from tests.bridge.sites import PASSWORD, TestSite, give_to_web_user, sqlite_in
from tests.drupal.content import Content

ACCOUNT = {"name": "Bob", "mail": "bob@copy.example", "password": "Another' pa$$word"}


@pytest.fixture
def copy(installed: TestSite, open_folder: Path) -> Iterator[TestSite]:
    """A site's directory and data under another name, in the codebase where the site itself still lies."""
    domain = f"copy-of-{installed.folder.name}"
    place = replace(
        installed.place, directory=f"sites/{domain}", uri=installed.place.uri.replace("://", "://copy-of-")
    )
    database = sqlite_in(open_folder / "databases-of-copies" / installed.ground.path.name)
    shutil.copy2(installed.secrets.database["database"], database["database"])
    give_to_web_user(Path(database["database"]))
    copy = TestSite(installed.ground, place, SiteSecrets(database, "a salt of its own"))
    shutil.copytree(installed.folder, copy.folder, symlinks=True)
    for path in copy.folder.rglob("*"):
        give_to_web_user(path)
    text = copy.ground.driver.settings(place, copy.ground.code.major, names=(), cloaked=None)
    (copy.folder / "settings.php").unlink()
    (copy.folder / "settings.php").write_text(text)
    yield copy
    shutil.rmtree(copy.folder)
    shutil.rmtree(Path(database["database"]).parent)


def is_seven(site: TestSite) -> bool:
    return site.ground.code.major == 7


def asked(site: TestSite, sql: str, *arguments: object) -> list[tuple[Any, ...]]:
    with closing(sqlite3.connect(site.secrets.database["database"])) as database, database:
        # Drupal's own, which some of its indexes want.
        database.create_collation("NOCASE_UTF8", lambda one, other: (one > other) - (one < other))
        return database.execute(sql, arguments).fetchall()


def stored(site: TestSite, name: str) -> bytes:
    """A variable or a state of that name, as it is serialised; empty where Drupal has yet to make one."""
    table = "variable" if is_seven(site) else "key_value"
    for (value,) in asked(site, f"SELECT value FROM {table} WHERE name = ?", name):
        return value if isinstance(value, bytes) else str(value).encode()
    return b""


def identity(site: TestSite) -> list[bytes]:
    """What two sites must not share."""
    if is_seven(site):
        return [stored(site, "drupal_private_key"), stored(site, "cron_key")]
    [(data,)] = asked(site, "SELECT data FROM config WHERE name = 'system.site' AND collection = ''")
    text = data if isinstance(data, bytes) else str(data).encode()
    uuid = re.search(rb'"uuid";s:36:"([0-9a-f-]{36})"', text)
    assert uuid is not None
    return [uuid[1], stored(site, "system.private_key"), stored(site, "system.cron_key")]


def put_value(site: TestSite, name: str, serialised: str) -> None:
    if is_seven(site):
        asked(site, "INSERT INTO variable (name, value) VALUES (?, ?)", name, serialised)
    else:
        asked(
            site, "INSERT INTO key_value (collection, name, value) VALUES ('state', ?, ?)", name, serialised
        )


def php(text: str) -> str:
    return f's:{len(text.encode())}:"{text}";'


def test_a_copy_gets_secrets_of_its_own_and_nobody_is_logged_in(installed: TestSite, copy: TestSite) -> None:
    before = identity(installed)
    asked(copy, "INSERT INTO sessions (uid, sid, hostname, timestamp) VALUES (1, 'abc', 'x', 1)")

    relocated, identified, status = copy.ask(
        {"op": "relocate", "from_directory": installed.place.directory},
        {"op": "identify", "site_name": "Copy", "site_mail": "copy@copy.example"},
        "status",
    )

    assert isinstance(relocated["changed"], list)
    assert (identified["uuid"] is None) is is_seven(copy)
    assert status["site"] == copy.place.directory
    assert (status["name"], status["mail"]) == ("Copy", "copy@copy.example")
    assert asked(copy, "SELECT COUNT(*) FROM sessions") == [(0,)]
    assert not set(filter(None, before)) & set(identity(copy))
    assert all(identity(copy))
    assert identity(installed) == before


def test_a_new_site_made_of_a_copy_belongs_to_its_owner_and_knows_nobody_else(
    installed: TestSite, copy: TestSite
) -> None:
    table = "users" if is_seven(copy) else "users_field_data"
    [(old,)] = asked(installed, f"SELECT pass FROM {table} WHERE uid = 1")
    eve = {"uid": 7, "name": "Eve", "mail": "e@x.org", "init": "e@x.org", "pass": "p", "status": 1}
    eve |= {"access": 0, "login": 0}
    needed = {"langcode": "en", "default_langcode": 1, "created": 1, "changed": 1}
    row = eve | {name: value for name, value in needed.items() if name in columns(copy, table)}
    marks = ", ".join("?" * len(row))
    asked(copy, f"INSERT INTO {table} ({', '.join(row)}) VALUES ({marks})", *row.values())
    started = int(time.time())
    relocate = {"op": "relocate", "from_directory": installed.place.directory}

    _, done, login = copy.ask(relocate, {"op": "identify", "account": ACCOUNT, "sanitize": True}, "login")

    [owner] = asked(copy, f"SELECT name, mail, init, login FROM {table} WHERE uid = 1")
    assert owner == ("Bob", "bob@copy.example", "bob@copy.example", 0)
    [(created, password)] = asked(copy, f"SELECT created, pass FROM {table} WHERE uid = 1")
    assert created >= started
    assert password not in (old, PASSWORD, ACCOUNT["password"])
    assert login["name"] == "Bob"
    assert int(re.sub(rb"\D", b"", stored(copy, "install_time"))) >= started
    nowhere = f"user7@{copy.folder.name}.invalid"
    assert done["sanitized"] == 1
    others = asked(copy, f"SELECT name, mail, init, pass FROM {table} WHERE uid > 1")
    assert others == [("Eve", nowhere, nowhere, "*")]


def columns(site: TestSite, table: str) -> set[str]:
    return {str(row[1]) for row in asked(site, f"PRAGMA table_info({table})")}


def test_what_is_a_path_below_the_old_directory_is_corrected_and_what_mentions_one_is_not(
    installed: TestSite, copy: TestSite
) -> None:
    old, new = installed.place.directory, copy.place.directory
    address = f"http://{installed.folder.name}:8080/{old}/files/logo.png"
    text = f"See {old}/files/logo.png"
    stays = f'a:2:{{i:0;O:8:"stdClass":1:{{s:1:"p";{php(old)}}}i:1;{php(text)}}}'
    put_value(copy, "aegir_path", f'a:2:{{s:4:"path";{php(f"{old}/files/é.png")}s:3:"url";{php(address)}}}')
    put_value(copy, "aegir_stays", stays)

    relocated, status = copy.ask(
        {"op": "relocate", "from_directory": old, "from_names": [installed.folder.name]}, "status"
    )

    changed = ("variable " if is_seven(copy) else "state ") + "aegir_path"
    assert changed in relocated["changed"]
    moved = f"http://{copy.folder.name}:8080/{new}/files/logo.png"
    expected = f'a:2:{{s:4:"path";{php(f"{new}/files/é.png")}s:3:"url";{php(moved)}}}'
    assert stored(copy, "aegir_path").decode() == expected
    assert stored(copy, "aegir_stays").decode() == stays
    assert status["files"] == f"{new}/files"


def test_only_the_directory_of_a_site_can_be_what_was_moved(installed: TestSite) -> None:
    with pytest.raises(Broken, match=r"«sites/\.\./etc» is not the directory of a site"):
        installed.ask({"op": "relocate", "from_directory": "sites/../etc"})


def test_what_was_written_since_is_told_by_kind_and_title(installed: TestSite) -> None:
    since = int(time.time())
    [before] = installed.ask({"op": "changes", "since": since + 3600})
    assert before == {"changes": []}

    Content(installed.place, installed.secrets).add_page('Ada\'s "first" $page')
    [found] = installed.ask({"op": "changes", "since": since})

    [content] = [change for change in found["changes"] if change["what"] == "content"]
    assert content["count"] == 1
    assert content["newest"][0]["title"] == 'Ada\'s "first" $page'
    assert content["newest"][0]["changed"] >= since


def test_pages_are_those_that_a_visitor_may_open(installed: TestSite) -> None:
    number = Content(installed.place, installed.secrets).add_page("Open")
    [found] = installed.ask({"op": "pages", "limit": 20})
    paths = found["paths"]
    assert paths[0] == "/"
    assert any("user" in path for path in paths)
    assert len(set(paths)) == len(paths) <= 20
    assert installed.ask({"op": "pages", "limit": 2})[0]["paths"] == paths[:2]
    assert any(path.endswith(f"node/{number}") for path in paths)


def test_a_copy_loads_the_modules_in_its_own_directory_though_the_old_one_is_still_there(
    installed: TestSite, copy: TestSite
) -> None:
    if not is_seven(copy):
        pytest.skip("Drupal 8 and later search for modules anew.")
    for site in (installed, copy):
        module = site.folder / "modules/own"
        module.mkdir(parents=True)
        (module / "own.module").write_text("<?php\n")
        (module / "own.info").write_text("name = Own\ncore = 7.x\n")
    row = (
        "INSERT INTO system (filename, name, type, status, schema_version) VALUES (?, 'own', 'module', 1, 0)"
    )
    asked(copy, row, f"{installed.place.directory}/modules/own/own.module")

    [relocated] = copy.ask({"op": "relocate", "from_directory": installed.place.directory})

    assert "module own" in relocated["changed"]
    assert asked(copy, "SELECT filename FROM system WHERE name = 'own'") == [
        (f"{copy.place.directory}/modules/own/own.module",)
    ]
    shutil.rmtree(installed.folder / "modules")
