"""The settings page."""

from __future__ import annotations

import pytest
from django.test import Client

from aegir.models import AuditEntry, Default, Message, Secret, User, default
from aegir.models.default import KINDS
from tests.pages.counting import queries
from tests.pages.fields import held, menu, said

pytestmark = pytest.mark.django_db

HIDDEN = "only-for-tests-pass"
MAIL = {
    "mail_host": "mail.example.org",
    "mail_port": "587",
    "mail_security": "starttls",
    "mail_user": "aegir",
    "mail_from": "aegir@example.org",
    "mail_password": HIDDEN,
}


def page(client: Client) -> str:
    response = client.get("/settings")
    assert response.status_code == 200
    return str(response.content.decode())


def test_every_setting_is_there_with_its_meaning(alice: Client) -> None:
    shown = page(alice)
    for name, kind in KINDS.items():
        assert f'name="{name}"' in shown, name
        assert f'id="help-{name}"' in shown
        if isinstance(kind.value, int) and not isinstance(kind.value, bool):
            assert held(shown, name) == str(kind.value)


def test_their_number_costs_nothing(alice: Client) -> None:
    assert queries(alice, "/settings") <= 8


def test_a_group_is_saved_as_a_whole(alice: Client) -> None:
    assert alice.post("/settings/mail", MAIL)["Location"] == "/settings#mail"
    assert {name: default.value(name) for name in MAIL} == {**MAIL, "mail_port": 587, "mail_password": "set"}
    entry = AuditEntry.objects.get(action="setting_change")
    assert entry.details["changed"] == list(MAIL)
    assert "Changed.</strong> It came as 25." in page(alice)


def test_one_bad_value_saves_nothing_and_everything_typed_stays(alice: Client) -> None:
    wrong = {**MAIL, "mail_port": "0", "mail_from": "nowhere", "mail_user": '"><b>'}
    response = alice.post("/settings/mail", wrong)
    shown = response.content.decode()
    assert response.status_code == 422
    assert "«0» cannot be mail_port: give 1 to 65535." in said(shown, "mail_port")
    assert "cannot be mail_from" in said(shown, "mail_from")
    for name in ("mail_host", "mail_port", "mail_security", "mail_user", "mail_from"):
        assert held(shown, name) == wrong[name]
    assert not Default.objects.exists()
    assert not Secret.objects.exists()


def test_boxes_are_off_when_they_are_not_ticked(alice: Client) -> None:
    values = {
        name: str(kind.value)
        for name, kind in KINDS.items()
        if kind.group == "Sites" and kind.value is not True
    }
    assert alice.post("/settings/sites", {**values, "backup_before_delete": "on"}).status_code == 302
    changed = {name for name, value in default.values().items() if value != KINDS[name].value}
    assert changed == {"disable_before_delete", "instant_sites"}
    assert default.value("disable_before_delete") is False


def test_a_secret_is_never_echoed_and_an_empty_field_keeps_it(alice: Client) -> None:
    answers = [alice.post("/settings/mail", {**MAIL, "mail_port": "0"}), alice.post("/settings/mail", MAIL)]
    sealed = default.sealed("mail_password")
    answers.append(alice.post("/settings/mail", {**MAIL, "mail_password": ""}))
    assert default.sealed("mail_password") == sealed is not None
    answers.append(alice.post("/settings/mail_port/reset", MAIL))
    answers += [alice.get("/settings"), alice.get("/audit"), alice.get("/audit?q=mail")]
    for answer in answers:
        assert HIDDEN not in answer.content.decode()
    assert HIDDEN not in str(list(AuditEntry.objects.values()))
    assert "It is set: type another one" in page(alice)


def test_a_secret_is_forgotten(alice: Client) -> None:
    alice.post("/settings/mail", MAIL)
    assert alice.post("/settings/mail_password/reset").status_code == 200
    assert default.value("mail_password") == "not set"
    assert not Secret.objects.exists()


def test_one_is_put_back_and_what_is_typed_beside_it_stays(alice: Client) -> None:
    alice.post("/settings/mail", MAIL)
    response = alice.post("/settings/mail_port/reset", {**MAIL, "mail_host": "typed.example.org"})
    shown = response.content.decode()
    assert response.status_code == 200
    assert (held(shown, "mail_port"), held(shown, "mail_host")) == ("25", "typed.example.org")
    assert (default.value("mail_port"), default.value("mail_host")) == (25, "mail.example.org")


def test_a_test_mail_goes_to_whoever_asks_once_mail_and_address_are_there(alice: Client) -> None:
    assert "save the mail host and the sender first" in page(alice)
    assert alice.post("/settings/mail/test").status_code == 422
    User.objects.update(email="alice@example.org")
    assert alice.post("/settings/mail/test").status_code == 422
    assert not Message.objects.exists()
    alice.post("/settings/mail", MAIL)
    assert alice.post("/settings/mail/test").status_code == 302
    assert Message.objects.get().target == "alice@example.org"
    assert "The last one, of" in page(alice)


@pytest.mark.parametrize("address", ["/settings/none", "/settings/none/reset"])
def test_what_is_no_setting_is_not_there(alice: Client, address: str) -> None:
    assert alice.post(address).status_code == 404


def test_only_administrators_change_them(alice: Client, bob: Client) -> None:
    assert ["/settings" in menu(client) for client in (alice, bob)] == [True, False]
    assert bob.get("/settings").status_code == 403
    assert bob.post("/settings/mail", MAIL).status_code == 403
    assert bob.post("/settings/undo_days/reset").status_code == 403
    assert not Default.objects.exists()
