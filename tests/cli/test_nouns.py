"""Every command of the command line, against the API behind its socket."""

from __future__ import annotations

import pytest
from django.utils import timezone

from aegir.engine import ledger
from aegir.models import Secret, Server, Site, Task
from tests import doors
from tests.cli.conftest import Aegir, Ending, answer


def test_lists_say_what_to_do_when_they_are_empty(aegir: Aegir) -> None:
    assert "aegir site install" in aegir("site", "list").output
    assert "aegir platform add" in aegir("platform", "list").output
    assert "aegir up" in aegir("server", "list").output
    assert "verify" in aegir("package", "list").output
    assert "No tasks yet" in aegir("task", "list").output


def test_lists_are_columns(aegir: Aegir) -> None:
    doors.site()
    doors.task()
    assert aegir("site", "list").output.splitlines()[0].split() == [
        "DOMAIN",
        "STATE",
        "PLATFORM",
        "PROFILE",
        "ADDRESS",
    ]
    assert "d10" in aegir("platform", "list").output
    assert "web: nginx" in aegir("server", "list").output
    assert "node" in aegir("package", "list", "--site", "example.org").output
    assert "site verify example.org" in aegir("task", "list").output


def test_packages_are_searched_by_version_and_leave_as_a_file(aegir: Aegir) -> None:
    site = doors.site()
    doors.package("views", version="7.x-3.9", site=site, enabled=True)
    doors.package("views", version="7.x-3.28", platform=site.platform)
    older = aegir("package", "search", "views", "--older-than", "7.x-3.20", "--on", "sites", "--enabled")
    assert older.output.splitlines()[1].split() == ["views", "module", "7.x-3.9", "yes", "example.org"]
    assert len(older.output.splitlines()) == 2
    new = answer(aegir("package", "list", "--name", "views", "--at-least", "7.x-3.20", "--json"))
    assert [each["platform"] for each in new["items"]] == ["d10"]
    assert "No package is so" in aegir("package", "list", "--name", "views", "--disabled").output
    wrong = aegir("package", "list", "--older-than", "1.0")
    assert wrong.exit_code == 2
    assert "Say of which package" in wrong.stderr
    table = aegir("package", "export", "--name", "views", "--on", "platforms").output
    assert table.splitlines()[1].startswith("module,views,")


def test_platforms_are_listed_by_the_profile_that_they_offer(aegir: Aegir) -> None:
    doors.platform("plain")
    doors.platform("distribution", profiles=["studio"])
    listed = aegir("platform", "list", "--profile", "studio").output
    assert "distribution" in listed
    assert "plain" not in listed
    assert "No platform is so" in aegir("platform", "list", "--profile", "none").output


def test_platforms_are_compared(aegir: Aegir) -> None:
    old, new = doors.platform("old"), doors.platform("new")
    doors.package("views", version="7.x-3.9", platform=old)
    doors.package("views", version="7.x-3.28", platform=new)
    doors.package("node", platform=old)
    doors.package("node", platform=new)
    lines = aegir("platform", "compare", "old", "new").output.splitlines()
    assert [line.split() for line in lines[:2]] == [
        ["PACKAGE", "KIND", "old", "new", "SCHEMA", "WHAT"],
        ["views", "module", "7.x-3.9", "7.x-3.28", "upgrade"],
    ]
    assert lines[2:] == ["1 package is the same on both."]
    assert len(answer(aegir("platform", "compare", "old", "new", "--json"))["rows"]) == 2
    assert len(aegir("platform", "compare", "old", "new", "--csv").output.splitlines()) == 3
    assert aegir("platform", "compare", "old", "nowhere").exit_code == 2


def test_lists_are_the_apis_json_for_programs(aegir: Aegir) -> None:
    doors.site()
    doors.task()
    for noun in ("site", "platform", "server", "package", "task"):
        listed = answer(aegir(noun, "list", "--json"))
        assert listed["count"] == len(listed["items"]) == 1


def test_things_are_shown(aegir: Aegir) -> None:
    doors.site()
    task = doors.task("failed", error="No room.")
    assert "http://example.org:8080/" in aegir("site", "show", "example.org").output
    assert "standard, minimal" in aegir("platform", "show", "d10").output
    Server.objects.update(facts={"room": {"backups": {"path": "/b", "free": 3 * 10**9, "size": 10**11}}})
    server = aegir("server", "show", "localhost").output
    assert "room for backups" in server
    assert "3.0 GB of 100.0 GB free" in server
    shown = aegir("task", "show", str(task.pk)).output
    assert "No room." in shown
    assert "Look at the site" in shown


def test_things_are_shown_as_the_apis_json_for_programs(aegir: Aegir) -> None:
    doors.site()
    task = doors.task()
    assert answer(aegir("site", "show", "example.org", "--json"))["domain"] == "example.org"
    assert answer(aegir("platform", "show", "d10", "--json"))["name"] == "d10"
    assert answer(aegir("server", "show", "localhost", "--json"))["name"] == "localhost"
    assert answer(aegir("task", "show", str(task.pk), "--json"))["id"] == task.pk
    assert answer(aegir("queue", "show", "--json"))["paused"] is False


@pytest.mark.parametrize(
    "command",
    [
        "site verify example.org",
        "site delete example.org --yes --anyway",
        "platform verify d10",
        "server verify localhost",
        "site install new.example.org --platform d10 --profile minimal --language en --db sqlite",
    ],
)
def test_a_verb_tells_its_task_and_how_to_follow_it(aegir: Aegir, command: str) -> None:
    doors.site()
    result = aegir(*command.split())
    assert result.exit_code == 0, result.output
    task = Task.objects.get()
    assert f"aegir task log {task.pk} --follow" in result.output
    assert task.asked_by.endswith("(command line)")


def test_a_verb_tells_its_task_to_programs(aegir: Aegir) -> None:
    doors.site()
    assert answer(aegir("site", "verify", "example.org", "--json"))["state"] == "queued"


@pytest.mark.parametrize(
    ("state", "code", "sentence"),
    [
        ("succeeded", 0, "succeeded."),
        ("warned", 0, "succeeded with warnings"),
        ("failed", 1, "failed and was undone: No room."),
        ("cancelled", 1, "was cancelled."),
        ("stuck", 3, "is stuck: No room. Make room."),
    ],
)
def test_waiting_ends_with_the_tasks_exit_code(
    aegir: Aegir, ending: Ending, state: str, code: int, sentence: str
) -> None:
    doors.site()
    ending(state)
    result = aegir("site", "verify", "example.org", "--wait")
    assert result.exit_code == code, result.output
    assert sentence in result.output
    assert answer(aegir("task", "show", str(Task.objects.get().pk), "--json"))["state"] == state


def test_waiting_prints_only_json_for_programs(aegir: Aegir, ending: Ending) -> None:
    doors.site()
    ending("failed")
    result = aegir("site", "verify", "example.org", "--wait", "--json")
    assert result.exit_code == 1
    assert answer(result)["state"] == "failed"


def test_a_login_waits_and_prints_the_link(aegir: Aegir, ending: Ending) -> None:
    link = "http://example.org:8080/user/reset/1/2/3/login"
    doors.site(login_secret=Secret.seal(link, "login"), login_at=timezone.now())
    ending("succeeded")
    assert aegir("site", "login", "example.org").output == f"{link}\n"
    ending("succeeded")
    assert answer(aegir("site", "login", "example.org", "--json")) == {"login_link": link}


def test_a_login_that_failed_prints_no_link(aegir: Aegir, ending: Ending) -> None:
    doors.site()
    ending("failed")
    result = aegir("site", "login", "example.org")
    assert (result.exit_code, result.stdout) == (1, "")
    assert "No room." in result.stderr


def test_a_log_is_printed_and_cannot_steer_the_terminal(aegir: Aegir) -> None:
    task = doors.task()
    task.lines.create(level="warning", text="\x1b[2Jcleared")
    output = aegir("task", "log", str(task.pk)).output
    assert "all is well" in output
    assert "warning: ?[2Jcleared" in output
    lines = answer(aegir("task", "log", str(task.pk), "--json"))["lines"]
    assert [line["level"] for line in lines] == ["info", "warning"]


def test_following_a_log_ends_as_the_task_did(aegir: Aegir) -> None:
    result = aegir("task", "log", str(doors.task("stuck", error="Oh.").pk), "--follow")
    assert result.exit_code == 3
    assert "kept    Write the vhost" in result.output


def test_a_task_is_cancelled_and_retried(aegir: Aegir) -> None:
    doors.site()
    task = doors.task("queued")
    assert "is cancelled." in aegir("task", "cancel", str(task.pk)).output
    assert "is queued." in aegir("task", "retry", str(task.pk)).output
    assert Task.objects.get(retry_of=task).state == "queued"
    assert (
        answer(aegir("task", "cancel", str(Task.objects.latest("pk").pk), "--wait", "--json"))["state"]
        == "cancelled"
    )


def test_the_queue_is_paused_and_resumed(aegir: Aegir) -> None:
    assert "paused by" in aegir("queue", "pause").output
    assert ledger.paused("main")
    assert "running" in aegir("queue", "resume").output
    assert not ledger.paused("main")


@pytest.mark.parametrize(
    "command",
    [
        ["site", "show", "nowhere.example.org"],
        ["site", "show", ""],
        ["site", "show", ".."],
        ["site", "show", "a/b"],
        ["site", "verify", "nowhere.example.org"],
        ["site", "login", "nowhere.example.org"],
        ["site", "delete", "nowhere.example.org"],
        ["site", "install", "", "--platform", "d10"],
        ["site", "install", "a b", "--platform", "d10"],
        ["site", "install", "a\nb.org", "--platform", "d10"],
        ["site", "install", "x" * 300, "--platform", "d10"],
        ["site", "install", "../../x", "--platform", "d10"],
        ["site", "install", "a'\".org", "--platform", "d10"],
        ["site", "install", "example.org", "--platform", "d10"],
        ["site", "install", "new.example.org", "--platform", "nowhere"],
        ["site", "install", "new.example.org", "--platform", "d10", "--profile", "none"],
        ["site", "install", "new.example.org", "--platform", "d10", "--db", "oracle"],
        ["platform", "add", "d11", "--path", "relative"],
        ["platform", "add", "d11", "--path", "/no/such/place"],
        ["platform", "verify", "nowhere"],
        ["platform", "delete", "d10"],
        ["server", "verify", "nowhere"],
        ["package", "list", "--site", "nowhere.org"],
        ["task", "show", "99"],
        ["task", "cancel", "99"],
        ["task", "retry", "99"],
        ["queue", "pause", "night"],
    ],
)
def test_the_impossible_is_one_sentence_and_changes_nothing(aegir: Aegir, command: list[str]) -> None:
    doors.site()
    before = Site.objects.count()
    result = aegir(*command)
    assert result.exit_code == 2, result.output
    assert result.stdout == ""
    assert result.stderr.startswith("aegir: ")
    assert result.stderr.rstrip().endswith((".", "?"))
    assert len(result.stderr.splitlines()) == 1
    assert not Task.objects.exists()
    assert Site.objects.count() == before


@pytest.mark.parametrize("command", ["site", "site install", "task show seven", "site show", "nothing"])
def test_wrong_arguments_are_told_with_the_usage(aegir: Aegir, command: str) -> None:
    result = aegir(*command.split())
    assert result.exit_code == 2
    assert "Usage: " in result.output
