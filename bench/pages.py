"""The panel with many rows: ``python -m bench.pages RUNS`` prints the seconds of each answer as a line of
JSON, and as a second line what ``bench.watchers`` measures on the same rows.

A process of its own, since it needs a database of its own: SQLite, or the one that ``AEGIR_DATABASE`` names.
A real panel is asked over a real connection, each page in turn; only queries are counted within this process.
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import django

from bench.clock import rounds, say, timed
from bench.served import Panel, panel

PAGES = {
    "home": "/",
    "list of sites": "/sites",
    "list of sites, last page": "/sites?page=99999",
    "list of sites, by platform, page 5": "/sites?sort=platform&page=5",
    "list of sites, disabled ones, newest verified first": "/sites?state=disabled&sort=-verified",
    "list of sites, of one platform": "/sites?platform=platform-11",
    "search among sites, one found": "/sites?q=site411",
    "search among sites, nothing found": "/sites?q=nowhere",
    "page of a site": "/sites/site411.example.org",
    "history of a site": "/sites/site411.example.org/history",
    "packages of a site": "/sites/site411.example.org/packages",
    "list of platforms": "/platforms",
    "page of a platform": "/platforms/platform-11",
    "list of tasks": "/tasks",
    "list of tasks, last page": "/tasks?page=99999",
    "list of tasks, failed ones": "/tasks?state=failed",
    "search among tasks": "/tasks?q=site411.",
    "page of a task with 2,000 lines": "/tasks/{task}",
    "search among packages": "/packages?q=module_41",
    "list of packages": "/packages",
    "packages: who has a version older than another": "/packages?q=module_41&where=sites&older=1.50",
    "list of backups": "/backups",
    "list of clients": "/clients",
    "API: 100 sites": "/api/sites",
    "API: search among sites": "/api/sites?q=site411",
    "API: 100 tasks": "/api/tasks",
    "API: 100 tasks of one site": "/api/tasks?subject=site411.example.org",
    "API: 100 backups": "/api/backups",
    "API: 100 packages": "/api/packages",
}
"""What it is → where. Whatever it is about belongs to Bob, too."""
OF_THE_HOUSE = {
    "list of sites, of one client": "/sites?client=client-0",
    "page of a client": "/clients/client-0",
}
READERS = {"alice": "the administrator", "bob": "a client with 500 sites"}


@dataclass(frozen=True)
class Asked:
    """One page as one reader asks for it."""

    name: str
    who: str
    address: str


def main(runs: int) -> None:
    with tempfile.TemporaryDirectory(prefix="aegir-bench-") as home:
        task = set_up(Path(home))
        asked = [each for who in READERS for each in _asked(who, task)]
        queries = {each.name: _queries(each) for each in asked}
        with panel() as served:
            times = rounds("pages", runs, *(_part(served, each) for each in asked))
        told = {n: {"seconds": each.seconds, "queries": queries[n]} for n, each in times.items()}
        print(json.dumps(told), flush=True)
        from bench.watchers import watched  # which needs the models

        print(json.dumps(watched(task)), flush=True)


def set_up(home: Path) -> int:
    """Settings, keys and rows in that folder; gives the number of the task with the long log."""
    os.environ.update(AEGIR_HOME=str(home), DJANGO_SETTINGS_MODULE="aegir.settings")
    from cryptography.fernet import Fernet

    (home / "secret.key").write_bytes(Fernet.generate_key())
    (home / "django.key").write_bytes(Fernet.generate_key())
    django.setup()
    from django.core.management import call_command
    from django.db import connection

    call_command("migrate", verbosity=0)
    from bench import crowd

    say("making sites, platforms, tasks, clients, packages and backups")
    task = crowd.gather().pk
    if connection.vendor == "postgresql":  # it would do so by itself within minutes, in the middle of it all
        with connection.cursor() as cursor:
            cursor.execute("VACUUM ANALYZE")
    return task


def cookie(who: str) -> str:
    """Of a browser in which that person is signed in."""
    client = _browser(who)
    return f"aegir_session={client.cookies['aegir_session'].value}"


def _browser(who: str) -> Any:
    from django.test import Client

    from aegir.models import User

    client = Client(headers={"host": "localhost"})
    client.force_login(User.objects.get(username=who))
    return client


def _asked(who: str, task: int) -> list[Asked]:
    pages = PAGES | OF_THE_HOUSE if who == "alice" else PAGES
    named = ((f"{what}, {READERS[who]}", address) for what, address in pages.items())
    return [Asked(name, who, address.format(task=task)) for name, address in named]


def _queries(each: Asked) -> int:
    """How many it takes once the session was noted."""
    from django.db import connection

    client = _browser(each.who)
    client.get(each.address)
    counted = []

    def count(execute: Callable[..., Any], *told: Any) -> Any:
        counted.append(told[0])
        return execute(*told)

    with connection.execute_wrapper(count):
        client.get(each.address)
    return len(counted)


def _part(served: Panel, each: Asked) -> Callable[[], dict[str, float]]:
    headers = {"Host": "localhost", "Cookie": cookie(each.who)}
    return lambda: {each.name: timed(lambda: _ask(served, each.address, headers))}


def _ask(served: Panel, address: str, headers: dict[str, str]) -> None:
    with closing(served.connection()) as connection:
        connection.request("GET", address, headers=headers)
        answer = connection.getresponse()
        answer.read()
    if answer.status != 200:
        raise RuntimeError(f"{address} answered {answer.status}")


if __name__ == "__main__":
    main(int(sys.argv[1]))
