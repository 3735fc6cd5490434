"""WARC records as they are written, and files of any origin as they are read."""

import gzip
import json
import random
import tracemalloc
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path
from typing import IO

import apache_beam as beam
import pytest
from apache_beam.runners.portability.fn_api_runner import FnApiRunner
from apache_beam.testing.util import assert_that, equal_to
from hypothesis import given, settings
from hypothesis import strategies as st
from warcio.archiveiterator import ArchiveIterator

from schemas.elements import Entry, Outcome, Page, Run
from transforms.answers import Exchange, Response
from transforms.archive import seal, spool
from transforms.captures import capture_page, read_response, to_records
from transforms.documents import document_origin
from transforms.warc import ReadWarc, scan
from transforms.warc_records import (
    Damaged,
    count_members,
    metadata,
    read_http,
    record,
    records,
    response,
)

AT = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
RUN = Run("20261120T120000Z-test", AT)
PAGE = b"<html><body><h1>Ferry late again</h1><p>It was late.</p></body></html>"


def exchange(url: str = "http://quay.example/a", body: bytes = PAGE, **more) -> Exchange:
    fields = {
        "version": "HTTP/1.1",
        "status": 200,
        "phrase": "OK",
        "headers": ((b"Content-Type", b"text/html; charset=utf-8"), (b"Server", b"x")),
        **more,
    }
    return Exchange(url=url, body=body, **fields)


def raw(kind: str, url: str, block: bytes, *more: tuple[str, str]) -> bytes:
    """A record as some crawler would write it."""
    fields = [
        ("WARC-Type", kind),
        ("WARC-Record-ID", "<urn:uuid:7b1e2a3c-0000-4000-8000-000000000001>"),
        ("WARC-Date", "2024-05-06T07:08:09Z"),
        ("WARC-Target-URI", url),
        ("Content-Type", "application/http; msgtype=response"),
        *more,
    ]
    return record(fields, block)


def http(status: str = "200 OK", body: bytes = PAGE, *headers: str) -> bytes:
    lines = [f"HTTP/1.1 {status}", "Content-Type: text/html", *headers, "", ""]
    return "\r\n".join(lines).encode() + body


def read_all(data: bytes) -> list[tuple[str, str, bytes]]:
    return [(r.type, r.url, r.block()) for r in records(BytesIO(data))]


# ------------------------------------------------------------------------------- writing


def test_a_response_is_written_as_it_came_but_for_the_chunks_that_are_not_there_any_more() -> None:
    given_ = exchange(
        headers=((b"Transfer-Encoding", b"chunked"), (b"X-Name", b"Z\xfcrich")), phrase="Très bien"
    )
    ((kind, url, block),) = read_all(response(given_, "<urn:uuid:1>", AT))
    assert (kind, url) == ("response", "http://quay.example/a")
    head, _, body = block.partition(b"\r\n\r\n")
    assert head.split(b"\r\n") == [
        "HTTP/1.1 200 Très bien".encode(),
        b"X-Crawl-Transfer-Encoding: chunked",
        b"X-Name: Z\xfcrich",
    ]
    assert body == PAGE


@given(
    st.binary(max_size=2000),
    st.lists(
        st.tuples(
            st.from_regex(rb"[A-Za-z][A-Za-z-]{0,20}", fullmatch=True),
            st.from_regex(rb"[!-~\xa0-\xff]{0,30}", fullmatch=True),
        ),
        max_size=6,
    ),
)
@settings(max_examples=60)
def test_what_a_capture_holds_is_what_its_replay_gives(
    body: bytes, headers: list[tuple[bytes, bytes]]
) -> None:
    headers = [h for h in headers if h[0].lower() not in (b"content-encoding",)]
    if body.startswith(b"\x1f\x8b\x08"):
        body = b"x" + body
    had = Response(
        "http://quay.example/",
        "http://quay.example/a",
        200,
        tuple((n.decode().lower(), v.decode("latin-1")) for n, v in headers),
        body,
        permanent=True,
    )
    entry = Entry(document_origin("http://quay.example/"), title="Fähre \ud800 late")
    made = capture_page(entry, had, [exchange(headers=tuple(headers), body=body)])
    written = b"".join(to_records(made, RUN.id, AT))
    (_, _, block), (_, _, said) = read_all(written)
    assert read_response(block, json.loads(said), 5000) == had
    assert written == b"".join(to_records(made, RUN.id, AT))


def test_an_archive_has_the_same_bytes_however_its_captures_came(tmp_path: Path) -> None:
    captures = [
        capture_page(
            Entry(document_origin(f"http://h{n % 3}.example/{n}")),
            Response("u", f"http://h{n % 3}.example/{n}", 200, (), PAGE, permanent=False),
            [exchange(f"http://h{n % 3}.example/{n}", PAGE * n)],
        )
        for n in range(1, 30)
    ]

    def written(name: str, order: random.Random, spools: int) -> tuple[bytes, dict[str, str]]:
        paths = [tmp_path / f"{name}-{n}.spool" for n in range(spools)]
        files: list[IO[bytes]] = [path.open("wb") for path in paths]
        shuffled = captures[:]
        order.shuffle(shuffled)
        spooled = []
        for n, capture in enumerate(shuffled):
            at = n % spools
            spooled.append(spool(capture, files[at], str(paths[at]), RUN.id, AT))
        order.shuffle(spooled)
        for file in files:
            file.close()
        staged, refs = seal(spooled, {"feeds": []}, str(tmp_path / name), RUN.id, AT, 0)
        (path,) = (tmp_path / name).rglob("*.warc.gz")
        assert (staged.name, staged.bytes) == (path.name, path.stat().st_size)
        with path.open("rb") as file:
            assert count_members(file) == staged.rows == 1 + 2 * len(captures)
        return path.read_bytes(), refs

    one, refs = written("one", random.Random(1), 1)
    other, others = written("other", random.Random(2), 4)
    assert one == other
    assert refs == others
    for capture in captures:
        file, _, offset = refs[capture.key].rpartition("@")
        assert file.endswith(".warc.gz")
        first = next(records(BytesIO(one[int(offset) :])))
        assert (first.type, first.url) == ("response", capture.url)


def test_a_spool_that_was_tampered_with_fails_the_run(tmp_path: Path) -> None:
    capture = capture_page(
        Entry(document_origin("http://quay.example/a")),
        Response("u", "http://quay.example/a", 200, (), PAGE, permanent=False),
        [exchange()],
    )
    path = tmp_path / "a.spool"
    with path.open("wb") as file:
        spooled = spool(capture, file, str(path), RUN.id, AT)
    path.write_bytes(path.read_bytes()[:-1])
    with pytest.raises(OSError, match="not there any more"):
        seal([spooled], {}, str(tmp_path), RUN.id, AT, 0)
    assert not list(tmp_path.rglob("*.warc.gz"))


# ------------------------------------------------------------------------------- reading


def test_a_file_that_breaks_off_gives_what_is_whole_and_names_where_it_broke() -> None:
    whole = raw("response", "http://quay.example/a", http(body=random.Random(1).randbytes(5000)))
    data = whole + whole[: len(whole) // 2]
    reader = records(BytesIO(data))
    assert next(reader).url == "http://quay.example/a"
    with pytest.raises(Damaged, match=r"ends \d+ bytes before"):
        next(reader).block()


@given(st.binary(max_size=300), st.integers(0, 400))
@settings(max_examples=80)
def test_no_bytes_make_reading_do_anything_but_give_records_or_say_that_they_are_damaged(
    junk: bytes, at: int
) -> None:
    good = raw("response", "http://quay.example/a", http())
    data = good[:at] + junk + good[at:]
    try:
        for found in records(BytesIO(data)):
            found.skip()
    except Damaged:
        pass


@pytest.mark.parametrize(
    ("block", "expected"),
    [
        (b"HTTP/1.0 404 Gone\nA: b\n\nbody", (404, (("a", "b"),), b"body")),
        (b"HTTP/1.1 200 OK\r\nA: b\r\n  c\r\n\r\n", (200, (("a", "b c"),), b"")),
        (
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nbody\r\n0\r\n\r\n",
            (200, (("transfer-encoding", "chunked"),), b"body"),
        ),
        (
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n<p>no chunks</p>",
            (200, (("transfer-encoding", "chunked"),), b"<p>no chunks</p>"),
        ),
        (b"SSH-2.0-OpenSSH\r\n\r\n", None),
        (b"", None),
    ],
)
def test_http_is_read_as_crawlers_stored_it(block: bytes, expected: object) -> None:
    assert read_http(block) == expected


def arc() -> bytes:
    """Two records in the Internet Archive's older format (ARC 1.0)."""
    head = b"1 0 Heritrix\nURL IP-address Archive-date Content-type Archive-length\n\n"
    body = http()
    return b"filedesc://x.arc 0.0.0.0 20090501000000 text/plain %d\n%s\n" % (
        len(head),
        head,
    ) + b"http://old.example/a 10.0.0.1 20090501020304 text/html %d\n%s\n" % (len(body), body)


@pytest.fixture
def crawl(tmp_path: Path) -> Path:
    """A crawl as others make them, with what goes wrong in it."""
    packed = gzip.compress(PAGE, mtime=0)
    long = http(body=b"<p>" + b"x" * (7 << 20))
    written = [
        record([("WARC-Type", "warcinfo"), ("Content-Type", "application/warc-fields")], b"a: b"),
        raw("request", "http://quay.example/a", b"GET / HTTP/1.1\r\n\r\n"),
        raw("response", "http://quay.example/a", http()),
        metadata("http://quay.example/a", None, "<urn:uuid:2>", AT, b"fetchTimeMs: 3"),
        raw("response", "http://quay.example/a?utm_source=x", http(body=PAGE * 2)),
        raw(
            "response",
            "https://quay.example/gzip",
            http("200 OK", packed, "Content-Encoding: gzip"),
        ),
        raw("response", "https://quay.example/lie", http("200 OK", PAGE, "Content-Encoding: gzip")),
        raw("response", "http://quay.example/cut", http(), ("WARC-Truncated", "length")),
        raw("revisit", "http://quay.example/same", http(body=b"")),
        raw("response", "http://quay.example/moved", http("301 Moved", b"", "Location: /a")),
        raw("response", "http://quay.example/gone", http("404 Not Found", b"")),
        raw("response", "http://quay.example/pic", http().replace(b"text/html", b"image/png")),
        raw("response", "http://quay.example/long", long),
        raw("response", "http://quay.example/ssh", b"SSH-2.0\r\n"),
        raw("response", "http://quay.example/robots.txt", http()),
        raw("response", "dns:quay.example", b"quay.example. 1 IN A 127.0.0.1"),
        raw("response", "http://quay.example/last", http(body=random.Random(1).randbytes(9000))),
    ]
    path = tmp_path / "crawl" / "CC-NEWS-1.warc.gz"
    path.parent.mkdir()
    path.write_bytes(b"".join(written)[:-3000])
    (tmp_path / "crawl" / "old.arc").write_bytes(arc())
    (tmp_path / "crawl" / "no.warc.gz").write_bytes(b"this is no archive")
    return tmp_path / "crawl"


def test_every_document_of_a_crawl_is_a_page_or_has_an_outcome_with_its_reason(
    crawl: Path,
) -> None:
    def url_and_reason(outcome: Outcome) -> tuple[str, str, str | None]:
        return outcome.url, outcome.outcome, outcome.reason

    def url_and_size(page: Page) -> tuple[str, int, str]:
        return page.entry.origin.url, len(page.body), page.retrieved_at.isoformat()

    with beam.Pipeline(runner=FnApiRunner()) as pipeline:
        read = pipeline | beam.Create([f"{crawl}/*", f"{crawl}/CC-*"]) | ReadWarc(RUN)
        when = "2024-05-06T07:08:09+00:00"
        assert_that(
            read["main"] | beam.Map(url_and_size),
            equal_to(
                [
                    ("http://quay.example/a", len(PAGE), when),
                    ("https://quay.example/gzip", len(PAGE), when),
                    ("https://quay.example/lie", len(PAGE), when),
                    ("http://old.example/a", len(PAGE), "2009-05-01T02:03:04+00:00"),
                ]
            ),
            label="pages",
        )
        assert_that(
            read["outcomes"] | beam.Map(url_and_reason),
            equal_to(
                [
                    ("http://quay.example/a?utm_source=x", "duplicate", "same_identity"),
                    ("http://quay.example/cut", "rejected", "truncated"),
                    ("http://quay.example/same", "unchanged", "revisit"),
                    ("http://quay.example/gone", "failed", "http_error"),
                    ("http://quay.example/pic", "rejected", "unsupported_type"),
                    ("http://quay.example/long", "rejected", "body_too_large"),
                    ("http://quay.example/ssh", "rejected", "protocol_error"),
                    ("archive:CC-NEWS-1.warc.gz", "failed", "archive_damaged"),
                    ("archive:no.warc.gz", "failed", "archive_damaged"),
                ]
            ),
            label="outcomes",
        )
        assert_that(
            read["discovered"] | beam.combiners.Count.Globally(), equal_to([13]), label="all"
        )


def test_a_large_file_is_scanned_within_a_few_megabytes(tmp_path: Path) -> None:
    path = tmp_path / "large.warc"
    block = http(body=b"<p>" + b"x" * (2 << 20))
    packed = raw("response", "http://quay.example/a", block)
    bomb = raw("response", "http://quay.example/b", http(body=b"0" * (200 << 20)))
    path.write_bytes(packed * 20 + bomb + packed)
    tracemalloc.start()
    found = list(scan(str(path), "large.warc"))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert [item.ended.reason if item.ended else None for item in found] == [
        *[None] * 20,
        "body_too_large",
        None,
    ]
    assert peak < 40 << 20


def test_offsets_of_an_uncompressed_file_lead_to_its_records(tmp_path: Path) -> None:
    packed = [raw("response", f"http://quay.example/{n}", http(body=PAGE * n)) for n in (1, 2, 3)]
    path = tmp_path / "plain.warc"
    path.write_bytes(b"".join(gzip.decompress(data) for data in packed))
    found = list(scan(str(path), path.name))
    with path.open("rb") as file:
        for item in found:
            file.seek(item.offset)
            first = next(iter(ArchiveIterator(file)))
            assert first.rec_headers.get_header("WARC-Target-URI") == item.origin.url
    assert len(found) == 3
