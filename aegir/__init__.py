"""Aegir hosts Drupal sites: every operation is a list of steps that can each be undone."""

__version__ = "4.0.0.dev0"
