"""The description tells the truth: whatever fits it, or just does not, is answered as it says, and never by a
fault of ours."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
import schemathesis
from django.core.signals import request_finished, request_started
from django.core.wsgi import get_wsgi_application
from django.db import close_old_connections, transaction
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis import APIOperation, Case, GenerationMode
from schemathesis.checks import (
    content_type_conformance,
    not_a_server_error,
    response_schema_conformance,
    status_code_conformance,
)

from aegir.models import ApiToken, User
from tests.api.cast import everybody

CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]
"""That every wrong value is refused is not asked for: what an operation thinks of a name is not described."""
SEEDED = settings(
    deadline=None, database=None, derandomize=True, phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)  # fmt: skip


@pytest.fixture(autouse=True)
def one_connection() -> Iterator[None]:
    """A real server closes the database after each request; here the test's own transaction goes on."""
    signals = (request_started, request_finished)
    for signal in signals:
        signal.disconnect(close_old_connections)
    yield
    for signal in signals:
        signal.connect(close_old_connections)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("person", "mode", "examples"),
    [
        ("alice", GenerationMode.POSITIVE, 2),
        ("alice", GenerationMode.NEGATIVE, 1),
        ("anna", GenerationMode.POSITIVE, 1),
    ],
)
def test_every_answer_is_one_that_the_description_names(
    person: str, mode: GenerationMode, examples: int
) -> None:
    annas, _ = everybody()
    _, token = ApiToken.mint(User.objects.get(username=person), "schema", ["all"], 1)
    known: dict[str, Any] = {}
    for place in annas.places.values():
        known |= place
    described = schemathesis.openapi.from_wsgi("/api/openapi.json", get_wsgi_application())
    met, seen = [], 0
    for found in described.get_all_operations():
        operation = found.ok()
        places = next((p for p in annas.places.values() if set(p) & _needed(operation)), {})
        ask = _asking({**known, **places}, token, met)
        cases = given(case=operation.as_strategy(generation_mode=mode))
        settings(SEEDED, max_examples=examples)(cases(ask))()
        seen += 1
    assert seen > 80
    assert met == []


def _needed(operation: APIOperation[Any]) -> set[str]:
    return {parameter.name for parameter in operation.path_parameters}


def _asking(known: dict[str, Any], token: str, met: list[str]) -> Callable[[Case], None]:
    """Asks as the description says, and about what there is: every case twice."""

    def ask(case: Case) -> None:
        given_places = dict(case.path_parameters or {})
        for places in (given_places, {name: known.get(name, value) for name, value in given_places.items()}):
            case.path_parameters = places
            with transaction.atomic():
                response = case.call(headers={"Authorization": f"Bearer {token}"})
                transaction.set_rollback(True)
            try:
                case.validate_response(response, checks=CHECKS)
            except BaseExceptionGroup as failures:
                met.append(
                    f"{case.method} {case.formatted_path} {response.status_code}: {failures.exceptions}"
                )

    return ask
