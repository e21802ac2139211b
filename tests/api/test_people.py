"""Clients and people over the API, and who may touch whom."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from aegir.models import AuditEntry, Grant, Message, Site, User, default, people
from aegir.models import Client as Customer
from tests import doors

pytestmark = pytest.mark.django_db
JSON = "application/json"


@pytest.fixture
def manager() -> Client:
    """Mona's browser: an account manager."""
    mona = User.objects.create(username="mona", email="mona@example.org")
    Grant.objects.create(user=mona, role=Grant.Role.ACCOUNT_MANAGER)
    client = Client()
    client.force_login(mona)
    return client


def test_a_client_is_added_changed_given_people_and_sites_and_deleted(signed_in: Client) -> None:
    doors.site()
    new = {"name": "acme", "title": "Acme", "email": "a@acme.example", "quota": 3}
    assert signed_in.post("/api/clients", new, content_type=JSON).status_code == 201
    changed = signed_in.patch("/api/clients/acme", {"quota": None, "title": ""}, content_type=JSON).json()
    assert (changed["quota"], changed["allowance"], changed["title"]) == (None, 0, "acme")
    people.add(username="anna", email="anna@acme.example")
    added = signed_in.post("/api/clients/acme/users", {"user": "anna"}, content_type=JSON).json()
    assert added["users"] == ["anna"]
    given = signed_in.put("/api/sites/example.org/client", {"client": "acme"}, content_type=JSON)
    assert given.json()["client"] == "acme"
    assert signed_in.get("/api/sites?client=acme").json()["count"] == 1
    assert signed_in.get("/api/sites?client=").json()["count"] == 0
    assert signed_in.delete("/api/clients/acme").status_code == 422
    signed_in.put("/api/sites/example.org/client", {"client": None}, content_type=JSON)
    assert signed_in.delete("/api/clients/acme/users/anna").json()["users"] == []
    assert signed_in.delete("/api/clients/acme").status_code == 200
    assert not Customer.objects.exists()
    assert Site.objects.get().client is None
    told = list(AuditEntry.objects.values_list("action", "about", "outcome"))
    assert ("client_add", "acme", "done") in told
    assert ("client_delete", "acme", "refused") in told


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"name": "Acme Inc"}, "name"),
        ({"name": "taken"}, "name"),
        ({"email": "nowhere"}, "email"),
        ({"quota": -1}, "quota"),
        ({"title": "x" * 201}, "title"),
    ],
)
def test_a_client_that_cannot_be_is_refused(signed_in: Client, wrong: dict[str, Any], field: str) -> None:
    Customer.add(name="taken", email="t@example.org")
    body = {"name": "acme", "email": "a@example.org", **wrong}
    answer = signed_in.post("/api/clients", body, content_type=JSON)
    assert (answer.status_code, answer.json()["error"]["field"]) == (422, field)
    assert Customer.objects.count() == 1


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"username": "schedule"}, "username"),
        ({"username": "anna (token x)"}, "username"),
        ({"username": "ALICE"}, "username"),
        ({"username": ""}, "username"),
        ({"username": "x" * 151}, "username"),
        ({"email": "nowhere"}, "email"),
        ({"email": "Taken@Example.org"}, "email"),
        ({"name": "a\nb"}, "name"),
    ],
)
def test_a_person_that_cannot_be_is_refused(signed_in: Client, wrong: dict[str, Any], field: str) -> None:
    User.objects.update(email="taken@example.org")
    body = {"username": "anna", "email": "anna@example.org", **wrong}
    answer = signed_in.post("/api/users", body, content_type=JSON)
    assert (answer.status_code, answer.json()["error"]["field"]) == (422, field), answer.content
    assert User.objects.count() == 1


def test_a_new_person_is_welcomed_by_mail_and_the_answer_holds_no_link(signed_in: Client) -> None:
    body = {"username": "anna", "email": "anna@example.org", "name": "Anna", "welcome": True}
    assert signed_in.post("/api/users", body, content_type=JSON).status_code == 422
    assert not User.objects.filter(username="anna").exists()
    default.change("mail_host", "localhost")
    default.change("mail_from", "aegir@example.org")
    answer = signed_in.post("/api/users", body, content_type=JSON)
    assert answer.status_code == 201, answer.content
    message = Message.objects.get()
    assert message.target == "anna@example.org"
    assert message.body is not None
    token = message.body.reveal().partition("/sign-in/")[2].split()[0]
    assert token not in answer.content.decode()
    assert not User.objects.get(username="anna").has_usable_password()


def test_the_last_administrator_is_neither_removed_nor_demoted_nor_shut_out(signed_in: Client) -> None:
    for answer in (
        signed_in.delete("/api/users/alice"),
        signed_in.put("/api/users/alice/roles", {"roles": ["account_manager"]}, content_type=JSON),
        signed_in.patch("/api/users/alice", {"active": False}, content_type=JSON),
    ):
        assert answer.status_code == 422, answer.content
    shut_out = people.add(username="bob", email="b@example.org")
    people.grant(shut_out, ["administrator"])
    people.change(shut_out, active=False)
    assert signed_in.delete("/api/users/alice").status_code == 422
    people.change(shut_out, active=True)
    assert signed_in.delete("/api/users/alice").status_code == 200
    assert not User.objects.filter(username="alice").exists()


def test_an_account_manager_looks_after_people_without_a_role_only(manager: Client) -> None:
    doors.alice()
    people.grant(people.add(username="paul", email="p@example.org"), ["platform_manager"])
    people.add(username="anna", email="anna@example.org")
    for name, status in (("alice", 403), ("paul", 403), ("anna", 200), ("mona", 200)):
        answer = manager.patch(f"/api/users/{name}", {"name": "Changed"}, content_type=JSON)
        assert answer.status_code == status, answer.content
    for name in ("alice", "paul"):
        assert manager.delete(f"/api/users/{name}").status_code == 403
        assert manager.post(f"/api/users/{name}/welcome").status_code == 403
    for name in ("anna", "mona"):
        body = {"roles": ["administrator"]}
        assert manager.put(f"/api/users/{name}/roles", body, content_type=JSON).status_code == 403
    assert User.objects.filter(is_superuser=True).count() == 1


def test_roles_are_exactly_as_said(signed_in: Client) -> None:
    people.add(username="anna", email="anna@example.org")
    for roles in (["administrator", "account_manager"], ["platform_manager"], []):
        answer = signed_in.put("/api/users/anna/roles", {"roles": roles}, content_type=JSON)
        assert answer.json()["roles"] == roles
    assert signed_in.get("/api/users?role=administrator").json()["count"] == 1


def test_a_person_is_renamed_and_shut_out(signed_in: Client) -> None:
    people.add(username="anna", email="anna@example.org")
    body = {"username": "anne", "email": "anne@example.org", "name": "Anne", "active": False}
    answer = signed_in.patch("/api/users/anna", body, content_type=JSON)
    assert answer.status_code == 200, answer.content
    assert {name: answer.json()[name] for name in body} == body
    assert signed_in.get("/api/users/anna").status_code == 404
