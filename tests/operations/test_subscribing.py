"""Mail about tasks goes to an address only once somebody there has said yes."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any
from unittest.mock import patch

import pytest
from django.core import signing
from django.test import Client
from django.utils import timezone

from aegir.errors import Refused
from aegir.models import AuditEntry, Message, Remembered, Subscription, Task, User, default, subscribing
from aegir.operations import telling
from tests import doors
from tests.live import mail
from tests.operations.test_messages import over
from tests.operations.test_messages_send import send

pytestmark = pytest.mark.django_db

OPS = "ops@example.org"


@pytest.fixture
def post() -> Iterator[mail.Post]:
    with mail.serving() as post:
        told = {"mail_host": "127.0.0.1", "mail_port": str(post.port), "mail_from": "aegir@example.net"}
        for name, value in {**told, "mail_security": "none"}.items():
            default.change(name, value)
        yield post


@pytest.fixture
def alice() -> User:
    return doors.alice()


def add(owner: User, target: str = OPS, **said: Any) -> Subscription:
    fields = {"name": "n", "kind": "email", "target": target, "outcomes": ["failed", "stuck"], **said}
    return subscribing.add(owner, **fields)[0]


def arrived(post: mail.Post) -> list[tuple[str, str]]:
    """Who was sent what; the post is empty afterwards."""
    send()
    found = [(str(each["To"]), str(each["Subject"])) for each in post.mails]
    post.envelopes.clear()
    return found


def link(post: mail.Post) -> str:
    """Where the only mail that is there leads to."""
    send()
    (letter,) = post.mails
    post.envelopes.clear()
    return link_in(letter.get_content())


def link_in(text: str) -> str:
    (found,) = re.findall(r"http://localhost:8000(/notifications/confirm/\S+)", text)
    return str(found)


def an_hour_later() -> None:
    Remembered.objects.update(until=timezone.now())


ASKED = (OPS, subscribing.SUBJECT)


def test_an_address_gets_nothing_but_the_question_until_its_link_is_followed(
    alice: User, post: mail.Post
) -> None:
    row = add(alice, name="<b>Buy this</b>")
    assert row.waits
    over()
    send()
    (letter,) = post.mails
    assert (letter["To"], letter["Subject"]) == ASKED
    assert "Buy" not in letter.get_content(), "strangers read no word of the asker's own"
    there = link_in(letter.get_content())
    stranger = Client()
    assert stranger.get(there).status_code == 200
    row.refresh_from_db()
    assert row.waits, "merely looking, as mail scanners do, confirms nothing"
    assert stranger.post(there).status_code == 200
    row.refresh_from_db()
    assert not row.waits
    assert stranger.post(there).status_code == 422
    over(subject_name="second.example.org")
    post.envelopes.clear()
    assert arrived(post) == [(OPS, "Verify: second.example.org – failed and undone")]
    entry = AuditEntry.objects.filter(action="subscription_confirm").first()
    assert entry is not None
    assert (entry.about, entry.details) == ("alice", {"email": OPS})


def test_what_was_put_already_does_not_go_to_an_address_that_waits(alice: User, post: mail.Post) -> None:
    row = add(alice)
    Message.put("email", OPS, "Slipped in", "Text", subscription=row)
    assert arrived(post) == [ASKED]


def test_ones_own_address_and_one_that_said_yes_are_not_asked_again(alice: User, post: mail.Post) -> None:
    User.objects.update(email="Alice@example.org")
    alice.refresh_from_db()
    assert not add(alice, "alice@example.org").waits
    first = add(alice)
    assert Client().post(link(post)).status_code == 200
    assert not add(alice).waits
    assert add(doors.bob()).waits, "what one may send, another may not"
    first.refresh_from_db()
    assert not first.waits
    assert arrived(post) == [ASKED]


def test_another_address_is_asked_and_gets_what_still_waits(alice: User, post: mail.Post) -> None:
    User.objects.update(email="alice@example.org")
    alice.refresh_from_db()
    row = add(alice, "alice@example.org")
    over()
    subscribing.change(row, {"target": OPS})
    assert row.waits
    there = link(post)
    subscribing.change(row, {"name": "other"})
    assert arrived(post) == []
    Client().post(there)
    assert arrived(post) == [(OPS, "Verify: example.org – failed and undone")]
    row.refresh_from_db()
    subscribing.change(row, {"target": "alice@example.org"})
    assert not row.waits


def test_links_are_mailed_three_times_an_hour_to_an_address_and_ten_times_altogether(
    alice: User, post: mail.Post
) -> None:
    row = add(alice)
    assert add(alice).waits
    assert arrived(post) == [ASKED], "one link is good for both"
    subscribing.ask_again(row)
    subscribing.ask_again(row)
    with pytest.raises(Refused, match=r"3 links were mailed to ops@example\.org within the last hour"):
        subscribing.ask_again(row)
    assert arrived(post) == [ASKED] * 2
    an_hour_later()
    subscribing.ask_again(row)
    assert arrived(post) == [ASKED]
    for number in range(subscribing.MOST - 1):
        add(alice, f"n{number}@example.org")
    with pytest.raises(Refused, match="links were mailed for alice"):
        add(alice, "last@example.org")
    assert not Subscription.objects.filter(target="last@example.org").exists()
    assert add(doors.bob(), "last@example.org").waits
    Subscription.objects.update(confirmed=OPS)
    row.refresh_from_db()
    with pytest.raises(Refused, match="waits for nothing"):
        subscribing.ask_again(row)


def test_whoever_deletes_a_subscription_and_makes_it_anew_is_mailed_anew(
    alice: User, post: mail.Post
) -> None:
    first = add(alice)
    old = link(post)
    first.remove()
    row = add(alice)
    assert arrived(post) == [ASKED]
    assert Client().post(old).status_code == 200, "the older mail is as good as the newer"
    row.refresh_from_db()
    assert not row.waits
    for mailed in ([ASKED], [], []):  # not for ever
        Subscription.objects.all().delete()
        row = add(alice)
        assert row.waits
        assert arrived(post) == mailed
    with pytest.raises(Refused, match="3 links"):
        subscribing.ask_again(row)


def test_a_link_is_no_good_when_it_is_old_forged_or_its_subscription_is_another(
    alice: User, post: mail.Post
) -> None:
    row = add(alice)
    there = link(post)
    forged = signing.dumps({"owner": alice.pk, "address": OPS}, salt="aegir.account.email")
    assert Client().post(f"/notifications/confirm/{forged}").status_code == 422
    assert Client().post(there[:-1]).status_code == 422
    with patch.object(subscribing, "LINK_LIVES", -1):
        assert Client().get(there).status_code == 422
    User.objects.update(is_active=False)
    assert Client().post(there).status_code == 422
    User.objects.update(is_active=True)
    subscribing.change(row, {"target": "other@example.org"})
    assert Client().post(there).status_code == 422
    assert not Subscription.objects.exclude(confirmed="").exists()


def test_a_link_that_could_not_be_mailed_is_replaced_by_another(alice: User, post: mail.Post) -> None:
    row = add(alice)
    post.answer = "550 nobody here"
    send()
    message = row.messages.get()
    assert "550 nobody here" in message.error
    Message.objects.update(state=Message.State.FAILED)
    message.refresh_from_db()
    with pytest.raises(Refused, match="send another link"):
        message.again()


def test_a_test_is_refused_while_it_waits(alice: User) -> None:
    with pytest.raises(Refused, match="waits for confirmation"):
        telling.test(add(alice))


def test_nobody_can_have_more_than_a_hundred(alice: User) -> None:
    fields = {"name": "h", "kind": "webhook", "target": "https://example.org/h", "outcomes": ["failed"]}
    Subscription.objects.bulk_create(Subscription(owner=alice, **fields) for _ in range(100))
    with pytest.raises(Refused, match="100 subscriptions already"):
        add(alice)


def test_the_doors_say_that_it_waits_and_nobody_may_skip_it(post: mail.Post) -> None:
    browser = Client()
    browser.force_login(doors.alice())
    form = {"name": "F", "kind": "email", "target": OPS, "outcomes": ["failed"], "site": "", "client": ""}
    browser.post("/new/notification", form, headers={"X-Aegir-Check": "1"})
    assert not Message.objects.exists(), "checking a form asks nobody"
    answer = browser.post("/new/notification", {**form, "confirmed": OPS}, follow=True)
    assert "Waits for confirmation" in answer.content.decode()
    row = Subscription.objects.get()
    assert "waits for confirmation" in browser.get("/notifications").content.decode()
    assert [browser.post(f"/notifications/{row.pk}/link").status_code for _ in range(3)] == [302, 302, 422]
    an_hour_later()
    assert browser.post(f"/notifications/{row.pk}/link").status_code == 302
    assert row.messages.filter(asking=True).count() == 4
    doors.bob()
    said = {"name": "B", "kind": "email", "target": OPS, "user": "bob"}
    api = {"content_type": "application/json"}
    assert browser.post("/api/subscriptions", {**said, "confirmed": OPS}, **api).status_code == 422
    mine = browser.post("/api/subscriptions", {**said, "user": None, "target": "n@example.org"}, **api).json()
    assert mine["confirmed"] is False
    address = f"/api/subscriptions/{mine['id']}"
    assert [browser.post(f"{address}/link").status_code for _ in range(3)] == [202, 202, 422]
    an_hour_later()
    assert browser.post(f"{address}/link").status_code == 202
    assert browser.post(f"{address}/test").status_code == 422
    over()
    assert not Task.objects.filter(messages__asking=False).exists()


def test_rows_from_before_go_on(alice: User) -> None:
    """What the migration does to them."""
    from importlib import import_module

    from django.apps import apps

    row = add(alice)
    import_module("aegir.migrations.0007_confirmed_addresses").keep(apps, None)
    row.refresh_from_db()
    assert not row.waits
