"""Drupal 7 to 11. What happens inside a site is done by the PHP in ``bridge/``; its README lists the ops."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

from aegir.drivers.app import Codebase, Op, Package, SettingsTold, SitePlace, SiteSecrets
from aegir.drivers.app.drupal_bridge import Conversation, secret_values
from aegir.drivers.app.drupal_drush import drush_arguments, find_drush
from aegir.drivers.app.drupal_settings import render_settings, render_sites
from aegir.drivers.host import Host, Listener, Stream
from aegir.errors import Broken, Refused

BRIDGE = Path(__file__).parents[3] / "bridge"
PHP = (
    "memory_limit=1024M",
    "max_execution_time=0",
    "display_errors=stderr",
    "html_errors=0",
    "log_errors=0",
    # Traces would show the arguments, and passwords among them.
    "zend.exception_ignore_args=1",
)
SCAN_SECONDS = 120.0
SETTINGS_SECONDS = 30.0
DOCROOTS = ("", "web", "docroot", "html", "public")
"""Where below a codebase people put what the web server serves; ``scan.php`` looks there too."""
CORES = ("core/lib/Drupal.php", "includes/bootstrap.inc")
"""A file that only Drupal 8 and later, or only Drupal 7, has."""


class Driver:
    """See ``AppDriver``. ``bridge`` is the directory of the PHP files, which the web user must be able to
    read; AEGIR_BRIDGE in the environment names a copy where the checkout itself is out of his reach."""

    def __init__(self, host: Host, bridge: str | None = None) -> None:
        self.host = host
        self.bridge = bridge or os.environ.get("AEGIR_BRIDGE") or str(BRIDGE)

    def scan(self, path: str, *, php: str, user: str) -> Codebase:
        self._require_directory(path)
        found = self._scanned(path, php, user)
        if found["type"] == "refused":
            raise self._refusal(path, user, found)
        if not found["version"].partition(".")[0].isdigit():
            raise Refused(
                f"The version of the Drupal in {path} cannot be told: put it there anew.", field="path"
            )
        return self._codebase(path, found)

    def run(
        self,
        place: SitePlace,
        secrets: SiteSecrets,
        ops: list[Op],
        *,
        timeout: float = 120.0,
        listener: Listener | None = None,
    ) -> list[dict[str, Any]]:
        talk = Conversation(place, ops, secret_values(secrets, ops), listener)
        job = {
            "root": place.root,
            "site": place.directory,
            "uri": place.uri,
            "database": secrets.database,
            "hash_salt": secrets.hash_salt,
            "ops": ops,
        }
        try:
            done = self.host.run(
                self._php(place.php, "bridge.php"),
                stdin=json.dumps(job),
                user=place.user,
                cwd=place.root,
                timeout=timeout,
                check=False,
                answers=True,
                listener=talk.hear,
            )
        except Broken as problem:
            doing = f" It was at: {talk.doing}" if talk.doing else ""
            raise talk.broken(talk.unanswered(), f"{problem}{doing}") from problem
        return talk.results(done.code)

    def settings(
        self,
        place: SitePlace,
        major: int,
        *,
        names: tuple[str, ...],
        cloaked: SiteSecrets | None,
        mail: bool = True,
        handed: str = "",
    ) -> str:
        return render_settings(place, major, cloaked=cloaked, names=names, mail=mail, handed=handed)

    def read_settings(self, place: SitePlace) -> SettingsTold:
        told = self.host.run(
            self._php(place.php, "settings.php"),
            stdin=json.dumps({"root": place.root, "site": place.directory}),
            user=place.user,
            cwd=place.root,
            timeout=SETTINGS_SECONDS,
            answers=True,
            check=False,
        )
        if told.code != 0 or not told.answers.strip():
            # What PHP said may show what it was reading.
            raise Broken(
                f"Its settings.php cannot be read as the user {place.user}: it ends PHP, or is closed."
            )
        found = json.loads(told.answers)
        return SettingsTold(
            database={key: str(value) for key, value in dict(found["database"]).items()},
            prefixed=found["prefixed"],
            others=found["others"],
            hash_salt=found["hash_salt"],
            names=tuple(found["names"]),
        )

    def drush(
        self,
        place: SitePlace,
        secrets: SiteSecrets,
        arguments: list[str],
        *,
        timeout: float = 600.0,
        listener: Listener | None = None,
    ) -> None:
        told = drush_arguments(place, arguments)
        script = find_drush(self.host, place.root, DOCROOTS[1:])
        if script is None:
            raise Refused(f"The codebase {place.root} brings no Drush: add drush/drush to it with Composer.")
        settings = f"{place.root}/{place.directory}/settings.php"
        if self.host.stat(settings) is None:
            # Drupal would search for another site that fits the name.
            raise Refused(f"There is no {settings}: verify the site first.")
        talk = Conversation(place, [], secret_values(secrets, []), listener)
        try:
            done = self.host.run(
                [*self._command(place.php), script, *told],
                # settings.php and sites.php find these in $_SERVER; PHP puts the environment there.
                env={**secrets.environment(), "aegir_site": place.directory, "aegir_drush": "1"},
                user=place.user,
                cwd=place.root,
                timeout=timeout,
                check=False,
                listener=talk.hear,
            )
        except Broken as problem:
            raise talk.broken(f"drush {arguments[0]}", str(problem)) from problem
        if done.code != 0:
            said = talk.last_words or "it said nothing"
            raise talk.broken(f"drush {arguments[0]}", f"{said} (code {done.code})")

    def has_drush(self, root: str) -> bool:
        return find_drush(self.host, root, DOCROOTS[1:]) is not None

    def sites_php(self) -> str:
        return render_sites()

    def locate(self, path: str) -> str | None:
        for docroot in DOCROOTS:
            root = f"{path}/{docroot}".rstrip("/")
            if any(self.host.stat(f"{root}/{core}") is not None for core in CORES):
                return docroot
        return None

    def _scanned(self, path: str, php: str, user: str) -> dict[str, Any]:
        answers: list[dict[str, Any]] = []

        def hear(stream: Stream, line: str) -> None:
            # What the host keeps of the whole may be too little for a large codebase.
            if stream == "answer":
                answers.append(json.loads(line))

        done = self.host.run(
            self._php(php, "scan.php"),
            stdin=json.dumps({"path": path}),
            user=user,
            timeout=SCAN_SECONDS,
            answers=True,
            check=False,
            listener=hear,
        )
        if done.code != 0 or not answers:
            said = done.err.strip() or done.out.strip() or f"PHP ended with code {done.code}"
            raise Broken(f"The codebase {path} could not be read: {said.splitlines()[-1]}")
        *packages, found = answers
        return {**found, "packages": [line["package"] for line in packages]}

    def _php(self, php: str, script: str) -> list[str]:
        return [*self._command(php), f"{self.bridge}/{script}"]

    @staticmethod
    def _command(php: str) -> list[str]:
        return [php, *(part for setting in PHP for part in ("-d", setting))]

    def _require_directory(self, path: str) -> None:
        if not path.startswith("/"):
            raise Refused(
                f"The path «{path}» is not absolute: give it from the root, as /srv/code.", field="path"
            )
        seen = self.host.stat(path)
        if seen is None:
            raise Refused(f"There is nothing at {path}: put the codebase there first.", field="path")
        if seen.kind not in ("directory", "link"):
            raise Refused(f"{path} is not a directory: give the one that holds the codebase.", field="path")

    @staticmethod
    def _refusal(path: str, user: str, found: dict[str, Any]) -> Refused:
        if not found["directory"] or not found["readable"]:
            return Refused(
                f"The web user «{user}» cannot read {path}: give him access to it and to every directory "
                f"above it, or move the codebase.",
                field="path",
            )
        return Refused(
            f"{path} does not contain a valid Drupal installation: neither it nor web, docroot, html or "
            f"public in it hold Drupal's core.",
            field="path",
        )

    @staticmethod
    def _codebase(path: str, found: dict[str, Any]) -> Codebase:
        return Codebase(
            path=path,
            docroot=found["docroot"],
            version=found["version"],
            major=int(found["version"].partition(".")[0]),
            packages=tuple(Package(**package) for package in found["packages"]),
            profiles=tuple(found["profiles"]),
            languages=tuple(found["languages"]),
            problems=tuple(found["problems"]),
            fingerprint=found["fingerprint"],
        )
