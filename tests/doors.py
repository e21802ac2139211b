"""What the tests of all doors share: a server, a platform, a site, and tasks in every state."""

from __future__ import annotations

from datetime import timedelta
from functools import cache

from django.contrib.auth.hashers import make_password
from django.utils import timezone

from aegir.models import (
    Backup,
    Client,
    Package,
    Pair,
    Platform,
    Secret,
    Server,
    Service,
    Site,
    SiteName,
    Task,
    TaskLine,
    TaskStep,
    User,
)

PASSWORD = "only-for-tests-7"


def alice() -> User:
    """The administrator."""
    return User.objects.create(username="alice", is_superuser=True, password=_hashed())


def acme() -> Client:
    """A client, which has one user: Bob."""
    made, _ = Client.objects.get_or_create(
        name="acme", defaults={"title": "Acme", "email": "it@acme.example"}
    )
    return made


def bob() -> User:
    """Acme's, and nothing else."""
    made = User.objects.create(username="bob", email="bob@acme.example", password=_hashed())
    acme().users.add(made)
    return made


def charlie() -> User:
    """Signed in, and always refused."""
    return User.objects.create(username="charlie", password=_hashed())


@cache
def _hashed() -> str:
    return make_password(PASSWORD)


RUN = {"config": "/etc/x.conf", "log_directory": "/var/log", "user": "www-data", "group": "www-data"}
WEB = {"driver": "nginx", "binary": "/usr/sbin/nginx", "directory": "/etc/x", "run_directory": "/run", **RUN}
PHP = {"version": "8.2", "cli": "/usr/bin/php", "fpm": "/usr/sbin/php-fpm8.2", "pool_directory": "/etc/pools"}
PHP |= {"socket_directory": "/run", "pid_file": "/run/php.pid", **RUN}
SERVICES = {"web": WEB, "php": PHP, "database": {"driver": "sqlite", "root": "/var/lib/sqlite"}}


def server() -> Server:
    """A server whose services are nowhere: nothing runs here."""
    made, _ = Server.objects.get_or_create(name="localhost", defaults={"state": Server.State.ENABLED})
    for family, driver in (("web", "nginx"), ("php", "fpm"), ("database", "sqlite")):
        Service.objects.get_or_create(
            server=made, family=family, driver=driver, defaults={"settings": SERVICES[family]}
        )
    return made


def platform(name: str = "d10", **fields: object) -> Platform:
    own = {"path": f"/srv/{name}", "docroot": "web", "version": "10.1.6", "major": 10, "php": "8.2"}
    own |= {"state": Platform.State.ENABLED, "profiles": ["standard", "minimal"], "languages": ["en"]}
    return Platform.objects.create(name=name, server=server(), **{**own, **fields})


def site(domain: str = "example.org", on: Platform | None = None, **fields: object) -> Site:
    home = on or Platform.objects.live().first() or platform()
    own = {"profile": "standard", "email": "a@example.org", "state": Site.State.ENABLED}
    own |= {"database_name": "example", "database_user": "example"}
    made = Site.objects.create(
        domain=domain,
        platform=home,
        database=Service.objects.get(family="database", driver="sqlite"),
        database_secret=Secret.generate("database password"),
        salt_secret=Secret.generate("hash salt"),
        **{**own, **fields},
    )
    SiteName.objects.create(name=domain, site=made, main=True)
    package("node", site=made)
    return made


def package(name: str, kind: str = "module", version: str = "10.1.6", **where: object) -> Package:
    """What a site has enabled, or a platform offers."""
    fields = {"enabled": True if "site" in where else None, **where}
    return Package.objects.create(name=name, kind=kind, version=version, **fields)


def kept(of: Site, on: str = "d9") -> Pair:
    """What the site was before it was moved here from another platform."""
    now = timezone.now()
    return Pair.objects.create(
        site=of,
        state=Pair.State.KEPT,
        domain=of.domain,
        platform=platform(on),
        path=f"/srv/{on}/web/sites/.{of.domain}.kept-1",
        database=of.database,
        database_name="before",
        database_user="before",
        database_secret=Secret.generate("database password"),
        salt_secret=Secret.generate("hash salt"),
        reason="site_migrate",
        since=now,
        until=now + timedelta(days=7),
    )


def backup(of: Site, **fields: object) -> Backup:
    """A backup that is there, with an archive that nobody can unpack."""
    about = {"name": of.platform.name, "path": of.platform.path, "fingerprint": of.platform.fingerprint}
    manifest = {"drupal": "10.1.6", "major": 10, "profile": of.profile, "platform": about, "aliases": []}
    own = {"state": Backup.State.READY, "reason": "site_backup", "size": 2_500_000, "manifest": manifest}
    made = Backup.objects.create(site=of, domain=of.domain, platform=of.platform, **{**own, **fields})
    made.file = f"{of.domain}/{made.pk}.tar.zst"
    made.save()
    made.path.parent.mkdir(parents=True, exist_ok=True)
    made.path.touch()
    return made


def task(state: str = "succeeded", **fields: object) -> Task:
    """A task with two steps and a line, ended unless queued or running."""
    made = Task.objects.create(
        **{
            "operation": "site_verify",
            "subject_kind": "site",
            "subject_name": "example.org",
            "arguments": {"domain": "example.org"},
            "asked_by": "alice",
            "state": state,
            **fields,
        }
    )
    if made.over:
        Task.objects.filter(pk=made.pk).update(started_at=timezone.now(), ended_at=timezone.now())
        made.refresh_from_db()
    for position, (summary, step) in enumerate([("Look at the site", "done"), ("Write the vhost", "kept")]):
        TaskStep.objects.create(task=made, position=position, path="x:Y", summary=summary, state=step)
    TaskLine.objects.create(task=made, level="info", text="all is well", step=0)
    return made
