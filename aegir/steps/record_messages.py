"""Messages go out, and their rows say at once what became of each; old ones go."""

from __future__ import annotations

import time
from collections import defaultdict, deque
from collections.abc import Callable
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from datetime import timedelta
from urllib.parse import urlsplit

from django.utils import timezone

from aegir import drivers
from aegir.drivers.hook import Call, signature
from aegir.drivers.mail import Letter, MailServer
from aegir.engine.step import Check, Json, Level
from aegir.errors import AegirError, Broken, Refused, Unreachable
from aegir.models import Message, Secret, Subscription
from aegir.models.message import PURPOSE
from aegir.steps.world import World

AT_ONCE = 8
"""How many are under way at a time, each to another place."""
MOST = 500
"""How many one task takes on; the next one follows within seconds."""
BUDGET = 30.0
"""Seconds after which a task begins no further message, so that it holds no slot for long."""

BATCH = 200

Lane = deque[Message]
"""Messages to one place, which go there one after the other."""


@dataclass(frozen=True)
class SendMessages(Check):
    """Send every message that is due. One that cannot be delivered is tried again later and later, and is no
    failure of this step."""

    mail: MailServer | None
    password: int | None
    """The id of the secret that goes with the mail server's user."""
    private: bool
    """Whether webhooks may go into private networks, and without encryption."""

    title = "Send messages"

    def do(self, world: World) -> Json:
        password = world.reveal(self.password)
        return _Round(world, self.mail, password, self.private).go()


@dataclass(frozen=True)
class PruneMessages(Check):
    """Remove old messages, delivered or not, with whatever they said."""

    days: int

    title = "Remove messages"

    def do(self, world: World) -> Json:
        old = Message.objects.filter(created_at__lt=timezone.now() - timedelta(days=self.days))
        count = 0
        while numbers := list(old.values_list("pk", flat=True)[:BATCH]):
            Message.objects.filter(pk__in=numbers).delete()
            count += len(numbers)
        # Also of messages that went with their subscription, or with its owner.
        used = Message.objects.exclude(body=None).values("body")
        Secret.objects.filter(purpose=PURPOSE).exclude(pk__in=used).delete()
        world.log.line(f"{count:,} messages removed.")
        return {"messages": count}


@dataclass
class _Round:
    """One task's sending. Only this thread knows the ledger; the others talk to the outside."""

    world: World
    mail: MailServer | None
    password: str
    private: bool
    busy: dict[Future[None], tuple[Message, Lane]] = field(default_factory=dict)
    sent: int = 0
    failed: int = 0

    def go(self) -> Json:
        due = Message.objects.due().select_related("body", "subscription__secret")[:MOST]
        lanes: dict[str, Lane] = defaultdict(deque)
        for message in due:
            lanes[_place(message)].append(message)
        waiting, ends = deque(lanes.values()), time.monotonic() + BUDGET
        with ThreadPoolExecutor(AT_ONCE) as pool:
            while self.busy or waiting:
                while waiting and len(self.busy) < AT_ONCE:
                    self._begin(waiting.popleft(), pool)
                over, _ = wait(self.busy, return_when=FIRST_COMPLETED)
                freed = [self._settle(future) for future in over]
                waiting.extend(lane for lane in freed if lane)
                if time.monotonic() > ends:
                    waiting.clear()
        return {"sent": self.sent, "failed": self.failed}

    def _begin(self, lane: Lane, pool: ThreadPoolExecutor) -> None:
        """Set the first message of a lane going that is still waiting."""
        while lane:
            message = lane.popleft()
            if not message.begin():
                continue
            try:
                going = pool.submit(self._errand(message))
            # Whatever it is: what is under way to others must still be written down, else they get it twice.
            except Exception as error:
                self._fail(message, error)
            else:
                self.busy[going] = (message, lane)
                return

    def _settle(self, future: Future[None]) -> Lane:
        """Write down what became of a message; returns what else is to go to the same place."""
        message, lane = self.busy.pop(future)
        error = future.exception()
        if error is None:
            message.sent()
            self.sent += 1
            self.world.log.line(f"{_called(message)}: sent.")
            return lane
        self._fail(message, error)
        if isinstance(error, Unreachable):
            # Nobody is there: each would only wait for the same silence.
            for other in lane:
                if other.begin():
                    self._fail(other, error)
            lane.clear()
        return lane

    def _fail(self, message: Message, error: BaseException) -> None:
        """Whatever it was, the other messages go on."""
        name = type(error).__name__
        why = str(error) if isinstance(error, AegirError) else f"It could not be sent ({name})."
        message.failed(why, for_good=isinstance(error, Refused))
        self.failed += 1
        end = " It is given up." if message.state == Message.State.FAILED else ""
        said = why.replace(message.target, "the address")
        self.world.log.line(f"{_called(message)}: {said}{end}", Level.NOTICE)

    def _errand(self, message: Message) -> Callable[[], None]:
        """What another thread has to do for the message; it needs the ledger no more."""
        if message.body_id is None:
            raise Refused("Its text is gone.")
        text = self.world.unseal(message.body_id)
        if message.kind == Subscription.Kind.EMAIL:
            return self._mailing(Letter(message.target, message.subject, text, str(message.number)))
        return self._calling(message, text.encode())

    def _mailing(self, letter: Letter) -> Callable[[], None]:
        if self.mail is None:
            raise Broken("Aegir has no mail server yet: set mail_host and mail_from.")
        driver = drivers.load("mail", "smtp")(self.mail, self.password)
        return lambda: driver.send(letter)

    def _calling(self, message: Message, body: bytes) -> Callable[[], None]:
        subscription = message.subscription
        if subscription is None or subscription.secret_id is None:
            raise Broken("The webhook has no secret to sign with: give it a new one.")
        secret = self.world.reveal(subscription.secret_id)
        headers = {
            "Content-Type": "application/json",
            "User-Agent": "Aegir",
            "Aegir-Event": message.subject,
            "Aegir-Delivery": str(message.number),
            "Aegir-Signature": signature(secret, int(time.time()), body),
        }
        driver = drivers.load("hook", "https")(self.private)
        return lambda: driver.post(Call(message.target, headers, body))


def _called(message: Message) -> str:
    """A message in the log of the task, which more people read than may see where it goes: the addresses of
    webhooks often hold a secret."""
    if message.kind == Subscription.Kind.EMAIL:
        return f"Message {message.pk}, by e-mail"
    return f"Message {message.pk}, to {urlsplit(message.target).hostname}"


def _place(message: Message) -> str:
    """What messages have in common that go to one place: all mail goes to one server."""
    if message.kind == Subscription.Kind.EMAIL:
        return "mail"
    return urlsplit(message.target).netloc.lower()
