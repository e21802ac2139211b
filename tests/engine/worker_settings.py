"""The settings of a worker that a test starts: the test's database, and the make-believe operations."""

from __future__ import annotations

import os
from typing import Any

from aegir.settings import *  # noqa: F403
from aegir.settings import AEGIR_OPERATIONS, DATABASES

AEGIR_OPERATIONS = ["tests.recipes", *AEGIR_OPERATIONS]
DATABASES["default"]["NAME"] = os.environ["AEGIR_TEST_DATABASE"]
AEGIR_TRANSPORT = os.environ["AEGIR_TEST_TRANSPORT"]
_options: Any = DATABASES["default"]["OPTIONS"]
_options["timeout"] = float(os.environ["AEGIR_TEST_TIMEOUT"])
