"""The page of queues."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from aegir.engine import ledger
from aegir.models import Worker, feature
from tests import doors

pytestmark = pytest.mark.django_db


def test_each_queue_says_what_waits_and_what_runs(alice: Client) -> None:
    doors.task("queued")
    doors.task("running", queue="cron")
    page = alice.get("/queues").content.decode()
    assert 'queue=main&amp;state=queued">1<' in page
    assert 'queue=cron&amp;state=running">1<' in page
    assert "No worker is there" in page
    Worker.beat("here", 4)
    assert "No worker is there" not in alice.get("/queues").content.decode()


def test_a_queue_is_paused_and_resumed(alice: Client) -> None:
    alice.post("/queues/cron/pause")
    assert ledger.paused("cron")
    assert not ledger.paused("main")
    assert b"Paused by alice" in alice.get("/queues").content
    assert b"paused by alice" in alice.get("/tasks").content
    alice.post("/queues/cron/resume")
    assert not ledger.paused("cron")
    assert alice.post("/queues/night/pause").status_code == 404


def test_the_cron_queue_names_what_comes_and_what_fails(alice: Client) -> None:
    now = timezone.now()
    doors.site("next.example.org", cron_next_at=now + timedelta(hours=1))
    doors.site("bad.example.org", cron_error="PHP ran out of memory", cron_next_at=now - timedelta(hours=1))
    page = alice.get("/queues").content.decode()
    assert "PHP ran out of memory" in page
    assert page.index("bad.example.org</a><span") < page.index("next.example.org")
    feature.switch("cron", False)
    assert "PHP ran out of memory" not in alice.get("/queues").content.decode()


def test_queues_are_not_for_clients(bob: Client) -> None:
    assert bob.get("/queues").status_code == 403
    assert bob.post("/queues/main/pause").status_code == 403
    assert not ledger.paused("main")
