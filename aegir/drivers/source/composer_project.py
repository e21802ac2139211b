"""A composer.json and its lock as files: what they say, and what is changed in them while code is built."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator
from fnmatch import fnmatchcase
from typing import Any
from urllib.parse import urlsplit

from aegir.drivers import network
from aegir.drivers.host import Host
from aegir.drivers.source import Json as Value
from aegir.drivers.source import Terms
from aegir.errors import Refused, Unreachable

JSON, LOCK = "composer.json", "composer.lock"
LARGEST = 32 << 20
_SHORT = re.compile(r"(?:[\w.-]+@)?(?P<host>[\w.-]+):(?!//)")


class Project:
    """One project in a directory. Nothing foreign may run while a method does."""

    def __init__(self, host: Host, into: str, terms: Terms) -> None:
        self._host, self._into, self._terms = host, into, terms
        self._original = self._bytes(JSON)
        self._adapted = b""
        self._said = self._parsed(JSON, self._original)
        config = self._said.get("config") or {}
        if not isinstance(config, dict):
            raise Refused(f"The «config» of {JSON} is not a list of settings.", field="location")
        self._config: dict[str, Any] = config
        self._ours: dict[str, Any] = {}

    def adapt(self) -> None:
        """Let the plugins run that terms name, and no other, and nothing come unencrypted. Composer's own
        hash of the file, by which it knows its lock, leaves these settings out."""
        plugins = self._config.get("allow-plugins")
        denied = plugins.items() if isinstance(plugins, dict) else ()
        rules = {name: False for name, allowed in denied if allowed is False and "*" not in name}
        rules |= {name: True for name in self._terms.plugins if name not in rules}
        self._ours["allow-plugins"] = {**rules, "*": False}
        if not self._terms.private:
            self._ours |= {"secure-http": True, "disable-tls": False}
        self._adapted = _dumped({**self._said, "config": {**self._config, **self._ours}})
        self._write(self._adapted)

    def restore(self) -> None:
        """Give the file back the settings that it had itself."""
        now = self._bytes(JSON)
        if now == self._adapted:
            self._write(self._original)
            return
        said = self._parsed(JSON, now)
        config = {
            name: value
            for name, value in dict(said.pop("config", None) or {}).items()
            if name not in self._ours
        }
        config |= {name: self._config[name] for name in self._ours if name in self._config}
        self._write(_dumped({**said, "config": config} if config else said))

    def locked(self) -> bool:
        return self._host.stat(f"{self._into}/{LOCK}") is not None

    def held_back(self) -> list[str]:
        """The plugins of the lock that may not run."""
        allow = self._ours["allow-plugins"]
        return [
            name
            for name, package in self._locked().items()
            if package.get("type") == "composer-plugin"
            and not next(ok for pattern, ok in allow.items() if fnmatchcase(name, pattern.lower()))
        ]

    def facts(self) -> dict[str, Value]:
        """What the lock says, once all is put in."""
        lock = self._bytes(LOCK)
        packages: dict[str, Value] = {
            name: str(package.get("version", "")) for name, package in self._locked().items()
        }
        hashed = self._parsed(LOCK, lock).get("content-hash", "")
        return {
            "lock": hashlib.sha256(lock).hexdigest(),
            "content_hash": str(hashed),
            "packages": packages,
        }

    def check_hosts(self) -> None:
        """Refuse what names a host of a private network where terms do not allow that."""
        if self._terms.private:
            return
        for file, address in self._addresses():
            host = _host(address)
            try:
                if host:
                    network.admitted(host, 443, network.is_public)
            except Unreachable:  # Composer will say so, if it needs it at all
                continue
            except Refused:
                raise Refused(
                    f"{file} names {host}, an address of a private network, which code may not be fetched "
                    "from: set sources_private to allow it.",
                    field="location",
                ) from None

    def repositories(self) -> list[str]:
        """Where the project itself looks for packages."""
        listed = self._said.get("repositories") or []
        each = listed.values() if isinstance(listed, dict) else listed if isinstance(listed, list) else ()
        return [str(one["url"]) for one in each if isinstance(one, dict) and "url" in one]

    def _addresses(self) -> Iterator[tuple[str, str]]:
        """The places that the project names, each host once."""
        seen: set[str] = set()
        said = [(JSON, address) for address in self.repositories()]
        for package in self._locked().values():
            ways = [package.get(way) for way in ("dist", "source")]
            said += [(LOCK, str(way.get("url", ""))) for way in ways if isinstance(way, dict)]
        for file, address in said:
            if _host(address) not in seen:
                seen.add(_host(address))
                yield file, address

    def _locked(self) -> dict[str, dict[str, Any]]:
        """The packages of the lock by name, without those for development."""
        found = self._parsed(LOCK, self._bytes(LOCK)).get("packages", [])
        if not isinstance(found, list) or not all(isinstance(each, dict) for each in found):
            raise Refused(f"{LOCK} is not a lock of Composer's.", field="location")
        return {str(each.get("name", "")).lower(): each for each in found}

    def _bytes(self, name: str) -> bytes:
        path = f"{self._into}/{name}"
        found = self._host.stat(path)
        if found is None:
            raise Refused(f"The code has no {name} at its top.", field="location")
        # A link could lead to what only this process may read.
        if found.kind != "file" or found.size > LARGEST:
            raise Refused(f"The {name} is not a file that Composer could have made.", field="location")
        return self._host.read(path) or b""

    def _parsed(self, name: str, content: bytes) -> dict[str, Any]:
        try:
            said = json.loads(content.decode("utf-8-sig"))
        except json.JSONDecodeError as error:
            raise Refused(
                f"{name}, line {error.lineno}, column {error.colno}: {error.msg}.", field="location"
            ) from None
        except (UnicodeDecodeError, RecursionError):
            raise Refused(f"{name} is not a text that can be read.", field="location") from None
        if not isinstance(said, dict):
            raise Refused(f"{name} holds no settings of a project.", field="location")
        return said

    def _write(self, content: bytes) -> None:
        self._host.write(f"{self._into}/{JSON}", content, mode=0o644, owner=self._terms.user)


def _dumped(said: dict[str, Any]) -> bytes:
    return json.dumps(said, indent=4, ensure_ascii=False).encode()


def _host(address: str) -> str:
    """The host that an address names, "" for a path."""
    if short := _SHORT.match(address):
        return short["host"].lower()
    try:
        return urlsplit(address).hostname or ""
    except ValueError:
        return ""
