"""What depends on the database in the audit, messages and metrics, on PostgreSQL."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from aegir import settings
from tests.live.postgresql import postgresql

WORK = """
import json, django
django.setup()
from django.core.management import call_command
call_command("migrate", verbosity=0)
from django.db import DatabaseError, connection, transaction
from aegir.engine.ending import end
from aegir.models import AuditEntry, Message, Subscription, Tally, Task
from aegir.pages import metrics
from tests import doors
from tests.models.test_audit import HOSTILE

told = {"refused": []}
for about in ("one", "two", "three"):
    said = {"about": about + "\\0", "details": HOSTILE}
    AuditEntry.record(actor="alice", door="page", action="x", outcome="done", **said)
table = "aegir_auditentry"
for change in (
    f"UPDATE {table} SET actor = 'bob'", f"DELETE FROM {table}", f"TRUNCATE {table}",
    f"TRUNCATE {table} CASCADE",
    f"INSERT INTO {table} SELECT * FROM {table} ON CONFLICT (id) DO UPDATE SET actor = 'bob'",
):
    try:
        with transaction.atomic():
            connection.cursor().execute(change)
    except DatabaseError as error:
        told["refused"].append(str(error).splitlines()[0])
told["whole"] = list(AuditEntry.broken())
with connection.cursor() as cursor:
    cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
second = AuditEntry.objects.order_by("pk")[1]
AuditEntry.objects.filter(pk=second.pk).update(details={"n": 1})
told["changed"] = list(AuditEntry.broken()) == [f"Entry {second.pk} was changed after it was written."]

alice, site = doors.alice(), doors.site()
address = "a@example.org"
Subscription.objects.create(
    owner=alice, name="n", kind="email", target=address, confirmed=address, outcomes=["failed"]
)
for _ in range(2):
    task = doors.task("running", subject_id=site.pk)
    with transaction.atomic():
        end(task, Task.State.FAILED, error="no")
told["messages"] = [message.task_id for message in Message.objects.due()] == [task.pk - 1, task.pk]
told["begun"] = [message.begin() for message in Message.objects.due()]
told["tally"] = list(Tally.objects.values_list("operation", "state", "count"))
line = 'aegir_tasks_ended_total{operation="site_verify",state="failed"} 2.0'
from django.core.cache import cache
from tests.models.test_remembered import _at_once
told["added"] = sum(_at_once(lambda number: cache.add("a", [0.5], 600)))
cache.set("a", 0, 600)
told["counted"] = sorted(_at_once(lambda number: cache.incr("a"))) == list(range(1, 25))
from tests.models.test_quota import given_at_once
told["given"] = given_at_once()
told["metrics"] = line in metrics.text().decode()
print(json.dumps(told))
"""


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Any:
    home = tmp_path_factory.mktemp("home")
    shutil.copy(settings.AEGIR_HOME / "secret.key", home)
    with postgresql() as address:
        environment = {"AEGIR_DATABASE": address, "AEGIR_HOME": str(home), "PATH": "/usr/bin:/bin"}
        environment |= {"DJANGO_SETTINGS_MODULE": "aegir.settings"}
        done = subprocess.run(
            [sys.executable, "-c", WORK], env=environment, capture_output=True, text=True, check=False,
            cwd=Path(__file__).parents[2],
        )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_there_too_the_audit_can_only_be_added_to(told: Any) -> None:
    assert told["refused"] == ["the audit can only be added to"] * 5
    assert told["whole"] == []


def test_whoever_gets_around_that_is_found_out(told: Any) -> None:
    assert told["changed"]


def test_an_end_is_told_and_counted(told: Any) -> None:
    assert told["messages"]
    assert told["begun"] == [True, True]
    assert told["tally"] == [["site_verify", "failed", 2]]
    assert told["metrics"]


def test_of_many_at_once_one_is_remembered_and_all_are_counted(told: Any) -> None:
    assert told["added"] == 1
    assert told["counted"]


def test_of_many_sites_given_at_once_a_client_gets_no_more_than_it_may_have(told: Any) -> None:
    assert told["given"] == [5, 5]
