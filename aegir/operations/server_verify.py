"""Verify a server: prove that each of its services does what sites will ask of it."""

from __future__ import annotations

from aegir.drivers.database import DatabaseServer
from aegir.drivers.php import EXTENSIONS
from aegir.engine import ledger
from aegir.engine.ledger import Key, Subject
from aegir.engine.step import Step
from aegir.models import Server, Service, Task
from aegir.operations import finding, places
from aegir.steps.database import ProveDatabases, StartDatabase
from aegir.steps.record import ServerVerified
from aegir.steps.room import MeasureRoom
from aegir.steps.web import ProvePhp, ProveWeb

TITLE = "Verify"


def plan(task: Task) -> list[Step]:
    server = places.server_of(task)
    databases = [
        (places.value(DatabaseServer, service), service)
        for service in server.services.filter(family=Service.DATABASE).order_by("driver")
    ]
    return [
        ProvePhp(server.name, places.php(server), EXTENSIONS),
        ProveWeb(server.name, places.web(server)),
        *(
            StartDatabase(server.name, database, service.secret_id, tuple(service.start))
            for database, service in databases
        ),
        ProveDatabases(server.name, tuple((database, service.secret_id) for database, service in databases)),
        MeasureRoom(server.name, places.disks(server)),
        ServerVerified(server.pk, ("ProvePhp", "ProveWeb", "ProveDatabases", "MeasureRoom")),
    ]


def ask(*, name: str, by: str) -> Task:
    """Queue the verification of a server."""
    server = finding.server(name)
    return ledger.ask(
        "server_verify",
        subject=Subject("server", server.pk, server.name),
        keys=[Key(f"server:{server.pk}")],
        by=by,
        arguments={"name": name},
    )


def ended(task: Task) -> None:
    """A server that failed its proof says so until it passes."""
    Server.objects.filter(pk=task.subject_id or 0).update(state=Server.State.FAILED)
