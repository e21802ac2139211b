"""The audit can only be added to, and whoever gets around that is found out."""

from __future__ import annotations

import csv
import hashlib
import io
import json
from collections.abc import Callable

import pytest
from django.db import DatabaseError, connection, transaction
from django.db.models import F

from aegir.models import AuditEntry, AuditHead
from aegir.models.audit import GENESIS, SAID
from aegir.models.audit_export import COLUMNS, csv_lines, json_lines

pytestmark = pytest.mark.django_db


def record(number: int = 5, **said: object) -> list[AuditEntry]:
    own = {
        "actor": "alice",
        "door": "page",
        "action": "site_verify",
        "outcome": "done",
        "about": "example.org",
    }
    return [AuditEntry.record(**{**own, "details": {"n": each}, **said}) for each in range(number)]


def without_triggers() -> None:
    for what in ("UPDATE", "DELETE"):
        with connection.cursor() as cursor:
            cursor.execute(f"DROP TRIGGER audit_keeps_{what}")


def broken() -> list[str]:
    return list(AuditEntry.broken())


def test_every_row_follows_the_one_before() -> None:
    first, *_, last = record()
    assert (first.previous, AuditHead.objects.get().digest) == (GENESIS, last.digest)
    assert AuditHead.objects.get().length == 5
    assert broken() == []


def test_an_audit_without_a_row_is_whole() -> None:
    assert broken() == []


@pytest.mark.parametrize(
    "change", ["UPDATE aegir_auditentry SET actor = 'bob'", "DELETE FROM aegir_auditentry"]
)
def test_the_database_forbids_to_change_or_remove_a_row(change: str) -> None:
    record()
    with pytest.raises(DatabaseError, match="can only be added to"), transaction.atomic():
        connection.cursor().execute(change)
    with pytest.raises(DatabaseError), transaction.atomic():
        connection.cursor().execute("INSERT OR REPLACE INTO aegir_auditentry SELECT * FROM aegir_auditentry")
    assert AuditEntry.objects.filter(actor="alice").count() == 5
    assert broken() == []


def _changed(rows: list[AuditEntry]) -> None:
    AuditEntry.objects.filter(pk=rows[2].pk).update(actor="mallory")


def _changed_with_digest(rows: list[AuditEntry]) -> None:
    rows[2].actor = "mallory"
    AuditEntry.objects.filter(pk=rows[2].pk).update(actor="mallory", digest=rows[2].computed())


def _removed(rows: list[AuditEntry]) -> None:
    AuditEntry.objects.filter(pk=rows[2].pk).delete()


def _removed_last(rows: list[AuditEntry]) -> None:
    AuditEntry.objects.filter(pk=rows[4].pk).delete()


def _removed_first(rows: list[AuditEntry]) -> None:
    AuditEntry.objects.filter(pk=rows[0].pk).delete()


def _removed_all(rows: list[AuditEntry]) -> None:
    AuditEntry.objects.all().delete()


def _reordered(rows: list[AuditEntry]) -> None:
    for old, new in ((rows[1].pk, 10**6), (rows[2].pk, rows[1].pk), (10**6, rows[2].pk)):
        AuditEntry.objects.filter(pk=old).update(id=new)


def _inserted(rows: list[AuditEntry]) -> None:
    AuditEntry.objects.filter(pk__gt=rows[2].pk).order_by("-pk").update(id=F("id") + 100)
    _forge(rows[2].digest, rows[2].pk + 1)


def _added(rows: list[AuditEntry]) -> None:
    _forge(rows[4].digest, rows[4].pk + 1)


def _head_moved(rows: list[AuditEntry]) -> None:
    AuditEntry.objects.filter(pk=rows[4].pk).delete()
    AuditHead.objects.update(length=4)


def _forge(previous: str, number: int) -> None:
    row = AuditEntry(pk=number, previous=previous, actor="mallory", door="page", action="x", outcome="done",
                     at=AuditEntry.objects.latest("pk").at)  # fmt: skip
    row.digest = row.computed()
    row.save(force_insert=True)


@pytest.mark.parametrize(
    ("tamper", "sentences"),
    [
        (_changed, ["Entry {2} was changed after it was written."]),
        (_changed_with_digest, [
            "Entry {3} does not follow the one before it: an entry is missing or was added.",
        ]),
        (_removed, ["Entry {3} does not follow the one before it: an entry is missing or was added.",
                    "There are 4 entries where 5 were written: the end is missing or was changed."]),
        (_removed_last, ["There are 4 entries where 5 were written: the end is missing or was changed."]),
        (_removed_first, ["Entry {1} does not follow the one before it: an entry is missing or was added.",
                          "There are 4 entries where 5 were written: the end is missing or was changed."]),
        (_removed_all, ["There are 0 entries where 5 were written: the end is missing or was changed."]),
        (_reordered, ["Entry {1} does not follow the one before it: an entry is missing or was added.",
                      "Entry {2} does not follow the one before it: an entry is missing or was added.",
                      "Entry {3} does not follow the one before it: an entry is missing or was added."]),
        (_inserted, ["Entry {1}03 does not follow the one before it: an entry is missing or was added.",
                     "There are 6 entries where 5 were written: the end was added."]),
        (_added, ["There are 6 entries where 5 were written: the end was added."]),
        (_head_moved, ["There are 4 entries where 4 were written: the end is missing or was changed."]),
    ],
)  # fmt: skip
def test_tampering_is_found(tamper: Callable[[list[AuditEntry]], None], sentences: list[str]) -> None:
    rows = record()
    without_triggers()
    tamper(rows)
    if tamper is _inserted:
        wanted = [sentences[0].replace("{1}03", str(rows[3].pk + 100)), sentences[1]]
    else:
        wanted = [sentence.format(*(row.pk for row in rows)) for sentence in sentences]
    assert broken() == wanted


HOSTILE = {"nul": "a\0b", "half": "\ud800", "line": "a\r\nb\u2028", "html": "<script>", "big": 2**80,
           "float": 1e300, "endless": float("inf"), "none": None, "yes": True, "list": [1, {"x": "\0"}],
           "quote": "'\";--", "ke\0y": 1}  # fmt: skip


def test_whatever_is_said_is_kept_so_that_it_stays_whole() -> None:
    record(1, details=HOSTILE, about="a\0b\ud800", sentence="«Größe» 中", actor="x" * 200)
    entry = AuditEntry.objects.get()
    assert (entry.about, entry.details["float"], entry.details["nul"]) == ("a?b?", "1e+300", "a?b")
    assert broken() == []


def test_the_lines_verify_without_a_database() -> None:
    record(3, details={"ü": "«x»"})
    record(1, sentence="no")
    previous = GENESIS
    for line in json_lines(AuditEntry.objects.all()):
        row = json.loads(line)
        assert line.count("\n") == 1
        assert row["previous"] == previous
        text = json.dumps([previous, *(row[name] for name in SAID)], sort_keys=True, separators=(",", ":"))
        assert hashlib.sha256(text.encode()).hexdigest() == row["digest"]
        previous = row["digest"]
    assert previous == AuditHead.objects.get().digest


def test_no_cell_of_the_table_is_a_formula() -> None:
    bad = ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "  =cmd|' /C calc'!A0", "＝1", "|x", "\n=1"]
    for text in bad:
        record(1, about=text, actor=text, sentence=f'say "{text}", twice\nand on', details={})
    fine = record(1, about='ex,am"ple', details={"n": 1})
    lines = csv_lines(AuditEntry.objects.all())
    heading, *rows = csv.reader(io.StringIO("".join(lines), newline=""))
    assert tuple(heading) == COLUMNS
    got = [dict(zip(heading, row, strict=True)) for row in rows]
    assert [row["about"] for row in got] == [*(f"'{text}" for text in bad), 'ex,am"ple']
    assert got[0]["sentence"] == 'say "=1+1", twice\nand on'
    assert got[-1]["digest"] == fine[0].digest
    for row in got:
        for cell in row.values():
            assert not cell.lstrip(" ").startswith(("=", "+", "-", "@", "\t", "\r", "|", "＝"))
