"""What templates ask beyond the rows."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client

from aegir.models import Task
from aegir.pages.filters import operation, took
from tests import doors

START = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("seconds", "shown"), [(0.04, "0.0 s"), (59.94, "59.9 s"), (60, "1 min 0 s"), (3725, "62 min 5 s")]
)
def test_a_span_is_told_as_people_say_it(seconds: float, shown: str) -> None:
    assert took(Task(started_at=START, ended_at=START + timedelta(seconds=seconds))) == shown


def test_what_has_not_started_took_no_time() -> None:
    assert took(Task()) == ""


def test_an_operation_that_is_gone_still_has_a_name() -> None:
    assert operation("site_install") == "Install"
    assert operation("site_teleport") == "site teleport"


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("referer", "back"),
    [
        ("http://testserver/tasks?page=2", "/tasks?page=2"),
        ("http://testserver//evil.example", "/evil.example"),
        ("http://testserver/\\evil.example", "/evil.example"),
        ("https://evil.example/", "/"),
        ("javascript:alert(1)", "/"),
    ],
)
def test_the_way_back_stays_on_this_host(alice: Client, referer: str, back: str) -> None:
    doors.server()
    text = alice.get("/sites/nowhere.org", headers={"Referer": referer}).content.decode()
    assert f'<a href="{back}">Go back</a>' in text
