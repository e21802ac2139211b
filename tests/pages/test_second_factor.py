"""A second factor: an authenticator app and its recovery codes."""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
import struct
import time

import pytest
from allauth.mfa.models import Authenticator
from django.test import Client

from aegir.models import AuditEntry, SignInLink, User
from tests import doors
from tests.pages.account import alice, confirm, inside

pytestmark = pytest.mark.django_db
__all__ = ["alice"]


def code_of(secret: str, ahead: int = 0) -> str:
    """What an authenticator app shows (RFC 6238), worked out here and not by what is tested."""
    counter = struct.pack(">Q", int(time.time()) // 30 + ahead)
    digest = hmac.new(base64.b32decode(secret), counter, hashlib.sha1).digest()
    start = digest[-1] & 15
    return f"{(struct.unpack('>I', digest[start : start + 4])[0] & 0x7FFFFFFF) % 10**6:06}"


def with_app(client: Client) -> tuple[str, list[str]]:
    """Set up an authenticator app: its key, and the recovery codes that came along."""
    confirm(client)
    page = client.get("/account/authenticator").content.decode()
    found = re.search(r"<code>([A-Z2-7]{32})</code>", page)
    assert found
    wrong = client.post("/account/authenticator", {"code": "000000"})
    assert wrong.status_code == 422
    answer = client.post("/account/authenticator", {"code": code_of(found[1], -1)})
    assert answer["Location"] == "/account/recovery-codes"
    codes = re.findall(r"<code>(\d{10})</code>", client.get("/account/recovery-codes").content.decode())
    assert len(codes) == 10
    return found[1], codes


def test_a_code_of_the_app_is_asked_for_and_works_once(alice: Client) -> None:
    key, _ = with_app(alice)
    assert key not in repr(list(Authenticator.objects.values()))
    browser = Client()
    answer = browser.post("/sign-in", {"username": "alice", "password": doors.PASSWORD, "next": "/tasks"})
    assert answer["Location"] == "/sign-in/code"
    assert not inside(browser)
    assert browser.post("/sign-in/code", {"code": "123"}).status_code == 422
    assert browser.post("/sign-in/code", {}).status_code == 422
    code = code_of(key)
    assert browser.post("/sign-in/code", {"code": code})["Location"] == "/tasks"
    assert inside(browser)
    other = Client()
    other.post("/sign-in", {"username": "alice", "password": doors.PASSWORD})
    assert other.post("/sign-in/code", {"code": code}).status_code == 422
    assert not inside(other)


def test_a_recovery_code_works_once(alice: Client) -> None:
    _, codes = with_app(alice)
    for status in (302, 422):
        browser = Client()
        browser.post("/sign-in", {"username": "alice", "password": doors.PASSWORD})
        assert browser.post("/sign-in/code", {"code": codes[3]}).status_code == status
    assert codes[3] not in alice.get("/account/recovery-codes/file").content.decode().split()
    assert b"9 recovery codes left" in alice.get("/account").content


def test_new_recovery_codes_void_the_old(alice: Client) -> None:
    _, codes = with_app(alice)
    assert alice.post("/account/recovery-codes/new")["Location"] == "/account/recovery-codes"
    browser = Client()
    browser.post("/sign-in", {"username": "alice", "password": doors.PASSWORD})
    assert browser.post("/sign-in/code", {"code": codes[0]}).status_code == 422


def test_wrong_codes_close_the_door_for_a_while(alice: Client) -> None:
    key, _ = with_app(alice)
    browser = Client()
    browser.post("/sign-in", {"username": "alice", "password": doors.PASSWORD})
    for _ in range(10):
        browser.post("/sign-in/code", {"code": "000000"})
    answer = browser.post("/sign-in/code", {"code": code_of(key)})
    assert answer.status_code == 422
    assert b"wrong too often" in answer.content
    assert not inside(browser)


def test_a_mailed_link_does_not_stand_for_it_but_one_from_the_machine_does(alice: Client) -> None:
    with_app(alice)
    user = User.objects.get()
    mailed, printed = Client(), Client()
    assert mailed.post(f"/sign-in/{SignInLink.mint(user)}")["Location"] == "/sign-in/code"
    assert not inside(mailed)
    assert printed.post(f"/sign-in/{SignInLink.mint(user, whole=True)}")["Location"] == "/"
    assert inside(printed)


def test_it_is_removed_only_after_confirming(alice: Client) -> None:
    with_app(alice)
    again = Client()
    again.post(f"/sign-in/{SignInLink.mint(User.objects.get(), whole=True)}")
    session = again.session
    session["account_authentication_methods"] = []
    session.save()
    assert again.get("/account/authenticator/remove")["Location"].startswith("/account/confirm")
    assert alice.post("/account/authenticator/remove").status_code == 302
    assert not Authenticator.objects.exists()


def test_no_code_and_no_key_is_in_the_audit(alice: Client) -> None:
    key, codes = with_app(alice)
    browser = Client()
    browser.post("/sign-in", {"username": "alice", "password": doors.PASSWORD})
    code = code_of(key)
    browser.post("/sign-in/code", {"code": code})
    rows = AuditEntry.objects.filter(action__startswith="mfa_").values_list("action", "actor", "outcome")
    assert set(rows) == {
        ("mfa_activate_totp", "alice", "refused"),
        ("mfa_activate_totp", "alice", "done"),
        ("mfa_authenticate", "alice", "done"),
    }
    text = repr(list(AuditEntry.objects.values("about", "sentence", "details")))
    for secret in (key, code, *codes, doors.PASSWORD):
        assert secret not in text
