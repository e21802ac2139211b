"""The panel with many rows: ``python -m bench.pages RUNS`` prints the seconds of each answer as JSON.

A process of its own, since it needs a database of its own: SQLite, or the one that ``AEGIR_DATABASE`` names.
The whole of Django is measured, without the network: middleware, access, queries and template.
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
from pathlib import Path
from typing import Any

import django

from bench.clock import say, timed

ASKED = {
    "list of sites": ("alice", "/sites"),
    "list of sites, page 150, by platform": ("alice", "/sites?sort=platform&page=150"),
    "search among sites": ("alice", "/sites?q=site4711"),
    "list of a client's sites": ("bob", "/sites"),
    "page of a site": ("alice", "/sites/site4711.example.org"),
    "list of tasks": ("alice", "/tasks"),
    "home": ("alice", "/"),
    "list of platforms": ("alice", "/platforms"),
    "list of clients": ("alice", "/clients"),
    "API: 100 sites": ("alice", "/api/sites"),
    "API: 100 tasks": ("alice", "/api/tasks"),
}
"""What it is → who asks, and for what."""


def main(runs: int) -> None:
    with tempfile.TemporaryDirectory(prefix="aegir-bench-") as home:
        _set_up(Path(home))
        print(json.dumps({what: _measure(who, address, runs) for what, (who, address) in ASKED.items()}))


def _set_up(home: Path) -> None:
    os.environ.update(AEGIR_HOME=str(home), DJANGO_SETTINGS_MODULE="aegir.settings")
    from cryptography.fernet import Fernet

    (home / "secret.key").write_bytes(Fernet.generate_key())
    django.setup()
    from django.core.management import call_command

    call_command("migrate", verbosity=0)
    say("making sites, platforms, tasks and clients")
    from bench import crowd

    crowd.gather()


def _measure(who: str, address: str, runs: int) -> dict[str, Any]:
    from django.db import connection
    from django.test import Client
    from django.test.utils import CaptureQueriesContext

    from aegir.models import User

    client = Client(headers={"host": "localhost"})
    client.force_login(User.objects.get(username=who))

    def ask() -> None:
        status = client.get(address).status_code
        if status != 200:
            raise RuntimeError(f"{address} answered {status}")

    ask()
    with CaptureQueriesContext(connection) as captured:
        ask()
    seconds = [timed(ask) for _ in range(runs)]
    say(f"{address}: {len(captured)} queries, {sorted(seconds)[len(seconds) // 2] * 1000:.0f} ms")
    return {"seconds": seconds, "queries": len(captured)}


if __name__ == "__main__":
    main(int(sys.argv[1]))
