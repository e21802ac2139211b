"""The protocol that Composer asks by, as Packagist and packages.drupal.org speak it: names are posted, the
advisories come as JSON."""

from __future__ import annotations

import http.client
import json
from collections.abc import Iterator, Sequence
from contextlib import closing
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode, urlsplit

from aegir.drivers import network
from aegir.drivers.advisories import Told
from aegir.drivers.network import Limit
from aegir.errors import Broken, Unreachable

PATIENCE = 60.0
"""Seconds for one answer, from connecting to its last byte."""
LARGEST = 16 << 20
AWAY = (408, 425, 429)
LENGTHS = {"advisoryId": 100, "title": 500, "link": 500, "cve": 40, "severity": 20, "affectedVersions": 2000}


class Driver:
    """No redirect is followed, no proxy asked; the address is the operator's own choice."""

    def __init__(self, address: str) -> None:
        self._address = urlsplit(address)

    def about(self, names: Sequence[str]) -> list[Told]:
        """What is known of these packages, and of no others."""
        told = self._asked(urlencode([("packages[]", name) for name in names]).encode())
        found = told.get("advisories") if isinstance(told, dict) else None
        if found == []:  # PHP writes an empty table so
            return []
        if not isinstance(found, dict):
            raise Broken(f"{self._address.hostname} does not answer as a feed of advisories does.")
        return [each for name in names for each in _read(name, found.get(name))]

    def _asked(self, body: bytes) -> Any:
        host = str(self._address.hostname)
        with Limit(PATIENCE) as limit:
            try:
                content = self._answer(host, body, limit)
            except (OSError, http.client.HTTPException) as error:
                raise Unreachable(f"{host} did not answer the question for advisories.") from error
            if limit.cut:
                raise Unreachable(f"{host} took longer than {PATIENCE:g} seconds to tell its advisories.")
        try:
            return json.loads(content)
        except (ValueError, RecursionError):
            raise Broken(f"{host} does not answer as a feed of advisories does.") from None

    def _answer(self, host: str, body: bytes, limit: Limit) -> bytes:
        encrypted = self._address.scheme == "https"
        kind = http.client.HTTPSConnection if encrypted else http.client.HTTPConnection
        with closing(kind(host, self._address.port, timeout=limit.left)) as connection:
            line = network.connect(host, connection.port, limit, lambda each: True)
            with closing(line):
                connection.sock = network.encrypt(line, host) if encrypted else line
                path = self._address.path or "/"
                headers = {"Content-Type": "application/x-www-form-urlencoded", "User-Agent": "Aegir"}
                connection.request("POST", path, body, headers)
                answer = connection.getresponse()
                if answer.status >= 500 or answer.status in AWAY:
                    raise Unreachable(f"{host} cannot tell its advisories now (status {answer.status}).")
                if answer.status != 200:
                    raise Broken(f"{host} answered with status {answer.status}: see to advisories_feed.")
                content = answer.read(LARGEST + 1)
        if len(content) > LARGEST:
            raise Broken(f"{host} answered with more than {LARGEST:,} bytes.")
        return content


def _read(name: str, listed: Any) -> Iterator[Told]:
    """What can be read of it; what has no identifier or no versions says nothing."""
    each = listed.values() if isinstance(listed, dict) else listed if isinstance(listed, list) else ()
    for one in each:
        if not isinstance(one, dict) or not one.get("advisoryId") or not one.get("affectedVersions"):
            continue
        text = {key: str(one.get(key) or "")[:most] for key, most in LENGTHS.items()}
        if len(str(one["affectedVersions"])) > LENGTHS["affectedVersions"]:
            text["affectedVersions"] = "*"  # rather all than some that were cut off
        link = text["link"] if text["link"].startswith(("https://", "http://")) else ""
        yield Told(
            text["advisoryId"], name, text["title"] or text["advisoryId"], text["affectedVersions"], link,
            text["cve"], text["severity"].lower(), _moment(one.get("reportedAt")),
        )  # fmt: skip


def _moment(text: Any) -> datetime | None:
    try:
        found = datetime.fromisoformat(str(text))
    except ValueError:
        return None
    return found if found.tzinfo else found.replace(tzinfo=UTC)
