"""Platforms that had one credential have it still, now that they may have several."""

from __future__ import annotations

import pytest
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.state import StateApps

pytestmark = pytest.mark.django_db(transaction=True)
BEFORE, AFTER = [("aegir", "0013_advisories_of_seven")], [("aegir", "0014_several_credentials")]


def test_the_one_credential_comes_along_and_goes_back() -> None:
    newest = MigrationExecutor(connection).loader.graph.leaf_nodes("aegir")
    try:
        old = migrated(BEFORE)
        server = old.get_model("aegir", "Server").objects.create(name="localhost", state="enabled")
        secret = old.get_model("aegir", "Secret").objects.create(purpose="x", sealed=b"x")
        kept = old.get_model("aegir", "Credential").objects.create(
            name="git", host="git.example.org", kind="token", secret_id=secret.pk
        )
        rows = old.get_model("aegir", "Platform").objects
        for name, credential in (("opened", kept), ("public", None)):
            rows.create(name=name, path=f"/srv/{name}", server=server, credential=credential)
        rows = migrated(AFTER).get_model("aegir", "Platform").objects
        named = {row.name: [each.name for each in row.credentials.all()] for row in rows.all()}
        assert named == {"opened": ["git"], "public": []}
        rows = migrated(BEFORE).get_model("aegir", "Platform").objects
        assert {row.name: row.credential_id for row in rows.all()} == {"opened": kept.pk, "public": None}
    finally:
        migrated(newest)


def migrated(to: list[tuple[str, str]]) -> StateApps:
    """The rows as that migration leaves them, and models that fit them."""
    state = MigrationExecutor(connection).migrate(to)
    return state.apps
