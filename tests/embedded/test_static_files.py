"""Styles and scripts, as the panel's asynchronous server answers with them."""

from __future__ import annotations

import asyncio
import warnings

from django.test import AsyncClient

from aegir.settings import BASE

STYLE = BASE / "pages/static/aegir.css"


def ask(path: str, **headers: str) -> tuple[int, bytes, dict[str, str]]:
    """What is answered; any warning is an error."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        answer = asyncio.run(AsyncClient().get(path, headers=headers))
        assert not answer.streaming
        return answer.status_code, answer.content, dict(answer.headers)


def test_a_file_is_answered_whole_and_may_be_kept_by_caches() -> None:
    status, content, headers = ask("/static/aegir.css")

    assert (status, content) == (200, STYLE.read_bytes())
    assert headers["Content-Type"] == 'text/css; charset="utf-8"'
    assert headers["Content-Length"] == str(STYLE.stat().st_size)
    assert headers["Cache-Control"].startswith("max-age=")
    assert ask("/static/aegir.css", **{"If-None-Match": headers["ETag"]})[:2] == (304, b"")


def test_a_part_of_a_file_can_be_asked_for() -> None:
    status, content, headers = ask("/static/aegir.css", Range="bytes=2-5")

    assert (status, content) == (206, STYLE.read_bytes()[2:6])
    assert headers["Content-Range"] == f"bytes 2-5/{STYLE.stat().st_size}"


def test_what_is_only_asked_about_has_no_body() -> None:
    answer = asyncio.run(AsyncClient().head("/static/aegir.css"))

    assert (answer.status_code, answer.content) == (200, b"")
    assert answer["Content-Length"] == str(STYLE.stat().st_size)
