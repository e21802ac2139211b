"""A platform built from a makefile with all that makefiles can do, and a site on it."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings

from aegir.models import Default, Platform, Site, Task, TaskLine
from aegir.operations import platform_add, platform_verify, site_install
from tests.codebases import OURS
from tests.drivers.source.making import Yard, yard
from tests.live.drupal_org import files_of
from tests.operations.hosting import BY, Hosting, run

pytestmark = [pytest.mark.live, pytest.mark.django_db(transaction=True)]

SEVEN = OURS / "seven"
OUTSIDE = ("sites/all/modules/guestbook/", "sites/all/modules/signature/", "profiles/studio/")
PATCH = """--- a/includes/common.inc
+++ b/includes/common.inc
@@ -1,1 +1,2 @@
 <?php
+// Patched as the makefile says.
"""


@pytest.fixture
def place(hosting: Hosting) -> Iterator[Yard]:
    hosting.rows()
    folders = [settings.AEGIR_HOME / name for name in ("platforms", "sources")]
    for each in folders:
        each.mkdir(exist_ok=True)
        each.chmod(0o711)
    with yard() as found:
        for name, value in (
            ("release_service", found.terms.releases),
            ("release_downloads", found.terms.downloads),
            ("sources_private", True),
        ):
            Default.objects.create(name=name, value=value)
        core = {name: text for name, text in files_of(SEVEN).items() if not name.startswith(OUTSIDE)}
        found.org.release("drupal", "7.105", core, kind="core")
        for name in ("guestbook", "signature"):
            found.org.release(name, "7.x-1.4", files_of(SEVEN / f"sites/all/modules/{name}"))
        yield found
    for each in folders:
        shutil.rmtree(each)


def makefile(place: Yard) -> Path:
    """Core with a patch, a module, and a profile in a repository, whose own makefile names another module."""
    studio = {name: str(text, "utf-8") for name, text in files_of(SEVEN / "profiles/studio").items()
              if isinstance(text, bytes)}  # fmt: skip
    studio["studio.make"] = "core = 7.x\napi = 2\nprojects[] = guestbook\n"
    place.write("core.patch", PATCH)
    return place.write(
        "site.make",
        f"""core = 7.x
api = 2
includes[] = base.make
projects[drupal][patch][] = core.patch
projects[studio][type] = profile
projects[studio][download][url] = {place.repository("studio", studio)}
""",
    )


def told(task: Task) -> str:
    return "\n".join(TaskLine.objects.filter(task=task).values_list("text", flat=True))


def test_a_makefile_makes_a_platform_that_hosts_a_site(place: Yard) -> None:
    place.write("base.make", "projects[drupal] = 7.105\nprojects[signature][subdir] = contrib\n")
    task = run(
        platform_add.ask(name="built", source={"kind": "make", "location": str(makefile(place))}, by=BY)
    )
    assert task.state == Task.State.SUCCEEDED, task.error + told(task)
    assert "studio/studio.make was found, and is built too." in told(task)
    verified = run(Task.objects.get(operation="platform_verify", state=Task.State.QUEUED))
    assert verified.state in (Task.State.SUCCEEDED, Task.State.WARNED), verified.error
    platform = Platform.objects.get(name="built", state=Platform.State.ENABLED)
    code = Path(platform.path)
    assert "// Patched as the makefile says." in (code / "includes/common.inc").read_text()
    assert (code / "profiles/studio/modules/guestbook/guestbook.info").is_file()
    assert (code / "sites/all/modules/contrib/signature/signature.info").is_file()
    versions = platform.built["projects"]
    assert versions.pop("studio").startswith("commit ")
    assert versions == {"drupal": "7.105", "signature": "7.x-1.4", "guestbook": "7.x-1.4"}
    assert os.listdir(code.parent) == ["built"]
    install = run(site_install.ask(domain="built.localhost", platform="built", profile="studio", by=BY))
    assert install.state == Task.State.SUCCEEDED, install.error + told(install)
    site = Site.objects.get(domain="built.localhost")
    assert site.state == Site.State.ENABLED


def test_a_makefile_that_cannot_be_built_leaves_no_platform_and_names_the_line(place: Yard) -> None:
    place.write("base.make", "projects[drupal] = 7.105\nprojects[gone] = 1.0\n")
    made = place.write("site.make", "core = 7.x\napi = 2\nincludes[] = base.make\n")
    task = run(platform_add.ask(name="built", source={"kind": "make", "location": str(made)}, by=BY))
    assert task.state == Task.State.FAILED
    assert f"{place.folder}/base.make:2: " in task.error
    assert os.listdir(settings.AEGIR_HOME / "platforms") == []
    place.org.release("gone", "7.x-1.0")
    again = run(platform_verify.ask(name="built", by=BY))
    assert (again.operation, again.state) == ("platform_build", Task.State.SUCCEEDED), again.error
