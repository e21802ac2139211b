"""Fixtures of the contract suites."""

from tests.contracts.ground import as_root, as_user, ground

__all__ = ["as_root", "as_user", "ground"]
