"""The first page: what needs attention, what runs, and where to begin."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from aegir.access import Actor
from aegir.pages.door import shown


@shown
def home(request: HttpRequest, actor: Actor) -> HttpResponse:
    """So far the sites."""
    return redirect("sites")
