"""Pages about people."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.test import Client

from aegir.models import ApiToken, Grant, Message, User, default, feature, people
from aegir.models import Client as Customer
from tests import doors
from tests.pages.fields import menu, refused

pytestmark = pytest.mark.django_db

ANNA = {"username": "anna", "email": "anna@example.org", "name": "Anna Example", "client": ""}


@pytest.fixture
def mona(db: None) -> Client:
    """An account manager."""
    user = User.objects.create(username="mona", email="mona@example.org")
    Grant.objects.create(user=user, role=Grant.Role.ACCOUNT_MANAGER)
    client = Client()
    client.force_login(user)
    return client


def text(client: Client, address: str) -> str:
    response = client.get(address)
    assert response.status_code == 200, address
    return str(response.content.decode())


def test_somebody_is_added_with_roles_and_a_client(alice: Client) -> None:
    doors.acme()
    given = {**ANNA, "client": "acme", "roles": ["platform_manager", "account_manager"]}
    assert alice.post("/new/user", given)["Location"] == "/users/anna"
    anna = User.objects.get(username="anna")
    assert (anna.email, anna.get_full_name(), anna.has_usable_password()) == (
        "anna@example.org", "Anna Example", False,
    )  # fmt: skip
    assert people.roles(anna) == ["account_manager", "platform_manager"]
    assert [client.name for client in anna.clients.all()] == ["acme"]
    for address in ("/users?q=example", "/users?role=platform_manager", "/users/anna"):
        assert ">anna<" in text(alice, address), address
    assert ">anna<" not in text(alice, "/users?access=False")


@pytest.mark.parametrize(
    ("wrong", "field", "sentence"),
    [
        ({"username": "an na"}, "username", "cannot name a person"),
        ({"username": "schedule"}, "username", "cannot name a person"),
        ({"username": "BOB"}, "username", "There is already a user BOB"),
        ({"email": "nowhere"}, "email", "is not an e-mail address"),
        ({"email": "Bob@acme.example"}, "email", "already a user with the address"),
        ({"name": "An\u202ena"}, "name", "150 characters on one line"),
        ({"client": "nobody"}, "client", "There is no client «nobody»"),
    ],
)
def test_somebody_who_cannot_be_is_refused_at_the_field(
    alice: Client, wrong: dict[str, Any], field: str, sentence: str
) -> None:
    doors.bob()
    given = {**ANNA, "roles": ["platform_manager"], **wrong}
    assert sentence in refused(alice, "/new/user", given, field)
    assert User.objects.count() == 2
    page = alice.post("/new/user", given).content.decode()
    assert re.findall(r'value="(\w+)"[^>]* checked', page) == ["platform_manager"]


def test_name_and_address_are_edited(alice: Client) -> None:
    doors.bob()
    people.add(username="anna", email="anna@example.org")
    assert alice.post("/users/bob/edit", {"email": "b@acme.example", "name": "Bob B"}).status_code == 302
    bob = User.objects.get(username="bob")
    assert (bob.email, bob.get_full_name()) == ("b@acme.example", "Bob B")
    taken = {"email": "ANNA@example.org", "name": "Bobby"}
    assert "already a user with the address" in refused(alice, "/users/bob/edit", taken, "email")
    assert User.objects.get(username="bob").get_full_name() == "Bob B"


def test_roles_are_exactly_those_that_are_ticked(alice: Client) -> None:
    bob = doors.bob()
    for roles in (["administrator", "platform_manager"], ["account_manager"], []):
        assert alice.post("/users/bob/roles", {"roles": roles}).status_code == 302
        assert people.roles(User.objects.get(pk=bob.pk)) == roles
    assert alice.post("/users/bob/roles", {"roles": ["emperor"]}).status_code == 422
    assert people.roles(User.objects.get(pk=bob.pk)) == []


def test_the_last_administrator_stays_one(alice: Client) -> None:
    assert "alice is the only administrator" in text(alice, "/users/alice")
    dora = User.objects.create(username="dora", is_superuser=True, is_active=False)
    for what, given in (("roles", {}), ("access", {"active": "no"}), ("delete", {"name": "alice"})):
        assert alice.post(f"/users/alice/{what}", given).status_code == 422, what
    row = User.objects.get(username="alice")
    assert (row.is_superuser, row.is_active) == (True, True)
    people.change(dora, active=True)
    assert "is the only administrator" not in text(alice, "/users/alice")
    assert alice.post("/users/alice/roles", {"roles": []}).status_code == 302
    assert not User.objects.get(username="alice").is_superuser


def test_whoever_is_shut_out_is_signed_out_at_once_until_he_is_let_in(alice: Client, bob: Client) -> None:
    assert bob.get("/").status_code == 200
    assert alice.post("/users/bob/access", {"active": "no"}).status_code == 302
    assert bob.get("/")["Location"].startswith("/sign-in")
    assert alice.post("/users/bob/access", {"active": "yes"}).status_code == 302
    assert bob.get("/")["Location"].startswith("/sign-in"), "the old session is over for good"
    assert User.objects.get(username="bob").is_active


def test_his_browsers_are_signed_out(alice: Client, bob: Client) -> None:
    assert alice.post("/users/bob/sign-out").status_code == 302
    assert bob.get("/")["Location"].startswith("/sign-in")
    assert alice.get("/").status_code == 200


def test_a_user_is_deleted_once_his_name_is_typed(alice: Client, bob: Client) -> None:
    assert alice.post("/users/bob/delete", {"name": "bo"}).status_code == 422
    assert User.objects.filter(username="bob").exists()
    assert alice.post("/users/bob/delete", {"name": "bob"})["Location"] == "/users"
    assert not User.objects.filter(username="bob").exists()
    assert Customer.objects.filter(name="acme").exists()
    assert bob.get("/")["Location"].startswith("/sign-in")


def test_a_link_goes_out_once_there_is_mail(alice: Client) -> None:
    doors.bob()
    assert alice.post("/users/bob/link").status_code == 422
    assert not Message.objects.exists()
    default.change("mail_host", "mail.example.org")
    default.change("mail_from", "aegir@example.org")
    response = alice.post("/users/bob/link", follow=True)
    assert Message.objects.get().target == "bob@acme.example"
    assert b"/sign-in/" not in response.content, "the link is his alone"


def test_a_token_is_revoked_while_tokens_are_on(alice: Client) -> None:
    bob = doors.bob()
    token, secret = ApiToken.mint(bob, "deploys", ["see"], 1)
    page = text(alice, "/users/bob")
    assert "deploys" in page
    assert secret not in page
    feature.switch("tokens", False)
    assert "deploys" not in text(alice, "/users/bob")
    assert alice.post(f"/users/bob/tokens/{token.pk}/revoke").status_code == 404
    feature.switch("tokens", True)
    assert alice.post(f"/users/alice/tokens/{token.pk}/revoke").status_code == 404
    assert alice.post(f"/users/bob/tokens/{token.pk}/revoke").status_code == 302
    assert ApiToken.of(secret) is None


def test_an_account_manager_neither_gives_roles_nor_touches_who_has_one(alice: Client, mona: Client) -> None:
    assert 'name="roles"' not in text(mona, "/new/user")
    mona.post("/new/user", {**ANNA, "roles": ["administrator"]})
    assert people.roles(User.objects.get(username="anna")) == []
    assert mona.post("/users/anna/roles", {"roles": ["administrator"]}).status_code == 403
    assert mona.post("/users/alice/edit", {"email": "m@example.org", "name": ""}).status_code == 403
    assert User.objects.get(username="alice").email == ""


def test_only_who_looks_after_people_has_them_in_the_menu(alice: Client, mona: Client, bob: Client) -> None:
    assert ["/users" in menu(client) for client in (alice, mona, bob)] == [True, True, False]
    assert bob.get("/users/alice").status_code == 404
