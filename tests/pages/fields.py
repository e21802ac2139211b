"""What a form that came back says at a field, and what it still holds."""

from __future__ import annotations

import html
import re
from typing import Any

from django.test import Client


def refused(client: Client, address: str, given: dict[str, Any], field: str) -> str:
    """What is said at ``field`` once ``given`` was refused; every text that was typed is still there."""
    response = client.post(address, given)
    page = response.content.decode()
    assert response.status_code == 422, (address, response.status_code)
    for name, value in given.items():
        if isinstance(value, str) and value not in ("", "on"):
            assert held(page, name) == value, (name, held(page, name))
    return said(page, field)


def said(page: str, field: str) -> str:
    """The sentence below a field."""
    found = re.search(rf'id="said-{field}">(.*?)</div>', page, re.S)
    assert found, f"there is no field {field}"
    return html.unescape(found.group(1)).strip()


def held(page: str, field: str) -> str:
    """What a field holds: its text, or the value that is chosen."""
    area = re.search(rf'<textarea name="{field}"[^>]*>\n?(.*?)</textarea>', page, re.S)
    chosen = re.search(rf'<select name="{field}".*?<option value="([^"]*)" selected', page, re.S)
    typed = re.search(rf'<input [^>]*name="{field}"(?: value="([^"]*)")?', page)
    found = area or chosen or typed
    assert found, f"there is no field {field}"
    return html.unescape(found.group(1) or "")


def menu(client: Client) -> list[str]:
    """The addresses that the menu leads to."""
    return re.findall(r'<a class="nav-link" href="([^"]*)"', client.get("/").content.decode())
