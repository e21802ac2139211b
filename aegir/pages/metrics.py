"""What Prometheus reads: collected anew for each request. No site's name is among the labels, since there
may be ten thousand of them."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Mapping
from importlib.metadata import version
from itertools import accumulate, groupby
from typing import Any

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    InfoMetricFamily,
    Metric,
)
from prometheus_client.registry import Collector

from aegir.models import Tally, Worker, measures
from aegir.models.tally import BOUNDS


def text() -> bytes:
    """All metrics in the text format of Prometheus."""
    registry = CollectorRegistry()
    registry.register(_Collector())
    return generate_latest(registry)


class _Collector(Collector):
    def describe(self) -> Iterable[Metric]:
        """Nothing beforehand: registering would collect once for naught."""
        return []

    def collect(self) -> Iterator[Metric]:
        began = time.perf_counter()
        yield InfoMetricFamily("aegir", "Which Aegir this is.", value={"version": version("aegir")})
        yield from _tasks()
        yield from _ended()
        yield from _things()
        yield from _machinery()
        took = time.perf_counter() - began
        yield GaugeMetricFamily("aegir_scrape_seconds", "How long collecting these took.", took)


def _tasks() -> Iterator[Metric]:
    yield _gauge("aegir_tasks", "Tasks that are not settled.", ("queue", "state"), measures.tasks())
    waiting = {(queue,): seconds for queue, seconds in measures.waiting().items()}
    yield _gauge("aegir_task_oldest_waiting_seconds", "Since when a task is queued.", ("queue",), waiting)


def _ended() -> Iterator[Metric]:
    """Totals of all time, from a table of their own: they do not fall when old tasks are removed."""
    rows = list(Tally.objects.order_by("operation", "state"))
    ended = CounterMetricFamily("aegir_tasks_ended", "Tasks that ended.", labels=("operation", "state"))
    took = HistogramMetricFamily("aegir_task_seconds", "How long tasks took.", labels=("operation",))
    for row in rows:
        ended.add_metric((row.operation, row.state), row.count)
    for operation, same in groupby(rows, key=lambda row: row.operation):
        alike = [row for row in same if row.classes]
        if alike:
            counts = list(accumulate(map(sum, zip(*(row.classes for row in alike), strict=True))))
            ends = [*map(str, BOUNDS), "+Inf"]
            buckets = list(zip(ends, map(float, counts), strict=True))
            took.add_metric((operation,), buckets, sum(row.seconds for row in alike))
    yield ended
    yield took


def _things() -> Iterator[Metric]:
    sites = {(state,): count for state, count in measures.sites().items()}
    yield _gauge("aegir_sites", "Sites.", ("state",), sites)
    platforms = {(state,): count for state, count in measures.platforms().items()}
    yield _gauge("aegir_platforms", "Platforms.", ("state",), platforms)
    within = measures.backups()
    total = within.pop(0)
    yield GaugeMetricFamily("aegir_sites_to_back_up", "Sites that are enabled or disabled.", total)
    fresh = {(str(days),): count for days, count in within.items()}
    yield _gauge("aegir_sites_backed_up", "Those with a backup of the last so many days.", ("days",), fresh)
    newest = measures.newest_backup()
    if newest is not None:
        yield GaugeMetricFamily(
            "aegir_backup_newest_age_seconds", "Age of the newest of all backups.", newest
        )


def _machinery() -> Iterator[Metric]:
    yield GaugeMetricFamily("aegir_workers", "Workers that are there.", Worker.alive().count())
    schedules = measures.schedules()
    late = {(name,): seconds for name, (seconds, _) in schedules.items()}
    yield _gauge("aegir_schedule_late_seconds", "By how much a schedule is late.", ("schedule",), late)
    failing = {(name,): float(fails) for name, (_, fails) in schedules.items()}
    yield _gauge("aegir_schedule_failing", "Whether its last turn came to nothing.", ("schedule",), failing)
    yield _gauge("aegir_messages", "Messages not delivered.", ("kind", "state"), measures.messages())


def _gauge(name: str, meaning: str, labels: tuple[str, ...], values: Mapping[Any, float]) -> Metric:
    family = GaugeMetricFamily(name, meaning, labels=labels)
    for label, value in values.items():
        family.add_metric(label, value)
    return family
