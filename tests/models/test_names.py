"""What may be a name, and the sentence that refuses what may not."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aegir.errors import Refused
from aegir.models import names


@pytest.mark.parametrize(
    ("typed", "stored"),
    [
        ("example.org", "example.org"),
        ("Example.ORG", "example.org"),
        ("demo.localhost", "demo.localhost"),
        ("bücher.example", "xn--bcher-kva.example"),
        ("BÜCHER.example", "xn--bcher-kva.example"),
        ("a-b.c-d.example", "a-b.c-d.example"),
        ("xn--bcher-kva.example", "xn--bcher-kva.example"),
    ],
)
def test_a_domain_is_stored_in_lower_case_and_punycode(typed: str, stored: str) -> None:
    assert names.domain(typed) == stored


@pytest.mark.parametrize(
    "typed",
    [
        "",
        " ",
        "no-dot",
        "two words.example",
        "..",
        "a..example",
        ".example.org",
        "example.org.",
        "a/b.example",
        "../../etc/passwd",
        "it's.example",
        'quo"te.example',
        "new\nline.example",
        "-a.example",
        "a-.example",
        "x" * 300 + ".example",
        "x" * 64 + ".example",
        ".".join(["abcdefgh"] * 28),
        "192.0.2.1",
        "1.2",
        "semi;colon.example",
        "dollar$.example",
        "under_score.example",
        "nul\0.example",
        "-\u200d.example",
        "*.example.org",
        "user@example.org",
        "example.org:80",
    ],
)
def test_what_is_not_a_domain_is_refused_with_one_sentence(typed: str) -> None:
    with pytest.raises(Refused) as refusal:
        names.domain(typed)
    sentence = str(refusal.value)
    assert refusal.value.field == "domain"
    assert sentence.endswith(".")
    assert "\n" not in sentence
    assert len(sentence) < 300


@given(st.text(max_size=80))
def test_whatever_passes_for_a_domain_is_safe_everywhere(typed: str) -> None:
    try:
        name = names.domain(typed)
    except Refused:
        return
    assert set(name) <= set("abcdefghijklmnopqrstuvwxyz0123456789-.")
    assert not name.startswith(".")
    assert ".." not in name
    assert names.domain(name) == name


@pytest.mark.parametrize("typed", ["drupal-10.1.6", "d7", "a", "my_platform"])
def test_a_platform_name_is_kept_as_typed(typed: str) -> None:
    assert names.platform(typed) == typed


@pytest.mark.parametrize("typed", ["", "A", "a b", "-a", "a-", "../a", "a/b", "x" * 61, "a\n", "é", "a'b"])
def test_what_cannot_name_a_file_cannot_name_a_platform(typed: str) -> None:
    with pytest.raises(Refused, match="cannot name a platform"):
        names.platform(typed)


@pytest.mark.parametrize(
    "typed", ["", "a", "a@", "@b.example", "a b@c.example", "a@b.example\n", "a@b..example"]
)
def test_what_is_no_address_is_refused(typed: str) -> None:
    with pytest.raises(Refused, match="not an e-mail address"):
        names.email(typed)


def test_control_characters_never_reach_a_sentence() -> None:
    assert names.shown("a\x1b[31mb\n") == "a?[31mb?"
    assert len(names.shown("x" * 500)) == 60
