"""Aegir's own rows in PostgreSQL: every migration runs, and the audit can only be added to there as well."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from aegir.settings_database import database
from tests.live.postgresql import postgresql

WORK = """
import django, os
django.setup()
from django.core.management import call_command
call_command("migrate", verbosity=0)
from django.db import DatabaseError, transaction
from aegir.models import AuditEntry
for about in ("one", "two"):
    AuditEntry.record(actor="alice", door="page", action="site_migrate", about=about, outcome="done")
for change in (lambda rows: rows.update(actor="bob"), lambda rows: rows.delete()):
    try:
        with transaction.atomic():
            change(AuditEntry.objects.filter(about="one"))
    except DatabaseError as error:
        print(str(error).splitlines()[0])
print(AuditEntry.objects.count(), list(AuditEntry.broken()))
from django.db import connection
from aegir.models import Task, package
with connection.cursor() as cursor:
    cursor.execute("SHOW jit")
    print(*cursor.fetchone())
    cursor.execute("SET enable_seqscan = off")
print("task_parts_of_subject_name" in Task.objects.filter(subject_name__icontains="site4711").explain())
print(package.called("views"))
from aegir.models import SiteName
print("sitename_parts_of_name" in SiteName.objects.filter(name__icontains="site4711").explain())
"""


def test_all_tables_are_made_and_the_audit_forbids_changes(tmp_path: Path) -> None:
    with postgresql() as address:
        environment = {"AEGIR_DATABASE": address, "AEGIR_HOME": str(tmp_path), "PATH": "/usr/bin:/bin"}
        environment["DJANGO_SETTINGS_MODULE"] = "aegir.settings"
        done = subprocess.run(
            [sys.executable, "-c", WORK], env=environment, capture_output=True, text=True, check=False
        )
    assert done.returncode == 0, done.stderr
    forbidden = ["the audit can only be added to"] * 2
    assert done.stdout.splitlines() == [
        *forbidden,
        "2 []",
        "off",
        "True",
        "(AND: ('name__in', set()))",
        "True",
    ]


@pytest.mark.parametrize("address", ["mysql://x/y", "postgresql://host", "aegir.sqlite3"])
def test_another_address_is_refused(address: str) -> None:
    with pytest.raises(ValueError, match="must look like"):
        database(address, Path("/nowhere"))


def test_an_address_says_all_that_libpq_needs() -> None:
    said = database("postgresql://al%40ice:s%2Fcret@db.example.org:6432/aegir?sslmode=require", Path("/x"))
    assert (said["USER"], said["PASSWORD"], said["HOST"]) == ("al@ice", "s/cret", "db.example.org")
    assert (said["PORT"], said["NAME"], said["OPTIONS"]) == ("6432", "aegir", {"sslmode": "require"})
