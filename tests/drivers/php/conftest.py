"""One nginx for PHP-FPM's own tests, which are the same behind any web server."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.drivers.web.conftest import sites
from tests.live.web import LiveWeb

__all__ = ["live_web", "sites"]


@pytest.fixture(scope="session")
def live_web() -> Iterator[LiveWeb]:
    with LiveWeb() as live:
        yield live
