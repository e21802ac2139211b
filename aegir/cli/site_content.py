"""``aegir site backup``, ``clone`` and their kin: where a site's content goes to and comes from."""

from __future__ import annotations

import os

import click

from aegir.cli.asking import Ask, asking


@click.command()
@click.argument("domain")
@click.option("--description", metavar="TEXT", help="Why it is made, for whoever looks for it later.")
@click.option(
    "--compression",
    type=click.Choice(["zst", "gz"]),
    default="zst",
    show_default=True,
    help="Of the archive.",
)
@asking
def backup(ask: Ask, domain: str, **wanted: str | None) -> None:
    """Write an archive of a site.

    It deploys anywhere. The site stays online meanwhile.
    """
    ask.site(domain, "backup", **wanted)


@click.command()
@click.argument("domain")
@click.option(
    "--backup", type=int, required=True, metavar="ID", help="Which one: «aegir backup list DOMAIN»."
)
@click.option("--to", "platform", metavar="PLATFORM", help="By default the one that the backup came from.")
@asking
def restore(ask: Ask, domain: str, **wanted: str | int | None) -> None:
    """Bring a site back to what a backup holds.

    What it is now is backed up first, and kept for «aegir site undo».
    """
    ask.site(domain, "restore", **wanted)


@click.command()
@click.argument("domain")
@click.option("--as", "to", required=True, metavar="NEWDOMAIN", help="The copy's domain.")
@click.option("--to", "platform", metavar="PLATFORM", help="By default the one that the site is on.")
@click.option("--alias", "aliases", multiple=True, metavar="NAME", help="A further name; may be repeated.")
@click.option("--no-mail", "mail", is_flag=True, default=True, flag_value=False,
              help="Hold back what the copy would send by e-mail.")  # fmt: skip
@click.option("--sanitize", is_flag=True, help="Replace people's addresses and passwords in the copy.")
@asking
def clone(ask: Ask, domain: str, aliases: tuple[str, ...], **wanted: str | bool | None) -> None:
    """Copy a site: its own database, user, salt, UUID and cron key."""
    ask.site(domain, "clone", aliases=[*aliases], **wanted)


@click.command()
@click.argument("domain")
@click.option("--from", "source", required=True, metavar="DOMAIN", help="Whose content it is given.")
@click.option(
    "--what",
    type=click.Choice(["all", "database", "files"]),
    default="all",
    show_default=True,
    help="What is taken over.",
)
@click.option("--sanitize", is_flag=True, help="Replace people's addresses and passwords on the way.")
@asking
def sync(ask: Ask, domain: str, **wanted: str | bool) -> None:
    """Give a site the content of another one.

    What it is now is backed up first, and kept for «aegir site undo».
    """
    ask.site(domain, "sync", **wanted)


@click.command()
@click.argument("domain")
@asking
def reinstall(ask: Ask, domain: str) -> None:
    """Install a site anew, with nothing in it.

    What it is now is backed up first, and kept for «aegir site undo».
    """
    ask.site(domain, "reinstall")


@click.command()
@click.argument("archive")
@click.argument("domain")
@click.option("--platform", required=True, metavar="NAME", help="The platform that it shall live on.")
@click.option("--db", metavar="mysql|sqlite", help="By default what the archive had.")
@click.option("--files", metavar="PATH", help="Folder or archive of the files, where ARCHIVE is a mere dump.")
@click.option("--email", metavar="E", help="E-mail address of the site's first account.")
@click.option("--identify", is_flag=True, help="Make it a site of its own, beside the one it came from.")
@asking
def deploy(ask: Ask, archive: str, domain: str, files: str | None, **wanted: str | bool | None) -> None:
    """Make a new site of an archive.

    ARCHIVE is a file: one of Aegir's own, an old Aegir's .tar.gz with database.sql in it, or a dump, beside
    which --files names the site's files. The number of a backup will do as well.
    """
    where = archive if archive.isdigit() else os.path.abspath(archive)
    beside = os.path.abspath(files) if files else None
    ask.site(domain, "deploy", archive=where, files=beside, **wanted)


COMMANDS = [backup, restore, clone, sync, reinstall, deploy]
