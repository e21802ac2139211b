"""Makefiles as Drupal's ``.info`` files are written: ``projects[views][version] = 3.0``."""

from __future__ import annotations

import re

from aegir.drivers.source.makefile import Origin, Place, Remark, Scalar, Table, WrongMakefile

DEEPEST = 12
_KEY = re.compile(r"[ \t]*([^\s=;\[\]\"'#][^=;\[\]\n]*?)[ \t]*((?:\[[^\[\]\n]*\][ \t]*)*)=[ \t]*")
_QUOTED = re.compile(r"""(?:"((?:[^"\\]|\\.)*)"|'((?:[^'\\]|\\.)*)')[ \t]*(?:;[^\n]*)?(?:\n|\Z)""", re.S)
_REST = re.compile(r"[^\n]*(?:\n|\Z)")
_COMMENT = re.compile(r"[ \t]+;.*")
_CONSTANTS: dict[str, bool | None] = {"true": True, "false": False, "null": None}


def read(text: str, origin: Origin) -> tuple[Table, list[Remark]]:
    """The values, and what is to be said about them. Raises WrongMakefile with every line that is none."""
    reading = _Reading(text, origin)
    reading.all()
    if reading.mistakes:
        raise WrongMakefile(reading.mistakes)
    return reading.table, reading.warnings


class _Reading:
    def __init__(self, text: str, origin: Origin) -> None:
        self._text = text
        self._origin = origin
        self._at, self._line = 0, 1
        self.table = Table(Place(origin, 1))
        self.mistakes: list[Remark] = []
        self.warnings: list[Remark] = []

    def all(self) -> None:
        while self._at < len(self._text):
            rest = _REST.match(self._text, self._at)
            assert rest is not None, "it matches anything"
            line = rest[0].strip()
            if not line or line[0] in ";#":
                self._move(rest.end())
                continue
            self._setting(rest)

    def _setting(self, rest: re.Match[str]) -> None:
        """One ``key = value``, which may go over several lines when it is quoted."""
        place = Place(self._origin, self._line)
        key = _KEY.match(self._text, self._at, rest.end())
        if key is None:
            self.mistakes.append(Remark(place, "this is neither «key = value» nor a comment."))
            self._move(rest.end())
            return
        value, end = self._value(key.end(), rest.end(), place)
        self._move(end)
        names = [key[1], *(name.strip() for name in re.findall(r"\[([^\[\]]*)\]", key[2]))]
        if len(names) > DEEPEST:
            self.mistakes.append(Remark(place, f"more than {DEEPEST} names in brackets mean nothing."))
        elif value is not None:
            self._put(names, value)

    def _value(self, start: int, end: int, place: Place) -> tuple[Scalar | None, int]:
        """The value that begins there, and where it ends; None when its quotes are not right."""
        if self._text[start : start + 1] in ('"', "'"):
            quoted = _QUOTED.match(self._text, start)
            if quoted is None:
                sentence = "the quotation mark is not closed, or something follows the closing one."
                self.mistakes.append(Remark(place, sentence))
                return None, end
            inner = quoted[1] if quoted[1] is not None else quoted[2]
            return Scalar(_constant(re.sub(r"\\(.)", r"\1", inner, flags=re.S)), place), quoted.end()
        plain = _COMMENT.sub("", f" {self._text[start:end].strip()}").strip()
        return Scalar(_constant(plain), place), end

    def _put(self, names: list[str], value: Scalar) -> None:
        table = self.table
        for name in names[:-1]:
            table = self._below(table, name or table.number(), value.place)
        last = names[-1] or table.number()
        before = table.entries.get(last)
        if before is not None and before != value:
            self._warn(value.place, names, f"it says otherwise than in line {before.place.line}, and counts")
        table.entries[last] = value

    def _below(self, table: Table, name: str, place: Place) -> Table:
        found = table.entries.get(name)
        if isinstance(found, Table):
            return found
        inner = Table(place)
        if found is not None and found.text:
            # ``projects[views] = 3.0`` and then ``projects[views][subdir] = …``: meant is the version.
            inner.entries["version"] = found
        table.entries[name] = inner
        return inner

    def _warn(self, place: Place, names: list[str], sentence: str) -> None:
        key = names[0] + "".join(f"[{name}]" for name in names[1:])
        self.warnings.append(Remark(place, f"«{key}» was there before: {sentence}."))

    def _move(self, end: int) -> None:
        self._line += self._text.count("\n", self._at, end)
        self._at = end


def _constant(text: str) -> str | bool | None:
    """PHP takes the names of its constants for what they stand for, quoted or not."""
    return _CONSTANTS.get(text.lower(), text)
