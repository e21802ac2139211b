"""Messages reach real servers: once, or later, or never and then it is said so."""

from __future__ import annotations

import hashlib
import hmac
import json
import os
import signal
import threading
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from django.utils import timezone

from aegir.engine import admission, recovery, runner
from aegir.errors import Refused
from aegir.models import Client, Message, Schedule, Secret, SignInLink, Subscription, Task, User, default
from aegir.models.message import PAUSES
from aegir.models.welcome import welcome
from aegir.operations import messages_send, schedules
from tests import doors
from tests.engine.processes import Workers, over, until
from tests.live import hooks, mail

pytestmark = pytest.mark.django_db


@pytest.fixture
def post() -> Iterator[mail.Post]:
    """A mail server that the settings name."""
    with mail.serving(signed_in=True) as post:
        told = {"mail_host": "127.0.0.1", "mail_port": str(post.port), "mail_from": "aegir@example.net"}
        for name, value in {**told, "mail_user": mail.USER, "mail_password": mail.PASSWORD}.items():
            default.change(name, value)
        yield post


@pytest.fixture
def hook() -> Iterator[hooks.Receiver]:
    default.change("webhooks_private", "yes")
    with hooks.receiving() as receiver:
        yield receiver


@pytest.fixture
def workers(transactional_db: None, tmp_path: Path) -> Iterator[Workers]:
    here = Workers(tmp_path)
    yield here
    here.end()


def send() -> Task:
    """Send what is due, as a worker's child would."""
    task = messages_send.ask(by="schedule")
    assert admission.admit("w", 1) == [task.pk]
    token = recovery.new_token()
    assert admission.start(task.pk, token, {})
    runner.run(task.pk, token)
    task.refresh_from_db()
    assert task.state == Task.State.SUCCEEDED, task.error
    return task


def later() -> None:
    """Everything that waits is due."""
    Message.objects.update(next_at=timezone.now() - timedelta(seconds=1))


def letter(to: str = "ops@example.org") -> Message:
    return Message.put("email", to, "Subject", "Text\n")


def call(receiver: hooks.Receiver, owner: User | None = None) -> tuple[Message, str]:
    owner = owner or User.objects.get_or_create(username="alice", is_superuser=True)[0]
    address = f"http://127.0.0.1:{receiver.port}/hook"
    row, secret = Subscription.add(owner, name="h", kind="webhook", target=address, outcomes=["failed"])
    body = '{"event": "task.failed"}'
    return Message.put("webhook", row.target, "task.failed", body, subscription=row), secret


def test_mail_goes_out_once(post: mail.Post) -> None:
    message = letter()
    task = send()
    later()
    send()
    message.refresh_from_db()
    assert (message.state, message.attempts, message.error) == (Message.State.SENT, 1, "")
    assert message.sent_at
    assert message.body is None
    assert not Secret.objects.filter(purpose="the text of a message").exists()
    (arrived,) = post.mails
    assert (arrived["To"], arrived["Subject"]) == ("ops@example.org", "Subject")
    assert arrived["Message-ID"] == f"<{message.number}@example.net>"
    lines = [*task.lines.values_list("text", flat=True)]
    assert lines == [f"Message {message.pk}, by e-mail: sent."]


def test_a_webhook_is_signed_so_that_the_receiver_can_tell(hook: hooks.Receiver) -> None:
    message, secret = call(hook)
    send()
    (told,) = hook.told
    assert told.headers["Aegir-Event"] == "task.failed"
    assert told.headers["Aegir-Delivery"] == str(message.number)
    fields = dict(part.split("=", 1) for part in told.headers["Aegir-Signature"].split(","))
    signed = f"{fields['t']}.".encode() + told.body
    assert hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest() == fields["v1"]
    assert abs(int(fields["t"]) - timezone.now().timestamp()) < 300
    assert json.loads(told.body) == {"event": "task.failed"}


def test_what_is_away_is_tried_later_and_later_and_then_given_up() -> None:
    with hooks.receiving() as gone:
        default.change("webhooks_private", "yes")
        message, _ = call(gone)
    for tries, pause in enumerate(PAUSES, start=1):
        later()
        send()
        message.refresh_from_db()
        assert (message.attempts, message.state) == (tries, Message.State.WAITING)
        assert abs(message.next_at - timezone.now() - pause) < timedelta(seconds=20)
        assert "cannot be reached: Connection refused" in message.error
    later()
    send()
    message.refresh_from_db()
    assert (message.attempts, message.state) == (6, Message.State.FAILED)
    later()
    with hooks.receiving(port=gone.port) as back:
        send()
        assert back.told == []
        message.again()
        send()
        assert len(back.told) == 1
    message.refresh_from_db()
    assert message.state == Message.State.SENT
    with pytest.raises(Refused, match="only what was given up can be sent again"):
        message.again()


def test_the_log_which_many_may_read_does_not_say_where_it_went(
    post: mail.Post, hook: hooks.Receiver
) -> None:
    message, _ = call(hook)
    letter()
    post.answer = "550 <ops@example.org> is nobody here"
    task = send()
    said = " ".join(task.lines.values_list("text", flat=True))
    assert f"Message {message.pk}, to 127.0.0.1: sent." in said
    assert "550 <the address> is nobody here" in said
    assert "/hook" not in said
    assert "ops@" not in said


def test_what_goes_away_while_it_is_under_way_harms_no_other() -> None:
    message = letter()
    assert message.begin()
    assert message.attempts == 1
    Message.objects.all().delete()
    message.failed("Nobody answers.")
    message.sent()
    assert not Message.objects.exists()
    assert not Secret.objects.filter(purpose="the text of a message").exists()


def test_mail_waits_for_a_server_that_comes_back(post: mail.Post) -> None:
    messages = [letter(f"n{number}@example.org") for number in range(3)]
    default.change("mail_port", "1")
    send()
    for message in messages:
        message.refresh_from_db()
        assert message.attempts == 1
        assert "port 1, cannot be reached" in message.error
    default.change("mail_port", str(post.port))
    later()
    send()
    assert sorted(arrived["To"] for arrived in post.mails) == [message.target for message in messages]


def test_one_that_hangs_holds_up_nobody_else(post: mail.Post, hook: hooks.Receiver) -> None:
    with hooks.receiving() as hanging:
        hanging.silent.set()
        slow, _ = call(hanging)
        quick, _ = call(hook)
        mailed = letter()
        # Once everybody else has got his, the one that hangs may go on.
        threading.Thread(
            target=lambda: until(lambda: hook.told and post.envelopes and not hanging.silent.clear(), "both"),
            daemon=True,
        ).start()
        send()
    for message in (slow, quick, mailed):
        message.refresh_from_db()
        assert message.state == Message.State.SENT


def test_one_address_that_is_refused_is_no_other_ones_fault(post: mail.Post) -> None:
    bad, good = letter("bad@example.org\nBcc: x@example.org"), letter("good@example.org")
    send()
    bad.refresh_from_db()
    good.refresh_from_db()
    assert (bad.state, good.state) == (Message.State.FAILED, Message.State.SENT)
    assert [envelope.rcpt_tos for envelope in post.envelopes] == [["good@example.org"]]


def test_private_addresses_are_refused_for_good() -> None:
    with hooks.receiving() as receiver:
        default.change("webhooks_private", "yes")
        message, _ = call(receiver)
        Message.objects.update(target=f"https://localhost:{receiver.port}/")
        default.change("webhooks_private", "no")
        send()
        assert receiver.told == []
    message.refresh_from_db()
    assert (message.state, message.attempts) == (Message.State.FAILED, 1)
    assert "private network" in message.error


def test_what_was_put_for_somebody_who_is_shut_out_stays(hook: hooks.Receiver) -> None:
    message, _ = call(hook)
    User.objects.update(is_active=False)
    send()
    message.refresh_from_db()
    assert (message.attempts, hook.told) == (0, [])


def test_no_secret_is_in_what_is_kept(post: mail.Post, hook: hooks.Receiver) -> None:
    _, secret = call(hook)
    letter()
    task = send()
    kept = json.dumps([*task.lines.values("text"), *task.steps.values("arguments", "before", "found")])
    for word in (secret, mail.PASSWORD, "Text"):
        assert word not in kept


def test_a_welcome_has_a_link_that_signs_in_and_is_kept_sealed(post: mail.Post) -> None:
    user = User.objects.create(username="bob", email="bob@example.org", first_name="Bob {link}")
    client = Client.objects.create(name="acme", title="Größe & Co", email="a@example.org")
    default.change("welcome_subject", "Hello {name} of {client}")
    message = welcome(user, client)
    assert message.subject == "Hello Bob {link} of Größe & Co"
    assert b"sign-in" not in bytes(message.body.sealed if message.body else b"")
    send()
    (arrived,) = post.mails
    assert arrived["To"] == "bob@example.org"
    text = arrived.get_content()
    assert "Hello Bob {link}," in text
    token = text.partition("/sign-in/")[2].split()[0]
    assert SignInLink.objects.get(digest=hashlib.sha256(token.encode()).hexdigest()).user == user
    with pytest.raises(Refused, match="no e-mail address"):
        welcome(doors.charlie())


@pytest.mark.django_db(transaction=True)
def test_a_sender_that_is_killed_sends_again_and_only_once_more(workers: Workers) -> None:
    default.change("webhooks_private", "yes")
    with hooks.receiving() as receiver:
        receiver.silent.set()
        message, _ = call(receiver)
        workers.start(slots=1)
        task = messages_send.ask(by="schedule")
        until(receiver.heard.is_set, "the first try")
        task.refresh_from_db()
        os.kill(int(task.process["leader"]), signal.SIGKILL)
        assert over(task).state == Task.State.FAILED
        receiver.silent.clear()
        message.refresh_from_db()
        assert (message.state, message.attempts) == (Message.State.WAITING, 1)
        later()
        assert over(messages_send.ask(by="schedule")).state == Task.State.SUCCEEDED
        over(messages_send.ask(by="schedule"))
        assert len(receiver.told) == 2
        numbers = {told.headers["Aegir-Delivery"] for told in receiver.told}
        assert numbers == {str(message.number)}
    message.refresh_from_db()
    assert message.state == Message.State.SENT


@pytest.mark.django_db(transaction=True)
def test_a_worker_sends_by_itself_what_the_schedule_finds_due(workers: Workers) -> None:
    default.change("webhooks_private", "yes")
    schedules.ensure()
    Schedule.objects.exclude(name="messages").delete()
    with hooks.receiving() as receiver:
        message, _ = call(receiver)
        Schedule.objects.update(next_at=timezone.now())
        workers.start(slots=1)
        until(lambda: Message.objects.filter(pk=message.pk, state=Message.State.SENT).exists(), "the message")
        assert len(receiver.told) == 1
    assert Schedule.objects.get().last_error == ""
    assert Task.objects.get().operation == "messages_send"
