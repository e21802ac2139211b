"""``aegir platform move-sites`` and ``aegir fleet``, from what would be to the exit code."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator

import pytest
from django.db import connections

from aegir.models import Fleet, Package, Platform, Site, Task
from tests.cli.conftest import Aegir, answer
from tests.operations.fleet import at_work, compared, finish, release, site

Working = Callable[..., None]
OLD, NEW = "old", "new"


@pytest.fixture
def sites(panel: None) -> list[Site]:
    """Three sites, of which the last cannot go."""
    home, there = release(OLD), release(NEW, "10.2.0")
    made = [site(f"{name}.example.org", home) for name in "abc"]
    for where in ({"site": made[2], "schema_installed": 9001, "enabled": True}, {"platform": there}):
        Package.objects.create(name="views", kind="module", version="1", **where)
    return made


@pytest.fixture
def working(panel: None) -> Iterator[Working]:
    """A worker that lets every task of every fleet end; those of the sites that are named fail."""
    over = threading.Event()
    threads: list[threading.Thread] = []

    def work(failing: tuple[str, ...]) -> None:
        while not over.wait(0.05):
            for fleet in Fleet.objects.all():
                for task in at_work(compared(fleet)):
                    broken = task.subject_name in failing
                    finish(task, "failed" if broken else "succeeded", "It broke." if broken else "")
        connections.close_all()

    def begin(*failing: str) -> None:
        threads.append(threading.Thread(target=work, args=(failing,)))
        threads[-1].start()

    yield begin
    over.set()
    for thread in threads:
        thread.join(20)


def test_a_dry_run_says_who_could_go_and_leaves_nothing(aegir: Aegir, sites: list[Site]) -> None:
    result = aegir("platform", "move-sites", OLD, "--to", NEW, "--dry-run")
    assert (result.exit_code, "2 of 3 sites can go to new" in result.output) == (0, True)
    assert "cannot go  c.example.org: views has run updates up to 9001" in result.output
    assert not Fleet.objects.exists()
    assert not Task.objects.exists()
    Site.objects.exclude(domain="c.example.org").update(platform=Platform.objects.get(name=NEW))
    assert aegir("platform", "move-sites", OLD, "--to", NEW, "--dry-run").exit_code == 2


def test_a_whole_platform_moves_and_goes_back(aegir: Aegir, sites: list[Site], working: Working) -> None:
    working()
    asked = ("platform", "move-sites", OLD, "--to", NEW, "--rehearse", "all", "--start", "--wait")
    result = aegir(*asked)
    assert result.exit_code == 0, result.output
    assert "2 moved, 1 cannot be moved" in result.output
    number = str(Fleet.objects.get().pk)
    shown = answer(aegir("fleet", "show", number, "--sites", "all", "--json"))
    assert [row["platform"] for row in shown["listed"]] == [NEW, NEW, OLD]
    assert shown["groups"][0]["domain"] == "c.example.org"
    result = aegir("fleet", "undo", number, "--yes", "--wait")
    assert (result.exit_code, "2 gone back" in result.output) == (0, True), result.output
    assert f"{number}" in aegir("fleet", "list").output


def test_a_move_that_stops_ends_with_1_and_goes_on_when_asked(
    aegir: Aegir, sites: list[Site], working: Working
) -> None:
    working("a.example.org")
    made = answer(aegir("platform", "move-sites", OLD, "--to", NEW, "--rehearse", "0", "--json"))
    number = str(made["id"])
    result = aegir("fleet", "start", number, "--wait")
    assert (result.exit_code, "The first move of a.example.org failed" in result.output) == (1, True)
    result = aegir("fleet", "resume", number, "--wait")
    assert (result.exit_code, "1 moved, 1 failed" in result.output) == (1, True), result.output


def test_what_cannot_be_is_refused_with_2(aegir: Aegir, sites: list[Site]) -> None:
    for wrong in (
        ("platform", "move-sites", OLD, "--to", OLD),
        ("platform", "move-sites", OLD, "--to", NEW, "--rehearse", "some"),
        ("platform", "move-sites", OLD, "--to", NEW, "--width", "0"),
        ("platform", "move-sites", "none", "--to", NEW),
        ("fleet", "show", "77"),
    ):
        result = aegir(*wrong)
        assert (result.exit_code, result.stdout) == (2, ""), wrong
    made = answer(aegir("platform", "move-sites", OLD, "--to", NEW, "--json"))
    assert aegir("fleet", "resume", str(made["id"])).exit_code == 2
    assert aegir("fleet", "cancel", str(made["id"])).exit_code == 2  # there is nobody to ask
    assert "cancelled" in aegir("fleet", "cancel", str(made["id"]), "--yes").output
