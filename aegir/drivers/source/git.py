"""Code from a git repository: a branch, tag or commit, with its submodules."""

from __future__ import annotations

import re
import time
from collections.abc import Mapping

from aegir.drivers.host import Host
from aegir.drivers.host.reach import blocked_at
from aegir.drivers.source import Built, Json, Say, Source, Terms, afterwards, remotes
from aegir.drivers.source.git_complaints import Damaged
from aegir.drivers.source.programs import HOME, at_home
from aegir.drivers.source.remotes import Remote
from aegir.drivers.source.repositories import Repositories, Repository
from aegir.errors import Refused

REFERENCE = re.compile(r"(?!.*(\.\.|//|@\{|\.lock$|[/.]$))[A-Za-z0-9_][\w./+@#-]{0,200}", re.ASCII)
DEEPEST = 10
"""How many repositories may lie within each other."""
MOST = 200
"""How many there may be altogether."""


class Driver:
    """See ``SourceDriver`` for what each method promises."""

    def __init__(self, host: Host) -> None:
        self._host = host

    def check(self, source: Source) -> None:
        afterwards.check(source)
        remotes.parsed(source.location)
        if source.reference and not REFERENCE.fullmatch(source.reference):
            raise Refused(
                f"«{source.reference[:60]}» is not a branch, tag or commit: write its plain name.",
                field="reference",
            )
        if source.checksum:
            raise Refused("A git repository has no checksum: name a commit instead.", field="checksum")

    def build(self, source: Source, into: str, terms: Terms, say: Say) -> Built:
        self.check(source)
        ends = time.monotonic() + terms.seconds
        with at_home(self._host, into, terms) as home:
            repositories = Repositories(self._host, into, home, terms, say, ends)
            try:
                found = self._brought(repositories, source)
            except Damaged:
                say("What was kept of it is damaged: fetching it anew.")
                repositories.forget()
                found = self._brought(repositories, source)
        facts = afterwards.install(self._host, into, terms, say, ends) if source.composer else {}
        return _built(source, found, facts)

    def _brought(self, repositories: Repositories, source: Source) -> dict[str, Repository]:
        """Fetch all that is needed, then write the files: which repository went where."""
        remote = remotes.parsed(source.location)
        self._refuse_unreadable(remote, repositories.terms)
        top = repositories.fetched(remote, source.reference)
        if repositories.has(top, HOME):
            raise Refused(f"{source.location} holds «{HOME}», which no code may.", field="location")
        found = {"": top}
        if source.submodules:
            self._descend(repositories, top, "", found)
        # Nothing of the repository is on disk as files before all that needs a secret is over.
        for path, repository in found.items():
            repositories.check_out(repository, path)
        return found

    def _descend(
        self, repositories: Repositories, above: Repository, at: str, found: dict[str, Repository]
    ) -> None:
        """Fetch the submodules of a repository, and theirs."""
        for path, address, commit in repositories.submodules(above):
            place = f"{at}/{path}".strip("/")
            if place.count("/") > 50 or len(found) >= MOST or above.depth >= DEEPEST:
                raise Refused(f"The submodule {place} is one too many: no code needs so many repositories.")
            remote = self._submodule(above.remote, address, place)
            self._refuse_unreadable(remote, repositories.terms)
            found[place] = repositories.fetched(remote, commit, depth=above.depth + 1)
            self._descend(repositories, found[place], place, found)

    def _submodule(self, above: Remote, address: str, place: str) -> Remote:
        relative = address.startswith(("./", "../"))
        try:
            remote = remotes.parsed(above.joined(address) if relative else address)
        except Refused as refused:
            raise Refused(f"The submodule {place}: {refused}") from None
        # Who wrote the code names its submodules, and paths of this machine are not his.
        if remote.protocol == "path" and above.protocol != "path":
            raise Refused(f"The submodule {place} is to come from a path of this machine: that is not taken.")
        return remote

    def _refuse_unreadable(self, remote: Remote, terms: Terms) -> None:
        if remote.protocol != "path":
            return
        found = self._host.stat(remote.address)
        if found is None or found.kind not in ("directory", "link"):
            raise Refused(f"There is no git repository at {remote.address}.", field="location")
        blocked = blocked_at(self._host, remote.address, terms.user) if terms.user else None
        if blocked is not None:
            raise Refused(
                f"{terms.user}, who fetches code, cannot read {remote.address}: {blocked} keeps him out. "
                f"Let him through with «chmod o+rx {blocked}».",
                field="location",
            )


def _built(source: Source, found: dict[str, Repository], more: Mapping[str, Json]) -> Built:
    top = found.pop("")
    facts: dict[str, Json] = {**more, "commit": top.commit, "reference": source.reference or top.reference}
    if found:
        facts["submodules"] = {path: each.commit for path, each in found.items()}
    return Built(f"commit {top.commit}", facts)
