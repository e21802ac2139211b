"""Aegir as a Django application."""

from django.apps import AppConfig


class AegirConfig(AppConfig):
    name = "aegir"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from aegir import checks  # noqa: F401  (registers the checks)
        from aegir.pages import sessions  # noqa: F401  (hears of everybody who signs in)
