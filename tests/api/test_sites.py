"""Sites over the API."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from aegir.models import Platform, Secret, Site, SiteName, Task
from tests import doors

pytestmark = pytest.mark.django_db


def test_the_list_holds_every_live_site_by_domain(signed_in: Client) -> None:
    doors.site("b.example.org")
    doors.site("a.example.org")
    doors.site("gone.example.org", state=Site.State.DELETED)
    answer = signed_in.get("/api/sites").json()
    assert answer["count"] == 2
    assert [site["domain"] for site in answer["items"]] == ["a.example.org", "b.example.org"]


def test_the_list_can_be_cut_into_pages(signed_in: Client) -> None:
    for letter in "abc":
        doors.site(f"{letter}.example.org")
    answer = signed_in.get("/api/sites?limit=1&offset=1").json()
    assert answer["count"] == 3
    assert [site["domain"] for site in answer["items"]] == ["b.example.org"]


def test_the_list_takes_the_same_queries_whatever_its_length(
    signed_in: Client, django_assert_max_num_queries: object
) -> None:
    for number in range(20):
        doors.site(f"s{number}.example.org")
    with django_assert_max_num_queries(5):  # type: ignore[operator]
        assert signed_in.get("/api/sites").json()["count"] == 20


def test_sites_of_one_platform_can_be_listed(signed_in: Client) -> None:
    doors.site("old.example.org", on=doors.platform("d7"))
    doors.site("new.example.org", on=doors.platform("d11"))
    answer = signed_in.get("/api/sites?platform=d7").json()
    assert [site["domain"] for site in answer["items"]] == ["old.example.org"]


def test_the_list_is_searched_by_all_that_a_site_is_called(signed_in: Client) -> None:
    site = doors.site("a.example.org", on=doors.platform("d7"), title="Bakery", email="ann@flour.example")
    for name in ("www.bread.example", "bread.example"):
        SiteName.objects.create(name=name, site=site)
    doors.site("b.example.org", on=doors.platform("d10"))
    for wanted in ("a.exam", "bakery", "FLOUR", "bread", "d7"):
        answer = signed_in.get(f"/api/sites?q={wanted}").json()
        assert [found["domain"] for found in answer["items"]] == ["a.example.org"], wanted
    assert signed_in.get("/api/sites?q=nowhere").json()["count"] == 0


def test_a_site_is_found_however_its_domain_is_written(signed_in: Client) -> None:
    doors.site("xn--mnchen-3ya.example.org")
    assert signed_in.get("/api/sites/MÜNCHEN.example.org").json()["domain"] == "xn--mnchen-3ya.example.org"


def test_a_site_tells_its_address_platform_and_database(signed_in: Client) -> None:
    doors.site()
    answer = signed_in.get("/api/sites/example.org").json()
    assert answer["address"] == "http://example.org:8080/"
    assert (answer["platform"], answer["database"], answer["names"]) == ("d10", "sqlite", ["example.org"])


@pytest.mark.parametrize(
    "domain", ["nowhere.example.org", "not a domain", "..", "a'b", "%00", "x" * 300, "a%0Ab"]
)
def test_an_unknown_site_is_not_found(signed_in: Client, domain: str) -> None:
    response = signed_in.get(f"/api/sites/{domain}")
    assert response.status_code == 404
    assert response.json()["error"]["kind"] == "not_found"


def test_an_install_that_is_asked_for_answers_with_its_task(signed_in: Client) -> None:
    doors.platform()
    body = {"domain": "New.Example.org", "platform": "d10", "profile": "minimal"}
    response = signed_in.post("/api/sites", body, content_type="application/json")
    assert response.status_code == 202, response.content
    answer = response.json()
    assert (answer["state"], answer["subject"]["name"]) == ("queued", "new.example.org")
    assert Task.objects.get(pk=answer["id"]).asked_by == "alice"


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"domain": ""}, "domain"),
        ({"domain": "a b"}, "domain"),
        ({"domain": "../../etc"}, "domain"),
        ({"domain": "a'b.org"}, "domain"),
        ({"domain": "a\nb.org"}, "domain"),
        ({"domain": "x" * 300}, "domain"),
        ({"platform": "nowhere"}, "platform"),
        ({"profile": "nothing"}, "profile"),
        ({"language": "klingon"}, "language"),
        ({"db": "oracle"}, "db"),
        ({"email": "nobody"}, "email"),
    ],
)
def test_an_impossible_install_is_refused_and_changes_nothing(
    signed_in: Client, wrong: dict[str, str], field: str
) -> None:
    doors.platform()
    body = {"domain": "new.example.org", "platform": "d10", **wrong}
    response = signed_in.post("/api/sites", body, content_type="application/json")
    assert response.status_code == 422, response.content
    error = response.json()["error"]
    assert (error["kind"], error["field"]) == ("refused", field)
    assert not Task.objects.exists()
    assert not Site.objects.exists()


@pytest.mark.parametrize(
    ("body", "status"),
    [("{", 400), ("[]", 422), ('{"domain": 5, "platform": "d10"}', 422), ('{"platform": "d10"}', 422)],
)
def test_a_body_of_the_wrong_shape_is_refused_in_the_same_shape(
    signed_in: Client, body: str, status: int
) -> None:
    response = signed_in.post("/api/sites", body, content_type="application/json")
    assert response.status_code == status
    assert set(response.json()["error"]) == {"kind", "message", "field"}


@pytest.mark.parametrize("body", ["", "{}", '{"dry_run": false}'])
@pytest.mark.parametrize("verb", ["verify", "login"])
def test_a_verb_on_a_site_answers_with_its_task(signed_in: Client, verb: str, body: str) -> None:
    doors.site()
    response = signed_in.post(f"/api/sites/example.org/{verb}", body, content_type="application/json")
    assert response.status_code == 202, response.content
    assert response.json()["operation"] == f"site_{verb}"


def test_a_disabled_site_can_be_deleted(signed_in: Client) -> None:
    doors.site(state="disabled")
    response = signed_in.delete("/api/sites/example.org?anyway=true")
    assert response.status_code == 202, response.content
    assert response.json()["operation"] == "site_delete"


def test_verbs_on_an_unknown_site_are_refused(signed_in: Client) -> None:
    for response in (
        signed_in.post("/api/sites/nowhere.example.org/verify", {}, content_type="application/json"),
        signed_in.post("/api/sites/nowhere.example.org/login", {}, content_type="application/json"),
        signed_in.delete("/api/sites/nowhere.example.org"),
    ):
        assert response.status_code == 422
        assert "nowhere.example.org" in response.json()["error"]["message"]
    assert not Task.objects.exists()


def test_a_good_login_link_is_given(signed_in: Client) -> None:
    link = "http://example.org:8080/user/reset/1/2/3"
    doors.site(login_secret=Secret.seal(link, "login"), login_at=timezone.now())
    assert signed_in.get("/api/sites/example.org/login-link").json() == {"login_link": link}


def test_an_old_login_link_is_not_given(signed_in: Client) -> None:
    old = timezone.now() - Site.LOGIN_LIFETIME - timedelta(seconds=1)
    doors.site(login_secret=Secret.seal("http://example.org/", "login"), login_at=old)
    assert signed_in.get("/api/sites/example.org/login-link").status_code == 404


def test_a_deleted_platforms_name_is_no_filter(signed_in: Client) -> None:
    doors.platform("gone", state=Platform.State.DELETED)
    assert signed_in.get("/api/sites?platform=gone").json() == {"count": 0, "items": []}


WRONG: list[tuple[str, dict[str, object], str]] = [
    ("backup", {"description": "x" * 301}, "description"),
    ("backup", {"compression": "zip"}, "compression"),
    ("restore", {"backup": 99}, "backup"),
    ("restore", {"backup": "last"}, "backup"),
    ("migrate", {}, "platform"),
    ("migrate", {"platform": "nowhere"}, "platform"),
    ("migrate", {"platform": "d10"}, "platform"),
    ("rehearse", {"platform": "nowhere"}, "platform"),
    ("undo", {"pair": "last"}, "pair"),
    ("rename", {"to": "a b"}, "to"),
    ("rename", {"to": "other.example.org"}, "to"),
    ("rename", {"to": "example.org"}, "to"),
    ("rename", {"to": "new.example.org", "platform": "nowhere"}, "platform"),
    ("rename", {"to": "new.example.org", "keep": "both"}, "keep"),
    ("clone", {"to": "../../etc"}, "to"),
    ("clone", {"to": "other.example.org"}, "to"),
    ("clone", {"to": "new.example.org", "platform": "nowhere"}, "platform"),
    ("clone", {"to": "new.example.org", "aliases": ["a b"]}, "aliases"),
    ("clone", {"to": "new.example.org", "aliases": ["other.example.org"]}, "aliases"),
    ("clone", {"to": "new.example.org", "mail": "perhaps"}, "mail"),
    ("sync", {"source": "a b"}, "source"),
    ("sync", {"source": "nowhere.example.org"}, "source"),
    ("sync", {"source": "other.example.org", "what": "half"}, "what"),
    ("deploy", {"archive": "relative", "platform": "d10"}, "archive"),
    ("deploy", {"archive": "/no/such/file", "platform": "d10"}, "archive"),
    ("deploy", {"archive": "/etc/hostname", "platform": "nowhere"}, "platform"),
    ("cron-interval", {"minutes": 99999}, "minutes"),
    ("drush", {"arguments": []}, "arguments"),
    ("drush", {"arguments": ["--root=/", "status"]}, "arguments"),
    ("aliases", {"name": "a b"}, "name"),
    ("aliases", {"name": "*"}, "name"),
    ("aliases", {"name": "other.example.org"}, "name"),
    ("redirect", {"to": "a b"}, "to"),
    ("redirect", {"to": "nowhere.example.org"}, "to"),
    ("redirect", {"to": "off", "name": "nowhere.example.org"}, "name"),
]


@pytest.mark.parametrize(("verb", "body", "field"), WRONG)
def test_a_wrong_argument_is_named_by_its_field(
    signed_in: Client, verb: str, body: dict[str, object], field: str
) -> None:
    doors.site()
    doors.site("other.example.org")
    domain = "new.example.org" if verb == "deploy" else "example.org"
    response = signed_in.post(f"/api/sites/{domain}/{verb}", body, content_type="application/json")
    assert response.status_code == 422, response.content
    error = response.json()["error"]
    assert (error["kind"], error["field"]) == ("refused", field), error
    assert error["message"].endswith(".")
    assert not Task.objects.exists()
    assert Site.objects.count() == 2
