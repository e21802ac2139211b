"""Reading the code of a thousand modules: cold, when nothing of it is in memory, and again unchanged."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

from aegir.drivers.app.drupal import BRIDGE, Driver
from aegir.drivers.host.local import Driver as LocalHost
from bench.clock import Part, rounds, say, timed
from bench.table import Row
from tests.codebases import OURS, PHP
from tests.live.web import WEB_USER

MODULES = 1000
FILES = 12
"""Of code that no scan reads, in each module: what there is to be walked past."""
LINES = 60


def measure(runs: int) -> Iterator[Row]:
    """A codebase of each kind, made for this."""
    with tempfile.TemporaryDirectory(prefix="aegir-bench-") as folder:
        top = Path(folder)
        top.chmod(0o755)
        bridge = top / "bridge"
        shutil.copytree(BRIDGE, bridge, copy_function=shutil.copyfile)
        driver = Driver(LocalHost(), bridge=str(bridge))
        for major, make in ((10, _ten), (7, _seven)):
            say(f"making {MODULES} modules of Drupal {major}")
            code = make(top)
            found = driver.scan(str(code), php=PHP, user=WEB_USER)
            made = sum(package.name.startswith("module_") for package in found.packages)
            if made != MODULES or found.problems:
                raise RuntimeError(f"{made} modules were found, with {len(found.problems)} problems")
            times = rounds(f"read {MODULES} modules of Drupal {major}", runs, *_parts(driver, code))
            for how in ("cold", "unchanged"):
                yield Row(f"read the code of {MODULES:,} modules of Drupal {major}, {how}", times[how])


def _parts(driver: Driver, code: Path) -> tuple[Part, Part]:
    def scan() -> float:
        return timed(lambda: driver.scan(str(code), php=PHP, user=WEB_USER))

    def cold() -> dict[str, float]:
        forget(code)
        return {"cold": scan()}

    return cold, lambda: {"unchanged": scan()}


def forget(code: Path) -> None:
    """Let the kernel drop from memory what the files hold (their names it keeps)."""
    subprocess.run(["sync", "-f", str(code)], check=True)
    for path in code.rglob("*"):
        if path.is_file():
            opened = os.open(path, os.O_RDONLY)
            os.posix_fadvise(opened, 0, 0, os.POSIX_FADV_DONTNEED)
            os.close(opened)


def _ten(top: Path) -> Path:
    code = top / "ten"
    shutil.copytree(OURS / "ten", code, symlinks=True)
    for number in range(MODULES):
        name = f"module_{number}"
        module = _module(code / "web/modules/contrib" / name, name)
        (module / f"{name}.info.yml").write_text(
            f"name: Module {number}\ntype: module\ndescription: 'Does something.'\nversion: 8.x-1.{number}\n"
            "core_version_requirement: ^9 || ^10\ndependencies:\n  - drupal:node\n  - drupal:user\n"
        )
        for part in range(FILES):
            _text(module / f"src/Plugin/Part{part}.php", f"namespace Drupal\\{name};")
    return code


def _seven(top: Path) -> Path:
    code = top / "seven"
    shutil.copytree(OURS / "seven", code, symlinks=True)
    for number in range(MODULES):
        name = f"module_{number}"
        module = _module(code / "sites/all/modules" / name, name)
        (module / f"{name}.info").write_text(
            f'name = Module {number}\ndescription = "Does something."\ncore = 7.x\n'
            f'version = "7.x-1.{number}"\ndependencies[] = node\nfiles[] = part0.inc\n'
        )
        for part in range(FILES):
            _text(module / f"includes/part{part}.inc", "")
    return code


def _module(folder: Path, name: str) -> Path:
    folder.mkdir(parents=True)
    _text(folder / f"{name}.module", "")
    updates = "".join(f"function {name}_update_{9000 + n}() {{\n  return 'Done.';\n}}\n\n" for n in range(5))
    (folder / f"{name}.install").write_text(f"<?php\n\n{updates}")
    return folder


def _text(path: Path, head: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    name = path.name.replace(".", "_")
    lines = "".join(f"function {name}_{n}($a) {{\n  return [$a, {n}, 'text'];\n}}\n\n" for n in range(LINES))
    path.write_text(f"<?php\n\n{head}\n\n{lines}")
