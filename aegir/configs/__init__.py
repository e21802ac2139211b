"""Text that lands on a host: templates, and the filters through which every value must pass.

A filter lets through what is known to be harmless inside double quotes and refuses the rest. It never
escapes: nginx knows no way to write a plain ``$``, and what was refused cannot be forgotten to be escaped.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined

from aegir.errors import Refused

_LABEL = r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?"

_KINDS = {
    "domain": (rf"(?=.{{1,253}}\Z){_LABEL}(?:\.{_LABEL})*", "lower case letters, digits, «-», «_» and dots"),
    "names": (
        rf"(?=.{{1,253}}\Z)(?:\*\.)?{_LABEL}(?:\.{_LABEL})*",
        "lower case letters, digits, «-», «_» and dots, perhaps after «*.»",
    ),
    "key": (r"[A-Za-z0-9_-]{1,128}", "letters, digits, «-» and «_»"),
    "name": (r"[A-Za-z0-9_](?:[A-Za-z0-9._-]{0,62}[A-Za-z0-9_])?", "letters, digits, «-», «_» and dots"),
    "variable": (r"[a-z][a-z0-9_]*", "lower case letters, digits and «_»"),
    "option": (r"[a-z][a-z0-9_]*(?:\.[a-z0-9_]+)*", "lower case letters, digits, «_» and dots"),
    "account": (r"[a-z_][a-z0-9_-]{0,31}\$?", "lower case letters, digits, «-» and «_»"),
    "path": (r"/[\w.,@+=%~/ -]*", "letters, digits, spaces and any of / . , @ + = % ~ - _"),
    "pattern": (r"/[\w.,@+=%~/ -]*/\*\.conf", "a path that ends in /*.conf"),
    "site": (rf"sites/{_LABEL}(?:\.{_LABEL})*", "sites/<domain>"),
    "text": (r"[A-Za-z0-9 _.,:;/@%+=~^*!?&|<>()#-]*", "letters, digits, spaces and _.,:;/@%+=~^*!?&|<>()#-"),
}
"""By the kind of value: what it looks like, and the same in words."""

_SECRET = {"text", "key"}
"""Kinds of values that may be secrets, so that no sentence shows them."""

_LONGEST_SOCKET = 107
"""What the kernel takes as the address of a unix socket, in bytes."""


def render(template: str, **values: Any) -> str:
    """The text of ``configs/<template>``; a name that is not given is an error, never an empty string."""
    return _environment.get_template(template).render(values)


def checked(value: object, kind: str, of: str = "") -> str:
    """The value as text. Refused when it could mean more than itself where it is put.

    ``of`` names what a text is the value of, since a text may be a secret and is never shown.
    """
    text = str(value)
    pattern, words = _KINDS[kind]
    if re.fullmatch(pattern, text) is None:
        shown = f"the value of {of or kind}" if kind in _SECRET else f"«{text[:100]}»"
        raise Refused(f"A configuration file cannot hold {shown} as {kind}: use only {words}.")
    return text


def _filter(kind: str, quote: str = "") -> Callable[..., str]:
    return lambda value, of="": f"{quote}{checked(value, kind, of)}{quote}"


def _socket(value: object) -> str:
    """A path short enough to be connected to; unquoted, for use inside ``"unix:…"``."""
    text = checked(value, "path")
    if len(text.encode()) > _LONGEST_SOCKET:
        raise Refused(
            f"The socket {text} is longer than {_LONGEST_SOCKET} bytes: choose a shorter data folder or name."
        )
    return text


_environment = Environment(
    loader=PackageLoader("aegir", "configs"),
    undefined=StrictUndefined,
    autoescape=False,
    keep_trailing_newline=True,
    trim_blocks=True,
    lstrip_blocks=True,
)
_environment.filters.update(
    domain=_filter("domain"),
    names=_filter("names"),
    key=_filter("key", '"'),
    word=_filter("key"),
    name=_filter("name"),
    variable=_filter("variable"),
    option=_filter("option"),
    account=_filter("account"),
    path=_filter("path", '"'),
    pattern=_filter("pattern", '"'),
    site=_filter("site"),
    text=_filter("text", '"'),
    socket=_socket,
    number=lambda value: str(int(value)),
)
