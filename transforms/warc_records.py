"""WARC records (ISO 28500:2017, WARC/1.1), written and read.

Written here, for every byte must follow from what was received: record ids are hashes, dates are
the run's logical time, and each record is a gzip member of its own without a time in it. Read by
warcio, which knows ARC files and the bad habits of older crawlers.
"""

import hashlib
import re
import zlib
from base64 import b32encode
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from io import BytesIO
from typing import IO, Any, Final
from urllib.parse import quote
from uuid import UUID

from warcio.archiveiterator import ArchiveIterator
from warcio.bufferedreaders import ChunkedDataReader
from warcio.exceptions import ArchiveLoadFailed
from warcio.statusandheaders import StatusAndHeadersParserException

from transforms.answers import Exchange, Headers

LEVEL: Final = 6  # zlib: 9 takes four times as long for 1 % of the bytes
_STEP: Final = 64 << 10
# warcio unpacks all that it reads at once, which may be a thousand times as much.
_PACKED: Final = 4 << 10
_URI_SAFE: Final = "%/:=&?~#+!$,;'@()*[]|"
_BLANK: Final = " \t"  # optional whitespace around a field's value, RFC 9110, 5.6.3
_STATUS_LINE: Final = re.compile(r"HTTP/\d(?:\.\d)? +(\d{3})(?!\d)")
# What warcio and what is under it raise for bytes that are no archive, or no more.
_LOAD_ERRORS: Final = (
    ArchiveLoadFailed,
    StatusAndHeadersParserException,
    EOFError,
    OSError,
    ValueError,
    zlib.error,
)


# ------------------------------------------------------------------------------- writing


def uri(text: str) -> str:
    """`text` as it can stand in a header: what is no URI character is percent-encoded."""
    return quote(text, safe=_URI_SAFE, errors="replace")


def date_of(at: datetime) -> str:
    """A WARC-Date: UTC, to the second."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def digest(data: bytes) -> str:
    """A labelled digest as other tools write and compare it: sha1 in base 32."""
    return f"sha1:{b32encode(hashlib.sha1(data, usedforsecurity=False).digest()).decode()}"


def record_id(*parts: str | bytes) -> str:
    """`<urn:uuid:...>` that follows from `parts` alone."""
    hashed = hashlib.sha256()
    for part in parts:
        data = part.encode("utf-8", "replace") if isinstance(part, str) else part
        hashed.update(f"{len(data)}:".encode() + data)
    return f"<urn:uuid:{UUID(bytes=hashed.digest()[:16], version=5)}>"


def record(fields: Iterable[tuple[str, str]], block: bytes) -> bytes:
    """One record as one gzip member: `fields` in their order, then `block`."""
    lines = ["WARC/1.1", *(f"{name}: {value}" for name, value in fields)]
    lines.append(f"Content-Length: {len(block)}")
    packer = zlib.compressobj(LEVEL, zlib.DEFLATED, 31)
    head = "\r\n".join([*lines, "", ""]).encode("utf-8", "replace")
    return (
        packer.compress(head)
        + packer.compress(block)
        + packer.compress(b"\r\n\r\n")
        + (packer.flush())
    )


def http_block(exchange: Exchange) -> tuple[bytes, bytes]:
    """(head, body) of an HTTP response as it goes into a record.

    The body came without its transfer coding, so that its header is renamed, as Common Crawl
    renames it: a reader must not look for chunks that are not there.
    """
    phrase = exchange.phrase.encode("utf-8", "surrogateescape")
    head = [f"{exchange.version} {exchange.status} ".encode() + phrase]
    for name, value in exchange.headers:
        kept = b"X-Crawl-Transfer-Encoding" if name.lower() == b"transfer-encoding" else name
        head.append(kept + b": " + value)
    return b"\r\n".join([*head, b"", b""]), exchange.body


def response(exchange: Exchange, id_: str, at: datetime) -> bytes:
    """The response record of one answer."""
    head, body = http_block(exchange)
    block = head + body
    fields = [
        ("WARC-Type", "response"),
        ("WARC-Record-ID", id_),
        ("WARC-Date", date_of(at)),
        ("WARC-Target-URI", uri(exchange.url)),
        ("Content-Type", "application/http; msgtype=response"),
        ("WARC-Block-Digest", digest(block)),
        ("WARC-Payload-Digest", digest(body)),
    ]
    if exchange.truncated:
        fields.append(("WARC-Truncated", exchange.truncated))
    return record(fields, block)


def metadata(target: str, about: str | None, id_: str, at: datetime, block: bytes) -> bytes:
    """A metadata record of JSON on `target`; `about` is the id of the response that it is on."""
    fields = [
        ("WARC-Type", "metadata"),
        ("WARC-Record-ID", id_),
        ("WARC-Date", date_of(at)),
        ("WARC-Target-URI", uri(target)),
        *([("WARC-Refers-To", about)] if about else []),
        ("Content-Type", "application/json"),
        ("WARC-Block-Digest", digest(block)),
    ]
    return record(fields, block)


def warcinfo(fields: Iterable[tuple[str, str]], id_: str, at: datetime) -> bytes:
    """The record that begins a file: who made it, and how."""
    block = "".join(f"{name}: {value}\r\n" for name, value in fields).encode()
    head = [
        ("WARC-Type", "warcinfo"),
        ("WARC-Record-ID", id_),
        ("WARC-Date", date_of(at)),
        ("Content-Type", "application/warc-fields"),
        ("WARC-Block-Digest", digest(block)),
    ]
    return record(head, block)


def count_members(file: IO[bytes]) -> int:
    """The number of gzip members, which is that of records. Raises OSError for a damaged one."""
    members, unpacker, fresh = 0, zlib.decompressobj(31), True
    while data := file.read(_STEP):
        while data:
            try:
                unpacker.decompress(data)
            except zlib.error as error:
                raise OSError(f"gzip member {members + 1} is damaged: {error}") from None
            data, fresh = unpacker.unused_data, False
            if unpacker.eof:
                members, unpacker, fresh = members + 1, zlib.decompressobj(31), True
    if not fresh:
        raise OSError(f"gzip member {members + 1} does not come to its end")
    return members


# ------------------------------------------------------------------------------- reading


class Damaged(Exception):
    """A file that cannot be read, or not any further."""


@dataclass(frozen=True, slots=True)
class Record:
    """A record while its file stands at it: read the block before the next one is asked for."""

    type: str  # response, metadata, warcinfo, revisit, resource ...; an ARC record is a response
    url: str
    date: datetime | None
    offset: int  # where it begins in the file, to be read alone
    media_type: str  # of the block
    truncated: str | None
    stream: Any

    @property
    def length(self) -> int:
        """Bytes of the block that are yet to be read, as the record says."""
        return int(getattr(self.stream, "limit", 0))

    def block(self) -> bytes:
        """The block: look at `length` first. Raises Damaged if the file ends before it."""
        pieces = []
        while piece := self.stream.read(_STEP):
            pieces.append(piece)
        self._check_end()
        return b"".join(pieces)

    def skip(self) -> None:
        """Pass over the block. Raises Damaged if the file ends before it."""
        while self.stream.read(_STEP):
            pass
        self._check_end()

    def _check_end(self) -> None:
        if self.length:
            raise Damaged(f"it ends {self.length} bytes before the record at {self.offset} does")


def records(file: IO[bytes]) -> Iterator[Record]:
    """The records of a WARC or ARC file, gzip per record or plain, from where `file` stands.

    Holds one buffer of the file at a time. Raises Damaged where it cannot be read any further;
    the records before that were given.
    """
    reader = ArchiveIterator(file, arc2warc=True, no_record_parse=True, block_size=_PACKED)
    count = 0
    while True:
        try:
            raw = next(reader, None)
        except _LOAD_ERRORS as error:
            said = " ".join(str(error).split())[:200]
            raise Damaged(f"after {count} records: {said or type(error).__name__}") from error
        if raw is None:
            break
        count += 1
        fields = raw.rec_headers
        yield Record(
            type=raw.rec_type or "",
            url=(fields.get_header("WARC-Target-URI") or "").strip("<>"),
            date=_date(fields.get_header("WARC-Date")),
            offset=reader.offset,
            media_type=(fields.get_header("Content-Type") or "").partition(";")[0].strip().lower(),
            truncated=fields.get_header("WARC-Truncated"),
            stream=raw.raw_stream,
        )
    if count == 0:
        raise Damaged("no record in it")


def read_http(block: bytes) -> tuple[int, Headers, bytes] | None:
    """(status, headers, body) of a response record's block; None if it is no HTTP response.

    Header names in lower case, values as latin-1, as the client gives them. The body is without
    its chunks if it has any: some crawlers kept them, some kept only the header that says so.
    """
    head, gap, body = block.partition(b"\r\n\r\n")
    if not gap:
        head, _, body = block.partition(b"\n\n")
    line, *lines = head.decode("latin-1").replace("\r\n", "\n").split("\n")
    match = _STATUS_LINE.match(line)
    if match is None:
        return None
    headers: list[tuple[str, str]] = []
    for text in lines:
        if text[:1] in (" ", "\t") and headers:  # obsolete line folding, RFC 9112, 5.2
            headers[-1] = (headers[-1][0], f"{headers[-1][1]} {text.strip(_BLANK)}")
        elif ":" in text:
            name, _, value = text.partition(":")
            headers.append((name.strip().lower(), value.strip(_BLANK)))
    if any(n == "transfer-encoding" and "chunked" in v.lower() for n, v in headers):
        body = ChunkedDataReader(BytesIO(body), decomp_type=None).read()
    return int(match[1]), tuple(headers), body


def _date(value: str | None) -> datetime | None:
    try:
        at = datetime.fromisoformat(value or "")
    except ValueError:
        return None
    return at.astimezone(UTC) if at.tzinfo else at.replace(tzinfo=UTC)
