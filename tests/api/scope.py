"""Every route of the API, and what the table of access calls what it does."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from aegir.api.site_verbs import VERBS
from tests.api.cast import Belongings

Body = Callable[[Belongings], dict[str, Any]]


class Row(NamedTuple):
    """What a route does, and to what kind of thing."""

    action: str
    kind: str = ""
    body: Body = lambda mine: {}
    beside: str = ""
    """Another kind of thing that the request names: it must be there for the asker as well."""
    listing: bool = False
    """A list holds what its reader may see, so nobody is forbidden to read it."""


def _platform(mine: Belongings) -> dict[str, Any]:
    return {"platform": mine.platform.name}


def _copy(mine: Belongings) -> dict[str, Any]:
    return {"to": "copy.example.org"}


VERB_BODIES: dict[str, tuple[Body, str]] = {
    "restore": (lambda mine: {"backup": mine.backup}, ""),
    "migrate": (_platform, "platform"),
    "rehearse": (_platform, "platform"),
    "rename": (_copy, ""),
    "clone": (_copy, ""),
    "sync": (lambda mine: {"source": mine.site.domain}, ""),
    "drush": (lambda mine: {"arguments": ["status"]}, ""),
    "cron-interval": (lambda mine: {"minutes": 30}, ""),
}

NEW_SITE: Body = lambda mine: {"domain": "new.example.org", "platform": mine.platform.name}  # noqa: E731
DEPLOYED: Body = lambda mine: {"archive": str(mine.backup), "platform": mine.platform.name}  # noqa: E731
TABLE: dict[tuple[str, str], Row] = {
    ("get", "/api/servers"): Row("server_see", listing=True),
    ("get", "/api/servers/{name}"): Row("server_see", "server"),
    ("post", "/api/servers/{name}/verify"): Row("server_verify"),
    ("get", "/api/platforms"): Row("platform_see", listing=True),
    ("post", "/api/platforms"): Row("platform_add", body=lambda mine: {"name": "new", "path": "/srv/new"}),
    ("get", "/api/platforms/{name}"): Row("platform_see", "platform"),
    ("post", "/api/platforms/{name}/verify"): Row("platform_verify", "platform"),
    ("post", "/api/platforms/{name}/lock"): Row("platform_lock", "platform"),
    ("post", "/api/platforms/{name}/unlock"): Row("platform_unlock", "platform"),
    ("put", "/api/platforms/{name}/clients"): Row(
        "platform_share", "platform", lambda mine: {"clients": [mine.client.name]}
    ),
    ("delete", "/api/platforms/{name}"): Row("platform_delete", "platform"),
    ("get", "/api/fleets"): Row("fleet_see", listing=True),
    ("post", "/api/fleets"): Row(
        "fleet_add", body=lambda mine: {"source": mine.platform.name, "target": mine.platform.name}
    ),
    ("get", "/api/fleets/outlook"): Row("fleet_see"),
    ("get", "/api/fleets/{id}"): Row("fleet_see", "fleet"),
    ("get", "/api/fleets/{id}/sites"): Row("fleet_see", "fleet"),
    **{
        ("post", f"/api/fleets/{{id}}/{verb}"): Row(f"fleet_{verb}", "fleet")
        for verb in ("start", "pause", "resume", "retry", "cancel", "undo")
    },
    ("get", "/api/credentials"): Row("credential_see"),
    ("post", "/api/credentials"): Row(
        "credential_add",
        body=lambda mine: {"name": "new", "host": "h.example", "kind": "token", "secret": "s3cret-t0ken"},
    ),
    ("delete", "/api/credentials/{name}"): Row("credential_delete", "credential"),
    ("get", "/api/clients"): Row("client_see", listing=True),
    ("post", "/api/clients"): Row("client_add", body=lambda mine: {"name": "new", "email": "n@example.org"}),
    ("get", "/api/clients/{name}"): Row("client_see", "client"),
    ("patch", "/api/clients/{name}"): Row("client_change", "client", lambda mine: {"title": "New"}),
    ("delete", "/api/clients/{name}"): Row("client_delete", "client"),
    ("post", "/api/clients/{name}/users"): Row("client_change", "client", lambda mine: {"user": mine.person}),
    ("delete", "/api/clients/{name}/users/{username}"): Row("client_change", "client"),
    ("get", "/api/users"): Row("user_see", listing=True),
    ("post", "/api/users"): Row("user_add", body=lambda mine: {"username": "new", "email": "n@example.org"}),
    ("get", "/api/users/{username}"): Row("user_see", "user"),
    ("patch", "/api/users/{username}"): Row("user_change", "user", lambda mine: {"name": "New"}),
    ("delete", "/api/users/{username}"): Row("user_delete", "user"),
    ("put", "/api/users/{username}/roles"): Row("user_grant", "user", lambda mine: {"roles": []}),
    ("post", "/api/users/{username}/welcome"): Row("user_welcome", "user"),
    ("post", "/api/users/{username}/link"): Row("user_link", "user"),
    ("delete", "/api/users/{username}/second-factor"): Row("user_reset_factors", "user"),
    ("get", "/api/tokens"): Row("token_see", listing=True),
    ("post", "/api/tokens"): Row("token_add", body=lambda mine: {"name": "new", "scopes": ["see"]}),
    ("delete", "/api/tokens/{id}"): Row("token_revoke", "token"),
    ("get", "/api/backups"): Row("backup_see", listing=True),
    ("get", "/api/backups/{id}"): Row("backup_see", "backup"),
    ("get", "/api/backups/{id}/download-link"): Row("backup_download", "backup"),
    ("delete", "/api/backups/{id}"): Row("backup_delete", "backup"),
    ("get", "/api/packages"): Row("package_see", listing=True),
    ("get", "/api/packages/export"): Row("package_see", listing=True),
    ("get", "/api/advisories"): Row("advisory_see", listing=True),
    ("get", "/api/advisories/unjudged"): Row("advisory_see", listing=True),
    ("post", "/api/advisories/fetch"): Row("advisory_fetch"),
    ("get", "/api/tasks"): Row("task_see", listing=True),
    ("get", "/api/tasks/{id}"): Row("task_see", "task"),
    ("get", "/api/tasks/{id}/lines"): Row("task_see", "task"),
    ("post", "/api/tasks/{id}/cancel"): Row("task_cancel", "task"),
    ("post", "/api/tasks/{id}/retry"): Row("task_retry", "task"),
    ("get", "/api/queues/{name}"): Row("queue_see"),
    ("post", "/api/queues/{name}/pause"): Row("queue_pause"),
    ("post", "/api/queues/{name}/resume"): Row("queue_resume"),
    ("get", "/api/cron"): Row("cron_see"),
    ("get", "/api/settings"): Row("setting_see"),
    ("get", "/api/settings/{name}"): Row("setting_see"),
    ("put", "/api/settings/{name}"): Row("setting_change", body=lambda mine: {"value": "3"}),
    ("get", "/api/features"): Row("feature_see"),
    ("get", "/api/features/{name}"): Row("feature_see"),
    ("put", "/api/features/{name}"): Row("feature_switch", body=lambda mine: {"on": True}),
    ("get", "/api/subscriptions"): Row("subscription_see", listing=True),
    ("post", "/api/subscriptions"): Row(
        "subscription_add",
        body=lambda mine: {
            "name": "new",
            "kind": "email",
            "target": "n@example.org",
            "site": mine.site.domain,
        },
        beside="site",
    ),
    ("get", "/api/subscriptions/{id}"): Row("subscription_see", "subscription"),
    ("get", "/api/subscriptions/{id}/deliveries"): Row("subscription_see", "subscription"),
    ("patch", "/api/subscriptions/{id}"): Row("subscription_change", "subscription"),
    ("delete", "/api/subscriptions/{id}"): Row("subscription_delete", "subscription"),
    ("post", "/api/subscriptions/{id}/test"): Row("subscription_change", "subscription"),
    ("post", "/api/subscriptions/{id}/link"): Row("subscription_change", "subscription"),
    ("post", "/api/subscriptions/{id}/secret"): Row("subscription_change", "subscription"),
    ("get", "/api/panel"): Row("panel_see"),
    ("post", "/api/panel/verify"): Row("panel_verify"),
    ("post", "/api/panel/backup"): Row("panel_backup"),
    ("get", "/api/audit"): Row("audit_see"),
    ("get", "/api/audit/export"): Row("audit_see"),
    ("get", "/api/audit/verify"): Row("audit_see"),
    ("get", "/api/sites"): Row("site_see", listing=True),
    ("post", "/api/sites"): Row("site_install", body=NEW_SITE, beside="platform"),
    ("get", "/api/sites/{domain}"): Row("site_see", "site"),
    ("put", "/api/sites/{domain}/client"): Row(
        "site_give", "site", lambda mine: {"client": mine.client.name}
    ),
    ("get", "/api/sites/{domain}/login-link"): Row("site_login", "site"),
    ("delete", "/api/sites/{domain}"): Row("site_delete", "site"),
    ("delete", "/api/sites/{domain}/kept/{pair}"): Row("pair_retire", "site"),
    ("get", "/api/sites/{domain}/aliases"): Row("site_see", "site"),
    ("post", "/api/sites/{domain}/aliases"): Row(
        "site_alias_add", "site", lambda mine: {"name": "n.example.org"}
    ),
    ("delete", "/api/sites/{domain}/aliases/{name}"): Row("site_alias_remove", "site"),
    ("post", "/api/sites/{domain}/redirect"): Row("site_alias_redirect", "site", lambda mine: {"to": "off"}),
    ("get", "/api/sites/{domain}/comparison"): Row("site_compare", "site", _platform, "platform"),
    ("get", "/api/sites/{domain}/comparison/export"): Row("site_compare", "site", _platform, "platform"),
    ("get", "/api/platforms/{name}/comparison"): Row("package_see", "platform", _platform, "platform"),
    ("get", "/api/platforms/{name}/comparison/export"): Row("package_see", "platform", _platform, "platform"),
    ("post", "/api/sites/{domain}/deploy"): Row("site_deploy", "", DEPLOYED, "backup"),
    **{
        ("post", f"/api/sites/{{domain}}/{name}"): Row(verb.operation, "site", *VERB_BODIES.get(name, ()))
        for name, verb in VERBS.items()
        if name != "deploy"
    },
}
BULK = ("post", "/api/sites/bulk")
FIXED = {"/api/queues/{name}": "main", "/api/settings/{name}": "undo_days", "/api/features/{name}": "cron",
         "/api/servers/{name}": "localhost"}  # fmt: skip
