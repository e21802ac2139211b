"""What the commands about sites ask for, and what they say about it."""

from __future__ import annotations

import shlex
from pathlib import Path

import pytest

from aegir.models import Backup, Pair, Site, Task
from tests import doors
from tests.cli.conftest import Aegir, answer, run

ASKING: dict[str, tuple[str, dict[str, object]]] = {
    "backup example.org --description 'before the fair' --compression gz": (
        "site_backup",
        {"description": "before the fair", "compression": "gz"},
    ),
    "migrate example.org --to d11": ("site_migrate", {"platform": "d11"}),
    "rehearse example.org --to d11": ("site_rehearse", {"platform": "d11"}),
    "rename example.org --as new.example.org --keep drop": (
        "site_rename",
        {"to": "new.example.org", "keep": "drop"},
    ),
    "clone example.org --as copy.example.org --alias www.copy.example.org --no-mail --sanitize": (
        "site_clone",
        {"to": "copy.example.org", "aliases": ["www.copy.example.org"], "mail": False, "sanitize": True},
    ),
    "disable example.org": ("site_disable", {}),
    "enable off.example.org": ("site_enable", {"domain": "off.example.org"}),
    "reinstall example.org": ("site_reinstall", {}),
    "delete off.example.org --yes --no-backup": ("site_delete", {"anyway": False, "backup": False}),
    "delete example.org --yes --anyway": ("site_delete", {"anyway": True, "backup": None}),
    "sync example.org --from off.example.org --what files": (
        "site_sync",
        {"source": "off.example.org", "what": "files"},
    ),
    "undo example.org --yes --json": ("site_undo", {}),
    "retire example.org --yes": ("pair_retire", {}),
    "alias add example.org www.example.org --redirect": (
        "site_alias_add",
        {"name": "www.example.org", "redirect": True},
    ),
    "alias redirect example.org off": ("site_alias_redirect", {"to": "off"}),
    "install new.example.org --platform d10 --alias www.new.example.org --www none": (
        "site_install",
        {"aliases": ["www.new.example.org"], "alias_www": "none"},
    ),
    "run example.org cron": ("site_cron", {}),
    "run example.org flush": ("site_flush", {}),
    "run example.org updates": ("site_update", {}),
    "run example.org permissions": ("site_permissions", {}),
}
"""Command → operation, and what of its arguments is to be seen in the ledger."""


@pytest.mark.parametrize("command", ASKING)
def test_a_command_asks_for_its_operation_with_what_was_typed(
    aegir: Aegir, hosted: Site, command: str
) -> None:
    result = aegir("site", *shlex.split(command))
    assert result.exit_code == 0, result.output
    operation, arguments = ASKING[command]
    task = Task.objects.get(operation=operation)
    assert arguments.items() <= task.arguments.items()
    assert not task.dry_run


def test_a_backup_is_restored_and_deleted_by_its_number(aegir: Aegir, hosted: Site) -> None:
    backup = doors.backup(hosted)
    restored = aegir("site", "restore", "example.org", "--backup", str(backup.pk))
    assert restored.exit_code == 0, restored.output
    assert Task.objects.get(operation="site_restore").arguments["backup"] == backup.pk
    other = doors.backup(hosted)
    assert aegir("backup", "delete", str(other.pk), "--yes").exit_code == 0
    assert Task.objects.get(operation="backup_delete").arguments["backup"] == other.pk


def test_an_archive_is_named_by_its_path_from_here(
    aegir: Aegir, hosted: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "old.tar.gz").touch()
    monkeypatch.chdir(tmp_path)
    result = aegir("site", "deploy", "old.tar.gz", "back.example.org", "--platform", "d10")
    assert result.exit_code == 0, result.output
    assert Task.objects.get(operation="site_deploy").arguments["archive"] == str(tmp_path / "old.tar.gz")


def test_a_task_that_must_wait_says_behind_which(aegir: Aegir, hosted: Site) -> None:
    first = Task.objects.get(pk=answer(aegir("site", "verify", "example.org", "--json"))["id"])
    said = aegir("site", "backup", "example.org").output
    assert f"is queued behind task {first.pk} (site verify example.org)." in said
    elsewhere = aegir("site", "verify", "off.example.org").output
    assert "is queued.\n" in elsewhere


WRONG = [
    "site backup nowhere.example.org",
    "site backup example.org --description " + "x" * 400,
    "site restore example.org --backup 99",
    "site migrate example.org --to nowhere",
    "site migrate example.org --to d10",
    "site rehearse example.org --to nowhere",
    "site compare example.org --to nowhere",
    "site compare nowhere.example.org --to d11",
    "site rename example.org --as off.example.org",
    "site rename example.org --as 'a b'",
    "site clone example.org --as off.example.org",
    "site clone example.org --as ../../etc",
    "site clone example.org --as new.example.org --alias off.example.org",
    "site enable example.org",
    "site disable off.example.org",
    "site reinstall nowhere.example.org",
    "site sync example.org --from example.org",
    "site sync example.org --from nowhere.example.org",
    "site deploy /no/such/file new.example.org --platform d10",
    "site deploy 99 new.example.org --platform d10",
    "site undo off.example.org --yes",
    "site undo example.org",
    "site undo example.org --yes --pair 99",
    "site retire off.example.org --yes",
    "site delete example.org",
    "site delete nowhere.example.org --yes",
    "site delete example.org --yes",
    "site changes off.example.org",
    "site alias list nowhere.example.org",
    "site alias add example.org off.example.org",
    "site alias add example.org 'a b'",
    "site alias remove example.org www.example.org",
    "site alias redirect example.org nowhere.example.org",
    "site run nowhere.example.org cron",
    "site run nowhere.example.org flush",
    "site run nowhere.example.org updates",
    "site run nowhere.example.org permissions",
    "site run nowhere.example.org drush -- status",
    "site run example.org drush -- @other status",
    "site install new.example.org --platform d10 --alias off.example.org",
    "cron set example.org often",
    "cron set example.org 99999",
    "cron set nowhere.example.org never",
    "backup list 'a b'",
    "backup show 99",
    "backup delete 99 --yes",
    "setting show colour",
    "setting set colour red",
    "setting set undo_days many",
    "setting set undo_days 9999",
    "setting set instant_sites perhaps",
]


def test_the_impossible_is_one_sentence_and_changes_nothing(aegir: Aegir, hosted: Site) -> None:
    before = (Site.objects.count(), Pair.objects.count(), Backup.objects.count())
    for command in WRONG:
        result = aegir(*shlex.split(command))
        assert result.exit_code == 2, (command, result.output)
        assert result.stdout == "", command
        assert result.stderr.startswith("aegir: "), command
        assert result.stderr.rstrip().endswith((".", "?")), command
        assert len(result.stderr.splitlines()) == 1, command
        assert not Task.objects.exists(), command
        assert (Site.objects.count(), Pair.objects.count(), Backup.objects.count()) == before, command


@pytest.mark.parametrize(
    "command",
    [
        "site migrate example.org",
        "site restore example.org --backup last",
        "site rename example.org",
        "site rename example.org --as new.example.org --keep both",
        "site clone example.org",
        "site sync example.org",
        "site sync example.org --from off.example.org --what half",
        "site backup example.org --compression zip",
        "site undo example.org --pair last",
        "site deploy",
        "site run example.org",
        "site run example.org drush",
        "site run example.org dance",
        "site alias",
        "site alias add example.org",
        "backup show last",
        "setting set",
    ],
)
def test_wrong_arguments_are_told_with_the_usage(command: str) -> None:
    result = run(*command.split())
    assert result.exit_code == 2
    assert "Usage: " in result.output


def test_what_cannot_be_taken_back_needs_a_yes(aegir: Aegir, hosted: Site) -> None:
    backup = doors.backup(hosted)
    for command in ("site delete example.org", "site retire example.org", f"backup delete {backup.pk}"):
        result = aegir(*command.split())
        assert result.exit_code == 2
        assert "--yes" in result.stderr
    assert not Task.objects.exists()


def test_a_comparison_begins_with_what_speaks_against_it_and_ends_as_the_question_does(
    aegir: Aegir, hosted: Site
) -> None:
    bad = aegir("site", "compare", "example.org", "--to", "d9")
    assert bad.exit_code == 2
    assert bad.output.startswith("error: d9 was not verified yet")
    shown = answer(aegir("site", "compare", "example.org", "--to", "d9", "--json"))
    assert (shown["site"], shown["platform"], shown["allowed"]) == ("example.org", "d9", False)
    good = aegir("site", "compare", "example.org", "--to", "d11")
    assert good.exit_code == 0, good.output
    assert "example.org can go to d11." in good.output
    assert ["node", "module", "10.1.6", "10.2.0"] in [line.split()[:4] for line in good.output.splitlines()]


def test_backups_are_listed_and_shown(aegir: Aegir, hosted: Site) -> None:
    assert "aegir site backup" in aegir("backup", "list").output
    backup = doors.backup(hosted, description="before the fair")
    listed = aegir("backup", "list", "example.org").output
    assert "before the fair" in listed
    assert "2.5 MB" in listed
    assert aegir("backup", "list", "off.example.org").output.startswith("No backups")
    shown = aegir("backup", "show", str(backup.pk)).output
    assert str(backup.path) in shown
    assert answer(aegir("backup", "show", str(backup.pk), "--json"))["manifest"]["drupal"] == "10.1.6"
    assert answer(aegir("backup", "list", "--json"))["count"] == 1


def test_a_site_shows_what_it_could_go_back_to(aegir: Aegir, hosted: Site) -> None:
    pair = Pair.objects.get()
    assert f"{pair.pk}: example.org on d9" in aegir("site", "show", "example.org").output
    (kept,) = answer(aegir("site", "show", "example.org", "--json"))["kept"]
    assert (kept["id"], kept["platform"], kept["reason"]) == (pair.pk, "d9", "site_migrate")


def test_the_names_of_a_site_are_listed_with_what_they_do(aegir: Aegir, hosted: Site) -> None:
    hosted.names.create(name="www.example.org", redirects=True)
    listed = aegir("site", "alias", "list", "example.org").output
    assert "redirects to example.org" in listed
    found = answer(aegir("site", "alias", "list", "example.org", "--json"))
    assert [row["name"] for row in found["names"]] == ["example.org", "www.example.org"]


def test_cron_is_shown_for_every_site(aegir: Aegir, hosted: Site) -> None:
    Site.objects.filter(pk=hosted.pk).update(cron_minutes=5, cron_error="No room.")
    shown = aegir("cron", "show").output
    assert "5 min" in shown
    assert "No room." in shown
    assert "60 min (default)" in shown
    assert {row["domain"] for row in answer(aegir("cron", "show", "--json"))["items"]} == {
        "example.org",
        "off.example.org",
    }


@pytest.mark.parametrize(("typed", "minutes"), [("15", 15), ("never", 0), ("default", None)])
def test_the_interval_of_a_sites_cron_is_set(
    aegir: Aegir, hosted: Site, typed: str, minutes: int | None
) -> None:
    result = aegir("cron", "set", "example.org", typed)
    assert result.exit_code == 0, result.output
    assert Task.objects.get(operation="cron_set").arguments["minutes"] == minutes


def test_a_setting_is_changed_and_stays_so(aegir: Aegir) -> None:
    assert "undo_days" in aegir("setting", "list").output
    assert aegir("setting", "set", "undo_days", "30").exit_code == 0
    assert aegir("setting", "set", "instant_sites", "no").exit_code == 0
    assert answer(aegir("setting", "show", "undo_days", "--json"))["value"] == 30
    assert "value    no" in aegir("setting", "show", "instant_sites").output
