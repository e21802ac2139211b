from __future__ import annotations

from tests.codebases import drupal, ground, open_folder

__all__ = ["drupal", "ground", "open_folder"]
