"""``aegir advisory``: what concerns somebody, and asking anew."""

from __future__ import annotations

import pytest

from aegir.models import Advisory, Default, Site, Task
from tests import doors
from tests.cli.conftest import Aegir, Ending, answer


@pytest.fixture
def vulnerable(hosted: Site) -> Site:
    """A site with a module that two advisories are about, one of which speaks of versions that nobody has."""
    doors.package("webform", version="6.1.0", site=hosted, enabled=False)
    for identifier, versions, severity in (("SA-1", "<6.1.2", ""), ("SA-2", "<5", "high")):
        Advisory.objects.create(
            identifier=identifier,
            package="drupal/webform",
            title="A hole",
            affected=versions,
            severity=severity,
        )
    return hosted


def test_it_lists_what_concerns_somebody(aegir: Aegir, vulnerable: Site) -> None:
    result = aegir("advisory", "list")
    assert result.exit_code == 0, result.output
    head, row = (line.split("  ") for line in result.stdout.splitlines())
    assert head[0] == "ADVISORY"
    assert [cell.strip() for cell in row if cell.strip()] == [
        "SA-1", "–", "drupal/webform", "0", "1 (0 use it)", "A hole",
    ]  # fmt: skip
    (only,) = answer(aegir("advisory", "list", "--json"))["items"]
    assert only["sites"] == [{"name": vulnerable.domain, "version": "6.1.0", "enabled": False}]


def test_it_says_so_where_there_is_nothing(aegir: Aegir, hosted: Site) -> None:
    result = aegir("advisory", "list")
    assert (result.exit_code, "«aegir advisory fetch» asks anew" in result.output) == (0, True)


def test_it_asks_anew_and_ends_as_the_task_does(aegir: Aegir, hosted: Site, ending: Ending) -> None:
    task = answer(aegir("advisory", "fetch", "--json"))
    assert Task.objects.get(pk=task["id"]).operation == "advisory_fetch"
    result = aegir("advisory", "fetch")
    assert (result.exit_code, f"already, by task {task['id']}" in result.output) == (2, True)
    Task.objects.update(state="cancelled")
    ending("failed", error="feed.example.org did not answer.", remedy="")
    result = aegir("advisory", "fetch", "--wait")
    assert (result.exit_code, "feed.example.org did not answer." in result.output) == (1, True)


def test_it_is_refused_where_nobody_is_to_be_asked(aegir: Aegir, hosted: Site) -> None:
    Default.objects.create(name="advisories_feed", value="")
    result = aegir("advisory", "fetch")
    assert (result.exit_code, "name a feed in the setting advisories_feed" in result.output) == (2, True)
