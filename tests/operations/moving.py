"""Two releases of one platform, and a site on the older one with a page in it."""

from __future__ import annotations

import itertools
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from unittest import mock

from aegir.engine import runner
from aegir.engine.step import Step, load_step
from aegir.models import Backup, Platform, Site, Task, TaskStep
from aegir.operations import site_install
from tests.drupal.application import upgraded
from tests.operations.hosting import BY, SHAPED, Hosting, die, fail, run, run_killed, sabotage

DOMAIN = "demo.localhost"
PAGE = "Written before the move"


def next_release(hosting: Hosting, flavour: str = "ten", *, failing: str = "") -> Platform:
    """The platform «next»: guestbook and core have an update more than on the first one.

    ``failing`` is how the guestbook's ends: throw, exit, memory …
    """
    code = hosting.folder / "code" / "next"
    shutil.copytree(SHAPED / flavour, code)
    upgraded(code)
    if failing:
        sites = code / "web/sites" if flavour == "ten" else code / "sites"
        (sites / "all").mkdir(exist_ok=True)
        (sites / "all/switches").write_text(f"{UPDATES[flavour]} {failing}\n")
    return hosting.platform("next", code)


UPDATES = {"ten": "guestbook_update_10003", "seven": "guestbook_update_7003"}


def installed(hosting: Hosting, platform: Platform, db: str = "sqlite", domain: str = DOMAIN) -> Site:
    """A site with the guestbook, one page and one file."""
    task = run(site_install.ask(domain=domain, platform=platform.name, profile="studio", db=db, by=BY))
    assert task.state == Task.State.SUCCEEDED, task.error
    site = Site.objects.get(domain=domain, state=Site.State.ENABLED)
    hosting.content(site).add_page(PAGE)
    upload(hosting, site, "before.txt", "An upload")
    return site


def upload(hosting: Hosting, site: Site, name: str, text: str) -> None:
    """As PHP would have written it."""
    path = directory(site) / "files" / name
    path.write_text(text)
    shutil.chown(path, hosting.web.user)


def directory(site: Site) -> Path:
    return Path(site.platform.root) / site.directory


def front(hosting: Hosting, domain: str = DOMAIN) -> str:
    """The front page, which names its platform and lists the pages."""
    answer = hosting.web.nginx.fetch(domain)
    assert answer.status == 200, answer
    return answer.body


MODES = [("before", fail), ("after", die), ("after", fail), ("before", die)]
GOOD = (Task.State.SUCCEEDED, Task.State.WARNED)
TURNS = [(0, "mysql"), (1, "sqlite")]
"""Each breaks every step in another way, so that together they let every step fail once and die once; the
fault matrix has all ways."""


@contextmanager
def struck(position: int, when: str, how: Callable[[], None]) -> Iterator[None]:
    """Break the step at that position of the journal, or the next one that has something to do, once."""
    honest = runner.Run._step
    begun: list[int] = []

    def step(this: runner.Run, row: TaskStep) -> Step:
        if row.position < position or begun:
            return honest(this, row)
        try:
            with sabotage(type(load_step(row.path, row.arguments)), when, how):
                return honest(this, row)
        finally:
            if row.state != TaskStep.State.KEPT:
                begun.append(row.position)

    with mock.patch.object(runner.Run, "_step", step):
        yield


@contextmanager
def watching(hear: Callable[[str], None]) -> Iterator[None]:
    """Hear the class name of each step as it begins."""
    honest = runner.Run._step

    def step(this: runner.Run, row: TaskStep) -> Step:
        hear(row.path.rpartition(":")[2])
        return honest(this, row)

    with mock.patch.object(runner.Run, "_step", step):
        yield


def broken_everywhere(
    ask: Callable[[], Task], turn: int, as_it_was: Callable[[str], None], every: int = 1
) -> list[str]:
    """Break a task of each kind at each step up to its commit, where it must go back; then let one finish.

    ``every`` further step is enough for operations that share most of their steps with one of which each is
    broken. Returns the steps up to where the last was broken.
    """
    for position in itertools.count(0, every):
        task = ask()
        when, how = MODES[(position // every + turn) % len(MODES)]
        with struck(position, when, how):
            run_killed(task) if how is die else run(task)
        steps = [row.summary for row in task.steps.all()]
        if task.state in GOOD:
            return steps[:position]
        at = f"{how.__name__} {when} «{steps[position]}»"
        assert task.state == Task.State.FAILED, f"{at}: {task.state} {task.error} {task.remedy}"
        as_it_was(at)
    raise AssertionError("it never succeeded")


def world(hosting: Hosting) -> dict[str, object]:
    """All that an operation may change, but for what Drupal writes when it is visited."""
    assert not Backup.objects.filter(state=Backup.State.MAKING).exists()
    return {
        path: None if path.endswith(".sqlite") else seen
        for path, seen in hosting.state().items()
        if "/files/php" not in path
    }
