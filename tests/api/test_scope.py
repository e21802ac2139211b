"""Every route of the API, for everybody, on his own and on others' things: the answer is what the table of
access says. What one may not know of is not there; what one may not do is forbidden; nobody reads a foreign
name."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.db import transaction
from django.test import Client as Browser

from aegir.access import ACTIONS, Role
from aegir.api.routes import api
from tests.api.cast import PEOPLE, Belongings, browser, everybody
from tests.api.scope import BULK, FIXED, TABLE, Body, Row

pytestmark = pytest.mark.django_db


def test_every_route_is_in_the_table() -> None:
    described = {
        (method, path) for path, methods in api.get_openapi_schema()["paths"].items() for method in methods
    }
    assert described == {*TABLE, BULK}


def allowed(person: str, action: str, own: bool) -> bool:
    rule, roles = ACTIONS[action], PEOPLE[person]
    return bool(roles & rule.anywhere) or (own and bool(roles & rule.own))


def sees(person: str, kind: str, own: bool) -> bool:
    return not kind or allowed(person, f"{kind}_see", own)


def expected(person: str, row: Row, own: bool) -> set[int]:
    """What may be answered: as the table says, and nothing is there for who may not see it."""
    fine = {200, 201, 202, 422}
    if row.listing:
        return {200}
    if not sees(person, row.kind, own):
        return {404}
    if not allowed(person, row.action, own if row.kind else True):
        return {403}
    if row.beside and not sees(person, row.beside, own):
        return {404}
    return fine


def requests(mine: Belongings) -> Iterator[tuple[str, str, Row, dict[str, Any]]]:
    for (method, path), row in TABLE.items():
        place = dict(mine.places[row.kind])
        place.setdefault("domain", "new.example.org")
        fixed = next((name for start, name in FIXED.items() if path.startswith(start)), None)
        if fixed:
            place["name"] = fixed
        body = row.body(mine)
        query = f"?to={body['platform']}" if "/comparison" in path else ""
        yield method, path.format(**place) + query, row, body


@pytest.mark.parametrize("person", PEOPLE)
@pytest.mark.parametrize("whose", ["anna", "olga"])
def test_the_answer_is_what_the_table_says(person: str, whose: str) -> None:
    annas, olgas = everybody()
    mine, others = (annas, olgas) if whose == "anna" else (olgas, annas)
    client, own, wrong = browser(person), whose == person, []
    foreign = [thing for thing in (annas, olgas) if thing.person != person]
    for method, address, row, body in requests(mine):
        with transaction.atomic():
            response = _ask(client, method, address, body)
            text = _text(response)
            transaction.set_rollback(True)
        if "There is no login link" in text:
            continue
        if response.status_code not in expected(person, row, own):
            wrong.append((method, address, response.status_code, text[:200]))
        if PEOPLE[person] <= {Role.CLIENT}:
            said = f"{address} {body}"
            read = [name for thing in foreign for name in thing.names if name in text and name not in said]
            if read:
                wrong.append((method, address, "read", read))
    assert wrong == []
    assert others.client.name != mine.client.name


def _ask(client: Browser, method: str, address: str, body: dict[str, Any]) -> Any:
    if method == "get":  # it would put the body in the place of the query
        return client.get(address)
    return getattr(client, method)(address, body, content_type="application/json")


def _text(response: Any) -> str:
    return "" if response.streaming else response.content.decode()


def test_nobody_is_answered_without_signing_in() -> None:
    annas, _ = everybody()
    client = browser(None)
    for method, address, _row, body in requests(annas):
        assert _ask(client, method, address, body).status_code == 401, (method, address)


NAMED_BESIDE: list[tuple[str, str, Body]] = [
    ("post", "sync", lambda other: {"source": other.site.domain}),
    ("post", "restore", lambda other: {"backup": other.backup}),
    ("post", "migrate", lambda other: {"platform": other.platform.name}),
    ("post", "rehearse", lambda other: {"platform": other.platform.name}),
    ("post", "rename", lambda other: {"to": "x.example.org", "platform": other.platform.name}),
    ("post", "clone", lambda other: {"to": "x.example.org", "platform": other.platform.name}),
    ("post", "clone", lambda other: {"to": "x.example.org", "client": other.client.name}),
    ("post", "deploy", lambda other: {"archive": str(other.backup), "platform": "acme-code"}),
    ("post", "deploy", lambda other: {"archive": "/etc/passwd", "platform": "acme-code"}),
    ("post", "undo", lambda other: {"pair": other.pair.pk}),
    ("post", "changes", lambda other: {"pair": other.pair.pk}),
]


def test_ones_own_site_is_no_way_to_others_things() -> None:
    annas, olgas = everybody()
    client = browser("anna")
    for method, verb, body in NAMED_BESIDE:
        domain = "new.example.org" if verb == "deploy" else annas.site.domain
        said = body(olgas)
        response = getattr(client, method)(
            f"/api/sites/{domain}/{verb}", said, content_type="application/json"
        )
        assert response.status_code in (403, 404, 422), (verb, said, response.content)
        read = [name for name in olgas.names if name in _text(response) and name not in str(said)]
        assert read == [], (verb, response.content)
    kept = client.delete(f"/api/sites/{annas.site.domain}/kept/{olgas.pair.pk}")
    assert kept.status_code == 404


def test_a_role_beside_ones_client_opens_no_other_clients_content() -> None:
    annas, olgas = everybody()
    annas.client.users.get().grants.create(role="platform_manager")
    client = browser("anna")
    answer = client.post(
        f"/api/sites/{annas.site.domain}/sync", {"source": olgas.site.domain}, content_type="application/json"
    )
    assert answer.status_code == 403, answer.content


def test_many_at_once_are_each_judged_alone() -> None:
    annas, olgas = everybody()
    body = {"operation": "verify", "domains": [annas.site.domain, olgas.site.domain, "none.example.org"]}
    answer = browser("anna").post("/api/sites/bulk", body, content_type="application/json").json()
    assert [task["subject"]["name"] for task in answer["tasks"]] == [annas.site.domain]
    assert [refusal["error"]["kind"] for refusal in answer["refusals"]] == ["not_found", "not_found"]
