"""A site is switched off and on again; visitors, cron and other tasks find it so."""

from __future__ import annotations

import pytest

from aegir.errors import Refused
from aegir.models import Platform, Site, Task
from aegir.operations import cron_due, site_disable, site_enable, site_verify
from aegir.steps import record_names, web
from tests.operations.hosting import BY, Hosting, die, fail, run, run_killed, sabotage
from tests.operations.moving import DOMAIN, directory, installed

pytestmark = [pytest.mark.live, pytest.mark.django_db(transaction=True)]

MODES = [("before", fail), ("after", fail), ("before", die), ("after", die)]


def disabled(hosting: Hosting, platform: Platform) -> Site:
    site = installed(hosting, platform)
    task = run(site_disable.ask(domain=DOMAIN, by=BY))
    assert task.state == Task.State.SUCCEEDED, task.error
    site.refresh_from_db()
    return site


def test_a_disabled_site_says_so_to_visitors_and_comes_back(hosting: Hosting, ten: Platform) -> None:
    site = disabled(hosting, ten)
    assert site.state == Site.State.DISABLED
    answer = hosting.web.nginx.fetch(DOMAIN)
    assert (answer.status, "switched off" in answer.body) == (503, True)
    assert hosting.web.nginx.fetch(DOMAIN, "/files/before.txt").status == 503
    task = run(site_enable.ask(domain=DOMAIN, by=BY))
    assert task.state == Task.State.SUCCEEDED, task.error
    site.refresh_from_db()
    assert site.state == Site.State.ENABLED
    assert hosting.web.nginx.probe(DOMAIN) == 200


def test_twice_is_refused(hosting: Hosting, ten: Platform) -> None:
    installed(hosting, ten)
    with pytest.raises(Refused, match=f"^{DOMAIN} is enabled already"):
        site_enable.ask(domain=DOMAIN, by=BY)
    run(site_disable.ask(domain=DOMAIN, by=BY))
    with pytest.raises(Refused, match=f"^{DOMAIN} is disabled already"):
        site_disable.ask(domain=DOMAIN, by=BY)


def test_a_site_that_does_not_work_stays_closed(hosting: Hosting, ten: Platform) -> None:
    site = disabled(hosting, ten)
    (directory(site) / "switches").write_text("boot throw\n")
    task = run(site_enable.ask(domain=DOMAIN, by=BY))
    assert task.state == Task.State.FAILED
    assert "answers 500" in task.error
    site.refresh_from_db()
    assert site.state == Site.State.DISABLED
    assert "switched off" in hosting.web.nginx.fetch(DOMAIN).body


def test_a_disabled_site_stays_so_when_it_is_verified(hosting: Hosting, ten: Platform) -> None:
    site = disabled(hosting, ten)
    assert run(site_verify.ask(domain=DOMAIN, by=BY)).state == Task.State.SUCCEEDED
    site.refresh_from_db()
    assert site.state == Site.State.DISABLED
    assert "switched off" in hosting.web.nginx.fetch(DOMAIN).body


def test_the_cron_of_a_disabled_site_is_not_asked_for(hosting: Hosting, ten: Platform) -> None:
    site = disabled(hosting, ten)
    Site.objects.filter(pk=site.pk).update(cron_next_at=site.created_at)
    assert cron_due.ask(by=BY) == []


@pytest.mark.parametrize("step", [web.PublishSite, record_names.StateChanged])
def test_disabling_that_breaks_leaves_the_site_open(hosting: Hosting, ten: Platform, step: type) -> None:
    site = installed(hosting, ten)
    for when, how in MODES:
        with sabotage(step, when, how):
            task = (run_killed if how is die else run)(site_disable.ask(domain=DOMAIN, by=BY))
        assert task.state == Task.State.FAILED, (when, how)
        site.refresh_from_db()
        assert (site.state, hosting.web.nginx.probe(DOMAIN)) == (Site.State.ENABLED, 200), (when, how)


@pytest.mark.parametrize("step", [web.ProbeSite, web.PublishSite, record_names.StateChanged])
def test_enabling_that_breaks_leaves_the_site_closed(hosting: Hosting, ten: Platform, step: type) -> None:
    site = disabled(hosting, ten)
    for when, how in MODES:
        with sabotage(step, when, how):
            task = (run_killed if how is die else run)(site_enable.ask(domain=DOMAIN, by=BY))
        assert task.state == Task.State.FAILED, (when, how)
        site.refresh_from_db()
        assert (site.state, hosting.web.nginx.probe(DOMAIN)) == (Site.State.DISABLED, 503), (when, how)
    assert hosting.state()["kept copies"] == []
