"""What a site is found by."""

from __future__ import annotations

from django.db.models import Q

from aegir.models.client import Client
from aegir.models.platform import Platform
from aegir.models.site import Site, SiteName


def called(words: str, *, clients: bool = True) -> Q:
    """Whether a name of it, its title, its first account's address, its platform or, where readers know of
    them, its client is called so: each looked for by itself, so that what is indexed is found by its
    index."""
    parts = [
        Site.objects.filter(domain__icontains=words).values("pk"),
        Site.objects.filter(title__icontains=words).values("pk"),
        Site.objects.filter(email__icontains=words).values("pk"),
        SiteName.objects.filter(name__icontains=words).values("site"),
        Site.objects.filter(platform__in=Platform.objects.filter(name__icontains=words)).values("pk"),
    ]
    if clients:
        parts.append(
            Site.objects.filter(client__in=Client.objects.filter(title__icontains=words)).values("pk")
        )
    return Q(pk__in=parts[0].union(*parts[1:], all=True))
