"""Browsers of the standing cast."""

from __future__ import annotations

import pytest
from django.test import Client

from tests import doors


@pytest.fixture
def alice(db: None) -> Client:
    """The administrator."""
    client = Client()
    client.force_login(doors.alice())
    return client


@pytest.fixture
def bob(db: None) -> Client:
    """The user of a client: Acme."""
    client = Client()
    client.force_login(doors.bob())
    return client


@pytest.fixture
def charlie(db: None) -> Client:
    """Signed in, and always refused."""
    client = Client()
    client.force_login(doors.charlie())
    return client
