"""Mail, given to a real server."""

from __future__ import annotations

import dataclasses
import socket
from pathlib import Path

import pytest

from aegir.drivers.mail import Letter, MailServer, smtp
from aegir.drivers.mail.smtp import Driver
from aegir.errors import Broken, Refused, Unreachable
from tests.live import certificates, mail

LETTER = Letter("ops@example.org", "Umzug: «bücher.example» – fertig", "Grüße,\n\nalles ist gut. 中\n", "1-2")


def server(port: int, **fields: object) -> MailServer:
    return MailServer(
        "127.0.0.1", port, **{"security": "none", "user": "", "sender": "aegir@example.net", **fields}
    )


def test_a_letter_arrives_with_every_character() -> None:
    with mail.serving() as post:
        Driver(server(post.port), "").send(LETTER)
    (arrived,) = post.mails
    assert (arrived["To"], arrived["From"]) == ("ops@example.org", "Aegir <aegir@example.net>")
    assert arrived["Subject"] == LETTER.subject
    assert arrived["Message-ID"] == "<1-2@example.net>"
    assert arrived["Auto-Submitted"] == "auto-generated"
    assert arrived.get_content_type() == "text/plain"
    assert arrived.get_content().replace("\r\n", "\n") == LETTER.text
    assert post.envelopes[0].mail_from == "aegir@example.net"
    assert post.envelopes[0].rcpt_tos == ["ops@example.org"]
    assert max(map(len, (post.envelopes[0].original_content or b"").splitlines())) < 998


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r", "\x0b", "\u2028"])
@pytest.mark.parametrize("field", ["to", "subject"])
def test_nothing_can_add_a_header_or_a_recipient(field: str, end: str) -> None:
    bad = f"{getattr(LETTER, field)}{end}Bcc: victim@example.org{end}{end}Spam"
    with mail.serving() as post:
        try:
            Driver(server(post.port), "").send(dataclasses.replace(LETTER, **{field: bad}))
        except Refused:
            assert post.envelopes == []
    for envelope, arrived in zip(post.envelopes, post.mails, strict=True):
        assert envelope.rcpt_tos == ["ops@example.org"]
        assert "Bcc" not in arrived
        assert "Spam" not in arrived.get_content()


def test_a_line_with_a_single_dot_does_not_end_the_letter() -> None:
    text = "before\n.\nRCPT TO:<victim@example.org>\n..\nafter\n"
    with mail.serving() as post:
        Driver(server(post.port), "").send(dataclasses.replace(LETTER, text=text))
    assert [arrived.get_content().replace("\r\n", "\n") for arrived in post.mails] == [text]


def test_the_way_is_encrypted_and_the_user_signed_in(trusted: Path) -> None:
    with mail.serving(certificates.context(trusted), signed_in=True) as post:
        Driver(server(post.port, security="starttls", user=mail.USER), mail.PASSWORD).send(LETTER)
    assert (post.encrypted, post.users) == ([True], [mail.USER])


def test_a_certificate_that_nobody_vouches_for_is_not_trusted(certificate: Path) -> None:
    with (
        mail.serving(certificates.context(certificate), signed_in=True) as post,
        pytest.raises(Unreachable, match=r"certificate of 127\.0\.0\.1 is not to be trusted"),
    ):
        Driver(server(post.port, security="starttls", user=mail.USER), mail.PASSWORD).send(LETTER)
    assert (post.users, post.envelopes) == ([], [])


def test_a_wrong_password_is_named_and_not_repeated(trusted: Path) -> None:
    with (
        mail.serving(certificates.context(trusted), signed_in=True) as post,
        pytest.raises(Unreachable, match="does not let aegir in") as refused,
    ):
        Driver(server(post.port, security="starttls", user=mail.USER), "no-such-word").send(LETTER)
    assert "no-such-word" not in str(refused.value)


def test_a_password_is_not_sent_in_the_clear_over_a_network() -> None:
    away = MailServer("mail.example.org", 25, "none", "aegir", "aegir@example.net")
    with pytest.raises(Unreachable, match="not sent without encryption"):
        Driver(away, "secret")._sign_in(None)  # type: ignore[arg-type]


def test_encryption_from_the_first_byte(trusted: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with mail.serving(encrypted=certificates.context(trusted)) as post:
        Driver(server(post.port, security="tls"), "").send(LETTER)
        monkeypatch.setattr(smtp, "PATIENCE", 0.3)
        with pytest.raises(Unreachable):
            Driver(server(post.port, security="none"), "").send(LETTER)
    assert [arrived["To"] for arrived in post.mails] == ["ops@example.org"]


@pytest.mark.parametrize("answer", ["550 nobody of that name", "451 greylisted"])
def test_an_address_that_is_refused_says_what_the_server_said(answer: str) -> None:
    with mail.serving() as post:
        post.answer = answer
        with pytest.raises(Broken, match=f"127.0.0.1 refused the address: {answer}"):
            Driver(server(post.port), "").send(LETTER)


def test_a_server_that_is_away_is_named() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    with pytest.raises(Unreachable, match=f"127.0.0.1, port {port}, cannot be reached: Connection refused"):
        Driver(server(port), "").send(LETTER)


@pytest.mark.parametrize("security", ["none", "tls"])
def test_a_server_that_says_nothing_is_not_waited_for(security: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(smtp, "PATIENCE", 0.3)
    with socket.create_server(("127.0.0.1", 0)) as silent, pytest.raises(Unreachable):
        Driver(server(silent.getsockname()[1], security=security), "").send(LETTER)
