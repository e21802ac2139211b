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

        connection_created.connect(_planned, dispatch_uid="planned")


def _planned(connection: BaseDatabaseWrapper, **more: Any) -> None:
    """Tell PostgreSQL to compile no query, which takes longer than the longest of ours; and that going along
    an index costs little, since ours fit in memory: it would read all packages for those of one client."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SET jit = off; SET random_page_cost = 1.1")
