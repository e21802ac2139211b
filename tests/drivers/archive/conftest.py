"""Fixtures of the tests of archives."""

from tests.drivers.archive.backups import backup, compression

__all__ = ["backup", "compression"]
