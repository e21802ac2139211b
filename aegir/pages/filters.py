"""What templates need to know that rows don't say."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, tzinfo
from functools import cache
from html import escape
from typing import Protocol

from django import template
from django.http import HttpRequest
from django.templatetags.static import static
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.timezone import get_current_timezone, now

from aegir import access
from aegir.engine import recipe
from aegir.errors import Refused
from aegir.models import Task, TaskStep
from aegir.models.wording import Line
from aegir.pages.door import actor_of

register = template.Library()


@register.simple_tag
@cache
def icon(name: str) -> SafeString:
    """A picture of the sprite, which says nothing that the words beside it don't."""
    drawn = '<svg class="icon" aria-hidden="true" focusable="false"><use href="{}#{}"/></svg>'
    return format_html(drawn, static("icons.svg"), name)


_DOT = '<span class="dot" aria-hidden="true"></span>'
_SPINNER = '<span class="spinner" aria-hidden="true"></span>'


class Stated(Protocol):
    """A row with a state that is one of its choices."""

    state: str

    def get_state_display(self) -> str: ...


@register.simple_tag
def state(row: Stated) -> SafeString:
    """Its state, with the mark that goes with it. No template of its own: lists have fifty of them."""
    mark = _SPINNER if row.state in ("running", "making") else _DOT
    said = escape(row.get_state_display())
    return mark_safe(f'<span class="state is-{escape(row.state)}">{mark}{said}</span>')


@register.filter(expects_localtime=True)
def minute(at: datetime | None) -> str:
    """A moment as lists show it, in local time; "" where there was none."""
    return at.isoformat(" ", "minutes")[:16] if at else ""


@register.filter
def operation(name: str) -> str:
    """An operation as its recipe calls it; of a recipe that is gone, its name."""
    try:
        return recipe.load(name).title
    except Refused:
        return name.replace("_", " ")


@register.filter
def told(text: str, request: HttpRequest) -> str:
    """What is told of a task, as whoever asks for the page reads it."""
    actor = actor_of(request)
    return access.wording(actor).text(text) if actor else ""


@register.simple_tag
def about(task: Task, subjects: Mapping[tuple[str, int | None], str]) -> SafeString | str:
    """What the task is about, with a way to its page as long as that lives."""
    address = subjects.get((task.subject_kind, task.subject_id))
    return format_html('<a href="{}">{}</a>', address, task.subject_name) if address else task.subject_name


@register.filter
def spaced(name: str) -> str:
    """A name of the code as people read it: «site migrate»."""
    return name.replace("_", " ")


@register.filter
def outcome(state: str) -> str:
    """How a task ended, in words."""
    return dict(Task.State.choices).get(state, state)


@register.simple_tag
def log(lines: Iterable[Line]) -> SafeString:
    """Lines of a task's log. Not a template's loop: there are a thousand of them, and many who watch."""
    zone = get_current_timezone()
    return mark_safe("".join(_line(line, zone) for line in lines))


def _line(line: Line, zone: tzinfo) -> str:
    level, at = escape(line.level), line.at.astimezone(zone).isoformat()
    loud = f'<strong class="level">{level}</strong> ' if line.level in ("warning", "error") else ""
    return (
        f'<li class="{level}" id="line-{line.id}"><time datetime="{at}">{at[11:19]}</time> '
        f"<span>{loud}{escape(line.text)}</span></li>\n"
    )


@register.filter
def took(run: Task | TaskStep) -> str:
    """How long it ran, or has been running."""
    if run.started_at is None:
        return ""
    seconds = ((run.ended_at or now()) - run.started_at).total_seconds()
    if seconds < 60:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest} s"
