"""One client at each of the API's doors."""

from __future__ import annotations

import pytest
from django.test import AsyncClient, Client

from tests import doors


@pytest.fixture
def signed_in(db: None) -> Client:
    """Alice's browser, which was here before: its first visit is written down among her sessions."""
    client = Client()
    client.force_login(doors.alice())
    client.get("/api/servers")
    return client


@pytest.fixture
def refused(db: None) -> Client:
    """Charlie's browser: signed in, without a role."""
    client = Client()
    client.force_login(doors.charlie())
    return client


@pytest.fixture
def socket(transactional_db: None) -> AsyncClient:
    """The command line's door."""
    return AsyncClient(**{"aegir.door": "socket"})
