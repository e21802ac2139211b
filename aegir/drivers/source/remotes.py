"""Git repositories of other machines: which may be gone to, how they are reached, and with what."""

from __future__ import annotations

import base64
import re
import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal
from urllib.parse import urlsplit

from aegir.drivers import network
from aegir.drivers.host import Host
from aegir.drivers.source import Access, Terms, addresses, known_hosts
from aegir.errors import Refused

Protocol = Literal["https", "http", "ssh", "path"]
PORTS = {"https": 443, "http": 80, "ssh": 22}
_SHORT = re.compile(
    r"(?:(?P<user>[A-Za-z0-9_][\w.-]*)@)?(?P<host>[A-Za-z0-9][A-Za-z0-9.-]*):(?P<path>[^-:/\\].*|/.*)"
)
_USER = re.compile(r"[A-Za-z0-9_][\w.-]*")
_HOST = re.compile(r"[A-Za-z0-9][A-Za-z0-9.-]*|[0-9A-Fa-f:]+")
ALLOWED = "write https://…, ssh://…, git@host:path or an absolute path"


@dataclass(frozen=True)
class Remote:
    """One repository."""

    address: str
    """As git takes it; an absolute path for one of this machine."""
    protocol: Protocol
    host: str = ""
    port: int = 0
    user: str = ""

    def joined(self, other: str) -> str:
        """Where a submodule's relative address leads from here."""
        base, rest = self.address.rstrip("/"), other
        while True:
            if rest.startswith("./"):
                rest = rest[2:]
            elif rest.startswith("../"):
                head, separator, _ = base.rpartition("/")
                if not separator and ":" in base:
                    return f"{base.rpartition(':')[0]}:{rest[3:]}"
                base, rest = head, rest[3:]
            else:
                return f"{base}/{rest}"


def parsed(text: str) -> Remote:
    """Refused, naming it, for what is neither https nor ssh nor a path of this machine (``http`` is taken
    here and judged when a secret would go over it)."""
    seen = addresses.shown(text)[:80]
    if not text.isprintable() or " " in text or "\\" in text or len(text) > addresses.LONGEST:
        raise Refused("The address of the repository holds blanks or is too long.", field="location")
    if text.startswith("/"):
        return Remote(text, "path")
    if "://" not in text:
        short = _SHORT.fullmatch(text)
        if short is None or "::" in text:
            raise Refused(f"«{seen}» is not a git repository's address: {ALLOWED}.", field="location")
        return Remote(text, "ssh", short["host"].lower(), 22, short["user"] or "")
    return _from_url(text, seen)


def _from_url(text: str, seen: str) -> Remote:
    try:
        parts = urlsplit(text)
        host, port = (parts.hostname or "").lower(), parts.port
    except ValueError:
        raise Refused(f"«{seen}» is not a git repository's address: {ALLOWED}.", field="location") from None
    if parts.scheme == "file":
        return Remote(str(addresses.path_of(text)), "path")
    if parts.scheme not in PORTS:
        raise Refused(f"«{seen}» is not an address that code is taken from: {ALLOWED}.", field="location")
    user = parts.username or ""
    if parts.password is not None or (user and parts.scheme != "ssh"):
        raise Refused(
            f"The address of {host} holds a user or a password: add a credential.", field="location"
        )
    if not _HOST.fullmatch(host) or port == 0 or (user and not _USER.fullmatch(user)):
        raise Refused(f"«{seen}» names no host that can be gone to.", field="location")
    if parts.path.startswith("/-") or not parts.path.strip("/"):
        raise Refused(f"«{seen}» names no repository of {host}.", field="location")
    protocol: Protocol = "ssh" if parts.scheme == "ssh" else "https" if parts.scheme == "https" else "http"
    return Remote(text, protocol, host, port or PORTS[protocol], user)


def access(remote: Remote, terms: Terms) -> Access | None:
    """What opens it."""
    keys = remote.protocol == "ssh"
    found = (each for each in terms.accesses if each.host == remote.host and (each.kind == "key") == keys)
    return next(found, None)


def environment(remote: Remote, terms: Terms, host: Host, home: str) -> Mapping[str, str]:
    """What git needs to go there: nothing of it on a command line. ``home`` is where a key may lie."""
    config = {"http.followRedirects": "false", "core.hooksPath": "/dev/null", "gc.auto": "0",
              "credential.helper": "", "protocol.ext.allow": "never"}  # fmt: skip
    env = {
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_TERMINAL_PROMPT": "0",
        "GIT_ASKPASS": "/bin/false",
        "GIT_ALLOW_PROTOCOL": "https:http:ssh:file",
        "GIT_ADVICE": "0",
    }
    if remote.protocol == "path":
        return env | _counted(config)
    spots = _spots(remote, terms)
    given = access(remote, terms)
    if remote.protocol == "ssh":
        return env | _counted(config) | _ssh(remote, given, spots[0], terms, host, home)
    # git goes where it was looked, and nowhere else: it neither resolves the name again nor follows.
    config["http.curloptResolve"] = f"{remote.host}:{remote.port}:{','.join(spots)}"
    if given is not None:
        if remote.protocol == "http" and not terms.private:
            raise Refused(f"The credential for {remote.host} would go without encryption: use https.")
        pair = f"{given.user or 'x-access-token'}:{given.secret}"
        config["http.extraHeader"] = f"Authorization: Basic {base64.b64encode(pair.encode()).decode()}"
    return env | _counted(config)


def _spots(remote: Remote, terms: Terms) -> list[str]:
    """The IP addresses that may be gone to."""
    try:
        found = network.admitted(
            remote.host, remote.port, lambda spot: terms.private or network.is_public(spot)
        )
    except Refused:
        raise Refused(
            f"{remote.host} is an address of a private network, which code may not be fetched from: set "
            "sources_private to allow it."
        ) from None
    return list(dict.fromkeys(str(each[4][0]) for each in found))


def _ssh(
    remote: Remote, given: Access | None, spot: str, terms: Terms, host: Host, home: str
) -> dict[str, str]:
    options = {
        "BatchMode": "yes",
        "StrictHostKeyChecking": "accept-new",
        "UserKnownHostsFile": f"{home}/{known_hosts.FILE}",
        "IdentitiesOnly": "yes",
        "IdentityAgent": "none",
        "PreferredAuthentications": "publickey",
        "ConnectTimeout": "30",
        "HostName": spot,
        "HostKeyAlias": remote.host if remote.port == 22 else f"[{remote.host}]:{remote.port}",
    }
    words = ["ssh", "-F", "none", "-a", "-x"]
    if given is not None:
        key = f"{home}/key"
        text = given.secret if given.secret.endswith("\n") else f"{given.secret}\n"
        host.write(key, text.encode(), mode=0o600, owner=terms.user)
        words += ["-i", key]
        if given.user and not remote.user:
            words += ["-l", given.user]
    else:
        # Whoever this runs as may have keys of his own, which nobody named.
        options["PubkeyAuthentication"] = "no"
    words += [word for name, value in options.items() for word in ("-o", f"{name}={value}")]
    return {"GIT_SSH_COMMAND": shlex.join(words), "GIT_SSH_VARIANT": "ssh"}


def _counted(config: Mapping[str, str]) -> dict[str, str]:
    """Configuration by way of the environment, which only the program's own user can read."""
    env = {"GIT_CONFIG_COUNT": str(len(config))}
    for number, (key, value) in enumerate(config.items()):
        env |= {f"GIT_CONFIG_KEY_{number}": key, f"GIT_CONFIG_VALUE_{number}": value}
    return env
