"""What a name may look like: domains, platforms. Bad ones are refused at the door with one sentence."""

from __future__ import annotations

import ipaddress
import re
import unicodedata
from urllib.parse import urlsplit

import idna

from aegir.errors import Refused

_LABEL = re.compile(r"(?!-)[a-z0-9-]{1,63}(?<!-)")
_PLATFORM = re.compile(r"[a-z0-9](?:[a-z0-9._-]{0,58}[a-z0-9])?")
_PATH = re.compile(r"(/[\w.+@-]{1,100}){1,20}", re.ASCII)
_PACKAGES = re.compile(r"[a-z0-9]([a-z0-9._-]{0,98}[a-z0-9])?/([a-z0-9][a-z0-9._-]{0,98})?\*?(?<=[a-z0-9*])")
_EMAIL = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@(?=.{1,253}$)[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*")


def domain(text: str) -> str:
    """The domain as it is stored: lower case, international letters as punycode.

    Refused when it is not a domain of at least two labels; IP addresses are not domains.
    """
    seen = shown(text)
    if not text.strip():
        raise Refused("A domain is needed, such as example.org.", field="domain")
    if len(text) > 253:
        raise Refused(f"The domain «{seen}» is too long: 253 characters at most.", field="domain")
    name = text.lower()
    if not name.isascii():
        name = _punycode(text, seen)
    labels = name.split(".")
    if len(labels) < 2 or len(name) > 235 or not all(_LABEL.fullmatch(label) for label in labels):
        raise _no_domain(seen)
    if _is_address(name) or labels[-1].isdigit():
        raise Refused(f"«{seen}» is an address, not a domain: give the site a name.", field="domain")
    return name


def is_domain(text: str) -> bool:
    """Whether it is a domain, written as it is stored."""
    try:
        return domain(text) == text
    except Refused:
        return False


def alias(text: str) -> str:
    """A further name of a site: a domain, or ``*.`` and a domain, which stands for all names below it."""
    return f"*.{domain(text[2:])}" if text.startswith("*.") else domain(text)


def platform(text: str) -> str:
    """A platform's name, as typed. Refused unless it can also name files."""
    if not _PLATFORM.fullmatch(text):
        raise Refused(
            f"«{shown(text)}» cannot name a platform: use up to 60 lower-case letters, digits, dots, hyphens "
            "and underscores, such as drupal-10.1.6.",
            field="name",
        )
    return text


def client(text: str) -> str:
    """A client's name, as typed. Refused unless it can stand in an address."""
    if not _PLATFORM.fullmatch(text):
        raise Refused(
            f"«{shown(text)}» cannot name a client: use up to 60 lower-case letters, digits, dots, "
            "hyphens and underscores, such as acme.",
            field="name",
        )
    return text


def email(text: str) -> str:
    """An e-mail address, as typed."""
    if not _EMAIL.fullmatch(text):
        raise Refused(f"«{shown(text)}» is not an e-mail address.", field="email")
    return text


def is_email(text: str) -> bool:
    """Whether it is an e-mail address."""
    return _EMAIL.fullmatch(text) is not None


def is_platform(text: str) -> bool:
    """Whether it could name a platform."""
    return _PLATFORM.fullmatch(text) is not None


def is_host(text: str) -> bool:
    """Whether it is a host name of any number of labels, or an address."""
    labels = text.lower().split(".")
    return _is_address(text) or (len(text) <= 253 and all(_LABEL.fullmatch(label) for label in labels))


def are_packages(text: str) -> bool:
    """Whether each line names a Composer package, ``vendor/name``, or several by a ``*`` at its end."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return len(lines) <= 200 and all(_PACKAGES.fullmatch(line) for line in lines)


def are_repositories(text: str) -> bool:
    """Whether each line is an address of a Composer repository or a whole path without blanks."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return len(lines) <= 50 and all(is_web_address(line) or _PATH.fullmatch(line) for line in lines)


def is_whole_path(text: str) -> bool:
    """Whether it is a path from the root on, in plain letters."""
    return _PATH.fullmatch(text) is not None and ".." not in text.split("/")


def is_web_address(text: str) -> bool:
    """Whether it is an https address of a host, without user, query or fragment; http for this machine."""
    try:
        parts = urlsplit(text)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        return False
    plain = parts.scheme == "http" and host in ("localhost", "127.0.0.1", "::1")
    odd = parts.query or parts.fragment or "@" in parts.netloc or port == 0
    return (
        (parts.scheme == "https" or plain)
        and is_host(host)
        and text.isascii()
        and text.isprintable()
        and (not odd and " " not in text and len(text) <= 500)
    )


def _punycode(text: str, seen: str) -> str:
    try:
        return idna.encode(text, uts46=True, transitional=False).decode("ascii")
    except idna.IDNAError as error:
        raise _no_domain(seen) from error


def _no_domain(seen: str) -> Refused:
    return Refused(
        f"«{seen}» is not a domain: use letters, digits and hyphens, with a dot between the parts, such as "
        "example.org.",
        field="domain",
    )


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True


def shown(text: str, limit: int = 60) -> str:
    """The text fit for a sentence: control characters as ``?``, cut at ``limit``."""
    clean = "".join("?" if unicodedata.category(letter).startswith("C") else letter for letter in text)
    return clean if len(clean) <= limit else clean[: limit - 1] + "…"
