"""Signing in and out."""

from __future__ import annotations

import pytest
from django.test import Client

from aegir.models import SignInLink, User
from aegir.pages.sign_in import TRIES
from tests import doors

pytestmark = pytest.mark.django_db


def inside(client: Client) -> bool:
    return client.get("/").status_code == 200


def test_a_password_signs_in(client: Client) -> None:
    doors.alice()
    response = client.post("/sign-in", {"username": "alice", "password": doors.PASSWORD, "next": "/tasks"})
    assert response["Location"] == "/tasks"
    assert inside(client)


def test_a_wrong_password_is_refused_in_the_words_of_a_wrong_name(client: Client) -> None:
    doors.alice()
    for name in ("alice", "nobody"):
        response = client.post("/sign-in", {"username": name, "password": "wrong"})
        assert response.status_code == 422
        assert b"The user name or the password is wrong." in response.content
    assert not inside(client)


@pytest.mark.parametrize("elsewhere", ["https://evil.example/", "//evil.example/", "javascript:alert(1)", ""])
def test_signing_in_never_leads_elsewhere(client: Client, elsewhere: str) -> None:
    doors.alice()
    response = client.post("/sign-in", {"username": "alice", "password": doors.PASSWORD, "next": elsewhere})
    assert response["Location"] == "/"


def test_many_wrong_passwords_close_the_door_for_a_while(client: Client) -> None:
    doors.alice()
    for _ in range(TRIES):
        client.post("/sign-in", {"username": "alice", "password": "wrong"})
    response = client.post("/sign-in", {"username": "alice", "password": doors.PASSWORD})
    assert response.status_code == 429
    assert not inside(client)


def test_a_link_signs_in_once_and_a_mere_look_does_not_use_it_up(client: Client) -> None:
    address = f"/sign-in/{SignInLink.mint(doors.alice())}"
    assert client.get(address).status_code == 200
    assert not inside(client)
    assert client.post(address)["Location"] == "/"
    assert inside(client)
    assert Client().post(address).status_code == 422


def test_a_link_of_someone_shut_out_is_refused(client: Client) -> None:
    address = f"/sign-in/{SignInLink.mint(doors.alice())}"
    User.objects.update(is_active=False)
    assert client.post(address).status_code == 422
    assert not inside(client)


def test_signing_out_ends_the_session(alice: Client) -> None:
    assert alice.post("/sign-out")["Location"] == "/sign-in"
    assert not inside(alice)


def test_who_is_signed_in_is_not_asked_again(alice: Client) -> None:
    assert alice.get("/sign-in?next=/tasks")["Location"] == "/tasks"


def test_a_foreign_host_name_is_not_answered(client: Client) -> None:
    response = client.get("/sign-in", headers={"Host": "evil.example"})
    assert response.status_code == 400
    assert "Content-Security-Policy" in response
