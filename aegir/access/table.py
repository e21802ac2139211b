"""Who may do what: the one table. What is not listed, nobody may."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Role(StrEnum):
    """What a person is to this Aegir."""

    ADMINISTRATOR = "administrator"
    PLATFORM_MANAGER = "platform_manager"
    ACCOUNT_MANAGER = "account_manager"
    CLIENT = "client"
    """Whoever belongs to at least one client."""


@dataclass(frozen=True)
class Rule:
    """Who may do one thing: to whatever there is, or only to what belongs to his clients or himself."""

    anywhere: frozenset[Role]
    own: frozenset[Role] = frozenset()
    part: str = ""
    """The feature that it belongs to: while that is off, nobody may."""


_ALL = frozenset(Role)
_ADMINISTRATOR = frozenset({Role.ADMINISTRATOR})
_PLATFORMS = frozenset({Role.ADMINISTRATOR, Role.PLATFORM_MANAGER})
_ACCOUNTS = frozenset({Role.ADMINISTRATOR, Role.ACCOUNT_MANAGER})
_STAFF = _PLATFORMS | _ACCOUNTS
_CLIENT = frozenset({Role.CLIENT})

ONLY_ADMINISTRATOR = Rule(_ADMINISTRATOR)
HIS_SITE = Rule(_ADMINISTRATOR, own=_CLIENT)
"""The everyday life of a site: its client's people, and administrators."""
MOVING = Rule(_PLATFORMS, own=_CLIENT)
"""What changes platforms is platform managers' work too."""

ACTIONS: dict[str, Rule] = {
    "server_see": Rule(_PLATFORMS),
    "server_verify": ONLY_ADMINISTRATOR,
    "platform_see": Rule(_STAFF, own=_CLIENT),
    "platform_add": Rule(_PLATFORMS),
    "platform_source_path": ONLY_ADMINISTRATOR,
    "platform_build": Rule(_PLATFORMS),
    "platform_verify": Rule(_PLATFORMS),
    "platform_delete": Rule(_PLATFORMS),
    "platform_lock": Rule(_PLATFORMS),
    "platform_unlock": Rule(_PLATFORMS),
    "platform_use_locked": ONLY_ADMINISTRATOR,
    "platform_share": Rule(_ADMINISTRATOR, part="clients"),
    "credential_see": Rule(_PLATFORMS),
    "credential_add": ONLY_ADMINISTRATOR,
    "credential_delete": ONLY_ADMINISTRATOR,
    "fleet_see": Rule(_PLATFORMS, part="fleets"),
    "fleet_add": Rule(_PLATFORMS, part="fleets"),
    "fleet_start": Rule(_PLATFORMS, part="fleets"),
    "fleet_pause": Rule(_PLATFORMS, part="fleets"),
    "fleet_resume": Rule(_PLATFORMS, part="fleets"),
    "fleet_cancel": Rule(_PLATFORMS, part="fleets"),
    "fleet_undo": Rule(_PLATFORMS, part="fleets"),
    "fleet_retry": Rule(_PLATFORMS, part="fleets"),
    "advisory_see": Rule(_STAFF, own=_CLIENT, part="advisories"),
    "advisory_fetch": Rule(_PLATFORMS, part="advisories"),
    "site_see": Rule(_STAFF, own=_CLIENT),
    "site_install": Rule(_ACCOUNTS, own=_CLIENT),
    "site_verify": MOVING,
    "site_login": HIS_SITE,
    "site_delete": HIS_SITE,
    "site_backup": MOVING,
    "site_restore": HIS_SITE,
    "site_migrate": MOVING,
    "site_undo": MOVING,
    "site_changes": MOVING,
    "site_rehearse": Rule(_PLATFORMS, own=_CLIENT, part="rehearsals"),
    "site_compare": MOVING,
    "site_rename": HIS_SITE,
    "site_clone": HIS_SITE,
    "site_enable": Rule(_ACCOUNTS, own=_CLIENT),
    "site_disable": Rule(_ACCOUNTS, own=_CLIENT),
    "site_reinstall": HIS_SITE,
    "site_sync": HIS_SITE,
    "site_deploy": HIS_SITE,
    "site_deploy_path": ONLY_ADMINISTRATOR,
    "site_alias_add": HIS_SITE,
    "site_alias_remove": HIS_SITE,
    "site_alias_redirect": HIS_SITE,
    "site_flush": HIS_SITE,
    "site_cron": HIS_SITE,
    "cron_see": Rule(_STAFF, own=_CLIENT, part="cron"),
    "cron_set": Rule(_ADMINISTRATOR, own=_CLIENT, part="cron"),
    "site_update": MOVING,
    "site_permissions": HIS_SITE,
    "site_drush": Rule(_ADMINISTRATOR, part="drush"),
    "site_give": Rule(_ACCOUNTS, part="clients"),
    "pair_retire": HIS_SITE,
    "backup_see": Rule(_PLATFORMS, own=_CLIENT),
    "backup_download": HIS_SITE,
    "backup_delete": HIS_SITE,
    "setting_see": ONLY_ADMINISTRATOR,
    "setting_change": ONLY_ADMINISTRATOR,
    "feature_see": ONLY_ADMINISTRATOR,
    "feature_switch": ONLY_ADMINISTRATOR,
    "package_see": Rule(_STAFF, own=_CLIENT),
    "task_see": Rule(_STAFF, own=_CLIENT),
    "task_cancel": Rule(_ADMINISTRATOR, own=_ALL),
    "task_retry": Rule(_ADMINISTRATOR, own=_ALL),
    "queue_see": Rule(_STAFF),
    "queue_pause": ONLY_ADMINISTRATOR,
    "queue_resume": ONLY_ADMINISTRATOR,
    "client_see": Rule(_ACCOUNTS, own=_CLIENT, part="clients"),
    "client_add": Rule(_ACCOUNTS, part="clients"),
    "client_change": Rule(_ACCOUNTS, part="clients"),
    "client_delete": Rule(_ACCOUNTS, part="clients"),
    "user_see": Rule(_ACCOUNTS, own=_ALL),
    "user_add": Rule(_ACCOUNTS),
    "user_change": Rule(_ACCOUNTS),
    "user_delete": Rule(_ACCOUNTS),
    "user_welcome": Rule(_ACCOUNTS),
    "user_grant": ONLY_ADMINISTRATOR,
    "user_link": ONLY_ADMINISTRATOR,
    "user_reset_factors": ONLY_ADMINISTRATOR,
    "token_see": Rule(_ADMINISTRATOR, own=_ALL, part="tokens"),
    "token_add": Rule(frozenset(), own=_ALL, part="tokens"),
    "token_revoke": Rule(_ADMINISTRATOR, own=_ALL, part="tokens"),
    "audit_see": ONLY_ADMINISTRATOR,
    "subscription_see": Rule(_ADMINISTRATOR, own=_ALL, part="notifications"),
    "subscription_add": Rule(_ALL, part="notifications"),
    "subscription_change": Rule(_ADMINISTRATOR, own=_ALL, part="notifications"),
    "subscription_delete": Rule(_ADMINISTRATOR, own=_ALL, part="notifications"),
    "panel_see": ONLY_ADMINISTRATOR,
    "panel_verify": ONLY_ADMINISTRATOR,
    "panel_backup": ONLY_ADMINISTRATOR,
    "metrics_see": Rule(_ADMINISTRATOR, part="metrics"),
}
"""Operations go by their module's name."""

QUEUES = ("main", "cron", "mail")

SCOPES: dict[str, str] = {
    "see": "look at everything that its owner may see",
    "site": "everything that can be done to sites, their aliases and what a move kept",
    "backup": "delete and download backups",
    "platform": "add, verify, lock and delete platforms, and move all sites of one",
    "task": "cancel and retry tasks",
    "client": "look after clients",
    "user": "look after people",
    "server": "verify servers; verify and back up Aegir itself",
    "setting": "settings, features and queues",
    "metrics": "read the metrics",
    "all": "everything that its owner may do, but make further tokens",
}
"""What a token may be limited to."""

_WITHIN = {
    "pair": "site",
    "cron": "site",
    "fleet": "platform",
    "advisory": "platform",
    "credential": "setting",
    "feature": "setting",
    "panel": "server",
    "queue": "setting",
    "subscription": "setting",
}


_NO_TOKENS = ("token_add", "token_revoke", "user_grant", "user_link", "user_reset_factors")
"""What would let a program become more than its token is."""


def within(action: str, scopes: frozenset[str]) -> bool:
    """Whether a token of those scopes reaches to that action."""
    if action in _NO_TOKENS:
        return False
    noun = action.partition("_")[0]
    if action.endswith("_see") and noun != "metrics" and "see" in scopes:
        return True
    return not scopes.isdisjoint({"all", _WITHIN.get(noun, noun)})
