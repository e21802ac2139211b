"""The forms of new sites: installed on a platform, or made of a backup."""

from __future__ import annotations

import pytest
from django.test import Client

from aegir.models import Backup, Service, Site, Task
from tests import doors
from tests.pages.sites import CHECK, acme, bob, full

pytestmark = pytest.mark.django_db
__all__ = ["bob"]


def test_an_install_leads_to_its_task(alice: Client) -> None:
    full()
    response = alice.post("/install", {
        "domain": "new.example.org", "platform": "d10", "profile": "minimal", "language": "de",
        "aliases": "a.example.org, b.example.org", "email": "me@example.org", "db": "sqlite",
    })  # fmt: skip
    task = Task.objects.get()
    assert response["Location"] == f"/tasks/{task.pk}"
    site = Site.objects.get(domain="new.example.org")
    assert (site.profile, site.language, site.email) == ("minimal", "de", "me@example.org")
    assert set(site.names.values_list("name", flat=True)) == {
        "new.example.org",
        "a.example.org",
        "b.example.org",
    }


@pytest.mark.parametrize(("fields", "field", "sentence"), [
    ({"domain": ""}, "domain", "A domain is needed"),
    ({"domain": "example.org"}, "domain", "already a site"),
    ({"domain": "n" * 300 + ".org"}, "domain", "too long"),
    ({"domain": "new.example.org", "email": "nobody"}, "email", "is not an e-mail address"),
    ({"domain": "new.example.org", "platform": "d7"}, "platform", "Choose another"),
    ({"domain": "new.example.org", "profile": "umami"}, "profile", "Choose another"),
    ({"domain": "new.example.org", "aliases": "example.org"}, "aliases", "already a site"),
])  # fmt: skip
def test_a_refused_install_keeps_what_was_typed(
    alice: Client, fields: dict[str, str], field: str, sentence: str
) -> None:
    full()
    response = alice.post("/install", {"platform": "d10", "email": "a@example.org", **fields})
    assert response.status_code == 422
    text = response.content.decode()
    assert sentence in text.partition(f'id="said-{field}">')[2].partition("</div>")[0]
    assert f'value="{fields.get("email", "a@example.org")}"' in text
    assert fields["domain"] in text
    assert not Task.objects.exists()


def test_profiles_and_languages_follow_the_platform(alice: Client) -> None:
    full()
    doors.platform("d7", version="7.105", major=7, profiles=["testing7"], languages=["fr", "en"])
    text = alice.post("/install", {"domain": "x.example.org", "platform": "d7", "profile": "standard"},
                      headers=CHECK).content.decode()  # fmt: skip
    profiles = text.partition('id="f-profile-choices"')[2].partition("</div>")[0]
    assert "testing7" in profiles
    assert "standard" not in profiles
    assert "Français (fr)" in text
    assert "not one of the available" not in text
    assert 'value="d7" selected' in alice.get("/install?platform=d7").content.decode()
    assert 'value="d11" selected' in alice.get("/install").content.decode(), "the newest"
    backup = Backup.objects.get()
    assert 'value="d10" selected' in alice.get(f"/deploy?backup={backup.pk}").content.decode(), "its own"


def test_platforms_without_the_profile_that_is_wanted_are_not_offered(alice: Client) -> None:
    full()
    doors.platform("distribution", version="10.1.0", profiles=["studio", "minimal"])
    asked = alice.get("/install?profile=studio").content.decode()
    assert 'value="distribution" selected' in asked
    assert 'value="d10"' not in asked
    assert 'value="studio" selected' in asked
    assert 'value="d10"' in alice.get("/install?profile=minimal").content.decode()
    refused = alice.post("/install", {"domain": "x.example.org", "platform": "d10", "profile": "studio"})
    assert refused.status_code == 422
    assert not Task.objects.exists()
    listed = alice.get("/platforms?profile=studio").content.decode().partition("<tbody")[2]
    assert "distribution" in listed
    assert "d10" not in listed
    assert "/platforms?profile=studio" in alice.get("/platforms/distribution").content.decode()


def test_whose_a_new_site_is_says_who_has_a_choice(alice: Client, bob: Client) -> None:
    doors.platform()
    assert "acme" in alice.get("/install").content.decode()
    assert 'name="client"' not in bob.get("/install").content.decode()
    bob.post("/install", {"domain": "bobs.example.org", "platform": "d10"})
    assert Site.objects.get().client == acme()
    alice.post("/install", {"domain": "theirs.example.org", "platform": "d10", "client": "acme"})
    assert Site.objects.filter(client=acme()).count() == 2


def test_a_site_is_made_of_a_backup_and_of_a_path_by_administrators_alone(alice: Client, bob: Client) -> None:
    site = full(client=acme())
    backup = Backup.objects.get()
    Service.objects.filter(family="database").exclude(pk=site.database_id).delete()
    fields = {"backup": backup.pk, "domain": "again.example.org", "platform": "d10", "identify": "on"}
    assert f'value="{backup.pk}" selected' in alice.get(f"/deploy?backup={backup.pk}").content.decode()
    assert 'name="path"' in alice.get("/deploy").content.decode()
    assert 'name="path"' not in bob.get("/deploy").content.decode()
    for wrong, field in (({"backup": ""}, "backup"), ({"path": "/etc/passwd"}, "path")):
        answer = alice.post("/deploy", {**fields, **wrong})
        said = answer.content.decode().partition(f'id="said-{field}">')[2].partition("</div>")[0]
        assert answer.status_code == 422
        assert said.strip()
    answer = alice.post("/deploy", {**fields, "backup": "", "path": "relative.tar"})
    assert "is not absolute" in answer.content.decode()
    assert not Task.objects.exists()
    answer = bob.post("/deploy", {**fields, "path": "/etc/passwd"})
    task = Task.objects.get()
    assert answer["Location"] == f"/tasks/{task.pk}"
    assert (task.arguments["archive"], task.arguments["identify"]) == (str(backup.pk), True)
