"""Signing up: nothing is made before the address has proved right, and then everything at once."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from aegir.models import (
    AuditEntry,
    Default,
    Message,
    Platform,
    Signup,
    Site,
    SiteName,
    Task,
    User,
    default,
    feature,
)
from aegir.models import Client as Customer
from tests import doors

pytestmark = pytest.mark.django_db
WISH = {
    "name": "Dora Dunn",
    "organisation": "Dunn & Sons",
    "email": "dora@example.org",
    "email2": "dora@example.org",
    "domain": "dunn.example.org",
    "profile": "standard",
}


@pytest.fixture(autouse=True)
def _open(db: None, settings: Any) -> None:
    Default.objects.create(name="mail_host", value="mail.example.org")
    Default.objects.create(name="mail_from", value="aegir@example.org")
    feature.switch("signup", True)
    settings.ACCOUNT_RATE_LIMITS = {**settings.ACCOUNT_RATE_LIMITS, "signup": "50/h/ip"}
    doors.platform()


def wish(client: Client, **other: str) -> Any:
    return client.post("/sign-up", {**WISH, **other})


def path_in_mail(to: str = "dora@example.org") -> str:
    body = Message.objects.filter(target=to).latest("pk").body
    assert body is not None
    found = re.search(r"^http://[^/]+(/sign-up/\S+)$", body.reveal(), re.MULTILINE)
    assert found
    return found[1]


def nothing_was_made() -> bool:
    made = [Customer.objects.all(), Site.objects.all(), Task.objects.all(), SiteName.objects.all()]
    return (
        not any(rows.exists() for rows in made) and not User.objects.filter(email="dora@example.org").exists()
    )


def test_a_click_on_the_mailed_link_makes_client_account_and_site(client: Client) -> None:
    assert b"dora@example.org" in wish(client).content
    assert nothing_was_made()
    address = path_in_mail()
    assert b"dunn.example.org" in client.get(address).content
    assert nothing_was_made()
    answer = client.post(address)
    task, user, customer = Task.objects.get(), User.objects.get(), Customer.objects.get()
    assert answer["Location"] == f"/tasks/{task.pk}"
    assert (user.username, user.get_full_name(), user.email) == ("dora", "Dora Dunn", "dora@example.org")
    assert (user.is_superuser, user.grants.count()) == (False, 0)
    assert (customer.name, customer.title) == ("dunn-sons", "Dunn & Sons")
    assert list(customer.users.all()) == [user]
    site = Site.objects.get()
    assert (site.domain, site.client, site.profile) == ("dunn.example.org", customer, "standard")
    assert (task.operation, task.subject_id, task.asked_by) == ("site_install", site.pk, "dora")
    assert client.get("/account").status_code == 200
    new = {"password1": "a-much-better-one-1", "password2": "a-much-better-one-1"}
    assert client.post("/account/password", new)["Location"] == "/account"
    assert Client().post(address).status_code == 422
    assert Task.objects.count() == 1


def test_a_known_address_gets_the_same_page_and_its_owner_a_mail(client: Client) -> None:
    def page(answer: Any) -> str:
        return re.sub(r"nobody|known|csrf\S+", "", answer.content.decode())

    User.objects.create(username="kim", email="Known@example.org")
    known = wish(client, email="known@example.org", email2="known@example.org")
    unknown = wish(Client(), email="nobody@example.org", email2="nobody@example.org")
    assert known.status_code == unknown.status_code == 200
    assert page(known) == page(unknown)
    body = Message.objects.get(target="Known@example.org").body
    assert body is not None
    assert "your user name is kim" in " ".join(body.reveal().split())
    assert "/sign-up/" not in body.reveal()
    assert User.objects.count() == 1


@pytest.mark.parametrize(
    ("field", "value", "why"),
    [
        ("email2", "other@example.org", "The two addresses are not the same."),
        ("email", "no address", "is not an e-mail address"),
        ("email", "a@b\r\nBcc: c@d", "is not an e-mail address"),
        ("domain", "taken.example.org", "taken"),
        ("domain", "nodots", "is not a domain"),
        ("domain", "<b>.example.org", "is not a domain"),
        ("domain", "../../etc.passwd", "is not a domain"),
        ("domain", "x" * 300 + ".org", "253 characters at most"),
        ("profile", "evil", "Choose another"),
        ("name", "", "«Your name» is needed."),
        ("name", "x" * 151, "150 characters at most"),
        ("organisation", "x" * 201, "200 characters at most"),
    ],
)
def test_a_bad_wish_is_refused_at_the_door_and_nothing_typed_is_lost(
    client: Client, field: str, value: str, why: str
) -> None:
    doors.site("taken.example.org")
    answer = wish(client, **{field: value})
    page = answer.content.decode()
    assert answer.status_code == 422
    assert why in page
    assert "<b>" not in page
    if field != "domain":
        assert 'value="dunn.example.org"' in page
    assert not Message.objects.exists()
    assert not Signup.objects.exists()


def test_while_typing_only_what_was_typed_is_judged(client: Client) -> None:
    doors.site("taken.example.org")
    half = {"domain": "taken.example.org"}
    answer = client.post("/sign-up", half, headers={"X-Aegir-Check": "yes"})
    said = dict(re.findall(r'id="said-(\w+)"[^>]*>([^<]*)<', answer.content.decode()))
    assert "taken" in said["domain"]
    assert [name for name, sentence in said.items() if sentence.strip()] == ["domain"]
    assert not Signup.objects.exists()
    assert not AuditEntry.objects.exists()


def test_what_was_free_when_asked_may_be_taken_at_the_click(client: Client) -> None:
    wish(client)
    address = path_in_mail()
    doors.site("dunn.example.org")
    answer = client.post(address)
    assert answer.status_code == 422
    assert b"dunn.example.org" in answer.content
    assert not User.objects.exists()
    assert not Customer.objects.exists()
    assert Signup.objects.count() == 1


def test_a_link_is_too_old_after_two_days(client: Client) -> None:
    wish(client)
    address = path_in_mail()
    Signup.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    assert client.get(address).status_code == 422
    assert client.post(address).status_code == 422
    assert nothing_was_made()
    wish(client, domain="other.example.org")
    assert Signup.objects.count() == 1


def test_only_the_digest_of_a_link_is_kept(client: Client) -> None:
    wish(client)
    token = path_in_mail().rpartition("/")[2]
    assert token not in repr(list(Signup.objects.values()))
    assert token not in repr(list(AuditEntry.objects.values()))


def test_it_goes_to_the_platform_of_the_setting_or_the_newest_that_is_open_to_everybody(
    client: Client,
) -> None:
    newest = doors.platform("d11")
    doors.platform("locked", state=Platform.State.LOCKED)
    private = doors.platform("private")
    private.clients.add(Customer.add(name="acme", email="a@example.org"))
    wish(client)
    assert Signup.objects.get().platform == newest.name
    default.change("signup_platform", "d10")
    wish(client, domain="two.example.org")
    assert Signup.objects.latest("pk").platform == "d10"
    default.change("signup_platform", "private")
    assert wish(client, domain="three.example.org").status_code == 503


def test_it_is_limited_by_address(client: Client, settings: Any) -> None:
    settings.ACCOUNT_RATE_LIMITS = {**settings.ACCOUNT_RATE_LIMITS, "signup": "2/h/ip"}
    answers = [wish(client, domain=f"{name}.example.org").status_code for name in "abc"]
    assert answers == [200, 200, 429]
    assert Signup.objects.count() == 2


def test_without_mail_or_a_platform_it_says_so(client: Client) -> None:
    Default.objects.filter(name="mail_host").delete()
    assert client.get("/sign-up").status_code == 503
    Default.objects.create(name="mail_host", value="mail.example.org")
    Platform.objects.all().delete()
    answer = client.get("/sign-up")
    assert answer.status_code == 503
    assert b"Nobody can sign up at the moment" in answer.content


def test_switched_off_it_is_gone_even_for_who_has_a_link(client: Client) -> None:
    wish(client)
    address = path_in_mail()
    feature.switch("signup", False)
    assert client.get("/sign-up").status_code == 404
    assert client.post(address).status_code == 404
    assert b"sign-up" not in client.get("/sign-in").content
    assert nothing_was_made()
