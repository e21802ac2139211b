"""Every migration runs with rows in the tables, on SQLite and PostgreSQL, and loses none of them. What has
most to do with the database holds on PostgreSQL as well."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from aegir.models.versions import sortable
from tests.live.postgresql import postgresql

ROOT = Path(__file__).parents[2]
WORK = """
import json, django
django.setup()
from django.core.management import call_command
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from tests.models.filling import counted, fill

def at(name):
    executor = MigrationExecutor(connection)
    executor.migrate([("aegir", name)])
    return MigrationExecutor(connection).loader.project_state([("aegir", name)]).apps

names = sorted(name for app, name in MigrationExecutor(connection).loader.disk_migrations if app == "aegir")
for name in (*[name for name in names if name[:4] in ("0002", "0006", "0009")], names[-1]):
    apps = at(name)
    before = counted(apps)
    fill(apps)
call_command("migrate", verbosity=0)
from django.apps import apps
from aegir.models import Package, Subscription
after = counted(apps)
print(json.dumps({
    "names": names,
    "lost": sorted(set(before) - set(after)),
    "empty": sorted(name for name, count in after.items() if not count),
    "least": min(after.values()),
    "versions": sorted(Package.objects.values_list("version", "version_order").distinct()),
    "confirmed": sorted(set(Subscription.objects.filter(kind="email").values_list("target", "confirmed"))),
}))
"""
RICH = (
    "tests/access/test_newest.py",
    "tests/operations/test_fleets.py",
    "tests/pages/test_fleets.py::test_from_a_platforms_page_to_sites_that_moved",
    "tests/api/test_packages.py",
    "tests/pages/test_packages.py",
    "tests/pages/test_platform_compare.py::test_it_leaves_as_a_file_from_both_pages",
    "tests/pages/test_advisories.py::test_the_page_names_what_is_concerned_and_what_to_do",
    "tests/pages/test_advisories.py::test_every_door_says_it_of_what_one_may_see",
)
"""The newest tasks, fleets that go on, packages older than and at least, comparisons, exports, advisories."""


@pytest.fixture(params=["sqlite", "postgresql"])
def address(request: pytest.FixtureRequest) -> Iterator[str]:
    """Of an empty database of that kind."""
    if request.param == "sqlite":
        yield ""
        return
    with postgresql() as found:
        yield found


def python(address: str, home: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}
    environment |= {
        "AEGIR_DATABASE": address,
        "DJANGO_SETTINGS_MODULE": "aegir.settings",
        "AEGIR_HOME": str(home),
    }
    return subprocess.run(
        [sys.executable, *arguments], env=environment, cwd=ROOT, capture_output=True, text=True, check=False
    )


def test_rows_of_every_age_come_through_all_migrations(address: str, tmp_path: Path) -> None:
    done = python(address, tmp_path, "-c", WORK)
    assert done.returncode == 0, done.stderr
    told: dict[str, Any] = json.loads(done.stdout)
    assert len(told["names"]) > 12
    assert (told["lost"], told["empty"]) == ([], [])
    assert told["versions"] == [["7.x-3.20", sortable("7.x-3.20")]]
    assert told["confirmed"] == [["one@example.org", "one@example.org"]]


def test_what_has_most_to_do_with_the_database_holds_on_postgresql_too(tmp_path: Path) -> None:
    with postgresql() as address:
        done = python(address, tmp_path, "-m", "pytest", "-q", "-n0", "-p", "no:cacheprovider", *RICH)
    assert done.returncode == 0, done.stdout[-5000:] + done.stderr
