"""A platform's own .htaccess, as lines that may stand in the server's configuration.

In that file httpd lets people say little; in its own configuration the same lines could say anything. So
only directives that are known to be harmless there are let through, sections must close what they open, and
nothing may refer to the server's own variables.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from aegir.errors import Refused

_DIRECTIVES = """
addcharset adddefaultcharset addencoding addlanguage addoutputfilterbytype addtype allow authname
authtype authuserfile browsermatch browsermatchnocase defaultlanguage deny directoryindex
directoryslash errordocument expiresactive expiresbytype expiresdefault fallbackresource fileetag
forcetype header order redirect redirectmatch redirectpermanent redirecttemp removecharset
removeencoding removelanguage removetype requestheader require rewritebase rewritecond rewriteengine
rewriterule satisfy setenv setenvif setenvifnocase setoutputfilter unsetenv
"""
_SECTIONS = """
else elseif files filesmatch if ifmodule ifversion limit limitexcept requireall requireany requirenone
"""
DIRECTIVES: Final = frozenset(_DIRECTIVES.split())
SECTIONS: Final = frozenset(_SECTIONS.split())
LONGEST: Final = 256 * 1024


def rules(text: str, path: str) -> list[str]:
    """The lines to take over, in their order; what is left out is named in a comment.

    Refused where httpd itself would not read the file.
    """
    if len(text) > LONGEST:
        raise Refused(f"{path} is longer than {LONGEST // 1024} KiB: shorten it.")
    open_sections: list[str] = []
    found = []
    for number, line in _lines(text):
        where = f"{path}, line {number}"
        if "${" in line or not line.isprintable():
            raise Refused(f"{where}: it refers to the server's variables or is no text; take that out.")
        word = re.match(r"</?([A-Za-z]+)|([A-Za-z_]+)", line)
        if word is None:
            raise Refused(f"{where}: «{line[:60]}» is no directive of httpd's; take it out.")
        name = (word[1] or word[2]).lower()
        if line.startswith("<"):
            _nest(open_sections, name, line, where)
            found.append(line)
        elif name in DIRECTIVES:
            found.append(line)
        else:
            found.append(f"# Left out: {word[2]}")
    if open_sections:
        raise Refused(f"{path}: <{open_sections[-1]}> is never closed; close it.")
    return found


def _lines(text: str) -> Iterator[tuple[int, str]]:
    """Directives with the number of the line that they begin on; comments and empty lines are gone."""
    begun, kept = 0, ""
    for number, line in enumerate(text.lstrip("\ufeff").split("\n"), 1):
        begun = begun if kept else number
        kept += line.rstrip("\r").replace("\t", " ")
        if kept.endswith("\\"):
            kept = kept[:-1]
            continue
        if kept.strip() and not kept.strip().startswith("#"):
            yield begun, kept.strip()
        kept = ""
    if kept.strip() and not kept.strip().startswith("#"):
        yield begun, kept.strip()


def _nest(open_sections: list[str], name: str, line: str, where: str) -> None:
    if name not in SECTIONS or not line.endswith(">"):
        raise Refused(f"{where}: «{line[:60]}» may not stand in a .htaccess; take it out.")
    if not line.startswith("</"):
        open_sections.append(name)
    elif not open_sections or open_sections.pop() != name:
        raise Refused(f"{where}: «{line[:60]}» closes what is not open; take it out.")
