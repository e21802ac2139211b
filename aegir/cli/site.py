"""``aegir site``: Drupal sites. Moves, content, aliases and everyday commands have files of their own."""

from __future__ import annotations

import click

from aegir.cli import client, site_alias, site_content, site_moves, site_run
from aegir.cli.asking import Ask, asking, confirm, yes_option
from aegir.cli.follow import end, follow
from aegir.cli.output import Json, clean, json_option, record, show_json, table, when


@click.group()
def site() -> None:
    """Drupal sites, each living on a platform."""


@site.command("list")
@click.option("--search", "q", metavar="TEXT", help="Only those with this in their names or title.")
@click.option("--platform", metavar="NAME", help="Only those on this platform.")
@click.option("--client", metavar="NAME", help="Only those of this client.")
@click.option("--state", metavar="STATE", help="Only those in this state: enabled, disabled, failed, queued.")
@json_option
def list_sites(as_json: bool, **which: str | None) -> None:
    """List sites, all or those that fit."""
    answer = client.get_all("/api/sites", **which)
    if as_json:
        return show_json(answer)
    rows = [(s["domain"], s["state"], s["platform"], s["profile"], s["address"]) for s in answer["items"]]
    empty = "No sites yet: install one with «aegir site install DOMAIN --platform NAME»."
    return table(["DOMAIN", "STATE", "PLATFORM", "PROFILE", "ADDRESS"], rows, empty)


@site.command("show")
@click.argument("domain")
@json_option
def show_site(domain: str, as_json: bool) -> None:
    """Show a site."""
    answer = client.get(client.path("sites", domain))
    if as_json:
        return show_json(answer)
    own = ["domain", "title", "state", "address", "names", "platform", "client", "profile", "language"]
    fields = {name: answer[name] for name in [*own, "database", "email", "drush"]}
    times = {"verified": when(answer["verified_at"]), "created": when(answer["created_at"])}
    mail = "" if answer["mail"] else "held back"
    return record({**fields, "mail": mail, **times, "kept": [_kept(pair) for pair in answer["kept"]]})


@site.command("install")
@click.argument("domain")
@click.option("--platform", required=True, metavar="NAME", help="The platform that it shall live on.")
@click.option("--profile", metavar="P", help="Install profile; by default the platform's recommended one.")
@click.option("--language", metavar="L", help="Language code; by default English.")
@click.option("--db", metavar="mysql|sqlite", help="Which kind of database it gets.")
@click.option("--email", metavar="E", help="E-mail address of the site's first account.")
@click.option("--alias", "aliases", multiple=True, metavar="NAME", help="A further name; may be repeated.")
@click.option("--client", metavar="NAME", help="Who owns it; by default the house.")
@click.option(
    "--www", "alias_www", type=click.Choice(["none", "add", "strip"]), help="See the setting alias_www."
)
@click.option("--subdomain", "alias_subdomain", metavar="DOMAIN", help="See the setting alias_subdomain.")
@asking
def install_site(ask: Ask, aliases: tuple[str, ...], **wanted: str | None) -> None:
    """Install a new site."""
    ask.post("/api/sites", aliases=[*aliases], **wanted)


@site.command("verify")
@click.argument("domain")
@asking
def verify_site(ask: Ask, domain: str) -> None:
    """Bring everything derived from a site back to what it should be."""
    ask.site(domain, "verify")


@site.command("login")
@click.argument("domain")
@json_option
def login_site(domain: str, as_json: bool) -> None:
    """Print a new one-time login link of the first account."""
    task = client.post(client.path("sites", domain, "login"))
    done = follow(task["id"], quiet=True)
    if done["state"] not in ("succeeded", "warned"):
        end(done, as_json=False)
    answer = client.get(client.path("sites", domain, "login-link"))
    if as_json:
        show_json(answer)
    else:
        click.echo(answer["login_link"])


@site.command("give")
@click.argument("domain")
@click.argument("client_name", metavar="CLIENT", required=False)
def give_site(domain: str, client_name: str | None) -> None:
    """Make a site another client's; the house's where none is named."""
    answer = client.put(client.path("sites", domain, "client"), client=client_name)
    click.echo(f"{answer['domain']} belongs to {answer['client'] or 'the house'}.")


@site.command("enable")
@click.argument("domain")
@asking
def enable_site(ask: Ask, domain: str) -> None:
    """Serve a disabled site again."""
    ask.site(domain, "enable")


@site.command("disable")
@click.argument("domain")
@asking
def disable_site(ask: Ask, domain: str) -> None:
    """Answer visitors that the site is not available; its cron stops."""
    ask.site(domain, "disable")


@site.command("delete")
@click.argument("domain")
@click.option("--anyway", is_flag=True, help="Delete it although it is enabled.")
@click.option("--backup/--no-backup", default=None, help="Whether to make a final backup; see the settings.")
@yes_option
@asking
def delete_site(ask: Ask, domain: str, yes: bool, **how: bool | None) -> None:
    """Delete a site, its database and its files.

    Its backups stay: «aegir site deploy BACKUP DOMAIN» brings it back.
    """
    url = client.path("sites", domain)
    if not ask.dry_run:
        found = client.get(url)
        confirm(f"Delete {found['domain']}, its database and its files?", yes=yes)
    ask.delete(url, **how)


for command in (*site_moves.COMMANDS, *site_content.COMMANDS, site_alias.alias, site_run.run):
    site.add_command(command)


def _kept(pair: Json) -> str:
    until = when(pair["until"])
    return clean(f"{pair['id']}: {pair['domain']} on {pair['platform']}, until {until}")
