"""A small install profile of our own, whose updates behave in ways that Drupal's own never do."""

from __future__ import annotations

import shutil
from pathlib import Path

NAME = "aegir_probe"
INFO_7 = """name = Probe
core = 7.x
version = 1.0
dependencies[] = {module}
"""
INFO = """name: Probe
type: profile
core_version_requirement: '>=8'
version: '1.0'
install:
  - {module}
"""
MODULE = "aegir_probe_module"
MODULE_INFO_7 = "name = Probe module\ncore = 7.x\nversion = 2.1\n"
MODULE_INFO = "name: Probe module\ntype: module\ncore_version_requirement: '>=8'\nversion: '2.1'\n"


def number(major: int, which: int) -> int:
    """Update numbers start with the major version that brought them."""
    return (7000 if major == 7 else 9000) + which


def write_profile(root: Path, major: int, modules: str = "modules") -> None:
    """The profile, and the module that it enables below ``modules``; those of another test go."""
    profile = root / "profiles" / NAME
    module = root / modules / MODULE
    for folder in (profile, root / "modules" / MODULE, module):
        shutil.rmtree(folder, ignore_errors=True)
    for folder in (profile, module):
        folder.mkdir(parents=True)
    (profile / f"{NAME}.profile").write_text("<?php\n")
    (module / f"{MODULE}.module").write_text("<?php\n")
    suffix = ".info" if major == 7 else ".info.yml"
    (profile / f"{NAME}{suffix}").write_text((INFO_7 if major == 7 else INFO).format(module=MODULE))
    (module / f"{MODULE}{suffix}").write_text(MODULE_INFO_7 if major == 7 else MODULE_INFO)


def write_updates(folder: Path, major: int, bodies: dict[int, str], more: str = "") -> None:
    """The module's ``.install`` with one update function a body."""
    functions = "\n".join(
        f"/**\n * Update {which}.\n */\n"
        f"function {MODULE}_update_{number(major, which)}(&$sandbox = NULL) {{ {body} }}\n"
        for which, body in bodies.items()
    )
    (folder / f"{MODULE}.install").write_text(f"<?php\n{functions}\n{more}")


def function(major: int, which: int) -> str:
    return f"{MODULE}_update_{number(major, which)}"
