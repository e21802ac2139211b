"""What every operation that makes a new site out of something shares: its row, its name, its secrets."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from django.db import IntegrityError, transaction

from aegir.engine.ledger import Key
from aegir.errors import Refused
from aegir.models import Secret, Site, SiteName, Task
from aegir.operations import aliases, finding, places
from aegir.steps.record import forget_secrets


def begin(
    operation: str, site: Site, by: str, arguments: Mapping[str, Any], *, keys: Iterable[Key] = ()
) -> Task:
    """Queue the making of ``site``, a row not saved yet; its name is taken from this moment.

    Its database is named after the task, its password and its salt are new.
    """
    finding.refuse_taken(site.domain)
    finding.refuse_remains(site.platform, site.domain)
    with transaction.atomic():
        if site.client is not None:
            site.client.take_place()
        take_name(site)
        site.database_secret = Secret.generate(f"database password of {site.domain}")
        site.salt_secret = Secret.generate(f"hash salt of {site.domain}", length=64)
        site.save()
        task = places.ask_site(operation, site, by, dict(arguments), keys=keys)
        site.database_name = site.database_user = places.database_name(site.domain, task.pk)
        site.save()
        aliases.take_automatic(site, task)
    return task


def ended(task: Task) -> None:
    """Nothing is left of a site that was not made but its record: the name is free for another try.

    One that is stuck, or was given up, may have left something: then deleting the site clears that away.
    """
    site = places.site_of(task)
    site.state = Site.State.DELETED if task.dry_run else Site.State.FAILED
    site.save()
    if not task.remedy:
        SiteName.objects.filter(site=site).delete()
        forget_secrets(site)


def take_name(site: Site) -> None:
    """Save ``site`` with its main name; Refused when somebody else was faster."""
    Site.objects.filter(domain=site.domain, state=Site.State.FAILED).update(state=Site.State.DELETED)
    site.save()
    try:
        SiteName.objects.create(name=site.domain, site=site, main=True)
    except IntegrityError as race:
        raise Refused(f"{site.domain} was taken just now: choose another domain.", field="domain") from race
