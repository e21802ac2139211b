"""What Composer complains of, in its own words, sorted by what is to be done about it."""

from __future__ import annotations

import re

from aegir.drivers.host import Completed
from aegir.drivers.source.programs import ended_badly, plain
from aegir.errors import AegirError, Broken, Refused, Unreachable

LONGEST = 3000
_CONFLICT = re.compile(r"could not be resolved to an installable set of packages\.\n(.*)", re.S)
_BEYOND = re.compile(
    r"^(Use the option |Potential causes:|You can also |Installation failed|Running update)", re.M
)
_THROWN = re.compile(r"^In [\w.]+ line \d+:\n(.*?)(?=\n\n(?:In [\w.]+ line|[a-z-]+ \[)|\Z)", re.M | re.S)
_STALE = re.compile(r"^- (Required package .*)$", re.M)
AWAY = ("could not resolve host", "failed to connect", "timed out", "timeout", "connection refused",
        "curl error 6 ", "curl error 7 ", "curl error 28 ", "http/2 5", "http/1.1 5", "http 5",
        "could not resolve hostname")  # fmt: skip
CLOSED = ("authentication", "authenticate", "http 401", "http 403", "http/1.1 401", "http/1.1 403",
          "http/2 401", "http/2 403", "invalid credentials", "permission denied (publickey")  # fmt: skip
MISSING = ("could not find package", "could not find a matching version", "could not find a version")


def sorted_out(done: Completed) -> AegirError:
    """The error to raise for a Composer that ended badly."""
    text = "\n".join(plain(line) for line in done.err.splitlines())
    if conflict := _CONFLICT.search(text):
        problems = _BEYOND.split(conflict[1])[0]
        return Refused(f"Composer finds no packages that fit together: {_one(problems)}", field="location")
    if done.code == 4 and (stale := _STALE.findall(text)):
        return Refused(
            f"The composer.lock does not go with the composer.json: {_one(' '.join(stale))} Run «composer "
            "update» where they are made.",
            field="location",
        )
    thrown = [_one(each) for each in _THROWN.findall(text)]
    return _of_exception(thrown[0]) if thrown and thrown[0] else ended_badly(done)


def _of_exception(message: str) -> AegirError:
    low = message.lower()
    if any(sign in low for sign in CLOSED):
        return Refused(f"Composer is not let in: name a credential. {message}", field="credential")
    if any(sign in low for sign in MISSING):
        return Refused(f"Composer: {message}", field="location")
    if any(sign in low for sign in AWAY):
        return Unreachable(f"Composer cannot reach what it needs: {message}")
    return Broken(f"Composer gave up: {message}")


def _one(text: str) -> str:
    """Several lines as one."""
    lines = [line.strip() for line in text.splitlines()]
    return " ".join(line for line in lines if line)[:LONGEST].strip()
