"""Composer as a program: at a home of its own, with a cache, and with what opens hosts while it fetches."""

from __future__ import annotations

import json
import os
import time
from pathlib import Path
from typing import Any

from aegir.drivers.host import Completed, Host
from aegir.drivers.source import Access, Json, Say, Terms, keeping, known_hosts, programs, through
from aegir.drivers.source.composer_complaints import sorted_out
from aegir.drivers.source.proxy import Proxy
from aegir.drivers.source.taking import take
from aegir.errors import Broken

FOLDER = "composer"
"""Below the cache of sources."""
THROUGH = Path(through.__file__)
"""What ssh runs to go through the proxy as well."""
QUIET = ("--no-interaction", "--no-ansi")
AUDIT_SECONDS = 120
TOLD = ("advisoryId", "packageName", "title", "link", "cve", "affectedVersions", "severity", "reportedAt")
"""What is kept of an advisory."""
MOST_TOLD = 500
OAUTH = {"github.com": "github-oauth", "gitlab.com": "gitlab-token"}
"""Under which word Composer takes a token for a host; ``bearer`` for all others."""


class Composer:
    def __init__(
        self, host: Host, into: str, home: str, terms: Terms, say: Say, ends: float, proxy: Proxy
    ) -> None:
        self._host, self._into, self._home, self._proxy = host, into, home, proxy
        self._terms, self._say, self._ends = terms, say, ends
        self._cache = f"{home}/composer-cache"
        self.places = list(terms.repositories)
        """Addresses that may be gone to: Composer knows a host's credential by its port, too."""
        self._bring()
        self._write(f"{home}/{THROUGH.name}", THROUGH.read_text())
        known_hosts.bring(host, home, terms)

    def fetching(self, *words: str, cwd: str | None = None) -> str:
        """A command that fetches and runs nothing of what it fetches; what it said."""
        env = {**self._env(), **self._opening()}
        done = self._run(words[0], "--no-plugins", "--no-scripts", *words[1:], env=env, cwd=cwd)
        return done.out + done.err

    def working(self, *words: str) -> None:
        """A command that lets plugins work, and scripts where terms allow them, without any secret."""
        self._close()
        self._run(*words, *([] if self._terms.scripts else ["--no-scripts"]), env=self._env())

    def audit(self) -> Json:
        """The advisories about what the lock names, by package; None where nobody could be asked."""
        try:
            done = programs.run(
                self._host, self._argv("audit", "--locked", "--no-dev", "--format=json", "--no-plugins"),
                into=self._into, terms=self._terms, env={**self._env(), **self._opening()},
                ends=min(self._ends, time.monotonic() + AUDIT_SECONDS), codes=range(256),
                say=lambda line: None,
            )  # fmt: skip
            told = json.loads(done.out[done.out.index("{") :])["advisories"]
        except (Broken, ValueError, KeyError, TypeError):
            self._say("Nobody could be asked for security advisories: see to it that Packagist is in reach.")
            return None
        return self._told(told)

    def keep(self) -> None:
        """Keep in the cache what was fetched. Nothing foreign may have run since."""
        known_hosts.keep(self._host, self._home, self._terms)
        folder = Path(self._terms.cache)
        there, spare = folder / FOLDER, keeping.spare(folder, self._terms)
        try:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            if self._host.stat(self._cache) is None:
                return
            self._host.copy_tree(self._cache, str(spare))
            take(str(spare), "root" if os.geteuid() == 0 else None)
            old = keeping.spare(folder, self._terms)
            if there.exists():
                os.rename(there, old)
            os.rename(spare, there)
            self._host.remove_tree(str(old))
        except (OSError, Broken):  # another build kept its own this very moment, or there is no room
            self._say("It could not be kept for the next time.")
        finally:
            self._host.remove_tree(str(spare))

    def _bring(self) -> None:
        """The cache as it is, and settings; all of it the builder's."""
        there, user = f"{self._terms.cache}/{FOLDER}", self._terms.user
        composer_home = f"{self._home}/composer"
        self._host.make_directory(composer_home, mode=0o700, owner=user)
        self._host.remove_tree(self._cache)
        try:
            if self._host.stat(there) is not None:
                self._host.copy_tree(there, self._cache)
                if user and self._host.is_root:
                    self._host.run(["chown", "-Rh", user, "--", self._cache], timeout=600)
        except Broken:  # it was replaced this very moment
            self._host.remove_tree(self._cache)
        said = {"config": {"notify-on-install": False}, "repositories": self._repositories()}
        self._write(f"{composer_home}/config.json", json.dumps(said))

    def _repositories(self) -> list[dict[str, str]]:
        return [
            {"type": "artifact" if each.startswith("/") else "composer", "url": each}
            for each in self._terms.repositories
        ]

    def _env(self) -> dict[str, str]:
        return {
            **self._proxy.environment,
            "COMPOSER_HOME": f"{self._home}/composer",
            "COMPOSER_CACHE_DIR": self._cache,
            "COMPOSER_MIRROR_PATH_REPOS": "1",
            "COMPOSER_NO_INTERACTION": "1",
            "COMPOSER_PROCESS_TIMEOUT": "0",
            "COMPOSER_MEMORY_LIMIT": "2G",
            "COMPOSER_FUND": "0",
            "COLUMNS": "2000",
            "GIT_CONFIG_NOSYSTEM": "1",
            "GIT_TERMINAL_PROMPT": "0",
            "GIT_ASKPASS": "/bin/false",
            "GIT_ALLOW_PROTOCOL": "https:http:ssh:file",
        }

    def _opening(self) -> dict[str, str]:
        """What opens hosts: by the environment, which only the builder reads, and files of his that are gone
        before foreign code runs."""
        auth: dict[str, dict[str, Any]] = {}
        lines = ["BatchMode yes", "StrictHostKeyChecking accept-new", "IdentityAgent none",
                 f"UserKnownHostsFile {self._home}/{known_hosts.FILE}", "IdentitiesOnly yes",
                 "PreferredAuthentications publickey",
                 f"ProxyCommand python3 -I {self._home}/{THROUGH.name} %h %p"]  # fmt: skip
        for number, access in enumerate(self._terms.accesses):
            if access.kind == "key":
                key = f"{self._home}/key{number}"
                self._write(key, access.secret.rstrip("\n") + "\n")
                lines += [f"Host {access.host}", f"  IdentityFile {key}", "  PubkeyAuthentication yes"]
                lines += [f"  User {access.user}"] if access.user else []
            else:
                word, value = _authority(access)
                for origin in self._origins(access.host):
                    auth.setdefault(word, {})[origin] = value
        # Whoever this runs as may have keys of his own, which nobody named.
        lines += ["Host *", "  PubkeyAuthentication no", ""]
        self._write(f"{self._home}/ssh_config", "\n".join(lines))
        ssh = {"GIT_SSH_COMMAND": f"ssh -a -x -F {self._home}/ssh_config", "GIT_SSH_VARIANT": "ssh"}
        return {**ssh, **({"COMPOSER_AUTH": json.dumps(auth)} if auth else {})}

    def _origins(self, host: str) -> list[str]:
        """The host, by itself and with the ports that places name."""
        netlocs = [part.split("/", 1)[0].rpartition("@")[2] for _, _, part in
                   (place.partition("://") for place in self.places)]  # fmt: skip
        return [host, *sorted({each for each in netlocs if each.startswith(f"{host}:")})]

    def _close(self) -> None:
        for number in range(len(self._terms.accesses)):
            self._host.remove(f"{self._home}/key{number}")

    def _run(self, *words: str, env: dict[str, str], cwd: str | None = None) -> Completed:
        self._proxy.refused.clear()
        done = programs.run(
            self._host, self._argv(*words), into=self._into, terms=self._terms, env=env, ends=self._ends,
            say=self._say, cwd=cwd, codes=range(-64, 256),
        )  # fmt: skip
        if done.code:
            raise (
                self._proxy.refusal("Composer")
                or known_hosts.refusal(done.err, self._terms)
                or sorted_out(done)
            )
        return done

    def _argv(self, *words: str) -> list[str]:
        return ["composer", words[0], *QUIET, *words[1:]]

    def _told(self, told: Any) -> Json:
        """What the audit said, cut to what is kept, and the number of it said."""
        if not isinstance(told, dict):
            return {}
        found: dict[str, Json] = {}
        for name, advisories in told.items():
            each = advisories.values() if isinstance(advisories, dict) else advisories
            found[str(name)] = [{key: one.get(key) for key in TOLD} for one in list(each)[:MOST_TOLD]]
            self._say(f"There are {len(list(each))} security advisories about {name}.")
        return found

    def _write(self, path: str, text: str) -> None:
        self._host.write(path, text.encode(), mode=0o600, owner=self._terms.user)


def _authority(access: Access) -> tuple[str, Any]:
    """Under which word Composer takes it, and how."""
    if access.kind == "password":
        return "http-basic", {"username": access.user, "password": access.secret}
    return OAUTH.get(access.host) or "bearer", access.secret
