"""A mail server: real, on a free port, and it keeps what it is given."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from email import message_from_bytes, policy
from email.message import EmailMessage

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, Session

USER, PASSWORD = "aegir", "geheim und länger"


class Post:
    """What arrived, and what becomes of what arrives: ``answer`` is given to every recipient."""

    def __init__(self) -> None:
        self.envelopes: list[Envelope] = []
        self.encrypted: list[bool] = []
        self.users: list[str] = []
        self.answer = "250 OK"
        self.port = 0

    @property
    def mails(self) -> list[EmailMessage]:
        return [
            message_from_bytes(each.original_content or b"", policy=policy.default) for each in self.envelopes
        ]

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if self.answer.startswith("250"):
            envelope.rcpt_tos.append(address)
        return self.answer

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        self.encrypted.append(session.ssl is not None)
        self.envelopes.append(envelope)
        return "250 taken"

    def let_in(
        self, server: SMTP, session: Session, envelope: Envelope, mechanism: str, data: object
    ) -> AuthResult:
        login, password = getattr(data, "login", b"").decode(), getattr(data, "password", b"").decode()
        self.users.append(login)
        return AuthResult(success=(login, password) == (USER, PASSWORD), handled=False)


@contextmanager
def serving(
    tls: ssl.SSLContext | None = None,
    port: int = 0,
    *,
    signed_in: bool = False,
    encrypted: ssl.SSLContext | None = None,
) -> Iterator[Post]:
    """With ``tls`` it wants STARTTLS first, with ``signed_in`` a user and his password; with ``encrypted`` it
    speaks TLS from the first byte."""
    post = Post()
    post.port = port or _free_port()
    controller = Controller(
        post,
        hostname="127.0.0.1",
        ssl_context=encrypted,
        port=post.port,
        tls_context=tls,
        require_starttls=tls is not None,
        authenticator=post.let_in if signed_in else None,
        auth_required=signed_in,
        auth_require_tls=tls is not None,
    )
    controller.start()
    try:
        yield post
    finally:
        controller.stop()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
