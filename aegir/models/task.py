"""The ledger's rows: tasks, their steps, lines and keys. The only truth about what was done."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.db import models
from django.db.models import F, Q
from django.utils import timezone


class Queue(models.Model):
    """Where tasks wait. A row exists only once a queue was paused."""

    name = models.CharField(max_length=40, unique=True)
    paused = models.BooleanField(default=False)
    paused_by = models.CharField(max_length=200, blank=True)

    def __str__(self) -> str:
        return self.name


class Task(models.Model):
    """One run of an operation."""

    class State(models.TextChoices):
        QUEUED = "queued", "queued"
        RUNNING = "running", "running"
        SUCCEEDED = "succeeded", "succeeded"
        WARNED = "warned", "succeeded with warnings"
        FAILED = "failed", "failed and undone"
        STUCK = "stuck", "failed and stuck"
        CANCELLED = "cancelled", "cancelled"

    OVER = (State.SUCCEEDED, State.WARNED, State.FAILED, State.STUCK, State.CANCELLED)

    operation = models.CharField(max_length=60)
    """Module name below the operations: ``site_install``."""
    subject_kind = models.CharField(max_length=20)
    subject_id = models.BigIntegerField(null=True)
    subject_name = models.CharField(max_length=300)
    """As it was called when the task was asked for."""
    arguments: models.JSONField[Any, Any] = models.JSONField(default=dict)
    """What ``ask`` was given, so that a retry goes through the same door. No secrets."""
    dry_run = models.BooleanField(default=False)
    """Only look, and say what each step found; nothing is changed."""
    result: models.JSONField[Any, Any] = models.JSONField(default=dict)
    """What it found out, for people and programs: a report, a list. No secrets."""
    queue = models.CharField(max_length=40, default="main")
    priority = models.SmallIntegerField(default=0)
    """Higher first."""
    state = models.CharField(max_length=10, choices=State.choices, default=State.QUEUED)
    committed = models.BooleanField(default=False)
    """Past the point of no return: from here only forward."""
    warnings = models.PositiveIntegerField(default=0)
    error = models.TextField(blank=True)
    """Why it failed, one sentence."""
    remedy = models.TextField(blank=True)
    """What a person must do about a stuck task."""
    progress: models.JSONField[Any, Any] = models.JSONField(default=list)
    """[done, total] within the running step; [] when the step does not say."""
    cancel_by = models.CharField(max_length=200, blank=True)
    """Who asked to cancel; "" when nobody did."""
    asked_by = models.CharField(max_length=200)
    retry_of = models.ForeignKey("self", null=True, on_delete=models.SET_NULL, related_name="retries")
    asked_at = models.DateTimeField(auto_now_add=True)
    started_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)

    attempt = models.PositiveIntegerField(default=0)
    """How many times a worker took it up."""
    token = models.CharField(max_length=32, blank=True)
    """Of the attempt that may write now; "" when none may."""
    worker = models.CharField(max_length=200, blank=True)
    lease_until = models.DateTimeField(null=True)
    process: models.JSONField[Any, Any] = models.JSONField(default=dict)
    """The running attempt's process group: host, boot, group, started."""

    class Meta:
        indexes = [
            models.Index(fields=["state", "-priority", "id"], name="task_admission"),
            models.Index(fields=["subject_kind", "subject_id", "-id"], name="task_history"),
            # Not by queue first: nearly all are in one, and databases would go through it all the same.
            models.Index(fields=["state", "queue", "-id"], name="task_in_state"),
            models.Index(fields=["state", "ended_at"], name="task_over_in_state"),
        ]

    def __str__(self) -> str:
        return f"task {self.pk} ({self.operation} {self.subject_name})"

    @property
    def over(self) -> bool:
        return self.state in self.OVER


class TaskKey(models.Model):
    """A thing that a task needs alone, or shared with others that also only share it."""

    task = models.ForeignKey(Task, on_delete=models.CASCADE, related_name="keys")
    key = models.CharField(max_length=100)
    """As ``site:12``."""
    shared = models.BooleanField(default=False)
    held = models.BooleanField(default=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["task", "key"], name="key_once_a_task"),
            models.UniqueConstraint(
                fields=["key"], condition=Q(held=True, shared=False), name="key_held_alone_once"
            ),
        ]
        indexes = [models.Index(fields=["key", "held"], name="key_held")]

    def __str__(self) -> str:
        return self.key


class TaskStep(models.Model):
    """One line of a task's journal."""

    class State(models.TextChoices):
        WAITING = "waiting", "waiting"
        DOING = "doing", "doing"
        DONE = "done", "done"
        KEPT = "kept", "already as wanted"
        UNDOING = "undoing", "undoing"
        UNDONE = "undone", "undone"
        STUCK = "stuck", "could not be undone"

    task = models.ForeignKey(Task, on_delete=models.CASCADE, related_name="steps")
    position = models.PositiveSmallIntegerField()
    path = models.CharField(max_length=200)
    """``module:Class``."""
    arguments: models.JSONField[Any, Any] = models.JSONField(default=dict)
    summary = models.CharField(max_length=500)
    state = models.CharField(max_length=10, choices=State.choices, default=State.WAITING)
    before: models.JSONField[Any, Any] = models.JSONField(null=True)
    """What ``look`` saw before ``do``."""
    found: models.JSONField[Any, Any] = models.JSONField(null=True)
    """What ``do`` returned."""
    forgotten = models.BooleanField(default=False)
    error = models.TextField(blank=True)
    started_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["position"]
        constraints = [models.UniqueConstraint(fields=["task", "position"], name="step_position_once_a_task")]

    def __str__(self) -> str:
        return self.summary


class TaskLine(models.Model):
    """One line of a task's log."""

    task = models.ForeignKey(Task, on_delete=models.CASCADE, related_name="lines")
    step = models.PositiveSmallIntegerField(null=True)
    """Position of the step that wrote it; None for the runner's own."""
    level = models.CharField(max_length=10)
    text = models.TextField()
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["id"]

    def __str__(self) -> str:
        return self.text


class Schedule(models.Model):
    """Something asked for again and again."""

    name = models.CharField(max_length=100, unique=True)
    operation = models.CharField(max_length=60)
    arguments: models.JSONField[Any, Any] = models.JSONField(default=dict)
    every = models.DurationField()
    next_at = models.DateTimeField()
    enabled = models.BooleanField(default=True)
    last_error = models.TextField(blank=True)

    class Meta:
        indexes = [models.Index(F("next_at"), condition=Q(enabled=True), name="schedule_due")]

    def __str__(self) -> str:
        return self.name


class Worker(models.Model):
    """A worker process, and when it last said that it is there."""

    name = models.CharField(max_length=200, unique=True)
    slots = models.PositiveIntegerField()
    beat_at = models.DateTimeField()

    MISSED = timedelta(seconds=10)
    """A worker that says nothing for so long is not there."""
    FORGOTTEN = timedelta(days=1)

    def __str__(self) -> str:
        return self.name

    @classmethod
    def beat(cls, name: str, slots: int) -> None:
        """A sign of life, which also clears away those of workers that are long gone."""
        now = timezone.now()
        cls.objects.update_or_create(name=name, defaults={"slots": slots, "beat_at": now})
        cls.objects.filter(beat_at__lt=now - cls.FORGOTTEN).delete()

    @classmethod
    def alive(cls) -> models.QuerySet[Worker]:
        """The workers that are there now."""
        return cls.objects.filter(beat_at__gt=timezone.now() - cls.MISSED)
