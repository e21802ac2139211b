"""Compressed files as a row of independent pieces: zstd frames or gzip members.

Every program that unpacks these formats takes the pieces' contents one after the other. So a piece that is
merely stored, not compressed, has a size that is known before its content is, and can be put into a gap that
was left for it.
"""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import struct
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import BinaryIO, cast

import zstandard

from aegir.drivers.archive import Compression
from aegir.drivers.archive.members import Damaged
from aegir.drivers.host.streaming import Source

GATHERED = 1024 * 1024
"""Bytes to gather before they are compressed, for what comes in small pieces."""
FED = 2048
"""Compressed bytes to unpack at once: zstd can make 32,768 times as many of them."""
WINDOW = 1 << 27
"""The most memory that unpacking may need, as of the zstd program."""
ZSTD = b"\x28\xb5\x2f\xfd"
GZIP = b"\x1f\x8b"
XZ = b"\xfd7zXZ\0"
BZIP2 = b"BZh"


def stored(data: bytes, compression: Compression) -> bytes:
    """A piece that holds the data as they are; its size depends on theirs alone."""
    return _stored_zstd(data) if compression == "zst" else _stored_gzip(data)


class Packer:
    """Compresses what is added, and writes it to a file as one piece."""

    def __init__(self, file: BinaryIO, compression: Compression) -> None:
        self._file = file
        self._gathered = bytearray()
        self._compressor = (
            zstandard.ZstdCompressor(level=3, threads=2, write_checksum=True).compressobj()
            if compression == "zst"
            else zlib.compressobj(6, zlib.DEFLATED, 31)
        )
        self.added = 0

    def add(self, data: bytes) -> None:
        self.added += len(data)
        self._gathered += data
        if len(self._gathered) >= GATHERED:
            self._pack()

    def finish(self) -> None:
        self._pack()
        self._file.write(self._compressor.flush())

    def _pack(self) -> None:
        self._file.write(self._compressor.compress(bytes(self._gathered)))
        self._gathered.clear()


@contextmanager
def unpacked(file: BinaryIO) -> Iterator[BinaryIO]:
    """The content of a file that is compressed by either, by xz or bzip2, or not at all, whatever its name
    says.

    Raises Damaged when it is not whole.
    """
    start = file.read(6)
    file.seek(0)
    try:
        if start[:4] == ZSTD or (start[1:4] == b"\x2a\x4d\x18" and start[0] & 0xF0 == 0x50):
            yield io.BufferedReader(Source(_Frames(file).take), GATHERED)
        elif start[:2] == GZIP:
            yield cast(BinaryIO, gzip.GzipFile(fileobj=file, mode="rb"))
        elif start == XZ:
            yield io.BufferedReader(Source(_Streams(file, _xz).take), GATHERED)
        elif start[:3] == BZIP2:
            yield io.BufferedReader(Source(_Streams(file, bz2.BZ2Decompressor).take), GATHERED)
        else:
            yield file
    except EOFError:
        raise Damaged("is truncated: its end is missing") from None
    except (gzip.BadGzipFile, zlib.error, zstandard.ZstdError, lzma.LZMAError):
        raise Damaged("is damaged: it cannot be decompressed") from None


class _Frames:
    """The content of zstd frames. Unlike the library's reader it notices when the last one is not whole."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._decompressor = zstandard.ZstdDecompressor(max_window_size=WINDOW)
        self._frame = self._decompressor.decompressobj()
        self._between = True
        """Whether the last frame is over and no other has begun."""
        self._input = b""
        self._output = memoryview(b"")

    def take(self, buffer: memoryview) -> int:
        while not self._output:
            self._input = self._input or self._file.read(FED)
            if not self._input and self._between:
                return 0
            if not self._input:
                raise EOFError
            self._unpack()
        size = min(len(buffer), len(self._output))
        buffer[:size] = self._output[:size]
        self._output = self._output[size:]
        return size

    def _unpack(self) -> None:
        self._output = memoryview(self._frame.decompress(self._input))
        self._between = self._frame.eof
        self._input = self._frame.unused_data if self._between else b""
        if self._between:
            self._frame = self._decompressor.decompressobj()


def _xz() -> lzma.LZMADecompressor:
    return lzma.LZMADecompressor(lzma.FORMAT_XZ, memlimit=WINDOW)


class _Streams:
    """The content of xz or bzip2 streams, one after the other, in bounded memory."""

    def __init__(
        self, file: BinaryIO, make: Callable[[], lzma.LZMADecompressor | bz2.BZ2Decompressor]
    ) -> None:
        self._file = file
        self._make = make
        self._stream = make()
        self._input = b""

    def take(self, buffer: memoryview) -> int:
        while True:
            if self._stream.eof:
                # Between streams there may be zeros.
                self._input = (self._stream.unused_data or self._file.read(FED)).lstrip(b"\0")
                if not self._input:
                    return 0
                self._stream = self._make()
            if self._stream.needs_input and not self._input:
                self._input = self._file.read(FED)
                if not self._input:
                    raise EOFError
            try:
                data = self._stream.decompress(self._input, len(buffer))
            except (OSError, ValueError):  # as bzip2 says that it makes no sense
                raise Damaged("is damaged: it cannot be decompressed") from None
            self._input = b""
            if data:
                buffer[: len(data)] = data
                return len(data)


def _stored_zstd(data: bytes) -> bytes:
    # A frame of one segment whose size is told in four bytes, then raw blocks, the last one marked.
    frame = ZSTD + b"\xa0" + struct.pack("<I", len(data))
    for at in range(0, len(data), 1 << 17):
        block = data[at : at + (1 << 17)]
        last = at + len(block) == len(data)
        frame += (len(block) << 3 | last).to_bytes(3, "little") + block
    return frame


def _stored_gzip(data: bytes) -> bytes:
    member = GZIP + b"\x08\0\0\0\0\0\0\xff"
    for at in range(0, len(data), 0xFFFF):
        block = data[at : at + 0xFFFF]
        last = at + len(block) == len(data)
        member += struct.pack("<BHH", last, len(block), len(block) ^ 0xFFFF) + block
    return member + struct.pack("<II", zlib.crc32(data), len(data) & 0xFFFFFFFF)
