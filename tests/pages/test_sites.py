"""The list of sites, and every section of one site's page."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from aegir.models import Backup, Package, Secret, Site, SiteName, Task, feature
from tests import doors
from tests.pages.counting import queries
from tests.pages.sites import acme, bob, full

pytestmark = pytest.mark.django_db
__all__ = ["bob"]

SITE = "/sites/example.org"
PAGES = ["/sites", "/install", "/deploy", SITE, f"{SITE}/aliases", f"{SITE}/backups", f"{SITE}/packages"]
PAGES += [f"{SITE}/history", f"{SITE}/migrate", f"{SITE}/migrate?platform=d11"]


@pytest.mark.parametrize("address", PAGES)
def test_a_page_is_for_people_with_a_role_and_strict_about_scripts(
    alice: Client, charlie: Client, address: str
) -> None:
    full()
    response = alice.get(address)
    assert response.status_code == 200
    text = response.content.decode()
    assert "<script>" not in text
    assert "style=" not in text
    assert Client().get(address)["Location"].startswith("/sign-in?next=")
    answer = charlie.get(address)
    assert b"example.org" not in answer.content or answer.status_code in (403, 404)


def test_a_list_that_is_empty_says_what_to_do_first(alice: Client, bob: Client) -> None:
    assert b"Start with a platform" in alice.get("/sites").content
    assert b"ask an administrator" in bob.get("/sites").content
    assert b"Start with a platform" in alice.get("/install").content
    doors.platform()
    assert b"Install the first site" in alice.get("/sites").content


def test_the_list_takes_the_same_queries_whatever_its_length(
    alice: Client,
) -> None:
    for number in range(60):
        doors.site(f"s{number}.example.org")
    alice.get("/sites")
    with CaptureQueriesContext(connection) as few:
        assert "1–50 of 60" in alice.get("/sites").content.decode()
    for number in range(60, 120):
        doors.site(f"s{number}.example.org")
    with CaptureQueriesContext(connection) as many:
        assert "1–50 of 120" in alice.get("/sites").content.decode()
    assert len(many) == len(few) <= 8


@pytest.mark.parametrize("count", [0, 49, 50, 51, 130])
def test_every_site_is_on_exactly_one_page_and_a_list_that_fits_is_not_counted(
    alice: Client, count: int
) -> None:
    domains = [f"s{number:03}.example.org" for number in range(count)]
    for domain in domains:
        doors.site(domain)
    shown = []
    for page in range(1, (count + 49) // 50 + 1):
        text = alice.get(f"/sites?sort=-domain&page={page}").content.decode()
        shown += re.findall(r'name="row" value="([^"]+)"', text)
    assert shown == domains[::-1]
    last = alice.get("/sites?sort=-domain&page=99999").content.decode()
    assert re.findall(r'name="row" value="([^"]+)"', last) == shown[(count - 1) // 50 * 50 :]
    with CaptureQueriesContext(connection) as taken:
        alice.get("/sites")
    counted = [each for each in taken if 'COUNT(*) AS "__count" FROM "aegir_site"' in each["sql"]]
    assert len(counted) == (count > 50)


def test_the_page_of_a_site_takes_the_same_queries_whatever_it_holds(alice: Client) -> None:
    site = full()
    few = queries(alice, "/sites/example.org")
    for number in range(20):
        doors.backup(site)
        doors.task("failed", subject_id=site.pk)
        SiteName.objects.create(name=f"a{number}.example.org", site=site)
        doors.site(f"s{number}.example.org", on=site.platform)
    assert queries(alice, "/sites/example.org") <= few <= 21


def test_sites_are_found_by_any_of_their_names_and_narrowed(alice: Client) -> None:
    first = doors.site("a.example.org", on=doors.platform("d7"), title="Bakery", email="ann@flour.example")
    doors.site("b.example.org", on=doors.platform("d10"), state="disabled")
    SiteName.objects.create(name="www.bread.example", site=first)
    for wanted in ("q=a.exam", "q=bread", "q=bakery", "q=FLOUR", "q=d7", "platform=d7", "state=enabled"):
        text = alice.get(f"/sites?{wanted}").content
        assert text.count(b'data-label="Domain"') == 1, wanted
        assert b"/sites/a.example.org" in text
    assert b"Nothing matches" in alice.get("/sites?q=<b>").content


def test_a_clients_people_see_their_own_sites_and_no_other(bob: Client) -> None:
    site = full(client=acme())
    doors.site("foreign.example.org", on=site.platform)
    text = bob.get("/sites").content
    assert b"/sites/example.org" in text
    assert b"foreign.example.org" not in text
    assert bob.get(SITE).status_code == 200
    sections = ("", "/aliases", "/backups", "/packages", "/history", "/migrate", "/delete", "/enter", "/give")
    for below in sections:
        assert bob.get(f"/sites/foreign.example.org{below}").status_code == 404, below


def test_only_what_somebody_may_do_is_offered(alice: Client, bob: Client) -> None:
    full(client=acme())
    mine, all_of_it = bob.get(SITE).content, alice.get(SITE).content
    for verb in (b"drush", b"give"):
        assert b"/sites/example.org/" + verb not in mine
        assert b"/sites/example.org/" + verb in all_of_it
    assert b"/sites/example.org/clone" in mine
    for part in ("drush", "rehearsals", "cron"):
        feature.switch(part, False)
    without = alice.get(SITE).content
    assert b"/sites/example.org/drush" not in without
    assert b"/sites/example.org/rehearse" not in without
    assert b"/sites/example.org/cron-interval" not in without
    assert alice.get(f"{SITE}/drush").status_code == 404


def test_what_is_not_possible_now_says_why(alice: Client) -> None:
    doors.site()
    text = alice.get(SITE).content.decode()
    assert "Only a disabled site can be deleted: disable it first." in text
    assert "There is no backup of it." in text
    assert "Nothing is kept that it could go back to" in text
    assert f'href="{SITE}/delete"' not in text
    page = alice.get(f"{SITE}/delete").content.decode()
    assert "disable it first" in page
    assert 'href="/sites/example.org/disable">Disable …' in page
    assert 'method="post" action="/sites' not in page
    Site.objects.update(state="failed")
    assert "install failed" in alice.get(SITE).content.decode()
    assert f'href="{SITE}/delete"' in alice.get(SITE).content.decode()


def test_the_overview_tells_everything_about_the_site(alice: Client) -> None:
    site = full(client=None, mail=False, cron_error="Call to undefined function", title="The <b>bakery</b>")
    text = alice.get(SITE).content.decode()
    for words in ("is held back", "Call to undefined function", "The &lt;b&gt;bakery", "d9", "Go to site"):
        assert words in text
    doors.task("running", subject_id=site.pk, asked_by="robin")
    assert "asked for by robin" in alice.get(SITE).content.decode()
    doors.task("succeeded", operation="site_changes", subject_id=site.pk,
               arguments={"pair": site.pairs.get().pk},
                result={"changes": [{"what": "content", "count": 2,
                                     "newest": [{"title": "News"}]}]})  # fmt: skip
    assert "content: 2 (News …)" in alice.get(SITE).content.decode()


def test_go_to_site_becomes_log_in_while_the_link_is_good(alice: Client) -> None:
    doors.site()
    link = "http://example.org:8080/user/reset/1/2/3/login"
    Site.objects.update(login_secret=Secret.seal(link, "login"), login_at=timezone.now())
    text = alice.get(SITE).content.decode()
    assert "Log in to site" in text
    assert link not in text
    Site.objects.update(login_at=timezone.now() - timedelta(hours=25))
    assert b"Log in to site" not in alice.get(SITE).content
    assert b"Get a login link" in alice.get(SITE).content


def test_a_login_link_is_followed_once_and_by_nobody_elses_page(alice: Client) -> None:
    doors.site()
    link = "http://example.org:8080/user/reset/1/2/3/login"
    Site.objects.update(login_secret=Secret.seal(link, "login"), login_at=timezone.now())
    lured = alice.get(f"{SITE}/enter", headers={"Sec-Fetch-Site": "cross-site"})
    assert lured["Location"] == SITE
    entered = alice.get(f"{SITE}/enter")
    assert (entered["Location"], entered["Referrer-Policy"]) == (link, "no-referrer")
    assert not Secret.objects.filter(purpose="login").exists()
    assert alice.get(f"{SITE}/enter")["Location"] == "http://example.org:8080/"


def test_names_are_listed_with_what_they_do(alice: Client) -> None:
    site = full()
    SiteName.objects.create(name="www.example.org", site=site, redirects=True)
    SiteName.objects.create(name="soon.example.org", site=site, reserved=True)
    text = alice.get(f"{SITE}/aliases").content.decode()
    assert "leads to example.org" in text
    assert "not over yet" in text
    assert f"{SITE}/alias-remove?name=www.example.org" in text
    assert "alias-remove?name=soon" not in text


def test_packages_are_searched_and_narrowed(alice: Client) -> None:
    site = full()
    Package.objects.create(site=site, name="devel", kind="module", version="5.1", enabled=False)
    assert b"devel" in alice.get(f"{SITE}/packages?q=DEV").content
    assert b"node" not in alice.get(f"{SITE}/packages?q=DEV").content
    assert b"devel" not in alice.get(f"{SITE}/packages?used=True").content
    Package.objects.all().delete()
    assert b"Verify the site" in alice.get(f"{SITE}/packages").content


def test_backups_are_listed_fetched_and_deleted(alice: Client, bob: Client) -> None:
    site = full()
    other = doors.backup(Site.objects.get(domain="sister.example.org"))
    first, second = Backup.objects.get(site=site), doors.backup(site)
    text = alice.get(f"{SITE}/backups").content.decode()
    assert "before the fair" in text
    assert f"restore?backup={first.pk}" in text
    assert alice.get(f"{SITE}/backups/{first.pk}/download")["Location"].startswith("/download/")
    assert alice.get(f"{SITE}/backups/{other.pk}/download").status_code == 404
    assert bob.get(f"{SITE}/backups/{first.pk}/download").status_code == 404
    rows = {"row": [first.pk, second.pk, other.pk]}
    shown = alice.post(f"{SITE}/backups/delete", {**rows, "action": "delete"})
    assert shown.status_code == 200
    assert f"number {other.pk}" not in shown.content.decode()
    wrong = alice.post(f"{SITE}/backups/delete", {**rows, "count": "3"})
    assert wrong.status_code == 422
    assert "type 2 to confirm" in wrong.content.decode()
    assert not Task.objects.exists()
    assert alice.post(f"{SITE}/backups/delete", {**rows, "count": "2"})["Location"] == f"{SITE}/backups"
    wanted = Task.objects.order_by("arguments").values_list("operation", "arguments__backup")
    assert set(wanted) == {("backup_delete", first.pk), ("backup_delete", second.pk)}
    assert alice.post(f"{SITE}/backups/delete", {"row": ["x", other.pk]}).status_code == 422


def test_the_history_is_narrowed_to_a_state(alice: Client) -> None:
    site = full()
    doors.task("failed", subject_id=site.pk, error="No room was left.")
    doors.task(subject_id=site.pk, asked_by="robin")
    text = alice.get(f"{SITE}/history?state=failed").content
    assert b"No room was left." in text
    assert b"robin" not in text


@pytest.mark.parametrize("address", ["/sites/nowhere.org", f"{SITE}/nothing", "/sites/nowhere.org/verify"])
def test_what_is_not_there_says_so(alice: Client, address: str) -> None:
    full()
    response = alice.get(address)
    assert response.status_code == 404
    assert b"There is no" in response.content


def test_a_site_with_many_names_that_match_is_listed_once(alice: Client) -> None:
    site = doors.site("shop.example.org")
    for name in ("www.shop.example.org", "shop.example.net"):
        SiteName.objects.create(name=name, site=site)
    doors.site("blog.example.org")
    page = alice.get("/sites?q=shop").content.decode().partition("<main")[2]
    assert page.count('href="/sites/shop.example.org"') == 1
    assert "blog.example.org" not in page
    assert 'href="/sites/shop.example.org"' in alice.get("/sites?q=example.net").content.decode()


def test_sites_by_platform_are_in_order_on_every_page(alice: Client) -> None:
    homes = [doors.platform(name) for name in ("b-home", "a-home")]
    for number in range(120):
        doors.site(f"s{number:03}.example.org", on=homes[number % 2])
    domains = [f"s{number:03}.example.org" for number in (*range(1, 120, 2), *range(0, 120, 2))]
    for sort, wanted in (("platform", domains), ("-platform", domains[::-1])):
        pages = [alice.get(f"/sites?sort={sort}&page={page}").content.decode() for page in (1, 2, 3)]
        shown = [re.findall(r'data-label="Domain"><a href="/sites/([^"]+)"', page) for page in pages]
        assert [len(page) for page in shown] == [50, 50, 20]
        assert [domain for page in shown for domain in page] == wanted


def test_what_can_be_chosen_is_shown_as_it_is_called_and_what_was_chosen_stays(alice: Client) -> None:
    owner = doors.acme()
    owner.title = '<b>"Acme"</b>'
    owner.save()
    doors.site()
    page = alice.get("/sites?client=acme&state=enabled").content.decode()
    assert '<option value="acme" selected>&lt;b&gt;&quot;Acme&quot;&lt;/b&gt;</option>' in page
    assert '<option value="enabled" selected>enabled</option>' in page
    assert '<option value="disabled">disabled</option>' in page
