"""Names of databases and users: checked first, then quoted."""

from __future__ import annotations

import re

from aegir.errors import Broken

_NAME = re.compile(r"[a-z0-9_]{1,32}")
_THEIRS = {"root", "mysql", "sys", "information_schema", "performance_schema"}
"""What the servers need for themselves, as databases or users."""


def checked(name: str) -> str:
    """The name itself. Raises Broken unless it is safe as an identifier and as a directory's name."""
    if not _NAME.fullmatch(name) or name in _THEIRS:
        raise Broken(
            f"{name!r} is no name for a database or its user: use 1 to 32 lower-case letters, digits "
            "and «_», and none of the server's own names."
        )
    return name


def quoted(name: str) -> str:
    """As MySQL takes it for an identifier."""
    return f"`{checked(name)}`"


def quoted_pattern(name: str) -> str:
    """As GRANT takes it, where «_» would match any character: ``a_b`` must not reach ``axb``."""
    return "`" + checked(name).replace("_", r"\_") + "`"


def quoted_table(name: str) -> str:
    """A table or a column, which a site may call whatever it likes."""
    return "`" + name.replace("`", "``") + "`"
