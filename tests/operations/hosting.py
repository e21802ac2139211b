"""A web server, PHP-FPM and MariaDB, known to the ledger as one server; tasks run on them to their end."""

from __future__ import annotations

import dataclasses
import hashlib
import os
import shutil
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from unittest import mock

from django.conf import settings
from django.db import connections

from aegir import drivers
from aegir.drivers.app import SiteSecrets
from aegir.engine import admission, recovery, runner
from aegir.engine.process import Group
from aegir.engine.step import Step
from aegir.errors import Broken
from aegir.models import Default, Platform, Secret, Server, Service, Site, SiteName, Task
from aegir.operations import places, platform_add
from tests.drupal.content import Content
from tests.home import removed
from tests.live.mariadb import MariaDb
from tests.live.web import LiveWeb

BY = "Alice"
_TESTS = os.getpid()
SHAPED = Path(__file__).parent.parent / "drupal"
OURS_FOR_EVER = ("nginx/live.conf", "apache/live.conf", "php/live.conf", "run/", "log/")
"""What counts reloads, logs or locks changes with everything and belongs to no site."""


@dataclass
class Hosting:
    """One server with all its services, and a folder for codebases."""

    web: LiveWeb
    mariadb: MariaDb
    folder: Path = field(init=False)

    def __post_init__(self) -> None:
        self.folder = self.web.folder
        for name, mode in (("code", 0o755), ("sqlite", 0o711), ("kept", 0o700)):
            (self.folder / name).mkdir(mode=mode, exist_ok=True)
            (self.folder / name).chmod(mode)

    @property
    def originals(self) -> Path:
        """Codebases as they came, to be linked from: beside the folder, and no part of what is hosted."""
        return self.folder.with_name(f"{self.folder.name}-originals")

    def end(self) -> None:
        removed(self.originals)

    def rows(self) -> Server:
        """The server and its services, in a ledger that is empty at the start of each test."""
        # What belongs to the rows of other tests of this process is no leftover of this one.
        shutil.rmtree(settings.AEGIR_HOME / "backups", ignore_errors=True)
        for name in ("kept", "backups"):
            (settings.AEGIR_HOME / name).mkdir(mode=0o700, exist_ok=True)
        # Each test sees its own task's work; prepared copies and final backups have tests of their own.
        for name in ("instant_sites", "disable_before_delete", "backup_before_delete"):
            Default.objects.create(name=name, value=False)
        server = Server.objects.create(name="localhost")
        databases = {
            "mysql": dataclasses.asdict(self.mariadb.server),
            "sqlite": {"driver": "sqlite", "root": f"{self.folder}/sqlite", "file_user": self.web.user},
        }
        offered = [
            (Service.WEB, self.web.kind, dataclasses.asdict(self.web.web)),
            (Service.PHP, "fpm", dataclasses.asdict(self.web.php)),
            *((Service.DATABASE, driver, fields) for driver, fields in databases.items()),
        ]
        for family, driver, fields in offered:
            Service.objects.create(server=server, family=family, driver=driver, settings=fields)
        return server

    def code(self, flavour: str) -> Path:
        """A fresh copy of one of the applications in Drupal's shape."""
        target = self.folder / "code" / flavour
        shutil.rmtree(target, ignore_errors=True)
        shutil.copytree(SHAPED / flavour, target)
        return target

    def platform(self, name: str, path: Path, how: Callable[[Task], Task] | None = None) -> Platform:
        """A codebase, added and verified."""
        task = (how or run)(platform_add.ask(name=name, path=str(path), by=BY))
        assert task.state in (Task.State.SUCCEEDED, Task.State.WARNED), task.error
        return Platform.objects.get(name=name, state=Platform.State.ENABLED)

    def content(self, site: Site) -> Content:
        """What people wrote into a site, and may write."""
        ref = places.site_ref(Site.objects.get(pk=site.pk))
        assert site.database_secret is not None
        password, salt = Secret.objects.get(pk=ref.database.password), Secret.objects.get(pk=ref.salt)
        driver = drivers.load("database", ref.database.server.driver)
        connection = driver(self.web.host, ref.database.server, "").connection(
            ref.database.database, password.reveal()
        )
        return Content(ref.place, SiteSecrets(database=connection, hash_salt=salt.reveal()))

    def state(self) -> dict[str, object]:
        """All that an operation may change: files with owners and modes, databases, users, names, secrets."""
        files = dict(self._files(self.folder))
        return {**files, **self._databases(), "names": SiteName.objects.count(), "secrets": _secrets()}

    def clear(self) -> None:
        """Take away what a test left: the next one begins with services that host nothing."""
        for configured in (f"{self.web.kind}/*.d/*.conf", "php/pool.d/*-*.conf"):
            for path in self.folder.glob(configured):
                path.unlink()
        for folder in ("code", "sqlite", "kept"):
            removed(*(self.folder / folder).iterdir())
        for folder in ("backups", "drush"):
            shutil.rmtree(settings.AEGIR_HOME / folder, ignore_errors=True)
        for (name,) in self.mariadb.query("SHOW DATABASES"):
            if str(name).rpartition("_")[2].isdigit():
                self.mariadb.query(f"DROP DATABASE `{name}`")
                self.mariadb.query(f"DROP USER IF EXISTS `{name}`@localhost")

    def _files(self, folder: Path) -> Iterator[tuple[str, object]]:
        for top, directories, names in os.walk(folder):
            for name in directories + names:
                path = Path(top) / name
                below = str(path.relative_to(folder))
                if not below.startswith(OURS_FOR_EVER):
                    seen = path.lstat()
                    yield below, (seen.st_mode, seen.st_uid, seen.st_gid, _content(path))
        yield "kept copies", sorted(os.listdir(settings.AEGIR_HOME / "kept"))

    def _databases(self) -> dict[str, object]:
        return {
            "databases": sorted(self.mariadb.query("SHOW DATABASES")),
            "users": sorted(self.mariadb.query("SELECT user, host FROM mysql.user")),
        }


def _content(path: Path) -> object:
    """A digest; of the code outside ``sites``, which is large and nobody's to write, only size and time."""
    if not path.is_file():
        return None
    if "code" in path.parts and "sites" not in path.parts:
        return path.stat().st_size, path.stat().st_mtime_ns
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _secrets() -> list[str]:
    return sorted(Secret.objects.values_list("purpose", flat=True))


def run(task: Task) -> Task:
    """Run a task to its end in this process."""
    runner.run(task.pk, begin(task))
    task.refresh_from_db()
    return task


def run_killed(task: Task, before_recovery: Callable[[], None] = lambda: None) -> Task:
    """Run a task in a process of its own; when that dies, let it be recovered as a worker would."""
    token = begin(task)
    run_child(task, token)
    before_recovery()
    again = taken_over(task, token)
    if again is not None:
        runner.run(task.pk, again)
    task.refresh_from_db()
    return task


def begin(task: Task) -> str:
    """Admit and start the task; the token of its attempt."""
    assert admission.admit("worker", 1) == [task.pk]
    token = recovery.new_token()
    assert admission.start(task.pk, token, {})
    return token


def run_child(task: Task, token: str) -> bool:
    """Run one attempt in a process of its own; whether that was killed."""
    connections.close_all()
    parent = os.getpid()
    pid = os.fork()
    if pid == 0:
        try:
            # As a worker's: what it leaves running is found by whoever takes the task over.
            group = Group.lead(f"{task.pk}:{token}", parent)
            Task.objects.filter(pk=task.pk).update(process=dataclasses.asdict(group))
            runner.run(task.pk, token)
        finally:
            os._exit(0)
    _, status = os.waitpid(pid, 0)
    assert status in (0, signal.SIGKILL)
    return status == signal.SIGKILL


def taken_over(task: Task, token: str) -> str | None:
    """Take the task over from an attempt that may have died; the next one's token, None when it is over."""
    takeover = recovery.take_over(task.pk, token, "another worker")
    if takeover is None:
        return None
    while not takeover.ready():
        time.sleep(0.01)
    assert admission.start(task.pk, takeover.token, {})
    return takeover.token


def fail() -> None:
    raise Broken("It broke, as the test wanted it to.")


def die() -> None:
    """End by kill -9, but only a process that the tests have forked: the recovery lives on."""
    if os.getpid() != _TESTS:
        os.kill(os.getpid(), signal.SIGKILL)


@contextmanager
def sabotage(step: type[Step], when: str, how: Callable[[], None]) -> Iterator[None]:
    """Break the first time that a step does its work: ``before`` it, or ``after``."""
    honest = step.do
    broken = []

    def do(self: Step, world: object) -> object:
        first = not broken
        broken.append(True)
        if first and when == "before":
            how()
        found = honest(self, world)
        if first and when == "after":
            how()
        return found

    with mock.patch.object(step, "do", do):
        yield
