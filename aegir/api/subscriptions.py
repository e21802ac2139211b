"""Who wants to hear how tasks end, over the API."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

from ninja import Field, Query, Router, Schema, Status

from aegir import access
from aegir.access import Actor, heard
from aegir.api import once
from aegir.api.auth import Asked
from aegir.api.listing import Listing, Wanted
from aegir.api.owner import owner
from aegir.api.schema import ERRORS, Body, Page, Paging, page
from aegir.errors import Refused
from aegir.models import Message, Subscription, feature, names, subscribing
from aegir.operations import telling

router = Router(tags=["subscriptions"])

Outcome = Literal["succeeded", "warned", "failed", "stuck", "cancelled"]


class SubscriptionAnswer(Schema):
    id: int
    name: str
    kind: str
    """email or webhook."""
    target: str
    confirmed: bool
    """False while nothing is sent to an e-mail address, since nobody there followed the link."""
    outcomes: list[str]
    """How a task must end to be told of."""
    operations: list[str]
    """Only these; [] for all."""
    site: str | None
    client: str | None
    enabled: bool
    owner: str
    created_at: datetime

    @classmethod
    def of(cls, row: Subscription) -> SubscriptionAnswer:
        own = ["name", "kind", "target", "outcomes", "operations", "enabled", "created_at"]
        return cls(
            **{name: getattr(row, name) for name in own},
            id=row.pk,
            site=row.site.domain if row.site else None,
            client=row.client.name if row.client else None,
            owner=row.owner.get_username(),
            confirmed=not row.waits,
        )


class Subscribed(SubscriptionAnswer):
    secret: str
    """Signs a webhook's messages, and is shown this once; "" for an e-mail."""


class NewSubscription(Body):
    name: str
    kind: Subscription.Kind
    target: str
    """An e-mail address, or an http(s) address."""
    outcomes: list[Outcome] = Field(default=["failed", "stuck"], min_length=1, max_length=5)
    operations: list[str] = Field(default_factory=list, max_length=50)
    site: str | None = None
    client: str | None = None
    user: str | None = None
    """Whose it shall be: on the machine itself this is said, elsewhere it is the asker's."""


class SubscriptionChange(Body):
    """What is not said stays as it is."""

    name: str | None = None
    target: str | None = None
    outcomes: list[Outcome] | None = Field(None, min_length=1, max_length=5)
    operations: list[str] | None = Field(None, max_length=50)
    site: str | None = None
    """null for all."""
    client: str | None = None
    enabled: bool | None = None


class DeliveryAnswer(Schema):
    id: int
    task: int | None
    """None for a test."""
    target: str
    state: str
    """waiting, sent or failed."""
    attempts: int
    next_at: datetime
    error: str
    """Why the last try failed."""
    created_at: datetime
    sent_at: datetime | None

    @classmethod
    def of(cls, message: Message) -> DeliveryAnswer:
        own = ["target", "state", "attempts", "next_at", "error", "created_at", "sent_at"]
        fields = {name: getattr(message, name) for name in own}
        return cls(**fields, id=message.pk, task=message.task_id)


class SubscriptionFilter(Wanted):
    """Which subscriptions are wanted."""

    kind: Subscription.Kind | None = None
    owner: str | None = None
    enabled: bool | None = None


class DeliveryFilter(Wanted):
    """Which deliveries are wanted."""

    state: Message.State | None = None


LISTING = Listing(
    sorts={"name": "name", "kind": "kind", "target": "target", "owner": "owner__username",
           "created_at": "created_at"},
    search=("name", "target"),
    filters={"kind": "kind", "owner": "owner__username", "enabled": "enabled"},
)  # fmt: skip
DELIVERIES = Listing(
    sorts={"id": "pk", "state": "state", "next_at": "next_at"},
    search=("target", "error"),
    filters={"state": "state"},
    falling=True,
)


@router.get("", response={200: Page[SubscriptionAnswer], **ERRORS})
def list_subscriptions(
    request: Asked, paging: Query[Paging], which: Query[SubscriptionFilter]
) -> dict[str, Any]:
    """Subscriptions, by name unless ``sort`` says otherwise: one's own, or all."""
    access.there("notifications")
    return page(LISTING.of(access.subscriptions(request.auth), which), paging, SubscriptionAnswer.of)


@router.post("", response={201: Subscribed, **ERRORS})
def add_subscription(request: Asked, body: NewSubscription) -> Status[Subscribed]:
    """Ask to be told how tasks end; of nothing that the asker may not see. An e-mail address that is not its
    owner's own is mailed a link, and nothing else before that is followed."""
    access.require(request.auth, "subscription_add")
    heard.about(names.shown(body.name), **body.dict(exclude={"name"}))
    _refuse_off(body.kind)
    said = _found(request.auth, body.dict(exclude={"user"}))
    row, secret = subscribing.add(owner(request.auth, body.user), **said)
    once.shown_once(request)
    return Status(201, Subscribed(**SubscriptionAnswer.of(row).dict(), secret=secret))


@router.get("/{id}", response={200: SubscriptionAnswer, **ERRORS})
def show_subscription(request: Asked, id: int) -> SubscriptionAnswer:
    """One subscription."""
    return SubscriptionAnswer.of(access.subscription(request.auth, id))


@router.patch("/{id}", response={200: SubscriptionAnswer, **ERRORS})
def change_subscription(request: Asked, id: int, body: SubscriptionChange) -> SubscriptionAnswer:
    """Change what is said; another e-mail address is mailed a link as a first one is."""
    said = body.dict(exclude_unset=True)
    row = _for("subscription_change", request, id, **said)
    kept = {name: value for name, value in said.items() if value is not None or name in ("site", "client")}
    subscribing.change(row, _found(request.auth, kept))
    return SubscriptionAnswer.of(row)


@router.delete("/{id}", response={200: SubscriptionAnswer, **ERRORS})
def delete_subscription(request: Asked, id: int) -> SubscriptionAnswer:
    """Remove it, with what it still had to deliver."""
    row = _for("subscription_delete", request, id)
    was = SubscriptionAnswer.of(row)
    row.remove()
    return was


@router.post("/{id}/test", response={202: DeliveryAnswer, **ERRORS})
def test_subscription(request: Asked, id: int) -> Status[DeliveryAnswer]:
    """Deliver a test; how that goes is seen in the deliveries."""
    row = _for("subscription_change", request, id)
    return Status(202, DeliveryAnswer.of(telling.test(row)))


@router.post("/{id}/link", response={202: SubscriptionAnswer, **ERRORS})
def mail_link(request: Asked, id: int) -> Status[SubscriptionAnswer]:
    """Mail the link once more by which somebody at an e-mail address says yes; at most once an hour."""
    row = _for("subscription_change", request, id)
    subscribing.ask_again(row)
    return Status(202, SubscriptionAnswer.of(row))


@router.post("/{id}/secret", response={200: Subscribed, **ERRORS})
def renew_secret(request: Asked, id: int) -> Subscribed:
    """Give a webhook another secret, shown this once; what is not sent yet is signed with it as well."""
    access.there("webhooks")
    row = _for("subscription_change", request, id)
    if row.kind != Subscription.Kind.WEBHOOK:
        raise Refused("Only a webhook has a secret.")
    once.shown_once(request)
    return Subscribed(**SubscriptionAnswer.of(row).dict(), secret=row.renew_secret())


@router.get("/{id}/deliveries", response={200: Page[DeliveryAnswer], **ERRORS})
def list_deliveries(
    request: Asked, id: int, paging: Query[Paging], which: Query[DeliveryFilter]
) -> dict[str, Any]:
    """What was or shall be delivered, newest first unless ``sort`` says otherwise."""
    query = access.messages(request.auth).filter(subscription=access.subscription(request.auth, id))
    return page(DELIVERIES.of(query, which), paging, DeliveryAnswer.of)


def _for(action: str, request: Asked, id: int, /, **details: Any) -> Subscription:
    """The subscription, if that may be done to it."""
    row = access.subscription(request.auth, id)
    access.require(request.auth, action, row)
    heard.about(row.name, **details)
    return row


def _refuse_off(kind: str) -> None:
    if kind == Subscription.Kind.WEBHOOK and not feature.on("webhooks"):
        raise Refused("Webhooks are switched off here: ask for an e-mail instead.", field="kind")


def _found(actor: Actor, said: dict[str, Any]) -> dict[str, Any]:
    """The same with the site and the client that are named, which the asker must see."""
    found = dict(said)
    if said.get("site") is not None:
        found["site"] = access.site(actor, said["site"])
    if said.get("client") is not None:
        found["client"] = access.client(actor, said["client"])
    unknown = next((each for each in said.get("operations", []) if each not in access.ACTIONS), None)
    if unknown is not None:
        raise Refused(f"There is no operation «{names.shown(unknown)}».", field="operations")
    return found
