"""Every page, to those who may see it and to those who may not."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from aegir.engine import ledger
from aegir.models import Platform, Secret, Site, Task
from tests import doors

pytestmark = pytest.mark.django_db

PAGES = ["/", "/install", "/sites/example.org", "/platforms", "/add", "/platforms/d10"]
PAGES += ["/servers", "/servers/localhost", "/tasks"]
CHANGES = ["/sites/example.org/verify", "/sites/example.org/login", "/sites/example.org/delete"]
CHANGES += ["/sites/example.org/disable", "/sites/example.org/enable"]
CHANGES += ["/platforms/d10/verify", "/platforms/d10/delete", "/servers/localhost/verify"]
CHANGES += ["/queues/main/pause", "/queues/main/resume", "/tasks/1/cancel", "/tasks/1/retry"]


@pytest.mark.parametrize("address", [*PAGES, *CHANGES])
def test_nobody_gets_past_the_sign_in_page(client: Client, address: str) -> None:
    response = client.post(address) if address in CHANGES else client.get(address)
    assert response.status_code == 302
    assert response["Location"].startswith("/sign-in?next=")


@pytest.mark.parametrize("address", PAGES)
def test_a_page_is_shown_with_a_strict_policy(alice: Client, address: str) -> None:
    doors.site()
    response = alice.get(address)
    assert response.status_code == 200
    assert "default-src 'self'" in response["Content-Security-Policy"]
    text = response.content.decode()
    assert "<script>" not in text
    assert "style=" not in text


@pytest.mark.parametrize("address", CHANGES)
def test_a_button_takes_no_mere_visit(alice: Client, address: str) -> None:
    doors.site()
    assert alice.get(address).status_code == 405


@pytest.mark.parametrize("address", CHANGES)
def test_someone_without_a_role_changes_nothing(charlie: Client, address: str) -> None:
    doors.site()
    doors.task("queued")
    response = charlie.post(address, {"name": "example.org"})
    assert response.status_code in (403, 404, 422)
    assert not Task.objects.exclude(state="queued").exists()
    assert Task.objects.count() == 1
    assert not ledger.paused("main")


def test_someone_without_a_role_sees_nothing(charlie: Client) -> None:
    doors.site()
    assert b"example.org" not in charlie.get("/").content
    assert charlie.get("/sites/example.org").status_code == 404
    assert charlie.get("/install").status_code == 403


def test_a_change_needs_its_forms_token() -> None:
    doors.site()
    client = Client(enforce_csrf_checks=True)
    client.force_login(doors.alice())
    response = client.post("/sites/example.org/verify")
    assert response.status_code == 403
    assert b"open for too long" in response.content
    assert not Task.objects.exists()


def test_empty_pages_say_what_to_do_first(alice: Client) -> None:
    assert b"Start with a platform" in alice.get("/").content
    assert b"No platforms yet" in alice.get("/platforms").content
    assert b"No servers yet" in alice.get("/servers").content
    doors.platform()
    assert b"No sites yet" in alice.get("/").content


@pytest.mark.parametrize(
    "address", ["/nothing", "/sites/nowhere.org", "/platforms/x", "/servers/x", "/tasks/7"]
)
def test_what_is_not_there_says_so(alice: Client, address: str) -> None:
    response = alice.get(address)
    assert response.status_code == 404
    assert b"There is no" in response.content


def test_the_sites_page_takes_the_same_queries_whatever_its_length(
    alice: Client, django_assert_max_num_queries: object
) -> None:
    for number in range(60):
        doors.site(f"s{number}.example.org")
    with django_assert_max_num_queries(9):  # type: ignore[operator]
        assert b"Page 1 of 2" in alice.get("/").content


def test_sites_are_found_by_part_of_their_domain_or_platform(alice: Client) -> None:
    doors.site("a.example.org", on=doors.platform("d7"))
    doors.site("b.example.org", on=doors.platform("d10"))
    assert b"b.example.org" not in alice.get("/?q=a.exam").content
    assert b"a.example.org" in alice.get("/?q=d7").content
    assert "No site matches «&lt;b&gt;»" in alice.get("/?q=<b>").content.decode()


def test_an_install_leads_to_its_task(alice: Client) -> None:
    doors.platform()
    response = alice.post("/install", {"domain": "new.example.org", "platform": "d10", "profile": ""})
    task = Task.objects.get()
    assert response["Location"] == f"/tasks/{task.pk}"
    assert (task.operation, task.asked_by) == ("site_install", "alice")
    assert b"new.example.org" in alice.get(response["Location"]).content


def test_a_refused_install_keeps_what_was_typed(alice: Client) -> None:
    doors.platform()
    response = alice.post("/install", {"domain": "no domain", "platform": "d10", "email": "a@example.org"})
    assert response.status_code == 422
    text = response.content.decode()
    assert 'role="alert"' in text
    assert 'value="no domain"' in text
    assert 'value="a@example.org"' in text
    assert not Task.objects.exists()


def test_a_refused_platform_keeps_what_was_typed(alice: Client) -> None:
    doors.server()
    response = alice.post("/add", {"name": "d10", "path": "relative"})
    assert response.status_code == 422
    assert b'value="relative"' in response.content
    assert not Platform.objects.exists()


def test_a_site_shows_its_backups_and_what_it_could_go_back_to(alice: Client) -> None:
    site = doors.site()
    assert b"Backups" not in alice.get("/sites/example.org").content
    doors.backup(site, description="before the fair")
    pair = doors.kept(site)
    text = alice.get("/sites/example.org").content.decode()
    assert "before the fair" in text
    assert f"aegir site undo example.org --pair {pair.pk}" in text


def test_only_a_disabled_site_offers_to_be_deleted(alice: Client) -> None:
    doors.site()
    assert b"disable it first" in alice.get("/sites/example.org").content
    alice.post("/sites/example.org/disable")
    assert Task.objects.get().operation == "site_disable"
    Site.objects.update(state=Site.State.DISABLED)
    text = alice.get("/sites/example.org").content
    assert b"/sites/example.org/enable" in text
    assert b"/sites/example.org/delete" in text


@pytest.mark.parametrize("verb", ["verify", "login"])
def test_a_sites_button_leads_to_its_task(alice: Client, verb: str) -> None:
    doors.site()
    response = alice.post(f"/sites/example.org/{verb}")
    assert response["Location"] == f"/tasks/{Task.objects.get(operation=f'site_{verb}').pk}"


def test_a_site_is_deleted_only_once_its_name_was_typed(alice: Client) -> None:
    doors.site(state="disabled")
    assert alice.post("/sites/example.org/delete", {"name": "example.com"}).status_code == 422
    assert not Task.objects.exists()
    alice.post("/sites/example.org/delete", {"name": "example.org"})
    assert Task.objects.get().operation == "site_delete"


def test_a_platform_is_deleted_only_once_its_name_was_typed(alice: Client) -> None:
    doors.platform()
    assert alice.post("/platforms/d10/delete", {"name": ""}).status_code == 422
    alice.post("/platforms/d10/delete", {"name": "d10"})
    assert Task.objects.get().operation == "platform_delete"


def test_platforms_and_servers_are_verified(alice: Client) -> None:
    doors.platform()
    alice.post("/platforms/d10/verify")
    alice.post("/servers/localhost/verify")
    assert set(Task.objects.values_list("operation", flat=True)) == {"platform_verify", "server_verify"}


def test_go_to_site_becomes_log_in_while_the_link_is_good(alice: Client) -> None:
    site = doors.site()
    assert b"Go to site" in alice.get("/sites/example.org").content
    link = "http://example.org:8080/user/reset/1/2/3/login"
    Site.objects.update(login_secret=Secret.seal(link, "login"), login_at=timezone.now())
    text = alice.get("/sites/example.org").content.decode()
    assert "Log in to site" in text
    assert link not in text
    Site.objects.filter(pk=site.pk).update(login_at=timezone.now() - timedelta(hours=25))
    assert b"Go to site" in alice.get("/sites/example.org").content


def test_a_login_link_is_followed_once_and_by_nobody_elses_page(alice: Client) -> None:
    doors.site()
    link = "http://example.org:8080/user/reset/1/2/3/login"
    Site.objects.update(login_secret=Secret.seal(link, "login"), login_at=timezone.now())
    lured = alice.get("/sites/example.org/enter", headers={"Sec-Fetch-Site": "cross-site"})
    assert lured["Location"] == "/sites/example.org"
    entered = alice.get("/sites/example.org/enter")
    assert (entered["Location"], entered["Referrer-Policy"]) == (link, "no-referrer")
    assert not Secret.objects.filter(purpose="login").exists()
    assert b"Go to site" in alice.get("/sites/example.org").content
    assert alice.get("/sites/example.org/enter")["Location"] == "http://example.org:8080/"
    assert Client().get("/sites/example.org/enter")["Location"].startswith("/sign-in")


def test_a_page_looks_again_only_while_something_runs(alice: Client) -> None:
    site = doors.site()
    doors.task(subject_id=site.pk)
    assert b"hx-trigger" not in alice.get("/sites/example.org").content
    doors.task("running", subject_id=site.pk)
    assert b"hx-trigger" in alice.get("/sites/example.org").content


def test_tasks_can_be_narrowed_to_a_state(alice: Client) -> None:
    doors.task("failed", subject_name="bad.example.org")
    doors.task(subject_name="good.example.org")
    text = alice.get("/tasks?state=failed").content
    assert b"bad.example.org" in text
    assert b"good.example.org" not in text


def test_a_stuck_task_says_what_to_do_and_can_be_resumed(alice: Client) -> None:
    task = doors.task("stuck", error="The vhost stayed.", remedy="Remove the file by hand.")
    text = alice.get(f"/tasks/{task.pk}").content
    assert b"Remove the file by hand." in text
    alice.post(f"/tasks/{task.pk}/retry")
    assert Task.objects.get(pk=task.pk).state == "queued"


def test_what_a_log_says_is_text_and_never_markup(alice: Client) -> None:
    task = doors.task()
    task.lines.create(level="error", text="<script>alert(1)</script>")
    text = alice.get(f"/tasks/{task.pk}").content
    assert b"<script>alert" not in text
    assert b"&lt;script&gt;alert(1)" in text


def test_a_queued_task_can_be_cancelled(alice: Client) -> None:
    task = doors.task("queued")
    assert b"Cancel" in alice.get(f"/tasks/{task.pk}").content
    alice.post(f"/tasks/{task.pk}/cancel")
    assert Task.objects.get(pk=task.pk).state == "cancelled"


def test_the_queue_is_paused_and_resumed(alice: Client) -> None:
    alice.post("/queues/main/pause")
    assert ledger.paused("main")
    assert b"paused by alice" in alice.get("/tasks").content
    alice.post("/queues/main/resume")
    assert not ledger.paused("main")
    assert alice.post("/queues/night/pause").status_code == 404


def test_a_task_leads_to_its_subject_as_long_as_that_lives(alice: Client) -> None:
    site = doors.site()
    task = doors.task(subject_id=site.pk)
    assert b'href="/sites/example.org"' in alice.get(f"/tasks/{task.pk}").content
    Site.objects.update(domain="renamed.example.org")
    assert b'href="/sites/renamed.example.org"' in alice.get(f"/tasks/{task.pk}").content
    Site.objects.update(state=Site.State.DELETED, domain="example.org")
    assert b'href="/sites/example.org"' not in alice.get(f"/tasks/{task.pk}").content
