"""Addresses of people and clients, and of looking after Aegir itself."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import ParamSpec

from django.http import Http404
from django.http.response import HttpResponseBase
from django.urls import URLPattern, path

from aegir.models import feature
from aegir.pages import (
    audit,
    client_people,
    clients,
    defaults,
    features,
    own,
    subscriptions,
    user_access,
    users,
)

Arguments = ParamSpec("Arguments")


def _part(name: str, view: Callable[Arguments, HttpResponseBase]) -> Callable[Arguments, HttpResponseBase]:
    """The view, while that part is on; what is off is gone."""

    @wraps(view)
    def entered(*args: Arguments.args, **kwargs: Arguments.kwargs) -> HttpResponseBase:
        if not feature.on(name):
            raise Http404
        return view(*args, **kwargs)

    return entered


CLIENT, USER, TELLING = "clients/<name>", "users/<username>", "notifications/<int:number>"

people: list[URLPattern] = [
    path("clients", _part("clients", clients.clients), name="clients"),
    path("new/client", _part("clients", clients.add), name="client_add"),
    path(CLIENT, _part("clients", clients.client), name="client"),
    path(f"{CLIENT}/edit", _part("clients", clients.edit), name="client_edit"),
    path(f"{CLIENT}/delete", _part("clients", clients.delete), name="client_delete"),
    path(f"{CLIENT}/people", _part("clients", client_people.join), name="client_join"),
    path(f"{CLIENT}/people/<username>/remove", _part("clients", client_people.part_with), name="client_part"),
    path(f"{CLIENT}/invite", _part("clients", client_people.invite), name="client_invite"),
    path(f"{CLIENT}/platforms", _part("clients", clients.share), name="client_share"),
    path("users", users.users, name="users"),
    path("new/user", users.add, name="user_add"),
    path(USER, users.user, name="user"),
    path(f"{USER}/edit", users.edit, name="user_edit"),
    path(f"{USER}/roles", user_access.grant, name="user_grant"),
    path(f"{USER}/clients", _part("clients", user_access.join), name="user_join"),
    path(f"{USER}/link", user_access.send_link, name="user_link"),
    path(f"{USER}/access", user_access.allow, name="user_allow"),
    path(f"{USER}/sign-out", user_access.sign_out, name="user_sign_out"),
    path(f"{USER}/tokens/<int:number>/revoke", _part("tokens", user_access.revoke), name="user_token_revoke"),
    path(f"{USER}/second-factor/remove", user_access.reset_factors, name="user_reset_factors"),
    path(f"{USER}/delete", users.delete, name="user_delete"),
]

overseeing: list[URLPattern] = [
    path("notifications", _part("notifications", subscriptions.subscriptions), name="subscriptions"),
    path("new/notification", _part("notifications", subscriptions.add), name="subscription_add"),
    path(TELLING, _part("notifications", subscriptions.subscription), name="subscription"),
    path(f"{TELLING}/edit", _part("notifications", subscriptions.edit), name="subscription_edit"),
    path(f"{TELLING}/delete", _part("notifications", subscriptions.delete), name="subscription_delete"),
    path(f"{TELLING}/test", _part("notifications", subscriptions.test), name="subscription_test"),
    path(f"{TELLING}/link", _part("notifications", subscriptions.link), name="subscription_link"),
    path(
        "notifications/confirm/<token>",
        _part("notifications", subscriptions.confirm),
        name="subscription_confirm",
    ),
    path(f"{TELLING}/secret", _part("webhooks", subscriptions.secret), name="subscription_secret"),
    path(
        f"{TELLING}/deliveries/<int:delivery>/again",
        _part("notifications", subscriptions.again),
        name="subscription_again",
    ),
    path("panel", own.panel, name="panel"),
    path("panel/verify", own.verify, name="panel_verify"),
    path("panel/backup", own.backup, name="panel_backup"),
    path("audit", audit.audit, name="audit"),
    path("audit/export", audit.export, name="audit_export"),
    path("audit/verify", audit.verify, name="audit_verify"),
    path("audit/<int:number>", audit.entry, name="audit_entry"),
    path("features", features.features, name="features"),
    path("features/<name>", features.switch, name="feature_switch"),
    path("settings", defaults.settings, name="settings"),
    path("settings/mail/test", defaults.mail, name="settings_mail"),
    path("settings/<name>/reset", defaults.reset, name="setting_reset"),
    path("settings/<group>", defaults.save, name="settings_save"),
]
