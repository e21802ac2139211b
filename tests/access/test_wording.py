"""What clients read of tasks: no place on the server, through whichever door."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from django.conf import settings
from django.test import Client

from aegir.access import actor_of
from aegir.errors import Refused
from aegir.models import ApiToken, Message, Site, Subscription, Task, TaskLine, User
from aegir.models.wording import Wording
from aegir.operations import site_verify
from aegir.operations.telling import tell
from aegir.pages import stream
from aegir.pages.tasks import Rights
from tests import doors

pytestmark = pytest.mark.django_db

SAID = {
    "Gone: /srv/d10/web/sites/example.org/settings.php.": "Gone: the site's folder/settings.php.",
    "See /srv/d10/web/sites/.example.org.kept-7/files": "See the site's folder/files",
    "in /srv/d10/web/core/lib/x.php:12": "in the platform's folder/web/core/lib/x.php:12",
    "«/srv/d10» is away": "«the platform's folder» is away",
    "root=/srv/d10/web/sites/sites.php": "root=the platform's folder/web/sites/sites.php",
    "(/etc/nginx/x.conf), /var/lib/mysql.": "(a place on the server), a place on the server.",
    "/home/aegir/.ssh/id": "a place on the server",
    "see file:///etc/passwd": "see file:a place on the server",
    "GET https://example.org/srv/x and /node/1 and /user/login": None,
    "a/b, 1/2, and/or, </p>, ~/x, ./run/x, sites/x": None,
    "/srv/d100/web": "a place on the server",
}


@pytest.mark.parametrize("said", SAID)
def test_places_are_called_by_name(said: str) -> None:
    doors.platform("d10")
    assert Wording(whole=False).text(said) == (said if SAID[said] is None else SAID[said])
    assert Wording(whole=True).text(said) == said


def test_aegirs_own_folder_and_whatever_json_holds() -> None:
    home = settings.AEGIR_HOME
    given = {"list": [f"{home}/backups/x.tar.zst", 3, None], "map": {"at": f"in {home}"}}
    assert Wording(whole=False).value(given) == {
        "list": ["Aegir's folder", 3, None],
        "map": {"at": "in Aegir's folder"},
    }


SECRET = "/srv/d10/web/sites/example.org"


@pytest.fixture
def failed() -> Task:
    """A task of Acme's site that names a place wherever it can."""
    site = doors.site(client=doors.acme(), cron_error=f"no {SECRET}/cron")
    made = doors.task(
        "stuck", subject_id=site.pk, error=f"no {SECRET}/error", remedy=f"mend {SECRET}/remedy",
        arguments={"domain": site.domain, "files": f"{SECRET}/given"}, result={"at": f"{SECRET}/found"},
    )  # fmt: skip
    made.keys.create(key=f"site:{site.pk}", held=True)
    made.steps.update(error=f"no {SECRET}/step", summary=f"Write {SECRET}/vhost")
    for level in ("debug", "info", "error"):
        TaskLine.objects.create(task=made, level=level, text=f"{level} of {SECRET}/line")
    return made


def read(user: User, task: Task) -> dict[str, str]:
    """Everything that somebody may read of it."""
    browser, found = Client(), {}
    browser.force_login(user)
    browser.get("/api/tasks")
    _, token = ApiToken.mint(user, "see", ["see"], 1)
    program = Client(headers={"Authorization": f"Bearer {token}"})
    pages = ["/", f"/tasks/{task.pk}", "/tasks", "/sites/example.org", "/sites/example.org/history"]
    places = [*pages, "/api/tasks", f"/api/tasks/{task.pk}", f"/api/tasks/{task.pk}/lines", "/api/cron"]
    for place in places:
        response = (program if place.startswith("/api") else browser).get(place)
        assert response.status_code == 200, place
        found[place] = response.content.decode()
    actor = actor_of(user)
    assert actor is not None
    now = stream.view(task.pk, 0, Rights.of(actor, task))
    return found | {"stream": now.lines + "".join(now.parts.values())}


def test_a_client_reads_no_place_at_any_door_and_an_administrator_every_one(failed: Task) -> None:
    theirs = read(doors.bob(), failed)
    assert [place for place, text in theirs.items() if "/srv/" in text] == []
    for place in (f"/tasks/{failed.pk}", f"/api/tasks/{failed.pk}/lines", "stream"):
        assert "info of the site" in theirs[place]
        assert "debug of" not in theirs[place]
    own = read(doors.alice(), failed)
    for place in (
        f"/tasks/{failed.pk}",
        f"/api/tasks/{failed.pk}",
        "stream",
        "/api/cron",
        "/sites/example.org",
    ):
        assert SECRET in own[place], place
    assert "debug of" in own[f"/api/tasks/{failed.pk}/lines"]
    assert Task.objects.get(pk=failed.pk).error == f"no {SECRET}/error"


def test_a_clients_subscription_tells_no_place_either(failed: Task) -> None:
    for owner in (doors.bob(), doors.alice()):
        Subscription.add(
            owner,
            name="x",
            kind="webhook",
            target=f"https://{owner.username}.example.org/",
            outcomes=["stuck"],
        )
    tell(failed)
    bodies = {each.target: SimpleNamespace(text=each.body.reveal()) for each in Message.objects.all()}
    assert "/srv/" not in bodies["https://bob.example.org/"].text
    assert f"{SECRET}/error" in bodies["https://alice.example.org/"].text


def test_a_refusal_names_no_place_to_a_client(failed: Task, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(**given: object) -> Task:
        raise Refused(f"{SECRET}/files is in the way.", field="domain")

    monkeypatch.setattr(site_verify, "ask", refuse)
    browser = Client()
    browser.force_login(doors.bob())
    address = f"/api/sites/{Site.objects.get().domain}/verify"
    answer = browser.post(address, content_type="application/json").json()["error"]
    assert answer["message"] == "the site's folder/files is in the way."
    assert answer["field"] == "domain"
