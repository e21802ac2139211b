"""Who is let in, and how every error looks."""

from __future__ import annotations

from typing import Any

import pytest
from asgiref.sync import async_to_sync
from django.db import OperationalError, transaction
from django.test import AsyncClient, Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from ninja import NinjaAPI

from aegir.api.routes import api
from aegir.models import Task
from tests import doors

SHAPE = {"kind", "message", "field"}


PLACES = {"name": "d10", "domain": "example.org", "id": 1, "pair": 1, "username": "nobody"}
SAMPLES = {"string": "x.example.org", "integer": 1, "boolean": True}
DESCRIPTION = api.get_openapi_schema()


def routes() -> list[tuple[str, str]]:
    """Every route with its method."""
    return [(method, path) for path, methods in DESCRIPTION["paths"].items() for method in methods]


def address(method: str, path: str) -> str:
    """Where the route is asked, with a value for every argument that must be there."""
    needed = [
        part["name"]
        for part in DESCRIPTION["paths"][path][method].get("parameters", [])
        if part["in"] == "query" and part["required"]
    ]
    return path.format(**PLACES) + "".join(f"?{name}=d10" for name in needed)


def schema_of(method: str, path: str) -> dict[str, Any]:
    """What the route takes as its body; {} when it takes none."""
    content = DESCRIPTION["paths"][path][method].get("requestBody", {}).get("content", {})
    reference = content.get("application/json", {}).get("schema", {})
    name = reference.get("$ref") or next((part["$ref"] for part in reference.get("allOf", [])), "")
    found: dict[str, Any] = DESCRIPTION["components"]["schemas"].get(name.rpartition("/")[2], {})
    return found


def fitting(method: str, path: str) -> dict[str, Any]:
    """A body of the right shape: a value for every argument that must be there."""
    schema = schema_of(method, path)
    return {name: sample(schema["properties"][name]) for name in schema.get("required", [])}


def sample(schema: dict[str, Any]) -> Any:
    """A value of that shape."""
    if "$ref" in schema:
        return sample(DESCRIPTION["components"]["schemas"][schema["$ref"].rpartition("/")[2]])
    if "enum" in schema:
        return schema["enum"][0]
    if "anyOf" in schema:
        return sample(schema["anyOf"][0])
    return [sample(schema["items"])] if schema["type"] == "array" else SAMPLES[schema["type"]]


TAKING = [(method, path) for method, path in routes() if schema_of(method, path)]


@pytest.mark.django_db
@pytest.mark.parametrize(("method", "path"), routes())
def test_nobody_gets_in_without_signing_in(method: str, path: str) -> None:
    response = getattr(Client(), method)(address(method, path))
    assert response.status_code == 401
    assert response.json()["error"]["kind"] == "unauthorised"


@pytest.mark.django_db
@pytest.mark.parametrize(("method", "path"), routes())
def test_someone_without_a_role_sees_and_does_nothing(refused: Client, method: str, path: str) -> None:
    doors.site()
    doors.task()
    body = fitting(method, path)
    response = getattr(refused, method)(address(method, path), body, content_type="application/json")
    if response.status_code == 200 and "csv" in response["Content-Type"]:
        assert len(b"".join(response).splitlines()) == 1, "only the names of the columns"
    elif response.status_code == 200:
        assert response.json() == {"count": 0, "items": []}
    else:
        assert response.status_code in (403, 404), response.content
    assert Task.objects.count() == 1


@pytest.mark.django_db
@pytest.mark.parametrize(("method", "path"), TAKING)
def test_an_argument_that_nobody_knows_is_refused_by_name(signed_in: Client, method: str, path: str) -> None:
    doors.site()
    body = {**fitting(method, path), "colour": "red"}
    response = getattr(signed_in, method)(address(method, path), body, content_type="application/json")
    assert response.status_code == 422
    error = response.json()["error"]
    assert (set(error), error["kind"], error["field"]) == (SHAPE, "refused", "colour")
    assert not Task.objects.exists()


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)


@settings(max_examples=5, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
@pytest.mark.django_db
@pytest.mark.parametrize(("method", "path"), TAKING)
def test_whatever_is_sent_the_answer_is_a_task_or_one_sentence(
    signed_in: Client, method: str, path: str, data: st.DataObject
) -> None:
    known = dict.fromkeys(schema_of(method, path)["properties"], ANYTHING)
    body = {**fitting(method, path), **data.draw(st.fixed_dictionaries({}, optional=known))}
    with transaction.atomic():
        response = getattr(signed_in, method)(address(method, path), body, content_type="application/json")
        transaction.set_rollback(True)
    if response.status_code >= 400:
        error = response.json()["error"]
        assert response.status_code in (404, 422, 503), response.content
        assert set(error) == SHAPE
        assert error["message"]
        assert "\n" not in error["message"]


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
    assert response.status_code == 413
    assert response.json()["error"]["kind"] == "refused"


def test_the_description_is_served(client: Client) -> None:
    description = client.get("/api/openapi.json").json()
    install = description["paths"]["/api/sites"]["post"]["responses"]
    assert {"202", "401", "403", "404", "422", "503"} <= set(install)


def test_the_description_is_made_once(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    made = client.get("/api/openapi.json")
    monkeypatch.setattr(NinjaAPI, "get_openapi_schema", lambda *given, **named: {"made": "anew"})
    assert client.get("/api/openapi.json").content == made.content
    assert api.get_openapi_schema()["openapi"] == made.json()["openapi"]
