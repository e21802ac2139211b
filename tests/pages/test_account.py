"""«Your account»: name, address, password, sessions, tokens."""

from __future__ import annotations

import re

import pytest
from allauth.usersessions.models import UserSession
from django.test import Client

from aegir.models import ApiToken, AuditEntry, Default, Message, User
from tests import doors
from tests.pages.account import alice, confirm, inside, signed_in

pytestmark = pytest.mark.django_db
NEW = "a-much-better-one-1"
__all__ = ["alice"]


@pytest.mark.parametrize(
    "address",
    [
        "/account/password",
        "/account/authenticator",
        "/account/passkeys/add",
        "/account/recovery-codes/new",
    ],
)
def test_what_matters_asks_again_who_it_is(alice: Client, address: str) -> None:
    answer = alice.get(address)
    assert answer["Location"] == f"/account/confirm?next={address.replace('/', '%2F')}"
    assert alice.post("/account/confirm", {"password": "wrong"}).status_code == 422
    confirm(alice)
    assert alice.get(address).status_code == 200


@pytest.mark.parametrize(
    ("address", "given"),
    [
        ("/account/password", {"password1": NEW, "password2": NEW}),
        ("/account/tokens", {"name": "deploy", "days": "30", "scopes": "see"}),
        ("/account/email", {"email": "new@example.org"}),
    ],
)
def test_a_form_from_before_changes_nothing_until_it_is_confirmed(
    alice: Client, address: str, given: dict[str, str]
) -> None:
    before = User.objects.values().get()
    answer = alice.post(address, given)
    assert answer["Location"] == "/account/confirm?next=%2Faccount"
    assert User.objects.values().get() == before
    assert not ApiToken.objects.exists()
    assert NEW not in repr(dict(alice.session.items()))


class TestPassword:
    def test_a_new_one_ends_all_other_sessions(self, alice: Client) -> None:
        phone = signed_in("phone")
        confirm(alice)
        assert alice.post("/account/password", {"password1": NEW, "password2": NEW})["Location"] == "/account"
        assert inside(alice)
        assert not inside(phone)
        assert User.objects.get().check_password(NEW)

    @pytest.mark.parametrize(
        ("first", "second", "why"),
        [
            ("short", "short", "at least 12"),
            ("password1234", "password1234", "too common"),
            ("alice-alice-1", "alice-alice-1", "too similar"),
            (NEW, NEW + "x", "same password twice"),
            ("x" * 5000, "x" * 5000, "too long"),
            ("", "", "required"),
        ],
    )
    def test_a_bad_one_is_refused_with_one_sentence(
        self, alice: Client, first: str, second: str, why: str
    ) -> None:
        confirm(alice)
        User.objects.update(username="alice", first_name="Alice-Alice")
        answer = alice.post("/account/password", {"password1": first, "password2": second})
        assert answer.status_code == 422
        assert why in answer.content.decode()
        assert User.objects.get().check_password(doors.PASSWORD)

    def test_its_owner_is_told_by_mail(self, alice: Client) -> None:
        Default.objects.create(name="mail_host", value="mail.example.org")
        Default.objects.create(name="mail_from", value="aegir@example.org")
        User.objects.update(email="alice@example.org")
        confirm(alice)
        alice.post("/account/password", {"password1": NEW, "password2": NEW})
        message = Message.objects.get()
        assert (message.target, message.subject) == (
            "alice@example.org",
            "The password of your account was changed",
        )


class TestSessions:
    def test_they_are_listed_with_device_and_address(self, alice: Client) -> None:
        signed_in("phone")
        page = alice.get("/account").content.decode()
        assert "Firefox on Linux" in page
        assert "Chromium on Android" in page
        assert page.count("127.0.0.1") == 2
        assert page.count("this browser") == 1

    def test_one_is_ended(self, alice: Client) -> None:
        phone = signed_in("phone")
        found = re.search(r"/account/sessions/(\d+)/end", alice.get("/account").content.decode())
        assert found
        alice.post(found[0])
        assert not inside(phone)
        assert inside(alice)
        assert alice.post(found[0]).status_code == 404

    def test_all_others_are_ended(self, alice: Client) -> None:
        others = [signed_in("phone"), signed_in("desk")]
        alice.post("/account/sessions/end")
        assert [inside(other) for other in others] == [False, False]
        assert inside(alice)

    def test_nobody_ends_somebody_elses(self, alice: Client) -> None:
        doors.charlie()
        charlie = signed_in("phone", "charlie")
        number = UserSession.objects.get(user__username="alice").pk
        assert charlie.post(f"/account/sessions/{number}/end").status_code == 404
        assert inside(alice)


class TestTokens:
    def test_one_is_shown_once_and_works_and_is_revoked(self, alice: Client) -> None:
        confirm(alice)
        answer = alice.post("/account/tokens", {"name": "deploy", "days": "30", "scopes": ["see", "site"]})
        found = re.search(r"aegir_[\w-]{43}", answer.content.decode())
        assert found
        assert answer["Cache-Control"] == "no-store"
        row = ApiToken.of(found[0])
        assert row is not None
        assert (row.name, row.scopes, row.user.username) == ("deploy", ["see", "site"], "alice")
        page = alice.get("/account").content.decode()
        assert found[0] not in page
        assert found[0][:12] in page
        assert found[0] not in repr(list(AuditEntry.objects.values()))
        alice.post(f"/account/tokens/{row.pk}/revoke")
        assert ApiToken.of(found[0]) is None

    @pytest.mark.parametrize(
        ("given", "why"),
        [
            ({"name": "", "days": "30", "scopes": "see"}, "what the token is for"),
            ({"name": "x" * 61, "days": "30", "scopes": "see"}, "what the token is for"),
            ({"name": "a", "days": "0", "scopes": "see"}, "lives for 1 to 3650 days"),
            ({"name": "a", "days": "٣", "scopes": "see"}, "no number of days"),
            ({"name": "a", "days": "9" * 400, "scopes": "see"}, "no number of days"),
            ({"name": "a", "days": "30"}, "what the token may do"),
            ({"name": "a", "days": "30", "scopes": "<b>"}, "There is no scope «&lt;b&gt;»"),
        ],
    )
    def test_a_bad_wish_gets_one_sentence_and_keeps_what_was_typed(
        self, alice: Client, given: dict[str, str], why: str
    ) -> None:
        confirm(alice)
        answer = alice.post("/account/tokens", given)
        assert answer.status_code == 422
        assert why in answer.content.decode()
        assert f'value="{given["name"]}"' in answer.content.decode()
        assert not ApiToken.objects.exists()

    def test_nobody_revokes_somebody_elses(self, alice: Client) -> None:
        doors.charlie()
        row, _ = ApiToken.mint(User.objects.get(username="alice"), "deploy", ["see"], 30)
        charlie = signed_in("phone", "charlie")
        assert charlie.post(f"/account/tokens/{row.pk}/revoke").status_code == 404
        assert ApiToken.objects.filter(pk=row.pk).exists()


class TestNameAndAddress:
    def test_a_name_is_saved(self, alice: Client) -> None:
        assert alice.post("/account/name", {"name": "Alice Ødegård"})["Location"] == "/account"
        assert User.objects.get().get_full_name() == "Alice Ødegård"
        for bad in ("x" * 151, "two\nlines"):
            assert alice.post("/account/name", {"name": bad}).status_code == 422
        assert User.objects.get().get_full_name() == "Alice Ødegård"

    def test_without_a_mail_server_an_address_is_saved_at_once(self, alice: Client) -> None:
        confirm(alice)
        assert alice.post("/account/email", {"email": "alice@example.org"})["Location"] == "/account"
        assert User.objects.get().email == "alice@example.org"
        for bad in ("", "no address", "a@b\r\nBcc: c@d", "<b>@example.org"):
            assert alice.post("/account/email", {"email": bad}).status_code == 422, bad
        assert User.objects.get().email == "alice@example.org"

    def test_with_one_a_link_goes_to_the_new_address_and_is_good_once(self, alice: Client) -> None:
        Default.objects.create(name="mail_host", value="mail.example.org")
        Default.objects.create(name="mail_from", value="aegir@example.org")
        User.objects.update(email="old@example.org")
        confirm(alice)
        alice.post("/account/email", {"email": "new@example.org"})
        assert User.objects.get().email == "old@example.org"
        body = Message.objects.get(target="new@example.org").body
        assert body
        link = next(line for line in body.reveal().splitlines() if "/account/email/" in line)
        path = "/" + link.split("/", 3)[3]
        assert Client().get(path).status_code == 200
        assert User.objects.get().email == "old@example.org"
        assert Client().post(path).status_code == 302
        assert User.objects.get().email == "new@example.org"
        assert Message.objects.filter(target="old@example.org").exists()
        assert Client().post(path).status_code == 422
        assert Client().post(path[:-3] + "abc").status_code == 422
