"""Every page, to those who may see it and to those who may not."""

from __future__ import annotations

import pytest
from django.test import Client

from aegir.engine import ledger
from aegir.models import Platform, Site, Task
from tests import doors

pytestmark = pytest.mark.django_db

PAGES = ["/", "/platforms", "/add", "/platforms/d10"]
PAGES += ["/servers", "/servers/localhost", "/tasks"]
CHANGES = ["/platforms/d10/verify", "/platforms/d10/delete", "/servers/localhost/verify"]
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


def test_empty_pages_say_what_to_do_first(alice: Client) -> None:
    assert b"No platforms yet" in alice.get("/platforms").content
    assert b"No servers yet" in alice.get("/servers").content


@pytest.mark.parametrize("address", ["/nothing", "/platforms/x", "/servers/x", "/tasks/7"])
def test_what_is_not_there_says_so(alice: Client, address: str) -> None:
    response = alice.get(address)
    assert response.status_code == 404
    assert b"There is no" in response.content


def test_a_refused_platform_keeps_what_was_typed(alice: Client) -> None:
    doors.server()
    response = alice.post("/add", {"name": "d10", "path": "relative"})
    assert response.status_code == 422
    assert b'value="relative"' in response.content
    assert not Platform.objects.exists()


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
