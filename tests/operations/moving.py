"""Two releases of one platform, and a site on the older one with a page in it."""

from __future__ import annotations

import shutil
from pathlib import Path

from aegir.models import Platform, Site, Task
from aegir.operations import site_install
from tests.drupal.application import upgraded
from tests.operations.hosting import BY, SHAPED, Hosting, run

DOMAIN = "demo.localhost"
PAGE = "Written before the move"


def next_release(hosting: Hosting, flavour: str = "ten", *, failing: str = "") -> Platform:
    """The platform «next»: guestbook and core have an update more than on the first one.

    ``failing`` is how the guestbook's ends: throw, exit, memory …
    """
    code = hosting.folder / "code" / "next"
    shutil.copytree(SHAPED / flavour, code)
    upgraded(code)
    if failing:
        sites = code / "web/sites" if flavour == "ten" else code / "sites"
        (sites / "all").mkdir(exist_ok=True)
        (sites / "all/switches").write_text(f"{UPDATES[flavour]} {failing}\n")
    return hosting.platform("next", code)


UPDATES = {"ten": "guestbook_update_10003", "seven": "guestbook_update_7003"}


def installed(hosting: Hosting, platform: Platform, db: str = "sqlite", domain: str = DOMAIN) -> Site:
    """A site with the guestbook, one page and one file."""
    task = run(site_install.ask(domain=domain, platform=platform.name, profile="studio", db=db, by=BY))
    assert task.state == Task.State.SUCCEEDED, task.error
    site = Site.objects.get(domain=domain, state=Site.State.ENABLED)
    hosting.content(site).add_page(PAGE)
    upload(hosting, site, "before.txt", "An upload")
    return site


def upload(hosting: Hosting, site: Site, name: str, text: str) -> None:
    """As PHP would have written it."""
    path = directory(site) / "files" / name
    path.write_text(text)
    shutil.chown(path, hosting.web.user)


def directory(site: Site) -> Path:
    return Path(site.platform.root) / site.directory


def front(hosting: Hosting, domain: str = DOMAIN) -> str:
    """The front page, which names its platform and lists the pages."""
    answer = hosting.web.nginx.fetch(domain)
    assert answer.status == 200, answer
    return answer.body
