"""What templates ask beyond the rows."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client
from django.utils.timezone import localtime

from aegir.models import Task
from aegir.pages.filters import log, operation, took
from tests import doors

START = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("seconds", "shown"), [(0.04, "0.0 s"), (59.94, "59.9 s"), (60, "1 min 0 s"), (3725, "62 min 5 s")]
)
def test_a_span_is_told_as_people_say_it(seconds: float, shown: str) -> None:
    assert took(Task(started_at=START, ended_at=START + timedelta(seconds=seconds))) == shown


def test_what_has_not_started_took_no_time() -> None:
    assert took(Task()) == ""


@pytest.mark.django_db
def test_a_line_of_a_log_is_shown_as_it_was_written() -> None:
    task = doors.task()
    line = task.lines.create(level="warning", text='<b>disk</b> & "room"')
    shown = log([line])
    at = localtime(line.at).isoformat()
    assert f'<li class="warning" id="line-{line.pk}"><time datetime="{at}">' in shown
    text = "&lt;b&gt;disk&lt;/b&gt; &amp; &quot;room&quot;"
    assert f'<strong class="level">warning</strong> {text}</span>' in shown
    assert log([]) == ""


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
