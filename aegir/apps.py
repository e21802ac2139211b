"""Aegir as a Django application."""

from typing import Any

from django.apps import AppConfig
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.signals import connection_created


class AegirConfig(AppConfig):
    name = "aegir"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from aegir import checks  # noqa: F401  (registers the checks)
        from aegir.pages import sessions  # noqa: F401  (hears of everybody who signs in)

        connection_created.connect(_not_compiled, dispatch_uid="not compiled")


def _not_compiled(connection: BaseDatabaseWrapper, **more: Any) -> None:
    """Tell PostgreSQL to compile no query: that takes longer than the longest of ours."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SET jit = off")
