"""What is done with a site or platform that is there: verify it, enter it, read its code."""

from __future__ import annotations

import time
from collections.abc import Iterator

from aegir.operations import places, platform_verify, site_delete, site_install, site_login, site_verify
from aegir.steps.site import drupal
from bench.clock import Part, rounds, timed
from bench.ground import Ground, settle, step_seconds, visit
from bench.site import OpenSite, alone
from bench.table import Row

DOMAIN = "bench.localhost"
DRUSH = ("cache:rebuild", "status", "pm:list", "updatedb:status")
BRIDGE = ("rebuild", "status", "extensions", "pending")
VERIFY_AIM = 0.6


def measure(ground: Ground, runs: int) -> Iterator[Row]:
    settle(site_install.ask(domain=DOMAIN, platform=ground.name, by="bench"))
    site = OpenSite(ground, DOMAIN)
    yield from _verify(ground, site, runs)
    yield from _login(ground, site, runs)
    yield from _code(ground, runs)
    settle(site_delete.ask(domain=DOMAIN, by="bench"))


def _verify(ground: Ground, site: OpenSite, runs: int) -> Iterator[Row]:
    """Each begins as sites are found: with a visitor's page in the caches that are then rebuilt."""

    def ours() -> dict[str, float]:
        visit(ground.instance.http_port, DOMAIN)
        began = time.perf_counter()
        task = settle(site_verify.ask(domain=DOMAIN, by="bench"))
        whole = time.perf_counter() - began
        return {"whole": whole, "page": step_seconds(task, "ProbeSite")}

    def bridge() -> dict[str, float]:
        visit(ground.instance.http_port, DOMAIN)
        return {"bridge": timed(lambda: site.bridge(*BRIDGE))}

    parts: list[Part] = [ours, bridge]
    if ground.has_drush:
        drush = site.drush()

        def four() -> dict[str, float]:
            visit(ground.instance.http_port, DOMAIN)
            return {"drush": sum(drush.seconds(command) for command in DRUSH)}

        parts.append(four)
    what = f"{ground.title}: verify a site"
    times = rounds(what, runs, *parts)
    beside, theirs = "drush " + ", ".join(DRUSH), times.get("drush")
    yield Row(f"{what}: the whole task", times["whole"], beside, theirs, VERIFY_AIM)
    yield Row(f"{what}: of that, its front page with cold caches", times["page"])
    yield Row(f"{what}: {', '.join(BRIDGE)} by the bridge", times["bridge"], beside, theirs)


def _login(ground: Ground, site: OpenSite, runs: int) -> Iterator[Row]:
    parts: list[Part] = [
        lambda: {"whole": timed(lambda: settle(site_login.ask(domain=DOMAIN, by="bench")))},
        lambda: {"command": timed(lambda: _command(ground, "site", "login", DOMAIN))},
        lambda: {"bridge": timed(lambda: site.bridge("login"))},
    ]
    if ground.has_drush:
        drush = site.drush()
        parts.append(lambda: {"drush": drush.seconds("user:login", "--no-browser")})
    times = rounds(f"{ground.title}: login link", runs, *parts)
    beside, theirs = "drush user:login", times.get("drush")
    yield Row(f"{ground.title}: login link: the whole task", times["whole"], beside, theirs)
    yield Row(
        f"{ground.title}: login link: `aegir site login`, typed to printed", times["command"], beside, theirs
    )
    yield Row(f"{ground.title}: login link: the bridge alone", times["bridge"], beside, theirs)


def _code(ground: Ground, runs: int) -> Iterator[Row]:
    server = ground.platform.server
    php = places.php(server)
    driver = drupal(alone(), server.name)
    times = rounds(
        f"{ground.title}: read the code",
        runs,
        lambda: {"scan": timed(lambda: driver.scan(str(ground.code), php=php.cli, user=php.user))},
        lambda: {"whole": timed(lambda: settle(platform_verify.ask(name=ground.name, by="bench")))},
    )
    packages = len(driver.scan(str(ground.code), php=php.cli, user=php.user).packages)
    yield Row(f"{ground.title}: read the code of {packages} packages", times["scan"])
    yield Row(f"{ground.title}: verify the platform: the whole task", times["whole"])


def _command(ground: Ground, *arguments: str) -> None:
    done = ground.instance.cli(*arguments)
    if done.returncode:
        raise RuntimeError(f"aegir {' '.join(arguments)} ended {done.returncode}: {done.stderr}")
