"""Mail over SMTP."""

from __future__ import annotations

import smtplib
import socket
import ssl
from base64 import b64encode
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import formatdate

from aegir.drivers import network
from aegir.drivers.mail import Letter, MailServer
from aegir.drivers.network import Limit
from aegir.errors import AegirError, Broken, Refused, Unreachable

PATIENCE = 20.0
"""Seconds for one letter, from connecting to the last word."""
NEAR = ("localhost", "127.0.0.1", "::1")
"""On the way to these nobody else listens."""
LONGEST_REPLY = 200


class Driver:
    """One connection a letter."""

    def __init__(self, server: MailServer, password: str) -> None:
        self.server = server
        self._password = password

    def send(self, letter: Letter) -> None:
        """What the family promises."""
        with self._as_promised(limit := Limit(PATIENCE)), limit:
            content = compose(letter, self.server.sender)
            session = _Session(self.server, limit)
            try:
                self._hand_over(session, content, letter.to)
                self._take_leave(session)
            finally:
                session.close()

    def _hand_over(self, session: smtplib.SMTP, content: EmailMessage, to: str) -> None:
        session.ehlo_or_helo_if_needed()
        if self.server.security == "starttls":
            session.starttls(context=ssl.create_default_context())
        if self.server.user:
            self._sign_in(session)
        session.send_message(content, self.server.sender, [to])

    def _take_leave(self, session: smtplib.SMTP) -> None:
        """The letter is taken already, so nothing that happens here may make it be sent again."""
        with suppress(OSError, smtplib.SMTPException):
            session.quit()

    def _sign_in(self, session: smtplib.SMTP) -> None:
        """By hand: the library's own way knows no letters beyond ASCII."""
        if self.server.security == "none" and self.server.host not in NEAR:
            raise Unreachable(
                "A password is not sent without encryption: set mail_security to starttls or tls."
            )
        session.ehlo_or_helo_if_needed()
        offered = session.esmtp_features.get("auth", "").upper().split()
        user, password = self.server.user, self._password
        if "PLAIN" in offered:
            both = _base64("\0".join(["", user, password]))
            code, said = session.docmd("AUTH", f"PLAIN {both}")
        elif "LOGIN" in offered:
            code, said = session.docmd("AUTH", f"LOGIN {_base64(user)}")
            code, said = session.docmd(_base64(password)) if code == 334 else (code, said)
        else:
            raise smtplib.SMTPNotSupportedError("it lets nobody sign in.")
        if code != 235:
            raise smtplib.SMTPAuthenticationError(code, said)

    @contextmanager
    def _as_promised(self, limit: Limit) -> Iterator[None]:
        """Errors of the protocol as the family promises them."""
        try:
            yield
        except AegirError:
            raise
        except (OSError, ValueError, smtplib.SMTPException) as error:
            if limit.cut:
                raise Unreachable(f"{self.server.host} took longer than {PATIENCE:.0f} seconds.") from error
            raise self._sorted(error) from error

    def _sorted(self, error: Exception) -> AegirError:
        host = self.server.host
        match error:
            case smtplib.SMTPRecipientsRefused():
                ((code, said),) = error.recipients.values()
                return Broken(f"{host} refused the address: {_told(code, said)}")
            case smtplib.SMTPDataError():
                return Broken(f"{host} refused the mail: {_answer(error)}")
            case smtplib.SMTPAuthenticationError():
                return Unreachable(f"{host} does not let {self.server.user} in: check the settings for mail.")
            case smtplib.SMTPSenderRefused():
                return Unreachable(f"{host} takes no mail from {self.server.sender}: {_answer(error)}")
            case smtplib.SMTPResponseException():
                return Unreachable(f"{host} answered {_answer(error)}")
            case smtplib.SMTPNotSupportedError():
                return Unreachable(f"{host} cannot do what the settings for mail ask for: {error}")
            case ssl.SSLCertVerificationError():
                return Unreachable(f"The certificate of {host} is not to be trusted: {error.verify_message}.")
            case ValueError():
                return Refused("The mail cannot be written: its address or subject is not one line of text.")
        return Unreachable(f"The conversation with {host} broke off: check mail_port and mail_security.")


class _Session(smtplib.SMTP):
    """Within a limit, and encrypted from the beginning where the server wants that."""

    def __init__(self, server: MailServer, limit: Limit) -> None:
        self._server, self._limit = server, limit
        own_name = server.sender.rpartition("@")[2]
        super().__init__(server.host, server.port, local_hostname=own_name, timeout=limit.left)

    def _get_socket(self, host: str, port: int, timeout: float) -> socket.socket:
        line = network.connect(host, port, self._limit, admit=lambda address: True)
        return network.encrypt(line, host) if self._server.security == "tls" else line


def compose(letter: Letter, sender: str) -> EmailMessage:
    """The mail as it goes over the line. ValueError when an address or the subject brings along a line end,
    which would make a header of what follows."""
    mail = EmailMessage(policy=SMTP)
    mail["From"] = Address("Aegir", addr_spec=sender)
    mail["To"] = Address(addr_spec=letter.to)
    mail["Subject"] = letter.subject
    mail["Date"] = formatdate(localtime=False)
    mail["Message-ID"] = f"<{letter.number}@{sender.rpartition('@')[2]}>"
    # Out-of-office replies to a machine reach nobody.
    mail["Auto-Submitted"] = "auto-generated"
    mail.set_content(letter.text, charset="utf-8", cte="quoted-printable")
    return mail


def _base64(text: str) -> str:
    return b64encode(text.encode()).decode()


def _answer(error: smtplib.SMTPResponseException) -> str:
    return _told(error.smtp_code, error.smtp_error)


def _told(code: int, said: bytes | str) -> str:
    """A server's answer, fit for a sentence."""
    text = said.decode("utf-8", "replace") if isinstance(said, bytes) else said
    clean = "".join(letter if letter.isprintable() else " " for letter in text)
    return f"{code} {clean[:LONGEST_REPLY]}"
