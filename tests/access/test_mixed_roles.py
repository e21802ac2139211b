"""Somebody with a role who belongs to a client as well: each brings what it brings, and no more."""

from __future__ import annotations

import pytest
from django.test import Client as Browser

from aegir import access
from aegir.access import Actor, Forbidden, NotFound, Role
from aegir.errors import Refused
from aegir.models import Client, Site, Task, TaskKey, feature
from tests import doors
from tests.api.cast import Belongings, everybody

pytestmark = pytest.mark.django_db

INSTALL = {"platform": "acme-code", "profile": "standard"}


@pytest.fixture
def things() -> tuple[Belongings, Belongings]:
    """Anna's and Olga's."""
    return everybody()


def being(mine: Belongings, role: Role) -> Actor:
    """Anna, with a role besides."""
    return Actor("anna", frozenset({role, Role.CLIENT}), frozenset({mine.client.pk}), user=None)


def test_a_platform_manager_makes_sites_for_his_own_client_only(
    things: tuple[Belongings, Belongings],
) -> None:
    annas, olgas = things
    anna = being(annas, Role.PLATFORM_MANAGER)
    task = access.ask(anna, "site_install", domain="new.example.org", **INSTALL)
    assert Site.objects.get(pk=task.subject_id).client == annas.client
    with pytest.raises(NotFound):
        access.ask(anna, "site_install", domain="two.example.org", client=olgas.client.name, **INSTALL)
    Client.objects.filter(pk=annas.client.pk).update(quota=2)
    with pytest.raises(Refused, match="2 of 2 sites already"):
        access.ask(anna, "site_install", domain="two.example.org", **INSTALL)


def test_an_account_manager_may_still_make_sites_of_the_house(things: tuple[Belongings, Belongings]) -> None:
    annas, _ = things
    task = access.ask(being(annas, Role.ACCOUNT_MANAGER), "site_install", domain="n.example.org", **INSTALL)
    assert Site.objects.get(pk=task.subject_id).client is None


def test_a_platform_manager_installs_on_no_platform_of_others_but_moves_sites_there(
    things: tuple[Belongings, Belongings],
) -> None:
    annas, olgas = things
    anna = being(annas, Role.PLATFORM_MANAGER)
    foreign = olgas.platform.name
    with pytest.raises(Refused, match="takes no sites of yours"):
        access.ask(anna, "site_install", domain="n.example.org", platform=foreign, profile="standard")
    with pytest.raises(Refused, match="takes no sites of yours"):
        access.ask(anna, "site_rename", domain=annas.site.domain, to="n.example.org", platform=foreign)
    with pytest.raises(Refused, match="cannot go to umbra-code"):  # for what is in it, not for whose it is
        access.ask(anna, "site_migrate", domain=annas.site.domain, platform=foreign)
    assert foreign not in access.open_platforms(anna, "site_install").values_list("name", flat=True)
    assert foreign in access.open_platforms(anna).values_list("name", flat=True)


def test_no_role_lets_anybody_look_into_a_foreign_backup(things: tuple[Belongings, Belongings]) -> None:
    annas, olgas = things
    for role in (Role.PLATFORM_MANAGER, Role.ACCOUNT_MANAGER):
        with pytest.raises((Forbidden, NotFound)):
            access.ask(
                being(annas, role), "site_restore", domain=annas.site.domain, backup=olgas.backup,
                platform=annas.platform.name,
            )  # fmt: skip


def test_asking_again_makes_no_site_of_the_house(things: tuple[Belongings, Belongings]) -> None:
    annas, _ = things
    arguments = {"domain": annas.site.domain, "client": None, **INSTALL}
    row = doors.task(
        "failed", operation="site_install", subject_id=annas.site.pk, asked_by="alice", arguments=arguments
    )
    before = Task.objects.count()
    with pytest.raises(Refused, match="ask for it anew"):
        access.retry(being(annas, Role.PLATFORM_MANAGER), row)
    assert Task.objects.count() == before


def test_a_full_client_is_given_no_site_more(things: tuple[Belongings, Belongings]) -> None:
    annas, olgas = things
    Client.objects.filter(pk=olgas.client.pk).update(quota=1)
    full = Client.objects.get(pk=olgas.client.pk)
    with pytest.raises(Refused, match="umbra-title has 1 of 1 sites already"):
        annas.site.give(full)
    assert Site.objects.get(pk=annas.site.pk).client == annas.client
    Site.objects.get(pk=olgas.site.pk).give(full)  # which is its already
    feature.switch("quotas", False)
    annas.site.give(full)
    assert Site.objects.get(pk=annas.site.pk).client == full


def test_what_a_stuck_task_is_about_is_not_told_to_strangers(things: tuple[Belongings, Belongings]) -> None:
    annas, olgas = things
    stuck = doors.task("stuck", subject_id=olgas.site.pk, subject_name=olgas.site.domain)
    TaskKey.objects.create(task=stuck, key=f"platform:{annas.platform.pk}", held=True)
    anna = Actor("anna", frozenset({Role.CLIENT}), frozenset({annas.client.pk}))
    with pytest.raises(Refused, match="may not see is stuck") as told:
        access.ask(anna, "site_verify", domain=annas.site.domain)
    assert olgas.site.domain not in str(told.value)
    assert str(stuck.pk) not in str(told.value)
    with pytest.raises(Refused, match=olgas.site.domain):
        access.ask(access.on_this_machine("root"), "site_verify", domain=annas.site.domain)


def test_the_forms_offer_what_will_be_taken(things: tuple[Belongings, Belongings]) -> None:
    annas, olgas = things
    person = annas.client.users.get()
    person.grants.create(role="platform_manager")
    browser = Browser()
    browser.force_login(person)
    form = browser.get("/install").content.decode()
    assert annas.platform.name in form
    assert olgas.platform.name not in form
    assert "the house's own" not in form
    copying = browser.get(f"/sites/{annas.site.domain}/clone").content.decode()
    assert olgas.platform.name not in copying
    assert olgas.platform.name in browser.get(f"/sites/{annas.site.domain}/migrate").content.decode()
