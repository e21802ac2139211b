"""Moving sites that carry weight: how long visitors are turned away, beside dumping, compressing, loading."""

from __future__ import annotations

import os
import shlex
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

from aegir.models import Platform, Site
from aegir.models.default import change
from aegir.operations import (
    pair_retire,
    platform_add,
    site_backup,
    site_clone,
    site_delete,
    site_install,
    site_migrate,
    site_restore,
)
from bench.away import Visitor
from bench.clock import Times, rounds, say, timed
from bench.ground import Ground, copy, settle
from bench.site import OpenSite
from bench.table import Row
from bench.weight import fill_database, fill_files

DOMAIN = "heavy.localhost"
SIZES = (10, 200, 1000)
"""Mebibytes of the database."""
ARCHIVED = (200, 20_000)
"""Mebibytes and files of what is backed up."""
FLEET = 100
AWAY_AIM = 5.0


def measure(ground: Ground, runs: int) -> Iterator[Row]:
    other = _second(ground)
    for size in SIZES:
        yield from _migrate(ground, other, size, runs if size < 1000 else 1)
    yield from _archive(ground, runs)
    yield from _fleet(ground, other)


def _second(ground: Ground) -> str:
    """The same code once more, to move to."""
    path = ground.code.with_name(f"{ground.code.name}-second")
    copy(ground.code, path)
    for site in path.glob("**/sites/*/settings.php"):
        subprocess.run(["rm", "-rf", str(site.parent)], check=True)
    settle(platform_add.ask(name=f"{ground.name}-second", path=str(path), by="bench"))
    return f"{ground.name}-second"


def _install(ground: Ground, domain: str = DOMAIN) -> OpenSite:
    settle(site_install.ask(domain=domain, platform=ground.name, profile="minimal", db="mysql", by="bench"))
    return OpenSite(ground, domain)


def _forget(domain: str = DOMAIN) -> None:
    settle(site_delete.ask(domain=domain, by="bench"))


def _retire() -> None:
    site = Site.objects.live().get(domain=DOMAIN)
    for pair in site.pairs.filter(state="kept"):
        settle(pair_retire.ask(pair=pair.pk, by="bench"))


def _migrate(ground: Ground, other: str, size: int, runs: int) -> Iterator[Row]:
    fill_database(_install(ground), size)

    def ours() -> dict[str, float]:
        here = Site.objects.live().get(domain=DOMAIN).platform
        there = other if here.name == ground.name else ground.name
        with Visitor(ground.instance.http_port, DOMAIN) as visitor:
            whole = timed(lambda: settle(site_migrate.ask(domain=DOMAIN, platform=there, by="bench")))
        _retire()
        return {"away": visitor.away, "whole": whole}

    def theirs() -> dict[str, float]:
        return {"dump": timed(lambda: _dump_and_load(OpenSite(ground, DOMAIN)))}

    what = f"{ground.title}: migrate a site of {size} MiB"
    times = rounds(what, runs, ours, theirs)
    beside = "mysqldump, gzip, gunzip, mysql alone"
    aim = AWAY_AIM if size == 200 else None
    yield Row(f"{what}: visitors are turned away", times["away"], beside, times["dump"], aim)
    yield Row(f"{what}: the whole task, backup included", times["whole"])
    _forget()


def _archive(ground: Ground, runs: int) -> Iterator[Row]:
    size, files = ARCHIVED
    site = _install(ground)
    fill_database(site, size)
    fill_files(site, files)
    made: dict[str, int] = {}

    def backup() -> dict[str, float]:
        from aegir.models import Backup

        seconds = timed(lambda: settle(site_backup.ask(domain=DOMAIN, by="bench")))
        made["ours"] = Backup.objects.ready().latest("pk").size
        return {"backup": seconds}

    def tar() -> dict[str, float]:
        with tempfile.TemporaryDirectory(prefix="aegir-bench-", dir=ground.instance.home) as folder:
            seconds = timed(lambda: _dump_and_tar(site, Path(folder)))
            made["theirs"] = (Path(folder) / "site.tar.gz").stat().st_size
        return {"tar": seconds}

    what = f"{ground.title}: {size} MiB and {files:,} files"
    times = rounds(f"{what}: backup", runs, backup, tar)
    beside = "mysqldump and tar czf"
    yield Row(
        f"{what}: backup ({made['ours'] / made['theirs']:.2f}× the size)",
        times["backup"],
        beside,
        times["tar"],
    )
    yield from _back_and_beside(ground, what, runs)
    _forget()


def _back_and_beside(ground: Ground, what: str, runs: int) -> Iterator[Row]:
    from aegir.models import Backup

    def restore() -> dict[str, float]:
        number = Backup.objects.ready().latest("pk").pk
        with Visitor(ground.instance.http_port, DOMAIN) as visitor:
            whole = timed(lambda: settle(site_restore.ask(domain=DOMAIN, backup=number, by="bench")))
        _retire()
        return {"restore": whole, "away": visitor.away}

    def clone() -> dict[str, float]:
        seconds = timed(lambda: settle(site_clone.ask(domain=DOMAIN, to="twin.localhost", by="bench")))
        _forget("twin.localhost")
        return {"clone": seconds}

    times = rounds(f"{what}: restore and clone", runs, restore, clone)
    yield Row(f"{what}: restore, safety backup included", times["restore"])
    yield Row(f"{what}: restore: visitors are turned away", times["away"])
    yield Row(f"{what}: clone", times["clone"])


def _fleet(ground: Ground, other: str) -> Iterator[Row]:
    say(f"{FLEET} sites are installed and moved")
    names = [f"s{number}.localhost" for number in range(FLEET)]
    change("instant_sites", "yes")
    for name in names:
        _install(ground, name)
    change("instant_sites", "no")
    assert Platform.objects.filter(name=other).exists()

    def all_of_them() -> None:
        tasks = [site_migrate.ask(domain=name, platform=other, by="bench") for name in names]
        for task in tasks:
            settle(task)

    yield Row(f"{ground.title}: migrate {FLEET} small sites, asked for at once", Times((timed(all_of_them),)))


def _dump_and_load(site: OpenSite) -> None:
    """As the old Aegir moved a database: one thing after the other, through gzip."""
    with tempfile.TemporaryDirectory(prefix="aegir-bench-", dir=site.ground.instance.home) as folder:
        dump, client = clients(site)
        file = shlex.quote(f"{folder}/dump.gz")
        shell(f"{dump} {site.row.database_name} | gzip > {file}", site)
        shell(f"{client} -e 'DROP DATABASE IF EXISTS bench_load; CREATE DATABASE bench_load'", site)
        shell(f"gunzip < {file} | {client} bench_load", site)
        shell(f"{client} -e 'DROP DATABASE bench_load'", site)


def _dump_and_tar(site: OpenSite, folder: Path) -> None:
    dump, _ = clients(site)
    shell(f"{dump} {site.row.database_name} > {shlex.quote(str(folder))}/database.sql", site)
    shell(f"tar czf {folder}/site.tar.gz -C {shlex.quote(site.ref.path)} . -C {folder} database.sql", site)


def clients(site: OpenSite) -> tuple[str, str]:
    """How mysqldump and mysql are called for the server of a site's database."""
    server = site.ref.database.server
    reach = f"--no-defaults --socket={shlex.quote(server.socket)} --user={shlex.quote(server.user)}"
    dump = f"mysqldump {reach} --single-transaction --quick --routines --triggers --no-tablespaces"
    return dump, f"mysql {reach}"


def shell(command: str, site: OpenSite) -> None:
    """Run a pipe as the administrator of that server."""
    secret = site.world.reveal(site.ref.database.administrator)
    subprocess.run(
        ["bash", "-o", "pipefail", "-c", command], check=True, env={**os.environ, "MYSQL_PWD": secret}
    )
