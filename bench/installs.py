"""Installing a site: the whole task until its page is served, and Drupal's installer alone, beside Drush."""

from __future__ import annotations

import time
from collections.abc import Iterator

from aegir.models import Task
from aegir.models.default import change
from aegir.operations import site_delete, site_install
from bench.apart import Apart
from bench.clock import Part, rounds
from bench.ground import Ground, settle, step_seconds, visit
from bench.table import Row

PROFILES = ("minimal", "standard")
DATABASES = ("mysql", "sqlite")
DOMAIN = "new.localhost"
COPY_AIM = 1.0
COPY_PARTS = {
    "InstallFromCopy": "database and files",
    "Personalise": "its own identity, inspection and login link",
    "ProbeSite": "its first page",
}
"""Steps, and what they are called in the table."""


def measure(ground: Ground, runs: int) -> Iterator[Row]:
    apart = Apart(ground) if ground.has_drush else None
    for profile in PROFILES:
        if profile in ground.platform.profiles:
            for kind in DATABASES:
                yield from _one(ground, apart, profile, kind, runs)
                yield from _from_copy(ground, apart, profile, kind, runs)


def _one(ground: Ground, apart: Apart | None, profile: str, kind: str, runs: int) -> Iterator[Row]:
    def ours() -> dict[str, float]:
        began = time.perf_counter()
        task = site_install.ask(domain=DOMAIN, platform=ground.name, profile=profile, db=kind, by="bench")
        settle(task)
        visit(ground.instance.http_port, DOMAIN)
        whole = time.perf_counter() - began
        settle(site_delete.ask(domain=DOMAIN, by="bench"))
        return {"whole": whole, "bridge": step_seconds(task, "InstallDrupal")}

    parts: list[Part] = [ours, *_peer(apart, profile, kind)]
    what = f"{ground.title}: install {profile}, {kind}"
    times = rounds(what, runs, *parts)
    beside, theirs = f"drush site:install {profile}", times.get("drush")
    yield Row(f"{what}: from asking to the page served", times["whole"], beside, theirs)
    yield Row(f"{what}: the bridge's install alone", times["bridge"], beside, theirs)


def _from_copy(ground: Ground, apart: Apart | None, profile: str, kind: str, runs: int) -> Iterator[Row]:
    """The same once a first installation has left a prepared copy."""

    def ours() -> dict[str, float]:
        began = time.perf_counter()
        task = site_install.ask(domain=DOMAIN, platform=ground.name, profile=profile, db=kind, by="bench")
        settle(task)
        visit(ground.instance.http_port, DOMAIN)
        whole = time.perf_counter() - began
        settle(site_delete.ask(domain=DOMAIN, by="bench"))
        parts = {step: step_seconds(task, step) for step in COPY_PARTS}
        _require_copied(task)
        return {"whole": whole, **parts}

    change("instant_sites", "yes")
    what = f"{ground.title}: install {profile}, {kind}, from a prepared copy"
    settle(site_install.ask(domain=DOMAIN, platform=ground.name, profile=profile, db=kind, by="bench"))
    settle(site_delete.ask(domain=DOMAIN, by="bench"))
    times = rounds(what, runs, ours, *_peer(apart, profile, kind))
    change("instant_sites", "no")
    beside, theirs = f"drush site:install {profile}", times.get("drush")
    yield Row(f"{what}: from asking to the page served", times["whole"], beside, theirs, COPY_AIM)
    for step, title in COPY_PARTS.items():
        yield Row(f"{what}: of that, {title}", times[step])


def _require_copied(task: Task) -> None:
    """A copy that did not fit is an error here: it would be the installer that is measured."""
    found = task.steps.get(path__endswith=":InstallFromCopy").found
    if not found["copied"]:
        raise RuntimeError(f"{task} had to install anew.")


def _peer(apart: Apart | None, profile: str, kind: str) -> list[Part]:
    return [] if apart is None else [lambda: {"drush": _drush(apart, profile, kind)}]


def _drush(apart: Apart, profile: str, kind: str) -> float:
    apart.clean(kind)
    return apart.drush.seconds(
        "site:install", profile, "--yes", "--site-name=new", "--account-mail=a@new.localhost"
    )
