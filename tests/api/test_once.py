"""Idempotency keys: what is sent twice is done once."""

from __future__ import annotations

import threading
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone

from aegir.models import Answered, ApiToken, Task, User
from tests import doors

JSON = "application/json"
URL = "/api/sites/example.org/verify"


def ask(client: Client, key: str, url: str = URL, body: Any = None) -> Any:
    return client.post(url, body or {}, content_type=JSON, headers={"Idempotency-Key": key})


@pytest.mark.django_db
def test_the_same_request_is_answered_the_same_and_done_once(signed_in: Client) -> None:
    doors.site()
    first, second = ask(signed_in, "one"), ask(signed_in, "one")
    assert (first.status_code, second.status_code) == (202, 202), first.content
    assert first.content == second.content
    assert "Idempotent-Replay" not in first
    assert second["Idempotent-Replay"] == "true"
    assert Task.objects.count() == 1
    assert ask(signed_in, "two").status_code == 202
    assert Task.objects.count() == 2


@pytest.mark.django_db
def test_a_key_stands_for_one_request_of_one_asker_for_a_day(signed_in: Client) -> None:
    doors.site()
    ask(signed_in, "one")
    other = ask(signed_in, "one", body={"dry_run": True})
    assert (other.status_code, other.json()["error"]["field"]) == (422, "Idempotency-Key")
    _, text = ApiToken.mint(User.objects.get(), "deploy", ["site", "see"], 1)
    assert ask(Client(headers={"Authorization": f"Bearer {text}"}), "one").status_code == 202
    assert Task.objects.count() == 2
    Answered.objects.update(at=timezone.now() - timedelta(hours=25))
    assert ask(signed_in, "one").status_code == 202
    assert Task.objects.count() == 3


@pytest.mark.django_db
def test_what_is_still_being_answered_is_not_begun_again(signed_in: Client) -> None:
    doors.site()
    ask(signed_in, "one")
    Answered.objects.update(status=0, body="")
    again = ask(signed_in, "one")
    assert (again.status_code, again.json()["error"]["kind"]) == (409, "conflict")
    assert Task.objects.count() == 1


@pytest.mark.django_db
def test_a_refusal_is_kept_and_what_was_not_found_is_looked_for_again(signed_in: Client) -> None:
    assert ask(signed_in, "one").status_code == 422
    assert ask(signed_in, "two", "/api/platforms/d10/lock").status_code == 404
    doors.site()
    assert ask(signed_in, "one").status_code == 422
    assert ask(signed_in, "two", "/api/platforms/d10/lock").status_code == 200


@pytest.mark.django_db
def test_a_secret_is_not_kept(signed_in: Client) -> None:
    body = {"name": "deploy", "scopes": ["see"]}
    text = ask(signed_in, "one", "/api/tokens", body).json()["token"]
    again = ask(signed_in, "one", "/api/tokens", body)
    assert (again.status_code, again.json()["error"]["kind"]) == (409, "conflict")
    assert text not in again.content.decode()
    assert text not in Answered.objects.get().body
    assert ApiToken.objects.count() == 1


@pytest.mark.django_db
@pytest.mark.parametrize("key", ["", "a b", "x" * 201, "schlüssel"])
def test_a_key_that_is_none_is_refused(signed_in: Client, key: str) -> None:
    doors.site()
    assert ask(signed_in, key.encode().decode("latin-1")).status_code == 422
    assert not Task.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_of_many_at_once_one_is_done() -> None:
    doors.site()
    _, text = ApiToken.mint(doors.alice(), "deploy", ["site", "see"], 1)
    together, answers = threading.Barrier(5), []

    def one() -> None:
        try:
            client = Client(headers={"Authorization": f"Bearer {text}"})
            together.wait(60)
            answers.append(ask(client, "one"))
        finally:
            connection.close()

    threads = [threading.Thread(target=one) for _ in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert Task.objects.count() == 1
    done = [answer.content for answer in answers if answer.status_code == 202]
    assert len(set(done)) == 1
    assert {answer.status_code for answer in answers} <= {202, 409}
    assert len(answers) == 5
