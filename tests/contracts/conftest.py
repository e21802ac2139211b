"""Fixtures of the contract suites."""

from tests.contracts.databases import database, other, product, root_for_sqlite
from tests.contracts.ground import as_root, as_user, ground
from tests.contracts.sources import source_ground

__all__ = ["as_root", "as_user", "database", "ground", "other", "product", "root_for_sqlite", "source_ground"]
