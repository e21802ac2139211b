"""What people may read of a task while it runs, and what nobody may."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from aegir.engine import admission, log
from aegir.engine.journal import Journal
from aegir.engine.log import TaskLog
from aegir.engine.step import Level
from aegir.models.task import Task
from tests.recipes import anything

pytestmark = pytest.mark.django_db
Cook = Callable[..., Task]


@pytest.fixture
def task() -> Task:
    task = anything.ask(by="alice")
    admission.admit("w", 1)
    admission.start(task.pk, "token", {})
    return task


@pytest.fixture
def writing(task: Task) -> TaskLog:
    return TaskLog(Journal(task.pk, "token"))


def texts(task: Task) -> list[str]:
    return list(task.lines.values_list("text", flat=True))


def test_a_line_knows_its_level_and_its_step(task: Task, writing: TaskLog) -> None:
    writing.position = 3
    writing.line("Reload nginx", Level.NOTICE)
    assert task.lines.values_list("text", "level", "step").get() == ("Reload nginx", "notice", 3)


def test_newlines_make_several_lines_and_empty_ones_none(task: Task, writing: TaskLog) -> None:
    writing.line("one \n\n  two\r\nthree\n")
    writing.line(" \n")
    assert texts(task) == ["one", "  two", "three"]


def test_warnings_are_counted(task: Task, writing: TaskLog) -> None:
    writing.line("careful\nagain", Level.WARNING)
    writing.line("really", Level.WARNING)
    writing.line("dead", Level.ERROR)
    task.refresh_from_db()
    assert task.warnings == 2


@pytest.mark.parametrize(
    "text",
    [
        'password is p@ss/word"9',
        "mysql://root:p%40ss%2Fword%229@localhost",
        'sent {"password": "p@ss/word\\"9"}',
    ],
)
def test_a_secret_is_masked_however_it_is_spelt(task: Task, writing: TaskLog, text: str) -> None:
    writing.mask('p@ss/word"9')
    writing.line(text)
    assert log.MASK in texts(task)[0]
    assert "word" not in texts(task)[0].replace("password", "")


def test_each_line_of_a_long_secret_is_masked(task: Task, writing: TaskLog) -> None:
    writing.mask("-----BEGIN-----\nabcdefghijkl\n")
    writing.line("key: abcdefghijkl")
    assert texts(task) == ["key: •••"]


def test_of_two_secrets_the_longer_is_masked_whole(task: Task, writing: TaskLog) -> None:
    writing.mask("abc")
    writing.mask("abcdef")
    writing.mask("")
    writing.line("abcdef abc")
    assert texts(task) == ["••• •••"]


def test_secrets_are_masked_in_errors_tracebacks_and_remedies(cook: Cook) -> None:
    say = ["Say", {"text": "hello", "secret": "hunter2hunter2"}]
    for error in ("Broken", "TypeError"):
        task = cook(say, ["Fail", {"error": error, "sentence": "wrong password hunter2hunter2"}])
        assert "wrong password •••" in task.error
        assert not task.lines.filter(text__contains="hunter2").exists()
        assert not task.steps.filter(error__contains="hunter2").exists()
    task = cook(["Settle", {"mark": "s"}], say, ["Fail", {"sentence": "wrong password hunter2hunter2"}])
    assert "wrong password •••" in task.remedy


def test_a_task_with_warnings_ends_warned(cook: Cook) -> None:
    assert cook(["Say", {"text": "careful", "level": "warning"}]).state == Task.State.WARNED


def test_progress_is_shown_but_not_more_often_than_one_can_follow(
    task: Task, writing: TaskLog, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(log, "PROGRESS_EVERY", 1000.0)
    for done, shown in [(1, [1, 9]), (2, [1, 9]), (9, [9, 9])]:
        writing.progress(done, 9)
        task.refresh_from_db()
        assert task.progress == shown


def test_progress_ends_with_its_step(cook: Cook) -> None:
    assert cook(["Say", {"text": "hello"}]).progress == []
