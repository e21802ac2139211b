"""Who may do what, and see what. Every door asks here before it shows or starts anything.

``table`` is the table, ``actor`` answers from it, ``seen`` are the queries, ``asking`` starts operations.
"""

from aegir.access.actor import (
    Actor,
    Forbidden,
    NotFound,
    actor_of,
    allowed,
    anywhere,
    may,
    on_this_machine,
    owns,
    require,
    there,
    wording,
)
from aegir.access.asking import ask, cancel, check, retry
from aegir.access.seen import (
    audit,
    backup,
    backups,
    client,
    clients,
    credential,
    credentials,
    fleet,
    fleets,
    kept_pair,
    kept_pairs,
    messages,
    open_platforms,
    packages,
    part,
    platform,
    platforms,
    queue,
    server,
    servers,
    setting,
    site,
    sites,
    subscription,
    subscriptions,
    task,
    tasks,
    token,
    tokens,
    user,
    users,
)
from aegir.access.table import ACTIONS, QUEUES, SCOPES, Role, Rule
from aegir.access.trying import tried

__all__ = [
    "ACTIONS", "QUEUES", "SCOPES", "Actor", "Forbidden", "NotFound", "Role", "Rule", "actor_of", "allowed",
    "anywhere", "ask", "audit", "backup", "backups", "cancel", "check", "client", "clients",
    "credential", "credentials", "fleet", "fleets", "kept_pair", "kept_pairs",
    "may", "messages", "on_this_machine", "open_platforms", "owns", "packages", "part", "platform",
    "platforms", "queue", "require", "retry", "server", "servers", "setting", "site", "sites",
    "subscription", "subscriptions", "task", "tasks", "there", "token", "tokens", "tried", "user",
    "users", "wording",
]  # fmt: skip
