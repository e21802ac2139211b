"""How what the bridge says is understood, and how its failures read."""

from __future__ import annotations

import json
from typing import Any

import pytest

from aegir.drivers.app import Op, SitePlace, SiteSecrets
from aegir.drivers.app.drupal_bridge import Conversation, secret_values
from aegir.drivers.host import Stream
from aegir.errors import Broken

PLACE = SitePlace("/code", "sites/example.org", "http://example.org", "/usr/bin/php", "www-data")
OPS: list[Op] = [{"op": "status"}, {"op": "pending"}]


def talk(*answers: dict[str, Any], hidden: list[str] | None = None) -> Conversation:
    conversation = Conversation(PLACE, OPS, hidden or [])
    for answer in answers:
        conversation.hear("answer", json.dumps(answer))
    return conversation


def result(op: str, value: object, site: str = PLACE.directory) -> dict[str, Any]:
    return {"type": "result", "op": op, "site": site, "result": value}


def test_results_come_in_the_order_of_the_ops() -> None:
    assert talk(result("status", {"a": 1}), result("pending", {})).results(0) == [{"a": 1}, {}]


def test_another_site_than_the_wanted_one_is_a_failure() -> None:
    with pytest.raises(Broken, match=r"«status» of sites/example\.org failed: Drupal opened «sites/default»"):
        talk(result("status", {}, "sites/default")).results(0)


def test_no_result_is_a_failure_that_names_the_op_and_quotes_php() -> None:
    conversation = talk(result("status", {}))
    conversation.hear("err", "PHP Fatal error: all is lost")
    with pytest.raises(Broken, match=r"«pending» of sites/example\.org failed: PHP Fatal error: all is lost"):
        conversation.results(255)


def test_a_php_that_says_nothing_at_all_is_told_by_its_code() -> None:
    with pytest.raises(Broken, match="PHP ended with code -9 without an answer"):
        talk().results(-9)


@pytest.mark.parametrize("kind", ["error", "fatal"])
def test_only_the_first_line_of_a_failure_is_told(kind: str) -> None:
    with pytest.raises(Broken, match=r"«pending» of sites/example\.org failed: first$"):
        talk(
            result("status", {}), {"type": kind, "op": "pending", "message": "\n first\nsecond", "site": ""}
        ).results(1)


def test_the_parts_of_a_failure_are_kept_without_secrets() -> None:
    detail = {"failed": {"a_update_1": "for geheim"}, "ran": ["geheim", 7]}
    failed = {"type": "error", "op": "status", "message": "failed", "detail": detail}
    with pytest.raises(Broken) as failure:
        talk(failed, hidden=["geheim"]).results(1)
    assert failure.value.detail == {"failed": {"a_update_1": "for ********"}, "ran": ["********", 7]}


def test_an_answer_cut_short_is_as_good_as_none() -> None:
    conversation = talk(result("status", {}))
    conversation.hear("answer", '{"type": "result", "op": "pen')
    with pytest.raises(Broken, match="«pending»"):
        conversation.results(-9)


def test_progress_is_passed_on_as_text_and_results_are_kept_back() -> None:
    heard: list[tuple[Stream, str]] = []
    conversation = Conversation(PLACE, OPS, ["geheim"], lambda stream, line: heard.append((stream, line)))
    for answer in ({"type": "progress", "op": "status", "message": "With geheim."}, result("status", {})):
        conversation.hear("answer", json.dumps(answer))
    conversation.hear("out", "said geheim too")
    assert heard == [("answer", "With ********."), ("out", "said ******** too")]
    assert conversation.doing == "With ********."
    assert conversation.unanswered() == "pending"


def test_secrets_are_hidden_whole_even_where_one_is_part_of_another() -> None:
    secrets = SiteSecrets({"password": "long-password"}, "long-password-and-salt")
    ops: list[Op] = [{"op": "install", "account": {"password": "account-pw"}}, {"op": "login"}]
    hidden = secret_values(secrets, ops)
    assert set(hidden) == {"long-password", "long-password-and-salt", "account-pw"}
    text = "long-password-and-salt long-password account-pw"
    assert Conversation(PLACE, ops, hidden).scrub(text) == "******** ******** ********"


def test_values_too_short_to_protect_anything_are_left_alone() -> None:
    assert secret_values(SiteSecrets({"password": ""}, "abc"), []) == []
