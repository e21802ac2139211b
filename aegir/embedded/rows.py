"""The database's part of ``aegir up``: tables, this machine as a server with its services, and ``admin``.

``python -m aegir.embedded.rows SERVICES_JSON``; run as the panel's user, who owns the database file.
"""

from __future__ import annotations

import json
import os
import sys
from typing import Any

import django
from django.core.management import call_command
from django.db import transaction

from aegir.errors import Refused

SERVER = "localhost"
ADMINISTRATOR = "admin"
REFUSED = 2
"""Exit code that says: it was not done, and the error stream says why in one sentence."""


def write(services: list[dict[str, Any]]) -> None:
    """Bring tables and rows up to date; rows that are right already stay as they are."""
    call_command("migrate", interactive=False, verbosity=0)
    with transaction.atomic():
        server = _server()
        moved = any(_moves(server, fields["driver"]) for fields in services if fields["family"] == "web")
        for fields in services:
            server.services.update_or_create(
                family=fields.pop("family"), driver=fields.pop("driver"), defaults=fields
            )
        administrator()
        _schedules()
        if moved:
            _verify_all(server)


def _server() -> Any:
    from aegir.models import Server

    server, _ = Server.objects.get_or_create(
        name=SERVER, defaults={"title": "This machine", "addresses": ["127.0.0.1"]}
    )
    return server


def _moves(server: Any, driver: str) -> bool:
    """Give the server's web service that driver; whether it had another one before.

    Refused while a task is unfinished: its steps know the web server that they began with.
    """
    from aegir.models import Task

    services = server.services.filter(family="web").exclude(driver=driver)
    before = services.first()
    if before is None:
        return False
    unfinished = Task.objects.filter(state__in=(Task.State.RUNNING, Task.State.STUCK)).order_by("pk").first()
    if unfinished is not None:
        raise Refused(
            f"Task {unfinished.pk} ({unfinished.get_state_display()}) began with {before.driver}: come up"
            f" with «aegir up --web {before.driver}», and change to {driver} when it is over.",
            field="AEGIR_WEB",
        )
    services.update(driver=driver)
    return True


def _verify_all(server: Any) -> None:
    """Ask for what writes the configuration of a web server that knows nothing yet: its own verification,
    then that of each platform, then that of each site. Their keys keep them in this order."""
    from aegir.models import Platform, Site
    from aegir.operations import platform_verify, server_verify, site_verify

    server_verify.ask(name=server.name, by=ADMINISTRATOR)
    usable = (Platform.State.ENABLED, Platform.State.LOCKED)
    for platform in Platform.objects.filter(server=server, state__in=usable).order_by("pk"):
        platform_verify.queue(platform, ADMINISTRATOR)
    live = (Site.State.ENABLED, Site.State.DISABLED)
    for site in Site.objects.filter(platform__server=server, state__in=live).order_by("pk"):
        site_verify.ask(domain=site.domain, by=ADMINISTRATOR)


def _schedules() -> None:
    from aegir.operations import schedules

    schedules.ensure()


def administrator() -> Any:
    """The first user, who signs in by a link until he sets a password; made if he is missing."""
    from aegir.models import User

    user, made = User.objects.get_or_create(
        username=ADMINISTRATOR, defaults={"is_superuser": True, "is_staff": True}
    )
    if made:
        user.set_unusable_password()
        user.save()
    return user


if __name__ == "__main__":
    os.umask(0o077)
    django.setup()
    try:
        write(json.loads(sys.argv[1]))
    except Refused as refused:
        sys.stderr.write(f"{refused}\n")
        sys.exit(REFUSED)
