"""Clients: who owns sites. A person may belong to many, and a client may have many people."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Count, Q

from aegir.errors import Refused
from aegir.models import default, feature, names


class ClientQuerySet(models.QuerySet["Client"]):
    def counted(self) -> ClientQuerySet:
        """Each with ``site_count``, how many live sites it owns."""
        return self.annotate(site_count=Count("sites", filter=~Q(sites__state="deleted"), distinct=True))


class Client(models.Model):
    """Somebody for whom sites are hosted. A site without a client is the house's own."""

    name = models.CharField(max_length=60, unique=True)
    """Names it in addresses and on the command line: lower-case letters, digits, dots, hyphens."""
    title = models.CharField(max_length=200)
    """What people call it."""
    organisation = models.CharField(max_length=200, blank=True)
    email = models.CharField(max_length=254)
    quota = models.PositiveIntegerField(null=True)
    """How many sites it may have; 0 for any number, None for as the default ``client_quota`` says."""
    users = models.ManyToManyField(settings.AUTH_USER_MODEL, related_name="clients", blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = ClientQuerySet.as_manager()

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name

    @classmethod
    def add(
        cls, *, name: str, title: str = "", organisation: str = "", email: str, quota: int | None = None
    ) -> Client:
        """A new client, saved; Refused when the name is taken or anything is not what it should be."""
        client = cls(
            name=names.client(name), title=title.strip() or name, organisation=organisation.strip(),
            email=names.email(email), quota=quota,
        )  # fmt: skip
        if cls.objects.filter(name=client.name).exists():
            raise Refused(f"There is already a client {client.name}: choose another name.", field="name")
        client.refuse_bad()
        client.save()
        return client

    def refuse_bad(self) -> None:
        """Refused when a value does not fit; call before saving what a person typed."""
        for field in ("title", "organisation"):
            text = getattr(self, field)
            if len(text) > 200:
                raise Refused(f"The {field} is too long: 200 characters at most.", field=field)
            if not text.isprintable():
                raise Refused(f"The {field} is one line, without control characters.", field=field)
        if self.quota is not None and not 0 <= self.quota <= 1_000_000:
            raise Refused(f"{self.quota} cannot be a quota: give 0 to 1000000.", field="quota")
        names.email(self.email)

    @property
    def allowance(self) -> int:
        """How many sites it may have; 0 for any number."""
        return int(default.value("client_quota")) if self.quota is None else self.quota

    def refuse_full(self) -> None:
        """Refused when it may not have one site more. Failed installs do not count."""
        allowed = self.allowance
        have = self.sites.exclude(state__in=["deleted", "failed"]).count()
        if allowed and have >= allowed:
            raise Refused(
                f"{self.title} has {have} of {allowed} sites already: delete one, or ask for a larger quota.",
                field="client",
            )

    def take_place(self) -> None:
        """Refused when it may not have one site more. Call in the transaction that gives it one: until that
        is over, whoever would give it another waits."""
        if feature.on("quotas"):
            Client.objects.select_for_update(no_key=True).get(pk=self.pk).refuse_full()

    def remove(self) -> None:
        """Delete it; Refused while it owns sites. Its people stay."""
        have = self.sites.exclude(state="deleted").count()
        if have:
            raise Refused(
                f"{self.name} still has {have} site{'s' if have > 1 else ''}: give them to another client, "
                "or delete them first."
            )
        self.sites.update(client=None)
        self.delete()
