"""Pages about notifications."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.test import Client

from aegir.models import Message, Secret, Subscription, User, feature
from tests import doors
from tests.pages.fields import menu, refused

pytestmark = pytest.mark.django_db

MAIL = {"name": "Failures", "kind": "email", "target": "a@example.org", "outcomes": ["failed", "stuck"],
        "site": "", "client": ""}  # fmt: skip
HOOK = {**MAIL, "name": "Hook", "kind": "webhook", "target": "https://example.org/hook"}


def text(client: Client, address: str) -> str:
    response = client.get(address)
    assert response.status_code == 200, address
    return str(response.content.decode())


def subscription(owner: str = "alice", **given: Any) -> Subscription:
    fields = {"name": "Failures", "kind": "email", "target": "a@example.org", "outcomes": ["failed"]}
    row, _ = Subscription.add(User.objects.get(username=owner), **{**fields, **given})
    row.confirmed = row.target
    row.save()
    return row


def secrets_in(page: str) -> set[str]:
    return set(re.findall(r"whsec_[\w-]+", page))


def test_a_mail_is_asked_for_about_one_site_and_some_operations(alice: Client) -> None:
    site = doors.site()
    assert "Nobody is told yet" in text(alice, "/notifications")
    given = {**MAIL, "site": "example.org", "of_sites": ["site_migrate"], "of_backups": ["backup_delete"]}
    response = alice.post("/new/notification", given)
    row = Subscription.objects.get()
    assert response["Location"] == f"/notifications/{row.pk}"
    assert (row.owner.username, row.kind, row.site, row.client) == ("alice", "email", site, None)
    assert row.outcomes == ["failed", "stuck"]
    assert row.operations == ["site_migrate", "backup_delete"]
    assert "Failures" in text(alice, "/notifications?kind=email")
    assert "Nothing matches" in text(alice, "/notifications?kind=webhook")


def test_a_webhooks_secret_is_shown_once_and_can_be_renewed(alice: Client) -> None:
    first = secrets_in(alice.post("/new/notification", HOOK).content.decode())
    address = f"/notifications/{Subscription.objects.get().pk}"
    for page in (address, f"{address}/edit", "/notifications"):
        assert secrets_in(text(alice, page)) == set()
    second = secrets_in(alice.post(f"{address}/secret").content.decode())
    assert len(first) == len(second) == 1
    assert first != second
    assert Secret.objects.count() == 1, "the old one is gone"


@pytest.mark.parametrize(
    ("wrong", "field", "sentence"),
    [
        ({"name": "Fail\u202eures"}, "name", "60 characters on one line"),
        ({"target": "nowhere"}, "target", "is not an e-mail address"),
        ({"kind": "webhook", "target": "http://example.org/hook"}, "target", "is not encrypted"),
        ({"kind": "webhook", "target": "https://a:b@example.org/"}, "target", "neither a name"),
        ({"outcomes": []}, "outcomes", "at least one way"),
        ({"site": "other.example.org"}, "site", "other.example.org"),
        ({"client": "nobody"}, "client", "There is no client «nobody»"),
    ],
)
def test_one_that_cannot_be_is_refused_at_its_field(
    alice: Client, wrong: dict[str, Any], field: str, sentence: str
) -> None:
    assert sentence in refused(alice, "/new/notification", {**MAIL, **wrong}, field)
    assert not Subscription.objects.exists()
    assert not Secret.objects.exists()


def test_one_is_edited_paused_and_deleted(alice: Client) -> None:
    row = subscription()
    changed = {**MAIL, "name": "Stuck", "outcomes": ["stuck"]}
    assert alice.post(f"/notifications/{row.pk}/edit", changed).status_code == 302
    row.refresh_from_db()
    assert (row.name, row.outcomes, row.enabled) == ("Stuck", ["stuck"], False)
    assert "Paused" in text(alice, f"/notifications/{row.pk}")
    wrong = {"name": "Other", "target": "nowhere", "outcomes": ["failed"], "site": "", "client": ""}
    assert "not an e-mail" in refused(alice, f"/notifications/{row.pk}/edit", wrong, "target")
    row.refresh_from_db()
    assert row.name == "Stuck"
    alice.post(f"/notifications/{row.pk}/delete")
    assert not Subscription.objects.exists()


def test_a_test_is_put_and_what_was_given_up_is_tried_again(alice: Client) -> None:
    row = subscription()
    address = f"/notifications/{row.pk}"
    assert alice.post(f"{address}/test").status_code == 302
    message = Message.objects.get()
    assert (message.subscription, message.target, message.state) == (row, "a@example.org", "waiting")
    assert alice.post(f"{address}/deliveries/{message.pk}/again").status_code == 422, "it waits already"
    Message.objects.update(state="failed", attempts=6, error="Nobody answers.")
    assert "Nobody answers." in text(alice, address)
    assert alice.post(f"{address}/deliveries/{message.pk}/again").status_code == 302
    message.refresh_from_db()
    assert (message.state, message.attempts) == ("waiting", 0)


def test_everybody_has_his_own_and_administrators_see_whose(alice: Client, bob: Client) -> None:
    alices, bobs = subscription(name="Of Alice"), subscription("bob", name="Of Bob")
    page = text(bob, "/notifications")
    assert "Of Bob" in page
    assert "Of Alice" not in page
    assert bob.get(f"/notifications/{alices.pk}").status_code == 404
    assert bob.post(f"/notifications/{alices.pk}/delete").status_code == 404
    assert "Of Bob" in text(alice, f"/notifications?q={bobs.owner.username}")
    assert Subscription.objects.count() == 2


def test_nobody_is_told_of_sites_that_he_may_not_see(bob: Client) -> None:
    doors.site("foreign.example.org")
    foreign = refused(bob, "/new/notification", {**MAIL, "site": "foreign.example.org"}, "site")
    none = refused(bob, "/new/notification", {**MAIL, "site": "none.example.org"}, "site")
    assert foreign.replace("foreign", "none") == none
    assert not Subscription.objects.exists()


def test_with_webhooks_off_mails_remain(alice: Client) -> None:
    row = subscription(kind="webhook", target="https://example.org/hook")
    feature.switch("webhooks", False)
    assert 'value="webhook"' not in text(alice, "/new/notification")
    assert alice.post("/new/notification", HOOK).status_code == 422
    assert alice.post(f"/notifications/{row.pk}/secret").status_code == 404
    assert alice.post(f"/notifications/{row.pk}/test").status_code == 422
    assert "Webhooks are switched off here" in text(alice, f"/notifications/{row.pk}")
    assert alice.post("/new/notification", MAIL).status_code == 302


def test_with_notifications_off_their_pages_are_gone(alice: Client) -> None:
    row = subscription()
    assert "/notifications" in menu(alice)
    feature.switch("webhooks", False)
    feature.switch("notifications", False)
    assert "/notifications" not in menu(alice)
    address = f"/notifications/{row.pk}"
    for page in ("/notifications", "/new/notification", address, f"{address}/edit"):
        assert alice.get(page).status_code == 404, page
    assert alice.post(f"{address}/delete").status_code == 404
    assert Subscription.objects.exists()
