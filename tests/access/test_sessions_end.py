"""Whoever is signed in somewhere is signed out there once what let him in is no longer so."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.test import Client

from aegir.models import User, people
from tests import doors

pytestmark = pytest.mark.django_db

NEW = "another-quite-long-one-9"


def browser(user: User) -> Client:
    client = Client()
    assert client.login(username=user.username, password=doors.PASSWORD)
    return client


def inside(client: Client) -> bool:
    """Whether it is still signed in, as the panel and its API see it."""
    page, api = client.get("/account").status_code, client.get("/api/users").status_code
    assert (page, api) in ((200, 200), (302, 401)), (page, api)
    return page == 200


@pytest.fixture
def carol() -> User:
    """She looks after platforms and accounts, and has a second factor."""
    made = User.objects.create(username="carol", email="carol@example.org", password=doors._hashed())
    people.grant(made, ["platform_manager", "account_manager"])
    Authenticator.objects.create(user=made, type="totp", data={})
    return made


Done = Callable[[Client], object]
BY_OTHERS: dict[str, Done] = {
    "second factor, page": lambda alice: alice.post("/users/carol/second-factor/remove", {"name": "carol"}),
    "second factor, API": lambda alice: alice.delete("/api/users/carol/second-factor"),
    "role, page": lambda alice: alice.post("/users/carol/roles", {"roles": ["platform_manager"]}),
    "role, API": lambda alice: alice.put(
        "/api/users/carol/roles", {"roles": ["account_manager"]}, content_type="application/json"
    ),
    "shut out, page": lambda alice: alice.post("/users/carol/access", {"active": "no"}),
    "shut out, API": lambda alice: alice.patch(
        "/api/users/carol", {"active": False}, content_type="application/json"
    ),
    "deleted, page": lambda alice: alice.post("/users/carol/delete", {"name": "carol"}),
    "deleted, API": lambda alice: alice.delete("/api/users/carol"),
}


@pytest.mark.parametrize("what", BY_OTHERS)
def test_what_others_take_away_signs_out_everywhere_and_nobody_else(carol: User, what: str) -> None:
    alice, bob = browser(doors.alice()), browser(doors.bob())
    hers = [browser(carol), browser(carol)]
    assert all(inside(each) for each in hers)  # which notes them
    BY_OTHERS[what](alice)
    assert not any(inside(each) for each in hers)
    assert not UserSession.objects.filter(user__username="carol").exists()
    assert inside(alice)
    assert inside(bob)


def test_whoever_is_let_in_again_signs_in_anew(carol: User) -> None:
    alice, hers = browser(doors.alice()), browser(carol)
    alice.patch("/api/users/carol", {"active": False}, content_type="application/json")
    alice.patch("/api/users/carol", {"active": True}, content_type="application/json")
    assert not inside(hers)
    assert inside(browser(carol))


def test_a_role_that_is_added_signs_nobody_out(carol: User) -> None:
    alice, hers = browser(doors.alice()), browser(carol)
    roles = {"roles": ["platform_manager", "account_manager", "administrator"]}
    page = alice.post("/users/carol/roles", roles, follow=True).content.decode()
    assert "are saved" in page
    assert "signed out of all other" not in page
    assert inside(hers)


def test_whoever_gives_up_a_role_stays_where_he_did_it(carol: User) -> None:
    people.grant(carol, ["administrator", "platform_manager"])
    doors.alice()
    here, elsewhere = browser(carol), browser(carol)
    page = here.post("/users/carol/roles", {"roles": ["administrator"]}, follow=True).content.decode()
    assert "signed out of all other browsers" in page
    assert (inside(here), inside(elsewhere)) == (True, False)


def test_a_new_password_signs_out_everywhere_else() -> None:
    bob = doors.bob()
    here, elsewhere = browser(bob), browser(bob)
    here.post("/account/confirm", {"password": doors.PASSWORD})
    changed = here.post(
        "/account/password", {"oldpassword": doors.PASSWORD, "password1": NEW, "password2": NEW}
    )
    assert changed.status_code == 302
    assert (inside(here), inside(elsewhere)) == (True, False)


def test_whoever_leaves_a_client_sees_nothing_of_it_at_once() -> None:
    bob = doors.bob()
    doors.site("his.example.org", client=doors.acme())
    his = browser(bob)
    assert his.get("/sites/his.example.org").status_code == 200
    browser(doors.alice()).post("/clients/acme/people/bob/remove")
    assert his.get("/sites/his.example.org").status_code == 404
