"""Who is told how a task ended, and of what; and that telling can never keep a task from ending."""

from __future__ import annotations

import itertools
import json
from datetime import timedelta

import pytest
from django.utils import timezone

from aegir import access
from aegir.engine import admission, ledger, recovery, runner
from aegir.engine.ending import end
from aegir.models import (
    Client,
    Grant,
    Message,
    Secret,
    Subscription,
    Tally,
    Task,
    User,
    feature,
    people,
)
from aegir.operations import messages_due, tasks_prune, telling
from tests import doors

pytestmark = pytest.mark.django_db

ENDS = ["failed", "stuck"]


@pytest.fixture
def alice() -> User:
    return doors.alice()


@pytest.fixture
def acme() -> Client:
    return Client.objects.create(name="acme", title="Acme", email="a@example.org")


def mail(owner: User, **fields: object) -> Subscription:
    own = {"name": "n", "kind": "email", "target": "ops@example.org", "outcomes": ENDS, **fields}
    return Subscription.objects.create(owner=owner, **{"confirmed": own["target"], **own})


def over(state: str = "failed", **fields: object) -> Task:
    """A task that ends now, through the engine."""
    task = doors.task("running", error="The disk is full.", **fields)
    end(task, Task.State(state), error=task.error)
    return task


def told(task: Task) -> list[str]:
    return sorted(Message.objects.filter(task=task).values_list("target", flat=True))


def test_who_asked_for_it_is_told_in_the_transaction_that_ends_the_task(alice: User) -> None:
    mail(alice)
    task = over(remedy="")
    (message,) = Message.objects.all()
    assert (message.task, message.state, message.attempts) == (task, Message.State.WAITING, 0)
    assert message.next_at <= timezone.now()
    assert message.subject == "Verify: example.org – failed and undone"
    assert message.body is not None
    text = message.body.reveal()
    assert "The disk is full." in text
    assert f"http://localhost:8000/tasks/{task.pk}" in text


def test_a_webhook_carries_the_whole_story_as_json(alice: User) -> None:
    feature.switch("webhooks", True)
    Subscription.add(alice, name="h", kind="webhook", target="https://example.org/h", outcomes=["warned"])
    task = over("warned", warnings=2)
    (message,) = Message.objects.all()
    assert message.body is not None
    story = json.loads(message.body.reveal())
    assert (story["event"], message.subject) == ("task.warned", "task.warned")
    assert story["delivery"] == str(message.number)
    said = story["task"]
    assert (said["id"], said["operation"], said["state"]) == (task.pk, "site_verify", "warned")
    assert said["subject"] == {"kind": "site", "id": None, "name": "example.org"}
    assert said["link"].endswith(f"/tasks/{task.pk}")
    assert said["ended_at"]


def test_everything_that_is_named_narrows(alice: User, acme: Client) -> None:
    site, other = doors.site(client=acme), doors.site("other.example.org")
    wants = {
        "all": {},
        "succeeded": {"outcomes": ["succeeded"]},
        "verify": {"operations": ["site_verify"]},
        "backup": {"operations": ["site_backup"]},
        "site": {"site": site},
        "other": {"site": other},
        "client": {"client": acme},
        "off": {"enabled": False},
    }
    for name, fields in wants.items():
        mail(alice, target=f"{name}@example.org", **fields)
    got = {name.partition("@")[0] for name in told(over(subject_id=site.pk))}
    assert got == {"all", "verify", "site", "client"}
    assert told(over(subject_id=other.pk)) == ["all@example.org", "other@example.org", "verify@example.org"]
    elsewhere = over(subject_kind="platform", subject_id=site.pk, operation="platform_verify")
    assert told(elsewhere) == ["all@example.org"]


def test_the_cron_queue_is_quiet_unless_its_operation_is_named(alice: User) -> None:
    mail(alice, target="all@example.org")
    mail(alice, target="cron@example.org", operations=["site_cron"])
    assert told(over(operation="site_cron", queue="cron")) == ["cron@example.org"]
    assert told(over(operation="site_cron")) == ["all@example.org", "cron@example.org"]


def test_dry_runs_and_deliveries_are_told_to_nobody(alice: User) -> None:
    mail(alice)
    over(dry_run=True)
    over(operation="messages_send", queue=telling.QUEUE)
    assert not Message.objects.exists()
    assert not Tally.objects.filter(operation="site_verify").exists()


def test_a_part_that_is_off_says_nothing(alice: User) -> None:
    mail(alice)
    Subscription.add(alice, name="h", kind="webhook", target="https://example.org/h", outcomes=ENDS)
    feature.switch("webhooks", False)
    assert told(over()) == ["ops@example.org"]
    feature.switch("notifications", False)
    assert told(over()) == []
    assert not Message.objects.due().exists()


def test_an_owner_hears_of_exactly_the_tasks_that_he_may_see(acme: Client) -> None:
    """The models' own rule beside that of the doors, for every kind of person and of task."""
    beta = Client.objects.create(name="beta", title="Beta", email="b@example.org")
    sites = [doors.site("a.example.org", client=acme), doors.site("b.example.org", client=beta)]
    sites += [doors.site("house.example.org"), doors.site("gone.example.org", client=acme, state="deleted")]
    people = [User.objects.create(username=f"u{n}") for n in range(8)]
    people[0].is_superuser = True
    people[0].save()
    Grant.objects.create(user=people[1], role=Grant.Role.PLATFORM_MANAGER)
    Grant.objects.create(user=people[2], role=Grant.Role.ACCOUNT_MANAGER)
    for number in (2, 3, 4):
        acme.users.add(people[number])
    beta.users.add(people[4])
    User.objects.filter(pk=people[5].pk).update(is_superuser=True, is_active=False)
    acme.users.add(people[6])
    User.objects.filter(pk=people[6].pk).update(is_active=False)
    for person in people:
        mail(person, target=f"{person.username}@example.org")
    kinds = [("site", site.pk) for site in sites] + [
        ("site", None),
        ("site", 10**9),
        ("platform", sites[0].pk),
    ]
    heard = set()
    for clients, (kind, number) in itertools.product((True, False), kinds):
        feature.Feature.objects.update_or_create(name="clients", defaults={"enabled": clients})
        task = over(subject_kind=kind, subject_id=number)
        for person in User.objects.filter(pk__in=[each.pk for each in people]):
            actor = access.actor_of(person)
            may = actor is not None and access.tasks(actor).filter(pk=task.pk).exists()
            hears = f"{person.username}@example.org" in told(task)
            assert hears == may, (person, kind, number, clients)
            heard.add(hears)
    assert heard == {True, False}


def test_a_task_that_was_stuck_is_told_of_again_when_it_is_over_for_good(alice: User) -> None:
    mail(alice, outcomes=["stuck", "cancelled"])
    task = over("stuck")
    ledger.cancel(task, "alice")
    subjects = Message.objects.filter(task=task).order_by("pk").values_list("subject", flat=True)
    assert [subject.rpartition("– ")[2] for subject in subjects] == ["failed and stuck", "cancelled"]


def test_a_message_that_cannot_be_put_does_not_keep_the_task_from_ending(
    alice: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    mail(alice)

    def fail(*_: object, **__: object) -> None:
        Secret.objects.create(purpose="half done", sealed=b"")
        raise RuntimeError

    monkeypatch.setattr(Message, "put", fail)
    task = over()
    task.refresh_from_db()
    assert task.state == Task.State.FAILED
    assert not Secret.objects.filter(purpose="half done").exists()


def test_totals_stay_when_tasks_go(alice: User) -> None:
    for seconds in (0.05, 0.7, 9000.0):
        began = timezone.now() - timedelta(seconds=seconds)
        over("succeeded", started_at=began, operation="site_backup")
    over("cancelled", operation="site_backup")
    Task.objects.all().delete()
    row = Tally.objects.get(operation="site_backup", state="succeeded")
    assert (row.count, sum(row.classes)) == (3, 3)
    assert (row.classes[2], row.classes[-1]) == (1, 1)
    assert 9000 < row.seconds < 9060
    never_ran = Tally.objects.get(operation="site_backup", state="cancelled")
    assert (never_ran.count, never_ran.classes) == (1, [])


def run(task: Task) -> Task:
    assert admission.admit("w", 1) == [task.pk]
    token = recovery.new_token()
    assert admission.start(task.pk, token, {})
    runner.run(task.pk, token)
    task.refresh_from_db()
    return task


def test_sending_is_asked_for_only_when_something_is_due_and_once(alice: User) -> None:
    assert messages_due.ask(by="schedule") == []
    mail(alice)
    over()
    ledger.pause(telling.QUEUE, "alice")
    assert messages_due.ask(by="schedule") == []
    ledger.resume(telling.QUEUE)
    (task,) = messages_due.ask(by="schedule")
    assert (task.queue, task.subject_name) == ("mail", "messages")
    assert messages_due.ask(by="schedule") == []
    run(task)
    assert task.state == Task.State.SUCCEEDED, task.error
    message = Message.objects.get()
    assert message.error == "Aegir has no mail server yet: set mail_host and mail_from."
    assert (message.attempts, message.state) == (1, Message.State.WAITING)
    assert timedelta(seconds=50) < message.next_at - timezone.now() <= timedelta(minutes=1)
    assert messages_due.ask(by="schedule") == []


def test_old_messages_and_tasks_of_the_queue_go_with_their_texts(alice: User) -> None:
    row = mail(alice)
    over()
    old = timezone.now() - timedelta(days=100)
    Message.objects.update(created_at=old)
    lost = Message.put("email", "x@example.org", "s", "b", subscription=row)
    kept = Message.put("email", "y@example.org", "s", "b")
    Message.objects.filter(pk=lost.pk).delete()
    done = doors.task("succeeded", operation="messages_send", queue="mail")
    Task.objects.filter(pk=done.pk).update(ended_at=old)
    run(tasks_prune.ask(by="schedule"))
    assert list(Message.objects.all()) == [kept]
    assert list(Secret.objects.filter(purpose="the text of a message")) == [kept.body]
    assert not Task.objects.filter(pk=done.pk).exists()


@pytest.mark.parametrize("gone", ["owner", "site", "client"])
def test_one_that_goes_with_something_else_leaves_no_secret(alice: User, acme: Client, gone: str) -> None:
    bob = doors.bob()
    fields = {"name": "h", "kind": "webhook", "target": "https://example.org/h", "outcomes": ["failed"]}
    row, _ = Subscription.add(bob, site=doors.site(client=acme), client=acme, **fields)
    before = Secret.objects.filter(pk=row.secret_id).count()
    if gone == "owner":
        people.remove(bob)
    elif gone == "client":
        acme.sites.update(client=None)
        acme.delete()
    else:
        acme.sites.get().delete()
    left = Secret.objects.filter(pk=row.secret_id).count()
    assert (before, left, Subscription.objects.count()) == (1, 0, 0)


def test_a_subscription_takes_all_its_secrets_along(alice: User) -> None:
    row, text = Subscription.add(
        alice, name="h", kind="webhook", target="https://example.org/h", outcomes=["failed"]
    )
    assert row.secret is not None
    assert row.secret.reveal() == text
    again = row.renew_secret()
    assert again != text
    over()
    assert Secret.objects.count() == 2
    row.remove()
    assert not Secret.objects.exists()
    assert not Message.objects.exists()
