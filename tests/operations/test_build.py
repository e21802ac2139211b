"""Platforms built from every kind of source, with a site on them; and what is left when a build fails."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any
from unittest import mock

import pytest
from django.conf import settings

from aegir.drivers.source.git import Driver as Git
from aegir.errors import Refused
from aegir.models import Credential, Default, Platform, Secret, Site, Task, TaskLine
from aegir.operations import (
    building,
    platform_add,
    platform_build,
    platform_delete,
    platform_verify,
    site_install,
)
from aegir.steps.building import BuildCode, FindDocroot
from aegir.steps.record_platform import PlatformBuilt
from aegir.steps.trees import MoveTree
from tests.codebases import OURS, sources
from tests.operations.building import MAKERS, git
from tests.operations.hosting import BY, Hosting, die, fail, run, run_killed, sabotage

pytestmark = [pytest.mark.live, pytest.mark.django_db(transaction=True)]

TEN = OURS / "ten"
REAL = sources()[2:]


@pytest.fixture(autouse=True)
def platforms(hosting: Hosting) -> Iterator[Path]:
    """The folder that platforms are built in, and the cache; both are gone at the end."""
    hosting.rows()
    Default.objects.create(name="sources_private", value=True)
    folder, cache = settings.AEGIR_HOME / "platforms", settings.AEGIR_HOME / "sources"
    for each in (folder, cache):
        each.mkdir(exist_ok=True)
        each.chmod(0o711)
    yield folder
    for each in (folder, cache):
        shutil.rmtree(each)


@pytest.fixture
def folder() -> Iterator[Path]:
    """One that anybody may enter."""
    made = Path(tempfile.mkdtemp(prefix="aegir-source-", dir="/tmp"))
    made.chmod(0o755)
    yield made
    shutil.rmtree(made)


def build(name: str = "built", **more: Any) -> Task:
    """Ask for a platform and build it."""
    return run(platform_add.ask(name=name, by=BY, **more))


def verified(name: str = "built") -> Platform:
    """The platform, once the verification that its building asked for is over."""
    task = run(Task.objects.get(operation="platform_verify", state=Task.State.QUEUED))
    assert task.state in (Task.State.SUCCEEDED, Task.State.WARNED), task.error
    return Platform.objects.get(name=name, state=Platform.State.ENABLED)


def told(task: Task) -> str:
    return "\n".join(TaskLine.objects.filter(task=task).values_list("text", flat=True))


@pytest.mark.parametrize(
    ("kind", "code"),
    [*(pytest.param(kind, TEN, id=kind) for kind in MAKERS),
     pytest.param("archive", OURS / "seven", id="seven"),
     *(pytest.param(kind, each.values[0], id=f"{kind}-{each.id}", marks=each.marks)
       for kind, each in zip(("git", "archive"), (REAL[0], REAL[-1]), strict=True))],
)  # fmt: skip
def test_each_kind_of_source_makes_a_platform_that_hosts_a_site(
    kind: str, code: Path, folder: Path, platforms: Path
) -> None:
    task = build(source=MAKERS[kind](code, folder))
    assert task.state == Task.State.SUCCEEDED, task.error + told(task)
    platform = verified()
    assert (platform.path, os.listdir(platforms)) == (str(platforms / "built"), ["built"])
    assert platform.docroot == ("web" if (code / "web").exists() else "")
    assert platform.built["identity"].startswith(("commit ", "sha256 ", "lock "))
    owners = {(path.lstat().st_uid, path.lstat().st_mode & 0o7022) for path in platforms.rglob("*")}
    assert {mode for _, mode in owners if mode & 0o7002} == set(), "nobody else may write the code"
    assert not list(platforms.rglob(".git"))
    install = run(site_install.ask(domain="built.localhost", platform="built", profile="minimal", by=BY))
    assert install.state == Task.State.SUCCEEDED, install.error
    assert Site.objects.get(domain="built.localhost").state == Site.State.ENABLED


@pytest.mark.parametrize(
    ("step", "when", "how"),
    [(BuildCode, "before", die), (BuildCode, "after", die), (FindDocroot, "after", fail),
     (MoveTree, "after", die), (PlatformBuilt, "before", fail)],
)  # fmt: skip
def test_a_build_that_fails_anywhere_leaves_nothing_and_may_be_asked_for_again(
    step: type[Any], when: str, how: Callable[[], None], folder: Path, platforms: Path
) -> None:
    with sabotage(step, when, how):
        task = run_killed(platform_add.ask(name="built", source=MAKERS["git"](TEN, folder), by=BY))
    assert task.state == Task.State.FAILED
    assert os.listdir(platforms) == []
    assert Platform.objects.get(name="built").state == Platform.State.FAILED
    again = run(platform_verify.ask(name="built", by=BY))
    assert (again.operation, again.state) == ("platform_build", Task.State.SUCCEEDED), again.error
    if step is not BuildCode or when == "after":
        assert "was fetched before" in told(again)
    assert verified().built["commit"] == git("rev-parse", "HEAD", at=folder / "repository")


def test_a_kill_in_the_middle_of_fetching_leaves_nothing(folder: Path, platforms: Path) -> None:
    honest = Git.build

    def half(self: Git, source: Any, into: str, *rest: Any) -> Any:
        honest(self, source, into, *rest)
        die()

    with mock.patch.object(Git, "build", half):
        task = run_killed(platform_add.ask(name="built", source=MAKERS["git"](TEN, folder), by=BY))
    assert (task.state, os.listdir(platforms)) == (Task.State.FAILED, [])
    again = run(platform_build.ask(name="built", by=BY))
    assert again.state == Task.State.SUCCEEDED
    assert "was fetched before" in told(again)


def test_a_platform_whose_code_went_away_is_built_again_by_its_verification(
    folder: Path, platforms: Path
) -> None:
    build(source=MAKERS["archive"](TEN, folder))
    before = verified()
    shutil.rmtree(platforms / "built")
    again = run(platform_verify.ask(name="built", by=BY))
    assert (again.operation, again.state) == ("platform_build", Task.State.SUCCEEDED)
    assert verified().fingerprint == before.fingerprint


def test_what_is_no_drupal_is_not_kept(folder: Path, platforms: Path) -> None:
    (folder / "code").mkdir()
    (folder / "code/index.html").write_text("hello")
    task = build(source=MAKERS["archive"](folder / "code", folder))
    assert task.state == Task.State.FAILED
    assert "The code holds no Drupal" in task.error
    assert os.listdir(platforms) == []


def test_drupal_lies_where_somebody_says(folder: Path, platforms: Path) -> None:
    shutil.copytree(TEN / "web", folder / "code/apps/cms", symlinks=True)
    (folder / "code/README").write_text("x")
    source = MAKERS["archive"](folder / "code", folder)
    assert "no Drupal" in build("lost", source=source).error
    task = build("wrong", source=source, docroot="apps")
    assert "no Drupal at apps: at its top are README, apps" in task.error
    assert build(source=source, docroot="apps/cms/").state == Task.State.SUCCEEDED
    assert verified().root == str(platforms / "built/apps/cms")


@pytest.mark.parametrize(
    ("spoil", "says"),
    [(lambda code: (code / "out").symlink_to("/etc/passwd"), "leads out of"),
     (lambda code: os.mkfifo(code / "pipe"), "pipe")],
)  # fmt: skip
def test_code_that_leads_elsewhere_is_not_taken(
    spoil: Callable[[Path], None], says: str, folder: Path, platforms: Path
) -> None:
    code = folder / "code"
    shutil.copytree(TEN, code, symlinks=True)
    spoil(code)
    task = build(source=MAKERS["archive"](code, folder))
    assert task.state == Task.State.FAILED
    assert says in task.error
    assert os.listdir(platforms) == []


def test_a_link_in_a_repository_leads_nowhere_either(folder: Path, platforms: Path) -> None:
    code = folder / "code"
    shutil.copytree(TEN, code, symlinks=True)
    (code / "web/passwd").symlink_to("../../../../etc/passwd")
    task = build(source=MAKERS["git"](code, folder))
    assert "web/passwd is a link that leads out of the code" in task.error
    assert os.listdir(platforms) == []


def test_too_much_and_too_slow_are_broken_off(folder: Path, platforms: Path) -> None:
    source = MAKERS["git"](TEN, folder)
    limits = (("bytes", 1000, "1,000 bytes"), ("files", 10, "10 files"), ("seconds", 0, "no time"))
    for limit, most, says in limits:
        terms = replace(building.terms(), **{limit: most})
        with mock.patch.object(building, "terms", return_value=terms):
            task = build(f"{limit}-built", source=source)
        assert says in task.error
    assert os.listdir(platforms) == []


def test_a_full_disk_is_said_before_anything_is_fetched(folder: Path, platforms: Path) -> None:
    with mock.patch.object(platform_build, "MEBIBYTES", 1 << 40):
        task = build(source=MAKERS["git"](TEN, folder))
    assert "MiB free and this needs" in task.error
    assert os.listdir(settings.AEGIR_HOME / "sources") == []


def test_one_platform_is_not_built_twice(folder: Path, platforms: Path) -> None:
    source = MAKERS["archive"](TEN, folder)
    task = platform_add.ask(name="built", source=source, by=BY)
    with pytest.raises(Refused, match=f"is being built already, by task {task.pk}"):
        platform_build.ask(name="built", by=BY)
    with pytest.raises(Refused, match="already a platform built"):
        platform_add.ask(name="built", source=source, by=BY)
    run(task)
    with pytest.raises(Refused, match="is built already"):
        platform_build.ask(name="built", by=BY)
    (platforms / "other").mkdir()
    with pytest.raises(Refused, match=r"There is something at .*/other already"):
        platform_add.ask(name="other", source=source, by=BY)
    platform_add.ask(name="third", source=source, by=BY)
    (platforms / "third").mkdir()
    third = Task.objects.filter(operation="platform_build").latest("pk")
    run(Task.objects.get(operation="platform_verify"))
    assert "There is something at" in run(third).error
    assert os.listdir(platforms / "third") == []


def test_a_platform_that_was_never_built_can_be_deleted(folder: Path, platforms: Path) -> None:
    (folder / "empty.tar").write_bytes(b"not an archive")
    task = build(source={"kind": "archive", "location": f"{folder}/empty.tar"})
    assert "is not an archive" in task.error
    gone = run(platform_delete.ask(name="built", by=BY))
    assert gone.state == Task.State.SUCCEEDED, gone.error
    assert Platform.objects.get(name="built").state == Platform.State.DELETED


def test_no_secret_is_in_any_row_or_line(folder: Path, platforms: Path) -> None:
    secret = Secret.seal("s3cret-t0ken", "credential private")
    Credential.objects.create(name="private", host="localhost", kind="token", secret=secret)
    source = {"kind": "git", "location": "https://localhost:1/code.git"}
    task = build(source=source, credentials=["private"])
    assert task.state == Task.State.FAILED
    rows = [task.error, told(task), str(task.arguments), str(list(task.steps.values()))]
    assert "s3cret" not in " ".join(rows)
    assert "localhost:1/code.git cannot be reached now" in task.error


@pytest.mark.parametrize(
    ("said", "field", "says"),
    [
        ({"kind": "svn", "location": "/x"}, "kind", "is no kind of source"),
        ({"kind": "git", "location": ""}, "location", "Say where"),
        ({"kind": "git", "location": "ext::sh"}, "location", "git repository"),
        ({"kind": "git", "location": "--upload-pack=id"}, "location", "git repository"),
        ({"kind": "git", "location": "https://a:b@example.org/x"}, "location", "add a credential"),
        ({"kind": "git", "location": "/x", "reference": "--all"}, "reference", "plain name"),
        ({"kind": "git", "location": "/x", "reference": "a..b"}, "reference", "plain name"),
        ({"kind": "git", "location": "/x", "checksum": "sha256:" + "0" * 64}, "checksum", "no checksum"),
        ({"kind": "archive", "location": "ftp://example.org/x.tar"}, None, "give https"),
        ({"kind": "archive", "location": "/x.tar", "checksum": "md6:0"}, "checksum", "is not a checksum"),
        ({"kind": "archive", "location": "/x.tar", "reference": "main"}, "reference", "leave the reference"),
        ({"kind": "git", "location": "https://example.org/x", "strange": 1}, "source", "has no «strange»"),
        ({"kind": "git", "location": "/nowhere/at/all"}, "location", "nothing at /nowhere/at/all on"),
        ({"kind": "archive", "location": "file:///nowhere/x.tar"}, "location", "nothing at /nowhere/x.tar"),
    ],
)  # fmt: skip
def test_what_cannot_be_a_source_is_refused_at_once(
    said: dict[str, Any], field: str | None, says: str
) -> None:
    with pytest.raises(Refused, match=says) as refusal:
        platform_add.ask(name="built", source=said, by=BY)
    assert refusal.value.field == field
    assert not Platform.objects.exists()


def test_what_else_is_wrong_is_refused_at_once() -> None:
    secret = Secret.seal("x", "credential")
    Credential.objects.create(name="other", host="other.example", kind="token", secret=secret)
    source = {"kind": "git", "location": "https://example.org/x"}
    for more, says in (
        ({"source": source, "path": "/x"}, "one of the two"),
        ({}, "one of the two"),
        ({"source": source, "docroot": "../x"}, "no document root"),
        ({"source": source, "credentials": ["none"]}, "There is no credential"),
        ({"source": source, "credentials": ["other"]}, "is for other.example, and the code comes from"),
    ):
        with pytest.raises(Refused, match=says):
            platform_add.ask(name="built", by=BY, **more)  # type: ignore[arg-type]
