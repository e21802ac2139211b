"""Every address that the panel answers."""

from django.urls import URLPattern, URLResolver, path

from aegir.api.routes import api

urlpatterns: list[URLPattern | URLResolver] = [path("api/", api.urls)]
