"""Moving many small sites: a fleet, beside a loop of Drush commands that does it to one after another."""

from __future__ import annotations

import dataclasses
import shlex
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

from aegir.models import Fleet
from aegir.models.default import change
from aegir.operations import fleets, platform_add, site_install
from aegir.steps.site import drupal
from bench.clock import Times, say, timed, until
from bench.drush import Drush
from bench.ground import Ground, copy, settle, visit
from bench.moves import clients, shell
from bench.site import OpenSite
from bench.table import Row

WIDTH = 4
"""As many at once as a worker has slots; the loop has one, as loops do."""
LOOPED = 20
"""At most so many sites go through the loop, to which one is like another."""
PATIENCE = 3600.0


def measure(ground: Ground, sites: int) -> Iterator[Row]:
    """Move so many sites; where the codebase brings Drush, before that copies of some by its commands."""
    other, loop = _beside(ground, "fleet"), _beside(ground, "loop")
    settle(platform_add.ask(name=f"{ground.name}-fleet", path=str(other), by="bench"))
    domains = [f"fleet{number}.localhost" for number in range(sites)]
    say(f"{sites} sites are installed")
    change("instant_sites", "yes")
    for domain in domains:
        settle(
            site_install.ask(domain=domain, platform=ground.name, profile="minimal", db="mysql", by="bench")
        )
    change("instant_sites", "no")
    looped = domains[:LOOPED]
    theirs = timed(lambda: _drush(ground, loop, looped)) if ground.has_drush else None
    say("the fleet moves")
    ours = Times((timed(lambda: _fleet(ground, f"{ground.name}-fleet")),))
    for domain in domains:
        visit(ground.instance.http_port, domain)
    what = f"{ground.title}: move {sites} small sites as a fleet, each with a backup, {WIDTH} at once"
    if theirs is None:
        yield Row(what, ours)
        return
    beside = "a loop: drush maintenance mode, dump, load, copy, updatedb, cache:rebuild"
    if len(looped) < sites:
        beside += f"; of {len(looped)} of them, times {sites / len(looped):g}"
    yield Row(what, ours, beside, Times((theirs * sites / len(looped),)))


def _beside(ground: Ground, name: str) -> Path:
    """The same code once more, without any site."""
    path = ground.code.with_name(f"{ground.code.name}-{name}")
    copy(ground.code, path)
    for program in path.glob("vendor/**/drush"):
        if program.is_file():
            program.chmod(0o755)  # updatedb calls itself
    for site in path.glob("**/sites/*/settings.php"):
        subprocess.run(["rm", "-rf", str(site.parent)], check=True)
    return path


def _fleet(ground: Ground, target: str) -> None:
    """From asking to the last site; the first is moved alone."""
    fleet = fleets.make(
        source=ground.name, target=target, by="bench", rehearse=0, wave=25, width=WIDTH, begins=True
    )

    def rests() -> bool:
        fleet.refresh_from_db()
        return not fleet.going

    until(rests, "the end of the fleet", patience=PATIENCE)
    if fleet.state != Fleet.State.DONE or any(fleet.counts()[state] for state in ("failed", "blocked")):
        raise RuntimeError(f"The {fleet} ended {fleet.state}: {fleet.reason} {fleet.counts()}")


def _drush(ground: Ground, code: Path, domains: list[str]) -> None:
    """What an administrator's loop does to each site; the sites themselves stay as they are for Aegir."""
    for domain in domains:
        site = OpenSite(ground, domain)
        old, name = site.drush(), f"loop_{site.row.pk}"
        with tempfile.TemporaryDirectory(prefix="aegir-bench-", dir="/tmp") as folder:
            Path(folder).chmod(0o777)
            old.run("state:set", "system.maintenance_mode", "1", "--input-format=integer")
            old.run("sql:dump", "--gzip", f"--result-file={folder}/dump.sql")
            _load(site, name, f"{folder}/dump.sql.gz")
        _place(ground, site, code, name)
        new = dataclasses.replace(old, code=code, environment={})
        _update(new)
        old.run("state:set", "system.maintenance_mode", "0", "--input-format=integer")


def _place(ground: Ground, site: OpenSite, code: Path, name: str) -> None:
    """The site's files in the other codebase, with settings that name the other database."""
    root = code / ground.platform.docroot
    place = dataclasses.replace(site.ref.place, root=str(root))
    subprocess.run(["cp", "-a", site.ref.path, str(root / place.directory)], check=True)
    secrets = dataclasses.replace(site.secrets, database={**site.secrets.database, "database": name})
    driver = drupal(site.world, site.ref.host)
    text = driver.settings(place, site.ref.major, names=(), cloaked=secrets)
    settings = root / place.directory / "settings.php"
    settings.chmod(0o644)
    settings.write_text(text)


def _load(site: OpenSite, name: str, dump: str) -> None:
    _, client = clients(site)
    made = f"CREATE DATABASE {name}; GRANT ALL ON {name}.* TO `{site.row.database_user}`@localhost"
    shell(f"{client} -e {shlex.quote(made)}", site)
    shell(f"gunzip < {dump} | {client} {name}", site)


def _update(new: Drush) -> None:
    new.run("updatedb", "--yes")
    new.run("cache:rebuild")
    new.run("state:set", "system.maintenance_mode", "0", "--input-format=integer")
