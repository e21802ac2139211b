"""Settings that are secret, and texts that the operator writes."""

from __future__ import annotations

import pytest

from aegir.errors import Refused
from aegir.models import Default, Secret, default, template

pytestmark = pytest.mark.django_db

WORD = " geheim, mit Leerzeichen und ü "


def test_a_secret_is_sealed_and_nobody_is_told_more_than_that_it_is_set() -> None:
    assert (default.value("mail_password"), default.sealed("mail_password")) == ("not set", None)
    assert default.change("mail_password", WORD) == "set"
    assert default.value("mail_password") == "set"
    (secret,) = Secret.objects.all()
    assert default.sealed("mail_password") == secret.pk
    assert secret.reveal() == WORD
    assert Default.objects.get().value == secret.pk
    assert WORD.strip() not in f"{secret} {bytes(secret.sealed)!r}"


def test_a_new_secret_takes_the_old_ones_place_and_nothing_ends_it() -> None:
    default.change("mail_password", "one")
    default.change("mail_password", "two")
    assert [secret.reveal() for secret in Secret.objects.all()] == ["two"]
    assert default.change("mail_password", "") == "not set"
    assert not Secret.objects.exists()
    assert default.sealed("mail_password") is None


@pytest.mark.parametrize("text", ["x" * 501, "two\nlines", "nul\0"])
def test_a_secret_that_cannot_be_is_refused_without_being_repeated(text: str) -> None:
    with pytest.raises(Refused) as refused:
        default.change("mail_password", text)
    assert str(refused.value) == "That cannot be mail_password: give up to 500 characters on one line."
    assert not Secret.objects.exists()


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("welcome_body", "no way in"),
        ("welcome_body", "{link} {password}"),
        ("welcome_body", "{link} {name.__class__}"),
        ("welcome_body", "{link} {name!r}"),
        ("welcome_body", "{link} {name:>100000000}"),
        ("welcome_body", "{link} {0}"),
        ("welcome_body", "{link} {}"),
        ("welcome_subject", "{link}"),
        ("welcome_subject", "two\nlines"),
        ("welcome_subject", ""),
    ],
)
def test_a_text_with_other_names_is_refused_at_the_door(name: str, text: str) -> None:
    with pytest.raises(Refused) as refused:
        default.change(name, text)
    assert refused.value.field == "value"
    assert not Default.objects.exists()


def test_long_texts_are_not_repeated_whole() -> None:
    with pytest.raises(Refused) as refused:
        default.change("welcome_body", "x" * 20_000)
    assert len(str(refused.value)) < 300


def test_every_setting_that_came_fits_its_own_rule() -> None:
    assert [name for name, kind in default.KINDS.items() if not kind.allowed(kind.value)] == []


def test_a_text_shows_what_it_is_given_and_nothing_that_a_value_brings_along() -> None:
    text = "{name}: {link} {other} { } {{name}} {"
    filled = template.fill(text, name="{link}", link="L")
    assert filled == "{link}: L {other} { } {{link}} {"
