"""Forms: Django's fields, and the operation's own door as the only judge of what they hold.

A form is checked while somebody types: the browser sends it with ``X-Aegir-Check``, the operation's door says
what it would refuse (nothing is queued), and only the sentences below the fields and the choices that follow
from others are drawn anew. What is being typed is never touched.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from django import forms
from django.core.validators import MaxLengthValidator, MaxValueValidator, MinValueValidator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from aegir import access
from aegir.access import Actor, heard
from aegir.errors import AegirError, Refused

CHECK = "X-Aegir-Check"
Field = TypeVar("Field", bound=forms.Field)


def following(field: Field) -> Field:
    """A field whose choices follow from what other fields hold: it is drawn anew when one of them changes."""
    field.follows = True  # type: ignore[attr-defined]  # read by the templates
    return field


@dataclass(frozen=True)
class First:
    """What must be there before a form makes sense, and where it is made."""

    title: str
    text: str
    address: str = ""
    action: str = ""
    """What the link to that address says."""


class Boxes(forms.CheckboxSelectMultiple):
    """Boxes to tick, as many as one likes."""


class Form(forms.Form):
    """Base of all forms of the panel."""

    template_name = "parts/fields.html"
    more: tuple[str, ...] = ()
    """Fields that are folded away: most people need none of them."""
    first: First | None = None
    """Shown in place of the form where there is nothing to choose from."""

    def __init__(self, actor: Actor, *args: Any, **kwargs: Any) -> None:
        self.actor = actor
        super().__init__(*args, **{"auto_id": "f-%s", "label_suffix": "", **kwargs})
        for name, field in self.fields.items():
            _dress(field, name)

    def arguments(self) -> dict[str, Any]:
        """What the operation is given: cleaned values, empty ones as None."""
        return {name: None if value in ("", []) else value for name, value in self.cleaned_data.items()}

    def refuse(self, refusal: AegirError) -> None:
        """Put the operation's sentence where it belongs."""
        heard.refused(str(refusal))
        field = getattr(refusal, "field", None)
        self.add_error(field if field in self.fields else None, str(refusal))

    @property
    def first_fields(self) -> list[forms.BoundField]:
        return [field for field in self.visible_fields() if field.name not in self.more]

    @property
    def more_fields(self) -> list[forms.BoundField]:
        return [field for field in self.visible_fields() if field.name in self.more]

    @property
    def more_wrong(self) -> bool:
        """Whether something folded away needs to be seen."""
        return any(field.errors for field in self.more_fields)


def _dress(field: forms.Field, name: str) -> None:
    """Tabler's classes, and the ties between a field and what is said about it."""
    widget = field.widget
    if isinstance(widget, forms.CheckboxInput | Boxes):
        widget.attrs.setdefault("class", "form-check-input")
    elif isinstance(widget, forms.Select):
        widget.attrs.setdefault("class", "form-select")
    else:
        widget.attrs.setdefault("class", "form-control")
    if field.help_text:
        widget.attrs["aria-describedby"] = f"help-{name} said-{name}"
    else:
        widget.attrs["aria-describedby"] = f"said-{name}"
    word(field, str(field.label or name.replace("_", " ").capitalize()))


def word(field: forms.Field, label: str) -> None:
    """Sentences of ours in place of Django's, where a field has none of its own."""
    known = field.default_error_messages | forms.Field.default_error_messages
    for code, sentence in _sentences(field, label).items():
        if field.error_messages.get(code) == known.get(code):
            field.error_messages[code] = sentence
    for validator in field.validators:
        if isinstance(validator, MinValueValidator | MaxValueValidator):
            validator.message = field.error_messages["invalid"]
        elif isinstance(validator, MaxLengthValidator):
            validator.message = f"«{label}» is too long: {validator.limit_value} characters at most."


def _sentences(field: forms.Field, label: str) -> dict[str, str]:
    needed = f"«{label}» is needed."
    if isinstance(field, forms.IntegerField):
        least, most = field.min_value, field.max_value
        limits = (
            "" if least is None else f", at least {least}" if most is None else f" from {least} to {most}"
        )
        return {"required": needed, "invalid": f"«{label}» is a whole number{limits}."}
    if isinstance(field, forms.ChoiceField):
        gone = f"«{label}»: what was chosen is not there, or not any more. Choose another."
        return {"required": needed, "invalid_choice": gone}
    return {"required": needed}


def answer(
    request: HttpRequest,
    make: Callable[..., Form],
    act: Callable[[Form], HttpResponse],
    template: str,
    context: Mapping[str, Any],
    *,
    check: Callable[[Form], None] | None = None,
    initial: Mapping[str, Any] | None = None,
) -> HttpResponse:
    """Show a form, check it while it is filled in, or do what it asks for.

    ``make(data=…, initial=…)`` makes the form; ``check(form)`` raises what ``act(form)`` would refuse with,
    and changes nothing. A refusal brings the form back with all that was typed, status 422.
    """
    if request.method != "POST":
        return render(request, template, {**context, "form": make(initial=initial)})
    form = make(data=request.POST, files=request.FILES, initial=initial)
    if request.headers.get(CHECK):
        return _checked(request, form, check)
    if form.is_valid():
        try:
            return act(form)
        except Refused as refusal:
            form.refuse(refusal)
    else:
        heard.refused(str(form.errors.as_data()))
    return render(request, template, {**context, "form": form}, status=422)


def _checked(request: HttpRequest, form: Form, check: Callable[[Form], None] | None) -> HttpResponse:
    heard.nothing()
    if form.is_valid() and check is not None:
        try:
            check(form)
        except AegirError as refusal:
            form.refuse(refusal)
    for name in list(form.errors):
        untouched = name in form.fields and not form.data.get(name)
        if untouched or _drawn_anew(form, name):
            del form.errors[name]
    return render(request, "parts/checked.html", {"form": form})


def _drawn_anew(form: Form, name: str) -> bool:
    """Whether the sentence is about a choice that is gone: those that there are now are shown instead."""
    field = form.fields.get(name)
    return (
        isinstance(field, forms.ChoiceField)
        and hasattr(field, "follows")
        and not field.valid_value(form.data[name])
    )


def of_operation(
    request: HttpRequest,
    actor: Actor,
    operation: str,
    make: Callable[..., Form],
    template: str,
    context: Mapping[str, Any],
    *,
    initial: Mapping[str, Any] | None = None,
    **fixed: Any,
) -> HttpResponse:
    """A form that asks for an operation, with arguments that are ``fixed``; then the task can be watched."""
    from aegir.pages.door import watch

    access.require(actor, operation)

    def given(form: Form) -> dict[str, Any]:
        return {**form.arguments(), **fixed}

    return answer(
        request,
        make,
        lambda form: watch(access.ask(actor, operation, **given(form))),
        template,
        context,
        check=lambda form: access.check(actor, operation, **given(form)),
        initial=initial,
    )
