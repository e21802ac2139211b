"""Signing in and out."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from allauth.usersessions.models import UserSession
from django.contrib.sessions.models import Session
from django.core.cache import cache
from django.test import Client
from django.utils import timezone

from aegir.models import AuditEntry, Default, Message, SignInLink, User, feature
from tests import doors

pytestmark = pytest.mark.django_db
WRONG = b"The user name or the password is wrong."


def inside(client: Client) -> bool:
    return client.get("/account").status_code == 200


def sign_in(client: Client, name: str = "alice", password: str = doors.PASSWORD, **more: str) -> int:
    return client.post("/sign-in", {"username": name, "password": password, **more}).status_code


def test_a_password_signs_in(client: Client) -> None:
    doors.alice()
    response = client.post("/sign-in", {"username": "alice", "password": doors.PASSWORD, "next": "/tasks"})
    assert response["Location"] == "/tasks"
    assert inside(client)


def test_an_e_mail_address_signs_in_when_it_is_one_persons_alone(client: Client) -> None:
    alice, charlie = doors.alice(), doors.charlie()
    User.objects.update(email="Shared@example.org")
    assert sign_in(client, "shared@example.org") == 422
    User.objects.filter(pk=charlie.pk).update(email="charlie@example.org")
    assert sign_in(client, "SHARED@example.org") == 302
    assert client.session["_auth_user_id"] == str(alice.pk)


def test_a_wrong_password_is_refused_in_the_words_of_a_wrong_name(client: Client) -> None:
    doors.alice()
    closed = doors.charlie()
    User.objects.filter(pk=closed.pk).update(is_active=False)
    tries = [("alice", "wrong"), ("nobody", "wrong"), ("charlie", doors.PASSWORD), ("", ""), ("a" * 9999, "")]
    for name, password in tries:
        response = client.post("/sign-in", {"username": name, "password": password})
        assert response.status_code == 422, name
        assert WRONG in response.content, name
    assert not inside(client)


@pytest.mark.parametrize(
    "elsewhere", ["https://evil.example/", "//evil.example/", "javascript:alert(1)", "http://localhost/", ""]
)
def test_signing_in_never_leads_elsewhere(client: Client, elsewhere: str) -> None:
    doors.alice()
    response = client.post("/sign-in", {"username": "alice", "password": doors.PASSWORD, "next": elsewhere})
    assert response["Location"] == "/"


def test_many_wrong_passwords_close_the_door_for_a_while(client: Client, settings: Any) -> None:
    doors.alice()
    User.objects.update(email="alice@example.org")
    settings.ACCOUNT_RATE_LIMITS = {**settings.ACCOUNT_RATE_LIMITS, "login_failed": "30/15m/ip,4/15m/key"}
    for name in ("alice", "alice@example.org", "ALICE", "Alice@Example.org"):
        sign_in(client, name, "wrong")
    assert sign_in(client) == 429
    assert not inside(client)
    cache.clear()
    assert sign_in(client) == 302


def test_the_session_is_another_one_after_signing_in(client: Client) -> None:
    doors.alice()
    client.get("/sign-in")
    session = client.session
    session["planted"] = "yes"
    session.save()
    client.cookies["aegir_session"] = str(session.session_key)
    assert sign_in(client) == 302
    assert client.session.session_key != session.session_key


@pytest.mark.parametrize(("who", "hours"), [(doors.alice, 12), (doors.charlie, 14 * 24)])
def test_a_session_that_is_not_used_ends(client: Client, who: type, hours: int) -> None:
    sign_in(client, who().username)
    assert client.session.get_expiry_age() == pytest.approx(hours * 3600, abs=60)
    client.get("/account")
    assert client.session.get_expiry_age() == pytest.approx(hours * 3600, abs=60)


def test_a_link_signs_in_once_and_a_mere_look_does_not_use_it_up(client: Client) -> None:
    address = f"/sign-in/{SignInLink.mint(doors.alice())}"
    assert client.get(address).status_code == 200
    assert not inside(client)
    assert client.post(address)["Location"] == "/"
    assert inside(client)
    assert Client().post(address).status_code == 422


def test_a_link_lets_its_owner_choose_a_password_without_the_old_one(client: Client) -> None:
    charlie = doors.charlie()
    User.objects.update(password="!")
    assert client.post(f"/sign-in/{SignInLink.mint(charlie)}")["Location"] == "/account"
    new = {"password1": "a-much-better-one-1", "password2": "a-much-better-one-1"}
    assert client.post("/account/password", new)["Location"] == "/account"
    assert inside(client)
    assert sign_in(Client(), "charlie", "a-much-better-one-1") == 302


def test_a_link_of_someone_shut_out_or_too_old_is_refused(client: Client) -> None:
    alice = doors.alice()
    address = f"/sign-in/{SignInLink.mint(alice)}"
    User.objects.update(is_active=False)
    assert client.post(address).status_code == 422
    User.objects.update(is_active=True)
    SignInLink.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
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


def test_the_audit_tells_who_signed_in_and_who_failed_and_holds_no_secret(client: Client) -> None:
    alice = doors.alice()
    link = SignInLink.mint(alice)
    sign_in(client, password="a-wrong-secret")
    sign_in(client, "my-secret-typed-as-name", "x")
    sign_in(client)
    client.post("/sign-out")
    client.post(f"/sign-in/{link}")
    found = list(AuditEntry.objects.order_by("pk").values_list("action", "actor", "about", "outcome"))
    assert found == [
        ("sign_in", "", "alice", "refused"),
        ("sign_in", "", "nobody known", "refused"),
        ("sign_in", "alice", "alice", "done"),
        ("sign_out", "alice", "", "done"),
        ("sign_in_by_link", "alice", "alice", "done"),
    ]
    text = repr(list(AuditEntry.objects.values()))
    for secret in ("a-wrong-secret", "my-secret", doors.PASSWORD, link):
        assert secret not in text


class TestPasswordForgotten:
    @pytest.fixture(autouse=True)
    def _mail(self) -> None:
        Default.objects.create(name="mail_host", value="mail.example.org")
        Default.objects.create(name="mail_from", value="aegir@example.org")

    def text(self) -> str:
        body = Message.objects.get(target="Alice@example.org").body
        assert body is not None
        return body.reveal()

    def ask(self, client: Client, email: str) -> str:
        response = client.post("/password/forgotten", {"email": email})
        assert response["Location"] == "/password/sent"
        return client.get("/password/sent").content.decode()

    def test_a_mail_leads_to_a_new_password_once(self, client: Client) -> None:
        doors.alice()
        User.objects.update(email="Alice@example.org")
        other = Client()
        sign_in(other)
        self.ask(client, "alice@example.org")
        link = next(line for line in self.text().splitlines() if line.startswith("http"))
        form = client.get("/" + link.split("/", 3)[3])["Location"]
        assert form.endswith("set-password")
        short = client.post(form, {"password1": "short", "password2": "short"})
        assert (short.status_code, b"at least 12" in short.content) == (422, True)
        new = {"password1": "a-much-better-one-1", "password2": "a-much-better-one-1"}
        assert client.post(form, new)["Location"] == "/password/done"
        assert not inside(other)
        assert sign_in(client) == 422
        assert sign_in(client, password="a-much-better-one-1") == 302
        assert b"used already" in Client().get("/" + link.split("/", 3)[3]).content

    def test_the_answer_for_an_unknown_address_is_the_same_and_no_mail_goes_out(self, client: Client) -> None:
        doors.alice()
        User.objects.update(email="Alice@example.org")
        known = self.ask(client, "alice@example.org")
        assert self.ask(client, "nobody@example.org") == known
        assert Message.objects.count() == 1

    def test_it_is_limited(self, client: Client) -> None:
        doors.alice()
        User.objects.update(email="Alice@example.org")
        for _ in range(3):
            self.ask(client, "alice@example.org")
        response = client.post("/password/forgotten", {"email": "alice@example.org"})
        assert response.status_code == 429
        assert Message.objects.count() == 3

    def test_without_a_mail_server_there_is_no_such_page(self, client: Client) -> None:
        assert b"forgotten" in client.get("/sign-in").content
        Default.objects.all().delete()
        assert client.get("/password/forgotten").status_code == 404
        assert b"forgotten" not in client.get("/sign-in").content


def test_what_is_switched_off_is_gone(client: Client, alice: Client) -> None:
    for part in ("passkeys", "openid", "tokens", "signup"):
        feature.switch(part, False)
    for address in ("/sign-in/passkey", "/sign-in/openid/back", "/sign-up", "/sign-up/x"):
        assert client.get(address).status_code == 404, address
    assert client.post("/sign-in/provider").status_code == 404
    for address in ("/account/passkeys/add", "/account/confirm/passkey", "/account/passkeys/1/remove"):
        assert alice.get(address).status_code == 404, address
    for address in ("/account/tokens", "/account/tokens/1/revoke", "/account/provider/unlink"):
        assert alice.post(address).status_code in (302, 404), address
    page = alice.get("/account").content.decode().lower()
    for word in ("passkey", "api token", "provider"):
        assert word not in page.partition("<main")[2], word
    assert b"asskey" not in client.get("/sign-in").content


def test_a_browser_that_is_used_is_noted_once_a_minute_and_its_session_lives_on(client: Client) -> None:
    sign_in(client, doors.charlie().username)
    UserSession.objects.update(last_seen_at=timezone.now() - timedelta(days=3))
    session = client.session
    session["seen"] = int((timezone.now() - timedelta(days=3)).timestamp())
    session.save()
    Session.objects.update(expire_date=timezone.now() + timedelta(hours=1))
    client.get("/account")
    assert UserSession.objects.get().last_seen_at > timezone.now() - timedelta(minutes=1)
    assert Session.objects.get().expire_date > timezone.now() + timedelta(days=13)
    noted = UserSession.objects.get().last_seen_at
    client.get("/account")
    assert UserSession.objects.get().last_seen_at == noted


def test_a_session_that_was_ended_meanwhile_is_not_brought_back(client: Client) -> None:
    sign_in(client, doors.charlie().username)
    session = client.session
    session["seen"] = 0
    session.save()
    Session.objects.all().delete()
    assert not inside(client)
    assert not Session.objects.filter(expire_date__gt=timezone.now() + timedelta(days=1)).exists()
