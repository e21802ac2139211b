"""The form of one group of settings."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms
from django.db import transaction
from django.utils.text import slugify

from aegir.access import Actor, heard
from aegir.errors import Refused
from aegir.models import default
from aegir.models.default import KINDS, Kind
from aegir.pages.forms import Form

CHOICES = {
    "alias_www": (
        ("none", "None: it answers to its own name only"),
        ("add", "Add: example.org also answers to www.example.org"),
        ("strip", "Strip: www.example.org also answers to example.org"),
    ),
    "mail_security": (
        ("none", "None: mail goes in the open"),
        ("starttls", "STARTTLS: begins in the open, then encrypts"),
        ("tls", "TLS from the beginning"),
    ),
}
"""Settings that are one of a few words, and what these mean."""


class _Undone(Exception):
    """Ends a transaction whose changes shall not stay."""


class GroupForm(Form):
    """All settings of one group: saved as a whole, or not at all."""

    def __init__(self, actor: Actor, title: str, now: Mapping[str, Any], data: Any = None) -> None:
        self.title = title
        self.slug = slugify(title)
        self.kinds = {name: kind for name, kind in KINDS.items() if kind.group == title}
        self.now = now
        fields = {name: _field(name, kind, now[name]) for name, kind in self.kinds.items()}
        self.base_fields = fields  # type: ignore[misc]  # what Django makes the form's own fields from
        initial = {name: now[name] for name, kind in self.kinds.items() if not kind.secret}
        super().__init__(actor, data=data, initial=initial)

    def rows(self) -> list[dict[str, Any]]:
        """Each field with what is said beside it."""
        return [self._row(name, kind) for name, kind in self.kinds.items()]

    def _row(self, name: str, kind: Kind) -> dict[str, Any]:
        return {
            "name": name,
            "field": self[name],
            "changed": self.now[name] != kind.value,
            "secret": kind.secret,
            "came": _shown(name, kind),
        }

    def save(self) -> bool:
        """Save all of it; False, with a sentence at every field at fault, when nothing was saved."""
        try:
            with transaction.atomic():
                changed = [name for name, kind in self.kinds.items() if self._save(name, kind)]
                if self.errors:
                    raise _Undone
        except _Undone:
            heard.refused(" ".join(str(each[0]) for each in self.errors.values()))
            return False
        heard.about(self.title, changed=changed)
        return True

    def _save(self, name: str, kind: Kind) -> bool:
        """Save one of them, if it is another than before, and say whether it is."""
        text = self._text(name, kind)
        if kind.secret and not text:
            return False  # an empty field keeps the secret
        if not kind.secret and text == _typed(self.now[name]):
            return False
        try:
            default.change(name, text)
        except Refused as refused:
            self.add_error(name, str(refused))
        return True

    def _text(self, name: str, kind: Kind) -> str:
        given = str(self.data.get(name, ""))
        if isinstance(kind.value, bool):
            return "yes" if given else "no"
        return given if kind.secret else given.replace("\r\n", "\n").strip()


def groups() -> list[str]:
    """Their titles, in the table's order."""
    return list(dict.fromkeys(kind.group for kind in KINDS.values()))


def _field(name: str, kind: Kind, now: Any) -> forms.Field:
    """What it is typed into. What it may be is judged by ``default.change`` alone."""
    common: dict[str, Any] = {"label": words(name), "help_text": kind.help, "required": False}
    plain = {"autocapitalize": "none", "spellcheck": "false", "autocomplete": "off"}
    if kind.secret:
        attrs = {"autocomplete": "new-password", "placeholder": "set" if now == default.SET else "not set"}
        return forms.CharField(widget=forms.PasswordInput(attrs=attrs), strip=False, **common)
    if isinstance(kind.value, bool):
        return forms.BooleanField(**common)
    if name in CHOICES:
        return forms.CharField(widget=forms.Select(choices=CHOICES[name]), **common)
    if kind.long:
        return forms.CharField(widget=forms.Textarea(attrs={"rows": 10}), **common)
    if isinstance(kind.value, int):
        return forms.CharField(widget=forms.TextInput(attrs={"inputmode": "numeric", **plain}), **common)
    return forms.CharField(widget=forms.TextInput(attrs=plain), **common)


def words(name: str) -> str:
    """A setting's name as people read it."""
    return name.replace("_", " ").capitalize().replace("Openid", "OpenID")


def _typed(value: Any) -> str:
    """A value as one would type it."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value).strip()


def _shown(name: str, kind: Kind) -> str:
    """What it was when Aegir came, in words."""
    if kind.long:
        return "the text that came with Aegir"
    if name in CHOICES:
        return f"«{dict(CHOICES[name])[kind.value]}»"
    return _typed(kind.value) or "empty"
