"""A clone holds what the original holds, and shares nothing with it: name, database, secrets, identity."""

from __future__ import annotations

from typing import Any

import pytest

from aegir.errors import Refused
from aegir.models import Platform, Site, Task
from aegir.operations import site_clone
from tests.operations.hosting import BY, Hosting, run
from tests.operations.moving import (
    DOMAIN,
    PAGE,
    TURNS,
    broken_everywhere,
    directory,
    front,
    installed,
    next_release,
    world,
)

pytestmark = [pytest.mark.live, pytest.mark.django_db(transaction=True)]

COPY = "copy.localhost"


def clone(**wish: Any) -> Site:
    task = run(site_clone.ask(**{"domain": DOMAIN, "to": COPY, **wish}, by=BY))
    assert task.state == Task.State.SUCCEEDED, task.error
    return Site.objects.get(domain=COPY, state=Site.State.ENABLED)


@pytest.mark.parametrize("db", ["mysql", "sqlite"])
def test_a_clone_has_all_that_the_original_has_and_an_identity_of_its_own(
    hosting: Hosting, ten: Platform, db: str
) -> None:
    site = installed(hosting, ten, db)
    copy = clone(aliases=["www.copy.localhost"])
    for name in (COPY, "www.copy.localhost"):
        page = front(hosting, name)
        assert (PAGE in page, f"sites/{COPY}" in page) == (True, True)
    assert hosting.web.nginx.fetch(COPY, "/files/before.txt").body == "An upload"
    assert not set(hosting.content(site).identity()) & set(hosting.content(copy).identity())
    mine, its = _secrets(site), _secrets(copy)
    assert not set(mine) & set(its)
    assert copy.login_link().startswith(f"http://{COPY}:{hosting.web.port}/user/reset/1/")  # type: ignore[union-attr]


def test_what_is_written_to_a_clone_is_not_in_the_original_and_the_other_way_round(
    hosting: Hosting, ten: Platform
) -> None:
    site = installed(hosting, ten)
    copy = clone()
    hosting.content(site).add_page("For the original")
    hosting.content(copy).add_page("For the copy")
    assert ("For the copy" in front(hosting), "For the original" in front(hosting, COPY)) == (False, False)
    (directory(copy) / "files/before.txt").write_text("Changed")
    assert (directory(site) / "files/before.txt").read_text() == "An upload"


def test_a_clone_on_the_next_release_has_run_its_updates(hosting: Hosting, ten: Platform) -> None:
    target, site = next_release(hosting), installed(hosting, ten)
    copy = clone(platform="next")
    assert str(target.root) in front(hosting, COPY)
    assert copy.packages.get(name="guestbook").schema_installed == 10003
    assert str(ten.root) in front(hosting)
    assert site.packages.get(name="guestbook").schema_installed == 10002


def test_a_clone_may_be_kept_from_sending_mail(hosting: Hosting, ten: Platform) -> None:
    installed(hosting, ten)
    copy = clone(mail=False, sanitize=True)
    assert not copy.mail
    assert "test_mail_collector" in (directory(copy) / "settings.php").read_text()


def _secrets(site: Site) -> list[str]:
    assert site.database_secret is not None
    assert site.salt_secret is not None
    return [site.database_name, site.database_secret.reveal(), site.salt_secret.reveal()]


@pytest.mark.parametrize(("turn", "db"), TURNS[1:])
def test_a_clone_that_breaks_at_any_step_leaves_nothing(
    hosting: Hosting, ten: Platform, turn: int, db: str
) -> None:
    installed(hosting, ten, db)
    start = world(hosting)

    def as_it_was(at: str) -> None:
        assert world(hosting) == start, at
        assert (PAGE in front(hosting), hosting.web.nginx.probe(COPY)) == (True, 0), at

    def ask() -> Task:
        return site_clone.ask(domain=DOMAIN, to=COPY, aliases=["www.copy.localhost"], by=BY)

    assert len(broken_everywhere(ask, turn, as_it_was, every=3)) > 14
    assert PAGE in front(hosting, COPY)


def test_a_clone_needs_names_that_are_free(hosting: Hosting, ten: Platform) -> None:
    installed(hosting, ten)
    wishes: list[dict[str, Any]] = [
        {"to": DOMAIN},
        {"to": COPY, "aliases": [DOMAIN]},
        {"to": COPY, "aliases": [COPY]},
    ]
    for wish in wishes:
        with pytest.raises(Refused, match="already"):
            site_clone.ask(**{"domain": DOMAIN, **wish}, by=BY)
    assert Site.objects.count() == 1
