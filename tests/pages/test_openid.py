"""Signing in through an OpenID provider that really runs."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from urllib.parse import parse_qs, urlsplit

import pytest
from allauth.socialaccount.models import SocialAccount
from django.test import Client

from aegir.models import AuditEntry, Secret, User, default, feature
from tests import doors
from tests.live.openid import CLIENT, SECRET, Provider

pytestmark = [pytest.mark.django_db, pytest.mark.live]
BACK = "http://localhost/sign-in/openid/back"
UNKNOWN = "No account here is linked to that sign-in"


@pytest.fixture(scope="module")
def running() -> Iterator[Provider]:
    with Provider(BACK) as provider:
        yield provider


@pytest.fixture
def provider(running: Provider, db: None) -> Provider:
    """Named in the settings."""
    feature.switch("openid", True)
    for name, value in (("issuer", running.issuer), ("client", CLIENT), ("secret", SECRET)):
        default.change(f"openid_{name}", value)
    return running


@pytest.fixture
def browser() -> Client:
    return Client(headers={"Host": "localhost"})


def way_there(browser: Client, next: str = "") -> str:
    """Press the button: where it leads."""
    page = browser.post("/sign-in/provider", {"next": next}).content.decode()
    found = re.search(r'content="0;url=([^"]+)"', page)
    assert found, page
    return html.unescape(found[1])


def go(provider: Provider, browser: Client, name: str, next: str = "") -> tuple[int, str]:
    """All the way: the status of the answer that ends it, and where it leads, or what it says."""
    back = provider.sign_in(way_there(browser, next), name)
    assert back.startswith(f"{BACK}?")
    answer = browser.get(back.removeprefix("http://localhost"))
    return answer.status_code, answer.get("Location") or answer.content.decode()


def who(browser: Client) -> str:
    """Whom the browser is signed in as."""
    number = browser.session.get("_auth_user_id")
    return User.objects.get(pk=number).username if number else ""


def link(provider: Provider, browser: Client, name: str) -> tuple[int, str]:
    """Link the signed-in person's account, having confirmed who it is."""
    browser.post("/account/confirm", {"password": doors.PASSWORD, "next": "/account"})
    return go(provider, browser, name)


def test_the_way_there_has_a_state_and_pkce_and_names_no_secret(provider: Provider, browser: Client) -> None:
    assert f"through {urlsplit(provider.issuer).hostname}" in browser.get("/sign-in").content.decode()
    asked = parse_qs(urlsplit(way_there(browser)).query)
    assert asked["redirect_uri"] == [BACK]
    assert asked["code_challenge_method"] == ["S256"]
    assert len(asked["state"][0]) >= 16
    assert SECRET not in str(asked)
    assert SECRET.encode() not in bytes(Secret.objects.get(pk=default.sealed("openid_secret")).sealed)


def test_whoever_linked_his_account_signs_in(provider: Provider, browser: Client) -> None:
    doors.charlie()
    browser.post("/sign-in", {"username": "charlie", "password": doors.PASSWORD})
    assert link(provider, browser, "eve") == (302, "/account")
    assert "linked to eve@example.org" in browser.get("/account").content.decode()
    other = Client(headers={"Host": "localhost"})
    assert go(provider, other, "eve", "/tasks") == (302, "/tasks")
    assert who(other) == "charlie"
    assert AuditEntry.objects.filter(
        action="sign_in", about="openid", actor="charlie", outcome="done"
    ).exists()
    browser.post("/account/provider/unlink")
    stranger = Client(headers={"Host": "localhost"})
    status, page = go(provider, stranger, "eve")
    assert (status, UNKNOWN in page, who(stranger)) == (422, True, "")


def test_linking_is_confirmed_first(provider: Provider, browser: Client) -> None:
    doors.charlie()
    browser.post("/sign-in", {"username": "charlie", "password": doors.PASSWORD})
    answer = browser.post("/sign-in/provider")
    assert answer["Location"].startswith("/account/confirm")
    assert not SocialAccount.objects.exists()


def test_what_is_linked_to_one_account_is_not_linked_to_another(provider: Provider, browser: Client) -> None:
    doors.alice()
    doors.charlie()
    browser.post("/sign-in", {"username": "charlie", "password": doors.PASSWORD})
    link(provider, browser, "eve")
    other = Client(headers={"Host": "localhost"})
    other.post("/sign-in", {"username": "alice", "password": doors.PASSWORD})
    link(provider, other, "eve")
    assert SocialAccount.objects.get().user.username == "charlie"
    assert who(other) == "alice"


def test_nobody_unknown_gets_in(provider: Provider, browser: Client) -> None:
    status, page = go(provider, browser, "dora")
    assert (status, UNKNOWN in page, who(browser)) == (422, True, "")
    assert not User.objects.exists()
    assert AuditEntry.objects.filter(action="sign_in", outcome="refused").exists()


@pytest.mark.parametrize(
    ("name", "matching", "closed", "signed_in"),
    [
        ("dora", "yes", False, "charlie"),
        ("dora", "no", False, ""),
        ("dora", "yes", True, ""),
        ("eve", "yes", False, ""),
    ],
)
def test_an_address_signs_in_if_the_provider_vouches_for_it_and_the_setting_says_so(
    provider: Provider, browser: Client, *, name: str, matching: str, closed: bool, signed_in: str
) -> None:
    charlie = doors.charlie()
    User.objects.update(email=f"{name}@example.org".title(), is_active=not closed)
    default.change("openid_match_email", matching)
    go(provider, browser, name)
    assert who(browser) == signed_in
    assert User.objects.get(pk=charlie.pk).check_password(doors.PASSWORD)
    assert not SocialAccount.objects.exists()


def test_an_address_of_two_people_signs_in_neither(provider: Provider, browser: Client) -> None:
    doors.alice()
    doors.charlie()
    User.objects.update(email="dora@example.org")
    default.change("openid_match_email", "yes")
    go(provider, browser, "dora")
    assert who(browser) == ""


@pytest.mark.parametrize(("name", "made"), [("dora", ["dora2"]), ("eve", [])])
def test_new_accounts_are_made_only_for_addresses_that_are_vouched_for(
    provider: Provider, browser: Client, name: str, made: list[str]
) -> None:
    User.objects.create(username="Dora")
    default.change("openid_new_accounts", "yes")
    go(provider, browser, name)
    new = User.objects.exclude(username="Dora")
    assert [user.username for user in new] == made
    assert who(browser) == "".join(made)
    for user in new:
        assert (user.is_superuser, user.grants.count(), user.has_usable_password()) == (False, 0, False)
        again = Client(headers={"Host": "localhost"})
        go(provider, again, name)
        assert who(again) == user.username


def test_no_new_account_takes_a_known_address(provider: Provider, browser: Client) -> None:
    doors.charlie()
    User.objects.update(email="dora@example.org")
    default.change("openid_new_accounts", "yes")
    go(provider, browser, "dora")
    assert who(browser) == ""
    assert User.objects.count() == 1


def test_a_way_back_that_did_not_begin_here_leads_nowhere(provider: Provider, browser: Client) -> None:
    doors.charlie()
    browser.post("/sign-in", {"username": "charlie", "password": doors.PASSWORD})
    link(provider, browser, "eve")
    begun, victim = Client(headers={"Host": "localhost"}), Client(headers={"Host": "localhost"})
    back = provider.sign_in(way_there(begun), "eve").removeprefix("http://localhost")
    assert victim.get(back).status_code == 401
    assert victim.get(re.sub("state=[^&]+", "state=forged", back)).status_code == 401
    assert victim.get("/sign-in/openid/back").status_code == 401
    assert who(victim) == ""
    assert begun.get(back).status_code == 302
    assert begun.get(back).status_code == 401


@pytest.mark.parametrize("issuer", ["http://localhost:9/o", "http://localhost:{port}/nothing"])
def test_a_provider_that_does_not_answer_is_said_so(provider: Provider, browser: Client, issuer: str) -> None:
    default.change("openid_issuer", issuer.format(port=provider.port))
    answer = browser.post("/sign-in/provider")
    assert answer.status_code == 422
    assert b"did not answer as it should" in answer.content


def test_a_code_that_is_none_is_refused(provider: Provider, browser: Client) -> None:
    state = parse_qs(urlsplit(way_there(browser)).query)["state"][0]
    assert browser.get(f"/sign-in/openid/back?state={state}&code=forged").status_code == 401
    assert who(browser) == ""


def test_another_providers_people_are_other_people(provider: Provider, browser: Client) -> None:
    doors.charlie()
    browser.post("/sign-in", {"username": "charlie", "password": doors.PASSWORD})
    link(provider, browser, "dora")
    with Provider(BACK) as second:
        default.change("openid_issuer", second.issuer)
        other = Client(headers={"Host": "localhost"})
        go(second, other, "dora")
        assert who(other) == ""


def test_the_second_factor_is_asked_for_all_the_same(provider: Provider, browser: Client) -> None:
    from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret

    charlie = doors.charlie()
    browser.post("/sign-in", {"username": "charlie", "password": doors.PASSWORD})
    link(provider, browser, "eve")
    TOTP.activate(charlie, generate_totp_secret())
    other = Client(headers={"Host": "localhost"})
    assert go(provider, other, "eve") == (302, "/sign-in/code")
    assert who(other) == ""


@pytest.mark.parametrize(
    "bad",
    ["http://example.org", "ftp://example.org", "https://", "https://a b", "https://u:p@h", "javascript:1"],
)
def test_an_issuer_is_an_https_address(db: None, bad: str) -> None:
    from aegir.errors import Refused

    with pytest.raises(Refused):
        default.change("openid_issuer", bad)
