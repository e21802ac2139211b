"""Credentials and sources over the API: secrets go in and nowhere out; paths are for administrators."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest
from django.test import Client

from aegir.models import AuditEntry, Credential, Grant, Platform, Secret, Task, User
from tests import doors

pytestmark = pytest.mark.django_db

SECRET = "s3cret-t0ken"
GIT = {"kind": "git", "location": "https://git.example.org/site.git"}


def key(folder: Path, passphrase: str = "") -> str:
    """A new private key, as OpenSSH makes them."""
    path = folder / "key"
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", passphrase, "-f", str(path)], check=True)
    return path.read_text()


def post(client: Client, address: str, **body: object) -> tuple[int, str]:
    response = client.post(address, body, content_type="application/json")
    return response.status_code, response.content.decode()


def add(client: Client, **more: object) -> tuple[int, str]:
    return post(
        client,
        "/api/credentials",
        **{"name": "git", "host": "Git.Example.org", "kind": "token", "secret": SECRET, **more},
    )


def test_a_secret_goes_in_and_never_comes_out(signed_in: Client) -> None:
    status, made = add(signed_in)
    assert status == 201, made
    assert (json.loads(made)["host"], json.loads(made)["platforms"]) == ("git.example.org", [])
    doors.platform(source=GIT).credentials.add(Credential.objects.get())
    listed = signed_in.get("/api/credentials").content.decode()
    assert json.loads(listed)["items"][0]["platforms"] == ["d10"]
    rows = [*AuditEntry.objects.values_list("about", "details", "sentence")]
    assert SECRET not in made + listed + repr(rows) + signed_in.get("/api/platforms/d10").content.decode()
    assert Credential.objects.get().secret.reveal() == SECRET


def test_a_credential_in_use_stays_and_another_goes_with_its_secret(signed_in: Client) -> None:
    add(signed_in)
    row = Credential.objects.get()
    platform = doors.platform(source=GIT)
    platform.credentials.add(row)
    refused = signed_in.delete("/api/credentials/git")
    assert (refused.status_code, "is used by d10" in refused.content.decode()) == (422, True)
    Platform.objects.filter(pk=platform.pk).update(state="deleted")
    assert signed_in.delete("/api/credentials/git").status_code == 200
    assert not Credential.objects.exists()
    assert not Secret.objects.filter(pk=row.secret_id).exists()
    assert signed_in.delete("/api/credentials/git").status_code == 404


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"name": "Git Hub"}, "name"),
        ({"name": ""}, "name"),
        ({"host": "https://example.org"}, "host"),
        ({"host": "a b"}, "host"),
        ({"kind": "password"}, "user"),
        ({"user": "a:b"}, "user"),
        ({"secret": "short"}, "secret"),
        ({"secret": "s3cret-t0ken\nX: y"}, "secret"),
        ({"kind": "key"}, "secret"),
    ],
)
def test_what_cannot_be_used_is_refused_without_repeating_it(
    wrong: dict[str, str], field: str, signed_in: Client
) -> None:
    status, text = add(signed_in, **wrong)
    assert (status, json.loads(text)["error"]["field"]) == (422, field), text
    assert str(wrong.get("secret", SECRET)) not in text
    assert not Credential.objects.exists()


def test_a_key_with_a_passphrase_is_refused(signed_in: Client, tmp_path: Path) -> None:
    made = key(tmp_path, "a passphrase")
    status, text = add(signed_in, kind="key", secret=made)
    assert (status, made.splitlines()[1] in text) == (422, False)
    assert not Credential.objects.exists()


def test_a_key_and_a_password_are_kept_as_they_are(signed_in: Client, tmp_path: Path) -> None:
    made = key(tmp_path)
    assert add(signed_in, kind="key", secret=made)[0] == 201
    assert add(signed_in, name="web", kind="password", user="anna", secret="geheim-1")[0] == 201
    assert Credential.objects.get(name="git").secret.reveal() == made
    assert add(signed_in)[0] == 422, "a name is taken once"


def test_a_platform_is_built_from_a_source(signed_in: Client) -> None:
    doors.server()
    add(signed_in)
    status, text = post(
        signed_in, "/api/platforms", name="built", source={**GIT, "reference": "1.x"}, credentials=["git"]
    )
    assert (status, json.loads(text)["operation"]) == (202, "platform_build"), text
    platform = signed_in.get("/api/platforms/built").json()
    assert platform["source"]["reference"] == "1.x"
    assert (platform["credentials"], platform["built"], platform["state"]) == (["git"], {}, "queued")


def test_several_credentials_open_several_hosts(signed_in: Client) -> None:
    """One way in for each host; that of the code itself is among them, unless Composer goes to others."""
    doors.server()
    for name, host in (("forge", "git.example.org"), ("again", "git.example.org"), ("packages", "p.example")):
        assert add(signed_in, name=name, host=host)[0] == 201

    def said(name: str, *credentials: str, **more: object) -> tuple[int, str]:
        body = {"source": {**GIT, **more}, "credentials": [*credentials]}
        return post(signed_in, "/api/platforms", name=name, **body)

    status, text = said("one", "forge", "again")
    assert (status, "forge and again are both for git.example.org" in text) == (422, True)
    status, text = said("one", "packages")
    assert (status, "is for p.example, and the code comes from git.example.org" in text) == (422, True)
    assert said("one", "packages", "forge", "forge")[0] == 202
    assert said("two", "packages", composer=True)[0] == 202
    assert signed_in.get("/api/platforms/one").json()["credentials"] == ["forge", "packages"]
    listed = {row["name"]: row["platforms"] for row in signed_in.get("/api/credentials").json()["items"]}
    assert listed == {"again": [], "forge": ["one"], "packages": ["one", "two"]}
    refused = signed_in.delete("/api/credentials/packages").json()
    assert "is used by one, two" in refused["error"]["message"]


@pytest.mark.parametrize(
    "body",
    [{}, {"path": "/srv", "source": GIT}, {"source": {**GIT, "kind": "svn"}}, {"source": {**GIT, "more": 1}},
     {"source": {**GIT, "location": "http://a:b@example.org/x"}}, {"source": GIT, "docroot": "../.."},
     {"source": GIT, "credentials": ["none"]}, {"source": GIT, "credentials": "git"}],
)  # fmt: skip
def test_an_impossible_source_is_refused_and_changes_nothing(
    body: dict[str, object], signed_in: Client
) -> None:
    doors.server()
    status, text = post(signed_in, "/api/platforms", name="built", **body)
    assert status in (400, 422), text
    assert not Platform.objects.exists()
    assert not Task.objects.exists()


@pytest.mark.parametrize("location", ["/srv/code", "file:///srv/code", "file:/srv", "./x", "../x"])
@pytest.mark.parametrize("kind", ["git", "archive"])
def test_only_administrators_name_files_of_the_server(kind: str, location: str, signed_in: Client) -> None:
    doors.server()
    paul = User.objects.create(username="paul")
    Grant.objects.create(user=paul, role=Grant.Role.PLATFORM_MANAGER)
    manager = Client()
    manager.force_login(paul)
    status, text = post(manager, "/api/platforms", name="built", source={"kind": kind, "location": location})
    assert status == 403, text
    assert post(manager, "/api/platforms", name="built", source=GIT)[0] == 202
    listed = manager.get("/api/credentials")
    assert listed.status_code == 200
    assert add(manager)[0] == 403
