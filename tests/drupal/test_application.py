"""The Drupal-shaped applications show what Drupal shows, traps included (each test names its own)."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.drupal.application import HERE, Application, Died
from tests.drupal.conftest import application

LOGIN = {
    7: "return user_pass_reset_url(user_load(1)) . '/login';",
    10: "return user_pass_reset_url(Drupal\\user\\Entity\\User::load(1)) . '/login';",
}

MAINTAIN = {
    7: "variable_set('maintenance_mode', 1);",
    10: "Drupal::state()->set('system.maintenance_mode', true);",
}


def test_every_php_file_can_be_read() -> None:
    suffixes = {".php", ".inc", ".module", ".install", ".profile", ".engine"}
    files = [str(path) for path in HERE.rglob("*") if path.suffix in suffixes]
    check = "foreach (array_slice($argv, 1) as $f) { token_get_all(file_get_contents($f), TOKEN_PARSE); }"
    done = subprocess.run(["php", "-r", check, "--", *files], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout + done.stderr) == (0, "")
    assert len(files) > 60


def test_an_installed_site_shows_its_name_and_what_made_it(app: Application) -> None:
    app.install()
    with app.serving() as visitor:
        page = visitor.get("/")
    assert page.status == 200
    assert " | Demo</title>" in page.text
    assert page.headers["X-Generator"].startswith(f"Drupal {app.major} (")


def test_a_login_link_opens_the_administration_once(app: Application) -> None:
    app.install()
    link = app.ask(LOGIN[app.major])
    assert link.startswith("http://demo.localhost:8080/user/reset/1/")
    path = urlsplit(link).path
    with app.serving() as visitor:
        first = visitor.get(path)
        assert first.status == 302
        assert first.headers["Location"].startswith("http://demo.localhost:8080/user/1/edit")
        assert visitor.get("/admin").status == 403
        assert visitor.get("/admin", cookie=first.cookie).status == 200
        again = visitor.get(path)
        assert again.headers["Location"] == "http://demo.localhost:8080/user/password"
        assert again.headers["Set-Cookie"] is None


def test_visitors_of_a_site_in_maintenance_are_turned_away(app: Application) -> None:
    app.install("studio")
    app.ask(MAINTAIN[app.major])
    path = urlsplit(app.ask(LOGIN[app.major])).path
    with app.serving() as visitor:
        assert visitor.get("/").status == 503
        cookie = visitor.get(path).cookie
        assert visitor.get("/", cookie=cookie).status == 200


def test_a_cached_page_is_served_in_maintenance_too(major: int, tmp_path: Path) -> None:
    """Trap 6."""
    app = application(major, tmp_path, "$conf['cache'] = 1;")
    app.install()
    with app.serving() as visitor:
        assert visitor.get("/").headers["X-Drupal-Cache"] == "MISS"
        app.ask(MAINTAIN[major])
        page = visitor.get("/")
        assert (page.status, page.headers["X-Drupal-Cache"]) == (200, "HIT")
        assert visitor.get("/node/1").status == 503


def test_a_moved_site_runs_the_code_it_came_from_until_its_caches_are_empty(
    ten: Application, tmp_path: Path
) -> None:
    """Trap 1."""
    ten.install()
    ten.ask("return 1;")
    old = ten.root
    ten.root = Path(shutil.copytree(ten.home, tmp_path / "moved")) / "web"
    read = "return (new ReflectionFunction('system_page'))->getFileName();"
    assert ten.ask(read).startswith(f"{old}/")
    ten.ask("Drupal::database()->truncate('cache_container')->execute();", how="update")
    assert ten.ask(read).startswith(f"{ten.root}/")


def test_a_module_at_a_new_place_stops_seven_until_its_tables_are_corrected(seven: Application) -> None:
    """Trap 2."""
    seven.install("studio")
    modules = seven.root / "sites/all/modules"
    (modules / "contrib").mkdir()
    (modules / "guestbook").rename(modules / "contrib/guestbook")
    with pytest.raises(Died, match="guestbook_book"):
        seven.ask("return 1;")
    seven.ask(
        """
        drupal_bootstrap(DRUPAL_BOOTSTRAP_CONFIGURATION);
        drupal_bootstrap(DRUPAL_BOOTSTRAP_DATABASE);
        require_once DRUPAL_ROOT . '/includes/module.inc';
        $old = 'sites/all/modules/guestbook/guestbook.module';
        $new = 'sites/all/modules/contrib/guestbook/guestbook.module';
        db_update('system')->fields(['filename' => $new])->condition('filename', $old)->execute();
        registry_update();
        """,
        how="none",
    )
    assert seven.ask("return guestbook_book()->isOpen();") is False


def test_only_seven_finds_a_site_without_sites_php(app: Application) -> None:
    """Trap 4: ten opens sites/default, which has no settings."""
    app.install()
    (app.root / "sites/sites.php").unlink()
    with app.serving() as visitor:
        assert visitor.get("/").status == {7: 200, 10: 500}[app.major]


def test_the_login_page_of_ten_is_shown_in_maintenance_though_it_is_the_front_page(ten: Application) -> None:
    ten.install("minimal")
    ten.ask(MAINTAIN[10])
    with ten.serving() as visitor:
        assert "<title>Log in | Demo</title>" in visitor.get("/").text
        assert visitor.get("/node").status == 503


def test_a_host_below_the_domain_gets_the_same_site(app: Application) -> None:
    """Trap 4."""
    app.settings = ""
    settings = app.site / "settings.php"
    settings.write_text(settings.read_text() + "\n$settings['trusted_host_patterns'] = [];\n")
    app.install()
    with app.serving() as visitor:
        assert visitor.get("/", host=f"www.{app.site.name}").status == 200


def test_ten_refuses_a_host_it_does_not_trust(ten: Application) -> None:
    ten.install()
    (ten.root / "sites/sites.php").write_text("<?php\n$sites['other.localhost'] = 'demo.localhost';\n")
    with ten.serving() as visitor:
        assert visitor.get("/", host="other.localhost").status == 400


def test_a_killed_cron_keeps_its_lock(app: Application) -> None:
    """Trap 12."""
    app.install()
    run = {7: "return drupal_cron_run();", 10: "return Drupal::service('cron')->run();"}[app.major]
    app.switch("cron kill")
    with pytest.raises(Died):
        app.ask(run)
    app.switch()
    assert app.ask(run) is False
    delete = {7: "db_delete('semaphore')", 10: "Drupal::database()->delete('semaphore')"}[app.major]
    app.ask(f"{delete}->condition('name', 'cron')->execute();")
    assert app.ask(run) is True


def test_styled_images_and_private_files_come_from_the_application(app: Application) -> None:
    """Trap 16."""
    app.install()
    (app.site / "files/a.txt").write_text("an image")
    (app.site / "private/files/b.txt").write_text("a secret")
    path = urlsplit(app.ask(LOGIN[app.major])).path
    with app.serving() as visitor:
        styled = f"/sites/{app.site.name}/files/styles/large/public/a.txt"
        assert visitor.get(styled).text == "an image"
        assert visitor.get("/system/files/b.txt").status == 403
        cookie = visitor.get(path).cookie
        assert visitor.get("/system/files/b.txt", cookie=cookie).text == "a secret"
        assert visitor.get("/system/files/../config/x", cookie=cookie).status == 403
    assert (app.root / styled.lstrip("/")).read_text() == "an image"


def test_a_database_that_is_away_leaves_ten_without_modules(tmp_path: Path) -> None:
    database = {
        "driver": "mysql",
        "database": "x",
        "username": "x",
        "password": "x",
        "unix_socket": "/nowhere",
    }
    app = Application(10, tmp_path / "app", database)
    count = "return count($kernel->getContainer()->getParameter('container.modules'));"
    boot = "$kernel = new Drupal\\Core\\DrupalKernel('prod', $loader, true, $root);"
    boot += "$kernel->setSitePath($site); $kernel->boot();"
    assert app.ask(boot + count, how="none") == 0
    with app.serving() as visitor:
        assert visitor.get("/").status == 500


def test_a_host_may_be_led_to_a_directory_of_another_name(app: Application) -> None:
    app.install()
    (app.root / "sites/sites.php").write_text("<?php\n$sites['8080.alias.localhost'] = 'demo.localhost';\n")
    settings = app.site / "settings.php"
    settings.chmod(0o644)
    settings.write_text(settings.read_text() + "$settings['trusted_host_patterns'] = [];\n")
    with app.serving() as visitor:
        assert " | Demo</title>" in visitor.get("/", host="alias.localhost").text
