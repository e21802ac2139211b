"""The Drupal-shaped applications are updated as Drupal is, traps included (each test names its own)."""

from __future__ import annotations

import shutil

import pytest

from tests.drupal.application import Application, Died

SCHEMAS = {
    7: "return drupal_get_installed_schema_version(null, true, true);",
    10: "return Drupal::service('update.update_hook_registry')->getAllInstalledVersions();",
}

UPDATE = """
drupal_load_updates();
$start = array_map(fn($entry) => $entry['start'], update_get_update_list());
$results = [];
foreach (update_resolve_dependencies($start) as $function => $update) {
    $context = ['sandbox' => [], 'results' => &$results, 'finished' => 1];
    do {
        $context['finished'] = 1;
        update_do_one($update['module'], $update['number'], array_keys($update['reverse_paths']), $context);
    } while ($context['finished'] < 1);
}
return $results;
"""


def test_updates_that_wait_are_run_in_order_and_then_none_waits(app: Application) -> None:
    app.switch("behind")
    app.install("studio")
    done = app.ask(UPDATE, how="update")
    assert {name for name in done if name[0] != "#"} == {"system", "guestbook", "signature"}
    assert app.ask(UPDATE, how="update") == []


def test_what_depends_on_a_failed_update_is_passed_over_in_silence(app: Application) -> None:
    last = {7: 7002, 10: 10002}[app.major]
    app.switch("behind", f"guestbook_update_{last} throw")
    app.install("studio")
    done = app.ask(UPDATE, how="update")
    assert done["#abort"] == [f"guestbook_update_{last}"]
    assert "signature" not in done
    assert int(app.ask(SCHEMAS[app.major], how="update")["guestbook"]) == last - 1


@pytest.mark.parametrize("how", ["typeerror", "exit", "memory"])
def test_an_update_can_take_the_whole_process_with_it(app: Application, how: str) -> None:
    last = {7: 7002, 10: 10002}[app.major]
    app.switch("behind", f"guestbook_update_{last} {how}")
    app.install("studio")
    with pytest.raises(Died):
        app.ask(UPDATE, how="update")


def test_updates_are_unknown_before_their_files_are_loaded(ten: Application) -> None:
    ten.install("studio")
    count = "return count(Drupal::service('update.update_hook_registry')->getAvailableUpdates('guestbook'));"
    assert ten.ask(count) == 0
    assert ten.ask(f"drupal_load_updates(); {count}") == 2


def test_ten_does_not_update_while_an_enabled_module_is_missing(ten: Application) -> None:
    """Trap 19."""
    ten.install("studio")
    shutil.rmtree(ten.root / "modules/custom/signature")
    check = "drupal_load_updates(); return array_keys(update_check_requirements());"
    assert "removed_module" in ten.ask(check, how="update")
