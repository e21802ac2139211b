"""Codebases."""

from __future__ import annotations

from typing import Any, NamedTuple

from django.db import models
from django.db.models import Count, Q

from aegir.errors import Refused
from aegir.models.client import Client
from aegir.models.credential import Credential
from aegir.models.server import Server


class Home(NamedTuple):
    """As much of a platform as tells which sites could live there."""

    pk: int
    major: int


class PlatformQuerySet(models.QuerySet["Platform"]):
    def live(self) -> PlatformQuerySet:
        """Not deleted."""
        return self.exclude(state=Platform.State.DELETED)

    def counted(self) -> PlatformQuerySet:
        """Each with ``site_count``, how many sites live on it."""
        return self.annotate(site_count=Count("sites", filter=~Q(sites__state="deleted")))

    def homes(self) -> list[Home]:
        """The least of each, in no order: hundreds are looked through for one page of a site."""
        return [Home(*row) for row in self.order_by().values_list("pk", "major")]


class Platform(models.Model):
    """One codebase: Drupal core plus its modules, themes and profiles."""

    class State(models.TextChoices):
        QUEUED = "queued", "not verified yet"
        ENABLED = "enabled", "enabled"
        LOCKED = "locked", "locked"
        FAILED = "failed", "verify failed"
        DELETED = "deleted", "deleted"

    name = models.CharField(max_length=60)
    path = models.CharField(max_length=1000)
    """Absolute, with links resolved."""
    docroot = models.CharField(max_length=100, blank=True)
    """Below the path; "" when Drupal lies at the path itself."""
    server = models.ForeignKey(Server, on_delete=models.PROTECT, related_name="platforms")
    state = models.CharField(max_length=10, choices=State.choices, default=State.QUEUED)
    version = models.CharField(max_length=40, blank=True)
    major = models.PositiveSmallIntegerField(default=0)
    php = models.CharField(max_length=10, blank=True)
    """The PHP version that runs it, as ``8.2``."""
    profiles: models.JSONField[Any, Any] = models.JSONField(default=list)
    languages: models.JSONField[Any, Any] = models.JSONField(default=list)
    clients = models.ManyToManyField(Client, related_name="platforms", blank=True)
    """Who may put sites on it; nobody named means everybody."""
    problems: models.JSONField[Any, Any] = models.JSONField(default=list)
    fingerprint = models.CharField(max_length=64, blank=True)
    source: models.JSONField[Any, Any] = models.JSONField(default=dict)
    """Where its code is built from, as the fields of a ``drivers.source.Source``; {} when it was brought."""
    credentials = models.ManyToManyField(Credential, related_name="platforms", blank=True)
    """What opens that place, and others that its code names; each only its own host."""
    built: models.JSONField[Any, Any] = models.JSONField(default=dict)
    """What the build made: ``identity`` and the facts of ``drivers.source.Built``; {} until then."""
    code_changes: models.JSONField[Any, Any] = models.JSONField(default=list)
    """What the last verification found changed since the code was built, or last verified: sentences."""
    code_changed_at = models.DateTimeField(null=True)
    """When that was first found."""
    verified_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = PlatformQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["name"], condition=~Q(state="deleted"), name="platform_name_unique"
            ),
            models.UniqueConstraint(
                fields=["path"], condition=~Q(state="deleted"), name="platform_path_unique"
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def lock(self) -> None:
        """Hide it from new sites and as a target of moves; the sites on it go on."""
        self._change(self.State.ENABLED, self.State.LOCKED, "locked")

    def unlock(self) -> None:
        """Let sites be put on it again."""
        self._change(self.State.LOCKED, self.State.ENABLED, "unlocked")

    def _change(self, old: str, new: str, what: str) -> None:
        if not Platform.objects.filter(pk=self.pk, state=old).update(state=new):
            self.refresh_from_db()
            raise Refused(f"The platform {self.name} is {self.get_state_display()}: it cannot be {what}.")
        self.state = new

    @property
    def code_warning(self) -> str:
        """What ``code_changes`` mean; "" where there are none."""
        if not self.code_changes:
            return ""
        if self.built:
            return (
                f"The code of {self.name} is not what was built, and built code never changes: somebody or "
                "something wrote into it. Build a new platform and move its sites there."
            )
        return (
            f"The code of {self.name} changed under its sites since it was last verified: run the updates of "
            "each site, and next time add the new code as a platform of its own."
        )

    @property
    def root(self) -> str:
        """The document root, absolute."""
        return f"{self.path}/{self.docroot}" if self.docroot else self.path

    @property
    def key(self) -> str:
        """What its configuration files are called: no two platforms share it, not even one after another."""
        return f"{self.name.replace('.', '-')}-{self.pk}"
