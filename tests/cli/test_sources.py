"""Platforms from sources, and credentials, by the command line."""

from __future__ import annotations

import pytest
from click.testing import CliRunner

from aegir.cli import main
from aegir.cli.sources import split
from aegir.engine import ledger
from aegir.models import Credential, Platform, Task
from tests import doors
from tests.cli.conftest import Aegir, Ending

GIT = "https://git.example.org/site.git"


@pytest.mark.parametrize(
    ("text", "address", "reference"),
    [
        (GIT, GIT, ""),
        (f"{GIT}@1.x", GIT, "1.x"),
        (f"{GIT}@feature/a", GIT, "feature/a"),
        ("ssh://git@example.org/site.git", "ssh://git@example.org/site.git", ""),
        ("ssh://git@example.org:22/site@v1", "ssh://git@example.org:22/site", "v1"),
        ("git@example.org:site.git", "git@example.org:site.git", ""),
        ("git@example.org:site.git@main", "git@example.org:site.git", "main"),
        ("/srv/code", "/srv/code", ""),
        ("/srv/code@main", "/srv/code", "main"),
    ],
)
def test_what_comes_after_the_path_is_the_reference(text: str, address: str, reference: str) -> None:
    assert split(text) == (address, reference)


def test_a_platform_is_asked_for_from_each_kind_of_source(aegir: Aegir) -> None:
    doors.server()
    done = aegir("platform", "add", "one", "--git", f"{GIT}@1.x", "--docroot", "web", "--no-submodules")
    assert done.exit_code == 0, done.output
    row = Platform.objects.get(name="one")
    assert (row.source["location"], row.source["reference"], row.source["submodules"]) == (GIT, "1.x", False)
    assert row.docroot == "web"
    checksum = f"sha256:{'0' * 64}"
    done = aegir("platform", "add", "two", "--archive", "https://example.org/a.zip", "--checksum", checksum)
    assert done.exit_code == 0, done.output
    assert Platform.objects.get(name="two").source["checksum"] == checksum
    shown = aegir("platform", "show", "one").output
    assert f"git {GIT} at 1.x" in shown


@pytest.mark.parametrize(
    "options", [[], ["--path", "/x", "--git", GIT], ["--git", "-x"], ["--archive", "ftp://example.org/x"]]
)
def test_what_is_no_single_source_is_refused(options: list[str], aegir: Aegir) -> None:
    doors.server()
    done = aegir("platform", "add", "one", *options)
    assert done.exit_code == 2, done.output
    assert not Platform.objects.exists()


def test_waiting_goes_on_from_the_build_to_the_verification(aegir: Aegir, ending: Ending) -> None:
    doors.server()

    def verify_next(task: Task) -> None:
        again = ledger.ask(
            "platform_verify",
            subject=ledger.Subject("platform", task.subject_id, task.subject_name),
            keys=[],
            by="somebody",
        )
        Task.objects.filter(pk=again.pk).update(state="failed", error="Not Drupal at all.")

    ending("succeeded", verify_next, error="", remedy="")
    done = aegir("platform", "add", "one", "--git", GIT, "--wait")
    assert (done.exit_code, "Not Drupal at all." in done.output) == (1, True), done.output


def test_waiting_ends_with_a_build_that_fails(aegir: Aegir, ending: Ending) -> None:
    doors.server()
    ending("failed", error="No such branch.")
    done = aegir("platform", "add", "one", "--git", GIT, "--wait")
    assert (done.exit_code, "No such branch." in done.output) == (1, True), done.output


def test_a_credential_comes_from_the_standard_input_and_is_shown_nowhere(aegir: Aegir) -> None:
    assert "aegir credential add" in aegir("credential", "list").output
    words = ["credential", "add", "git", "--host", "git.example.org"]
    done = CliRunner().invoke(main, words, input="s3cret-t0ken\n")
    assert done.exit_code == 0, done.output
    assert Credential.objects.get().secret.reveal() == "s3cret-t0ken"
    assert "s3cret" not in done.output + aegir("credential", "list").output
    doors.server()
    CliRunner().invoke(main, ["credential", "add", "more", "--host", "p.example"], input="s3cret-t0ken\n")
    opened = ("--credential", "git", "--credential", "more")
    assert aegir("platform", "add", "one", "--git", GIT, *opened).exit_code == 0
    assert "git, more" in aegir("platform", "show", "one").output
    Platform.objects.update(state="deleted")
    assert CliRunner().invoke(main, words, input="s3cret-t0ken\n").exit_code == 2
    for name in ("git", "more"):
        assert aegir("credential", "delete", name).exit_code == 0
    assert not Credential.objects.exists()
