"""A small world of real services with two sites in it, and what must be true of it whenever no task runs."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from django.conf import settings
from django.core.management import call_command

from aegir import drivers
from aegir.engine import runner
from aegir.models import Backup, Default, Pair, Platform, Prepared, Secret, Site, SiteName, Task, TaskKey
from aegir.operations import places, site_install
from tests.drupal.application import upgraded
from tests.faults import aliases, platforms
from tests.faults.telling import Measure
from tests.operations.hosting import BY, Hosting, run

DOMAIN = "demo.localhost"
NEIGHBOUR = "neighbour.localhost"
TITLES = ["first", "second"]
"""Of the pages that people wrote into the site."""


@dataclass(frozen=True)
class Stranger:
    """A site on the platform «now» that the registry need not know."""

    domain: str
    database: str
    driver: str


@dataclass
class World:
    """``demo.localhost`` on a platform that has a next release, beside a neighbour."""

    hosting: Hosting
    db: str = "mysql"
    """Where the site's data is; the neighbour's is always SQLite, out of reach of what is broken here."""
    watch: Watch = field(init=False)
    strangers: list[Stranger] = field(default_factory=list)
    measures: dict[str, list[Measure]] = field(default_factory=dict)
    """Of each operation that was run here once, its steps."""

    def __post_init__(self) -> None:
        runner.PAUSES = (0.0,)
        runner.PATIENT_PAUSES = (0.0,)
        self.watch = Watch(self.hosting.web.port)

    def build(self) -> None:
        """Everything anew."""
        self.watch.stop()
        self.clear()
        self.hosting.rows()
        Default.objects.update_or_create(name="disable_before_delete", defaults={"value": False})
        now = self.hosting.platform("now", self.hosting.code("ten"))
        following = self.hosting.folder / "code/following"
        shutil.rmtree(following, ignore_errors=True)
        shutil.copytree(now.path, following, ignore=shutil.ignore_patterns("sites.php"))
        self.hosting.platform("following", upgraded(following))
        for platform in ("ten", "following"):
            # Where injections make updates go wrong.
            (self.hosting.folder / f"code/{platform}/web/sites/all").mkdir(exist_ok=True)
        self.install(NEIGHBOUR, "sqlite")
        self.fill()
        self.watch.start()

    def install(self, domain: str, db: str) -> None:
        wanted = {"domain": domain, "platform": "now", "profile": "studio", "db": db}
        succeed(site_install.ask(**wanted, by=BY))

    def fill(self) -> None:
        """The site, with what people wrote into it."""
        self.install(DOMAIN, self.db)
        for title in TITLES:
            self.hosting.content(self.site).add_page(title)

    def clear(self) -> None:
        """Nothing is hosted, and the ledger is empty."""
        self.hosting.clear()
        self.strangers.clear()
        for folder in ("backups", "kept"):
            shutil.rmtree(settings.AEGIR_HOME / folder, ignore_errors=True)
            (settings.AEGIR_HOME / folder).mkdir(mode=0o700)
        shutil.rmtree(settings.AEGIR_HOME / "prepared", ignore_errors=True)
        for place in platforms.PLACES:
            platforms.empty(place)
        call_command("flush", interactive=False, verbosity=0)

    def end(self) -> None:
        self.watch.stop()

    @property
    def site(self) -> Site:
        return Site.objects.live().get(domain=DOMAIN)

    def snapshot(self) -> dict[str, object]:
        """What must be the same when a task was undone. SQLite's files hold caches as well, and PHP writes
        below ``files``: of these only that they are there; what people wrote is compared by itself."""
        state = self.hosting.state()
        seen: dict[str, object] = {
            key: "there" if "/files/" in key or key.startswith("sqlite/") else value
            for key, value in state.items()
            if "/files/php" not in key and "/private/temp/" not in key
        }
        # What could not be installed stays in the registry as that, until somebody tries again.
        live = Site.objects.live().exclude(state=Site.State.FAILED).order_by("domain")
        # As do platforms that could not be built.
        named = [
            (each.name, each.state, each.built)
            for each in Platform.objects.live().order_by("name")
            if each.built or each.state in platforms.VERIFIED
        ]
        found = [(site.domain, site.state, site.platform.name) for site in live]
        return {**seen, **platforms.code(), "sites": found, "platforms": named}

    def titles(self, site: Site) -> list[str]:
        """Of all pages of the site; what it says instead when it cannot be asked."""
        try:
            return self.hosting.content(site).titles()
        except AssertionError as silence:
            return [str(silence)]

    def violations(self, task: Task, start: dict[str, object]) -> Iterator[str]:
        """What is wrong, in sentences, now that ``task`` is over."""
        if task.state == Task.State.STUCK:
            yield f"stuck: {task.remedy}"
            return
        if task.state not in (Task.State.SUCCEEDED, Task.State.WARNED):
            yield from differences(start, self.snapshot())
        yield from self.whole(task)

    def whole(self, task: Task) -> Iterator[str]:
        """What is wrong whatever became of ``task``."""
        yield from self._visitors()
        yield from self._ledger()
        yield from self._orphans()
        yield from self._configured()
        yield from aliases.complaints(task)
        yield from platforms.complaints()
        yield from self.watch.complaints()

    def _visitors(self) -> Iterator[str]:
        for site in Site.objects.live():
            wanted = {Site.State.ENABLED: 200, Site.State.DISABLED: 503}.get(Site.State(site.state))
            got = self.hosting.web.nginx.probe(site.canonical or site.domain)
            if wanted is not None and got != wanted:
                yield f"{site.domain} is {site.state} and answers {got}"
            if wanted is None:
                continue
            ref = places.database(site)
            driver = drivers.load("database", ref.server.driver)(self.hosting.web.host, ref.server, "")
            if driver.presence(ref.database).frozen:
                yield f"the live database of {site.domain} is frozen"
            if site.domain in (DOMAIN, NEIGHBOUR) and (seen := self.titles(site)) not in (TITLES, []):
                yield f"{site.domain} has the pages {seen}"

    def _ledger(self) -> Iterator[str]:
        if TaskKey.objects.filter(held=True).exists():
            yield "keys are held"
        if SiteName.objects.filter(reserved=True).exists():
            yield "a name is still reserved"
        if Pair.objects.filter(state=Pair.State.BUILDING).exists():
            yield "a pair is still being built"
        if Backup.objects.filter(state=Backup.State.MAKING).exists():
            yield "a backup is still being made"
        if Prepared.objects.filter(ready=False).exists():
            yield "a prepared copy is still being made"
        held = 2 * Site.objects.exclude(salt_secret=None).count()
        held += Site.objects.exclude(login_secret=None).count()
        held += 2 * Pair.objects.filter(state=Pair.State.KEPT).count()
        if Secret.objects.count() != held:
            kept = sorted(Secret.objects.values_list("purpose", flat=True))
            yield f"{len(kept)} secrets for {held}: {kept}"

    def _orphans(self) -> Iterator[str]:
        sites, kept = list(Site.objects.live()), list(Pair.objects.filter(state=Pair.State.KEPT))
        alive = [site for site in sites if site.database_secret_id]
        for platform in Platform.objects.live().filter(state__in=platforms.VERIFIED):
            known = {site.domain for site in alive if site.platform_id == platform.pk}
            known |= {each.domain for each in self.strangers if platform.name == "now"}
            known |= {Path(pair.path).name for pair in kept if pair.platform_id == platform.pk}
            there = {path.name for path in Path(platform.root, "sites").iterdir() if path.is_dir()}
            if there - {"all", "default"} != known:
                yield f"{platform.name} has the directories {sorted(there)}, known are {sorted(known)}"
        rows: list[Site | Pair] = [*alive, *kept]
        databases = [(row.database_name, row.database.driver) for row in rows]
        databases += [(each.database, each.driver) for each in self.strangers]
        names = {name for name, driver in databases if driver == "mysql"}
        found = {str(name) for (name,) in self.hosting.mariadb.query("SHOW DATABASES")}
        if {name for name in found if name.rpartition("_")[2].isdigit()} != names:
            yield f"the databases are {sorted(found)}, known are {sorted(names)}"
        names = {name for name, driver in databases if driver == "sqlite"}
        if {path.name for path in (self.hosting.folder / "sqlite").iterdir()} != names:
            yield f"the SQLite databases are not {sorted(names)}"
        if left := os.listdir(settings.AEGIR_HOME / "kept"):
            yield f"{len(left)} old copies of files are left"
        archives = {path for path in (settings.AEGIR_HOME / "backups").rglob("*") if path.is_file()}
        if archives != {backup.path for backup in Backup.objects.ready()}:
            yield f"the archives are {sorted(path.name for path in archives)}"

    def _configured(self) -> Iterator[str]:
        """What web server and PHP are told of sites and platforms."""
        alive = Site.objects.live().exclude(database_secret=None)
        vhosts = {path.stem for path in (self.hosting.folder / "nginx/vhost.d").iterdir()}
        if vhosts != {site.domain for site in alive if site.state != Site.State.QUEUED}:
            yield f"the vhosts are {sorted(vhosts)}"
        keys = {each.key for each in Platform.objects.live() if each.state in platforms.VERIFIED}
        for folder in ("nginx/platform.d", "php/pool.d"):
            told = {path.stem for path in (self.hosting.folder / folder).glob("*-*.conf")}
            if told != keys:
                yield f"{folder} tells of {sorted(told)}, known are {sorted(keys)}"


class Watch:
    """A visitor in a process of his own who never stops asking for the neighbour's front page."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._process: subprocess.Popen[str] | None = None

    def start(self) -> None:
        command = [sys.executable, str(Path(__file__).with_name("visitor.py")), str(self._port), NEIGHBOUR]
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def complaints(self) -> Iterator[str]:
        """What he did not get since he was asked last."""
        if self._process is None or self._process.stdin is None or self._process.stdout is None:
            return
        self._process.stdin.write("\n")
        self._process.stdin.flush()
        answer = self._process.stdout.readline().split()
        yield from (f"the neighbour answered {status}" for status in answer[1:])

    def stop(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.communicate()
            self._process = None


def differences(before: dict[str, object], after: dict[str, object]) -> Iterator[str]:
    for key in sorted(before.keys() | after.keys()):
        if before.get(key) != after.get(key):
            yield f"{key} was {before.get(key, 'not there')} and is {after.get(key, 'gone')}"


def succeed(task: Task) -> Task:
    """Run a task that must succeed."""
    done = run(task)
    assert done.state in (Task.State.SUCCEEDED, Task.State.WARNED), done.error
    return done
