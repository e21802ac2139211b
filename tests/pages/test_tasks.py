"""Pages about tasks: the list, and one task from its first step to what came of it."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from aegir.engine import ledger
from aegir.models import Platform, Secret, Site, Task, TaskKey, people, possible
from tests import doors
from tests.pages.counting import queries

pytestmark = pytest.mark.django_db


def text(client: Client, address: str, status: int = 200) -> str:
    response = client.get(address)
    assert response.status_code == status, address
    return str(response.content.decode())


def test_the_list_is_of_the_main_queue_unless_the_address_says_otherwise(alice: Client) -> None:
    doors.task(subject_name="asked.example.org")
    doors.task(subject_name="cron.example.org", operation="site_cron", queue="cron")
    assert "cron.example.org" not in text(alice, "/tasks")
    assert "asked.example.org" not in text(alice, "/tasks?queue=cron")
    everything = text(alice, "/tasks?queue=")
    assert "cron.example.org" in everything
    assert "asked.example.org" in everything
    assert "asked.example.org" in text(alice, "/tasks?queue=nonsense")


def test_tasks_are_narrowed_by_state_operation_subject_and_words(alice: Client) -> None:
    doors.task("failed", subject_name="bad.example.org")
    doors.task(subject_name="d10-alone", subject_kind="platform", operation="platform_verify")
    doors.task(subject_name="good.example.org", asked_by="bob", operation="site_backup")
    for address, there in {
        "/tasks?state=failed": "bad.example.org",
        "/tasks?kind=platform": "d10-alone",
        "/tasks?operation=site_backup": "good.example.org",
        "/tasks?q=bob": "good.example.org",
        "/tasks?q=bad.ex": "bad.example.org",
    }.items():
        page = text(alice, address)
        seen = [name for name in ("bad.example.org", "good.example.org", "d10-alone") if name in page]
        assert seen == [there], address


def test_the_list_takes_the_same_queries_whatever_its_length(alice: Client) -> None:
    for number in range(60):
        doors.task(subject_id=doors.site(f"s{number}.example.org").pk)
    few = queries(alice, "/tasks")
    for number in range(60, 120):
        doors.task(subject_id=doors.site(f"s{number}.example.org").pk)
    assert queries(alice, "/tasks") == few <= 20


def test_a_task_leads_to_its_subject_as_long_as_that_lives(alice: Client) -> None:
    site = doors.site()
    task = doors.task(subject_id=site.pk)
    assert 'href="/sites/example.org"' in text(alice, f"/tasks/{task.pk}")
    assert 'href="/sites/example.org"' in text(alice, "/tasks")
    Site.objects.update(domain="renamed.example.org")
    assert 'href="/sites/renamed.example.org"' in text(alice, f"/tasks/{task.pk}")
    Site.objects.update(state=Site.State.DELETED, domain="example.org")
    assert 'href="/sites/example.org"' not in text(alice, f"/tasks/{task.pk}")
    assert 'href="/sites/example.org"' not in text(alice, "/tasks")


def test_a_task_says_what_was_asked_for_and_how_long_each_step_took(alice: Client) -> None:
    task = doors.task(arguments={"domain": "example.org", "platform": "d10", "db": None})
    now = timezone.now()
    task.steps.filter(position=0).update(started_at=now - timedelta(seconds=75), ended_at=now)
    page = text(alice, f"/tasks/{task.pk}")
    assert "1 min 15 s" in page
    assert "already as wanted" in page
    assert ">d10</dd>" in page
    assert ">Database</dt>" not in page


def test_the_log_is_narrowed_by_level_and_leads_to_the_error(alice: Client) -> None:
    task = doors.task("failed", error="No room.")
    task.lines.create(level="warning", text="it is getting full")
    wrong = task.lines.create(level="error", text="<script>alert(1)</script>")
    everything = text(alice, f"/tasks/{task.pk}")
    assert "all is well" in everything
    assert f'href="#line-{wrong.pk}"' in everything
    assert f'id="line-{wrong.pk}"' in everything
    assert "<script>alert" not in everything
    warnings = text(alice, f"/tasks/{task.pk}?level=warning")
    assert "it is getting full" in warnings
    assert "all is well" not in warnings
    errors = text(alice, f"/tasks/{task.pk}?level=error")
    assert "it is getting full" not in errors
    assert "alert(1)" in errors


def test_only_buttons_that_can_act_are_shown(alice: Client) -> None:
    buttons = {"Cancel</button>": "cancel", "Try again": "retry", "Resume": "resume", "Give up<": "give_up"}
    for state, there in {
        "queued": {"cancel"}, "running": {"cancel"}, "succeeded": set(), "warned": set(),
        "failed": {"retry"}, "cancelled": {"retry"}, "stuck": {"resume", "give_up"},
    }.items():  # fmt: skip
        page = text(alice, f"/tasks/{doors.task(state).pk}")
        assert {meant for words, meant in buttons.items() if words in page} == there, state
    for committed in (doors.task("running", committed=True), doors.task("running", cancel_by="bob")):
        assert "Cancel</button>" not in text(alice, f"/tasks/{committed.pk}")


@pytest.mark.parametrize(
    ("state", "verb", "meant"),
    [
        ("succeeded", "cancel", "cancel"),
        ("stuck", "cancel", "cancel"),
        ("running", "cancel", "give_up"),
        ("stuck", "retry", "retry"),
        ("running", "retry", "retry"),
        ("succeeded", "retry", "resume"),
    ],
)
def test_a_stale_button_changes_nothing_and_says_so(alice: Client, state: str, verb: str, meant: str) -> None:
    task = doors.task(state)
    response = alice.post(f"/tasks/{task.pk}/{verb}", {"meant": meant})
    assert response.status_code == 422
    assert "by now" in response.content.decode()
    assert list(Task.objects.values_list("state", "cancel_by")) == [(state, "")]


def test_buttons_do_what_they_say(alice: Client) -> None:
    queued = doors.task("queued")
    alice.post(f"/tasks/{queued.pk}/cancel", {"meant": "cancel"})
    stuck = doors.task("stuck", error="The vhost stayed.", remedy="Remove the file by hand.")
    assert "Remove the file by hand." in text(alice, f"/tasks/{stuck.pk}")
    alice.post(f"/tasks/{stuck.pk}/retry", {"meant": "resume"})
    given_up = doors.task("stuck")
    alice.post(f"/tasks/{given_up.pk}/cancel", {"meant": "give_up"})
    states = dict(Task.objects.values_list("pk", "state"))
    assert states == {queued.pk: "cancelled", stuck.pk: "queued", given_up.pk: "cancelled"}


def test_what_failed_is_tried_again_as_a_new_task(alice: Client) -> None:
    site = doors.site()
    task = doors.task("failed", subject_id=site.pk)
    response = alice.post(f"/tasks/{task.pk}/retry", {"meant": "retry"})
    again = Task.objects.latest("pk")
    assert response["Location"] == f"/tasks/{again.pk}"
    assert again.retry_of == task
    assert f"/tasks/{again.pk}" in text(alice, f"/tasks/{task.pk}")
    assert f"/tasks/{task.pk}" in text(alice, f"/tasks/{again.pk}")


def test_many_are_tried_again_or_cancelled_and_what_is_refused_is_told(alice: Client) -> None:
    site = doors.site()
    failed, over = doors.task("failed", subject_id=site.pk), doors.task()
    response = alice.post("/tasks/bulk", {"action": "retry", "row": [failed.pk, over.pk, "x"]}, follow=True)
    page = response.content.decode()
    assert "Try again: 1 task." in page
    assert f"Task {over.pk} is «succeeded» by now" in page
    assert Task.objects.filter(retry_of=failed).count() == 1
    assert alice.post("/tasks/bulk", {"action": "site_delete", "row": [failed.pk]}).status_code == 422


def test_a_task_that_waits_says_for_what(alice: Client, bob: Client) -> None:
    mine = doors.site(client=doors.acme())
    before, after = (
        doors.task("running", subject_name="other.example.org"),
        doors.task("queued", subject_id=mine.pk),
    )
    TaskKey.objects.create(task=before, key="platform:1", held=True)
    TaskKey.objects.create(task=after, key="platform:1")
    assert f'href="/tasks/{before.pk}"' in text(alice, f"/tasks/{after.pk}")
    his = text(bob, f"/tasks/{after.pk}")
    assert "another task" in his
    assert f"/tasks/{before.pk}" not in his
    ledger.pause("main", by="alice")
    assert "alice paused the queue «main»" in text(bob, f"/tasks/{after.pk}")


def test_a_client_sees_and_touches_tasks_of_his_own_sites_only(bob: Client) -> None:
    own, foreign = doors.site(client=doors.acme()), doors.site("other.example.org")
    his = doors.task("queued", subject_id=own.pk)
    theirs = doors.task("queued", subject_id=foreign.pk, subject_name="other.example.org")
    page = text(bob, "/tasks")
    assert "example.org" in page
    assert "other.example.org" not in page
    text(bob, f"/tasks/{theirs.pk}", 404)
    for address in (f"/tasks/{theirs.pk}/cancel", f"/tasks/{theirs.pk}/retry"):
        assert bob.post(address).status_code == 404
    bob.post("/tasks/bulk", {"action": "cancel", "row": [theirs.pk, his.pk]})
    assert dict(Task.objects.values_list("pk", "state")) == {his.pk: "cancelled", theirs.pk: "queued"}


RESULTS = {
    "site_backup": ({"backup": 7, "file": "/secret/place.tar.zst", "size": 2048}, "Backup 7"),
    "site_drush": ({"output": "PHP <b>8</b>", "remarks": "careful", "whole": False}, "PHP &lt;b&gt;8"),
    "site_changes": (
        {"since": 1_700_000_000, "changes": [{"what": "nodes", "count": 3, "newest": [{"title": "Fair"}]}]},
        "3 × nodes",
    ),
    "site_rehearse": (
        {
            "verdict": "It would go well.", "good": True, "updates": ["node: 9001"], "failed": {"x": "broke"},
            "php_warnings": [{"message": "old", "place": "a.php:1", "count": 2}], "seconds": [],
            "pages": [{"path": "/a", "same": False, "before": {"status": 200, "title": "A"},
                       "after": {"status": 500, "title": "Error"}}],
        },
        "It would go well.",
    ),
    "site_verify": ({"some_thing": [1, 2]}, "Some thing"),
}  # fmt: skip


@pytest.mark.parametrize("operation", RESULTS)
def test_what_came_of_it_is_shown_so_that_it_can_be_read(alice: Client, operation: str) -> None:
    result, words = RESULTS[operation]
    task = doors.task(operation=operation, result=result)
    page = text(alice, f"/tasks/{task.pk}")
    assert words in page
    assert "/secret/place" not in page


def site_with_link(domain: str = "fresh.example.org", **fields: object) -> Site:
    link = Secret.seal("http://fresh.example.org/user/reset/1", "login link")
    return doors.site(domain, login_secret=link, login_at=timezone.now(), **fields)


def test_an_installed_site_is_one_click_away(alice: Client) -> None:
    site = site_with_link()
    page = text(alice, f"/tasks/{doors.task(operation='site_install', subject_id=site.pk).pk}")
    assert "Log in to site" in page
    assert 'href="/sites/fresh.example.org/enter"' in page
    assert f'href="{site.address}"' in page
    assert "To fresh.example.org" in page


def test_a_task_says_what_comes_next_only_once_it_is_over(alice: Client) -> None:
    site = site_with_link()
    for state in ("queued", "running"):
        task = doors.task(state, operation="site_install", subject_id=site.pk)
        assert "What comes next" not in text(alice, f"/tasks/{task.pk}"), state
    failed = text(alice, f"/tasks/{doors.task('failed', subject_id=site.pk).pk}")
    assert "To fresh.example.org" in failed
    assert "Log in to site" not in failed


def test_a_login_link_that_was_used_is_asked_for_anew(alice: Client) -> None:
    site = doors.site()
    page = text(alice, f"/tasks/{doors.task(subject_id=site.pk).pk}")
    assert "Log in to site" not in page
    assert 'formaction="/sites/example.org/login"' in page
    answer = alice.post("/sites/example.org/login", {"seen": possible.stamp(site)})
    assert answer.status_code == 302
    assert Task.objects.filter(operation="site_login", subject_id=site.pk).exists()


def test_nobody_is_led_where_he_may_not_go(client: Client) -> None:
    site = site_with_link()
    people.grant(doors.charlie(), ["platform_manager"])
    assert client.login(username="charlie", password=doors.PASSWORD)
    page = text(client, f"/tasks/{doors.task(subject_id=site.pk).pk}")
    assert "Log in to site" not in page
    assert "Get a login link" not in page
    assert "Go to site" in page


def test_a_good_rehearsal_leads_to_the_move_and_a_deleted_site_to_its_backups(alice: Client) -> None:
    site = doors.site()
    asked = {"domain": "example.org", "platform": "d11"}
    rehearsed = {"operation": "site_rehearse", "subject_id": site.pk, "arguments": asked}
    good = text(alice, f"/tasks/{doors.task(**rehearsed, result={'good': True, 'verdict': 'It works.'}).pk}")
    assert 'href="/sites/example.org/migrate?platform=d11"' in good
    assert "To the migration" in good
    bad = text(alice, f"/tasks/{doors.task(**rehearsed, result={'good': False, 'verdict': 'No.'}).pk}")
    assert "To the migration" not in bad
    assert "See the comparison" in bad
    Site.objects.update(state=Site.State.DELETED)
    gone = text(alice, f"/tasks/{doors.task(operation='site_delete', subject_id=site.pk).pk}")
    assert 'href="/backups?q=example.org"' in gone
    assert "Go to site" not in gone


def test_a_platform_that_is_ready_leads_to_its_first_site(alice: Client) -> None:
    home = doors.platform("d11")
    own = {"operation": "platform_verify", "subject_kind": "platform", "subject_id": home.pk}
    own |= {"subject_name": "d11"}
    assert 'href="/install?platform=d11"' in text(alice, f"/tasks/{doors.task(**own).pk}")
    Platform.objects.update(state=Platform.State.FAILED)
    failed = text(alice, f"/tasks/{doors.task('failed', **own).pk}")
    assert 'href="/install?platform=d11"' not in failed
    assert "To d11" in failed


def test_before_anything_was_done_the_list_says_what_it_will_show(alice: Client) -> None:
    page = text(alice, "/tasks")
    assert "Nothing was done yet" in page
    assert "Nothing matches" in text(alice, "/tasks?q=nowhere")
