"""Pages about notifications: who is told how tasks end, and what became of it."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from aegir import access
from aegir.access import Actor, heard, tried
from aegir.errors import Refused
from aegir.models import Message, Subscription, User, feature, names, subscribing
from aegir.models.welcome import mail_is_set_up
from aegir.operations import telling
from aegir.pages import listing
from aegir.pages.door import changed, part, shown, signed_in
from aegir.pages.forms import Form, answer
from aegir.pages.listing import Column, Filter
from aegir.pages.subscription_forms import ChangeForm, SubscriptionForm

COLUMNS = (
    Column("Name", ("name",)),
    Column("Goes to", ("kind", "target")),
    Column("Tells of"),
    Column("Owner", ("owner__username", "name"), wide=True),
    Column("State", ("-enabled", "name")),
)
ASKED = "«{}» waits for confirmation: nothing goes to {} before the link that was mailed there is followed."


@shown
def subscriptions(request: HttpRequest, actor: Actor) -> HttpResponse:
    """One's own notifications; to administrators, everybody's."""
    access.require(actor, "subscription_see")
    everybodys = access.anywhere(actor, "subscription_see")
    found = listing.shown(
        request,
        access.subscriptions(actor),
        COLUMNS if everybodys else [each for each in COLUMNS if each.title != "Owner"],
        search=("name", "target", "owner__username") if everybodys else ("name", "target"),
        searchable="Name, or where it goes to",
        filters=(
            Filter("kind", "Kind", "kind", listing.choices(Subscription, "kind")),
            Filter("state", "State", "enabled", [("True", "on"), ("False", "paused")]),
        ),
        default="name",
    )
    context = {"nav": "subscriptions", "listing": found, "everybodys": everybodys, "mail": mail_is_set_up()}
    return render(
        request, "subscriptions/list.html", {**context, "may_add": access.may(actor, "subscription_add")}
    )


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def add(request: HttpRequest, actor: Actor) -> HttpResponse:
    """The form for a new one. A webhook's secret is shown in the answer, and never again."""
    access.require(actor, "subscription_add")

    def act(form: Form) -> HttpResponse:
        row, secret = _added(actor, form.arguments())
        if secret:
            return render(
                request, "subscriptions/secret.html", {"nav": "subscriptions", "row": row, "secret": secret}
            )
        if row.waits:
            messages.info(request, ASKED.format(row.name, row.target))
        else:
            messages.success(request, f"«{row.name}» tells you from now on.")
        return redirect("subscription", number=row.pk)

    context = {
        "nav": "subscriptions",
        "title": "Add a notification",
        "crumb": "Notifications",
        "intro": "Tells you, or a program of yours, how tasks end: of the sites that you may see.",
        "button": "Add the notification",
        "back": reverse("subscriptions"),
    }
    own = User.objects.filter(pk=actor.user or 0).values_list("email", flat=True).first()
    return answer(
        request,
        lambda **given: SubscriptionForm(actor, **given),
        act,
        "form.html",
        context,
        check=lambda form: tried(lambda: _added(actor, form.arguments())),
        initial={"kind": "email", "target": own or "", "outcomes": ["failed", "stuck"]},
    )


@shown
def subscription(request: HttpRequest, actor: Actor, number: int) -> HttpResponse:
    """One of them: what it tells of, and what became of it."""
    row = access.subscription(actor, number)
    deliveries = access.messages(actor).filter(subscription=row).order_by("-pk")
    page = part(request, deliveries)
    told = [message.task_id for message in page if isinstance(message, Message)]
    known = set(
        access.tasks(actor).filter(pk__in=[each for each in told if each]).values_list("pk", flat=True)
    )
    context = {
        "nav": "subscriptions",
        "row": row,
        "page": page,
        "known": known,
        "waiting": deliveries.filter(state=Message.State.WAITING).exists(),
        "may_change": access.may(actor, "subscription_change", row),
        "may_delete": access.may(actor, "subscription_delete", row),
        "mail": mail_is_set_up(),
        "resting": row.kind == Subscription.Kind.WEBHOOK and not feature.on("webhooks"),
        "own": row.owner_id == actor.user,
    }
    return render(request, "subscriptions/subscription.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def edit(request: HttpRequest, actor: Actor, number: int) -> HttpResponse:
    """The form for what it tells of; its kind stays."""
    row = access.subscription(actor, number)
    access.require(actor, "subscription_change", row)

    def act(form: Form) -> HttpResponse:
        _change(actor, row, form.arguments())
        if row.waits:
            messages.info(request, ASKED.format(row.name, row.target))
        else:
            messages.success(request, f"«{row.name}» is saved.")
        return redirect("subscription", number=number)

    context = {
        "nav": "subscriptions",
        "title": f"Edit «{row.name}»",
        "crumb": row.name,
        "button": "Save",
        "back": reverse("subscription", args=[number]),
    }
    initial = {field: getattr(row, field) for field in ("name", "target", "outcomes", "enabled")}
    initial |= {"site": row.site.domain if row.site else "", "client": row.client.name if row.client else ""}
    return answer(
        request,
        lambda **given: ChangeForm(actor, row.operations, **given),
        act,
        "form.html",
        context,
        check=lambda form: tried(
            lambda: _change(actor, access.subscription(actor, number), form.arguments())
        ),
        initial=initial,
    )


@changed
def delete(request: HttpRequest, actor: Actor, number: int) -> HttpResponse:
    """The button."""
    row = access.allowed(actor, "subscription_delete", access.subscription(actor, number))
    row.remove()
    messages.success(request, f"«{row.name}» is gone.")
    return redirect("subscriptions")


@changed
def test(request: HttpRequest, actor: Actor, number: int) -> HttpResponse:
    """Deliver a test; its page shows how that goes."""
    row = access.allowed(actor, "subscription_change", access.subscription(actor, number))
    telling.test(row)
    messages.success(request, "A test is on its way: below is how it goes.")
    return redirect("subscription", number=number)


@never_cache
@changed
def secret(request: HttpRequest, actor: Actor, number: int) -> HttpResponse:
    """Give a webhook another secret, which is shown in the answer, and never again."""
    row = access.allowed(actor, "subscription_change", access.subscription(actor, number))
    if row.kind != Subscription.Kind.WEBHOOK:
        raise Refused("Only a webhook has a secret.")
    context = {"nav": "subscriptions", "row": row, "secret": row.renew_secret()}
    return render(request, "subscriptions/secret.html", context)


@changed
def again(request: HttpRequest, actor: Actor, number: int, delivery: int) -> HttpResponse:
    """Try once more to deliver what was given up."""
    row = access.allowed(actor, "subscription_change", access.subscription(actor, number))
    message = access.messages(actor).filter(subscription=row, pk=delivery).first()
    if message is None:
        raise access.NotFound(f"There is no delivery {delivery} of «{row.name}».")
    message.again()
    messages.success(request, "It is tried again.")
    return redirect("subscription", number=number)


@changed
def link(request: HttpRequest, actor: Actor, number: int) -> HttpResponse:
    """Mail the link once more by which somebody at the address says yes."""
    row = access.allowed(actor, "subscription_change", access.subscription(actor, number))
    subscribing.ask_again(row)
    messages.success(request, f"Another link is on its way to {row.target}.")
    return redirect("subscription", number=number)


@require_http_methods(["GET", "HEAD", "POST"])
def confirm(request: HttpRequest, token: str) -> HttpResponse:
    """The link from the mail, for whoever reads mail there. Merely looking at it confirms nothing."""
    try:
        row = subscribing.waiting(token)[0]
        if request.method != "POST":
            return render(request, "subscriptions/confirm.html", {"row": row})
        heard.about(row.owner.get_username(), email=row.target)
        subscribing.confirm(token)
    except Refused as refused:
        heard.refused(str(refused))
        context = {"title": "Not possible", "sentence": str(refused)}
        return render(request, "account/sentence.html", context, status=422)
    context = {"title": "Confirmed", "sentence": f"From now on Aegir mails to {row.target} how tasks end."}
    return render(request, "account/sentence.html", context)


def _added(actor: Actor, given: dict[str, Any]) -> tuple[Subscription, str]:
    heard.about(names.shown(given["name"]), **{each: given[each] for each in given if each != "name"})
    _refuse_off(given["kind"])
    if actor.user is None:
        raise Refused("Only somebody with an account is told.")
    return subscribing.add(User.objects.get(pk=actor.user or 0), **_found(actor, given))


def _change(actor: Actor, row: Subscription, given: dict[str, Any]) -> None:
    heard.about(row.name, **{each: given[each] for each in given if each != "name"})
    subscribing.change(row, _found(actor, given))


def _found(actor: Actor, given: dict[str, Any]) -> dict[str, Any]:
    """The same with rows for the site and the client that are named, which the asker must see."""
    found = dict(given)
    for field, find in (("site", access.site), ("client", access.client)):
        if found.get(field) is not None:
            try:
                found[field] = find(actor, found[field])
            except access.NotFound as error:
                raise Refused(str(error), field=field) from error
    return found


def _refuse_off(kind: str) -> None:
    if kind == Subscription.Kind.WEBHOOK and not feature.on("webhooks"):
        raise Refused("Webhooks are switched off here: ask for an e-mail instead.", field="kind")
