"""Optional parts over the API."""

from __future__ import annotations

from ninja import Router, Schema

from aegir import access
from aegir.access import heard
from aegir.api.auth import Asked
from aegir.api.schema import ERRORS, Body
from aegir.models import feature

router = Router(tags=["features"])


class FeatureAnswer(Schema):
    name: str
    title: str
    help: str
    needs: list[str]
    """Parts without which it makes no sense, by name."""
    on: bool
    default: bool
    """As long as nobody switches it."""

    @classmethod
    def of(cls, name: str, on: bool) -> FeatureAnswer:
        part = feature.PARTS[name]
        return cls(
            name=name, title=part.title, help=part.help, needs=list(part.needs), on=on, default=part.on
        )


class FeaturesAnswer(Schema):
    items: list[FeatureAnswer]


class Switch(Body):
    on: bool


@router.get("", response={200: FeaturesAnswer, **ERRORS})
def list_features(request: Asked) -> FeaturesAnswer:
    """Every optional part, and whether it is on."""
    access.require(request.auth, "feature_see")
    return FeaturesAnswer(items=[FeatureAnswer.of(name, on) for name, on in feature.states().items()])


@router.get("/{name}", response={200: FeatureAnswer, **ERRORS})
def show_feature(request: Asked, name: str) -> FeatureAnswer:
    """One optional part."""
    access.require(request.auth, "feature_see")
    return FeatureAnswer.of(access.part(name), feature.on(name))


@router.put("/{name}", response={200: FeatureAnswer, **ERRORS})
def switch_feature(request: Asked, name: str, body: Switch) -> FeatureAnswer:
    """Switch a part; what is off is gone from pages, API and command line."""
    access.require(request.auth, "feature_switch")
    heard.about(access.part(name), on=body.on)
    feature.switch(name, body.on)
    return FeatureAnswer.of(name, feature.on(name))
