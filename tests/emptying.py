"""Tests with transactions of their own end by emptying every table, which the audit forbids: a plugin that
lets tests do so, and nobody else; and that spares them what Django does after each emptying."""

from __future__ import annotations

from collections.abc import Iterator
from importlib import import_module
from typing import Any

import pytest
from django.contrib.auth.management import create_permissions
from django.contrib.contenttypes.management import create_contenttypes
from django.db.backends.base.operations import BaseDatabaseOperations
from django.db.models.signals import post_migrate

TABLE = "aegir_auditentry"


@pytest.fixture(scope="session", autouse=True)
def the_audit_can_be_emptied_between_tests() -> Iterator[None]:
    own = BaseDatabaseOperations.execute_sql_flush

    def flush(operations: Any, statements: list[str]) -> None:
        first, last = _around(operations.connection.vendor)
        own(
            operations,
            [*first, *statements, *last] if any(TABLE in each for each in statements) else statements,
        )

    BaseDatabaseOperations.execute_sql_flush = flush
    yield
    BaseDatabaseOperations.execute_sql_flush = own


@pytest.fixture(scope="session", autouse=True)
def no_permissions_are_made_anew() -> None:
    """Django's own, for which Aegir never asks: making them takes eight times as long as the emptying."""
    assert post_migrate.disconnect(dispatch_uid=f"{create_permissions.__module__}.create_permissions")
    assert post_migrate.disconnect(create_contenttypes)


def _around(vendor: str) -> tuple[list[str], list[str]]:
    """What is said before and after."""
    if vendor != "sqlite":
        return [f"ALTER TABLE {TABLE} DISABLE TRIGGER USER"], [f"ALTER TABLE {TABLE} ENABLE TRIGGER USER"]
    forbidding = import_module("aegir.migrations.0004_audit_append_only").SQLITE[0]
    events = ("UPDATE", "DELETE")
    drops = [f"DROP TRIGGER IF EXISTS audit_keeps_{event}" for event in events]
    return drops, [forbidding.format(what=event) for event in events]
