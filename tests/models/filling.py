"""Rows for tables as they were at some migration: something in every one of them."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.db import connection, models
from django.utils import timezone

MEANT = {
    "Package": {"version": "7.x-3.20"},
    "Subscription": {"kind": "email", "target": "one@example.org"},
    "Platform": {"state": "enabled", "version": "7.98", "major": 7},
    "Site": {"state": "enabled"},
    "Fleet": {"state": "moving"},
    "FleetSite": {"state": "moving"},
}
"""What matters to a migration; all else is made up."""
HOLDERS = {"Package": "platform"}
"""A reference that may be empty, and must not be."""


def fill(apps: Any) -> None:
    """One row in every table of ours that has none."""
    waiting = [model for model in apps.get_models() if model._meta.app_label == "aegir"]
    while waiting:
        ready = [model for model in waiting if not _needs(model) & set(waiting) - {model}]
        for model in ready or waiting[:1]:
            if not model._default_manager.exists():
                _row(model).save(force_insert=True)
            waiting.remove(model)


def counted(apps: Any) -> dict[str, int]:
    """How many rows there are, by table."""
    ours = [model for model in apps.get_models() if model._meta.app_label == "aegir"]
    with connection.cursor() as cursor:
        found = {}
        for model in ours:
            cursor.execute(f"SELECT COUNT(*) FROM {model._meta.db_table}")
            (found[model._meta.db_table],) = cursor.fetchone()
    return found


def _needs(model: Any) -> set[Any]:
    return {
        field.related_model for field in model._meta.concrete_fields if field.is_relation and _wanted(field)
    }


def _row(model: Any) -> Any:
    given = dict(MEANT.get(model.__name__, {}))
    known = {field.name for field in model._meta.concrete_fields}
    given = {name: value for name, value in given.items() if name in known}
    for field in model._meta.concrete_fields:
        if field.primary_key and isinstance(field, models.AutoField):
            continue
        if field.name not in given and _wanted(field):
            given[field.name] = _value(field)
    return model(**given)


def _wanted(field: Any) -> bool:
    if HOLDERS.get(field.model.__name__) == field.name:
        return True
    return not field.null and not field.has_default()


def _value(field: Any) -> Any:
    if field.is_relation:
        return field.related_model._default_manager.first()
    if isinstance(field, models.DateTimeField):
        return timezone.now()
    if isinstance(field, models.DurationField):
        return timedelta(hours=1)
    if isinstance(field, models.JSONField):
        return {}
    if isinstance(field, models.BooleanField):
        return False
    if isinstance(field, models.IntegerField):
        return 1
    if isinstance(field, models.BinaryField):
        return b"x"
    return field.name[: field.max_length]
