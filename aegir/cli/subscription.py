"""``aegir subscription``: who is told how tasks end."""

from __future__ import annotations

import click

from aegir.cli import client
from aegir.cli.output import Json, json_option, record, show_json, table, when

OUTCOMES = ["succeeded", "warned", "failed", "stuck", "cancelled"]


@click.group()
def subscription() -> None:
    """Who is told how tasks end, by e-mail or by a webhook."""


@subscription.command("list")
@json_option
def list_subscriptions(as_json: bool) -> None:
    """List subscriptions."""
    answer = client.get_all("/api/subscriptions")
    if as_json:
        return show_json(answer)
    rows = [
        (
            s["id"],
            s["name"],
            s["kind"],
            s["target"],
            ", ".join(s["outcomes"]),
            _state(s),
        )
        for s in answer["items"]
    ]
    empty = "No subscriptions yet: «aegir subscription add NAME --email ADDRESS --user USER»."
    return table(["NUMBER", "NAME", "KIND", "TO", "OF", "STATE"], rows, empty)


@subscription.command("add")
@click.argument("name")
@click.option("--email", metavar="E", help="Where mail goes.")
@click.option("--webhook", metavar="ADDRESS", help="Where messages are posted, http or https.")
@click.option(
    "--outcome",
    "outcomes",
    multiple=True,
    type=click.Choice(OUTCOMES),
    default=["failed", "stuck"],
    help="How a task must end; may be repeated.",
)
@click.option(
    "--operation", "operations", multiple=True, metavar="OP", help="As site_migrate; by default all."
)
@click.option("--site", metavar="DOMAIN", help="Only of this site.")
@click.option("--client", metavar="NAME", help="Only of this client's sites.")
@click.option("--user", metavar="NAME", help="Whose it is; needed on the machine itself.")
@json_option
def add_subscription(
    name: str, email: str | None, webhook: str | None, as_json: bool, **said: str | tuple[str, ...] | None
) -> None:
    """Ask to be told how tasks end."""
    if (email is None) == (webhook is None):
        raise client.Refused("Say where to: either --email or --webhook.")
    kind, target = ("email", email) if email else ("webhook", webhook)
    answer = client.post("/api/subscriptions", name=name, kind=kind, target=target, **said)
    if as_json:
        return show_json(answer)
    if answer["confirmed"]:
        click.echo(f"Subscription {answer['id']} tells {answer['target']}.")
    else:
        click.echo(
            f"Subscription {answer['id']} waits for confirmation: a link was mailed to {answer['target']}, "
            "and nothing is told there before it is followed."
        )
    if answer["secret"]:
        click.echo(f"Its messages are signed with this secret, which is not shown again: {answer['secret']}")
    return None


@subscription.command("show")
@click.argument("number", type=int)
@json_option
def show_subscription(number: int, as_json: bool) -> None:
    """Show a subscription and its last deliveries."""
    answer = client.get(client.path("subscriptions", number))
    told = client.get(client.path("subscriptions", number, "deliveries"), limit=10)
    if as_json:
        return show_json({**answer, "deliveries": told["items"]})
    own = ["name", "kind", "target", "outcomes", "operations", "site", "client", "owner"]
    record({**{name: answer[name] for name in own}, "state": _state(answer)})
    for delivery in told["items"]:
        click.echo(_delivery(delivery))
    return None


@subscription.command("test")
@click.argument("number", type=int)
def test_subscription(number: int) -> None:
    """Deliver a test; «subscription show» tells how it went."""
    client.post(client.path("subscriptions", number, "test"))
    click.echo(f"A test is on its way: see «aegir subscription show {number}».")


@subscription.command("link")
@click.argument("number", type=int)
def mail_link(number: int) -> None:
    """Mail the link once more that confirms an e-mail address; at most once an hour."""
    answer = client.post(client.path("subscriptions", number, "link"))
    click.echo(f"Another link is on its way to {answer['target']}.")


@subscription.command("delete")
@click.argument("number", type=int)
def delete_subscription(number: int) -> None:
    """Remove a subscription, with what it still had to deliver."""
    answer = client.delete(client.path("subscriptions", number))
    click.echo(f"The subscription «{answer['name']}» is gone.")


def _state(row: Json) -> str:
    if row["enabled"] and not row["confirmed"]:
        return "waits for confirmation"
    return "on" if row["enabled"] else "off"


def _delivery(delivery: Json) -> str:
    task = f"task {delivery['task']}" if delivery["task"] else "a test"
    tries = f"{delivery['attempts']} tries" if delivery["attempts"] != 1 else "1 try"
    why = f": {delivery['error']}" if delivery["error"] else ""
    return f"  {when(delivery['created_at'])}  {task}  {delivery['state']} after {tries}{why}"
