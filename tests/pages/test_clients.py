"""Pages about clients."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from aegir.models import AuditEntry, Message, User, default, feature
from aegir.models import Client as Customer
from tests import doors
from tests.pages.fields import menu, refused

pytestmark = pytest.mark.django_db

UMBRA = {"name": "umbra", "title": "Umbra Ltd", "organisation": "Umbra", "email": "it@umbra.example",
         "email_again": "it@umbra.example"}  # fmt: skip
PERSON = {"email": "new@umbra.example", "name": "Nora New", "username": ""}


def text(client: Client, address: str) -> str:
    response = client.get(address)
    assert response.status_code == 200, address
    return str(response.content.decode())


def mail() -> None:
    default.change("mail_host", "mail.example.org")
    default.change("mail_from", "aegir@example.org")


def test_a_client_is_added_with_an_account_and_a_welcome(alice: Client) -> None:
    mail()
    assert "No clients yet" in text(alice, "/clients")
    response = alice.post("/new/client", {**UMBRA, "quota": "3", "account": "on", "welcome": "on"})
    assert response["Location"] == "/clients/umbra"
    row = Customer.objects.get()
    assert (row.title, row.organisation, row.email, row.quota) == (
        "Umbra Ltd", "Umbra", "it@umbra.example", 3,
    )  # fmt: skip
    assert [(user.username, user.email) for user in row.users.all()] == [("it", "it@umbra.example")]
    assert Message.objects.get().target == "it@umbra.example"
    assert AuditEntry.objects.filter(action="client_add", about="umbra", outcome="done").count() == 1
    for address in ("/clients?q=umb", "/clients/umbra"):
        assert "Umbra Ltd" in text(alice, address)
    assert ">Umbra Ltd<" not in text(alice, "/clients?q=other")


def test_whoever_has_the_address_already_gets_the_new_client(alice: Client) -> None:
    anna = User.objects.create(username="anna", email="IT@umbra.example")
    alice.post("/new/client", {**UMBRA, "account": "on"})
    assert list(Customer.objects.get().users.all()) == [anna]


@pytest.mark.parametrize(
    ("wrong", "field", "sentence"),
    [
        ({"name": "Umbra Ltd"}, "name", "cannot name a client"),
        ({"name": "acme"}, "name", "There is already a client acme"),
        ({"email": "nowhere", "email_again": "nowhere"}, "email", "is not an e-mail address"),
        ({"email_again": "else@umbra.example"}, "email_again", "are not the same"),
        ({"title": "Umb\u202era"}, "title", "one line, without control characters"),
        ({"organisation": "Umb\x07ra"}, "organisation", "one line, without control characters"),
        ({"quota": "many"}, "quota", "a whole number"),
    ],
)
def test_a_client_that_cannot_be_is_refused_at_its_field(
    alice: Client, wrong: dict[str, Any], field: str, sentence: str
) -> None:
    doors.acme()
    given = {**UMBRA, "quota": "7", "account": "on", **wrong}
    assert sentence in refused(alice, "/new/client", given, field)
    assert Customer.objects.count() == 1
    assert not User.objects.exclude(username="alice").exists()


def test_a_client_is_edited_and_keeps_its_name(alice: Client) -> None:
    doors.acme()
    changed = {"title": "", "organisation": "Acme Inc", "email": "new@acme.example", "quota": "0"}
    assert alice.post("/clients/acme/edit", changed).status_code == 302
    row = Customer.objects.get()
    assert (row.name, row.title, row.organisation, row.email, row.quota) == (
        "acme", "acme", "Acme Inc", "new@acme.example", 0,
    )  # fmt: skip
    wrong = {**changed, "title": "Other", "email": "nowhere"}
    assert "is not an e-mail address" in refused(alice, "/clients/acme/edit", wrong, "email")
    assert Customer.objects.get().title == "acme"


def test_people_join_are_invited_and_leave(alice: Client) -> None:
    client = doors.acme()
    User.objects.create(username="anna", email="anna@acme.example")
    alice.post("/clients/acme/people", {"user": "anna"})
    alice.post("/clients/acme/invite", PERSON)
    assert {user.username for user in client.users.all()} == {"anna", "new"}
    assert ">anna<" in text(alice, "/clients/acme")
    taken = {**PERSON, "email": "anna@acme.example", "username": "second"}
    assert "already a user with the address" in refused(alice, "/clients/acme/invite", taken, "email")
    alice.post("/clients/acme/people/anna/remove")
    assert [user.username for user in client.users.all()] == ["new"]
    assert User.objects.filter(username="anna").exists()
    assert alice.post("/clients/acme/people", {"user": "nobody"}).status_code == 404


def test_a_client_is_deleted_once_its_name_is_typed_and_no_site_is_its_own(alice: Client) -> None:
    doors.bob()
    site = doors.site(client=doors.acme())
    for typed in ("acme", "else"):
        assert alice.post("/clients/acme/delete", {"name": typed}).status_code == 422
    assert Customer.objects.exists()
    site.give(None)
    assert alice.post("/clients/acme/delete", {"name": "else"}).status_code == 422
    assert alice.post("/clients/acme/delete", {"name": "acme"})["Location"] == "/clients"
    assert not Customer.objects.exists()
    assert User.objects.filter(username="bob").exists()


def test_a_closed_platform_is_opened_to_a_client_and_never_to_everybody_by_mistake(alice: Client) -> None:
    acme, other = doors.acme(), Customer.add(name="other", email="o@example.org")
    platform = doors.platform()
    use, stop = {"platform": "d10", "use": "yes"}, {"platform": "d10", "use": "no"}
    assert alice.post("/clients/acme/platforms", use).status_code == 422
    platform.clients.add(other)
    assert alice.post("/clients/acme/platforms", use).status_code == 302
    assert set(platform.clients.all()) == {acme, other}
    assert alice.post("/clients/other/platforms", stop).status_code == 302
    answer = alice.post("/clients/acme/platforms", stop)
    assert b"it would be everybody&#x27;s" in answer.content
    assert set(platform.clients.all()) == {acme}


def test_without_quotas_nobody_is_asked_for_one(alice: Client) -> None:
    assert 'name="quota"' in text(alice, "/new/client")
    feature.switch("quotas", False)
    assert 'name="quota"' not in text(alice, "/new/client")
    assert alice.post("/new/client", {**UMBRA, "quota": "3"}).status_code == 302
    assert Customer.objects.get().quota is None


def test_a_client_sees_his_own_alone_and_changes_nothing(bob: Client) -> None:
    Customer.add(name="other", title="Other Ltd", email="o@example.org")
    page = text(bob, "/clients")
    assert ">Acme<" in page
    assert "Other Ltd" not in page
    assert bob.get("/clients/other").status_code == 404
    assert bob.post("/clients/acme/edit", {"title": "Mine", "email": "m@example.org"}).status_code == 403
    assert Customer.objects.get(name="acme").title == "Acme"


def test_with_clients_off_their_pages_are_gone(alice: Client) -> None:
    doors.acme()
    assert "/clients" in menu(alice)
    feature.switch("quotas", False)
    feature.switch("clients", False)
    assert "/clients" not in menu(alice)
    for address in ("/clients", "/new/client", "/clients/acme", "/clients/acme/edit", "/clients/acme/invite"):
        assert alice.get(address).status_code == 404, address
    assert alice.post("/clients/acme/delete", {"name": "acme"}).status_code == 404
    assert Customer.objects.exists()


def test_a_client_without_a_limit_may_have_any_number(alice: Client) -> None:
    doors.acme()
    assert "any number" in alice.get("/clients").content.decode()
    assert "any number" in alice.get("/clients/acme").content.decode()
