"""What a subscription may hold, and what not."""

from __future__ import annotations

import pytest

from aegir.errors import Refused
from aegir.models import Subscription, User, default
from tests import doors

pytestmark = pytest.mark.django_db


@pytest.fixture
def alice() -> User:
    return doors.alice()


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"name": " "}, "name"),
        ({"name": "x" * 61}, "name"),
        ({"name": "a\nb"}, "name"),
        ({"kind": "pigeon"}, "kind"),
        ({"kind": "email", "target": "a@example.org\nBcc: b@example.org"}, "target"),
        ({"kind": "email", "target": "a@example.org, b@example.org"}, "target"),
        ({"target": "ftp://example.org/"}, "target"),
        ({"target": "http://example.org/"}, "target"),
        ({"target": "https://user:password@example.org/"}, "target"),
        ({"target": "https://example.org/#here"}, "target"),
        ({"target": "https://example.org/a b"}, "target"),
        ({"target": "https://example.org/\r\nX: y"}, "target"),
        ({"target": "https://exämple.org/"}, "target"),
        ({"target": "https://example.org:99999/"}, "target"),
        ({"target": "https://[::1/"}, "target"),
        ({"target": "https:///hook"}, "target"),
        ({"target": "https://example.org/" + "x" * 500}, "target"),
        ({"outcomes": []}, "outcomes"),
        ({"outcomes": ["queued"]}, "outcomes"),
        ({"operations": ["../../etc"]}, "operations"),
    ],
)
def test_what_cannot_be_is_refused(alice: User, fields: dict[str, object], field: str) -> None:
    own = {"name": "h", "kind": "webhook", "target": "https://example.org/h", "outcomes": ["failed"]}
    with pytest.raises(Refused) as refused:
        Subscription.add(alice, **{**own, **fields})  # type: ignore[arg-type]
    assert refused.value.field == field
    assert not Subscription.objects.exists()


def test_an_address_without_encryption_is_taken_where_the_operator_says_so(alice: User) -> None:
    default.change("webhooks_private", "yes")
    row, _ = Subscription.add(
        alice, name="h", kind="webhook", target="http://10.0.0.5:8080/h", outcomes=["failed"]
    )
    assert row.target == "http://10.0.0.5:8080/h"
