"""Archives from anywhere: what could do harm is refused in one sentence, and does none."""

from __future__ import annotations

import io
import os
import tarfile
from pathlib import Path

import pytest

from aegir.drivers.archive import guard, looking, members
from aegir.drivers.archive.members import header
from aegir.errors import Broken, Refused
from tests.drivers.archive.backups import Backup, make, member, pack

FILE, LINK, DIRECTORY = tarfile.REGTYPE, tarfile.SYMTYPE, tarfile.DIRTYPE

HOSTILE = {
    "a name that leads upwards": ([member("./files/../../x")], "leads upwards"),
    "a name that is upwards": ([member("..", DIRECTORY)], "leads upwards"),
    "an absolute name": ([member("/etc/cron.d/x")], "absolute"),
    "a name of two lines": ([member("./a\nb")], "control characters"),
    "no name": ([member("./")], "no name"),
    "a long name": ([member("x" * 256)], "too long"),
    "a long path": ([member("x/" * 2500 + "x")], "too long"),
    "an absolute link": ([member("./x", LINK, "/etc/passwd")], "leads out"),
    "a link out": ([member("./files/x", LINK, "../../x")], "leads out"),
    "a link to the root's parent": ([member("./x", LINK, "..")], "leads out"),
    "a link out by way of a link": (
        [member("./a/b/c/l", LINK, "../../../x"), member("./m", LINK, "a/b/c/l/../../y")],
        "leads out",
    ),
    "a link to nothing": ([member("./x", LINK, "")], "leads out"),
    "a hard link": ([member("./x", tarfile.LNKTYPE, "/etc/passwd")], "is a hard link"),
    "a device": ([member("./x", tarfile.BLKTYPE)], "is a device"),
    "a terminal": ([member("./x", tarfile.CHRTYPE)], "is a device"),
    "a pipe": ([member("./x", tarfile.FIFOTYPE)], "is a pipe"),
    "a sparse file": ([member("./x", tarfile.GNUTYPE_SPARSE)], "is a sparse file"),
    "a thing unheard of": ([member("./x", b"V")], "is a thing unknown to Aegir"),
    "a file below a link": ([member("./l", LINK, "files"), member("./l/x")], "below what it holds"),
    "a file below a file": ([member("./l"), member("./l/x")], "below what it holds"),
    "a file twice": ([member("./x"), member("x")], "holds twice"),
    "a file in a link's place": ([member("./x", LINK, "y"), member("./x")], "holds twice"),
    "a link in a directory's place": ([member("./d/x"), member("./d", LINK, "y")], "holds twice"),
    "a directory in a link's place": ([member("./d", LINK, "y"), member("./d", DIRECTORY)], "holds twice"),
    "a dump that is a link": ([member("./database.sql", LINK, "x")], "should be a file"),
    "a manifest that is a directory": ([member("./manifest.json", DIRECTORY)], "should be a file"),
}


@pytest.mark.parametrize("packed", ["gz", "zst"])
@pytest.mark.parametrize("case", HOSTILE)
def test_hostile_members_are_refused_by_name_and_reach_nothing(
    backup: Backup, case: str, packed: str
) -> None:
    inside, reason = HOSTILE[case]
    make(backup.path, *inside, packed=packed, content=b"x")
    before = sorted(os.listdir(backup.at))

    for looking_through in (backup.driver.inspect, lambda path: backup.extract()):
        with pytest.raises(Refused, match=reason) as refused:
            looking_through(backup.path)
        sentence = str(refused.value)
        assert sentence.startswith(f"The archive {backup.path} holds «")
        assert sentence.endswith(".")
        assert "\n" not in sentence
        assert len(sentence) < 600

    assert sorted(os.listdir(backup.at)) == sorted([*before, "unpacked"])
    assert not any(
        path.is_symlink() and path.resolve().is_relative_to("/etc") for path in backup.at.rglob("*")
    )


def test_links_within_the_tree_are_welcome(backup: Backup) -> None:
    make(
        backup.path,
        member("./files/a/x"),
        member("./files/up", LINK, "./a/x"),
        member("./files/a/top", LINK, "../../settings.php"),
    )

    unpacked = backup.extract()

    assert os.readlink(unpacked / "files/a/top") == "../../settings.php"


def test_bits_that_give_power_are_dropped(backup: Backup) -> None:
    make(backup.path, member("./x", mode=0o6777), member("./d", DIRECTORY, mode=0o7777))

    unpacked = backup.extract()

    assert (unpacked / "x").stat().st_mode & 0o7777 == 0o744
    assert (unpacked / "d").stat().st_mode & 0o7777 == 0o755


def test_nothing_that_is_there_already_is_replaced_or_followed(backup: Backup) -> None:
    outside, unpacked = backup.at / "outside", backup.at / "target"
    outside.mkdir()
    unpacked.mkdir()
    (unpacked / "files").symlink_to(outside)
    make(backup.path, member("./files/x"), content=b"x")

    with pytest.raises(
        Broken, match=f"Could not unpack .* into {unpacked}/./files/x: part of it is not a dir"
    ):
        backup.driver.extract(backup.path, str(unpacked))
    assert os.listdir(outside) == []

    (unpacked / "files").unlink()
    (unpacked / "files").mkdir()
    (unpacked / "files/x").symlink_to(outside / "x")
    with pytest.raises(Broken, match="something is there already"):
        backup.driver.extract(backup.path, str(unpacked))
    assert os.listdir(outside) == []


@pytest.mark.parametrize("packed", ["gz", "zst", "plain"])
def test_an_archive_cut_off_anywhere_is_refused(backup: Backup, packed: str) -> None:
    make(backup.path, *(member(f"./{number}") for number in range(20)), packed=packed, content=b"x" * 600)
    whole = (
        Path(backup.path).read_bytes().rstrip(b"\0") if packed == "plain" else Path(backup.path).read_bytes()
    )

    for size in {*range(0, len(whole), max(1, len(whole) // 50)), len(whole) - 1}:
        Path(backup.path).write_bytes(whole[:size])
        with pytest.raises(Refused, match=r"is truncated|is not an archive"):
            backup.driver.inspect(backup.path)


@pytest.mark.parametrize("packed", ["gz", "zst"])
def test_a_backup_of_aegirs_own_cut_off_anywhere_is_refused(backup: Backup, packed: str) -> None:
    backup.write("gz" if packed == "gz" else "zst")
    whole = Path(backup.path).read_bytes()

    for size in {*range(0, len(whole), len(whole) // 20), len(whole) - 1}:
        Path(backup.path).write_bytes(whole[:size])
        with pytest.raises(Refused, match=r"is truncated|is not an archive"):
            backup.driver.inspect(backup.path)


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "is not an archive: it is too short"),
        (b"PK\x03\x04" + bytes(1000), "is not an archive that Aegir can read"),
        (b"-- MariaDB dump\n" * 100, "is not an archive that Aegir can read"),
        (bytes(10240), "is not an archive: it is empty"),
        (b"\x1f\x8b" + b"x" * 1000, "is damaged: it cannot be decompressed"),
        (b"\x28\xb5\x2f\xfd" + b"\xff" * 1000, "is damaged: it cannot be decompressed"),
    ],
)
def test_what_is_no_archive_is_refused(backup: Backup, content: bytes, reason: str) -> None:
    Path(backup.path).write_bytes(content)

    with pytest.raises(Refused, match=reason):
        backup.driver.inspect(backup.path)


@pytest.mark.parametrize("packed", ["gz", "zst", "plain"])
def test_a_changed_byte_is_noticed(backup: Backup, packed: str) -> None:
    backup.write("gz" if packed == "gz" else "zst", dump=os.urandom(5000))
    content = bytearray(Path(backup.path).read_bytes())
    if packed == "plain":
        with tarfile.open(backup.path, "w") as tar:
            manifest = b'{"checksums": {"database.sql": "%s"}}' % (b"0" * 64)
            for name, data in (("manifest.json", manifest), ("database.sql", b"changed")):
                information = tarfile.TarInfo(name)
                information.size = len(data)
                tar.addfile(information, io.BytesIO(data))
    else:
        content[4000] ^= 1
        Path(backup.path).write_bytes(content)

    with pytest.raises(Refused, match=r"was damaged or changed|cannot be decompressed"):
        backup.driver.inspect(backup.path)


@pytest.mark.parametrize(
    ("manifest", "reason"),
    [
        (b'{"checksums": {"database.sql": "0"}}', r"lacks «database\.sql», which its manifest names"),
        (b"[" * 100_000, "makes no sense as a manifest"),
        (b"[]", "makes no sense as a manifest"),
        (b'{"checksums": 3}', "makes no sense as a manifest"),
        (b"\xff", "makes no sense as a manifest"),
        (b" " * (looking.LARGEST_MANIFEST + 1), "too long for a manifest"),
    ],
)
def test_a_manifest_that_cannot_be_is_refused(backup: Backup, manifest: bytes, reason: str) -> None:
    make(backup.path, member("./manifest.json"), content=manifest)

    with pytest.raises(Refused, match=reason):
        backup.driver.inspect(backup.path)


@pytest.mark.parametrize("packed", ["gz", "zst"])
def test_a_bomb_is_refused_before_it_goes_off(
    backup: Backup, packed: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(guard, "SPARE", 1_000_000)
    make(backup.path, member("./x"), packed=packed, content=bytes(20_000_000))
    assert os.stat(backup.path).st_size < 30_000

    for looking_through in (backup.driver.inspect, lambda path: backup.extract()):
        with pytest.raises(Refused, match=r"holds more than [\d,]+ bytes"):
            looking_through(backup.path)

    assert (backup.at / "unpacked" / "x").stat().st_size < 10_000_000


def test_more_than_the_disk_has_room_for_is_refused(backup: Backup, monkeypatch: pytest.MonkeyPatch) -> None:
    make(backup.path, member("./x"), content=bytes(2_000_000))
    monkeypatch.setattr(backup.driver._host, "free_bytes", lambda path: 1_000_000)

    with pytest.raises(Refused, match="holds more than 1,000,000 bytes, more than may be unpacked here"):
        backup.extract()


def test_too_many_members_are_refused(backup: Backup, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(guard, "MOST_MEMBERS", 10)
    make(backup.path, *(member(f"./{number}") for number in range(11)))

    with pytest.raises(Refused, match="its 11th member, and nothing has so many"):
        backup.driver.inspect(backup.path)


def _with_field(block: bytes, at: int, field: bytes) -> bytes:
    changed = bytearray(block)
    changed[at : at + len(field)] = field
    changed[148:156] = b"%06o\0 " % members._checksum(changed)
    return bytes(changed)


PLAIN = header("./x", 0, mode=0o644, mtime=0)


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (_with_field(header("L", 1 << 40, mode=0, mtime=0), 156, b"L"), "header of more than 1 MiB"),
        (_with_field(header("x", 5, mode=0, mtime=0), 156, b"x") + b"abcde" + bytes(507), "makes no sense"),
        (
            _with_field(header("x", 9, mode=0, mtime=0), 156, b"x") + b"99 a=bcd\n" + bytes(503),
            "makes no sense",
        ),
        (_with_field(PLAIN, 124, b"\xff" * 12), "is not an archive that Aegir can read"),
        (_with_field(PLAIN, 100, b"rw-r--r-"), "the header of a member makes no sense"),
        (PLAIN + b"x" * 512, "where a member's header should be there is something else"),
        (
            _with_field(header("x", 11, mode=0, mtime=0), 156, b"x") + b"11 size=-1\n" + bytes(501) + PLAIN,
            "less than no content",
        ),
        (
            _with_field(header("x", 24, mode=0, mtime=0), 156, b"x")
            + b"24 GNU.sparse.realsize=9\n"[:24]
            + bytes(488)
            + PLAIN,
            "is a sparse file",
        ),
    ],
)
def test_headers_that_make_no_sense_are_refused(backup: Backup, content: bytes, reason: str) -> None:
    pack(backup.path, content + bytes(1024))

    with pytest.raises(Refused, match=reason):
        backup.driver.inspect(backup.path)


def test_what_is_no_file_is_no_archive(backup: Backup) -> None:
    with pytest.raises(Broken, match="there is nothing there"):
        backup.driver.inspect(backup.path)
    os.mkfifo(backup.path)
    with pytest.raises(Broken, match="it is not a file"):
        backup.driver.inspect(backup.path)
