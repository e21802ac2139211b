"""Styles, scripts and icons, straight from the code."""

from __future__ import annotations

from contextlib import closing

from django.http import HttpRequest, HttpResponse
from whitenoise.middleware import WhiteNoiseMiddleware
from whitenoise.responders import StaticFile


class StaticFiles(WhiteNoiseMiddleware):  # type: ignore[misc] # it has no types
    """Middleware: WhiteNoise, but for files that are small and so are answered whole.

    It would answer with a file to be read on, which Django's asynchronous handler warns of with each request.
    """

    @staticmethod
    def serve(static_file: StaticFile, request: HttpRequest) -> HttpResponse:
        found = static_file.get_response(request.method, request.META)
        response = HttpResponse(status=int(found.status))
        del response["Content-Type"]
        for name, value in found.headers:
            response[name] = value
        if found.file is not None:
            with closing(found.file) as file:
                response.content = file.read()
        return response
