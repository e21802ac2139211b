"""Copies of git repositories: as much of each as a build needs, kept in the cache for the next."""

from __future__ import annotations

import hashlib
import re
import secrets
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from aegir.drivers.host import Completed, Host
from aegir.drivers.source import Say, Terms, addresses, git_complaints, known_hosts, programs, remotes
from aegir.drivers.source.git_complaints import Damaged
from aegir.drivers.source.remotes import Remote
from aegir.drivers.source.repository_cache import Cache
from aegir.errors import Refused

SHOWN = 8
"""How many branches and tags a refusal names."""
COMMIT = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")
PART = re.compile(r"[0-9a-f]{7,64}")
CONFIG = """[safe]
\tdirectory = *
[core]
\thooksPath = /dev/null
[protocol]
\tversion = 2
[init]
\tdefaultBranch = main
"""


@dataclass(frozen=True)
class Repository:
    """One that was fetched: ``commit`` of it is what is wanted."""

    remote: Remote
    directory: str
    commit: str
    reference: str = ""
    """The branch it came by, where nothing was asked for."""
    depth: int = 0
    """How many repositories lie around it."""


class Repositories:
    """Those of one build."""

    def __init__(self, host: Host, into: str, home: str, terms: Terms, say: Say, ends: float) -> None:
        self.terms = terms
        self._host, self._into, self._home, self._say, self._ends = host, into, home, say, ends
        self._cache = Cache(host, home, terms, say)
        host.write(f"{home}/.gitconfig", CONFIG.encode(), owner=terms.user)
        known_hosts.bring(host, home, terms)

    def fetched(self, remote: Remote, reference: str, depth: int = 0) -> Repository:
        """As much of it as ``reference`` needs: a branch, a tag, a commit, or "" for what it offers."""
        directory = self._copied(remote)
        commit = reference if COMMIT.fullmatch(reference) else ""
        name = ""
        if not commit:
            name, commit = self._resolved(remote, reference, directory)
        if self._has_commit(directory, commit):
            commit = self._git(directory, "rev-parse", f"{commit}^{{commit}}").out.strip()
            self._say(f"{addresses.shown(remote.address)} {commit[:12]} was fetched before.")
        else:
            self._say(f"Fetching {addresses.shown(remote.address)} {reference or name} …")
            commit = self._fetch(remote, directory, name, commit, reference)
            self._cache.keep(_key(remote), directory)
        return Repository(remote, directory, commit, name.rpartition("refs/heads/")[2], depth)

    def forget(self) -> None:
        """Drop what the cache had and what was made of it: everything is fetched anew."""
        self._cache.forget()
        for name in self._host.list(self._into):
            if name != programs.HOME:
                self._host.remove_tree(f"{self._into}/{name}")

    def has(self, repository: Repository, path: str) -> bool:
        """Whether the commit holds something at ``path``."""
        return bool(self._git(repository.directory, "ls-tree", repository.commit, "--", path).out.strip())

    def submodules(self, repository: Repository) -> Iterator[tuple[str, str, str]]:
        """Path, address and commit of each."""
        blob = f"{repository.commit}:.gitmodules"
        if not self.has(repository, ".gitmodules"):
            return
        read = self._git(repository.directory, "config", "--blob", blob, "-z", "--list", codes=(0, 1, 128))
        if read.code:
            raise Refused(f"The .gitmodules of {addresses.shown(repository.remote.address)} cannot be read.")
        said: dict[str, dict[str, str]] = {}
        for entry in read.out.split("\0"):
            key, _, value = entry.partition("\n")
            if key.startswith("submodule.") and key.count(".") >= 2:
                name, _, field = key.removeprefix("submodule.").rpartition(".")
                said.setdefault(name, {})[field.lower()] = value
        for name, fields in said.items():
            path = fields.get("path", "").strip("/")
            link = self._git(repository.directory, "ls-tree", repository.commit, "--", path).out.split()
            if not path or link[:1] != ["160000"] or fields.get("update") == "none":
                continue
            if not fields.get("url"):
                raise Refused(f"The submodule {name} names no address: mend the repository's .gitmodules.")
            yield path, fields["url"], link[2]

    def check_out(self, repository: Repository, path: str) -> None:
        """Write the commit's files into the directory that is built."""
        there = f"{self._into}/{path}".rstrip("/")
        env = {"GIT_WORK_TREE": there, "GIT_INDEX_FILE": f"{self._home}/index-{secrets.token_hex(4)}"}
        self._git(repository.directory, "read-tree", repository.commit, env=env)
        self._git(repository.directory, "checkout-index", "--all", "--force", env=env, cwd=there)

    def _resolved(self, remote: Remote, reference: str, directory: str) -> tuple[str, str]:
        """The full name of a branch or tag and the commit it stands for now."""
        wanted = [f"refs/heads/{reference}", f"refs/tags/{reference}", reference] if reference else ["HEAD"]
        told = self._remote(remote, "ls-remote", "--symref", "--", remote.address, *wanted).out
        commits = {name: commit for commit, name in _pairs(told) if not commit.startswith("ref:")}
        for name in wanted:
            if name in commits:
                heads = re.search(r"^ref: (\S+)\tHEAD$", told, re.M) if name == "HEAD" else None
                return heads[1] if heads else name, commits[name]
        if PART.fullmatch(reference):
            return "", self._whole(remote, directory, reference)
        raise self._missing(remote, reference)

    def _fetch(self, remote: Remote, directory: str, name: str, commit: str, reference: str) -> str:
        """Bring the commit into the copy; what it is in the end, as a branch may have moved meanwhile."""
        kept = f"refs/aegir/{commit}"
        wanted = name or commit
        done = self._remote(
            remote, "fetch", "--depth=1", "--no-tags", "--no-write-fetch-head", "--progress", "--",
            remote.address, f"+{wanted}:{kept}", directory=directory, codes=(0, 1, 128), say=self._say,
        )  # fmt: skip
        if done.code == 0:
            return self._git(directory, "rev-parse", "--verify", f"{kept}^{{commit}}").out.strip()
        if name:
            raise self._damage(done) or git_complaints.meant(done, remote, self.terms)
        self._say("That commit is not handed out by itself: fetching the whole history.")
        return self._whole(remote, directory, reference)

    def _whole(self, remote: Remote, directory: str, reference: str) -> str:
        """Fetch all branches and tags, and find a commit among theirs."""
        shallow = self._git(directory, "rev-parse", "--is-shallow-repository").out.strip() == "true"
        more = ["--unshallow"] if shallow else []
        self._remote(
            remote, "fetch", "--no-tags", "--no-write-fetch-head", *more, "--",
            remote.address, "+refs/heads/*:refs/aegir/heads/*", "+refs/tags/*:refs/aegir/tags/*",
            directory=directory, say=self._say,
        )  # fmt: skip
        found = self._git(
            directory, "rev-parse", "--verify", "--quiet", f"{reference}^{{commit}}", codes=(0, 1, 128)
        )
        if found.code:
            raise self._missing(remote, reference)
        self._cache.keep(_key(remote), directory)
        return found.out.strip()

    def _missing(self, remote: Remote, reference: str) -> Refused:
        told = self._remote(remote, "ls-remote", "--refs", "--heads", "--tags", "--", remote.address).out
        names = [name.split("/", 2)[2] for _, name in _pairs(told) if name.count("/") > 1]
        # The newest releases sort last.
        some = ", ".join(names[-SHOWN:]) + (" …" if len(names) > SHOWN else "")
        there = f"it has {some}" if names else "it has no branches and no tags"
        shown = addresses.shown(remote.address)
        return Refused(f"{shown} has no branch, tag or commit «{reference}»: {there}.", field="reference")

    def _has_commit(self, directory: str, commit: str) -> bool:
        """Whether it is there with all that it needs."""
        done = self._git(directory, "cat-file", "-e", f"{commit}^{{commit}}", codes=(0, 1, 128))
        return done.code == 0

    def _copied(self, remote: Remote) -> str:
        """A copy of the repository as the cache has it, or a new and empty one; git's own from now on."""
        directory = f"{self._home}/{_key(remote)}-{secrets.token_hex(4)}.git"
        if not self._cache.copy(_key(remote), directory):
            self._run("init", "--quiet", "--bare", directory)
        return directory

    def _remote(
        self,
        remote: Remote,
        *words: str,
        directory: str = "",
        codes: Sequence[int] = (0,),
        say: Say = lambda line: None,
    ) -> Completed:
        """A command that goes to the repository."""
        env = dict(remotes.environment(remote, self.terms, self._host, self._home))
        where = {"GIT_DIR": directory} if directory else {}
        try:
            done = self._run(*words, env=env | where, codes=range(256), say=say)
        finally:
            self._host.remove(f"{self._home}/key")
        if done.code not in codes:
            raise self._damage(done) or git_complaints.meant(done, remote, self.terms)
        if remote.protocol == "ssh":
            known_hosts.keep(self._host, self._home, self.terms)
        return done

    def _git(
        self,
        directory: str,
        *words: str,
        codes: Sequence[int] = (0,),
        env: dict[str, str] | None = None,
        cwd: str | None = None,
    ) -> Completed:
        """A command that stays on this machine."""
        return self._run(*words, env={"GIT_DIR": directory, **(env or {})}, codes=codes, cwd=cwd)

    def _run(
        self,
        *words: str,
        env: dict[str, str] | None = None,
        codes: Sequence[int] = (0,),
        cwd: str | None = None,
        say: Say = lambda line: None,
    ) -> Completed:
        done = programs.run(
            self._host, ["git", *words], into=self._into, terms=self.terms, ends=self._ends,
            codes=range(-64, 256), say=say, cwd=cwd,
            env={"GIT_CONFIG_NOSYSTEM": "1", "GIT_TERMINAL_PROMPT": "0", **(env or {})},
        )  # fmt: skip
        if done.code not in codes:
            raise self._damage(done) or programs.ended_badly(done)
        return done

    def _damage(self, done: Completed) -> Damaged | None:
        """What to say where git complains of what came out of the cache."""
        return git_complaints.damage(done) if self._cache.taken else None


def _pairs(told: str) -> Iterator[tuple[str, str]]:
    """What ``ls-remote`` says: commit and name; of an annotated tag the commit, not the tag."""
    for line in told.splitlines():
        commit, _, name = line.partition("\t")
        yield commit, name.removesuffix("^{}")


def _key(remote: Remote) -> str:
    return hashlib.sha256(remote.address.encode()).hexdigest()[:32]
