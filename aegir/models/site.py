"""Sites, and the names that they answer to."""

from __future__ import annotations

from datetime import timedelta

from django.conf import settings
from django.db import models, transaction
from django.utils import timezone

from aegir.models.client import Client
from aegir.models.platform import Platform
from aegir.models.secret import Secret
from aegir.models.server import Service


class SiteQuerySet(models.QuerySet["Site"]):
    def live(self) -> SiteQuerySet:
        """Not deleted: everything that holds a name."""
        return self.exclude(state=Site.State.DELETED)


class Site(models.Model):
    """One Drupal site, under ``sites/<domain>`` of its platform."""

    class State(models.TextChoices):
        QUEUED = "queued", "not installed yet"
        ENABLED = "enabled", "enabled"
        DISABLED = "disabled", "disabled"
        FAILED = "failed", "install failed"
        DELETED = "deleted", "deleted"

    domain = models.CharField(max_length=253)
    """The main name: lower case, punycode."""
    platform = models.ForeignKey(Platform, on_delete=models.PROTECT, related_name="sites")
    client = models.ForeignKey(Client, null=True, on_delete=models.PROTECT, related_name="sites")
    """Who owns it; None for the house."""
    database = models.ForeignKey(Service, on_delete=models.PROTECT, related_name="sites")
    profile = models.CharField(max_length=60)
    language = models.CharField(max_length=20, default="en")
    email = models.CharField(max_length=254)
    """Of the site's first account."""
    state = models.CharField(max_length=10, choices=State.choices, default=State.QUEUED)
    title = models.CharField(max_length=200, blank=True)
    cloaked = models.BooleanField(default=True)
    """Whether settings.php leaves its secrets to the web server."""
    database_name = models.CharField(max_length=64, blank=True)
    database_user = models.CharField(max_length=32, blank=True)
    database_secret = models.ForeignKey(Secret, null=True, on_delete=models.PROTECT, related_name="+")
    salt_secret = models.ForeignKey(Secret, null=True, on_delete=models.PROTECT, related_name="+")
    login_secret = models.ForeignKey(Secret, null=True, on_delete=models.SET_NULL, related_name="+")
    """The one-time login link, as long as it is good."""
    login_at = models.DateTimeField(null=True)
    """When that link was made."""
    mail = models.BooleanField(default=True)
    """Whether Drupal may send mail; a clone's is collected instead where that was asked for."""
    canonical = models.CharField(max_length=253, blank=True)
    """The name that redirecting names lead to; "" means the domain."""
    alias_www = models.CharField(max_length=5, blank=True)
    """none, add or strip; "" for the default."""
    alias_subdomain = models.CharField(max_length=253, null=True)
    """"" for none; None for the default."""
    cron_minutes = models.PositiveIntegerField(null=True)
    """0 for never; None for the default."""
    cron_next_at = models.DateTimeField(null=True)
    cron_ran_at = models.DateTimeField(null=True)
    cron_error = models.TextField(blank=True)
    """What the last cron said when it failed; "" when it went well."""
    verified_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = SiteQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(fields=["domain", "id"], name="site_by_domain")]

    LOGIN_LIFETIME = timedelta(hours=24)

    def __str__(self) -> str:
        return self.domain

    @property
    def directory(self) -> str:
        """Below the docroot."""
        return f"sites/{self.domain}"

    @property
    def address(self) -> str:
        """Where visitors find it."""
        port = settings.AEGIR_HTTP_PORT
        name = self.canonical or self.domain
        return f"http://{name}/" if port == 80 else f"http://{name}:{port}/"

    def give(self, client: Client | None) -> None:
        """Make it another client's, or the house's; Refused when that one may not have a site more."""
        with transaction.atomic():
            if client is not None and client.pk != self.client_id:
                client.take_place()
            self.client = client
            self.save(update_fields=["client"])

    def login_link(self) -> str | None:
        """The one-time login link, None when there is none or it is over 24 hours old."""
        if self.login_secret is None or self.login_at is None:
            return None
        if self.login_at + self.LOGIN_LIFETIME < timezone.now():
            return None
        return self.login_secret.reveal()

    def take_login_link(self) -> str | None:
        """The one-time login link, to be followed now: nobody is given it a second time."""
        link, secret = self.login_link(), self.login_secret
        if link is None or secret is None:
            return None
        if not Site.objects.filter(pk=self.pk, login_secret=secret).update(login_secret=None):
            return None
        secret.delete()
        return link


class SiteName(models.Model):
    """A name that visitors may type. One row a name over all live sites: the index forbids a second."""

    name = models.CharField(max_length=253, unique=True)
    """May begin with ``*.``, which stands for one or more labels; an exact name of another site wins."""
    site = models.ForeignKey(Site, on_delete=models.CASCADE, related_name="names")
    main = models.BooleanField(default=False)
    redirects = models.BooleanField(default=False)
    """Whether it answers 301 to the site's canonical name; otherwise it serves the site."""
    reserved = models.BooleanField(default=False)
    """Taken by an operation that is not over yet; nothing answers to it so far."""
    automatic = models.BooleanField(default=False)
    """Made from the defaults for aliases, and gone with them."""

    def __str__(self) -> str:
        return self.name
