"""One site on every codebase at hand, real ones included, through all that is done with it day by day."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from aegir.errors import Refused
from aegir.models import Backup, Platform, Site, Task, default
from aegir.operations import (
    site_alias_add,
    site_alias_redirect,
    site_cron,
    site_delete,
    site_disable,
    site_drush,
    site_enable,
    site_flush,
    site_install,
    site_permissions,
    site_update,
)
from tests.codebases import copied, sources
from tests.home import removed
from tests.operations.hosting import BY, Hosting, run

pytestmark = [pytest.mark.live, pytest.mark.django_db(transaction=True)]

DOMAIN = "demo.localhost"
ALIAS = "www.demo.localhost"


@pytest.fixture(params=sources())
def platform(request: pytest.FixtureRequest, hosting: Hosting) -> Iterator[Platform]:
    """A verified platform with a copy of the codebase, without the sites that it came with."""
    target = copied(request.param, hosting.folder / "code" / "platform")
    hosting.rows()
    yield hosting.platform("platform", target)
    removed(target)


def done(task: Task) -> Task:
    run(task)
    assert task.state == Task.State.SUCCEEDED, (task.operation, task.error)
    return task


def test_a_site_on_every_codebase_is_kept_well(hosting: Hosting, platform: Platform) -> None:
    default.change("disable_before_delete", "yes")
    default.change("backup_before_delete", "yes")
    start = hosting.state()
    done(site_install.ask(domain=DOMAIN, platform="platform", profile="minimal", db="mysql", by=BY))
    web = hosting.web.nginx
    done(site_disable.ask(domain=DOMAIN, by=BY))
    assert web.probe(DOMAIN) == 503
    done(site_enable.ask(domain=DOMAIN, by=BY))
    assert web.probe(DOMAIN) == 200
    done(site_alias_add.ask(domain=DOMAIN, name=ALIAS, by=BY))
    assert web.probe(ALIAS) == 200
    done(site_alias_redirect.ask(domain=DOMAIN, to=ALIAS, by=BY))
    assert web.fetch(DOMAIN, "/user").location == f"http://{ALIAS}:{hosting.web.port}/user"
    done(site_cron.ask(domain=DOMAIN, by=BY))
    assert Site.objects.get().cron_ran_at is not None
    done(site_flush.ask(domain=DOMAIN, by=BY))
    done(site_permissions.ask(domain=DOMAIN, by=BY))
    if (Path(platform.path) / "vendor/drush").is_dir():
        told = done(site_drush.ask(domain=DOMAIN, arguments=["status"], by=BY))
        assert f"sites/{DOMAIN}" in told.result["output"]
    else:
        with pytest.raises(Refused, match="brings no Drush"):
            site_drush.ask(domain=DOMAIN, arguments=["status"], by=BY)
    assert "No updates" in done(site_update.ask(domain=DOMAIN, by=BY)).lines.get(level="notice").text
    assert (web.probe(ALIAS), web.probe(DOMAIN)) == (200, 301)
    with pytest.raises(Refused, match="is enabled"):
        site_delete.ask(domain=DOMAIN, by=BY)
    done(site_disable.ask(domain=DOMAIN, by=BY))
    done(site_delete.ask(domain=DOMAIN, by=BY))
    assert Backup.objects.get().path.is_file()
    assert hosting.state() == start
