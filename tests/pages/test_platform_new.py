"""The forms for platforms that are built, what their pages tell, and the pages about credentials."""

from __future__ import annotations

import pytest
from django.test import Client

from aegir.models import Credential, Platform, Task
from tests import doors

pytestmark = pytest.mark.django_db

GIT = {"name": "built", "location": "https://git.example.org/site.git", "submodules": "on"}


def text(client: Client, address: str) -> str:
    response = client.get(address)
    assert response.status_code == 200, address
    return str(response.content.decode())


def test_each_form_asks_for_what_its_kind_of_source_needs(alice: Client) -> None:
    fields = {
        "path": ({"path"}, {"location", "submodules", "checksum"}),
        "git": ({"location", "reference", "submodules", "docroot"}, {"path", "checksum"}),
        "archive": ({"location", "checksum", "docroot"}, {"path", "reference", "submodules"}),
        "nonsense": ({"path"}, {"location"}),
    }
    for kind, (there, not_there) in fields.items():
        page = text(alice, f"/add?from={kind}")
        assert all(f'name="{name}"' in page for name in there), kind
        assert not any(f'name="{name}"' in page for name in not_there), kind


def test_a_form_asks_for_a_build(alice: Client) -> None:
    doors.server()
    Credential.add(name="git", host="git.example.org", kind="token", secret="s3cret-t0ken")
    Credential.add(name="packages", host="p.example", kind="token", secret="s3cret-t0ken")
    assert "git (token for git.example.org)" in text(alice, "/add?from=git")
    answer = alice.post("/add?from=git", {**GIT, "reference": "1.x", "credentials": ["git", "packages"]})
    task = Task.objects.get()
    assert (answer.status_code, task.operation) == (302, "platform_build")
    row = Platform.objects.get()
    assert (row.source["reference"], row.source["submodules"]) == ("1.x", True)
    assert {each.name for each in row.credentials.all()} == {"git", "packages"}
    like = text(alice, "/add?like=built")
    assert like.count("checked") >= 2


def test_a_form_is_judged_while_it_is_filled_in(alice: Client) -> None:
    doors.server()
    wrong = {**GIT, "location": "https://anna:geheim@git.example.org/x", "reference": "a..b"}
    checked = alice.post("/add?from=git", wrong, headers={"X-Aegir-Check": "yes"}).content.decode()
    assert "add a credential" in checked
    refused = alice.post("/add?from=git", {**wrong, "location": GIT["location"]})
    assert refused.status_code == 422
    assert "is not a branch, tag or commit" in refused.content.decode()
    assert not Platform.objects.exists()


def test_a_platform_tells_where_it_comes_from(alice: Client) -> None:
    kept = Credential.add(name="git", host="git.example.org", kind="token", secret="s3cret-t0ken")
    source = {"kind": "git", "location": GIT["location"], "reference": "1.x", "submodules": True}
    built = {"identity": "commit 1a2b", "commit": "1a2b", "files": 1234, "bytes": 5_000_000,
             "submodules": {"a": "b"}}  # fmt: skip
    doors.platform("built", source=source, built=built).credentials.add(kept)
    page = text(alice, "/platforms/built")
    for there in (GIT["location"], "1.x", "commit 1a2b", "1,234 files", "Submodules", "git"):
        assert there in page
    assert "s3cret" not in page
    doors.platform("failed", source=source, state="failed")
    assert "It could not be built" in text(alice, "/platforms/failed")
    assert "Where it comes from" not in text(alice, f"/platforms/{doors.platform('brought').name}")


def test_a_credential_is_kept_listed_and_forgotten(alice: Client) -> None:
    assert "No credentials yet" in text(alice, "/credentials")
    given = {"name": "git", "host": "git.example.org", "kind": "token", "secret": "s3cret-t0ken"}
    refused = alice.post("/new/credential", {**given, "host": "a b"})
    assert (refused.status_code, "is not a host" in refused.content.decode()) == (422, True)
    assert alice.post("/new/credential", given).status_code == 302
    made = doors.platform("built", source={"kind": "git", "location": "x"})
    made.credentials.add(Credential.objects.get())
    page = text(alice, "/credentials")
    assert "git.example.org" in page
    assert "/platforms/built" in page
    assert "s3cret" not in page
    stays = alice.post("/credentials/git/delete", follow=True).content.decode()
    assert "is used by built" in stays
    Platform.objects.update(state="deleted")
    alice.post("/credentials/git/delete")
    assert not Credential.objects.exists()
