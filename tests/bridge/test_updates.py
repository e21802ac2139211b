"""Updates: those that work, and every way in which they don't."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from aegir.drivers.host import Stream
from aegir.errors import Broken
from tests.bridge import probe
from tests.bridge.conftest import Once
from tests.bridge.sites import TestSite, lay_out
from tests.codebases import Ground


@pytest.fixture(scope="session")
def seed(ground: Ground, open_folder: Path, once: Once) -> TestSite:
    """A site of the probe profile, installed once a codebase."""

    def make() -> TestSite:
        probe.write_profile(ground.root, ground.code.major)
        site = lay_out(ground, open_folder / "databases")
        site.install(profile=probe.NAME)
        return site

    return once(f"{ground.path} probed", make)


@pytest.fixture
def probed(seed: TestSite) -> Iterator[TestSite]:
    """That site as it was right after its install."""
    database = Path(seed.secrets.database["database"])
    kept = database.with_name("kept")
    shutil.copy2(database, kept)
    yield seed
    (module(seed) / f"{probe.MODULE}.install").unlink(missing_ok=True)
    database.write_bytes(kept.read_bytes())
    kept.unlink()


def module(site: TestSite) -> Path:
    return site.ground.root / "modules" / probe.MODULE


def brings(site: TestSite, bodies: dict[int, str], more: str = "") -> None:
    probe.write_updates(module(site), site.ground.code.major, bodies, more)


def name(site: TestSite, which: int) -> str:
    return probe.function(site.ground.code.major, which)


def pending(site: TestSite) -> list[str]:
    return [f"{update['module']}_update_{update['name']}" for update in site.ask("pending")[0]["updates"]]


def test_a_pending_update_is_named_with_what_it_says_of_itself(probed: TestSite) -> None:
    brings(probed, {1: ""})
    [found] = probed.ask("pending")
    [update] = found["updates"]
    assert update["module"] == probe.MODULE
    assert update["name"] == str(probe.number(probed.ground.code.major, 1))
    assert update["description"].startswith("Update 1.")


def test_updates_run_in_order_and_are_not_pending_afterwards(probed: TestSite) -> None:
    brings(probed, {1: "", 2: "", 3: ""})
    heard: list[str] = []
    [done] = probed.ask("update", listener=lambda _, line: heard.append(line))
    names = [name(probed, which) for which in (1, 2, 3)]
    assert done["ran"][:3] == names
    assert done["failed"] == done["skipped"] == {}
    assert [line for line in heard if probe.MODULE in line] == [f"Running {name}." for name in names]
    assert pending(probed) == []


def test_an_update_in_pieces_is_called_until_it_has_finished(probed: TestSite) -> None:
    count = probed.folder / "files/count"
    body = (
        "$sandbox['n'] = ($sandbox['n'] ?? 0) + 1;"
        f"file_put_contents('{count}', $sandbox['n']); $sandbox['#finished'] = $sandbox['n'] / 4;"
    )
    brings(probed, {1: body})
    [done] = probed.ask("update")
    assert done["ran"] == [name(probed, 1)]
    assert count.read_text() == "4"


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ("throw new \\Exception('The table is <em>gone</em>');", "The table is gone"),
        ("strlen([]);", "strlen"),
        ("undefined_function_of_ours();", "undefined_function_of_ours"),
    ],
    ids=["Exception", "TypeError", "Error"],
)
def test_an_update_that_throws_is_named_and_stays_pending(probed: TestSite, body: str, said: str) -> None:
    brings(probed, {1: "", 2: body, 3: ""})
    with pytest.raises(Broken, match=re.escape(name(probed, 2)) + f": .*{said}"):
        probed.ask("update")
    assert pending(probed) == [name(probed, 2), name(probed, 3)]


def test_an_update_that_ends_php_is_named(probed: TestSite) -> None:
    brings(probed, {1: "exit(0);"})
    with pytest.raises(Broken, match=re.escape(name(probed, 1)) + r": exit\(\) was called"):
        probed.ask("update")
    assert pending(probed) == [name(probed, 1)]


def test_an_update_that_eats_all_memory_is_named(probed: TestSite) -> None:
    brings(probed, {1: "$a = []; while (true) { $a[] = str_repeat('x', 8000000); }"})
    with pytest.raises(Broken, match=re.escape(name(probed, 1)) + ": Allowed memory size"):
        probed.ask("update")


def test_an_update_that_never_ends_is_named_and_ended(probed: TestSite) -> None:
    note = probed.folder / "files/pid"
    brings(probed, {1: f"file_put_contents('{note}', getmypid()); sleep(600);"})
    for patience in (3.0, 10.0, 60.0):
        with pytest.raises(Broken) as ended:
            probed.ask("update", timeout=patience)
        if note.exists():  # else the machine was too busy to come to it
            break
    assert f"It was at: Running {name(probed, 1)}" in str(ended.value)
    with pytest.raises(ProcessLookupError):
        os.kill(int(note.read_text()), 0)


def test_an_update_whose_requirement_is_missing_is_reported_not_passed_over(probed: TestSite) -> None:
    number = probe.number(probed.ground.code.major, 1)
    needs = f"['{probe.MODULE}' => [{number} => ['system' => 79998]]]"
    brings(probed, {1: ""}, f"function {probe.MODULE}_update_dependencies() {{ return {needs}; }}")
    with pytest.raises(Broken, match=re.escape(name(probed, 1)) + ": It needs system_update_"):
        probed.ask("update")
    assert pending(probed) == [name(probed, 1)]


def test_updates_do_not_touch_maintenance_mode(probed: TestSite) -> None:
    brings(probed, {1: ""})
    probed.ask({"op": "maintenance", "on": True})
    probed.ask("update")
    assert probed.ask("status")[0]["maintenance"] is True


def test_what_an_update_prints_is_heard(probed: TestSite) -> None:
    brings(probed, {1: 'print "printed by the update\\n";'})
    heard: list[tuple[Stream, str]] = []
    probed.ask("update", listener=lambda stream, line: heard.append((stream, line)))
    assert ("out", "printed by the update") in heard


def test_what_php_complains_of_in_an_update_is_counted(probed: TestSite) -> None:
    twice = "for ($i = 0; $i < 2; $i++) { trigger_error('Twice <b>over</b>', E_USER_WARNING); }"
    many = 'for ($i = 0; $i < 80; $i++) { trigger_error("Number $i", E_USER_NOTICE); }'
    brings(probed, {1: f"{twice} $missing = []; $missing['key']; @$missing['quiet']; {many}"})
    [done] = probed.ask("update")
    found = {entry["message"]: entry for entry in done["php_warnings"]}
    assert found["Twice over"]["count"] == 2
    assert found["Twice over"]["place"].startswith(f"modules/{probe.MODULE}/{probe.MODULE}.install:")
    assert [message for message in found if "quiet" in message] == []
    assert len([message for message in found if "key" in message]) == 1
    assert len(found) == 50


def test_a_failed_update_tells_what_php_complained_of_and_the_others_that_ran(probed: TestSite) -> None:
    brings(probed, {1: "", 2: "trigger_error('Before the end', E_USER_WARNING); strlen([]);"})
    with pytest.raises(Broken, match=re.escape(name(probed, 2))) as failure:
        probed.ask("update")
    detail: Any = failure.value.detail
    assert detail["ran"] == [name(probed, 1)]
    assert list(detail["failed"]) == [name(probed, 2)]
    [complaint] = detail["php_warnings"]
    assert complaint["message"] == "Before the end"
