"""Every address of the panel, and what it takes to be let in: a new address must be listed here."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from django.urls import URLResolver

from aegir import urls
from aegir.pages.site_verbs import VERBS
from tests.api.cast import Belongings

Body = Callable[[Belongings], dict[str, Any]]


class Row(NamedTuple):
    """What one method of an address does, and to what kind of thing."""

    action: str
    kind: str = ""
    body: Body = lambda mine: {}
    beside: str = ""
    """Another kind of thing that the request names: it must be there for the asker as well."""
    listing: bool = False
    """A list that holds what its reader may see, and is there for everybody."""
    each: bool = False
    """Many things at once: each is judged alone, and the answer tells what became of it."""


def _client(mine: Belongings) -> dict[str, Any]:
    return {"name": mine.client.name}


def _telling(mine: Belongings) -> dict[str, Any]:
    return {"name": "new", "kind": "email", "target": "n@example.org", "outcomes": ["failed"],
            "site": mine.site.domain}  # fmt: skip


NEW_SITE: Body = lambda mine: {  # noqa: E731
    "domain": "new.example.org", "platform": mine.platform.name, "profile": "standard", "language": "en",
    "db": "sqlite", "email": "n@example.org", "client": mine.client.name,
}  # fmt: skip
NEW_PERSON = {"username": "new", "email": "new@example.org", "name": ""}
NEW_CLIENT = {"name": "new", "email": "n@example.org", "email_again": "n@example.org"}

NEW_CREDENTIAL = {"name": "new", "host": "h.example", "kind": "token", "secret": "s3cret-t0ken"}

Methods = dict[str, Row]
"""``get`` and ``post``; one that is missing is not allowed at all."""


def _page(action: str, kind: str = "", *, listing: bool = False) -> Methods:
    return {"get": Row(action, kind, listing=listing)}


def _button(action: str, kind: str = "", body: Body = lambda mine: {}, beside: str = "") -> Methods:
    return {"post": Row(action, kind, body, beside)}


def _form(action: str, kind: str = "", body: Body = lambda mine: {}) -> Methods:
    return {"get": Row(action, kind), "post": Row(action, kind, body)}


VERBS_OF_SITES = {
    f"sites/<domain>/{name}": _form(
        verb.operation,
        "site",
        lambda mine: {"to": "copy.example.org", "platform": mine.platform.name, "client": mine.client.name},
    )
    for name, verb in VERBS.items()
}
"""One address, ``sites/<domain>/<verb>``, for most of them."""

TABLE: dict[str, Methods] = {
    "clients": _page("client_see"),
    "new/client": _form("client_add", body=lambda mine: NEW_CLIENT),
    "clients/<name>": _page("client_see", "client"),
    "clients/<name>/edit": _form("client_change", "client", lambda mine: {"title": "T", "email": "n@x.org"}),
    "clients/<name>/delete": _button("client_delete", "client", _client),
    "clients/<name>/people": _button("client_change", "client", lambda mine: {"user": mine.person}),
    "clients/<name>/people/<username>/remove": _button("client_change", "client"),
    "clients/<name>/invite": _form("client_change", "client", lambda mine: NEW_PERSON),
    "clients/<name>/platforms": _button(
        "platform_share", "client", lambda mine: {"platform": mine.platform.name, "use": "yes"}
    ),
    "users": _page("user_see"),
    "new/user": _form("user_add", body=lambda mine: NEW_PERSON),
    "users/<username>": _page("user_see", "user"),
    "users/<username>/edit": _form("user_change", "user", lambda mine: {"email": "n@x.org", "name": "N"}),
    "users/<username>/roles": _button("user_grant", "user", lambda mine: {"roles": ["administrator"]}),
    "users/<username>/clients": _button("client_change", "user", lambda mine: {"client": mine.client.name}),
    "users/<username>/link": _button("user_welcome", "user"),
    "users/<username>/access": _button("user_change", "user", lambda mine: {"active": "no"}),
    "users/<username>/sign-out": _button("user_change", "user"),
    "users/<username>/tokens/<int:number>/revoke": _button("token_revoke", "token"),
    "users/<username>/second-factor/remove": _button(
        "user_reset_factors", "user", lambda mine: {"name": mine.person}
    ),
    "users/<username>/delete": _button("user_delete", "user", lambda mine: {"name": mine.person}),
    "notifications": _page("subscription_see"),
    "new/notification": {
        "get": Row("subscription_add"),
        "post": Row("subscription_add", body=_telling),
    },
    "notifications/<int:number>": _page("subscription_see", "subscription"),
    "notifications/<int:number>/edit": _form("subscription_change", "subscription", _telling),
    "notifications/<int:number>/delete": _button("subscription_delete", "subscription"),
    "notifications/<int:number>/test": _button("subscription_change", "subscription"),
    "notifications/<int:number>/link": _button("subscription_change", "subscription"),
    "notifications/<int:number>/secret": _button("subscription_change", "subscription"),
    "notifications/<int:number>/deliveries/<int:delivery>/again": _button(
        "subscription_change", "subscription"
    ),
    "panel": _page("panel_see"),
    "panel/verify": _button("panel_verify"),
    "panel/backup": _button("panel_backup"),
    "audit": _page("audit_see"),
    "audit/export": _page("audit_see"),
    "audit/verify": _page("audit_see"),
    "audit/<int:number>": _page("audit_see", "entry"),
    "features": _page("feature_see"),
    "features/<name>": _button("feature_switch", "part", lambda mine: {"on": "yes"}),
    "settings": _page("setting_see"),
    "settings/mail/test": _button("setting_change"),
    "settings/<name>/reset": _button("setting_change", "setting"),
    "settings/<group>": _button("setting_change", "group"),
    "sites": _page("site_see", listing=True),
    "sites/bulk": _button(
        "site_verify", body=lambda mine: {"action": "site_verify", "row": mine.site.domain}
    ),
    "sites/migrate": _form("site_migrate", body=lambda mine: {"row": mine.site.domain}),
    "sites/delete": _form("site_delete", body=lambda mine: {"row": mine.site.domain}),
    "install": _form("site_install", body=NEW_SITE),
    "deploy": _form("site_deploy", body=NEW_SITE),
    "sites/<domain>": _page("site_see", "site"),
    "sites/<domain>/aliases": _page("site_see", "site"),
    "sites/<domain>/backups": _page("backup_see", "site"),
    "sites/<domain>/backups/delete": {
        "get": Row("backup_delete", "site", lambda mine: {"row": mine.backup}),
        "post": Row("backup_delete", "site", lambda mine: {"row": mine.backup}),
    },
    "sites/<domain>/backups/<int:number>/download": _page("backup_download", "backup"),
    "sites/<domain>/packages": _page("package_see", "site"),
    "sites/<domain>/compare": {
        "get": Row("site_compare", "site", lambda mine: {"with": mine.platform.name}, "platform")
    },
    "sites/<domain>/history": _page("task_see", "site"),
    "sites/<domain>/enter": _page("site_login", "site"),
    "sites/<domain>/kept/<int:pair>/retire": _form("pair_retire", "site"),
    **VERBS_OF_SITES,
    "platforms": _page("platform_see", listing=True),
    "add": _form("platform_add", body=lambda mine: {"name": "new", "path": "/srv/new"}),
    "platforms/<name>": _page("platform_see", "platform"),
    "platforms/<name>/compare": {
        "get": Row("package_see", "platform", lambda mine: {"with": mine.platform.name}, "platform")
    },
    "credentials": _page("credential_see"),
    "new/credential": _form("credential_add", body=lambda mine: NEW_CREDENTIAL),
    "credentials/<name>/delete": _button("credential_delete", "credential"),
    "platforms/<name>/verify": _button("platform_verify", "platform"),
    "platforms/<name>/delete": _form(
        "platform_delete", "platform", lambda mine: {"name": mine.platform.name}
    ),
    "platforms/<name>/lock": _button("platform_lock", "platform"),
    "platforms/<name>/unlock": _button("platform_unlock", "platform"),
    "platforms/<name>/share": _form("platform_share", "platform", lambda mine: {"clients": mine.client.name}),
    "platforms/bulk": {
        "post": Row(
            "platform_verify",
            body=lambda mine: {"action": "platform_verify", "row": mine.platform.name},
            each=True,
        )
    },
    "platforms/<name>/move-sites": _form(
        "fleet_add", "platform", lambda mine: {"target": mine.platform.name, "rehearse": 0}
    ),
    "fleets": _page("fleet_see"),
    "fleets/<int:number>": _page("fleet_see", "fleet"),
    **{
        f"fleets/<int:number>/{verb}": _button(f"fleet_{verb}", "fleet")
        for verb in ("start", "pause", "resume", "retry")
    },
    "fleets/<int:number>/cancel": _form("fleet_cancel", "fleet"),
    "fleets/<int:number>/undo": _form("fleet_undo", "fleet", lambda mine: {"name": mine.platform.name}),
    "backups": _page("backup_see"),
    "backups/delete": _button("backup_delete", body=lambda mine: {"row": mine.backup, "action": "delete"}),
    "backups/<int:number>/fetch": _page("backup_download", "backup"),
    "packages": _page("package_see"),
    "packages/export": _page("package_see"),
    "advisories": _page("advisory_see"),
    "advisories/fetch": _button("advisory_fetch"),
    "queues": _page("queue_see"),
    "tasks/bulk": {
        "post": Row("task_retry", body=lambda mine: {"action": "retry", "row": mine.task.pk}, each=True)
    },
    "servers": _page("server_see"),
    "servers/<name>": _page("server_see", "server"),
    "servers/<name>/verify": _button("server_verify", "machine"),
    "tasks": _page("task_see", listing=True),
    "tasks/<int:number>": _page("task_see", "task"),
    "tasks/<int:number>/cancel": _button("task_cancel", "task"),
    "tasks/<int:number>/retry": _button("task_retry", "task"),
    "queues/<name>/pause": _button("queue_pause", "queue"),
    "queues/<name>/resume": _button("queue_resume", "queue"),
}
"""Pages that are about something, by their route."""

ALONE = {
    "health", "health/live", "metrics", "sign-in", "sign-in/code", "sign-in/passkey", "sign-in/provider",
    "sign-in/cancelled", "sign-in/closed", "sign-in/<provider_id>/back", "sign-in/<token>", "sign-out",
    "password/forgotten", "password/sent", "password/done",
    "^password/new/(?P<uidb36>[0-9A-Za-z]+)-(?P<key>.+)$", "account", "account/confirm",
    "account/confirm/code", "account/confirm/passkey", "account/name", "account/email",
    "account/email/<token>", "account/password", "account/authenticator", "account/authenticator/remove",
    "account/recovery-codes", "account/recovery-codes/new", "account/recovery-codes/file",
    "account/passkeys/add", "account/passkeys/<int:pk>/remove", "account/passkeys/<int:pk>/name",
    "account/provider/unlink", "account/sessions/end", "account/sessions/<int:number>/end",
    "account/tokens", "account/tokens/<int:number>/revoke", "sign-up", "sign-up/<token>",
    "notifications/confirm/<token>", "download/<token>", "", "live",
}  # fmt: skip
"""Pages about nobody, or about whoever asks alone: signing in, one's own account, the first page, streams."""


def routes() -> set[str]:
    """Every route of the panel but the API's."""
    found = set(_routes())
    return (
        found - {"sites/<domain>/<verb>"} | VERBS_OF_SITES.keys()
        if "sites/<domain>/<verb>" in found
        else found
    )


def _routes() -> Iterator[str]:
    for pattern in urls.urlpatterns:
        if isinstance(pattern, URLResolver):
            assert str(pattern.pattern) == "api/", "addresses that are included elsewhere must be walked too"
        else:
            yield str(pattern.pattern)
