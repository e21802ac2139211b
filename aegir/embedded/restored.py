"""Rows from an archive come to rest: up to date, opened by their key, and nothing in them goes on by itself.

``python -m aegir.embedded.restored ARCHIVE``, with AEGIR_HOME where rows and keys are.
"""

from __future__ import annotations

import os
import sys

import django
from django.core.management import call_command
from django.db import connection, transaction

from aegir.errors import Refused

REFUSED = 2
"""Exit code that says: not these rows, and the error stream says why in one sentence."""
BY = "restore"
LEAP = 10_000
"""By how much numbers jump: what was made since the archive was, bears the numbers in between."""
ERROR = "It was running when this backup of Aegir was made."
REMEDY = "Look whether {about} is as it should be, then give the task up: aegir task cancel {number}"


def settle(archive: str) -> None:
    """All of it. Refused when the rows are newer than this Aegir, damaged, or sealed with another key."""
    _refuse_faults()
    _refuse_newer()
    call_command("migrate", interactive=False, verbosity=0)
    _refuse_other_key()
    with transaction.atomic():
        _stop_tasks()
        _sign_everybody_out()
        _leap()
        _write_down(archive)


def _refuse_faults() -> None:
    from aegir import drivers
    from aegir.drivers.rows import name_of

    described = connection.settings_dict
    faults = drivers.load("rows", name_of(described))(described).faults()
    if faults:
        raise Refused(f"The rows in the archive are damaged: {faults[0]}")


def _refuse_newer() -> None:
    from django.db.migrations.loader import MigrationLoader

    loader = MigrationLoader(connection)
    ours = {app for app, _ in loader.graph.nodes}
    unknown = [name for app, name in loader.applied_migrations if app in ours and _lacks(loader, app, name)]
    if ("aegir", "0001_foundation") not in loader.applied_migrations:
        raise Refused("The rows in the archive are not Aegir's: take another archive.")
    if unknown:
        raise Refused(
            f"The archive comes from a newer Aegir, whose {unknown[0]} this one lacks: restore it with that"
            " one."
        )


def _lacks(loader: object, app: str, name: str) -> bool:
    disk: dict[tuple[str, str], object] = getattr(loader, "disk_migrations", {})
    replaced = {each for known in disk.values() for each in getattr(known, "replaces", [])}
    return (app, name) not in disk and (app, name) not in replaced


def _refuse_other_key() -> None:
    from cryptography.fernet import InvalidToken

    from aegir.models import Secret

    for secret in Secret.objects.iterator():
        try:
            secret.reveal()
        except InvalidToken:
            raise Refused("The key in the archive does not open its secrets: take another archive.") from None


def _stop_tasks() -> None:
    """What ran or waited then was settled since, or never will be: nothing is done twice, or undone late."""
    from aegir.engine import ledger
    from aegir.engine.ending import end
    from aegir.models import Task

    for task in Task.objects.filter(state=Task.State.RUNNING):
        if task.subject_kind == "panel":
            end(task, Task.State.CANCELLED, error=ERROR)
        else:
            said = REMEDY.format(about=task.subject_name, number=task.pk)
            end(task, Task.State.STUCK, error=ERROR, remedy=said)
    for task in Task.objects.filter(state=Task.State.QUEUED):
        ledger.cancel(task, by=BY)


def _sign_everybody_out() -> None:
    from django.contrib.sessions.models import Session

    Session.objects.all().delete()


def _leap() -> None:
    """Let the next rows have numbers that nothing on any host bears yet."""
    from django.apps import apps

    for model in apps.get_app_config("aegir").get_models():
        table, last = model._meta.db_table, model._meta.pk
        if last is None or last.get_internal_type() not in ("AutoField", "BigAutoField"):
            continue
        highest = model._default_manager.order_by("-pk").values_list("pk", flat=True).first() or 0
        with connection.cursor() as cursor:
            if connection.vendor == "sqlite":
                cursor.execute("SELECT seq FROM sqlite_sequence WHERE name = %s", [table])
                known = cursor.fetchone()
                cursor.execute("DELETE FROM sqlite_sequence WHERE name = %s", [table])
                reached = max(highest, known[0] if known else 0) + LEAP
                cursor.execute("INSERT INTO sqlite_sequence (name, seq) VALUES (%s, %s)", [table, reached])
            else:
                named = "pg_get_serial_sequence(%s, %s)"
                asked = f"SELECT setval({named}, GREATEST(nextval({named}), %s) + %s)"
                cursor.execute(asked, [table, last.column] * 2 + [highest, LEAP])


def _write_down(archive: str) -> None:
    from aegir.models import AuditEntry

    AuditEntry.record(actor=BY, door="command line", action="panel_restore", about=archive, outcome="done")


if __name__ == "__main__":
    os.umask(0o077)
    django.setup()
    try:
        settle(sys.argv[1])
    except Refused as refused:
        sys.stderr.write(f"{refused}\n")
        sys.exit(REFUSED)
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()
