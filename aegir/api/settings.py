"""Defaults that the operator may change, over the API."""

from __future__ import annotations

from ninja import Router, Schema

from aegir import access
from aegir.api.auth import Asked
from aegir.api.schema import ERRORS, Body
from aegir.models import default

router = Router(tags=["settings"])


class SettingAnswer(Schema):
    name: str
    value: bool | int | str
    default: bool | int | str
    """As long as nobody changes it."""
    help: str
    group: str
    """What it concerns, for people."""
    secret: bool
    """Whether its value is never shown."""

    @classmethod
    def of(cls, name: str) -> SettingAnswer:
        kind = default.KINDS[name]
        said = {"value": default.value(name), "default": kind.value, "help": kind.help}
        return cls(name=name, **said, group=kind.group, secret=kind.secret)


class SettingsAnswer(Schema):
    items: list[SettingAnswer]


class NewValue(Body):
    value: str
    """As a person types it: yes, 30, example.org."""


@router.get("", response={200: SettingsAnswer, **ERRORS})
def list_settings(request: Asked) -> SettingsAnswer:
    """Every setting."""
    access.require(request.auth, "setting_see")
    return SettingsAnswer(items=[SettingAnswer.of(name) for name in default.KINDS])


@router.get("/{name}", response={200: SettingAnswer, **ERRORS})
def show_setting(request: Asked, name: str) -> SettingAnswer:
    """One setting."""
    access.require(request.auth, "setting_see")
    return SettingAnswer.of(access.setting(name))


@router.put("/{name}", response={200: SettingAnswer, **ERRORS})
def change_setting(request: Asked, name: str, body: NewValue) -> SettingAnswer:
    """Change a setting; what runs goes on with the old one."""
    access.require(request.auth, "setting_change")
    default.change(access.setting(name), body.value)
    return SettingAnswer.of(name)
