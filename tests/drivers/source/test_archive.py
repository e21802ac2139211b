"""Archives of code: every format, and nothing that could do harm."""

from __future__ import annotations

import hashlib
import io
import lzma
import os
import stat
import subprocess
import tarfile
import warnings
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import zstandard

from aegir.drivers.source import Source
from aegir.errors import Broken, Refused
from tests.contracts.sources import CODE, Ground, content, folder, git, packed, repository, written
from tests.live.files import Answer, handing_out

WHOLE = {**CODE, "latest": "core"}


@pytest.fixture
def ground() -> Iterator[Ground]:
    with folder() as place:
        yield Ground("archive", place, Source("archive", str(place / "code")))


def put(ground: Ground, data: bytes) -> Source:
    Path(ground.source.location).write_bytes(data)
    return ground.source


def tarred(ground: Ground, option: str) -> None:
    written(ground.folder / "top/code-1.0")
    argv = ["tar", option, "-cf", ground.source.location, "-C", str(ground.folder / "top"), "code-1.0"]
    subprocess.run(argv, check=True)


@pytest.mark.parametrize("option", ["--gzip", "--zstd", "--xz", "--bzip2", "--format=pax", "--format=gnu"])
def test_every_tar_is_unpacked_without_its_top_folder(option: str, ground: Ground) -> None:
    tarred(ground, option)
    into, built = ground.build()
    assert content(into) == WHOLE
    sha256 = hashlib.sha256(Path(ground.source.location).read_bytes()).hexdigest()
    assert (built.identity, built.facts) == (f"sha256 {sha256}", {"sha256": sha256})


def test_what_git_makes_is_one_too(ground: Ground) -> None:
    code = repository(written(ground.folder / "code-of-git"))
    git(
        "archive",
        "--format=tar.gz",
        "--prefix=code-1.0/",
        f"--output={ground.source.location}",
        "HEAD",
        at=code,
    )
    assert content(ground.build()[0]) == WHOLE


def test_a_zip_keeps_links_and_what_may_be_run(ground: Ground) -> None:
    with zipfile.ZipFile(ground.source.location, "w", zipfile.ZIP_DEFLATED) as made:
        for name, data in CODE.items():
            info = zipfile.ZipInfo(f"code/{name}")
            info.external_attr = (stat.S_IFREG | (0o755 if name == "bin/tool" else 0o644)) << 16
            made.writestr(info, data, zipfile.ZIP_DEFLATED)
        link = zipfile.ZipInfo("code/latest")
        link.external_attr = (stat.S_IFLNK | 0o777) << 16
        made.writestr(link, "core")
        made.writestr("__MACOSX/code/._x", b"")
    into, _ = ground.build()
    assert content(into) == WHOLE
    assert os.access(into / "bin/tool", os.X_OK)


def test_what_has_several_things_at_its_top_stays_as_it_is(ground: Ground) -> None:
    put(ground, packed(CODE))
    assert content(ground.build()[0]) == CODE
    put(ground, packed({"web/index.php": b"a", "vendor/autoload.php": b"b"}))
    assert sorted(content(ground.build()[0])) == ["vendor/autoload.php", "web/index.php"]
    put(ground, packed({"index.php": b"a"}))
    assert sorted(content(ground.build()[0])) == ["index.php"]


def test_one_is_fetched_and_checked(ground: Ground) -> None:
    tarred(ground, "--gzip")
    data = Path(ground.source.location).read_bytes()
    checksum = f"sha256:{hashlib.sha256(data).hexdigest()}"
    with handing_out() as shelf:
        address = shelf.put("/code.tar.gz", data)
        assert content(ground.build(Source("archive", address, checksum=checksum))[0]) == WHOLE
        ground.build(Source("archive", address, checksum=checksum))
        assert len(shelf.asked) == 1
        with pytest.raises(Refused, match="is not the file that was meant"):
            ground.build(Source("archive", address, checksum=f"sha256:{'0' * 64}"))
        shelf.answers["/code.tar.gz"] = Answer(b"<!doctype html><title>Sign in</title>")
        with pytest.raises(Refused, match="is a web page"):
            ground.build(Source("archive", address))
        shelf.answers["/code.tar.gz"] = Answer(data[:-100])
        with pytest.raises(Refused, match="is truncated"):
            ground.build(Source("archive", address))


def _tar(change: Callable[[tarfile.TarInfo], None], name: str = "code/x") -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as tar:
        info = tarfile.TarInfo(name)
        change(info)
        tar.addfile(info)
        for below in ("code/index.php", "code/more/y"):
            tar.addfile(tarfile.TarInfo(below))
    return out.getvalue()


def _kind(kind: bytes, target: str = "") -> Callable[[tarfile.TarInfo], None]:
    def change(info: tarfile.TarInfo) -> None:
        info.type, info.linkname = kind, target

    return change


def _zip(name: str, mode: int = stat.S_IFREG, data: bytes = b"x", *, times: int = 1) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as made:
        for _ in range(times):
            info = zipfile.ZipInfo("x")
            info.filename, info.external_attr = name, (mode | 0o644) << 16
            with warnings.catch_warnings(action="ignore"):
                made.writestr(info, data)
        made.writestr("code/other.php", b"")
    return out.getvalue()


@pytest.mark.parametrize(
    ("data", "says"),
    [
        pytest.param(_tar(lambda info: None, "../x"), "leads upwards", id="upwards"),
        pytest.param(_tar(lambda info: None, "/etc/x"), "absolute", id="absolute"),
        pytest.param(_tar(lambda info: None, "code/a\nb"), "control characters", id="newline"),
        pytest.param(_tar(_kind(tarfile.SYMTYPE, "/etc/passwd")), "leads out", id="link"),
        pytest.param(_tar(_kind(tarfile.SYMTYPE, "../../x")), "leads out", id="link upwards"),
        pytest.param(_tar(_kind(tarfile.SYMTYPE, "../x")), "leads out", id="link to beside the top folder"),
        pytest.param(_tar(_kind(tarfile.SYMTYPE, "more/../../x")), "leads out", id="link over a name"),
        pytest.param(_tar(_kind(tarfile.LNKTYPE, "/etc/passwd")), "hard link", id="hard link"),
        pytest.param(_tar(_kind(tarfile.CHRTYPE)), "device", id="device"),
        pytest.param(_tar(_kind(tarfile.FIFOTYPE)), "pipe", id="pipe"),
        pytest.param(
            _tar(_kind(tarfile.SYMTYPE, "more"), "code/more"), "below what it holds", id="below a link"
        ),
        pytest.param(packed({".aegir-build/x": b"", "index.php": b""}), "which no code may", id="our name"),
        pytest.param(_zip("../x"), "leads upwards", id="zip upwards"),
        pytest.param(_zip("/etc/x"), "absolute", id="zip absolute"),
        pytest.param(_zip("code/x", stat.S_IFLNK, b"/etc/passwd"), "leads out", id="zip link"),
        pytest.param(_zip("code/x", stat.S_IFLNK, b"../x"), "leads out", id="zip link beside"),
        pytest.param(_zip("code/x", stat.S_IFCHR), "device", id="zip device"),
        pytest.param(_zip("code/x", times=2), "twice", id="zip twice"),
        pytest.param(_zip("code/index.php")[:-30], "truncated", id="zip truncated"),
        pytest.param(b"PK\x03\x04" + bytes(1000), "truncated", id="zip of nothing"),
        pytest.param(packed(CODE)[:3000], "truncated", id="tar truncated"),
        pytest.param(lzma.compress(packed(CODE))[:-40], "truncated", id="xz truncated"),
        pytest.param(b"\xfd7zXZ\0" + bytes(100), "damaged", id="xz damaged"),
        pytest.param(b"BZh9" + bytes(100), "damaged", id="bzip2 damaged"),
        pytest.param(zstandard.compress(packed(CODE))[:-10], "truncated", id="zst truncated"),
        pytest.param(b"Rar!\x1a\x07\x00" + bytes(1000), "not an archive", id="rar"),
        pytest.param(b"", "not an archive", id="empty"),
        pytest.param(packed({}), "not an archive: it is empty", id="no members"),
    ],
)
def test_a_hostile_or_broken_archive_is_refused_and_put_nowhere(
    data: bytes, says: str, ground: Ground
) -> None:
    with pytest.raises(Refused, match=says):
        ground.build(put(ground, data))
    assert not (ground.folder / "x").exists()


def test_an_encrypted_zip_is_refused(ground: Ground) -> None:
    data = bytearray(_zip("code/x"))
    for at in (data.index(b"PK\x03\x04") + 6, data.index(b"PK\x01\x02") + 8):
        data[at] |= 1
    with pytest.raises(Refused, match="is encrypted"):
        ground.build(put(ground, bytes(data)))


@pytest.mark.parametrize("pack", ["xz", "zip", "zst"])
def test_a_bomb_is_given_up_before_it_fills_the_disk(pack: str, ground: Ground) -> None:
    zeros = bytes(64 << 20)
    if pack == "zip":
        with zipfile.ZipFile(ground.source.location, "w", zipfile.ZIP_DEFLATED) as made:
            made.writestr("code/zeros", zeros)
            made.writestr("code/index.php", b"")
    else:
        tar = packed({"code/zeros": zeros, "code/index.php": b""})
        put(ground, lzma.compress(tar, preset=0) if pack == "xz" else zstandard.compress(tar))
    with pytest.raises((Refused, Broken), match="more than"):
        ground.build(bytes=8 << 20)
    lying = sum(path.stat().st_size for path in ground.folder.glob("into-*/**/*") if path.is_file())
    assert lying <= 9 << 20


def test_an_xz_that_wants_very_much_memory_is_refused(ground: Ground) -> None:
    filters = [{"id": lzma.FILTER_LZMA2, "dict_size": 1 << 29, "preset": 0}]
    data = lzma.LZMACompressor(lzma.FORMAT_XZ, filters=filters)
    put(ground, data.compress(packed(CODE)) + data.flush())
    with pytest.raises(Refused, match="cannot be decompressed"):
        ground.build()


def test_pieces_that_lie_one_after_the_other_are_one(ground: Ground) -> None:
    tar = packed(CODE, "code/")
    put(ground, lzma.compress(tar[:5000]) + bytes(8) + lzma.compress(tar[5000:]))
    assert content(ground.build()[0]) == CODE


@pytest.mark.parametrize(
    ("more", "field"),
    [
        ({"reference": "main"}, "reference"),
        ({"checksum": "sha256:1"}, "checksum"),
        ({"location": "/"}, "location"),
    ],
)
def test_what_an_archive_cannot_have_is_refused(more: dict[str, str], field: str, ground: Ground) -> None:
    with pytest.raises(Refused) as refusal:
        ground.driver.check(Source("archive", **{"location": "/x.tar", **more}))  # type: ignore[arg-type]
    assert refusal.value.field == field
