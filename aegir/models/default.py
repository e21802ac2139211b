"""Defaults that the operator may change: one table of what there is, one row for each that was changed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.db import models, transaction

from aegir.errors import Refused
from aegir.models import names, template
from aegir.models.secret import Secret


@dataclass(frozen=True)
class Kind:
    """One default: what it means and what it may be."""

    value: Any
    """As long as nobody changed it; its type is the default's type."""
    help: str
    allowed: Callable[[Any], bool] = lambda value: True
    hint: str = ""
    """What is allowed, for the refusal."""
    group: str = "Sites"
    """Under which heading the settings page shows it."""
    long: bool = False
    """Whether it is a text of several lines."""
    secret: bool = False
    """Whether it is kept sealed: people are only told whether it is set."""


SET, NOT_SET = "set", "not set"
"""What people see of a secret."""
LONGEST_SECRET = 500
WEB_ADDRESS = "an address that begins with https:// (or http:// for this machine)"

PLUGINS = """composer/installers
drupal/core-composer-scaffold
drupal/core-project-message
drupal/core-recipe-unpack
drupal/core-vendor-hardening
cweagans/composer-patches
oomphinc/composer-installers-extender
"""

WELCOME = """Hello {name},

you now have an account on {panel}. This link signs you in once, within 24 hours:

{link}

Choose a password there, or a passkey, for the times after.
"""


def _days(least: int, most: int) -> dict[str, Any]:
    return {"allowed": lambda value: least <= value <= most, "hint": f"{least} to {most} days"}


KINDS: dict[str, Kind] = {
    "undo_days": Kind(7, "For how many days a move can be undone.", **_days(0, 365)),
    "disable_before_delete": Kind(True, "Whether only a disabled site can be deleted."),
    "backup_before_delete": Kind(True, "Whether deleting a site makes a final backup."),
    "alias_www": Kind("none", "Whether a new site also answers to its name with www («add»), or, where its "
                      "name begins with www, without («strip»); «none» for neither.",
                      lambda value: value in ("none", "add", "strip"), "none, add or strip"),
    "alias_subdomain": Kind("", "A domain of yours: a new site example.org also answers to "
                            "example.org.<that domain>; empty for none.",
                            lambda value: value == "" or names.is_domain(value),
                            "a domain in lower case, or nothing"),
    "cron_minutes": Kind(60, "How often a site's cron runs, unless the site says otherwise; 0 for never.",
                         lambda value: 0 <= value <= 10080, "0 to 10080 minutes"),
    "cron_seconds": Kind(300, "How long one cron may run.", lambda value: 5 <= value <= 7200,
                         "5 to 7200 seconds"),
    "task_days": Kind(90, "For how many days the logs of tasks that are over are kept.", **_days(1, 3650)),
    "panel_backups": Kind(7, "How many backups of Aegir itself are kept; 0 for all.",
                          lambda value: 0 <= value <= 1000, "0 to 1000", "Aegir"),
    "instant_sites": Kind(True, "Whether a new site comes from a prepared copy where one fits."),
    "build_minutes": Kind(60, "How long the building of a platform may take.",
                          lambda value: 1 <= value <= 1440, "1 to 1440 minutes", "Platforms"),
    "build_gibibytes": Kind(4, "How much a platform's code, and any download for it, may hold.",
                            lambda value: 1 <= value <= 1000, "1 to 1000 GiB", "Platforms"),
    "composer_plugins": Kind(PLUGINS, "Composer plugins that may run while a platform is built, one a "
                             "line; a name may end in *.", names.are_packages, "names, one a line",
                             "Platforms", long=True),
    "composer_scripts": Kind(False, "Whether scripts of a composer.json may run while a platform is "
                             "built.", group="Platforms"),
    "composer_repositories": Kind("", "Where Composer looks for packages before Packagist, one a line: "
                                  "addresses of Composer repositories, or whole paths of folders that hold "
                                  "packages as archives.", names.are_repositories,
                                  "addresses that begin with https://, or whole paths, one a line",
                                  "Platforms", long=True),
    "release_service": Kind("https://updates.drupal.org/release-history", "Where makefiles ask for the "
                            "releases of a project.", names.is_web_address, WEB_ADDRESS, "Platforms"),
    "release_downloads": Kind("https://ftp.drupal.org/files/projects", "Where the archives of releases "
                              "lie that the release service names no address of.", names.is_web_address,
                              WEB_ADDRESS, "Platforms"),
    "sources_private": Kind(False, "Whether code may be fetched from addresses of your own network.",
                            group="Platforms"),
    "advisories_feed": Kind("https://packages.drupal.org/8/security-advisories", "Where security advisories "
                            "are asked for; empty to ask nobody.",
                            lambda value: value == "" or names.is_web_address(value), WEB_ADDRESS,
                            "Platforms"),
    "advisories_feed_7": Kind("", "Where those for modules and themes of Drupal 7 are asked for: a feed, or "
                              "a folder of advisories; empty where there is none, and they are not judged.",
                              lambda value: value == "" or names.is_web_address(value)
                              or names.is_whole_path(value), f"{WEB_ADDRESS}, or a whole path", "Platforms"),
    "client_quota": Kind(0, "How many sites a client may have, unless the client says otherwise; 0 for any "
                         "number.", lambda value: 0 <= value <= 1_000_000, "0 to 1000000", "Clients"),
    "client_account": Kind(True, "Whether a new client gets an account to sign in with.", group="Clients"),
    "client_welcome": Kind(True, "Whether a new account is sent a welcome mail.", group="Clients"),
    "welcome_subject": Kind("Your account on {panel}", "Subject of the welcome mail; {panel}, {name} and "
                            "{client} stand for what they say.", lambda value: 0 < len(value) <= 200
                            and value.isprintable() and template.fits(value, template.OPEN),
                            "1 to 200 characters on one line, with nothing in braces but {panel}, {name} and "
                            "{client}", "Clients"),
    "welcome_body": Kind(WELCOME, "The welcome mail itself; {link} stands for the link that signs in once.",
                         lambda value: "{link}" in value and len(value) <= 10_000
                         and template.fits(value, template.ALL),
                         "a text with {link} in it, and nothing else in braces but {panel}, {name} and "
                         "{client}", "Clients", long=True),
    "signup_platform": Kind("", "The platform of sites from the sign-up form; empty for the newest.",
                            lambda value: value == "" or names.is_platform(value), "a platform's name, or "
                            "nothing", "Clients"),
    "mail_host": Kind("", "The server that takes Aegir's mail; empty for none.",
                      lambda value: value == "" or names.is_host(value), "a host name or address", "Mail"),
    "mail_port": Kind(25, "Its port.", lambda value: 1 <= value <= 65535, "1 to 65535", "Mail"),
    "mail_security": Kind("none", "How the way to it is encrypted: none, starttls or tls.",
                          lambda value: value in ("none", "starttls", "tls"), "none, starttls or tls",
                          "Mail"),
    "mail_user": Kind("", "Whom Aegir signs in as there; empty for nobody.",
                      lambda value: len(value) <= 200 and value.isprintable(),
                      "up to 200 characters on one line", "Mail"),
    "mail_from": Kind("", "The sender of Aegir's mail.",
                      lambda value: value == "" or names.is_email(value), "an e-mail address", "Mail"),
    "mail_password": Kind(NOT_SET, "The password that goes with mail_user, kept sealed and never shown; "
                          "empty for none.", lambda value: len(value) <= LONGEST_SECRET
                          and value.isprintable(), f"up to {LONGEST_SECRET} characters on one line", "Mail",
                          secret=True),
    "webhooks_private": Kind(False, "Whether webhooks may go to addresses of your own network, and without "
                             "encryption.", group="Notifications"),
    "openid_issuer": Kind("", "The OpenID provider that people may sign in through; empty for none.",
                          lambda value: value == "" or names.is_web_address(value),
                          WEB_ADDRESS, "Sign-in"),
    "openid_client": Kind("", "As whom the provider knows Aegir: the client id.",
                          lambda value: len(value) <= 200 and value.isprintable(),
                          "up to 200 characters on one line", "Sign-in"),
    "openid_secret": Kind(NOT_SET, "The secret that goes with openid_client, kept sealed and never shown; "
                          "empty for none.", lambda value: len(value) <= LONGEST_SECRET
                          and value.isprintable(), f"up to {LONGEST_SECRET} characters on one line",
                          "Sign-in", secret=True),
    "openid_match_email": Kind(False, "Whether the provider may sign in whoever has the e-mail address that "
                               "it vouches for, without having linked his account.", group="Sign-in"),
    "openid_new_accounts": Kind(False, "Whether people whom the provider vouches for get an account here, "
                                "without a role.", group="Sign-in"),
}  # fmt: skip


class Default(models.Model):
    """A default that was changed. Read through ``value``."""

    name = models.CharField(max_length=60, unique=True)
    value: models.JSONField[Any, Any] = models.JSONField()

    def __str__(self) -> str:
        return f"{self.name} = {self.value}"


def value(name: str) -> Any:
    """The default of that name, as changed or as it came; of a secret only whether it is set."""
    return _of(KINDS[name], dict(Default.objects.filter(name=name).values_list("name", "value")), name)


def sealed(name: str) -> int | None:
    """The id of the Secret behind a default that is one; None while it is not set."""
    row = Default.objects.filter(name=name).first()
    return None if row is None else int(row.value)


def change(name: str, text: str) -> Any:
    """Set a default from what a person typed, and return what it is now, as people see it; Refused when
    there is none of that name, or not so."""
    kind = KINDS.get(name)
    if kind is None:
        raise Refused(f"There is no default «{name}»: choose from {', '.join(KINDS)}.", field="name")
    if kind.secret:
        return _seal(name, kind, text)
    wanted = _parsed(name, kind, text.strip())
    if not kind.allowed(wanted):
        raise Refused(f"«{names.shown(text)}» cannot be {name}: give {kind.hint}.", field="value")
    Default.objects.update_or_create(name=name, defaults={"value": wanted})
    return wanted


def reset(name: str) -> None:
    """Back to what it was when Aegir came; a secret is forgotten."""
    with transaction.atomic():
        before = sealed(name) if KINDS[name].secret else None
        Default.objects.filter(name=name).delete()
        Secret.objects.filter(pk=before or 0).delete()


def values() -> dict[str, Any]:
    """All of them, in the table's order, in one query."""
    rows = dict(Default.objects.values_list("name", "value"))
    return {name: _of(kind, rows, name) for name, kind in KINDS.items()}


def _of(kind: Kind, rows: dict[str, Any], name: str) -> Any:
    if kind.secret:
        return SET if name in rows else NOT_SET
    return rows.get(name, kind.value)


def _seal(name: str, kind: Kind, text: str) -> str:
    """Keep a secret instead of the one before; nothing is said that would repeat it."""
    if not kind.allowed(text):
        raise Refused(f"That cannot be {name}: give {kind.hint}.", field="value")
    with transaction.atomic():
        before = sealed(name)
        if text:
            secret = Secret.seal(text, f"the setting {name}")
            Default.objects.update_or_create(name=name, defaults={"value": secret.pk})
        else:
            Default.objects.filter(name=name).delete()
        Secret.objects.filter(pk=before or 0).delete()
    return SET if text else NOT_SET


def _parsed(name: str, kind: Kind, text: str) -> Any:
    if isinstance(kind.value, bool):
        if text.lower() not in ("yes", "no", "true", "false", "on", "off"):
            raise Refused(f"«{names.shown(text)}» cannot be {name}: give yes or no.", field="value")
        return text.lower() in ("yes", "true", "on")
    if isinstance(kind.value, int):
        if not text:
            raise Refused(f"{name} cannot be empty: give {kind.hint}.", field="value")
        if not text.isascii() or not text.isdigit() or len(text) > 9:
            raise Refused(f"«{names.shown(text)}» cannot be {name}: give {kind.hint}.", field="value")
        return int(text)
    return text
