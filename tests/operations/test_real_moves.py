"""Everything that moves a site, on real Drupal, with a module whose update fails, or does not."""

from __future__ import annotations

from pathlib import Path

import pytest

from aegir.models import Platform, Site, Task
from aegir.operations import (
    platform_verify,
    site_changes,
    site_clone,
    site_install,
    site_migrate,
    site_rehearse,
    site_rename,
    site_undo,
)
from tests.bridge import probe
from tests.codebases import REAL, copied
from tests.operations.hosting import BY, Hosting, run
from tests.operations.moving import DOMAIN, PAGE

pytestmark = [pytest.mark.live, pytest.mark.drupal, pytest.mark.django_db(transaction=True)]

RELEASES = [("drupal-7.98", "drupal-7.105"), ("drupal-10.1.6", "drupal-10.1.6")]
HONEST = {
    7: "variable_set('aegir_probe', 'updated');",
    10: "\\Drupal::state()->set('aegir_probe', 'updated');",
}
BROKEN = "throw new \\TypeError('This update is broken.');"
NEW, COPY, LATER = "new.localhost", "copy.localhost", "Written after the move"


@pytest.fixture(params=RELEASES, ids=lambda pair: pair[1])
def releases(request: pytest.FixtureRequest, hosting: Hosting) -> tuple[Platform, Platform]:
    """Two platforms with the module; on the second it brings an update more."""
    if not all((REAL / name).is_dir() for name in request.param):
        pytest.skip(f"{' and '.join(request.param)} are not under {REAL} (AEGIR_DRUPAL_CODEBASES).")
    hosting.rows()
    platforms = []
    for name, source in zip(("first", "next"), request.param, strict=True):
        path = copied(REAL / source, hosting.folder / "code" / name)
        major = 7 if (path / "includes/bootstrap.inc").exists() else 10
        enable_probe(path if major == 7 else path / "web", major)
        platforms.append(hosting.platform(name, path))
    return platforms[0], platforms[1]


def test_a_real_site_is_rehearsed_moved_brought_back_renamed_and_cloned(
    hosting: Hosting, releases: tuple[Platform, Platform]
) -> None:
    first, target = releases
    asked = site_install.ask(domain=DOMAIN, platform="first", profile="minimal", db="mysql", by=BY)
    succeeds(asked)
    site = Site.objects.get(domain=DOMAIN)
    hosting.content(site).add_page(PAGE)

    write_update(target, BROKEN)
    assert succeeds(rehearsal()).result["error"].count(probe.function(target.major, 1)) == 1
    failed = run(site_migrate.ask(domain=DOMAIN, platform="next", by=BY))
    assert (failed.state, probe.function(target.major, 1) in failed.error) == (Task.State.FAILED, True)
    assert visited(hosting, site) == (200, [PAGE], first)

    write_update(target, HONEST[target.major])
    report = succeeds(rehearsal()).result
    assert (report["error"], probe.function(target.major, 1) in report["updates"]) == ("", True)
    succeeds(site_migrate.ask(domain=DOMAIN, platform="next", by=BY))
    assert visited(hosting, site) == (200, [PAGE], target)
    module = site.packages.get(kind="module", name=probe.MODULE)
    assert module.schema_installed == probe.number(target.major, 1)

    hosting.content(site).add_page(LATER)
    told = succeeds(site_changes.ask(domain=DOMAIN, by=BY)).result["changes"]
    assert LATER in str(told)
    succeeds(site_undo.ask(domain=DOMAIN, by=BY))
    assert visited(hosting, site) == (200, [PAGE], first)

    succeeds(site_rename.ask(domain=DOMAIN, to=NEW, platform="next", by=BY))
    assert visited(hosting, site) == (200, [PAGE], target)
    assert hosting.web.nginx.fetch(DOMAIN).location == f"http://{NEW}:{hosting.web.port}/"
    succeeds(site_clone.ask(domain=NEW, to=COPY, by=BY))
    copy = Site.objects.get(domain=COPY)
    assert visited(hosting, copy) == (200, [PAGE], target)
    assert not set(hosting.content(site).identity()) & set(hosting.content(copy).identity())


def enable_probe(root: Path, major: int) -> None:
    """The profile minimal enables our module as well."""
    probe.write_profile(root, major)
    if major == 7:
        info, line = root / "profiles/minimal/minimal.info", f"dependencies[] = {probe.MODULE}\n"
        info.write_text(info.read_text() + line)
    else:
        info = root / "core/profiles/minimal/minimal.info.yml"
        info.write_text(info.read_text().replace("install:\n", f"install:\n  - {probe.MODULE}\n"))


def write_update(platform: Platform, body: str) -> None:
    probe.write_updates(Path(platform.root) / "modules" / probe.MODULE, platform.major, {1: body})
    succeeds(platform_verify.ask(name=platform.name, by=BY))


def rehearsal() -> Task:
    return site_rehearse.ask(domain=DOMAIN, platform="next", by=BY)


def succeeds(task: Task) -> Task:
    assert run(task).state in (Task.State.SUCCEEDED, Task.State.WARNED), task.error + task.remedy
    return task


def visited(hosting: Hosting, site: Site) -> tuple[int, list[str], Platform]:
    """What the front page answers, which pages there are, and where the site is."""
    site.refresh_from_db()
    status = hosting.web.nginx.probe(site.domain)
    return status, hosting.content(site).titles(), site.platform
