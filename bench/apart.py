"""A codebase with one site as Drush's users have it: in ``sites/default``, of which Aegir knows nothing."""

from __future__ import annotations

import os
import secrets
import shutil
import subprocess

from aegir.drivers.app import SitePlace, SiteSecrets
from aegir.drivers.database import Database, DatabaseServer
from aegir.operations import finding, places
from aegir.steps.site import database_driver, drupal
from bench.drush import Drush
from bench.ground import Ground, copy
from bench.site import alone

DATABASE = Database("bench_apart", "bench_apart")


class Apart:
    """Made anew before each install: an empty database, settings that name it, no files."""

    def __init__(self, ground: Ground) -> None:
        php = places.php(ground.platform.server)
        self.code = ground.code.with_name(f"{ground.code.name}-apart")
        self.root = self.code / ground.platform.docroot
        self.place = SitePlace(str(self.root), "sites/default", "http://default", php.cli, php.user)
        self.server = ground.platform.server
        self.major = ground.platform.major
        self.drush = Drush(self.code, self.place.uri, php.cli, php.user)
        copy(ground.code, self.code)

    def clean(self, kind: str) -> None:
        """As it is before Drush installs into a database of that kind."""
        site, world, password = self.root / "sites/default", alone(), secrets.token_hex(16)
        service = finding.database(self.server, kind)
        database = database_driver(world, self.server.name, places.value(DatabaseServer, service), None)
        database.drop(DATABASE)
        database.create(DATABASE, password)
        shutil.rmtree(site, ignore_errors=True)
        (self.root / "sites/sites.php").unlink(missing_ok=True)
        (site / "private/config/sync").mkdir(parents=True)
        cloaked = SiteSecrets(database.connection(DATABASE, password), secrets.token_hex(32))
        text = drupal(world, self.server.name).settings(self.place, self.major, names=(), cloaked=cloaked)
        (site / "settings.php").write_text(text)
        for default in ("default.settings.php", "default.services.yml"):
            shutil.copy(self.root / "core/assets/scaffold/files" / default, site)
        if os.geteuid() == 0:
            subprocess.run(["chown", "-R", f"{self.place.user}:", str(site)], check=True)
