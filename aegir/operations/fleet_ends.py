"""What became of a site's task, written into its row: moved, failed, gone back."""

from __future__ import annotations

from django.db.models import Q, QuerySet

from aegir.engine.runner import INTERRUPTED
from aegir.models import Fleet, FleetSite, Pair, Task

Turn = FleetSite.State
GOOD = (Task.State.SUCCEEDED, Task.State.WARNED)
REHEARSAL, MOVE, RETURN = "site_rehearse", "site_migrate", "site_undo"
DEATHS = 3
"""How many processes of one site's may die before that counts as a failure."""
OPERATIONS = (REHEARSAL, MOVE, RETURN)


def adopt(task: Task) -> None:
    """Somebody tried a site's failed task again by hand: the new one is the site's from now on."""
    if task.retry_of_id:
        old = FleetSite.objects.filter(task=task.retry_of_id, state__in=[Turn.FAILED, Turn.AWAY])
        old.update(task=task)


def settle(fleet: Fleet) -> None:
    """Write down what became of every task that is over, also of one that was taken up again afterwards."""
    for row in _unsettled(fleet):
        if row.task is None:
            _lost(fleet, row)
        elif row.task.state in GOOD and row.task.result.get("good") is not False:
            _well(fleet, row, row.task)
        else:
            _ill(fleet, row, row.task)


def _unsettled(fleet: Fleet) -> QuerySet[FleetSite]:
    at_work = Q(state__in=FleetSite.AT_WORK) & (Q(task=None) | Q(task__state__in=Task.OVER))
    # A rehearsal that found something succeeded too; a stuck task may be resumed, and then all is well.
    late = Q(state__in=[Turn.FAILED, Turn.AWAY], task__state__in=GOOD) & ~Q(task__operation=REHEARSAL)
    rows = fleet.sites.filter(at_work | late)
    return rows.select_related("task", "site__platform").order_by("position")


def _well(fleet: Fleet, row: FleetSite, task: Task) -> None:
    if task.operation == REHEARSAL:
        row.rehearsed = True
        row.become(Turn.SKIPPED if _closed(fleet) else Turn.WAITING, _called_off(fleet))
    elif task.operation == MOVE:
        row.pair = Pair.objects.filter(site=row.site_id, task=task.pk, state=Pair.State.KEPT).first()
        row.become(Turn.MOVED)
    else:
        row.become(Turn.RETURNED)


def _ill(fleet: Fleet, row: FleetSite, task: Task) -> None:
    if _interrupted(fleet, row, task):
        # Not the site's fault: the machine went down, or the worker was killed. Its turn comes again.
        if task.operation == RETURN:
            row.become(Turn.MOVED)
        else:
            row.become(Turn.SKIPPED if _closed(fleet) else Turn.WAITING, _called_off(fleet))
    elif task.state == Task.State.CANCELLED and not task.remedy:
        _cancelled(fleet, row, task)
    elif task.operation == RETURN:
        row.become(Turn.AWAY, why(task))
    else:
        if task.operation == REHEARSAL:
            row.rehearsed = False
        row.become(Turn.FAILED, why(task))


def _interrupted(fleet: Fleet, row: FleetSite, task: Task) -> bool:
    """Whether its process died, and not so often that it must be the site's own doing."""
    if task.state != Task.State.FAILED or task.error != INTERRUPTED or row.state not in FleetSite.AT_WORK:
        return False
    died = Task.objects.filter(
        subject_kind="site", subject_id=row.site_id, operation=task.operation, error=INTERRUPTED,
        asked_at__gte=fleet.created_at,
    )  # fmt: skip
    return died.count() <= DEATHS


def _cancelled(fleet: Fleet, row: FleetSite, task: Task) -> None:
    """Nobody's failure: somebody did not want it."""
    said = _called_off(fleet) or f"{task.cancel_by} cancelled its task {task.pk}."
    if task.operation == RETURN:
        row.excused = True
        # With the whole called off it simply stays moved, as those do whose turn never came.
        row.become(Turn.MOVED if fleet.state == Fleet.State.CANCELLED else Turn.AWAY, said)
    else:
        row.become(Turn.SKIPPED, said)


def _lost(fleet: Fleet, row: FleetSite) -> None:
    """Its task is not in the ledger any more: where the site is says how it ended."""
    said = "Its task is no longer in the ledger."
    moved = row.site.platform_id == fleet.target_id
    if row.state == Turn.RETURNING:
        row.become(Turn.AWAY if moved else Turn.RETURNED, said)
    elif row.state == Turn.MOVING and moved:
        row.become(Turn.MOVED, said)
    else:
        row.become(Turn.FAILED, said)


def why(task: Task) -> str:
    """Why a task did not go well, as a row keeps it."""
    if task.state in GOOD:
        return str(task.result.get("verdict") or "The rehearsal found something: see its report.")
    stuck = f"Task {task.pk} is stuck: " if task.state == Task.State.STUCK else ""
    return f"{stuck}{task.error or task.remedy or 'It failed: see its log.'}"


def _closed(fleet: Fleet) -> bool:
    """Whether no further site will be moved."""
    return fleet.state == Fleet.State.CANCELLED or fleet.back


def _called_off(fleet: Fleet) -> str:
    if fleet.state == Fleet.State.CANCELLED:
        return "The move of the fleet was cancelled."
    return "The fleet goes back." if fleet.back else ""
