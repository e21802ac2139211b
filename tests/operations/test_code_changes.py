"""Code that changes behind Aegir's back is told apart from code that does not, and said."""

from __future__ import annotations

from pathlib import Path

import pytest

from aegir.models import Platform, Task, TaskLine
from aegir.operations import platform_verify, site_install
from tests.operations.hosting import BY, run

pytestmark = [pytest.mark.live, pytest.mark.django_db(transaction=True)]


def verify(platform: Platform) -> list[str]:
    """Verify it once more; what the log warns of."""
    task = run(platform_verify.ask(name=platform.name, by=BY))
    assert task.state in (Task.State.SUCCEEDED, Task.State.WARNED), task.error
    platform.refresh_from_db()
    return list(TaskLine.objects.filter(task=task, level="warning").values_list("text", flat=True))


def change(platform: Platform, path: str, text: str) -> Path:
    target = Path(platform.root) / path
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(text)
    return target


def test_code_that_changed_under_its_sites_is_said_until_it_is_found_unchanged(ten: Platform) -> None:
    installed = run(site_install.ask(domain="demo.localhost", platform=ten.name, db="sqlite", by=BY))
    assert installed.state == Task.State.SUCCEEDED, installed.error
    # What sites and the operator write is no change of the code.
    change(ten, "sites/demo.localhost/modules/own/own.module", "<?php\n")
    change(ten, "sites/all/platform.settings.php", "<?php\n")
    assert (verify(ten), ten.code_changes, ten.code_changed_at) == ([], [], None)

    module = change(ten, "modules/added/added.module", "<?php\n")
    change(ten, "modules/added/added.info.yml", "name: Added\ntype: module\ncore_version_requirement: ^10\n")
    assert verify(ten) == [ten.code_warning]
    assert "run the updates of each site" in ten.code_warning
    assert ten.code_changes == ["The module added (web/modules/added) came."]
    assert ten.code_changed_at is not None

    assert (verify(ten), ten.code_changes, ten.code_warning) == ([], [], "")
    # No version tells of it, and no info file.
    module.write_text("<?php // other\n")
    assert verify(ten) == [ten.code_warning]
    assert ten.code_changes == ["Files of the module added (web/modules/added) changed."]


def test_built_code_that_changed_is_said_until_it_is_what_was_built(ten: Platform) -> None:
    Platform.objects.filter(pk=ten.pk).update(built={"identity": "abc"})
    assert verify(ten) == []
    stranger = change(ten, "modules/stranger/shell.php", "<?php // not ours\n")
    first = verify(ten)
    since = ten.code_changed_at
    assert first == [ten.code_warning]
    assert "built code never changes" in ten.code_warning
    assert (verify(ten), ten.code_changed_at) == (first, since)
    stranger.unlink()
    assert (verify(ten), ten.code_changes) == ([], [])
