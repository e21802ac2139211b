"""A site on every codebase at hand, real ones included: installed, verified, entered, deleted."""

from __future__ import annotations

import http.client
import shutil
from collections.abc import Iterator
from http.cookies import SimpleCookie
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from aegir.models import Package, Platform, Secret, Site, SiteName, Task, TaskLine, TaskStep
from aegir.operations import (
    platform_add,
    platform_delete,
    platform_verify,
    site_delete,
    site_install,
    site_login,
    site_verify,
)
from tests.codebases import copied, sources
from tests.home import removed
from tests.operations.hosting import BY, Hosting, run

pytestmark = [pytest.mark.live, pytest.mark.django_db(transaction=True)]

DOMAIN = "demo.localhost"
SHAPED = pytest.mark.parametrize("original", sources()[:2], indirect=True)
"""For what is Aegir's alone: real Drupals would tell nothing more."""


@pytest.fixture(scope="session", params=sources())
def original(request: pytest.FixtureRequest, services: Hosting) -> Path:
    """Each codebase in turn."""
    return original_of(request.param, services)


def original_of(source: Path, services: Hosting) -> Path:
    """A codebase copied once, without the sites that it came with, to where it can be linked from."""
    services.originals.mkdir(mode=0o755, exist_ok=True)
    copy = services.originals / source.name
    if not copy.exists():
        copied(source, copy)
    return copy


@pytest.fixture
def platform(original: Path, hosting: Hosting) -> Iterator[Platform]:
    """A verified platform with code of its own."""
    target = copied(original, hosting.folder / "code" / "platform")
    hosting.rows()
    yield hosting.platform("platform", target)
    removed(target)


def install(platform: Platform, domain: str = DOMAIN, db: str = "mysql") -> Site:
    task = run(site_install.ask(domain=domain, platform=platform.name, profile="minimal", db=db, by=BY))
    assert task.state == Task.State.SUCCEEDED, task.error
    return Site.objects.get(domain=domain, state=Site.State.ENABLED)


def get(hosting: Hosting, url: str, cookie: str = "") -> tuple[int, str, str, str]:
    """Status, text, cookie and where to, of one request to this web server."""
    parts = urlsplit(url)
    connection = http.client.HTTPConnection("127.0.0.1", hosting.web.port, timeout=60)
    host = f"{parts.hostname}:{hosting.web.port}"
    connection.request("GET", f"{parts.path}?{parts.query}", headers={"Host": host, "Cookie": cookie})
    answer = connection.getresponse()
    cookies = SimpleCookie()
    for header in answer.headers.get_all("Set-Cookie") or []:
        cookies.load(header)
    jar = "; ".join(f"{name}={morsel.value}" for name, morsel in cookies.items())
    return answer.status, answer.read().decode(errors="replace"), jar, answer.headers.get("Location", "")


@pytest.mark.parametrize("db", ["mysql", "sqlite"])
def test_a_site_lives_and_leaves_nothing(hosting: Hosting, platform: Platform, db: str) -> None:
    start = hosting.state()
    site = install(platform, db=db)
    assert site.title == DOMAIN
    assert Package.objects.filter(site=site, name="system", enabled=True).exists()
    status, page, _, _ = get(hosting, f"http://{DOMAIN}/")
    assert (status, DOMAIN in page) == (200, True)
    task = run(site_delete.ask(domain=DOMAIN, by=BY))
    assert task.state == Task.State.SUCCEEDED, task.error
    assert hosting.state() == start
    assert (SiteName.objects.count(), Secret.objects.count()) == (0, 0)
    assert hosting.web.driver.probe(DOMAIN) == 0
    assert Site.objects.get().state == Site.State.DELETED
    assert Task.objects.filter(subject_kind="site").count() == 2


def test_a_login_link_opens_the_administration_once(hosting: Hosting, platform: Platform) -> None:
    site = install(platform)
    task = run(site_login.ask(domain=DOMAIN, by=BY))
    assert task.state == Task.State.SUCCEEDED, task.error
    site.refresh_from_db()
    link = site.login_link()
    assert link is not None
    assert link.startswith(f"http://{DOMAIN}:{hosting.web.port}/user/reset/1/")
    status, _, cookie, onward = get(hosting, link)
    assert (status, bool(cookie)) == (302, True)
    assert urlsplit(onward).port == hosting.web.port
    assert get(hosting, onward, cookie)[0] == 200
    assert get(hosting, f"http://{DOMAIN}/admin", cookie)[0] == 200
    assert get(hosting, f"http://{DOMAIN}/admin")[0] == 403
    assert not get(hosting, link)[3].endswith("/edit")


def test_verifying_twice_changes_nothing_the_second_time(hosting: Hosting, platform: Platform) -> None:
    site = install(platform)
    assert run(site_verify.ask(domain=DOMAIN, by=BY)).state == Task.State.SUCCEEDED
    before = times(Path(site.platform.root), Path(hosting.web.web.directory), hosting.folder / "php")
    task = run(site_verify.ask(domain=DOMAIN, by=BY))
    assert task.state == Task.State.SUCCEEDED, task.error
    assert run(platform_verify.ask(name="platform", by=BY)).state == Task.State.SUCCEEDED
    assert times(Path(site.platform.root), Path(hosting.web.web.directory), hosting.folder / "php") == before
    changed = task.steps.filter(state=TaskStep.State.DONE).values_list("summary", flat=True)
    assert list(changed) == ["Inspect the site", f"Ask for the front page of {DOMAIN}", "Record the site"]


def times(*folders: Path) -> dict[Path, int]:
    """When each file that is not PHP's own was last changed."""
    return {
        path: path.lstat().st_mtime_ns
        for folder in folders
        for path in folder.rglob("*")
        if not {"files", "temp", "sync"} & set(path.relative_to(folder).parts)
    }


def test_verify_mends_what_was_spoilt_and_keeps_what_is_the_operators(
    hosting: Hosting, platform: Platform
) -> None:
    site = install(platform)
    place = Path(platform.root) / site.directory
    right = {path: (place / path).stat().st_mode for path in ("settings.php", "files", "private")}
    text = (place / "settings.php").read_text()
    (place / "settings.php").unlink()
    (place / "settings.php").write_text("<?php // spoilt")
    (place / "files").chmod(0o777)
    (place / "local.settings.php").write_text("<?php\n$conf['site_name'] = 'Mine';\n")
    hosting.web.driver.apply({hosting.web.driver.vhost_path(DOMAIN): None})
    assert hosting.web.driver.probe(DOMAIN) == 0
    task = run(site_verify.ask(domain=DOMAIN, by=BY))
    assert task.state == Task.State.SUCCEEDED, task.error
    assert (place / "settings.php").read_text() == text
    assert {path: (place / path).stat().st_mode for path in right} == right
    assert (place / "local.settings.php").read_text().endswith("'Mine';\n")
    assert hosting.web.driver.probe(DOMAIN) == 200


def test_no_secret_is_in_a_file_a_line_or_the_journal(hosting: Hosting, platform: Platform) -> None:
    site = install(platform)
    assert site.database_secret is not None
    assert site.salt_secret is not None
    secrets = [site.database_secret.reveal(), site.salt_secret.reveal(), site.login_link() or "?"]
    settings = (Path(platform.root) / site.directory / "settings.php").read_text()
    told = [*TaskLine.objects.values_list("text", flat=True), *map(str, TaskStep.objects.values())]
    told += map(str, Task.objects.values())
    for secret in secrets:
        assert secret not in settings
        assert not [text for text in told if secret in text]
    vhost = Path(hosting.web.driver.vhost_path(DOMAIN))
    assert secrets[0] in vhost.read_text()
    assert vhost.stat().st_mode & 0o007 == 0


@SHAPED
def test_sites_of_one_platform_share_no_database_no_user_and_no_salt(
    hosting: Hosting, platform: Platform
) -> None:
    one, two = install(platform), install(platform, "two.localhost")
    assert one.database_name != two.database_name
    assert one.database_secret.reveal() != two.database_secret.reveal()
    assert one.salt_secret.reveal() != two.salt_secret.reveal()
    assert "two.localhost" in get(hosting, "http://two.localhost/")[1]
    assert DOMAIN in get(hosting, f"http://{DOMAIN}/")[1]
    run(site_delete.ask(domain=DOMAIN, by=BY))
    assert hosting.web.driver.probe(DOMAIN) == 0
    assert get(hosting, "http://two.localhost/")[0] == 200


def test_files_are_reached_by_the_short_address_and_private_ones_not_at_all(
    hosting: Hosting, platform: Platform
) -> None:
    see_files(hosting, install(platform))


def see_files(hosting: Hosting, site: Site) -> None:
    """Ask for a public file, a program among the files, a private file and the settings."""
    place = Path(site.platform.root) / site.directory
    (place / "files/hello.txt").write_text("hello")
    (place / "files/evil.php").write_text("<?php echo 'run';")
    (place / "private/files/secret.txt").write_text("secret")
    for path in ("files/hello.txt", "files/evil.php", "private/files/secret.txt"):
        (place / path).chmod(0o644)
    assert get(hosting, f"http://{DOMAIN}/files/hello.txt")[:2] == (200, "hello")
    assert get(hosting, f"http://{DOMAIN}/sites/{DOMAIN}/files/hello.txt")[:2] == (200, "hello")
    for path in ("files/evil.php", "private/files/secret.txt", "settings.php"):
        assert get(hosting, f"http://{DOMAIN}/sites/{DOMAIN}/{path}")[0] == 403


@SHAPED
def test_a_database_that_is_down_fails_the_task_and_never_gets_it_stuck(
    hosting: Hosting, platform: Platform
) -> None:
    site = install(platform)
    start = {key: seen for key, seen in hosting.state().items() if key not in ("databases", "users")}
    hosting.mariadb.pause()
    try:
        tasks = [
            run(site_verify.ask(domain=DOMAIN, by=BY)),
            run(site_delete.ask(domain=DOMAIN, by=BY)),
            run(site_install.ask(domain="new.localhost", platform="platform", db="mysql", by=BY)),
        ]
    finally:
        hosting.mariadb.start()
    assert [task.state for task in tasks] == [Task.State.FAILED] * 3
    assert all("MariaDB" in task.error or "database" in task.error for task in tasks)
    after = {key: seen for key, seen in hosting.state().items() if key not in ("databases", "users")}
    assert after == start
    assert hosting.web.driver.probe(site.domain) == 200


@SHAPED
def test_an_empty_platform_is_deleted_whole(hosting: Hosting, platform: Platform) -> None:
    task = run(platform_delete.ask(name="platform", by=BY))
    assert task.state == Task.State.SUCCEEDED, task.error
    assert not Path(platform.path).exists()
    assert list((Path(hosting.web.web.directory) / "platform.d").iterdir()) == []
    assert not Package.objects.filter(platform=platform).exists()


def test_code_that_is_broken_is_named_and_does_no_harm(hosting: Hosting, ten: Platform) -> None:
    modules = Path(ten.root) / "modules"
    for name, info, code in (
        ("lame", "name: [unfinished\n", "<?php\n"),
        ("worse", "name: Worse\ntype: module\ncore_version_requirement: ^10\n", "<?php\nfunction {\n"),
    ):
        (modules / name).mkdir(parents=True)
        (modules / name / f"{name}.info.yml").write_text(info)
        (modules / name / f"{name}.module").write_text(code)
    task = run(platform_verify.ask(name=ten.name, by=BY))
    assert task.state == Task.State.WARNED
    ten.refresh_from_db()
    warnings = list(task.lines.filter(level="warning").values_list("text", flat=True))
    assert [line for line in warnings if "lame.info.yml" in line]
    assert [line for line in warnings if "worse.module" in line]
    changed = [line for line in warnings if line.startswith(f"The code of {ten.name} changed")]
    assert sorted([*ten.problems, *changed]) == sorted(warnings)
    assert len(changed) == 1


def test_a_directory_of_sites_that_came_with_the_code_is_kept_and_read_first(hosting: Hosting) -> None:
    hosting.rows()
    code = hosting.code("ten")
    (code / "web/sites/sites.php").write_text("<?php\n$sites['old.example'] = 'old';\n")
    platform = hosting.platform("own", code)
    assert (code / "web/sites/local.sites.php").read_text().endswith("'old';\n")
    assert "local.sites.php" in (code / "web/sites/sites.php").read_text()
    assert install(platform).state == Site.State.ENABLED


def test_what_is_no_longer_drupal_fails_with_the_words_of_the_manual(hosting: Hosting, ten: Platform) -> None:
    shutil.rmtree(Path(ten.root) / "core")
    task = run(platform_verify.ask(name=ten.name, by=BY))
    assert task.state == Task.State.FAILED
    assert "does not contain a valid Drupal installation" in task.error
    ten.refresh_from_db()
    assert ten.state == Platform.State.ENABLED


def test_a_platform_is_asked_for_by_path_once(hosting: Hosting, ten: Platform) -> None:
    with pytest.raises(Exception, match="already the platform shaped"):
        platform_add.ask(name="again", path=ten.path, by=BY)


def test_a_site_in_the_default_place_is_noticed(hosting: Hosting) -> None:
    hosting.rows()
    code = hosting.code("ten")
    (code / "web/sites/default/settings.php").write_text("<?php\n")
    hosting.platform("own", code)
    assert TaskLine.objects.filter(level="notice", text__contains="sites/default/settings.php").exists()
