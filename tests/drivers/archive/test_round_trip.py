"""What goes into an archive comes out of it, by Aegir and by plain tar."""

from __future__ import annotations

import os
import random
import socket
import subprocess
import tarfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from aegir.drivers.archive import LEFT_OUT, Compression
from aegir.drivers.archive.members import header
from aegir.errors import Broken, Refused
from tests.drivers.archive.backups import DUMP, SETTINGS, Backup, dumping, make, member

PROGRAMS = {"zst": ("zstd", "--zstd"), "gz": ("gzip", "--gzip")}
OURS = {"manifest.json", "settings.php", "database.sql"}


def _tree(top: Path) -> dict[str, bytes | str | None]:
    """Content of files, targets of links, None for directories, by path."""
    found: dict[str, bytes | str | None] = {}
    for directory, directories, files in os.walk(top):
        for name in directories + files:
            path = Path(directory, name)
            content = (
                os.readlink(path) if path.is_symlink() else path.read_bytes() if path.is_file() else None
            )
            found[str(path.relative_to(top))] = content
    return found


def test_what_was_archived_comes_out_again(backup: Backup, compression: Compression) -> None:
    written = backup.write(compression)
    unpacked = backup.extract()

    found = _tree(unpacked)
    assert found.pop("manifest.json")
    assert found.pop("database.sql") == DUMP
    assert found == {**_tree(backup.site), "settings.php": SETTINGS}
    assert (unpacked / "files/program").stat().st_mode & 0o7777 == 0o744
    assert (unpacked / "files/empty").stat().st_mode & 0o7777 == 0o644
    assert (unpacked / "files/styles").stat().st_mode & 0o7777 == 0o755
    assert (unpacked / "files/styles/large/image").stat().st_mtime == 1_000_000_000
    assert os.stat(backup.path).st_size == written.size
    assert os.stat(backup.path).st_mode & 0o7777 == 0o600
    assert os.listdir(backup.at / "archives") == ["site.tar"]


def test_plain_programs_test_and_unpack_it(backup: Backup, compression: Compression) -> None:
    written = backup.write(compression)
    testing, unpacking = PROGRAMS[compression]
    directory = backup.at / "by-tar"
    directory.mkdir()

    with open(backup.path, "rb") as archive:
        subprocess.run([testing, "--test"], stdin=archive, check=True, timeout=60)
    subprocess.run(["tar", unpacking, "-xf", backup.path, "-C", directory], check=True, timeout=60)
    said = subprocess.run(["sha256sum", backup.path], check=True, timeout=60, capture_output=True, text=True)

    assert _tree(directory) == _tree(backup.extract())
    assert said.stdout.split()[0] == written.sha256 == backup.driver.digest(backup.path)


def test_a_look_through_tells_what_is_in_it(backup: Backup, compression: Compression) -> None:
    written = backup.write(compression)

    contents = backup.driver.inspect(backup.path)

    assert contents.manifest is not None
    assert contents.manifest["domain"] == "ægir.example"
    assert set(contents.manifest["checksums"]) == {"settings.php", "database.sql"}
    assert (contents.database, contents.settings) == ("database.sql", True)
    assert contents.files == len([found for found in _tree(backup.site).values() if found is not None]) + 2
    assert contents.unpacked == written.unpacked


@pytest.mark.parametrize("size", [0, 511, 512, 513, 3 * 1024 * 1024 + 1])
def test_a_dump_of_any_size_is_read_as_a_stream(backup: Backup, compression: Compression, size: int) -> None:
    dump = random.Random(size).randbytes(size)
    backup.write(compression, dump)

    with backup.driver.database(backup.path, "database.sql") as stream:
        start = stream.read(100)
        assert start + stream.read() == dump


def test_a_dump_that_is_not_there_is_refused(backup: Backup) -> None:
    backup.write()

    with pytest.raises(Refused, match=r"site\.tar holds no «database\.sqlite»\.$"):
        backup.driver.database(backup.path, "database.sqlite").__enter__()


def test_members_can_be_left_out_of_unpacking(backup: Backup) -> None:
    backup.write()

    unpacked = backup.extract(skip=("settings.php", "database.sql", "manifest.json", "files"))

    assert os.listdir(unpacked) == []


def test_patterns_keep_files_out(backup: Backup) -> None:
    (backup.site / "files/styles.css").touch()
    backup.write(exclude=("/files/styles", "pro*", "empty/", "/files/**/nothing"))

    found = set(_tree(backup.extract())) - OURS

    assert found == {"files", "files/link", "files/empty", "files/styles.css", "files/ünïcode name.txt"} | {
        "files/" + "long" * 60
    }


def test_a_directory_that_a_pattern_names_is_left_out_whole(backup: Backup) -> None:
    backup.write(exclude=("styles/",))

    assert not any("styles" in path for path in _tree(backup.extract()))


def test_the_directorys_own_dump_and_manifest_do_not_shadow_aegirs(backup: Backup) -> None:
    for name in OURS:
        (backup.site / name).write_text("of the site")

    backup.write()

    assert backup.driver.inspect(backup.path).database == "database.sql"
    assert (backup.extract() / "database.sql").read_bytes() == DUMP


def test_what_no_archive_may_hold_is_left_out_and_named(backup: Backup) -> None:
    os.mkfifo(backup.site / "files/pipe")
    (backup.site / "files/out").symlink_to("/etc")
    (backup.site / "files/line\nbreak").touch()
    (backup.site / "manifest.json").symlink_to("settings.php")
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(f"{backup.site}/files/socket")
        written = backup.write()

    assert sorted(written.left_out) == ["./files/line\\nbreak", "./files/out", "./files/pipe"]
    found = _tree(backup.extract())
    assert not {"files/pipe", "files/out", "files/line\nbreak", "files/socket"} & set(found)


def test_names_that_are_no_text_come_out_as_they_went_in(backup: Backup) -> None:
    (backup.site / os.fsdecode(b"files/\xff\xfe")).write_text("x")

    written = backup.write()

    assert written.left_out == ()
    assert _tree(backup.extract())[os.fsdecode(b"files/\xff\xfe")] == b"x"


def test_what_is_excluded_is_not_named_as_left_out(backup: Backup) -> None:
    (backup.site / "files/styles/out").symlink_to("/etc")

    assert backup.write(exclude=("styles/",)).left_out == ()


def test_only_the_first_of_what_is_left_out_are_named(backup: Backup) -> None:
    for number in range(LEFT_OUT + 5):
        (backup.site / f"files/out{number}").symlink_to("/etc")

    assert len(backup.write().left_out) == LEFT_OUT


def test_a_file_with_two_names_comes_out_as_two_files(backup: Backup) -> None:
    os.link(backup.site / "files/empty", backup.site / "files/second")

    backup.write()

    assert {"files/empty", "files/second"} <= set(_tree(backup.extract()))


def test_an_older_archive_is_replaced_only_by_a_whole_one(backup: Backup) -> None:
    Path(backup.path).write_bytes(b"older")
    Path(f"{backup.path}.part").write_bytes(b"left by a writer that was killed")

    with pytest.raises(Broken, match="Cannot open: No such file"):
        backup.driver.write(
            backup.path,
            manifest={},
            texts={},
            tree=f"{backup.at}/nothing",
            exclude=(),
            database=("database.sql", dumping()),
        )

    assert os.listdir(backup.at / "archives") == ["site.tar"]
    assert Path(backup.path).read_bytes() == b"older"
    backup.write()
    assert backup.driver.inspect(backup.path).settings


@pytest.mark.parametrize("packed", ["gz", "zst", "plain"])
def test_archives_of_older_aegirs_are_known_by_what_they_are_not_by_name(backup: Backup, packed: str) -> None:
    root = member("./", tarfile.DIRTYPE, mode=0o755)
    make(backup.path, root, member("./database.sql"), member("./drushrc.php"), packed=packed, content=DUMP)

    contents = backup.driver.inspect(backup.path)

    assert (contents.manifest, contents.database, contents.settings) == (None, "database.sql", False)
    assert contents.files == 2
    with backup.driver.database(backup.path, "database.sql") as stream:
        assert stream.read() == DUMP
    assert set(_tree(backup.extract())) == {"database.sql", "drushrc.php"}


@pytest.mark.parametrize("format", [tarfile.PAX_FORMAT, tarfile.USTAR_FORMAT, tarfile.GNU_FORMAT])
def test_every_format_of_tar_is_read(backup: Backup, format: int) -> None:
    (backup.site / "files" / ("long" * 60)).unlink()
    (backup.site / "files" / ("d" * 90)).mkdir()
    (backup.site / "files" / ("d" * 90) / ("f" * 90)).write_text("deep")
    with tarfile.open(backup.path, "w:gz", format=format) as tar:
        tar.add(backup.site, ".")

    assert _tree(backup.extract()) == _tree(backup.site)


def test_headers_for_the_whole_archive_and_directories_of_old_are_understood(backup: Backup) -> None:
    old = member("./files/", tarfile.AREGTYPE)
    with tarfile.open(backup.path, "w", pax_headers={"comment": "of an export"}) as tar:
        tar.addfile(old)
        tar.addfile(member("./files/x"))

    assert _tree(backup.extract()) == {"files": None, "files/x": b""}


def test_sizes_beyond_octal_digits_are_understood_by_tar(tmp_path: Path) -> None:
    size = 9 * 1024**3
    block = header("./database.sql", size, mode=0o600, mtime=1)

    read = tarfile.TarInfo.frombuf(block, "utf-8", "strict")

    assert (read.name, read.size, read.mode, read.mtime) == ("./database.sql", size, 0o600, 1)
    with pytest.raises(ValueError, match="too long"):
        header("x" * 101, 0, mode=0o600, mtime=1)


NAMES = st.text(
    st.characters(blacklist_categories=("Cs", "Cc"), blacklist_characters="/"), min_size=1
).filter(lambda name: name not in (".", "..") and len(name.encode()) <= 255)
TREES = st.recursive(st.binary(max_size=2000), lambda inner: st.dictionaries(NAMES, inner, max_size=4))


def _plant(tree: bytes | dict[str, object], path: Path) -> None:
    if isinstance(tree, bytes):
        path.write_bytes(tree)
        return
    path.mkdir()
    for name, inner in tree.items():
        assert isinstance(inner, bytes | dict)
        _plant(inner, path / name)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(tree=st.dictionaries(NAMES, TREES, max_size=4), dump=st.binary(max_size=3000), zstd=st.booleans())
def test_any_tree_and_any_dump_come_out_as_they_went_in(
    tmp_path_factory: pytest.TempPathFactory, backup: Backup, tree: dict[str, object], dump: bytes, zstd: bool
) -> None:
    tried = Backup(backup.driver, tmp_path_factory.mktemp("tried"))
    (tried.at / "archives").mkdir()
    _plant({name: inner for name, inner in tree.items() if name not in OURS}, tried.site)

    tried.write("zst" if zstd else "gz", dump)

    tried.driver.inspect(tried.path)
    found = _tree(tried.extract(skip=("manifest.json", "settings.php")))
    assert found.pop("database.sql") == dump
    assert found == _tree(tried.site)
