"""Who is let in, and how every error looks."""

from __future__ import annotations

import pytest
from asgiref.sync import async_to_sync
from django.db import OperationalError
from django.test import AsyncClient, Client

from aegir.api.routes import api
from aegir.models import Task
from tests import doors

SHAPE = {"kind", "message", "field"}


def routes() -> list[tuple[str, str]]:
    """Every route with its method, names filled in."""
    return [
        (method, path.format(name="d10", domain="example.org", id=1))
        for path, methods in api.get_openapi_schema()["paths"].items()
        for method in methods
    ]


@pytest.mark.django_db
@pytest.mark.parametrize(("method", "path"), routes())
def test_nobody_gets_in_without_signing_in(method: str, path: str) -> None:
    response = getattr(Client(), method)(path)
    assert response.status_code == 401
    assert response.json()["error"]["kind"] == "unauthorised"


@pytest.mark.django_db
@pytest.mark.parametrize(("method", "path"), routes())
def test_someone_without_a_role_sees_and_does_nothing(refused: Client, method: str, path: str) -> None:
    doors.site()
    doors.task()
    body = {"name": "x", "path": "/x", "domain": "new.example.org", "platform": "d10"}
    response = getattr(refused, method)(
        path, body if method == "post" else {}, content_type="application/json"
    )
    if response.status_code == 200:
        assert response.json() == {"count": 0, "items": []}
    else:
        assert response.status_code in (403, 404), response.content
    assert Task.objects.count() == 1


@pytest.mark.django_db
def test_a_browsers_change_without_its_csrf_token_is_refused() -> None:
    doors.site()
    client = Client(enforce_csrf_checks=True)
    client.force_login(doors.alice())
    response = client.post("/api/sites/example.org/verify")
    assert response.status_code == 403
    assert set(response.json()["error"]) == SHAPE
    assert not Task.objects.exists()


@pytest.mark.django_db
def test_a_user_who_was_shut_out_is_not_let_in_by_an_old_session(signed_in: Client) -> None:
    from aegir.models import User

    User.objects.update(is_active=False)
    assert signed_in.get("/api/sites").status_code == 401


@pytest.mark.parametrize(
    ("claimed", "by"),
    [("bob", "bob (command line)"), ("", "root (command line)"), ("a\tb", "root (command line)")],
)
def test_the_socket_acts_as_the_administrator_under_the_callers_name(
    socket: AsyncClient, claimed: str, by: str
) -> None:
    pause = async_to_sync(socket.post)
    assert pause("/api/queues/main/pause", headers={"X-Aegir-User": claimed}).json()["paused_by"] == by


def test_no_header_passes_for_the_socket(transactional_db: None) -> None:
    headers = {"Aegir-Door": "socket", "aegir.door": "socket", "X-Aegir-User": "root"}
    assert async_to_sync(AsyncClient().get)("/api/sites", headers=headers).status_code == 401


def test_an_address_that_is_none_answers_in_the_same_shape(client: Client) -> None:
    response = client.get("/api/nothing")
    assert response.status_code == 404
    assert set(response.json()["error"]) == SHAPE


@pytest.mark.django_db
def test_a_page_of_no_size_is_refused(signed_in: Client) -> None:
    for wrong in ("limit=0", "limit=1001", "offset=-1", "limit=many"):
        response = signed_in.get(f"/api/tasks?{wrong}")
        assert response.status_code == 422
        assert response.json()["error"]["field"] == wrong.partition("=")[0]


@pytest.mark.django_db
def test_a_fault_of_ours_shows_no_traceback(signed_in: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*args: object) -> None:
        raise RuntimeError("s3cret")

    monkeypatch.setattr("aegir.access.sites", broken)
    response = signed_in.get("/api/sites")
    assert response.status_code == 500
    assert response.json()["error"]["kind"] == "broken"
    assert b"s3cret" not in response.content


@pytest.mark.django_db
def test_a_busy_or_full_database_is_told_as_away(signed_in: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    def busy(*args: object) -> None:
        raise OperationalError("database is locked")

    monkeypatch.setattr("aegir.access.sites", busy)
    response = signed_in.get("/api/sites")
    assert response.status_code == 503
    assert response.json()["error"]["kind"] == "unreachable"


@pytest.mark.django_db
def test_a_body_that_is_too_large_is_refused(signed_in: Client) -> None:
    response = signed_in.post("/api/sites", "x" * 3_000_000, content_type="application/json")
    assert response.status_code == 400
    assert response.json()["error"]["kind"] == "refused"


def test_the_description_is_served(client: Client) -> None:
    description = client.get("/api/openapi.json").json()
    install = description["paths"]["/api/sites"]["post"]["responses"]
    assert {"202", "401", "403", "404", "422", "503"} <= set(install)
