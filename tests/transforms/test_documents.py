"""Seed files: their urls, which files are read, and what becomes of the unusable ones."""

import os
from datetime import UTC, datetime
from pathlib import Path

import apache_beam as beam
import pytest
from apache_beam.runners.portability.fn_api_runner import FnApiRunner
from apache_beam.testing.util import assert_that, equal_to

from schemas.elements import Document, Page, Run
from transforms.documents import (
    ReadDocuments,
    decode_text,
    document_url,
    fixed_part,
    match_documents,
    read_document_file,
)
from transforms.outcomes import Failed, Rejected

AT = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
RUN = Run("20261120T120000Z-test", AT)


@pytest.mark.parametrize(
    ("pattern", "fixed"),
    [
        ("docs/*.txt", "docs"),
        ("docs/2026/a.txt", "docs/2026"),
        ("docs/*/2026/a.txt", "docs"),
        ("/data/docs/**", "/data/docs"),
        ("a.txt", ""),
        ("*.txt", ""),
        ("bucket://x/y/[ab].md", "bucket://x/y"),
    ],
)
def test_the_fixed_part_of_a_pattern_is_the_folder_above_its_first_wildcard(
    pattern: str, fixed: str
) -> None:
    assert fixed_part(pattern) == fixed


@pytest.mark.parametrize(
    ("path", "pattern", "url"),
    [
        ("/data/docs/a.txt", "/data/docs/*.txt", "seed:a.txt"),
        ("/data/docs/x/a.txt", "/data/docs/**", "seed:x/a.txt"),
        ("../docs/a.txt", "../docs/*.txt", "seed:a.txt"),
        ("./docs/a b.txt", "docs/*.txt", "seed:a%20b.txt"),
        ("docs/año.md", "docs/año.md", "seed:a%C3%B1o.md"),
    ],
)
def test_a_document_is_named_by_its_path_below_the_fixed_part(
    path: str, pattern: str, url: str
) -> None:
    assert document_url(path, pattern) == url


def test_the_same_files_have_the_same_urls_wherever_they_lie(tmp_path: Path) -> None:
    for place in ("here", "there/deeper"):
        (tmp_path / place / "sub").mkdir(parents=True)
        (tmp_path / place / "a.txt").write_text("A headline\n\nA text.")
        (tmp_path / place / "sub" / "b.md").write_text("# B\n\nA text.")
    urls = [
        sorted(url for url, _ in match_documents(str(tmp_path / place)))
        for place in ("here", "there/deeper")
    ]
    assert urls == [["seed:a.txt", "seed:sub/b.md"]] * 2


def test_a_folder_yields_its_documents_and_leaves_other_files_alone(tmp_path: Path) -> None:
    for name in ("a.txt", "b.MD", "c.html", "d.htm", "e.png", "f.json", "README"):
        (tmp_path / name).write_text("text")
    found = {url for url, _ in match_documents(str(tmp_path))}
    assert found == {"seed:a.txt", "seed:b.MD", "seed:c.html", "seed:d.htm"}


def test_a_pattern_that_is_the_name_of_a_file_or_folder_means_that(tmp_path: Path) -> None:
    folder = tmp_path / "take [2] of 3?"
    folder.mkdir()
    for name in ("why?.txt", "a*[b].txt", "other.txt"):
        (folder / name).write_text("text")
    (tmp_path / "take 2 of 3x").mkdir()
    (tmp_path / "take 2 of 3x" / "neighbour.txt").write_text("text")
    for name, url in (("why?.txt", "seed:why%3F.txt"), ("a*[b].txt", "seed:a%2A%5Bb%5D.txt")):
        assert list(match_documents(str(folder / name))) == [(url, str(folder / name))]
    found = sorted(url for url, _ in match_documents(f"{folder}/"))
    assert found == ["seed:a%2A%5Bb%5D.txt", "seed:other.txt", "seed:why%3F.txt"]


def test_an_empty_folder_holds_no_document(tmp_path: Path) -> None:
    assert list(match_documents(str(tmp_path))) == []


def test_a_pipe_is_a_failure_and_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.txt")
    with pytest.raises(Failed) as failed:
        read_document_file("seed:pipe.txt", str(tmp_path / "pipe.txt"), AT)
    assert (failed.value.reason, failed.value.detail) == ("file_unreadable", "not a regular file")


def test_a_file_is_read_whatever_its_name_is_made_of(tmp_path: Path) -> None:
    names = [
        b"latin\xe9.txt",
        "caf\u00e9.txt".encode(),
        "cafe\u0301.txt".encode(),
        b"new\nline.txt",
    ]
    names += [b"per%cent%20.txt", b"back\\slash.txt", b"quo\"te's.txt", b"ques?#tion.txt"]
    for name in names:
        Path(os.fsdecode(os.path.join(os.fsencode(tmp_path), name))).write_bytes(b"Text of " + name)
    urls = {
        "seed:latin%E9.txt",
        "seed:caf%C3%A9.txt",
        "seed:cafe%CC%81.txt",
        "seed:new%0Aline.txt",
        "seed:per%25cent%2520.txt",
        "seed:back%5Cslash.txt",
        "seed:quo%22te%27s.txt",
        "seed:ques%3F%23tion.txt",
    }
    with beam.Pipeline(runner=FnApiRunner()) as pipeline:
        read = pipeline | beam.Create([str(tmp_path)]) | ReadDocuments(RUN)
        assert_that(
            read["main"] | beam.Map(lambda document: document.entry.origin.url),
            equal_to(sorted(urls)),
        )


def test_html_becomes_a_page_and_text_and_markdown_a_document(tmp_path: Path) -> None:
    (tmp_path / "a.html").write_bytes(b"<p>caf\xe9</p>")
    (tmp_path / "a.md").write_text("# Head")
    page = read_document_file("seed:a.html", str(tmp_path / "a.html"), AT)
    assert isinstance(page, Page)
    assert page.body == b"<p>caf\xe9</p>"
    document = read_document_file("seed:a.md", str(tmp_path / "a.md"), AT)
    assert isinstance(document, Document)
    assert (document.text, document.media_type) == ("# Head", "text/markdown")


@pytest.mark.parametrize(
    ("body", "reason"),
    [(b"", "empty_body"), (b" \n\n", "empty_body"), (b"\x7fELF\0\0\0", "unsupported_type")],
)
def test_a_file_that_is_no_text_is_rejected_by_name(
    tmp_path: Path, body: bytes, reason: str
) -> None:
    (tmp_path / "a.txt").write_bytes(body)
    with pytest.raises(Rejected) as rejected:
        read_document_file("seed:a.txt", str(tmp_path / "a.txt"), AT)
    assert rejected.value.reason == reason


def test_a_file_that_went_away_is_a_failure_and_not_a_crash(tmp_path: Path) -> None:
    with pytest.raises(Failed) as failed:
        read_document_file("seed:a.txt", str(tmp_path / "gone.txt"), AT)
    assert failed.value.reason == "file_unreadable"


@pytest.mark.parametrize(
    "body",
    [
        "Zürich – “ja”".encode(),
        b"\xef\xbb\xbf" + "Zürich – “ja”".encode(),
        "Zürich – “ja”".encode("cp1252"),
        "Zürich – “ja”".encode("utf-16"),
    ],
)
def test_text_without_a_declared_charset_is_read_by_bom_then_utf8_then_cp1252(body: bytes) -> None:
    assert decode_text(body) == "Zürich – “ja”"


def test_each_file_is_discovered_once_however_many_patterns_match_it(tmp_path: Path) -> None:
    for name, text in (("a.txt", "One text"), ("b.txt", "Another text"), ("empty.txt", "")):
        (tmp_path / name).write_text(text)
    with beam.Pipeline(runner=FnApiRunner()) as pipeline:
        read = (
            pipeline
            | beam.Create([f"{tmp_path}/*.txt", f"{tmp_path}/a*", str(tmp_path)])
            | ReadDocuments(RUN)
        )
        assert_that(
            read["discovered"] | beam.Map(lambda origin: origin.url),
            equal_to(["seed:a.txt", "seed:b.txt", "seed:empty.txt"]),
            label="discovered",
        )
        assert_that(
            read["main"] | beam.Map(lambda document: document.text),
            equal_to(["One text", "Another text"]),
            label="documents",
        )
        assert_that(
            read["outcomes"] | beam.Map(lambda end: (end.url, end.outcome, end.reason)),
            equal_to([("seed:empty.txt", "rejected", "empty_body")]),
            label="outcomes",
        )
