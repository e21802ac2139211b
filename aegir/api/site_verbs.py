"""What can be done to a site: one table, a route ``POST /api/sites/{domain}/VERB`` for each row."""

from __future__ import annotations

from typing import Any, Literal, NamedTuple

from ninja import Field, Router, Status

from aegir import access
from aegir.api.auth import Asked
from aegir.api.schema import ERRORS, TaskDetail, Wish, accepted

router = Router(tags=["sites"])


class Backup(Wish):
    description: str = ""
    """Why it is made, for whoever looks for it later."""
    compression: Literal["zst", "gz"] = "zst"


class Restore(Wish):
    backup: int
    """Its number."""
    platform: str | None = None
    """By default the one that the backup came from."""


class Onto(Wish):
    platform: str
    """The platform to go to."""


class Back(Wish):
    pair: int | None = None
    """Which kept pair is meant; by default the one that the last move replaced."""


class Interval(Wish):
    minutes: int | None = None
    """Between two runs; 0 for never, null for as the default says."""


class Rename(Wish):
    to: str
    """The new domain."""
    platform: str | None = None
    """Where the site moves at the same time."""
    keep: Literal["redirect", "alias", "drop"] = "redirect"
    """What becomes of the old name."""


class Clone(Wish):
    to: str
    """The domain of the copy."""
    platform: str | None = None
    """By default the one that the site is on."""
    aliases: list[str] = Field(default_factory=list, max_length=100)
    """Further names of the copy."""
    mail: bool = True
    """Whether the copy may send mail."""
    sanitize: bool = False
    """Whether the copy gets other people's addresses and passwords replaced."""
    client: str | None = None
    """Whose the copy shall be; by default its original's."""


class Sync(Wish):
    source: str
    """The site whose content this one is given."""
    what: Literal["all", "database", "files"] = "all"
    sanitize: bool = False


class Deploy(Wish):
    archive: str
    """Its path on the server, absolute, or the number of a backup."""
    platform: str
    db: str | None = None
    """mysql or sqlite; by default what the archive had."""
    files: str | None = None
    """Directory or archive of the site's files, where ``archive`` is a mere dump."""
    email: str | None = None
    identify: bool = False
    """Whether it becomes a site of its own, beside the one that it came from."""
    client: str | None = None
    """Whose it shall be; by default the asker's only client, or the house."""


class Drush(Wish):
    arguments: list[str] = Field(min_length=1, max_length=200)
    """The command and what goes with it, as Drush takes them."""


class Verb(NamedTuple):
    """One row of the table."""

    operation: str
    takes: type[Wish]
    summary: str


VERBS: dict[str, Verb] = {
    "verify": Verb("site_verify", Wish, "Bring everything derived from the site back to what it should be."),
    "login": Verb("site_login", Wish, "Make a new one-time login link."),
    "backup": Verb("site_backup", Backup, "Write an archive of the site while it goes on being served."),
    "restore": Verb("site_restore", Restore, "Bring the site back to what a backup holds."),
    "migrate": Verb("site_migrate", Onto, "Move the site to another platform: this is how it is upgraded."),
    "rehearse": Verb("site_rehearse", Onto, "Try a migration on a throw-away copy, and report."),
    "undo": Verb("site_undo", Back, "Go back to what the site was before its last move."),
    "changes": Verb("site_changes", Back, "Tell what was written since the last move."),
    "rename": Verb("site_rename", Rename, "Give the site another domain."),
    "clone": Verb("site_clone", Clone, "Make a copy with a domain, database and identity of its own."),
    "enable": Verb("site_enable", Wish, "Serve a disabled site again."),
    "disable": Verb("site_disable", Wish, "Answer visitors that the site is not available."),
    "reinstall": Verb("site_reinstall", Wish, "Install the site anew, with nothing of its content."),
    "sync": Verb("site_sync", Sync, "Give the site another one's content."),
    "deploy": Verb("site_deploy", Deploy, "Make a new site of an archive."),
    "flush": Verb("site_flush", Wish, "Empty every cache."),
    "cron-interval": Verb("cron_set", Interval, "Set how often cron runs."),
    "cron": Verb("site_cron", Wish, "Run cron now."),
    "update": Verb("site_update", Wish, "Run the database updates that wait, with a backup first."),
    "permissions": Verb("site_permissions", Wish, "Give files and folders the right owners and modes."),
    "drush": Verb("site_drush", Drush, "Run a Drush command, where the platform has Drush."),
}


def offer(path: str, verb: Verb) -> None:
    """Add the route of one verb; where nothing must be said, no body need be sent."""

    def ask(request: Asked, domain: str, wish: Any) -> Status[TaskDetail]:
        given = wish.given()
        return accepted(
            request.auth,
            access.ask(request.auth, verb.operation, dry_run=wish.dry_run, domain=domain, **given),
        )

    ask.__annotations__["wish"] = verb.takes
    if not any(field.is_required() for field in verb.takes.model_fields.values()):
        ask.__defaults__ = (verb.takes(),)
    route = router.post(
        path, response={202: TaskDetail, **ERRORS}, summary=verb.summary, operation_id=verb.operation
    )
    route(ask)


for name, verb in VERBS.items():
    offer(f"/{{domain}}/{name}", verb)
