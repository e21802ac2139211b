"""What git complains of, and what is to be done about it."""

from __future__ import annotations

from aegir.drivers.host import Completed
from aegir.drivers.source import Terms, addresses, known_hosts, programs, remotes
from aegir.drivers.source.remotes import Remote
from aegir.errors import AegirError, Broken, Refused, Unreachable

CLOSED = ("authentication failed", "could not read username", "permission denied", "error: 401", "error: 403",
          "access denied", "terminal prompts disabled")  # fmt: skip
NOWHERE = ("does not appear to be a git repository", "repository not found", "error: 404", "not found",
           "project you were looking for could not be found", "does not exist")  # fmt: skip
AWAY = ("could not resolve", "failed to connect", "connection timed out", "connection refused", "timed out",
        "connection reset", "connection closed", "no route to host", "network is unreachable", "error: 5",
        "early eof", "hung up unexpectedly", "couldn't connect", "ssl", "unable to access")  # fmt: skip
DAMAGED = ("corrupt", "unable to read", "bad object", "packfile", "inflate", "not a git repository",
           "bad config", "missing blob", "missing tree", "bad tree", "index file",
           "invalid object")  # fmt: skip
IDLE = ("warning: permanently added", "fatal: could not read from remote repository",
        "please make sure you have the correct access rights", "and the repository exists")  # fmt: skip


class Damaged(Broken):
    """What the cache had of a repository is no use."""


def damage(done: Completed) -> Damaged | None:
    """What to say where the repository itself is no use; None where that is not it."""
    said = done.err.lower()
    return Damaged(str(programs.ended_badly(done))) if any(sign in said for sign in DAMAGED) else None


def meant(done: Completed, remote: Remote, terms: Terms) -> AegirError:
    """What is to be done about git's complaint."""
    broken = programs.ended_badly(done)
    said, shown = done.err.lower(), addresses.shown(remote.address)
    reason = _reason(done.err)
    if changed := known_hosts.refusal(done.err, terms):
        return changed
    if any(sign in said for sign in CLOSED):
        given = remotes.access(remote, terms)
        remedy = f"name a credential for {remote.host}"
        if given is not None:
            remedy = f"{remote.host} does not take the {given.kind} that it was given"
        return Refused(f"{shown} is not open to Aegir: {remedy} ({reason}).", field="credential")
    if "redirect" in said:
        return Refused(
            f"{shown} redirects elsewhere: give the address that it leads to ({reason}).", field="location"
        )
    if any(sign in said for sign in NOWHERE):
        return Refused(f"There is no git repository at {shown} ({reason}).", field="location")
    if any(sign in said for sign in AWAY):
        return Unreachable(f"{shown} cannot be reached now ({reason}).")
    return broken


def _reason(said: str) -> str:
    """The last of what was said, without what git says whatever ssh's trouble was."""
    lines = [line.strip() for line in said.splitlines()]
    telling = [line for line in lines if line and not line.lower().startswith(IDLE)]
    return " / ".join(telling[-3:]).rstrip(".") or " / ".join(line for line in lines[-3:] if line)
