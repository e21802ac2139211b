"""The ``download`` of a project or library, and its patches."""

from __future__ import annotations

import re
from typing import Literal, cast

from aegir.drivers.source.addresses import shown
from aegir.drivers.source.makefile import SCHEME, Download, Patch, Place, Remark, Scalar, Table

LENGTHS = {"md5": 32, "sha1": 40, "sha256": 64, "sha512": 128}
"""Ways to tell a file, and how many hexadecimal digits each has."""
ARCHIVES = (".tar.gz", ".tgz", ".tar.bz2", ".tbz", ".tar.xz", ".txz", ".tar.zst", ".tar", ".zip")
_REPLACED = {
    "bzr": "Bazaar is not fetched from: name an archive of it («get»), or a git repository.",
    "svn": "Subversion is not fetched from: name an archive of it («get»), or a git mirror.",
    "cvs": "CVS is not fetched from: the projects of Drupal.org live in git now.",
    "hg": "Mercurial is not fetched from: name an archive of it («get»), or a git repository.",
    "post": "nothing is fetched by a form: name the address of an archive («get»).",
}
_KNOWN = {
    *("type", "url", "branch", "revision", "tag", "refspec", "submodule", "filename", "subtree"),
    *(*LENGTHS, "working-copy", "wc_url", "full_version", "request_type"),
}
_TAKEN = {
    "git": ("https://", "http://", "ssh://", "file://"),
    "file": ("https://", "http://", "file://"),
    "copy": ("file://",),
}
"""Which addresses each type of download may have. By git:// and ftp:// nobody can tell who answers."""
_REPOSITORY = re.compile(r"[A-Za-z0-9._-]+@[A-Za-z0-9.-]+:")
_REFERENCE = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_./+@#~^-]*")


def by_release(given: Scalar | Table | None) -> bool:
    """Whether a download is said to be what there is without one: a release of Drupal.org's."""
    said = given.scalar("type") if isinstance(given, Table) else None
    return said is not None and said.text == "pm"


def names_file(given: Scalar | Table | None) -> bool:
    """Whether an address is that of a file by its name, and none of a repository."""
    url = given.scalar("url") if isinstance(given, Table) else given
    path = url.text.partition("?")[0].lower() if isinstance(url, Scalar) else ""
    return path.endswith((*ARCHIVES, ".js", ".css"))


def download_of(
    given: Scalar | Table,
    default: Literal["git", "file"],
    mistakes: list[Remark],
    warnings: list[Remark] | None = None,
) -> Download | None:
    """None where it is wrong; ``mistakes`` then has why."""
    if isinstance(given, Scalar):
        given = Table(given.place, {"url": given})
    kind = _kind(given, default, mistakes)
    if kind is None:
        return None
    for name, value in given.entries.items():
        if name not in _KNOWN and warnings is not None:
            warnings.append(Remark(value.place, f"«{name}» means nothing in a download by {kind}."))
    address = _address(given, kind, mistakes)
    found = len(mistakes)
    named, reference = _reference(given, mistakes) if kind == "git" else ("", "")
    sums = checksums_of(given, mistakes)
    filename, subtree = (_inside(given, name, mistakes) for name in ("filename", "subtree"))
    if address is None or len(mistakes) > found:
        return None
    branch = given.scalar("branch")
    return Download(
        cast('Literal["file", "git", "copy"]', kind),
        given.place,
        address,
        checksums=sums,
        filename=filename,
        subtree=subtree,
        reference=reference,
        named=cast('Literal["", "refspec", "tag", "revision", "branch"]', named),
        branch=branch.text if branch else "",
        submodules="submodule" in given.entries,
    )


def checksums_of(given: Table, mistakes: list[Remark]) -> tuple[str, ...]:
    """What a file must have, as ``kind:digits``."""
    found = []
    for kind, digits in LENGTHS.items():
        value = given.entries.get(kind)
        if value is None or (isinstance(value, Scalar) and not value.text):
            continue
        text = value.text.lower() if isinstance(value, Scalar) else ""
        if re.fullmatch(f"[0-9a-f]{{{digits}}}", text):
            found.append(f"{kind}:{text}")
        else:
            mistakes.append(Remark(value.place, f"«{kind}» has {digits} hexadecimal digits."))
    return tuple(found)


def patches_of(given: Scalar | Table, main: Place, mistakes: list[Remark]) -> tuple[Patch, ...]:
    """``main``: a line of the makefile that was asked for; a patch may lie beside that one too."""
    if isinstance(given, Scalar):
        given = Table(given.place, {"0": given})
    if "url" in given.entries:
        given = Table(given.place, {"0": given})
    patches = []
    for each in given.entries.values():
        url = each if isinstance(each, Scalar) else each.entries.get("url")
        if not isinstance(url, Scalar) or not url.text:
            mistakes.append(Remark(each.place, "the patch has no address."))
            continue
        sums = checksums_of(each, mistakes) if isinstance(each, Table) else ()
        addresses = []
        named = url.place.origin
        for origin in dict.fromkeys((named, main.origin if named.trust == "machine" else named)):
            try:
                addresses.append(origin.beside(url.text))
            except ValueError as error:
                if origin == named:
                    mistakes.append(Remark(url.place, f"the patch «{url.text}» {error}."))
        patches.append(Patch(url.place, tuple(dict.fromkeys(addresses)), url.text, sums))
    return tuple(patches)


def _kind(given: Table, default: str, mistakes: list[Remark]) -> str | None:
    said = given.entries.get("type")
    if said is None:
        return default
    kind = said.text.strip().lower() if isinstance(said, Scalar) else ""
    if kind == "get":
        return "file"
    if kind in ("file", "git", "copy"):
        return kind
    why = _REPLACED.get(kind, "the types of download are «get», «file», «git» and «copy».")
    mistakes.append(Remark(said.place, why))
    return None


def _address(given: Table, kind: str, mistakes: list[Remark]) -> str | None:
    url = given.entries.get("url")
    if url is None and kind == "git":
        return ""
    if not isinstance(url, Scalar) or not url.text.strip():
        mistakes.append(Remark((url or given).place, "the download has no address («url»)."))
        return None
    post = given.scalar("request_type")
    if "data" in given.entries or (post and post.text.lower() == "post"):
        mistakes.append(Remark(given.place, _REPLACED["post"]))
        return None
    text = url.text.strip()
    if kind == "git" and _REPOSITORY.match(text) and not SCHEME.match(text):
        return text
    if SCHEME.match(text) and not text.startswith(_TAKEN[kind]):
        scheme = text.partition("://")[0]
        mistakes.append(Remark(url.place, f"nothing is fetched by {scheme}://: write https:// instead."))
        return None
    try:
        return url.place.origin.beside(text)
    except ValueError as error:
        mistakes.append(Remark(url.place, f"the address «{shown(text)[:200]}» {error}."))
        return None


def _reference(given: Table, mistakes: list[Remark]) -> tuple[str, str]:
    """The most exact that is said, and what it is."""
    for name in ("refspec", "tag", "revision", "branch"):
        value = given.entries.get(name)
        if value is None or (isinstance(value, Scalar) and not value.text):
            continue
        text = value.text if isinstance(value, Scalar) else ""
        if not _REFERENCE.fullmatch(text) or ".." in text or (name == "refspec" and ":" in text):
            mistakes.append(Remark(value.place, f"this is no {name} of a repository."))
        return name, text
    return "", ""


def _inside(given: Table, name: str, mistakes: list[Remark]) -> str:
    """A path that must not lead out."""
    value = given.entries.get(name)
    if value is None:
        return ""
    text = value.text.strip("/") if isinstance(value, Scalar) else ".."
    parts = [part for part in text.split("/") if part not in ("", ".")]
    if ".." in parts or not text.isprintable() or (name == "filename" and len(parts) > 1):
        mistakes.append(Remark(value.place, f"«{name}» leads elsewhere: name what lies in the download."))
        return ""
    return "/".join(parts)
