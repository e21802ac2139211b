"""What can be done to a fleet now, and in words why the rest cannot: from its rows alone."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from aegir.models.fleet import Fleet, FleetSite

State, Site = Fleet.State, FleetSite.State
Rule = Callable[[Fleet, Mapping[str, int]], str]


def reasons(fleet: Fleet, counts: Mapping[str, int]) -> dict[str, str]:
    """For everything that can be asked of a fleet a sentence that says why it is not possible now; "" where
    it is. ``counts`` are the fleet's own."""
    return {verb: rule(fleet, counts) for verb, rule in RULES.items()}


def _start(fleet: Fleet, counts: Mapping[str, int]) -> str:
    if fleet.state == State.COMPARING:
        return "" if not fleet.begins else "It starts by itself once all sites are compared."
    if fleet.resumes == State.COMPARING and not fleet.over:
        return "Its sites were not compared yet: let it go on first."
    if fleet.state != State.READY:
        return f"It was started already and is {fleet.get_state_display()}."
    return "" if counts[Site.WAITING] else "None of its sites can be moved: see what speaks against it."


def _pause(fleet: Fleet, counts: Mapping[str, int]) -> str:
    if fleet.state == State.PAUSED:
        return "It is paused already."
    if fleet.state == State.COMPARING or not fleet.going:
        return f"It is {fleet.get_state_display()}: nothing goes on that could be paused."
    return ""


def _resume(fleet: Fleet, counts: Mapping[str, int]) -> str:
    if fleet.state in (State.PAUSED, State.STOPPED):
        return ""
    return f"Only what is paused or stopped can go on; it is {fleet.get_state_display()}."


def _cancel(fleet: Fleet, counts: Mapping[str, int]) -> str:
    return f"It is over already ({fleet.get_state_display()})." if fleet.over else ""


def _undo(fleet: Fleet, counts: Mapping[str, int]) -> str:
    if fleet.state == State.UNDOING:
        return "It is going back already."
    if fleet.back and not fleet.over:
        return f"It is {fleet.get_state_display()} on its way back: let it go on instead."
    if counts[Site.MOVED] or counts[Site.MOVING]:
        return ""
    return "Nothing was moved, so there is nothing to take back."


def _retry(fleet: Fleet, counts: Mapping[str, int]) -> str:
    if fleet.state == State.CANCELLED:
        return "It was cancelled: ask for a new move of what is left."
    if fleet.state == State.COMPARING:
        return "Its sites are being compared."
    if fleet.back:
        return "" if counts[Site.AWAY] else "All that was to go back did, or is still at it."
    if counts[Site.FAILED] or counts[Site.BLOCKED] or counts[Site.SKIPPED]:
        return ""
    return "Nothing failed or was left out, so there is nothing to try again."


RULES: dict[str, Rule] = {
    "start": _start,
    "pause": _pause,
    "resume": _resume,
    "cancel": _cancel,
    "undo": _undo,
    "retry": _retry,
}
