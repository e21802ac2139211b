"""What the tests of all doors share: a server, a platform, a site, and tasks in every state."""

from __future__ import annotations

from functools import cache

from django.contrib.auth.hashers import make_password
from django.utils import timezone

from aegir.models import Package, Platform, Server, Service, Site, SiteName, Task, TaskLine, TaskStep, User

PASSWORD = "only-for-tests-7"


def alice() -> User:
    """The administrator."""
    return User.objects.create(username="alice", is_superuser=True, password=_hashed())


def charlie() -> User:
    """Signed in, and always refused."""
    return User.objects.create(username="charlie", password=_hashed())


@cache
def _hashed() -> str:
    return make_password(PASSWORD)


def server() -> Server:
    made, _ = Server.objects.get_or_create(name="localhost", defaults={"state": Server.State.ENABLED})
    for family, driver in (("web", "nginx"), ("php", "fpm"), ("database", "sqlite")):
        Service.objects.get_or_create(server=made, family=family, driver=driver)
    return made


def platform(name: str = "d10", **fields: object) -> Platform:
    own = {"path": f"/srv/{name}", "docroot": "web", "version": "10.1.6", "major": 10, "php": "8.2"}
    own |= {"state": Platform.State.ENABLED, "profiles": ["standard", "minimal"], "languages": ["en"]}
    return Platform.objects.create(name=name, server=server(), **{**own, **fields})


def site(domain: str = "example.org", on: Platform | None = None, **fields: object) -> Site:
    home = on or Platform.objects.live().first() or platform()
    made = Site.objects.create(
        domain=domain,
        platform=home,
        database=Service.objects.get(family="database", driver="sqlite"),
        **{"profile": "standard", "email": "a@example.org", "state": Site.State.ENABLED, **fields},
    )
    SiteName.objects.create(name=domain, site=made, main=True)
    Package.objects.create(site=made, kind="module", name="node", version="10.1.6", enabled=True)
    return made


def task(state: str = "succeeded", **fields: object) -> Task:
    """A task with two steps and a line, ended unless queued or running."""
    made = Task.objects.create(
        **{
            "operation": "site_verify",
            "subject_kind": "site",
            "subject_name": "example.org",
            "arguments": {"domain": "example.org"},
            "asked_by": "alice",
            "state": state,
            **fields,
        }
    )
    if made.over:
        Task.objects.filter(pk=made.pk).update(started_at=timezone.now(), ended_at=timezone.now())
        made.refresh_from_db()
    for position, (summary, step) in enumerate([("Look at the site", "done"), ("Write the vhost", "kept")]):
        TaskStep.objects.create(task=made, position=position, path="x:Y", summary=summary, state=step)
    TaskLine.objects.create(task=made, level="info", text="all is well", step=0)
    return made
