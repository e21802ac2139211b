"""Somebody lost what he signs in with: an administrator lets him in again, and nobody else does."""

from __future__ import annotations

import pytest
from allauth.mfa.models import Authenticator
from django.test import Client

from aegir.models import ApiToken, AuditEntry, Grant, Message, SignInLink, User, default, people
from tests import doors

pytestmark = pytest.mark.django_db


@pytest.fixture
def bob() -> User:
    """With a second factor of every kind."""
    made = doors.bob()
    for kind in Authenticator.Type.values:
        Authenticator.objects.create(user=made, type=kind, data={})
    return made


def browser(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def test_a_lost_second_factor_is_taken_away_and_its_owner_is_told(bob: User) -> None:
    default.change("mail_host", "mail.example.org")
    default.change("mail_from", "aegir@example.org")
    alice = browser(doors.alice())
    page = alice.get("/users/bob").content.decode()
    assert "/users/bob/second-factor/remove" in page
    wrong = alice.post("/users/bob/second-factor/remove", {"name": "bo"})
    assert (wrong.status_code, Authenticator.objects.filter(user=bob).count()) == (422, 3)
    assert alice.post("/users/bob/second-factor/remove", {"name": "bob"}).status_code == 302
    assert not Authenticator.objects.filter(user=bob).exists()
    entry = AuditEntry.objects.get(action="user_reset_factors", outcome="done")
    assert (entry.actor, entry.about) == ("alice", "bob")
    told = Message.objects.get()
    assert (told.target, "took away the second factor" in told.body.reveal()) == ("bob@acme.example", True)
    assert "/users/bob/second-factor/remove" not in alice.get("/users/bob").content.decode()
    none_left = alice.delete("/api/users/bob/second-factor")
    assert (none_left.status_code, "no second factor" in none_left.content.decode()) == (422, True)


def test_nobody_else_takes_it_away_nor_makes_links(bob: User) -> None:
    alice = doors.alice()
    Authenticator.objects.create(user=alice, type="totp", data={})
    mona = User.objects.create(username="mona")
    Grant.objects.create(user=mona, role="account_manager")
    _, token = ApiToken.mint(alice, "all", ["all"], 1)
    program = Client(headers={"Authorization": f"Bearer {token}"})
    cases = [(browser(mona), "bob"), (browser(bob), "bob"), (program, "bob"), (program, "alice")]
    for client, name in cases:
        assert client.delete(f"/api/users/{name}/second-factor").status_code in (403, 404)
        assert client.post(f"/api/users/{name}/link").status_code in (403, 404)
    own = browser(alice)
    assert own.delete("/api/users/alice/second-factor").status_code == 422
    assert own.post("/users/alice/second-factor/remove", {"name": "alice"}).status_code == 422
    assert own.post("/api/users/alice/link").status_code == 422
    assert Authenticator.objects.count() == 4
    assert not SignInLink.objects.exists()


def test_a_link_is_shown_once_signs_in_once_and_is_written_down_without_itself(bob: User) -> None:
    alice = browser(doors.alice())
    made = alice.post("/api/users/bob/link", headers={"Idempotency-Key": "k1"})
    link = made.json()["link"]
    again = alice.post("/api/users/bob/link", headers={"Idempotency-Key": "k1"})
    assert (made.status_code, again.status_code) == (201, 409)
    entry = AuditEntry.objects.get(action="user_link", outcome="done")
    assert entry.about == "bob"
    token = link.rpartition("/")[2]
    assert token not in repr(list(AuditEntry.objects.values()))
    redeemed = SignInLink.redeem(token)
    assert redeemed is not None
    assert (redeemed.user, redeemed.whole) == (bob, False)
    assert SignInLink.redeem(token) is None
    people.change(bob, active=False)
    assert alice.post("/api/users/bob/link").status_code == 422
