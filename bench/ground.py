"""An Aegir of the bench's own, with copies of the codebases, gone when the bench ends."""

from __future__ import annotations

import http.client
import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import django

from bench.clock import say, until
from tests.embedded.instance import Instance, ensure_operator

if TYPE_CHECKING:  # models cannot be imported before Django is set up
    from aegir.models import Platform, Task

OURS = Path(__file__).parents[1] / "tests/drupal/ten"
REAL = Path(os.environ.get("AEGIR_DRUPAL_CODEBASES", "/var/cache/aegir/codebases"))


def at_hand() -> list[Path]:
    """The real codebases on this machine, and always the tests' own."""
    real = sorted(path for path in REAL.iterdir() if path.is_dir()) if REAL.is_dir() else []
    return [*real, OURS]


@contextmanager
def running() -> Iterator[Instance]:
    """Aegir, up, with this process's Django on its ledger."""
    ensure_operator()
    instance = Instance()
    try:
        say(f"starting Aegir in {instance.home}")
        instance.up()
        os.environ.update(instance.environment, DJANGO_SETTINGS_MODULE="aegir.settings")
        os.environ["AEGIR_BRIDGE"] = str(instance.home / "bridge")
        django.setup()
        _set_defaults()
        yield instance
    finally:
        instance.end()


def _set_defaults() -> None:
    """Sites go as they came, without a farewell; prepared copies are measured apart."""
    from aegir.models import Default

    for name in ("disable_before_delete", "backup_before_delete", "instant_sites"):
        Default.objects.update_or_create(name=name, defaults={"value": False})


@dataclass(frozen=True)
class Ground:
    """A codebase that is a platform of a running Aegir."""

    instance: Instance
    name: str
    code: Path
    ours: bool
    """Whether it is the tests' application and not Drupal."""

    @cached_property
    def platform(self) -> Platform:
        from aegir.models import Platform

        return Platform.objects.select_related("server").get(name=self.name)

    @property
    def title(self) -> str:
        return "the tests' application" if self.ours else f"Drupal {self.platform.version}"

    @property
    def has_drush(self) -> bool:
        return (self.code / "vendor/bin/drush").is_file()


def lay(instance: Instance, source: Path) -> Ground:
    """Copy a codebase and make it a platform."""
    from aegir.operations import platform_add

    say(f"copying {source.name}")
    ground = Ground(
        instance, source.name.replace(".", "-"), instance.home / "platforms" / source.name, source == OURS
    )
    copy(source, ground.code)
    settle(platform_add.ask(name=ground.name, path=str(ground.code), by="bench"))
    return ground


def copy(source: Path, target: Path) -> None:
    """A codebase as the operator would have put it there: his own, readable to all."""
    subprocess.run(["cp", "-a", "--reflink=auto", str(source), str(target)], check=True)
    if os.geteuid() == 0:
        subprocess.run(["chown", "-R", "aegir:", str(target)], check=True)
    subprocess.run(["chmod", "-R", "u+w,a+rX", str(target)], check=True)


def settle(task: Task, *wanted: str) -> Task:
    """The task once it is over; an error when it ended otherwise than wanted (by default: well)."""

    def over() -> bool:
        task.refresh_from_db()
        return task.over

    until(over, f"the end of {task}", patience=900.0)
    if task.state not in (wanted or ("succeeded", "warned")):
        raise RuntimeError(f"{task} ended {task.state}: {task.error} {task.remedy}")
    return task


def step_seconds(task: Task, step: str) -> float:
    """How long one step of a task took, by the name of its class."""
    row = task.steps.get(path__endswith=f":{step}")
    if row.started_at is None or row.ended_at is None:
        raise RuntimeError(f"{task} never did {step}")
    return (row.ended_at - row.started_at).total_seconds()


def visit(port: int, domain: str) -> None:
    """Ask for the front page as a visitor would; an error when it is not served."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    connection.request("GET", "/", headers={"Host": f"{domain}:{port}"})
    answer = connection.getresponse()
    answer.read()
    connection.close()
    if answer.status != 200:
        raise RuntimeError(f"{domain} answers {answer.status}")
