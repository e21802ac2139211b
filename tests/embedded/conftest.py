"""Fixtures: ``aegir``, the session's own instance, and ``own``, one for a single test."""

from tests.embedded.instance import aegir, own

__all__ = ["aegir", "own"]
