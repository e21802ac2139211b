"""How many sites a client may have, also when many are made or given at the same moment."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from unittest import mock

import pytest

from aegir.errors import Refused
from aegir.models import Client, Site
from aegir.operations import site_install
from tests import doors
from tests.models.test_remembered import _at_once

pytestmark = pytest.mark.django_db(transaction=True)

ALLOWED = 5


@contextmanager
def hesitating() -> Iterator[None]:
    """Between counting and giving there is time for others to do the same."""
    counted = Client.refuse_full

    def slowly(self: Client) -> None:
        counted(self)
        time.sleep(0.03)

    with mock.patch.object(Client, "refuse_full", slowly):
        yield


def given_at_once() -> list[int]:
    """How many of 24 sites were given to a client that may have five, and how many it has then."""
    client = Client.add(name="globex", email="a@globex.example", quota=ALLOWED)
    home = doors.platform("d10-quota")
    sites = [doors.site(f"s{number}.example.net", on=home) for number in range(24)]

    def give(number: int) -> bool:
        try:
            Site.objects.get(pk=sites[number].pk).give(Client.objects.get(pk=client.pk))
        except Refused:
            return False
        return True

    with hesitating():
        return [sum(_at_once(give)), client.sites.count()]


def test_of_many_sites_given_at_once_a_client_gets_no_more_than_it_may_have() -> None:
    assert given_at_once() == [ALLOWED, ALLOWED]


def test_of_many_sites_installed_at_once_a_client_gets_no_more_than_it_may_have() -> None:
    client = Client.add(name="globex", email="a@globex.example", quota=ALLOWED)
    doors.platform("d10")

    def install(number: int) -> bool:
        try:
            site_install.ask(domain=f"s{number}.example.net", platform="d10", client="globex", by="alice")
        except Refused:
            return False
        return True

    with hesitating():
        assert sum(_at_once(install)) == ALLOWED
    assert client.sites.count() == ALLOWED


def test_a_site_that_is_given_to_whose_it_is_takes_no_second_place() -> None:
    client = Client.add(name="globex", email="a@globex.example", quota=1)
    site = doors.site(client=client)
    site.give(client)
    assert client.sites.get() == site
    with pytest.raises(Refused):
        doors.site("second.example.org").give(client)
