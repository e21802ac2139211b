"""Addresses of the panel, as answers name them."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse


def address(request: HttpRequest, name: str, *args: str) -> str:
    """The absolute address of a page, on the host that was asked. Whoever asks over the socket names none
    that others could use: then it is the panel's own."""
    path = reverse(name, args=args)
    if getattr(request, "scope", {}).get("aegir.door") == "socket":
        return f"{settings.AEGIR_PANEL_URL}{path}"
    return request.build_absolute_uri(path)
