"""Every Drupal at hand comes back from its backup."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from aegir.models import Site
from aegir.operations import (
    site_install,
    site_restore,
    site_undo,
)
from tests.codebases import sources
from tests.operations.deploying import HOME, ask, backed_up, succeeded
from tests.operations.hosting import BY, Hosting
from tests.operations.moving import DOMAIN, PAGE, upload

pytestmark = [pytest.mark.live, pytest.mark.django_db(transaction=True)]


@pytest.mark.parametrize("source", sources())
def test_every_drupal_comes_back_from_its_backup_and_becomes_another_site(
    hosting: Hosting, source: Path
) -> None:
    hosting.rows()
    target = hosting.folder / "code" / "real"
    subprocess.run(["cp", "-a", "--reflink=auto", str(source), str(target)], check=True, timeout=300)
    platform = hosting.platform("shaped", target)
    wishes = {"platform": platform.name, "profile": "minimal", "db": "mysql"}
    succeeded(site_install.ask(domain=DOMAIN, by=BY, **wishes))
    site = Site.objects.get()
    hosting.content(site).add_page(PAGE)
    upload(hosting, site, "before.txt", "An upload")
    found = backed_up(site)
    hosting.content(site).add_page("Later")
    succeeded(site_restore.ask(domain=DOMAIN, backup=found.pk, by=BY))
    assert hosting.content(site).titles() == [PAGE]
    succeeded(site_undo.ask(domain=DOMAIN, by=BY))
    assert hosting.content(site).titles() == [PAGE, "Later"]
    succeeded(ask(found.pk))
    home = Site.objects.get(domain=HOME)
    assert hosting.content(home).titles() == [PAGE]
    assert hosting.web.nginx.fetch(HOME, "/files/before.txt").body == "An upload"
    assert [hosting.web.nginx.probe(name) for name in (DOMAIN, HOME)] == [200, 200]
