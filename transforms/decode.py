"""Content-Encoding: removing it piece by piece, with a cap and a check that it came to its end.

HTTP clients hand on a truncated gzip body as if it were whole, unpack bombs in full, and fail on
harmless bytes after the end. A page or feed that is cut must not be taken for a shorter one, so
the decoding is ours: RFC 9110 8.4 (gzip, deflate), RFC 7932 (br), RFC 8878 (zstd).
"""

import zlib
from collections.abc import Iterator
from typing import Any, Final, Protocol

import brotli
import zstandard

from transforms.outcomes import Failed

ACCEPT_ENCODING: Final = "gzip, deflate, br, zstd"
_GZIP_MAGIC: Final = b"\x1f\x8b\x08"
_ZSTD_MAGIC: Final = b"\x28\xb5\x2f\xfd"
_MAX_ENCODINGS: Final = 3  # real servers apply one; two by mistake
_MAX_MEMBERS: Final = 1000  # of a gzip or zstd stream; each costs a fresh decoder
_STEP: Final = 64 << 10  # bytes
# A zstd block of 4 bytes can stand for 128 KiB and its decoder has no output limit, so what one
# call may unpack to is bounded by what it is given: 64 bytes make at most 2 MiB.
_ZSTD_SLICE: Final = 64
_ZSTD_WINDOW: Final = 8 << 20  # RFC 9659: what a decoder for the web must and may allow


class _Coding(Protocol):
    complete: bool  # the end marker was seen; whatever follows is junk

    def feed(self, data: bytes) -> Iterator[bytes]:
        """Decode, in steps of about `_STEP` bytes, so that a bomb is seen before it is unpacked."""


class _Gzip:
    """Members in a row (RFC 1952, 2.2); anything else after a member is junk."""

    def __init__(self) -> None:
        self.complete = False
        self._members = 1
        self._pending = b""
        self._inflate = zlib.decompressobj(31)

    def feed(self, data: bytes) -> Iterator[bytes]:
        data, self._pending = self._pending + data, b""
        more = False  # zlib can hold back output although it has taken all input
        while data or more:
            if self._inflate.eof:
                if len(data) < len(_GZIP_MAGIC) and _GZIP_MAGIC.startswith(data):
                    self._pending = data
                    return
                if not data.startswith(_GZIP_MAGIC) or self._members >= _MAX_MEMBERS:
                    return
                self._inflate = zlib.decompressobj(31)
                self._members += 1
            piece = self._inflate.decompress(data, _STEP)
            data = self._inflate.unconsumed_tail or self._inflate.unused_data
            self.complete = self._inflate.eof
            more = len(piece) == _STEP and not self.complete
            yield piece


class _Deflate:
    """zlib format as RFC 9110 says, or the raw deflate that some servers send instead."""

    def __init__(self) -> None:
        self.complete = False
        self._head = b""
        self._inflate: zlib._Decompress | None = None

    def feed(self, data: bytes) -> Iterator[bytes]:
        if self._inflate is None:
            data = self._head = self._head + data
            if len(data) < 2:
                return
            is_zlib = data[0] & 0x0F == 8 and int.from_bytes(data[:2], "big") % 31 == 0
            self._inflate = zlib.decompressobj(15 if is_zlib else -15)
            self._head = b""
        more = False
        while (data or more) and not self._inflate.eof:
            piece = self._inflate.decompress(data, _STEP)
            data = self._inflate.unconsumed_tail
            more = len(piece) == _STEP
            self.complete = self._inflate.eof
            yield piece


class _Brotli:
    def __init__(self) -> None:
        self.complete = False
        self._decoder = brotli.Decompressor()

    def feed(self, data: bytes) -> Iterator[bytes]:
        if self.complete:
            return
        yield self._decoder.process(data, output_buffer_limit=_STEP)
        while not self._decoder.can_accept_more_data():
            yield self._decoder.process(b"", output_buffer_limit=_STEP)
        self.complete = self._decoder.is_finished()


class _Zstd:
    """Frames in a row (RFC 8878, 3.1); anything else after a frame is junk."""

    def __init__(self) -> None:
        self.complete = False
        self._frames = 0
        self._pending = b""
        self._frame = self._new_frame()

    def _new_frame(self) -> Any:
        self._frames += 1
        return zstandard.ZstdDecompressor(max_window_size=_ZSTD_WINDOW).decompressobj()

    def feed(self, data: bytes) -> Iterator[bytes]:
        data, self._pending = self._pending + data, b""
        at = 0
        while at < len(data):
            if self._frame.eof:
                rest = data[at : at + len(_ZSTD_MAGIC)]
                if len(rest) < len(_ZSTD_MAGIC) and _ZSTD_MAGIC.startswith(rest):
                    self._pending = rest
                    return
                if rest != _ZSTD_MAGIC or self._frames >= _MAX_MEMBERS:
                    return
                self._frame = self._new_frame()
            piece = self._frame.decompress(data[at : at + _ZSTD_SLICE])
            at = min(at + _ZSTD_SLICE, len(data)) - len(self._frame.unused_data)
            self.complete = self._frame.eof
            yield piece


_CODINGS: Final[dict[str, type[_Gzip] | type[_Deflate] | type[_Brotli] | type[_Zstd]]] = {
    "gzip": _Gzip,
    "x-gzip": _Gzip,
    "deflate": _Deflate,
    "br": _Brotli,
    "zstd": _Zstd,
}


def _codings(header: str) -> list[_Coding]:
    """The decoders for a Content-Encoding, in the order in which they undo it."""
    names = [name.strip().lower() for name in header.split(",")]
    names = [name for name in names if name not in ("", "identity")]
    if len(names) > _MAX_ENCODINGS:
        raise Failed("bad_encoding", f"{len(names)} encodings", passing=False)
    unknown = [name for name in names if name not in _CODINGS]
    if unknown:
        raise Failed("bad_encoding", f"unknown: {unknown[0][:40]!r}", passing=False)
    return [_CODINGS[name]() for name in reversed(names)]


class Decoder:
    """Removes the Content-Encoding `header` from a body that arrives in pieces.

    What unpacks to something that is gzip again, or is gzip without saying so, is unpacked once
    more: servers label `.gz` files as they like, and no parser behind us reads gzip.
    Holds little more than `max_bytes`, whatever is fed. With `cut`, a body beyond `max_bytes` is
    cut there instead of refused, and `full` says that no more need be fed.
    """

    def __init__(self, header: str, max_bytes: int, *, cut: bool = False) -> None:
        self.full = False
        self._max_bytes = max_bytes
        self._cut = cut
        self._codings = _codings(header)
        # How much may yet come over the wire, out of each decoder, and thus into the body.
        self._room = [max_bytes] * (len(self._codings) + 1)
        self._body = bytearray()
        self._sniffed = False

    def feed(self, data: bytes) -> None:
        """Take the next piece as it came over the wire.

        Raises:
            Failed: `bad_encoding` or `body_too_large`.
        """
        try:
            self._push(0, data)
        except (zlib.error, brotli.error, zstandard.ZstdError) as error:
            raise Failed("bad_encoding", str(error)[:200], passing=False) from None

    def finish(self) -> bytes:
        """The whole body.

        Raises:
            Failed: `truncated` when an encoding did not come to its end.
        """
        fed = self._room[0] < self._max_bytes
        if fed and not self.full and not all(coding.complete for coding in self._codings):
            raise Failed("truncated", "the Content-Encoding did not come to its end")
        return bytes(self._body)

    def _push(self, place: int, data: bytes) -> None:
        """Hand `data` to the decoder at `place`, and what it makes of it to the next."""
        if self.full:
            return
        if len(data) > self._room[place]:
            if not self._cut:
                raise Failed("body_too_large", f"more than {self._max_bytes} bytes", passing=False)
            data = data[: self._room[place]]
        self._room[place] -= len(data)
        if place < len(self._codings):
            for piece in self._codings[place].feed(data):
                self._push(place + 1, piece)
        else:
            self._take(data)
        if self._cut and self._room[place] == 0:
            self.full = True

    def _take(self, data: bytes) -> None:
        self._body += data
        # Three bytes tell gzip from anything else, so the sniffing waits for them.
        if not self._sniffed and len(self._body) >= len(_GZIP_MAGIC):
            self._sniffed = True
            if self._body.startswith(_GZIP_MAGIC):
                packed, self._body = bytes(self._body), bytearray()
                self._codings.append(_Gzip())
                self._room.append(self._max_bytes)
                for piece in self._codings[-1].feed(packed):
                    self._push(len(self._codings), piece)


def decode(body: bytes, header: str, max_bytes: int) -> bytes:
    """`body` without its Content-Encoding `header`.

    Raises:
        Failed: `bad_encoding`, `truncated` or `body_too_large`.
    """
    decoder = Decoder(header, max_bytes)
    decoder.feed(body)
    return decoder.finish()
