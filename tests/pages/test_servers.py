"""Pages about servers."""

from __future__ import annotations

import pytest
from django.test import Client

from aegir.models import Server, Task
from tests import doors

pytestmark = pytest.mark.django_db


def test_a_server_shows_its_services_and_what_verify_found(alice: Client) -> None:
    assert b"No servers yet" in alice.get("/servers").content
    doors.server()
    facts = {"php": ["8.2"], "extensions": ["gd", "pdo_sqlite"], "nginx": "1.22"}
    room = {"path": "/var/aegir/platforms", "free": 700 << 20, "size": 20 << 30}
    facts["room"] = {"platforms": room, "backups": {"path": "/backups", "free": 900 << 30, "size": 1 << 40}}
    Server.objects.update(facts=facts)
    listed = alice.get("/servers").content.decode()
    assert "nginx, fpm, sqlite" in listed
    assert "700.0" in listed
    assert "900.0" in listed
    page = alice.get("/servers/localhost").content.decode()
    for there in ("pdo_sqlite", "1.22", "Only 700.0", "/var/aegir/platforms"):
        assert there in page
    assert "Only 900.0" not in page


def test_a_server_is_verified(alice: Client) -> None:
    doors.server()
    response = alice.post("/servers/localhost/verify")
    assert response["Location"] == f"/tasks/{Task.objects.get(operation='server_verify').pk}"


def test_servers_are_not_for_clients(bob: Client) -> None:
    doors.server()
    assert bob.get("/servers").status_code == 403
    assert bob.get("/servers/localhost").status_code == 404
    assert bob.post("/servers/localhost/verify").status_code == 403
    assert not Task.objects.exists()


def test_a_server_says_when_its_room_was_measured_and_shows_only_what_people_asked_for(alice: Client) -> None:
    server = doors.server()
    room = {"path": "/b", "free": 300 << 20, "size": 20 << 30, "at": 1_700_000_000}
    Server.objects.update(facts={"room": {"backups": room}})
    own = {"subject_kind": "server", "subject_id": server.pk, "subject_name": "localhost"}
    doors.task(operation="server_measure", queue="cron", **own)
    page = alice.get("/servers/localhost").content.decode()
    assert "2023-11-14 22:13" in page
    assert "Nothing was done yet" in page
    Server.objects.update(facts={"room": {"backups": {**room, "at": 0}}})
    assert "Room measured" not in alice.get("/servers/localhost").content.decode()
