"""Makefiles that cannot be built, or must not be: what is said, and what stays closed."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from aegir.errors import AegirError, Broken, Refused, Unreachable
from tests.drivers.source.making import CORE, Yard, make, place
from tests.live.drupal_org import tar
from tests.live.files import Answer

__all__ = ["place"]


def test_only_the_release_service_knows_that_there_are_two_cores(place: Yard) -> None:
    place.org.release("pressflow", "7.50", CORE, kind="core")
    with pytest.raises(Refused, match=r"site\.make:4: pressflow is a second core, beside drupal"):
        place.build(place.write("site.make", make("projects[] = pressflow")))


@pytest.mark.parametrize(
    ("lines", "error", "sentence"),
    [
        (["projects[] = nothing_here"], Refused, r"site\.make:4: There is nothing at .*/nothing_here/7\.x"),
        (["projects[views] = 4.1"], Refused, r"site\.make:4: views has no release «4\.1» for Drupal 7; its"),
        (
            ["", "projects[x][type] = module", "projects[x][download][type] = get",
             "projects[x][download][url] = WEB/x.tar.gz", "projects[x][download][md5] = " + "0" * 32],
            Refused, r"site\.make:6: x: .* is not the file that was meant: its checksum is md5:",
        ),
        (
            ["projects[x][download][type] = get", "projects[x][download][url] = WEB/page"],
            Refused, r"site\.make:4: x: .*/page is a web page",
        ),
        (
            ["projects[x][download][type] = get", "projects[x][download][url] = WEB/short"],
            Unreachable, r"site\.make:4: x: .*broke off",
        ),
        (
            ["projects[x][download][type] = get", "projects[x][download][url] = WEB/round"],
            Broken, r"site\.make:4: x: .*redirects more than 5 times",
        ),
        (
            ["libraries[x][download][url] = WEB/x.tar.gz", "libraries[x][download][subtree] = nowhere"],
            Refused, r"site\.make:4: x: there is no directory «nowhere» in",
        ),
        (
            ["projects[x][download][url] = GIT", "projects[x][download][tag] = 9.9"],
            Refused, r"site\.make:4: x: .* has no branch, tag or commit «refs/tags/9\.9»",
        ),
        (
            ["projects[views][download][url] = ../../etc", "projects[views][download][type] = copy"],
            Refused, r"site\.make:4: views: there is no directory /",
        ),
        (["projects[views] = 3.29", "projects[ctools][directory_name] = views"], Refused,
         r"site\.make:5: ctools goes to sites/all/modules/views, as what stands at .*site\.make:4 does"),
        (["libraries[x][download][url] = WEB/x.tar.gz", "libraries[x][destination] = ../../../x"], Refused,
         r"site\.make:4: x would go to «\.\./x/x», outside of the code"),
        (["projects[evil][download][type] = get", "projects[evil][download][url] = WEB/evil"], Refused,
         r"site\.make:4: evil: The archive .* holds «out», a link that leads out"),
    ],
)  # fmt: skip
def test_what_fails_is_told_with_file_and_line(
    lines: list[str], error: type[AegirError], sentence: str, place: Yard
) -> None:
    place.org.release("views", "7.x-3.29")
    place.org.release("ctools", "7.x-1.20")
    shelf = place.org.shelf
    shelf.put("/x.tar.gz", tar({"x.info": "x", "y": "y"}))
    shelf.put("/page", b"<!DOCTYPE html><html></html>")
    shelf.put("/evil", evil())
    shelf.answers["/short"] = Answer(tar({"x": "y"})[:50], length=5000)
    shelf.answers["/round"] = Answer(status=302, headers={"Location": "/round"})
    repository = place.repository("x", {"x.info": "x"})
    text = make(*lines).replace("WEB", shelf.address("")).replace("GIT", repository)
    makefile = place.write("site.make", text)
    with pytest.raises(error, match=sentence):
        place.build(makefile)


def test_a_wrong_archive_of_the_release_service_is_refused(place: Yard) -> None:
    place.org.release("views", "7.x-3.29", md5="0" * 32)
    with pytest.raises(Refused, match=r"site\.make:4: views: .*views-7\.x-3\.29\.tar\.gz is not the file"):
        place.build(place.write("site.make", make("projects[] = views")))


def test_links_in_fetched_code_lead_nowhere(place: Yard) -> None:
    outside = place.folder / "outside"
    outside.mkdir(mode=0o777)
    outside.chmod(0o777)
    trap = Path(place.repository("trap", {"trap.info": "x"}))
    (trap / "lib").symlink_to(outside)
    place.repository("trap", {"more.txt": "x"})
    library = place.org.shelf.put("/x.tar.gz", tar({"x.js": "x", "y.js": "y"}))
    makefile = place.write(
        "site.make",
        make(
            "projects[trap][type] = module",
            f"projects[trap][download][url] = {trap}",
            f"libraries[x][download][url] = {library}",
            "libraries[x][destination] = modules/trap/lib",
        ),
    )
    with pytest.raises(Refused, match="leads out of the code, by a link in it"):
        place.build(makefile)
    assert os.listdir(outside) == []


@pytest.mark.skipif(os.geteuid() != 0, reason="only root has files that the builder may not read")
def test_what_the_builder_may_not_read_no_makefile_brings_into_code(place: Yard) -> None:
    secret = place.write("secret/key.txt", "s3cret")
    secret.chmod(0o600)
    for lines in (
        ["libraries[x][download][type] = file", f"libraries[x][download][url] = {secret}"],
        ["libraries[x][download][type] = copy", f"libraries[x][download][url] = {secret.parent}"],
        ["projects[views][patch][] = secret/key.txt"],
        ["includes[] = secret/key.txt"],
    ):
        place.org.release("views", "7.x-3.29")
        makefile = place.write("site.make", make(*lines))
        with pytest.raises(AegirError) as refused:
            place.build(makefile)
        assert "s3cret" not in str(refused.value)
        assert "may read" in str(refused.value) or "Permission denied" in str(refused.value)


def test_a_makefile_from_elsewhere_names_no_file_of_this_machine(place: Yard) -> None:
    named = place.write("own.txt", "own")
    lines = ["libraries[x][download][type] = file", f"libraries[x][download][url] = file://{named}"]
    address = place.org.shelf.put("/site.make", make(*lines).encode())
    with pytest.raises(
        Refused, match="names a file of this machine, which a makefile from elsewhere may not"
    ):
        place.build(address)


def test_more_than_may_be_is_broken_off(place: Yard) -> None:
    place.org.release("views", "7.x-3.29", {"big": os.urandom(3_000_000)})
    with pytest.raises(Broken, match=r"holds (more than )?[0-9,]+ bytes"):
        place.build(place.write("site.make", make("projects[] = views")), bytes=2_000_000)


def evil() -> bytes:
    import io
    import tarfile

    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode="w:gz") as archive:
        member = tarfile.TarInfo("out")
        member.type, member.linkname = tarfile.SYMTYPE, "/etc"
        archive.addfile(member)
    return made.getvalue()
