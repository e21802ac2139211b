"""The first page: what needs attention, what runs, and where to begin."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from aegir.engine import ledger
from aegir.models import Message, Secret, Server, Site, Subscription, Task, User
from tests import doors
from tests.pages.counting import queries

pytestmark = pytest.mark.django_db


def home(client: Client) -> str:
    response = client.get("/")
    assert response.status_code == 200
    return str(response.content.decode())


def test_a_newcomer_is_led_from_a_platform_to_his_first_login(alice: Client) -> None:
    page = home(alice)
    assert "Begin here" in page
    assert 'href="/add">Add a platform' in page
    doors.platform()
    assert 'href="/install">Install a site' in home(alice)
    site = doors.site(login_secret=Secret.seal("http://x/", "login"), login_at=timezone.now())
    assert 'href="/sites/example.org">Go to its page' in home(alice)
    site.take_login_link()
    assert "Begin here" not in home(alice)


def test_all_is_well_where_nothing_is_wrong(alice: Client) -> None:
    doors.site()
    doors.task()
    page = home(alice)
    assert "All is well." in page
    assert '1 <span class="fs-4 fw-normal">Site</span>' in page
    assert "Nothing runs and nothing waits." in page


def test_what_needs_attention_is_named_with_the_way_to_it(alice: Client) -> None:
    d10 = doors.platform(problems=["The module «old» is there twice."])
    site = doors.site("cron.example.org", on=d10, cron_error="PHP ran out of memory")
    doors.site("half.example.org", on=d10, state="failed")
    doors.platform("broken", state="failed")
    stuck = doors.task("stuck", remedy="Drop the database by hand.", subject_id=site.pk)
    failed = doors.task("failed", error="No room.", operation="site_backup", subject_id=site.pk)
    ledger.pause("mail", by="bob")
    Server.objects.update(facts={"room": {"backups": {"path": "/b", "free": 300 << 20, "size": 20 << 30}}})
    Site.objects.update(created_at=timezone.now() - timedelta(days=20))
    page = home(alice)
    for there in (
        "Drop the database by hand.", f'href="/tasks/{stuck.pk}"', "No room.", f'href="/tasks/{failed.pk}"',
        "cron.example.org: its cron fails", "PHP ran out of memory", "half.example.org: its install failed",
        "broken: its verify failed", "is there twice", "The queue «mail» is paused",
        "300.0\xa0MB left for backups",
        "1 site has no backup of the last seven days",
    ):  # fmt: skip
        assert there in page, there
    doors.backup(site)
    assert "no backup of the last" not in home(alice)


def test_a_notification_that_does_not_arrive_is_named_to_its_owner(alice: Client, bob: Client) -> None:
    own = {"name": "Failures", "kind": "webhook", "target": "https://example.org/h", "outcomes": ["failed"]}
    row = Subscription.objects.create(owner=User.objects.get(username="bob"), **own)
    lost = Message.put("webhook", row.target, "task.failed", "{}", subscription=row)
    Message.objects.update(state="failed", error="Nobody answers there.")
    for client in (alice, bob):
        page = home(client)
        assert "«Failures» does not arrive" in page
        assert "Nobody answers there." in page
        assert f'href="/notifications/{row.pk}"' in page
    Message.put("webhook", row.target, "task.failed", "{}", subscription=row).sent()
    assert "does not arrive" not in home(bob)
    Message.objects.exclude(pk=lost.pk).delete()
    assert "does not arrive" in home(bob)
    Subscription.objects.update(owner=User.objects.get(username="alice"))
    assert "does not arrive" not in home(bob)


def test_a_failure_that_was_dealt_with_is_no_news(alice: Client) -> None:
    site = doors.site()
    retried = doors.task("failed", error="Once.", subject_id=site.pk)
    doors.task("cancelled", retry_of=retried, subject_id=site.pk)
    doors.task("failed", error="Twice.", subject_id=site.pk, operation="site_backup")
    doors.task("succeeded", subject_id=site.pk, operation="site_backup")
    old = doors.task("failed", error="Long ago.", subject_id=site.pk, operation="site_flush")
    Task.objects.filter(pk=old.pk).update(ended_at=timezone.now() - timedelta(days=30))
    assert "All is well." in home(alice)


def test_a_client_sees_his_sites_his_quota_and_what_runs_there(bob: Client) -> None:
    acme = doors.acme()
    acme.quota = 5
    acme.save()
    mine = doors.site("mine.example.org", client=acme)
    theirs = doors.site("theirs.example.org", cron_error="PHP ran out of memory")
    doors.task("running", subject_id=mine.pk, subject_name="mine.example.org")
    doors.task("stuck", subject_id=theirs.pk, subject_name="theirs.example.org", remedy="By hand.")
    ledger.pause("main", by="alice")
    page = home(bob).partition("<main")[2]
    assert "mine.example.org" in page
    assert "1 of 5" in page
    assert "running" in page
    for foreign in ("theirs.example.org", "By hand.", "out of memory", "paused", "Clients", 'href="/add"'):
        assert foreign not in page, foreign


def test_someone_without_a_role_sees_nothing(charlie: Client) -> None:
    doors.task("stuck", subject_id=doors.site().pk, remedy="By hand.")
    page = home(charlie)
    assert "example.org" not in page
    assert "By hand." not in page


def test_it_takes_no_more_queries_for_two_hundred_rows_than_for_ten(alice: Client, bob: Client) -> None:
    def rows(first: int, last: int) -> None:
        for number in range(first, last):
            site = doors.site(f"s{number}.example.org", client=doors.acme(), cron_error="bad")
            doors.task(("failed", "stuck", "running", "succeeded")[number % 4], subject_id=site.pk)

    rows(0, 10)
    few = queries(alice, "/"), queries(bob, "/")
    rows(10, 200)
    many = queries(alice, "/"), queries(bob, "/")
    assert many[0] <= few[0] < 40
    assert many[1] <= few[1] < 40
