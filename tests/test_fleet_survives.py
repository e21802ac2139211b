"""A whole platform moves while everything is killed: it goes on by itself, stays true, and comes back."""

from __future__ import annotations

import json
import os
import shutil
import signal
from pathlib import Path
from typing import Any

import pytest

from tests.drupal.application import upgraded
from tests.embedded.instance import Instance, eventually, own
from tests.operations.moving import UPDATES
from tests.test_end_to_end import OURS, front_page, provide

__all__ = ["own"]

pytestmark = pytest.mark.live
DOMAINS = [f"s{number}.localhost" for number in range(6)]
FAILING = ("s2.localhost", "s5.localhost")
"""One in each wave."""
LONG = 300.0
GOING = ("comparing", "rehearsing", "canary", "moving")


@pytest.fixture
def fleet(own: Instance, tmp_path: Path) -> tuple[Instance, int]:
    """Six sites of which two will fail, and a move of all of them that has begun."""
    own.up()
    release = tmp_path / "following"
    shutil.copytree(OURS / "ten", release)
    upgraded(release)
    provide(own, OURS / "ten")
    provide(own, release)
    for domain in DOMAINS:
        said(own, "site", "install", domain, "--platform", "ten", "--profile", "studio", "--wait")
    for domain in FAILING:
        switches(own, domain).write_text(f"{UPDATES['ten']} throw\n")
    options = ["--rehearse", "1", "--canary", "1", "--wave", "3", "--width", "2", "--failures", "50"]
    made = said(own, "platform", "move-sites", "ten", "--to", "following", *options, "--start", "--json")
    return own, json.loads(made)["id"]


def said(instance: Instance, *arguments: str) -> str:
    done = instance.cli(*arguments, timeout=LONG)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def switches(instance: Instance, domain: str) -> Path:
    """What makes a site misbehave; it travels with the site."""
    return instance.home / "platforms/ten/web/sites" / domain / "switches"


def report(instance: Instance, number: int) -> dict[str, Any]:
    shown: dict[str, Any] = json.loads(
        said(instance, "fleet", "show", str(number), "--sites", "all", "--json")
    )
    return shown


def moved(instance: Instance, number: int) -> int:
    count: int = report(instance, number)["sites"]["moved"]
    return count


def true(instance: Instance, number: int) -> dict[str, Any]:
    """The report, which says of each site where it really is; and each serves."""
    told = report(instance, number)
    homes = {
        site["domain"]: site["platform"]
        for site in json.loads(said(instance, "site", "list", "--json"))["items"]
    }
    for row in told["listed"]:
        assert homes[row["domain"]] == ("following" if row["state"] == "moved" else "ten"), row
    assert {domain: front_page(instance, domain) for domain in DOMAINS} == dict.fromkeys(DOMAINS, 200)
    return told


def test_a_fleet_goes_on_through_every_kill_tells_the_truth_and_goes_back(
    fleet: tuple[Instance, int],
) -> None:
    instance, number = fleet
    eventually(lambda: moved(instance, number) >= 1, LONG)
    os.kill(instance.program("worker")["pid"], signal.SIGKILL)
    eventually(lambda: moved(instance, number) >= 2, LONG)
    os.kill(instance.status()["pid"], signal.SIGKILL)
    eventually(lambda: not instance.status()["running"])
    instance.up()
    eventually(lambda: report(instance, number)["state"] not in GOING, LONG)
    if report(instance, number)["state"] == "stopped":
        # When everything dies, what a task needs may die before the task, which then fails for that.
        instance.cli("fleet", "retry", str(number), "--wait", timeout=LONG)
    told = true(instance, number)
    assert told["state"] == "done", (told["reason"], told["groups"])
    assert {row["domain"] for row in told["listed"] if row["state"] == "failed"} == {*FAILING}
    (group,) = told["groups"]
    assert (group["count"], UPDATES["ten"] in group["error"]) == (2, True)

    for domain in FAILING:
        switches(instance, domain).unlink()
    assert "6 moved" in said(instance, "fleet", "retry", str(number), "--wait")
    true(instance, number)

    assert "6 gone back" in said(instance, "fleet", "undo", str(number), "--yes", "--wait")
    assert {row["platform"] for row in true(instance, number)["listed"]} == {"ten"}
