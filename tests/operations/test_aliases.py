"""Further names of a site: served or leading elsewhere, one owner each, made by defaults or by hand."""

from __future__ import annotations

import re

import pytest

from aegir.engine import ledger
from aegir.errors import Refused
from aegir.models import Default, Platform, Site, SiteName, Task, default
from aegir.operations import (
    finding,
    site_alias_add,
    site_alias_redirect,
    site_alias_remove,
    site_disable,
    site_install,
    site_verify,
)
from aegir.steps import record_names, site, web
from tests.operations.hosting import BY, Hosting, die, fail, run, run_killed, sabotage
from tests.operations.moving import DOMAIN, directory, installed

pytestmark = [pytest.mark.live, pytest.mark.django_db(transaction=True)]

ALIAS = "www.example.org"
MODES = [("before", fail), ("after", fail), ("before", die), ("after", die)]


def done(task: Task) -> Task:
    run(task)
    assert task.state == Task.State.SUCCEEDED, task.error
    return task


def add(name: str, domain: str = DOMAIN, *, redirect: bool = False) -> Task:
    return done(site_alias_add.ask(domain=domain, name=name, redirect=redirect, by=BY))


def trusted(place: Site) -> list[str]:
    """The hosts that the site's settings let in, as regular expressions."""
    text = (directory(place) / "settings.php").read_text()
    return [literal.replace("\\\\", "\\") for literal in re.findall(r"'(\^[^']+\$)'", text)]


def seen(hosting: Hosting, name: str) -> tuple[int, str]:
    answer = hosting.web.nginx.fetch(name, "/node/1?a=b")
    return answer.status, answer.location


def test_an_alias_serves_the_site_until_it_is_removed(hosting: Hosting, ten: Platform) -> None:
    place = installed(hosting, ten)
    add("WWW.Example.org")
    assert seen(hosting, ALIAS) == (200, "")
    assert any(re.fullmatch(pattern, ALIAS) for pattern in trusted(place))
    done(site_alias_remove.ask(domain=DOMAIN, name=ALIAS, by=BY))
    assert seen(hosting, ALIAS) == (0, "")
    assert not any(re.fullmatch(pattern, ALIAS) for pattern in trusted(place))
    assert list(SiteName.objects.values_list("name", flat=True)) == [DOMAIN]
    assert seen(hosting, DOMAIN) == (200, "")


def test_names_lead_to_the_one_that_is_shown(hosting: Hosting, ten: Platform) -> None:
    installed(hosting, ten)
    add(ALIAS)
    add("old.example.org", redirect=True)
    port = hosting.web.port
    assert seen(hosting, "old.example.org") == (301, f"http://{DOMAIN}:{port}/node/1?a=b")
    done(site_alias_redirect.ask(domain=DOMAIN, to=ALIAS, by=BY))
    assert seen(hosting, ALIAS) == (200, "")
    assert seen(hosting, DOMAIN) == (301, f"http://{ALIAS}:{port}/node/1?a=b")
    assert seen(hosting, "old.example.org") == (301, f"http://{ALIAS}:{port}/node/1?a=b")
    with pytest.raises(Refused, match="lead elsewhere first"):
        site_alias_remove.ask(domain=DOMAIN, name=ALIAS, by=BY)
    before = hosting.state()
    assert run(site_verify.ask(domain=DOMAIN, by=BY)).state == Task.State.SUCCEEDED
    vhost = next(path for path in before if path.endswith(f"vhost.d/{DOMAIN}.conf"))
    assert hosting.state()[vhost] == before[vhost]
    done(site_alias_redirect.ask(domain=DOMAIN, to="off", by=BY))
    assert {seen(hosting, name) for name in (DOMAIN, ALIAS, "old.example.org")} == {(200, "")}
    assert Site.objects.get().canonical == ""


def test_one_alias_alone_can_lead_elsewhere(hosting: Hosting, ten: Platform) -> None:
    installed(hosting, ten)
    add(ALIAS)
    add("old.example.org")
    done(site_alias_redirect.ask(domain=DOMAIN, to=DOMAIN, name="old.example.org", by=BY))
    assert [seen(hosting, name)[0] for name in (DOMAIN, ALIAS, "old.example.org")] == [200, 200, 301]
    done(site_alias_redirect.ask(domain=DOMAIN, to="off", name="old.example.org", by=BY))
    assert seen(hosting, "old.example.org") == (200, "")


def test_a_wildcard_serves_what_nobody_has_by_name(hosting: Hosting, ten: Platform) -> None:
    installed(hosting, ten)
    installed(hosting, ten, domain="blog.example.org")
    add("*.example.org")
    assert DOMAIN in hosting.web.nginx.fetch("a.b.example.org").body
    assert "blog.example.org" in hosting.web.nginx.fetch("blog.example.org").body
    with pytest.raises(Refused, match="already an alias of a site"):
        site_alias_add.ask(domain="blog.example.org", name="*.Example.org", by=BY)


def test_a_disabled_site_stays_closed_under_its_new_name(hosting: Hosting, ten: Platform) -> None:
    installed(hosting, ten)
    done(site_disable.ask(domain=DOMAIN, by=BY))
    add(ALIAS)
    assert seen(hosting, ALIAS)[0] == 503


@pytest.mark.parametrize("step", [site.WriteSettings, web.PublishSite, record_names.NamesChanged])
def test_an_alias_that_breaks_is_free_again(hosting: Hosting, ten: Platform, step: type) -> None:
    installed(hosting, ten)
    start = hosting.state()
    for when, how in MODES:
        with sabotage(step, when, how):
            task = site_alias_add.ask(domain=DOMAIN, name=ALIAS, by=BY)
            (run_killed if how is die else run)(task)
        task.refresh_from_db()
        assert task.state == Task.State.FAILED, (when, how)
        assert hosting.state() == start, (when, how)
    add(ALIAS)


def test_a_new_site_gets_the_names_that_were_wished_for_and_those_of_the_defaults(
    hosting: Hosting, ten: Platform
) -> None:
    default.change("alias_www", "add")
    default.change("alias_subdomain", "sites.example.net")
    installed(hosting, ten, domain="other.org")
    SiteName.objects.create(name="www.new.org", site=Site.objects.get())
    task = site_install.ask(domain="new.org", platform=ten.name, db="sqlite", aliases=["neu.org"], by=BY)
    done(task)
    names = set(Site.objects.get(domain="new.org").names.values_list("name", "automatic"))
    assert names == {("new.org", False), ("neu.org", False), ("new.org.sites.example.net", True)}
    assert {hosting.web.nginx.probe(name) for name, _ in names} == {200}
    assert "www.new.org is left out" in task.lines.get(level="notice", step=None).text


# What is decided at the door needs no machine.


def site_at(platform: Platform, domain: str = "example.org") -> Site:
    site_install.ask(domain=domain, platform=platform.name, by=BY)
    Site.objects.filter(domain=domain).update(state=Site.State.ENABLED)
    return finding.site(domain)


@pytest.mark.parametrize(
    ("wishes", "names"),
    [
        ({}, []),
        ({"alias_www": "add"}, ["www.example.org"]),
        ({"alias_subdomain": "below.net"}, ["example.org.below.net"]),
        ({"alias_www": "strip"}, []),
    ],
)
def test_a_site_may_wish_for_other_names_than_the_defaults_give(
    platform: Platform, wishes: dict[str, str], names: list[str]
) -> None:
    site_install.ask(domain="example.org", platform=platform.name, by=BY, **wishes)
    assert [row.name for row in SiteName.objects.filter(automatic=True)] == names


def test_a_site_may_wish_for_none_of_the_names_that_the_defaults_give(platform: Platform) -> None:
    Default.objects.create(name="alias_www", value="strip")
    Default.objects.create(name="alias_subdomain", value="below.net")
    wishes = {"alias_www": "none", "alias_subdomain": ""}
    site_install.ask(domain="www.example.org", platform=platform.name, by=BY, **wishes)
    assert SiteName.objects.count() == 1
    site_install.ask(domain="www.example.net", platform=platform.name, by=BY)
    assert SiteName.objects.filter(name__in=["example.net", "www.example.net.below.net"]).count() == 2


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("example.org", "already a site"),
        ("other.example", "already a site"),
        ("*.", "is needed"),
        ("*.*.example", "is not a domain"),
        ("a*.example.org", "is not a domain"),
        ("; rm.example.org", "is not a domain"),
        ("10.0.0.1", "is an address"),
    ],
)
def test_a_name_that_cannot_be_an_alias_is_refused(platform: Platform, name: str, sentence: str) -> None:
    site_at(platform)
    site_at(platform, "other.example")
    with pytest.raises(Refused, match=re.escape(sentence)):
        site_alias_add.ask(domain="example.org", name=name, by=BY)


def test_a_name_is_taken_while_its_task_waits_and_free_when_that_is_cancelled(platform: Platform) -> None:
    site_at(platform)
    site_at(platform, "other.example")
    task = site_alias_add.ask(domain="example.org", name=ALIAS, by=BY)
    with pytest.raises(Refused, match="already an alias of a site"):
        site_alias_add.ask(domain="other.example", name=ALIAS, by=BY)
    with pytest.raises(Refused, match="no alias"):
        site_alias_remove.ask(domain="example.org", name=ALIAS, by=BY)
    with pytest.raises(Refused, match="is no name of"):
        site_alias_redirect.ask(domain="example.org", to=ALIAS, by=BY)
    ledger.cancel(task, BY)
    site_alias_add.ask(domain="other.example", name=ALIAS, by=BY)


def test_the_domain_itself_is_no_alias(platform: Platform) -> None:
    site_at(platform)
    with pytest.raises(Refused, match="no alias"):
        site_alias_remove.ask(domain="example.org", name="example.org", by=BY)


@pytest.mark.parametrize(
    ("name", "text"),
    [("alias_www", "both"), ("alias_subdomain", "no domain"), ("alias_subdomain", "UPPER.example")],
)
def test_defaults_that_cannot_be_are_refused(db: None, name: str, text: str) -> None:
    with pytest.raises(Refused, match=name):
        default.change(name, text)
