"""What open pages are told as it happens, and what not."""

from __future__ import annotations

import asyncio
import time

import pytest
from asgiref.sync import async_to_sync
from django.db import OperationalError
from django.test import AsyncClient

from aegir.models import AuditEntry, Task, TaskStep, User
from aegir.pages import stream, watching
from aegir.pages.ledger_watch import Looking, News
from tests import doors
from tests.pages.streams import PATIENCE, aside, browser, opened, played

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_stream_is_not_for_strangers() -> None:
    task = doors.task()
    for client in (AsyncClient(), browser("charlie")):
        for about in (f"task:{task.pk}", "sites", "tasks", "queues"):
            assert async_to_sync(client.get)(f"/live?about={about}").status_code == 204, about


@pytest.mark.parametrize(
    "about", ["", "nothing", "site:x", "site:", "site:99", "task:99", "task:" + "9" * 30]
)
def test_what_no_page_is_about_has_no_stream(about: str) -> None:
    assert async_to_sync(browser().get)(f"/live?about={about}").status_code == 204


def test_a_list_is_told_once_something_happens_to_it() -> None:
    site = doors.site()
    client = browser()

    async def play() -> None:
        async with opened(client, "sites") as sites, opened(client, f"site:{site.pk}") as own:
            await sites.ready()
            await own.ready()
            task = await aside(doors.task)("queued", subject_id=site.pk)
            assert (await sites.event())[0] == "changed"
            assert (await own.event())[0] == "changed"
            await aside(Task.objects.filter(pk=task.pk).update)(state="running")
            await aside(TaskStep.objects.filter(task=task).update)(state="doing")
            assert (await own.event())[0] == "changed"

    played(play)


@pytest.mark.parametrize("about", ["home", "tasks", "sites", "platforms", "queues", "backups", "packages"])
def test_every_page_of_a_noun_hears_of_it(about: str) -> None:
    platform = doors.platform()
    site = doors.site(on=platform)
    client = browser()

    async def play() -> None:
        async with opened(client, about) as heard:
            await heard.ready()
            kind, number = ("platform", platform.pk) if about == "platforms" else ("site", site.pk)
            await aside(doors.task)("queued", subject_kind=kind, subject_id=number)
            assert (await heard.event())[0] == "changed"

    played(play)


def test_what_people_change_without_a_task_is_told_too() -> None:
    doors.platform()
    client = browser()

    async def play() -> None:
        async with opened(client, "platforms") as platforms, opened(client, "queues") as queues:
            await platforms.ready()
            await queues.ready()
            await client.post("/platforms/d10/lock")
            assert (await platforms.event())[0] == "changed"
            await client.post("/queues/main/pause")
            assert (await queues.event())[0] == "changed"

    played(play)


def test_a_client_hears_of_his_own_things_only() -> None:
    mine, theirs = doors.site("mine.example.org", client=doors.acme()), doors.site("theirs.example.org")
    bob, alice = browser("bob"), browser()
    for about in (f"site:{theirs.pk}", f"task:{doors.task(subject_id=theirs.pk).pk}", "queues", "servers"):
        assert async_to_sync(bob.get)(f"/live?about={about}").status_code == 204, about

    async def play() -> None:
        async with opened(bob, "home") as his, opened(alice, "home") as hers:
            await his.ready()
            await hers.ready()
            await aside(doors.task)("queued", subject_id=theirs.pk, subject_name="theirs.example.org")
            await aside(AuditEntry.record)(
                actor="alice", door="page", action="site_give", about="theirs.example.org", outcome="done"
            )
            assert (await hers.event())[0] == "changed"
            number = hers.last
            await aside(doors.task)("queued", subject_id=mine.pk)
            assert (await his.event())[0] == "changed"
            assert int(his.last.partition(".")[2]) > int(
                number.partition(".")[2]
            )  # the first was not for him

    played(play)


def test_a_stream_that_broke_off_is_told_what_it_missed() -> None:
    site = doors.site()
    client = browser()

    async def play() -> None:
        async with opened(client, "tasks") as stays:
            await stays.ready()
            async with opened(client, "sites") as first:
                await first.ready()
            await aside(doors.task)("queued", subject_id=site.pk)
            assert (await stays.event())[0] == "changed"
            async with opened(client, "sites", **{"Last-Event-ID": first.last}) as again:
                await again.ready()
                assert (await again.event())[0] == "changed"
            async with opened(client, f"sites&since=1&last={stays.last}") as shown:
                await shown.ready()  # it knows better than the time at which its page was made
            async with opened(client, "sites", **{"Last-Event-ID": stays.last}) as knows:
                await knows.ready()
                await aside(doors.task)("queued", subject_id=site.pk)
                assert (await knows.event())[0] == "changed"
        async with opened(client, "sites", **{"Last-Event-ID": "elsewhere.7"}) as unknown:
            assert (await unknown.event())[0] == "changed"

    played(play)


def test_what_happened_while_the_page_was_on_its_way_is_told() -> None:
    site = doors.site()
    client = browser()
    doors.task("queued", subject_id=site.pk)

    async def play() -> None:
        async with opened(client, f"sites&since={int(time.time())}") as late:
            assert (await late.event())[0] == "changed"
        async with opened(client, f"sites&since={int(time.time()) + 60}") as early:
            await early.ready()

    played(play)


@pytest.mark.parametrize("about", ["sites", "task"])
def test_whoever_signs_out_or_is_shut_out_is_told_nothing_more(
    about: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stream, "CHECK", 0.0)
    monkeypatch.setattr(stream, "PATIENCE", 0.1)
    task = doors.task("running", subject_id=doors.site().pk)
    out, away = browser(), browser("bob")
    doors.acme().sites.add(doors.site("mine.example.org"))
    Task.objects.filter(pk=task.pk).update(subject_id=doors.acme().sites.get().pk)
    wanted = f"task:{task.pk}" if about == "task" else about

    async def play() -> None:
        async with opened(out, wanted) as first, opened(away, wanted) as second:
            await out.post("/sign-out")
            await User.objects.filter(username="bob").aupdate(is_active=False)
            for left in (first, second):
                told = [await left.event()]
                while told[-1][0] not in ("over", "end"):
                    told.append(await left.event())
                assert told[-1][0] == "over"

    played(play)


def test_all_who_watch_share_one_look_and_nobody_looks_for_nobody() -> None:
    site = doors.site()
    client = browser()

    async def play() -> None:
        async with opened(client, "sites") as first, opened(client, "tasks") as second:
            await first.ready()
            await second.ready()
            assert len(watching._watchers) == 1
            (watcher,) = watching._watchers.values()
            assert watcher.readers == 2
            await aside(doors.task)("queued", subject_id=site.pk)
            await first.event()
            await second.event()
        async with asyncio.timeout(PATIENCE):
            while watching._watchers:
                await asyncio.sleep(0.05)
        assert watcher.readers == 0

    played(play)


def test_a_database_that_is_away_for_a_while_ends_no_stream(monkeypatch: pytest.MonkeyPatch) -> None:
    site, client = doors.site(), browser()
    monkeypatch.setattr(watching, "AFTER_TROUBLE", 0.05)
    look, away = Looking.look, iter([True, True])

    def trouble(self: Looking) -> News:
        if next(away, False):
            raise OperationalError("away")
        return look(self)

    async def play() -> None:
        async with opened(client, "sites") as page:
            await page.ready()
            monkeypatch.setattr(Looking, "look", trouble)
            await aside(doors.task)("queued", subject_id=site.pk)
            assert (await page.event())[0] == "changed"

    played(play)
    assert next(away, "over") == "over"


def test_what_ends_the_watch_ends_its_streams_so_that_pages_open_new_ones(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    site, client = doors.site(), browser()

    def broken(self: Looking) -> News:
        raise KeyError("a mistake")

    async def play() -> None:
        async with opened(client, "sites") as first:
            await first.ready()
            with monkeypatch.context() as patched:
                patched.setattr(Looking, "look", broken)
                with pytest.raises(KeyError, match="a mistake"):
                    await first.event()
        async with opened(client, "sites", **{"Last-Event-ID": first.last}) as second:
            assert (await second.event())[0] == "changed"
            await aside(doors.task)("queued", subject_id=site.pk)
            assert (await second.event())[0] == "changed"

    played(play)
