"""What the tests of pages about sites share: a client's person, and a site to which all can be done."""

from __future__ import annotations

import pytest
from django.test import Client as Browser

from aegir.models import Client, Pair, Platform, Service, Site, User
from tests import doors

CHECK = {"X-Aegir-Check": "yes"}


@pytest.fixture
def bob(db: None) -> Browser:
    """He belongs to the client acme."""
    person = User.objects.create(username="bob", email="bob@acme.example")
    Client.add(name="acme", title="Acme", email="it@acme.example").users.add(person)
    browser = Browser()
    browser.force_login(person)
    return browser


def acme() -> Client:
    return Client.objects.get(name="acme")


def full(**fields: object) -> Site:
    """A site to which everything can be done: it was moved, has a backup, a sister, and where to go."""
    home = doors.platform("d10", languages=["en", "de"])
    for where in (home, doors.platform("d11", version="11.0.1", major=11)):
        for name, kind in (("drupal", "core"), ("standard", "profile"), ("node", "module")):
            doors.package(name, kind, where.version, platform=where)
    made = doors.site("example.org", on=home, **fields)
    doors.site("sister.example.org", on=home, client=made.client)
    doors.backup(made, description="before the fair")
    doors.kept(made)
    return made


def pair() -> Pair:
    return Pair.objects.get(state="kept")


__all__ = ["CHECK", "Platform", "Service", "acme", "bob", "full", "pair"]
