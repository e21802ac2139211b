"""``aegir user``: people who sign in."""

from __future__ import annotations

import click

from aegir.cli import client
from aegir.cli.asking import confirm, yes_option
from aegir.cli.output import Json, json_option, record, show_json, table, when

ROLES = ["administrator", "platform_manager", "account_manager"]


@click.group()
def user() -> None:
    """People who sign in: what they may do, and how they come in."""


@user.command("list")
@click.option("--search", "q", metavar="TEXT", help="Only those with this in name or e-mail address.")
@click.option("--client", "of", metavar="NAME", help="Only those who belong to this client.")
@click.option("--role", type=click.Choice(ROLES), help="Only those with this role.")
@json_option
def list_users(q: str | None, of: str | None, role: str | None, as_json: bool) -> None:
    """List people."""
    answer = client.get_all("/api/users", q=q, client=of, role=role)
    if as_json:
        return show_json(answer)
    rows = [
        (u["username"], u["name"], u["email"], ", ".join(u["roles"] or u["clients"]), _last(u))
        for u in answer["items"]
    ]
    return table(["USER", "NAME", "E-MAIL", "ROLES OR CLIENTS", "LAST SIGNED IN"], rows, "Nobody fits.")


@user.command("show")
@click.argument("username")
@json_option
def show_user(username: str, as_json: bool) -> None:
    """Show a person."""
    _show(client.get(client.path("users", username)), as_json)


@user.command("add")
@click.argument("username")
@click.option("--email", required=True, metavar="E")
@click.option("--name", metavar="TEXT", help="What people call him.")
@click.option("--welcome", is_flag=True, help="Send a mail with a link that signs him in once.")
@json_option
def add_user(username: str, as_json: bool, welcome: bool, **said: str | None) -> None:
    """Add a person, who may do nothing yet: see «user grant» and «client join»."""
    _show(client.post("/api/users", username=username, welcome=welcome or None, **said), as_json)


@user.command("change")
@click.argument("username")
@click.option("--email", metavar="E")
@click.option("--name", metavar="TEXT", help="What people call him.")
@click.option("--active/--shut-out", default=None, help="Whether he may sign in.")
@json_option
def change_user(username: str, as_json: bool, **said: str | bool | None) -> None:
    """Change what is said of a person, or shut him out."""
    _show(client.patch(client.path("users", username), **said), as_json)


@user.command("grant")
@click.argument("username")
@click.argument("roles", nargs=-1, type=click.Choice(ROLES))
@json_option
def grant_roles(username: str, roles: tuple[str, ...], as_json: bool) -> None:
    """Give a person exactly these roles; none takes all that he has."""
    _show(client.put(client.path("users", username, "roles"), roles=[*roles]), as_json)


@user.command("welcome")
@click.argument("username")
def welcome_user(username: str) -> None:
    """Send a person a link that signs him in once, within 24 hours."""
    answer = client.post(client.path("users", username, "welcome"))
    click.echo(f"A mail to {answer['email']} is on its way.")


@user.command("link")
@click.argument("username")
def link_user(username: str) -> None:
    """Print a link that signs a person in once, within 24 hours.

    Hand it to him by a safe way; older links of his are dead then. A second factor is still asked for.
    """
    click.echo(client.post(client.path("users", username, "link"))["link"])


@user.command("reset-second-factor")
@click.argument("username")
@yes_option
def reset_second_factor(username: str, yes: bool) -> None:
    """Take away a person's second factor, which he lost: authenticator app, passkeys and recovery codes.

    He is signed out everywhere.
    """
    confirm(f"Take away the second factor of {username}?", yes=yes)
    client.delete(client.path("users", username, "second-factor"))
    click.echo(f"{username} is not asked for a second factor any more, and is signed out everywhere.")


@user.command("delete")
@click.argument("username")
@yes_option
def delete_user(username: str, yes: bool) -> None:
    """Delete a person, with his tokens and subscriptions. What he did stays in tasks and audit."""
    confirm(f"Delete the user {username}?", yes=yes)
    client.delete(client.path("users", username))
    click.echo(f"The user {username} is deleted.")


def _last(answer: Json) -> str:
    return (when(answer["last_login"]) or "never") if answer["active"] else "shut out"


def _show(answer: Json, as_json: bool) -> None:
    if as_json:
        return show_json(answer)
    own = {name: answer[name] for name in ("username", "name", "email", "roles", "clients")}
    return record({**own, "last signed in": _last(answer), "added": when(answer["date_joined"])})
