"""Tasks and queues over the API."""

from __future__ import annotations

import pytest
from django.test import Client

from aegir.engine import ledger
from aegir.models import Task, TaskLine
from tests import doors

pytestmark = pytest.mark.django_db


def test_tasks_are_listed_newest_first(signed_in: Client) -> None:
    old, new = doors.task(), doors.task("failed")
    answer = signed_in.get("/api/tasks").json()
    assert [task["id"] for task in answer["items"]] == [new.pk, old.pk]


def test_tasks_can_be_chosen_by_state_operation_and_subject(signed_in: Client) -> None:
    wanted = doors.task("failed", operation="site_delete", subject_name="b.example.org")
    doors.task("failed")
    doors.task(operation="site_delete", subject_name="b.example.org")
    query = "state=failed&operation=site_delete&subject=b.example.org&subject_kind=site"
    assert [task["id"] for task in signed_in.get(f"/api/tasks?{query}").json()["items"]] == [wanted.pk]


def test_a_state_that_is_none_is_refused(signed_in: Client) -> None:
    response = signed_in.get("/api/tasks?state=asleep")
    assert response.status_code == 422
    assert response.json()["error"]["field"] == "state"


def test_the_list_takes_the_same_queries_whatever_its_length(
    signed_in: Client, django_assert_max_num_queries: object
) -> None:
    for _ in range(20):
        doors.task()
    with django_assert_max_num_queries(4):  # type: ignore[operator]
        assert signed_in.get("/api/tasks").json()["count"] == 20


def test_a_task_tells_its_steps_error_remedy_and_times(signed_in: Client) -> None:
    task = doors.task("stuck", error="The vhost stayed.", remedy="Remove it by hand.")
    answer = signed_in.get(f"/api/tasks/{task.pk}").json()
    assert [step["state"] for step in answer["steps"]] == ["done", "kept"]
    assert (answer["error"], answer["remedy"]) == ("The vhost stayed.", "Remove it by hand.")
    assert answer["over"] is True
    assert answer["asked_at"] <= answer["ended_at"]


@pytest.mark.parametrize("number", ["7", "-1", str(10**30)])
def test_an_unknown_task_is_not_found(signed_in: Client, number: str) -> None:
    assert signed_in.get(f"/api/tasks/{number}").status_code == 404


def test_a_number_that_is_none_is_refused(signed_in: Client) -> None:
    assert signed_in.get("/api/tasks/seven").status_code == 422


def test_the_log_goes_on_after_the_last_line_seen(signed_in: Client) -> None:
    task = doors.task("running")
    first = signed_in.get(f"/api/tasks/{task.pk}/lines").json()
    assert first["over"] is False
    TaskLine.objects.create(task=task, level="warning", text="second")
    last = first["lines"][-1]["id"]
    later = signed_in.get(f"/api/tasks/{task.pk}/lines?after={last}").json()
    assert [line["text"] for line in later["lines"]] == ["second"]


def test_a_long_log_comes_in_parts_and_is_over_only_with_the_last(signed_in: Client) -> None:
    task = doors.task()
    TaskLine.objects.bulk_create(TaskLine(task=task, level="info", text=str(n)) for n in range(600))
    first = signed_in.get(f"/api/tasks/{task.pk}/lines").json()
    assert (len(first["lines"]), first["over"]) == (500, False)
    rest = signed_in.get(f"/api/tasks/{task.pk}/lines?after={first['lines'][-1]['id']}").json()
    assert (len(rest["lines"]), rest["over"]) == (101, True)


def test_a_queued_task_is_cancelled_at_once(signed_in: Client) -> None:
    task = doors.task("queued")
    assert signed_in.post(f"/api/tasks/{task.pk}/cancel").json()["state"] == "cancelled"
    assert Task.objects.get(pk=task.pk).cancel_by == "alice"


def test_a_task_that_is_over_cannot_be_cancelled(signed_in: Client) -> None:
    response = signed_in.post(f"/api/tasks/{doors.task().pk}/cancel")
    assert response.status_code == 422
    assert response.json()["error"]["kind"] == "refused"


def test_a_failed_task_is_asked_for_again(signed_in: Client) -> None:
    doors.site()
    task = doors.task("failed")
    response = signed_in.post(f"/api/tasks/{task.pk}/retry")
    assert response.status_code == 202, response.content
    assert (response.json()["retry_of"], response.json()["state"]) == (task.pk, "queued")


def test_a_task_that_succeeded_cannot_be_retried(signed_in: Client) -> None:
    assert signed_in.post(f"/api/tasks/{doors.task().pk}/retry").status_code == 422


def test_a_queue_is_paused_and_resumed(signed_in: Client) -> None:
    doors.task("queued")
    answer = signed_in.post("/api/queues/main/pause").json()
    assert (answer["paused"], answer["paused_by"], answer["queued"]) == (True, "alice", 1)
    assert ledger.paused("main")
    assert signed_in.post("/api/queues/main/resume").json()["paused"] is False
    assert not ledger.paused("main")


def test_an_unknown_queue_is_not_found(signed_in: Client) -> None:
    assert signed_in.get("/api/queues/night").status_code == 404
    assert signed_in.post("/api/queues/night/pause").status_code == 404
