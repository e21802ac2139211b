"""Programs with tokens: who is let in, how far, and what is never said again."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from aegir.api import tries
from aegir.models import ApiToken, AuditEntry, Task, User, feature
from aegir.models import Client as Customer
from tests import doors

pytestmark = pytest.mark.django_db
JSON = "application/json"


def program(text: str) -> Client:
    return Client(headers={"Authorization": f"Bearer {text}"})


def minted(user: User, *scopes: str) -> tuple[ApiToken, str]:
    return ApiToken.mint(user, "deploy", scopes, 30)


def test_a_token_is_shown_once_and_lets_its_program_in_without_a_csrf_token(signed_in: Client) -> None:
    doors.site()
    body = {"name": "deploy", "scopes": ["site", "see"], "days": 7}
    answer = signed_in.post("/api/tokens", body, content_type=JSON)
    assert answer.status_code == 201, answer.content
    text = answer.json()["token"]
    assert text not in str(signed_in.get("/api/tokens").json())
    strict = Client(enforce_csrf_checks=True, headers={"Authorization": f"bearer {text}"})
    asked = strict.post("/api/sites/example.org/verify", {}, content_type=JSON)
    assert asked.status_code == 202, asked.content
    assert asked.json()["asked_by"] == "alice (token deploy)"
    entry = AuditEntry.objects.get(action="site_verify")
    assert (entry.actor, entry.door) == ("alice (token deploy)", "token")
    assert not any(text in str(vars(entry)) for entry in AuditEntry.objects.all())


def test_a_token_reaches_as_far_as_its_scopes(signed_in: Client) -> None:
    doors.site()
    _, text = minted(User.objects.get(), "see")
    assert program(text).get("/api/sites").json()["count"] == 1
    assert program(text).post("/api/sites/example.org/verify", {}, content_type=JSON).status_code == 403
    assert program(text).put("/api/settings/undo_days", {"value": "1"}, content_type=JSON).status_code == 403
    assert not Task.objects.exists()


def test_no_token_makes_or_revokes_tokens_or_gives_roles() -> None:
    row, text = minted(doors.alice(), "all")
    body: dict[str, Any] = {"name": "more", "scopes": ["all"]}
    assert program(text).post("/api/tokens", body, content_type=JSON).status_code == 403
    assert program(text).delete(f"/api/tokens/{row.pk}").status_code == 403
    doors.charlie()
    body = {"roles": ["administrator"]}
    assert program(text).put("/api/users/charlie/roles", body, content_type=JSON).status_code == 403
    assert ApiToken.objects.count() == 1


@pytest.mark.parametrize("end", ["revoked", "over", "shut out", "switched off", "another", "no prefix"])
def test_a_token_that_is_over_lets_nobody_in_even_beside_a_session(signed_in: Client, end: str) -> None:
    row, text = minted(User.objects.get(), "all")
    match end:
        case "revoked":
            assert signed_in.delete(f"/api/tokens/{row.pk}").status_code == 200
        case "over":
            ApiToken.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
        case "shut out":
            User.objects.update(is_active=False)
        case "switched off":
            feature.switch("tokens", False)
        case "another":
            text += "x"
        case "no prefix":
            text = text.removeprefix(ApiToken.PREFIX)
    answer = signed_in.get("/api/sites", headers={"Authorization": f"Bearer {text}"})
    assert answer.status_code == 401, answer.content
    assert answer.json()["error"]["kind"] == "unauthorised"
    assert text not in answer.content.decode()


def test_whoever_sends_too_many_bad_tokens_waits_and_others_do_not() -> None:
    _, text = minted(doors.alice(), "see")
    for _ in range(tries.MOST):
        assert program("aegir_wrong").get("/api/sites").status_code == 401
    answer = program(text).get("/api/sites")
    assert (answer.status_code, answer.json()["error"]["kind"]) == (429, "too_many")
    assert int(answer["Retry-After"]) == tries.WINDOW
    assert program(text).get("/api/sites", REMOTE_ADDR="192.0.2.7").status_code == 200


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"name": " "}, "name"),
        ({"scopes": ["everything"]}, "scopes"),
        ({"scopes": []}, "scopes"),
        ({"days": 0}, "days"),
        ({"days": 10**9}, "days"),
        ({"user": "nobody"}, None),
    ],
)
def test_a_token_that_cannot_be_is_refused(
    signed_in: Client, wrong: dict[str, Any], field: str | None
) -> None:
    body = {"name": "deploy", "scopes": ["see"], "days": 7, **wrong}
    answer = signed_in.post("/api/tokens", body, content_type=JSON)
    assert answer.status_code == (404 if field is None else 422), answer.content
    assert answer.json()["error"]["field"] == field
    assert not ApiToken.objects.exists()


def test_nobody_makes_a_token_for_another_person_but_sees_only_his_own() -> None:
    anna = User.objects.create(username="anna")
    Customer.add(name="acme", email="a@example.org").users.add(anna)
    minted(doors.alice(), "all")
    client = Client()
    client.force_login(anna)
    body = {"name": "mine", "scopes": ["all"], "user": "alice"}
    assert client.post("/api/tokens", body, content_type=JSON).status_code == 404
    assert client.post("/api/tokens", {**body, "user": None}, content_type=JSON).status_code == 201
    assert [row["user"] for row in client.get("/api/tokens").json()["items"]] == ["anna"]
