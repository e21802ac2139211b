"""Code + data pairs of sites beside the live one: being built, or kept so that a move can be undone."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from aegir.models.platform import Platform
from aegir.models.secret import Secret
from aegir.models.server import Service
from aegir.models.site import Site


class PairQuerySet(models.QuerySet["Pair"]):
    def kept(self) -> PairQuerySet:
        """Those that a site can go back to."""
        return self.filter(state=Pair.State.KEPT)


class Pair(models.Model):
    """One directory and one database that belong together.

    A site's own fields describe its live pair. ``exchange`` makes a built pair the live one and leaves the
    old one here, kept; each owns its secrets.
    """

    class State(models.TextChoices):
        BUILDING = "building", "being built"
        KEPT = "kept", "kept for an undo"
        GONE = "gone", "gone"

    site = models.ForeignKey(Site, on_delete=models.CASCADE, related_name="pairs")
    state = models.CharField(max_length=10, choices=State.choices, default=State.BUILDING)
    domain = models.CharField(max_length=253)
    """The main name that the pair belongs to; a rename's kept pair has the old one."""
    platform = models.ForeignKey(Platform, on_delete=models.PROTECT, related_name="pairs")
    path = models.CharField(max_length=1000, blank=True)
    """Where its directory waits while it is not live, absolute."""
    database = models.ForeignKey(Service, on_delete=models.PROTECT, related_name="pairs")
    database_name = models.CharField(max_length=64, blank=True)
    database_user = models.CharField(max_length=32, blank=True)
    database_secret = models.ForeignKey(Secret, null=True, on_delete=models.PROTECT, related_name="+")
    salt_secret = models.ForeignKey(Secret, null=True, on_delete=models.PROTECT, related_name="+")
    reason = models.CharField(max_length=60, blank=True)
    """The operation that replaced it: ``site_migrate``."""
    task = models.BigIntegerField(null=True)
    """Of the operation that made it, and later of the one that replaced it."""
    since = models.DateTimeField(null=True)
    """When it stopped being live."""
    until = models.DateTimeField(null=True)
    """When it may be retired."""

    objects = PairQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(fields=["until"], condition=Q(state="kept"), name="pair_due")]

    EXCHANGED = ("domain", "platform_id", "database_id", "database_name", "database_user",
                 "database_secret_id", "salt_secret_id")  # fmt: skip

    def __str__(self) -> str:
        return f"pair of {self.domain} on {self.platform.name}"

    def exchange(self, site: Site) -> None:
        """Make this the site's live pair, and this row the one that was live; saves neither."""
        for field in self.EXCHANGED:
            mine, live = getattr(self, field), getattr(site, field)
            setattr(self, field, live)
            setattr(site, field, mine)

    def forget_secrets(self) -> None:
        """When its database is gone nobody needs them."""
        held = [number for number in (self.database_secret_id, self.salt_secret_id) if number is not None]
        self.database_secret = self.salt_secret = None
        self.save()
        Secret.objects.filter(pk__in=held).delete()
