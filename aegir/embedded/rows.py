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

SERVER = "localhost"
ADMINISTRATOR = "admin"


def write(services: list[dict[str, Any]]) -> None:
    """Bring tables and rows up to date; rows that are right already stay as they are."""
    call_command("migrate", interactive=False, verbosity=0)
    with transaction.atomic():
        server = _server()
        for fields in services:
            server.services.update_or_create(
                family=fields.pop("family"), driver=fields.pop("driver"), defaults=fields
            )
        administrator()
        _schedules()


def _server() -> Any:
    from aegir.models import Server

    server, _ = Server.objects.get_or_create(
        name=SERVER, defaults={"title": "This machine", "addresses": ["127.0.0.1"]}
    )
    return server


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
    write(json.loads(sys.argv[1]))
