"""What programs ask: whether Aegir is well, and its numbers."""

from __future__ import annotations

import os
from datetime import timedelta
from typing import Any

import pytest
from asgiref.sync import async_to_sync
from django.db import OperationalError, connection
from django.test import AsyncClient, Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from prometheus_client.parser import text_string_to_metric_families

from aegir.models import (
    ApiToken,
    Backup,
    Grant,
    Message,
    Schedule,
    Tally,
    Task,
    User,
    Worker,
    feature,
)
from tests import doors

pytestmark = pytest.mark.django_db


def asked(path: str = "/health") -> tuple[int, Any]:
    response = Client().get(path)
    return response.status_code, response.json()


def test_with_a_worker_all_is_well() -> None:
    Worker.beat("here:1", 4)
    assert asked() == (200, {"status": "ok", "checks": {"database": "ok", "worker": "ok", "disk": "ok"}})
    assert asked("/health/live") == (200, {"status": "ok"})


def test_a_worker_that_says_nothing_for_ten_seconds_is_missed() -> None:
    assert asked()[1]["checks"]["worker"] == "failing"
    Worker.beat("here:1", 4)
    Worker.objects.update(beat_at=timezone.now() - timedelta(seconds=9))
    assert asked()[0] == 200
    Worker.objects.update(beat_at=timezone.now() - timedelta(seconds=11))
    assert asked()[0] == 503
    assert asked("/health/live")[0] == 200


def test_workers_that_are_long_gone_are_forgotten() -> None:
    Worker.beat("before:1", 4)
    Worker.objects.update(beat_at=timezone.now() - timedelta(days=2))
    Worker.beat("now:1", 4)
    Worker.beat("now:1", 2)
    assert list(Worker.objects.values_list("name", "slots")) == [("now:1", 2)]


def test_a_full_disk_and_a_dead_database_are_told_and_nothing_more(monkeypatch: pytest.MonkeyPatch) -> None:
    Worker.beat("here:1", 4)
    sizes = os.statvfs("/")

    class Full:
        f_bavail, f_frsize, f_files, f_favail = 10, 4096, sizes.f_files, sizes.f_favail

    monkeypatch.setattr(os, "statvfs", lambda path: Full)
    assert asked() == (503, {"status": "failing",
                             "checks": {"database": "ok", "worker": "ok", "disk": "failing"}})  # fmt: skip

    def fail() -> None:
        raise OperationalError("password of /var/aegir is wrong")

    monkeypatch.setattr(Worker, "alive", fail)
    status, said = asked()
    assert (status, said["checks"]) == (503, {"database": "failing", "worker": "failing", "disk": "failing"})


@pytest.fixture
def metrics() -> None:
    feature.switch("metrics", True)


def read(client: Client | None = None, **headers: str) -> dict[tuple[str, frozenset[tuple[str, str]]], float]:
    response = (client or alice()).get("/metrics", headers=headers)
    assert response.status_code == 200, response.content
    assert response["Content-Type"].startswith("text/plain; version=")
    families = text_string_to_metric_families(response.content.decode())
    return {
        (sample.name, frozenset(sample.labels.items())): sample.value
        for family in families
        for sample in family.samples
    }


def alice() -> Client:
    client = Client()
    client.force_login(User.objects.filter(username="alice").first() or doors.alice())
    return client


def at(name: str, **labels: str) -> tuple[str, frozenset[tuple[str, str]]]:
    return (name, frozenset(labels.items()))


def test_the_numbers_are_what_is_there(metrics: None) -> None:
    site = doors.site()
    doors.site("two.example.org", state="disabled")
    doors.site("gone.example.org", state="deleted")
    old = doors.backup(site)
    Backup.objects.filter(pk=old.pk).update(created_at=timezone.now() - timedelta(days=5))
    for state in ("queued", "queued", "running", "stuck", "succeeded"):
        doors.task(state)
    Task.objects.filter(state="queued").update(asked_at=timezone.now() - timedelta(seconds=100))
    Worker.beat("here:1", 4)
    late = timezone.now() - timedelta(seconds=50)
    Schedule.objects.create(name="cron", operation="cron_due", every=timedelta(seconds=15), next_at=late,
                            last_error="no")  # fmt: skip
    Message.put("email", "a@example.org", "s", "b")
    got = read()
    assert got[at("aegir_tasks", queue="main", state="queued")] == 2
    assert got[at("aegir_tasks", queue="main", state="running")] == 1
    assert got[at("aegir_tasks", queue="main", state="stuck")] == 1
    assert 100 <= got[at("aegir_task_oldest_waiting_seconds", queue="main")] < 160
    assert got[at("aegir_sites", state="enabled")] == 1
    assert got[at("aegir_sites", state="disabled")] == 1
    assert at("aegir_sites", state="deleted") not in got
    assert got[at("aegir_platforms", state="enabled")] == 1
    assert got[at("aegir_sites_to_back_up")] == 2
    assert [got[at("aegir_sites_backed_up", days=days)] for days in ("1", "2", "7", "30")] == [0, 0, 1, 1]
    assert 5 * 86400 <= got[at("aegir_backup_newest_age_seconds")] < 5 * 86400 + 60
    assert got[at("aegir_workers")] == 1
    assert 50 <= got[at("aegir_schedule_late_seconds", schedule="cron")] < 110
    assert got[at("aegir_schedule_failing", schedule="cron")] == 1
    assert got[at("aegir_messages", kind="email", state="waiting")] == 1
    assert got[at("aegir_scrape_seconds")] >= 0
    assert not any("example" in value for _, labels in got for _, value in labels)


def test_totals_and_times_of_tasks_outlive_them(metrics: None) -> None:
    for state, seconds in (("succeeded", 0.3), ("succeeded", 4), ("failed", 9999)):
        task = doors.task(state)
        Task.objects.filter(pk=task.pk).update(started_at=task.ended_at - timedelta(seconds=seconds))  # type: ignore[operator]
        task.refresh_from_db()
        Tally.add(task)
    Task.objects.all().delete()
    got = read()
    assert got[at("aegir_tasks_ended_total", operation="site_verify", state="succeeded")] == 2
    assert got[at("aegir_tasks_ended_total", operation="site_verify", state="failed")] == 1
    buckets = {le: got[at("aegir_task_seconds_bucket", operation="site_verify", le=le)]
               for le in ("0.1", "0.5", "5.0", "7200.0", "+Inf")}  # fmt: skip
    assert buckets == {"0.1": 0, "0.5": 1, "5.0": 2, "7200.0": 2, "+Inf": 3}
    assert got[at("aegir_task_seconds_count", operation="site_verify")] == 3
    assert got[at("aegir_task_seconds_sum", operation="site_verify")] == pytest.approx(10003.3)


def test_it_takes_the_same_few_queries_however_much_there_is(metrics: None) -> None:
    client = alice()

    def queries() -> int:
        with CaptureQueriesContext(connection) as caught:
            read(client)
        return len(caught)

    doors.site()
    doors.task("queued")
    read(client)  # the first request of a session is noted in it
    few = queries()
    for number in range(5):
        doors.backup(doors.site(f"s{number}.example.org"))
        doors.task("queued", queue=f"q{number}")
        Message.put("webhook", "https://example.org/", "e", "b")
    assert queries() == few <= 16


def token(scopes: list[str], **fields: object) -> str:
    user, _ = User.objects.get_or_create(username="alice", defaults={"is_superuser": True, **fields})
    return ApiToken.mint(user, "prometheus", scopes, 30)[1]


@pytest.mark.parametrize(
    ("scopes", "status"), [(["metrics"], 200), (["all"], 200), (["see"], 403), (["site", "task"], 403)]
)
def test_a_token_needs_the_scope(metrics: None, scopes: list[str], status: int) -> None:
    said = {"Authorization": f"Bearer {token(scopes)}"}
    assert Client().get("/metrics", headers=said).status_code == status


def test_whoever_is_no_administrator_is_kept_out(metrics: None) -> None:
    assert Client().get("/metrics").status_code == 401
    charlie = Client()
    charlie.force_login(doors.charlie())
    assert charlie.get("/metrics").status_code == 403
    manager = User.objects.create(username="manager")
    Grant.objects.create(user=manager, role=Grant.Role.PLATFORM_MANAGER)
    charlie.force_login(manager)
    assert charlie.get("/metrics").status_code == 403
    for bad in ("Bearer nonsense", "Bearer aegir_nonsense", "Bearer ", "Basic YTpi"):
        assert Client().get("/metrics", headers={"Authorization": bad}).status_code == 401
    # A bad token is not made good by a session.
    assert alice().get("/metrics", headers={"Authorization": "Bearer aegir_nonsense"}).status_code == 401
    text = token(["metrics"])
    feature.switch("tokens", False)
    assert Client().get("/metrics", headers={"Authorization": f"Bearer {text}"}).status_code == 401


def test_a_part_that_is_off_is_not_there() -> None:
    assert alice().get("/metrics").status_code == 404
    assert (
        Client().get("/metrics", headers={"Authorization": f"Bearer {token(['metrics'])}"}).status_code == 404
    )


@pytest.mark.django_db(transaction=True)
def test_the_socket_needs_nothing_more() -> None:
    feature.switch("metrics", True)
    client = AsyncClient(**{"aegir.door": "socket"})
    assert async_to_sync(client.get)("/metrics").status_code == 200


@pytest.mark.parametrize("path", ["/health", "/health/live", "/metrics"])
def test_nothing_can_be_changed_there(path: str) -> None:
    client = Client(enforce_csrf_checks=True)
    assert client.post(path).status_code in (403, 405)
    assert client.head(path).status_code in (200, 401, 404, 503)
