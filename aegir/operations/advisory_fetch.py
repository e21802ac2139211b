"""Ask the feed which of the packages that sites and platforms have are known to be vulnerable. Daily by
schedule, or when somebody asks."""

from __future__ import annotations

from aegir.engine import ledger
from aegir.engine.ledger import Key, Subject
from aegir.engine.step import Step
from aegir.errors import Refused
from aegir.models import Task, affected, default, feature
from aegir.models.constraints import SEMANTIC, SEVEN
from aegir.steps.record_advisories import FetchAdvisories

TITLE = "Fetch advisories"
ACTIVE = (Task.State.QUEUED, Task.State.RUNNING)


def plan(task: Task) -> list[Step]:
    # Where there is no network it would fail every day; whoever asks himself shall know.
    patient = task.asked_by == "schedule"
    steps: list[Step] = []
    for api, feed in feeds().items():
        packages = tuple(affected.known(api))
        if packages or api == SEMANTIC:
            steps.append(FetchAdvisories(feed, packages, api, patient))
    return steps


def feeds() -> dict[int, str]:
    """Who tells of packages that count so; "" where nobody is to be asked."""
    return {
        SEMANTIC: str(default.value("advisories_feed")),
        SEVEN: str(default.value("advisories_feed_7")),
    }


def ask(*, by: str) -> Task:
    """Queue the question."""
    if not feature.on("advisories") or not any(feeds().values()):
        raise Refused(
            "Nobody is asked for advisories: name a feed in the setting advisories_feed first.",
            field="advisories_feed",
        )
    under_way = Task.objects.filter(operation="advisory_fetch", state__in=ACTIVE).first()
    if under_way is not None:
        raise Refused(f"Advisories are being fetched already, by task {under_way.pk}.")
    subject, keys = Subject("ledger", None, "advisories"), [Key("ledger:advisories")]
    return ledger.ask("advisory_fetch", subject=subject, keys=keys, by=by, priority=-10)
