"""Hands: one file, one product, no Django. The file name is the registry."""

from __future__ import annotations

import importlib
import pkgutil
import re
from typing import Any


def load(family: str, name: str) -> Any:
    """The ``Driver`` class of ``drivers/<family>/<name>.py``.

    Raises LookupError when there is no such driver.
    """
    if not re.fullmatch(r"[a-z][a-z0-9_]*", name):
        raise LookupError(f"«{name}» is not a driver name.")
    module = f"aegir.drivers.{family}.{name}"
    try:
        return importlib.import_module(module).Driver
    except ModuleNotFoundError as missing:
        if missing.name != module:
            raise
        raise LookupError(f"There is no {family} driver called «{name}».") from missing


def load_all() -> None:
    """Import every driver, so that processes forked from this one have them at once."""
    for found in pkgutil.walk_packages(__path__, f"{__name__}."):
        importlib.import_module(found.name)
