"""Archives are fetched by an address that is good for one person, for ten minutes."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from asgiref.sync import async_to_sync
from django.test import AsyncClient, Client

from aegir.access import download
from aegir.models import AuditEntry, Backup, User
from aegir.models import Client as Customer
from tests import doors

pytestmark = pytest.mark.django_db
BYTES = bytes(range(256)) * 4


@pytest.fixture
def archive() -> Backup:
    made = doors.backup(doors.site())
    made.path.write_bytes(BYTES)
    return made


def link(client: Client, backup: Backup) -> str:
    answer = client.get(f"/api/backups/{backup.pk}/download-link")
    assert answer.status_code == 200, answer.content
    address: str = answer.json()["address"]
    return address.removeprefix("http://testserver")


def fetch(address: str, method: str = "get", **headers: str) -> tuple[Any, bytes]:
    """As a browser without any session does it."""

    async def whole() -> tuple[Any, bytes]:
        response = await getattr(AsyncClient(), method)(address, headers=headers)
        if not response.streaming:
            return response, response.content
        return response, b"".join([part async for part in response.streaming_content])

    return async_to_sync(whole)()


def test_an_archive_is_given_whole_with_its_name_and_written_down(signed_in: Client, archive: Backup) -> None:
    response, body = fetch(link(signed_in, archive))
    assert (response.status_code, body) == (200, BYTES)
    assert response["Content-Length"] == str(len(BYTES))
    assert response["Content-Type"] == "application/zstd"
    assert f'filename="example.org-{archive.pk}.tar.zst"' in response["Content-Disposition"]
    assert response["Cache-Control"] == "no-store"
    assert response["X-Content-Type-Options"] == "nosniff"
    entry = AuditEntry.objects.get(action="backup_download")
    assert (entry.actor, entry.about) == ("alice", str(archive))


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        ("bytes=1000-", (206, BYTES[1000:], "bytes 1000-1023/1024")),
        ("bytes=0-0", (206, BYTES[:1], "bytes 0-0/1024")),
        ("bytes=10-5000", (206, BYTES[10:], "bytes 10-1023/1024")),
        ("bytes=-24", (206, BYTES[1000:], "bytes 1000-1023/1024")),
        ("bytes=1024-", (416, b"", "bytes */1024")),
        ("bytes=-0", (416, b"", "bytes */1024")),
        ("bytes=0-1,5-6", (200, BYTES, None)),
        ("bytes=5-1", (200, BYTES, None)),
        ("lines=1-2", (200, BYTES, None)),
    ],
)
def test_a_broken_off_download_goes_on_where_it_was(
    signed_in: Client, archive: Backup, wanted: str, expected: tuple[int, bytes, str | None]
) -> None:
    address = link(signed_in, archive)
    response, given = fetch(address, Range=wanted)
    assert (response.status_code, given, response.get("Content-Range")) == expected
    head, nothing = fetch(address, "head", Range=wanted)
    assert (head.status_code, nothing, head.get("Content-Range")) == (expected[0], b"", expected[2])


def test_another_archive_under_the_same_address_is_not_patched_together(
    signed_in: Client, archive: Backup
) -> None:
    headers = {"Range": "bytes=1000-", "If-Range": '"of another one"'}
    response, body = fetch(link(signed_in, archive), **headers)
    assert (response.status_code, body) == (200, BYTES)


@pytest.mark.parametrize("end", ["too old", "changed", "shut out", "site given away", "deleted", "gone"])
def test_an_address_that_is_over_gives_nothing(archive: Backup, end: str, monkeypatch: Any) -> None:
    anna = User.objects.create(username="anna")
    acme = Customer.add(name="acme", email="a@example.org")
    acme.users.add(anna)
    archive.site.give(acme)
    client = Client()
    client.force_login(anna)
    address = link(client, archive)
    match end:
        case "too old":
            monkeypatch.setattr(download, "LIFETIME", timedelta(seconds=-1))
        case "changed":
            address = address[:-1] + ("A" if address[-1] != "A" else "B")
        case "shut out":
            User.objects.update(is_active=False)
        case "site given away":
            archive.site.give(None)
        case "deleted":
            Backup.objects.update(state=Backup.State.DELETED)
        case "gone":
            archive.path.unlink()
    response, body = fetch(address)
    assert response.status_code == 404
    assert BYTES not in body
    assert not AuditEntry.objects.filter(action="backup_download").exists()


def test_a_platform_manager_sees_a_backup_and_does_not_get_it(archive: Backup) -> None:
    paul = User.objects.create(username="paul")
    paul.grants.create(role="platform_manager")
    client = Client()
    client.force_login(paul)
    assert client.get(f"/api/backups/{archive.pk}").status_code == 200
    assert client.get(f"/api/backups/{archive.pk}/download-link").status_code == 403
