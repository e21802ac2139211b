"""Pages about the audit."""

from __future__ import annotations

import csv
import io
import json
from datetime import datetime

import pytest
from django.db import connection
from django.http import StreamingHttpResponse
from django.test import Client

from aegir.models import AuditEntry, AuditHead
from aegir.models.audit import GENESIS, SAID, digest
from tests.pages.fields import menu

pytestmark = pytest.mark.django_db


@pytest.fixture
def entries(db: None) -> list[AuditEntry]:
    own = {"door": "page", "action": "site_verify", "about": "example.org", "outcome": "done"}
    return [
        AuditEntry.record(actor="anna", **own),
        AuditEntry.record(actor="=1+1", **{**own, "action": "site_delete", "outcome": "refused"},
                          sentence="Not <now>.", details={"domain": "example.org"}),
        AuditEntry.record(actor="olga", **{**own, "about": "other.org", "door": "api"}),
    ]  # fmt: skip


def text(client: Client, address: str) -> str:
    response = client.get(address)
    assert response.status_code == 200, address
    return str(response.content.decode())


def exported(client: Client, address: str) -> str:
    response = client.get(address)
    assert isinstance(response, StreamingHttpResponse)
    assert response["Content-Disposition"].startswith('attachment; filename="audit-')
    return b"".join(response).decode()  # type: ignore[arg-type]  # it streams without async


def test_entries_are_narrowed_and_read_one_by_one(alice: Client, entries: list[AuditEntry]) -> None:
    shown = {number: f'href="/audit/{entries[number].pk}"' for number in range(3)}
    for asked, there in {
        "": [0, 1, 2],
        "actor=anna": [0],
        "about=other.org": [2],
        "outcome=refused": [1],
        "door=api": [2],
        "action=site_delete": [1],
        "q=Not": [1],
        "from=2999-01-01": [],
        "to=2999-01-01": [0, 1, 2],
        "from=x": [0, 1, 2],
    }.items():
        page = text(alice, f"/audit?{asked}")
        assert [number for number in shown if shown[number] in page] == there, asked
    page = text(alice, f"/audit/{entries[1].pk}")
    assert "Not &lt;now&gt;." in page
    assert entries[1].digest in page
    assert f"/audit/{entries[2].pk}" in page, "the next one"
    assert alice.get("/audit/99999").status_code == 404
    assert alice.get(f"/audit/{'9' * 30}").status_code == 404


def test_a_change_is_found_there_at_once(alice: Client) -> None:
    alice.post("/features/drush", {"on": "no"})
    page = text(alice, "/audit?q=drush")
    assert "feature switch" in page
    assert ">alice<" in page


def test_the_exported_lines_can_be_verified_elsewhere(alice: Client, entries: list[AuditEntry]) -> None:
    lines = [json.loads(line) for line in exported(alice, "/audit/export?format=jsonl").splitlines()]
    assert [line["id"] for line in lines] == [row.pk for row in entries]
    previous = GENESIS
    for line in lines:
        said = [line[name] for name in SAID[1:]]
        assert line["previous"] == previous
        assert line["digest"] == digest(previous, datetime.fromisoformat(line["at"]), *said)
        previous = line["digest"]
    assert previous == AuditHead.objects.get().digest


def test_a_table_holds_what_the_page_showed_and_no_formula(alice: Client, entries: list[AuditEntry]) -> None:
    rows = list(csv.DictReader(io.StringIO(exported(alice, "/audit/export?format=csv&outcome=refused"))))
    assert [(row["id"], row["actor"]) for row in rows] == [(str(entries[1].pk), "'=1+1")]


def test_a_chain_that_holds_is_vouched_for(alice: Client, entries: list[AuditEntry]) -> None:
    page = text(alice, "/audit/verify")
    assert "3 entries, and nobody changed" in page
    assert entries[2].digest in page


@pytest.mark.parametrize(
    ("tampering", "sentence"),
    [
        ("UPDATE aegir_auditentry SET actor = 'nobody' WHERE id = {0}", "Entry {0} was changed"),
        ("DELETE FROM aegir_auditentry WHERE id = {0}", "Entry {1} does not follow the one before it"),
        ("DELETE FROM aegir_auditentry WHERE id = {2}", "There are 2 entries where 3 were written"),
    ],
)
def test_whoever_got_around_the_database_is_found_out(
    alice: Client, entries: list[AuditEntry], tampering: str, sentence: str
) -> None:
    numbers = [row.pk for row in entries]
    with connection.cursor() as cursor:
        for what in ("UPDATE", "DELETE"):
            cursor.execute(f"DROP TRIGGER audit_keeps_{what}")
        cursor.execute(tampering.format(*numbers))
    page = text(alice, "/audit/verify")
    assert "The chain does not hold." in page
    assert sentence.format(*numbers) in page


def test_only_administrators_read_it(alice: Client, bob: Client, entries: list[AuditEntry]) -> None:
    assert ["/audit" in menu(client) for client in (alice, bob)] == [True, False]
    for address in ("/audit", "/audit/export", "/audit/verify", f"/audit/{entries[0].pk}"):
        assert bob.get(address).status_code == 403, address
