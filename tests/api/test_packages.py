"""The registry over the API: who runs what, in which version."""

from __future__ import annotations

import asyncio
import csv
import io
import json

import pytest
from django.http import StreamingHttpResponse
from django.test import AsyncClient, Client

from aegir.models import Package, package_export
from tests import doors

pytestmark = pytest.mark.django_db


@pytest.fixture
def views() -> None:
    """Four sites and a platform that have views, each in another version."""
    home = doors.platform()
    for version in ("7.x-3.9", "7.x-3.20", "7.x-3.28", ""):
        site = doors.site(f"v{version.rpartition('.')[2]}.example.org", on=home)
        Package.objects.filter(site=site).delete()
        doors.package("views", version=version, site=site, enabled=version != "7.x-3.28")
    doors.package("views", version="7.x-3.10", platform=home)
    doors.package("views_ui", version="7.x-1.0", platform=home)
    doors.package("drupal", "core", "10.2.3", platform=home)


def test_who_runs_a_package_older_than_a_version(signed_in: Client, views: None) -> None:
    def found(asked: str) -> list[str]:
        answer = signed_in.get(f"/api/packages?{asked}")
        assert answer.status_code == 200, answer.content
        return [each["version"] for each in answer.json()["items"]]

    assert found("name=views&older_than=7.x-3.20&on=sites&sort=version") == ["7.x-3.9"]
    assert found("name=views&older_than=7.x-3.20&sort=version") == ["7.x-3.9", "7.x-3.10"]
    assert found("name=views&at_least=7.x-3.10&sort=-version") == ["7.x-3.28", "7.x-3.20", "7.x-3.10"]
    assert found("name=views&at_least=7.x-3.10&older_than=7.x-3.20") == ["7.x-3.10"]
    assert found("name=views&at_least=7.x-3.20&enabled=true") == ["7.x-3.20"]
    assert found("name=views&version=7.x-3.20") == ["7.x-3.20"]
    assert found("kind=core&at_least=9.5.11") == ["10.2.3"]
    assert found("q=VIEWS_U") == ["7.x-1.0"]


@pytest.mark.parametrize(
    ("asked", "field", "sentence"),
    [
        ("older_than=1.0", "name", "Say of which package"),
        ("name=views&older_than=new", "older_than", "«new» is no version"),
        ("name=views&at_least=", "at_least", "«» is no version"),
        ("name=views&version=%1B", "version", "«?» is no version"),
    ],
)
def test_what_cannot_be_compared_is_refused(signed_in: Client, asked: str, field: str, sentence: str) -> None:
    for address in ("/api/packages", "/api/packages/export"):
        answer = signed_in.get(f"{address}?{asked}")
        assert answer.status_code == 422
        error = answer.json()["error"]
        assert error["field"] == field
        assert sentence in error["message"]


def test_the_registry_leaves_as_one_file_however_long(
    signed_in: Client, views: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    for batch in (1, 2, 3, 1000):
        monkeypatch.setattr(package_export, "BATCH", batch)
        rows = json.loads(_file(signed_in, "/api/packages/export?name=views&format=json"))
        assert len(rows) == 5
        assert rows[0]["site"] == "v9.example.org"
        assert rows[0]["enabled"] is True
        table = list(csv.DictReader(io.StringIO(_file(signed_in, "/api/packages/export?name=views"))))
        assert [row["version"] for row in table] == [row["version"] for row in rows]
        assert list(table[0]) == list(package_export.COLUMNS) == list(rows[0])
    assert json.loads(_file(signed_in, "/api/packages/export?name=nothing&format=json")) == []
    assert _file(signed_in, "/api/packages/export?name=nothing").count("\n") == 1


def test_no_cell_of_the_table_is_a_formula(signed_in: Client) -> None:
    site = doors.site()
    made = doors.package("evil", site=site)
    Package.objects.filter(pk=made.pk).update(title='=HYPERLINK("http://x.example","y")', version="+1\n,2")
    (row,) = csv.DictReader(io.StringIO(_file(signed_in, "/api/packages/export?name=evil"), newline=""))
    assert row["title"] == '\'=HYPERLINK("http://x.example","y")'
    assert row["version"] == "'+1\n,2"


@pytest.mark.django_db(transaction=True)
def test_the_file_leaves_piece_by_piece(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(package_export, "BATCH", 1)
    site = doors.site()
    doors.package("views", site=site)
    client = AsyncClient(**{"aegir.door": "socket"})

    async def pieces() -> list[bytes]:
        response = await client.get("/api/packages/export?format=json")
        assert isinstance(response, StreamingHttpResponse)
        return [piece async for piece in response]  # type: ignore[union-attr]

    told = asyncio.run(pieces())
    assert len(told) == 4
    assert len(json.loads(b"".join(told))) == 2


def _file(client: Client, address: str) -> str:
    response = client.get(address)
    assert response.status_code == 200, response.content
    assert isinstance(response, StreamingHttpResponse)
    assert response["Content-Disposition"].startswith('attachment; filename="packages.')
    return b"".join(response).decode()  # type: ignore[arg-type]  # it streams without async
