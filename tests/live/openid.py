"""An OpenID provider that a test starts, ends by its id, and signs people in at."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from types import TracebackType
from typing import Self

import requests

from tests.live.openid_provider import CLIENT, PASSWORD, SECRET
from tests.live.web import free_port

__all__ = ["CLIENT", "PASSWORD", "SECRET", "Provider"]


class Provider:
    """To be used with ``with``."""

    def __init__(self, *back: str) -> None:
        """``back``: addresses that it may send people to."""
        self.back = " ".join(back)
        self.port = free_port()
        self.issuer = f"http://localhost:{self.port}/o"

    def __enter__(self) -> Self:
        self.folder = Path(tempfile.mkdtemp(prefix="aegir-openid-"))
        program = Path(__file__).with_name("openid_provider.py")
        self.process = subprocess.Popen(
            [sys.executable, program, self.folder, str(self.port), self.back], stdin=subprocess.DEVNULL
        )
        until = time.monotonic() + 60
        while not self._answers():
            assert self.process.poll() is None, "the provider ended"
            assert time.monotonic() < until, "the provider does not answer"
            time.sleep(0.1)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.process.terminate()
        self.process.wait(20)
        shutil.rmtree(self.folder)

    def _answers(self) -> bool:
        try:
            found = requests.get(f"{self.issuer}/.well-known/openid-configuration", timeout=5)
        except requests.ConnectionError:
            return False
        return found.status_code == 200

    def sign_in(self, address: str, name: str) -> str:
        """Go there as a browser would, sign in as ``name``, and follow redirects up to the one back."""
        browser = requests.Session()
        answer = browser.get(address, timeout=10)
        token = re.search(r'csrfmiddlewaretoken" value="(\w+)"', answer.text)
        assert token, answer.text
        given = {"csrfmiddlewaretoken": token[1], "username": name, "password": PASSWORD}
        answer = browser.post(answer.url, given, allow_redirects=False, timeout=10)
        while answer.headers["Location"].startswith("/"):
            where = f"http://localhost:{self.port}{answer.headers['Location']}"
            answer = browser.get(where, allow_redirects=False, timeout=10)
        return str(answer.headers["Location"])
