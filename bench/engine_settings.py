"""Aegir's settings with the operations that do nothing."""

from __future__ import annotations

from aegir.settings import *  # noqa: F403
from aegir.settings import AEGIR_OPERATIONS

AEGIR_OPERATIONS = ["bench.recipes", *AEGIR_OPERATIONS]
