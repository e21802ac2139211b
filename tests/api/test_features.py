"""What is switched off is gone from the API."""

from __future__ import annotations

import pytest
from django.test import Client

from aegir.models import Subscription, User, feature
from tests import doors

HERE = "/api/sites/example.org"
GONE: dict[str, list[tuple[str, str, dict[str, object]]]] = {
    "clients": [
        ("get", "/api/clients", {}),
        ("post", "/api/clients", {"name": "new", "email": "n@example.org"}),
        ("get", "/api/clients/acme", {}),
        ("put", f"{HERE}/client", {"client": None}),
        ("put", "/api/platforms/d10/clients", {"clients": []}),
    ],
    "tokens": [("get", "/api/tokens", {}), ("post", "/api/tokens", {"name": "new", "scopes": ["see"]})],
    "notifications": [
        ("get", "/api/subscriptions", {}),
        ("get", "/api/subscriptions/{hook}", {}),
        ("post", "/api/subscriptions", {"name": "x", "kind": "email", "target": "x@example.org"}),
    ],
    "webhooks": [("post", "/api/subscriptions/{hook}/secret", {})],
    "cron": [
        ("get", "/api/cron", {}),
        ("post", f"{HERE}/cron-interval", {"minutes": 30}),
        ("post", "/api/sites/bulk", {"operation": "cron-interval", "domains": ["example.org"],
                                     "arguments": {"minutes": 30}}),
    ],
    "rehearsals": [
        ("post", f"{HERE}/rehearse", {"platform": "d11"}),
        ("post", "/api/sites/bulk", {"operation": "rehearse", "domains": ["example.org"],
                                     "arguments": {"platform": "d11"}}),
    ],
    "drush": [("post", f"{HERE}/drush", {"arguments": ["status"]})],
}  # fmt: skip


@pytest.mark.parametrize("name", GONE)
def test_a_part_that_is_off_is_not_there_for_anybody(signed_in: Client, name: str) -> None:
    doors.site(client=doors.acme())
    doors.platform("d11")
    owner = User.objects.get(username="alice")
    hook, _ = Subscription.add(
        owner, name="Hook", kind="webhook", target="https://example.org/", outcomes=["failed"]
    )
    for other, part in feature.PARTS.items():
        if name in part.needs:
            feature.switch(other, False)
    feature.switch(name, False)
    for method, address, body in GONE[name]:
        place, asked = address.format(hook=hook.pk), getattr(signed_in, method)
        response = asked(place) if method == "get" else asked(place, body, content_type="application/json")
        assert (response.status_code, response.json()["error"]["kind"]) == (404, "not_found"), place
