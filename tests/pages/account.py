"""What the tests of «Your account» share: browsers in which somebody is signed in by a password."""

from __future__ import annotations

import pytest
from django.test import Client

from tests import doors

BROWSERS = {
    "desk": "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0",
    "phone": "Mozilla/5.0 (Linux; Android 15) AppleWebKit/537.36 Chrome/140.0 Mobile Safari/537.36",
}


@pytest.fixture
def alice(db: None) -> Client:
    """The administrator at her desk, signed in by her password."""
    doors.alice()
    return signed_in("desk")


def signed_in(browser: str, name: str = "alice") -> Client:
    client = Client(headers={"User-Agent": BROWSERS[browser]})
    answer = client.post("/sign-in", {"username": name, "password": doors.PASSWORD})
    assert answer["Location"] == "/"
    return client


def confirm(client: Client) -> None:
    """Say once more that it is her."""
    answer = client.post("/account/confirm", {"password": doors.PASSWORD, "next": "/account"})
    assert answer["Location"] == "/account"


def inside(client: Client) -> bool:
    return client.get("/account").status_code == 200


__all__ = ["alice", "confirm", "inside", "signed_in"]
