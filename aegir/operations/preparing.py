"""Which prepared copy a new site can come from, and which one it leaves behind."""

from __future__ import annotations

from aegir.engine.step import Step
from aegir.models import Platform, Prepared, Secret, Site, Task, default
from aegir.models.prepared import PreparedQuerySet
from aegir.operations import places
from aegir.steps.record_prepared import RetireStale


def fitting(site: Site) -> Prepared | None:
    """The prepared copy that a site like this can come from."""
    if not default.value("instant_sites"):
        return None
    return _like(site).filter(ready=True).select_related("database__server").last()


def reserve(site: Site, task: Task) -> None:
    """Let ``task``, which installs ``site``, leave a copy behind, unless there is one or one on its way."""
    if not default.value("instant_sites") or _like(site).exists():
        return
    name = places.database_name(f"prepared-{site.profile}", task.pk)
    Prepared.objects.create(
        platform=site.platform,
        profile=site.profile,
        language=site.language,
        database=site.database,
        fingerprint=site.platform.fingerprint,
        database_name=name,
        database_user=name,
        database_secret=Secret.generate(f"database password of a prepared copy of {site.platform.name}"),
        task=task.pk,
    )


def reserved(task: Task) -> Prepared | None:
    """The copy that ``task`` is to leave behind."""
    return Prepared.objects.filter(task=task.pk, ready=False).select_related("database__server").first()


def discard(task: Task) -> None:
    """For ``ended``: the installation left no copy."""
    for row in Prepared.objects.filter(task=task.pk, ready=False):
        row.forget()


def retired(platform: Platform) -> list[Step]:
    """After a commit: the platform's copies that its code no longer fits go."""
    copies = Prepared.objects.filter(platform=platform, ready=True).select_related("database__server")
    return [
        RetireStale(platform.server.name, copy.pk, places.database(copy), str(copy.files)) for copy in copies
    ]


def _like(site: Site) -> PreparedQuerySet:
    return Prepared.objects.filter(
        platform=site.platform,
        profile=site.profile,
        language=site.language,
        database=site.database,
        fingerprint=site.platform.fingerprint,
    )
