"""The same live services that the web server's tests use."""

from __future__ import annotations

from tests.drivers.web.conftest import live_web, sites

__all__ = ["live_web", "sites"]
