"""A site's cron runs, to its end or no further, and what it said is kept when it fails."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from aegir.models import Platform, Site, Task, default
from aegir.operations import cron_due, site_cron, site_disable
from aegir.steps import everyday, record_everyday
from tests.operations.hosting import BY, Hosting, die, fail, run, run_killed, sabotage
from tests.operations.moving import DOMAIN, directory, installed

pytestmark = [pytest.mark.live, pytest.mark.django_db(transaction=True)]

MODES = [("before", fail), ("after", fail), ("before", die), ("after", die)]


def switch(site: Site, *lines: str) -> None:
    (directory(site) / "switches").write_text("".join(f"{line}\n" for line in lines))


def cron(how: Callable[[Task], Task] = run) -> Task:
    return how(site_cron.ask(domain=DOMAIN, by=BY))


def test_cron_runs_and_says_when(hosting: Hosting, ten: Platform) -> None:
    site = installed(hosting, ten)
    Site.objects.update(cron_error="Something")
    task = cron()
    assert task.state == Task.State.SUCCEEDED, task.error
    site.refresh_from_db()
    assert site.cron_ran_at is not None
    assert site.cron_error == ""


def test_what_a_failing_cron_printed_is_kept_until_one_goes_well(hosting: Hosting, ten: Platform) -> None:
    site = installed(hosting, ten)
    switch(site, "cron throw")
    assert cron().state == Task.State.FAILED
    site.refresh_from_db()
    assert "cron" in site.cron_error
    assert site.cron_ran_at is None
    switch(site)
    assert cron().state == Task.State.SUCCEEDED
    site.refresh_from_db()
    assert site.cron_error == ""


def test_a_cron_that_takes_too_long_is_ended_and_its_lock_holds_up_nobody(
    hosting: Hosting, ten: Platform
) -> None:
    site = installed(hosting, ten)
    default.change("cron_seconds", "5")
    switch(site, "cron hang")
    assert cron().state == Task.State.FAILED
    site.refresh_from_db()
    assert "5" in site.cron_error
    switch(site)
    assert cron().state == Task.State.SUCCEEDED
    site.refresh_from_db()
    assert site.cron_ran_at is not None


def test_a_cron_that_somebody_else_has_started_is_let_finish(hosting: Hosting, ten: Platform) -> None:
    site = installed(hosting, ten)
    switch(site, "cron kill")
    assert cron().state == Task.State.FAILED
    Site.objects.update(cron_error="")  # as if it had not been ours
    task = cron()
    assert task.state == Task.State.SUCCEEDED
    assert "running already" in task.lines.get(level="notice").text
    site.refresh_from_db()
    assert (site.cron_ran_at, site.cron_error) == (None, "")


def test_a_cron_that_breaks_is_noted_and_runs_the_next_time(hosting: Hosting, ten: Platform) -> None:
    site = installed(hosting, ten)
    for step in (everyday.RunCron, record_everyday.CronRan):
        for when, how in MODES:
            with sabotage(step, when, how):
                task = cron(run_killed if how is die else run)
            assert task.state == Task.State.FAILED, (step, when, how)
            site.refresh_from_db()
            assert site.cron_error, (step, when, how)
            assert hosting.web.nginx.probe(DOMAIN) == 200
    assert cron().state == Task.State.SUCCEEDED


def test_a_cron_that_waits_while_its_site_is_disabled_does_nothing(hosting: Hosting, ten: Platform) -> None:
    site = installed(hosting, ten)
    Site.objects.update(cron_next_at=site.created_at)
    closing = site_disable.ask(domain=DOMAIN, by=BY)
    (waiting,) = cron_due.ask(by="schedule")
    assert run(closing).state == Task.State.SUCCEEDED
    assert run(waiting).state == Task.State.SUCCEEDED
    site.refresh_from_db()
    assert site.cron_ran_at is None
    assert not waiting.steps.exists()
