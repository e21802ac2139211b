"""The fault matrix: every operation broken at every step in every way, and no site lost.

``python -m tests.faults`` runs all of it, or a seeded part; ``docs/faults.md`` has the result.
"""
