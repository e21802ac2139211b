"""Middleware: a request asks only once which optional parts are on, and they stay so until it is answered."""

from __future__ import annotations

from asgiref.sync import iscoroutinefunction
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils.decorators import sync_and_async_middleware

from aegir.access.listening import Answer
from aegir.models import feature


@sync_and_async_middleware
def once(get_response: Answer) -> Answer:
    """Streams are no part of it: what they tell comes after the answer."""
    if iscoroutinefunction(get_response):

        async def answer_async(request: HttpRequest) -> HttpResponseBase:
            with feature.looked_up_once():
                response = await get_response(request)
            assert isinstance(response, HttpResponseBase)
            return response

        return answer_async

    def answer(request: HttpRequest) -> HttpResponseBase:
        with feature.looked_up_once():
            response = get_response(request)
        assert isinstance(response, HttpResponseBase)
        return response

    return answer
