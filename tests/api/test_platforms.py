"""Platforms, servers and packages over the API."""

from __future__ import annotations

import pytest
from django.test import Client

from aegir.models import Package, Platform, Site, Task
from tests import doors

pytestmark = pytest.mark.django_db


def test_platforms_are_listed_with_how_many_sites_live_on_them(signed_in: Client) -> None:
    home = doors.platform("d10")
    doors.platform("d7")
    doors.site("a.example.org", on=home)
    doors.site("gone.example.org", on=home, state=Site.State.DELETED)
    answer = signed_in.get("/api/platforms").json()
    assert [(p["name"], p["site_count"]) for p in answer["items"]] == [("d10", 1), ("d7", 0)]


def test_a_platform_tells_what_its_codebase_holds(signed_in: Client) -> None:
    doors.platform(problems=["modules/x/x.info.yml cannot be read."], code_changes=["vendor/twig changed."])
    answer = signed_in.get("/api/platforms/d10").json()
    assert (answer["version"], answer["profiles"]) == ("10.1.6", ["standard", "minimal"])
    assert answer["problems"] == ["modules/x/x.info.yml cannot be read."]
    assert answer["code_changes"] == ["vendor/twig changed."]


def test_an_unknown_or_deleted_platform_is_not_found(signed_in: Client) -> None:
    doors.platform("gone", state=Platform.State.DELETED)
    assert signed_in.get("/api/platforms/gone").status_code == 404
    assert signed_in.get("/api/platforms/never").status_code == 404


@pytest.mark.parametrize(
    ("name", "path"), [("d10", "relative/path"), ("d10", "/no/such/place"), ("Bad Name", "/srv"), ("d10", "")]
)
def test_an_impossible_platform_is_refused_and_changes_nothing(
    signed_in: Client, name: str, path: str
) -> None:
    doors.server()
    response = signed_in.post("/api/platforms", {"name": name, "path": path}, content_type="application/json")
    assert response.status_code == 422, response.content
    assert response.json()["error"]["kind"] == "refused"
    assert not Task.objects.exists()
    assert not Platform.objects.exists()


def test_a_platform_is_verified_and_deleted_by_tasks(signed_in: Client) -> None:
    doors.platform("one")
    doors.platform("two")
    assert signed_in.post("/api/platforms/one/verify").json()["operation"] == "platform_verify"
    assert signed_in.delete("/api/platforms/two").json()["operation"] == "platform_delete"


def test_a_platform_with_sites_is_not_deleted(signed_in: Client) -> None:
    doors.site(on=doors.platform())
    response = signed_in.delete("/api/platforms/d10")
    assert response.status_code == 422
    assert not Task.objects.exists()


def test_servers_are_listed_with_their_services(signed_in: Client) -> None:
    doors.server()
    (answer,) = signed_in.get("/api/servers").json()["items"]
    assert answer["name"] == "localhost"
    assert {"family": "web", "driver": "nginx"} in answer["services"]
    assert signed_in.get("/api/servers/localhost").json() == answer


def test_a_server_is_verified_by_a_task(signed_in: Client) -> None:
    doors.server()
    response = signed_in.post("/api/servers/localhost/verify")
    assert response.status_code == 202, response.content
    assert response.json()["operation"] == "server_verify"


def test_an_unknown_server_is_not_found(signed_in: Client) -> None:
    assert signed_in.get("/api/servers/nowhere").status_code == 404
    assert signed_in.post("/api/servers/nowhere/verify").status_code == 422


def test_packages_can_be_chosen_by_platform_or_site(signed_in: Client) -> None:
    home = doors.platform()
    doors.site(on=home)
    Package.objects.create(platform=home, kind="module", name="views", version="10.1.6")
    assert signed_in.get("/api/packages").json()["count"] == 2
    (of_platform,) = signed_in.get("/api/packages?platform=d10").json()["items"]
    assert (of_platform["name"], of_platform["platform"], of_platform["enabled"]) == ("views", "d10", None)
    (of_site,) = signed_in.get("/api/packages?site=example.org").json()["items"]
    assert (of_site["name"], of_site["site"], of_site["enabled"]) == ("node", "example.org", True)


def test_packages_of_something_unknown_are_not_found(signed_in: Client) -> None:
    assert signed_in.get("/api/packages?platform=nowhere").status_code == 404
    assert signed_in.get("/api/packages?site=nowhere.org").status_code == 404
