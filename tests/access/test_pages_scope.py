"""Every page, for everybody, on his own and on others' things: the answer is what the table of access says.

What one may not know of is not there; what one may not do is forbidden; nobody reads a foreign name.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import transaction
from django.test import Client as Browser

from aegir.access import ACTIONS
from aegir.models import AuditEntry, Message, User
from tests.access.addresses import ALONE, TABLE, Row, routes
from tests.api.cast import PEOPLE, Belongings, everybody

pytestmark = pytest.mark.django_db


FIXED = ("entry", "part", "setting", "group", "queue", "machine")
"""Kinds that are nobody's: whoever may not do it is told so, for everybody knows that they are there."""


def test_every_address_is_in_the_table() -> None:
    assert routes() == {*TABLE, *ALONE}


def allowed(person: str, action: str, own: bool) -> bool:
    rule, roles = ACTIONS[action], PEOPLE[person]
    return bool(roles & rule.anywhere) or (own and bool(roles & rule.own))


def expected(person: str, row: Row, own: bool) -> set[int]:
    """How it may be answered."""
    if row.listing:
        return {200}
    if row.each:
        return {302, 403, 422}
    nobodys = not row.kind or row.kind in FIXED
    if not nobodys and not allowed(person, f"{row.kind}_see", own):
        return {404}
    if not allowed(person, row.action, own or nobodys):
        return {403}
    return {200, 302, 422}


def places(mine: Belongings) -> dict[str, dict[str, object]]:
    """For each kind of thing, the parts of an address that name it."""
    message = Message.put(
        "email", mine.subscription.target, "Verify", "x", subscription=mine.subscription, task=mine.task
    )
    Message.objects.filter(pk=message.pk).update(state="failed")
    entry = AuditEntry.record(actor="somebody", door="page", action="site_verify", outcome="done")
    return {
        "": {},
        "credential": {"name": mine.credential.name},
        "site": {"domain": mine.site.domain, "pair": mine.pair.pk},
        "platform": {"name": mine.platform.name},
        "server": {"name": "localhost"},
        "machine": {"name": "localhost"},
        "backup": {"number": mine.backup, "domain": mine.site.domain},
        "task": {"number": mine.task.pk},
        "client": {"name": mine.client.name, "username": mine.person},
        "user": {"username": mine.person},
        "token": {"username": mine.person, "number": mine.token.pk},
        "subscription": {"number": mine.subscription.pk, "delivery": message.pk},
        "entry": {"number": entry.pk},
        "fleet": {"number": mine.fleet.pk},
        "part": {"name": "cron"},
        "setting": {"name": "undo_days"},
        "group": {"group": "sites"},
        "queue": {"name": "main"},
    }


def filled(route: str, place: dict[str, object]) -> str:
    return "/" + re.sub(r"<(?:\w+:)?(\w+)>", lambda part: str(place[part.group(1)]), route)


def requests(mine: Belongings) -> Iterator[tuple[str, str, Row, dict[str, Any]]]:
    """Each address with each of its methods."""
    parts = places(mine)
    for route, methods in TABLE.items():
        for method, row in methods.items():
            yield method, filled(route, parts[row.kind]), row, row.body(mine)


def secrets_of(thing: Belongings, person: str) -> list[str]:
    """What of a foreign client's things ``person`` may not read."""
    word = thing.client.name
    names = {
        "site": [thing.site.domain],
        "platform": [thing.platform.name],
        "client": [f"{word}-title", f"post@{word}.example"],
        "backup": [f"{word}-backup"],
        "user": [f"{thing.person}@{word}.example"],
        "token": [f"{word}-token"],
        "subscription": [f"{word}-target", f"{word}-hook"],
    }
    return [
        name for kind, those in names.items() if not allowed(person, f"{kind}_see", False) for name in those
    ]


def browser(person: str | None) -> Browser:
    """His browser; without a name, anybody's."""
    client = Browser()
    if person:
        client.force_login(User.objects.get(username=person))
    return client


def hidden_from(person: str, things: tuple[Belongings, Belongings]) -> list[str]:
    """Every name that ``person`` may not read."""
    return [name for thing in things if thing.person != person for name in secrets_of(thing, person)]


def answered(client: Browser, method: str, address: str, body: dict[str, Any]) -> tuple[int, str]:
    """Status and text of an answer; whatever was changed is as before."""
    with transaction.atomic():
        response = getattr(client, method)(address, body)
        text = "" if response.streaming else response.content.decode()
        transaction.set_rollback(True)
    client.cookies.pop("messages", None)  # what this request was told is not for the next
    return response.status_code, text


@pytest.mark.parametrize("person", ["charlie", "anna", "paul", "mona", "alice"])
def test_the_answer_is_what_the_table_says(person: str) -> None:
    """On Anna's things, which are her own, and, for her, on Olga's."""
    annas, olgas = everybody()
    client, hidden, wrong = browser(person), hidden_from(person, (annas, olgas)), []
    for mine in (annas, olgas) if person == "anna" else (annas,):
        for method, address, row, body in requests(mine):
            status, text = answered(client, method, address, body)
            fine = expected(person, row, mine.person == person)
            if status not in fine:
                wrong.append((method, address, status, sorted(fine), _sentence(text)))
            said = f"{address} {body}"
            read = [name for name in hidden if name in text and name not in said]
            if read:
                wrong.append((method, address, "read", read))
    assert not wrong, "\n".join(str(each) for each in wrong)


def test_a_method_that_an_address_does_not_have_is_not_allowed() -> None:
    annas, _ = everybody()
    client, parts, wrong = browser("alice"), places(annas), []
    for route, methods in TABLE.items():
        kind = next(iter(methods.values())).kind
        for method in {"get", "post"} - methods.keys():
            status, _ = answered(client, method, filled(route, parts[kind]), {})
            if status != 405:
                wrong.append((method, route, status))
    assert wrong == []


@pytest.mark.parametrize("person", ["charlie", "anna"])
def test_pages_about_oneself_tell_of_nobody_else(person: str) -> None:
    things = everybody()
    hidden = hidden_from(person, things)
    place = {"token": "x", "provider_id": "x", "number": 1, "pk": 1, "uidb36": "1", "key": "x-y"}
    wrong = []
    for route in sorted(ALONE - {"sign-out", "live"}):
        plain = route.replace("^", "").replace("$", "")
        address = filled(re.sub(r"\(\?P(<\w+>)[^)]+\)", r"\1", plain), place)
        for method in ("get", "post"):
            status, text = answered(browser(person), method, address, {})
            if status >= 500 and route != "health":
                wrong.append((method, address, status))
            read = [name for name in hidden if name in text]
            if read:
                wrong.append((method, address, read))
    assert wrong == []


def test_nobody_is_let_in_without_signing_in() -> None:
    annas, _ = everybody()
    client = browser(None)
    for method, address, _row, body in requests(annas):
        response = getattr(client, method)(address, body)
        assert response.status_code == 302, (method, address)
        assert response["Location"].startswith("/sign-in?next="), (method, address)


def test_what_is_named_beside_ones_own_things_must_be_ones_own() -> None:
    annas, olgas = everybody()
    client = browser("anna")
    number = annas.subscription.pk
    telling = {"name": "x", "kind": "email", "target": "n@example.org", "outcomes": ["failed"]}
    for address, body in [
        ("/new/notification", {**telling, "site": olgas.site.domain}),
        ("/new/notification", {**telling, "client": olgas.client.name}),
        (f"/notifications/{number}/edit", {**telling, "site": olgas.site.domain}),
        (f"/notifications/{number}/edit", {**telling, "client": olgas.client.name}),
        (f"/users/anna/tokens/{olgas.token.pk}/revoke", {}),
        ("/install", {"domain": "new.example.org", "platform": olgas.platform.name, "profile": "standard"}),
    ]:
        response = client.post(address, body)
        assert response.status_code in (404, 422), (address, body)
        read = [name for name in secrets_of(olgas, "anna") if name in response.content.decode()]
        assert [name for name in read if name not in str(body)] == [], (address, body)
    annas.subscription.refresh_from_db()
    assert annas.subscription.site is None
    assert annas.subscription.client is None
    assert annas.client.users.get().subscriptions.count() == 1


def test_somebody_with_a_role_is_touched_only_by_who_may_give_roles() -> None:
    everybody()
    mona = browser("mona")
    for person in ("alice", "paul"):
        for what in ("edit", "access", "link", "sign-out", "delete", "roles"):
            body = {"name": person, "email": "mine@example.org", "active": "no", "roles": []}
            assert mona.post(f"/users/{person}/{what}", body).status_code == 403, (person, what)
    new = {"username": "new", "email": "new@example.org", "roles": ["administrator"]}
    mona.post("/new/user", new)
    answer = mona.get("/users?role=administrator").content.decode()
    assert "alice" in answer
    assert "new@example.org" not in answer


def _sentence(text: str) -> str:
    said = re.search(r'role="alert">(.*?)<', text, re.S)
    return said.group(1).strip()[:200] if said else ""
