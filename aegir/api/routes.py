"""All nouns in one API; its description lies at ``/api/openapi.json``."""

from __future__ import annotations

from functools import cached_property
from typing import Any

from django.http import HttpRequest, HttpResponse
from ninja import NinjaAPI

from aegir.api import (
    advisories,
    aliases,
    audit,
    backups,
    bulk,
    clients,
    comparison,
    credentials,
    cron,
    errors,
    features,
    fleets,
    once,
    own,
    packages,
    platform_comparison,
    platforms,
    queues,
    servers,
    settings,
    site_verbs,
    sites,
    subscriptions,
    tasks,
    tokens,
    users,
)
from aegir.api.auth import SocketOrSession, Token

ERROR = {"application/json": {"schema": {"$ref": "#/components/schemas/ErrorAnswer"}}}
KEY = {
    "in": "header",
    "name": once.HEADER,
    "required": False,
    "description": "The same key with the same request is answered with the same words for 24 hours, and "
    "nothing is done twice.",
    "schema": {"type": "string", "minLength": 1, "maxLength": 200, "pattern": "^[!-~]+$"},
}


class Api(NinjaAPI):
    """Ninja's, with idempotency: an answer is kept in the very thread that made it, so that it is there for
    whoever broke off and asks again."""

    def create_response(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        response = super().create_response(request, *args, **kwargs)
        once.settle(request, response)
        return response

    def on_exception(self, request: HttpRequest, exc: Exception | type[Exception]) -> HttpResponse:
        response = super().on_exception(request, exc)
        once.settle(request, response)
        return response

    def get_openapi_schema(
        self, *, path_prefix: str | None = None, path_params: dict[str, Any] | None = None
    ) -> Any:
        """The description, made once: it hangs on nothing but the code."""
        return self._description

    @cached_property
    def _description(self) -> Any:
        """With what all changes have in common."""
        description = super().get_openapi_schema()
        for methods in description["paths"].values():
            for method, operation in methods.items():
                if method.upper() in once.METHODS:
                    operation["parameters"].append(KEY)
                    operation["responses"][409] = {"description": "Conflict", "content": ERROR}
                operation["responses"][429]["headers"] = {
                    "Retry-After": {"required": True, "schema": {"type": "integer"}}
                }
        return description


api = Api(
    title="Aegir",
    version="1",
    description="Hosts Drupal sites. What takes time is answered at once with a task to follow.",
    auth=[Token(), SocketOrSession()],
    docs_url=None,
    urls_namespace="api",
)
for noun in (servers, platforms, fleets, credentials, clients, users, tokens, backups, packages, tasks,
             advisories, queues, cron, settings, features, subscriptions, audit):  # fmt: skip
    api.add_router(f"/{noun.__name__.rpartition('.')[2]}", noun.router)
api.add_router("/platforms", platform_comparison.router)
api.add_router("/panel", own.router)
# Before the sites themselves: no domain is called so, having a dot.
api.add_router("/sites", bulk.router)
for more in (sites, site_verbs, aliases, comparison):
    api.add_router("/sites", more.router)
errors.register(api)
once.register(api)
