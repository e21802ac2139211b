"""How many queries a page takes."""

from __future__ import annotations

from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext


def queries(client: Client, address: str) -> int:
    """Those of a second visit: the first one also notes that the session is alive."""
    assert client.get(address).status_code == 200
    with CaptureQueriesContext(connection) as taken:
        assert client.get(address).status_code == 200
    return len(taken)
