"""`--archive` and `newsbeam replay`: the same rows from what was kept, without the network."""

import hashlib
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, BinaryIO

import duckdb
import pytest
from fastwarc.warc import ArchiveIterator as FastIterator
from warcio.archiveiterator import ArchiveIterator

from pipelines.cli import main
from tests.pipelines.newssite import NewsSite, fill, item, page, paragraphs, publish, rss, serve

RUN_TIME = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)


@dataclass
class Archived:
    """A dataset of two archived runs, and the site that they were had from."""

    dataset: Path
    site: NewsSite

    @property
    def pattern(self) -> str:
        return str(self.dataset / "archive" / "*.warc.gz")

    @property
    def files(self) -> list[Path]:
        return sorted((self.dataset / "archive").glob("*.warc.gz"))


@pytest.fixture(scope="module")
def archived(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Archived]:
    dataset = tmp_path_factory.mktemp("archived") / "news"
    with serve(NewsSite()) as site:
        fill(site)
        assert ingest(site, dataset, timedelta()) == 0
        site.items[0] |= {"updated": (RUN_TIME + timedelta(hours=1)).isoformat()}
        site.pages[("127.0.0.1", "/a/0")] = page("Changed", paragraphs("changed"), "2026-11-20")
        site.items.append(item(60, "New one", site.url(2, "/a/60")))
        site.pages[("127.0.0.3", "/a/60")] = page("New one", paragraphs("new"), "2026-11-20")
        publish(site)
        assert ingest(site, dataset, timedelta(hours=2)) == 0
        site.fetched()
        yield Archived(dataset, site)


def ingest(site: NewsSite, dataset: Path, after: timedelta) -> int:
    feeds = [f"--feed={site.url(0, path)}" for path in ("/news.rss", "/world.atom", "/all.rdf")]
    return main(
        [
            "ingest",
            *feeds,
            f"--output={dataset}",
            "--allow-address=127.0.0.0/8",
            "--host-delay=0",
            "--timeout=1.5",
            "--entity-model=none",
            f"--run-time={(RUN_TIME + after).isoformat()}",
            "--archive",
            "--json",
        ]
    )


def digests(dataset: Path, table: str) -> dict[str, str]:
    """Path and sha256 of every live file of a table."""
    return {
        str(path.relative_to(dataset)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted((dataset / table).rglob("*.parquet"))
    }


def query(dataset: Path, table: str, select: str) -> list[tuple[Any, ...]]:
    files = f"'{dataset}/{table}/*/*.parquet'"
    return duckdb.execute(f"SELECT {select} FROM read_parquet({files})").fetchall()


def assert_same_files(one: Path, other: Path) -> None:
    for table in ("articles", "ledger", "rejects", "feeds"):
        assert digests(one, table) == digests(other, table), table


def test_a_replay_gives_the_files_of_every_table_hash_for_hash_and_asks_nobody(
    archived: Archived, tmp_path: Path
) -> None:
    other = tmp_path / "other"
    assert main(["replay", archived.pattern, f"--output={other}"]) == 0

    assert not archived.site.fetched()
    assert_same_files(archived.dataset, other)
    assert len(digests(other, "ledger")) == 2
    assert query(other, "articles", "max(version)") == [(2,)]


def test_a_replay_that_was_killed_and_is_run_again_gives_the_same(
    archived: Archived, tmp_path: Path
) -> None:
    other = tmp_path / "other"
    command = [sys.executable, "-m", "pipelines.cli", "replay"]
    command += [archived.pattern, f"--output={other}"]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    deadline = time.monotonic() + 60
    # In the midst of the second run: the first one is committed.
    while not any((other / "_staging").glob("20261120T14*")):
        assert time.monotonic() < deadline
        assert process.poll() is None
        time.sleep(0.005)
    os.kill(process.pid, signal.SIGKILL)
    process.wait()

    assert main(["replay", archived.pattern, f"--output={other}"]) == 0

    assert_same_files(archived.dataset, other)
    assert main(["fsck", str(other)]) == 0


def test_every_answer_is_a_record_that_other_tools_read_and_every_row_names_its_own(
    archived: Archived,
) -> None:
    site = archived.site
    path = archived.files[0]
    with path.open("rb") as file:
        seen = [(r.rec_type, r.rec_headers.get_header("WARC-Target-URI")) for r in _checked(file)]
    with path.open("rb") as file:
        fast = [
            (record.headers["WARC-Type"], record.headers.get("WARC-Target-URI"))
            for record in FastIterator(file, parse_http=True, verify_digests=True)
        ]

    assert seen == fast
    assert seen[0] == ("warcinfo", None)
    responses = {url for kind, url in seen if kind == "response"}
    assert site.url(0, "/news.rss") in responses
    assert site.url(3, "/robots.txt") in responses
    assert site.url(0, "/a/50") in responses, "a 404 is an answer"
    assert {site.url(2, "/a/52"), site.url(2, "/moved/52")} <= responses, "both hops"
    assert site.url(1, "/a/51") not in responses, "what never answered has no response"
    assert ("metadata", site.url(1, "/a/51")) in seen, "but is told of"
    for url, ref in query(archived.dataset, "articles", "url, archive_ref"):
        name, _, offset = ref.rpartition("@")
        with (archived.dataset / "archive" / name).open("rb") as file:
            file.seek(int(offset))
            record = next(iter(ArchiveIterator(file)))
            assert record.rec_type == "response"
            target = record.rec_headers.get_header("WARC-Target-URI")
            assert target == url or target.endswith("/moved/52")
            assert b"<h1>" in record.content_stream().read()
    refs = query(archived.dataset, "rejects", "reason, archive_ref")
    assert {reason for reason, ref in refs if ref} >= {"http_error", "timeout"}


def _checked(file: BinaryIO) -> Iterator[Any]:
    for record in ArchiveIterator(file, check_digests=True):
        record.content_stream().read()
        assert record.digest_checker.passed is not False
        yield record


def test_the_archive_is_part_of_the_commit_and_of_what_fsck_verifies(
    archived: Archived, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    copy = tmp_path / "copy"
    shutil.copytree(archived.dataset, copy)
    manifest = json.loads(max((copy / "_meta/manifests").glob("*.json")).read_bytes())
    listed = {file["path"]: file["rows"] for file in manifest["tables"]["archive"]}
    assert set(listed) == {f"archive/{path.name}" for path in archived.files}
    assert all(rows > 5 for rows in listed.values())
    assert main(["fsck", str(copy)]) == 0
    assert "clean" in capsys.readouterr().out

    path = sorted((copy / "archive").iterdir())[0]
    path.write_bytes(path.read_bytes()[:-40])
    assert main(["fsck", str(copy)]) == 1
    assert f"corrupt: archive/{path.name}" in capsys.readouterr().out


def test_a_damaged_archive_of_a_run_is_named_and_nothing_is_written(
    archived: Archived, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    cut, other = tmp_path / "cut.warc.gz", tmp_path / "other"
    cut.write_bytes(archived.files[0].read_bytes()[:-40])

    assert main(["replay", str(cut), f"--output={other}"]) == 1

    assert "Damaged" in capsys.readouterr().err
    assert not list(other.rglob("*.parquet"))


def test_any_other_archive_is_a_source_of_articles_dated_and_placed_by_its_captures(
    archived: Archived, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    # Somebody else's file: ours without the record that says what the run was.
    crawl, other = tmp_path / "CC-NEWS-20261120.warc.gz", tmp_path / "other"
    with archived.files[0].open("rb") as file:
        offsets = [reader.get_record_offset() for reader in _offsets(file)]
    crawl.write_bytes(archived.files[0].read_bytes()[offsets[1] :])

    assert main(["replay", str(crawl), f"--output={other}", "--entity-model=none"]) == 0

    stored = query(archived.dataset, "articles", "url, text, version")
    made = dict(query(other, "articles", "url, text"))
    first = {url: text for url, text, version in stored if version == 1}
    moved = archived.site.url(2, "/a/52")
    assert made[archived.site.url(2, "/moved/52")] == first[moved]
    same = {url for url, text in made.items() if first.get(url) == text}
    assert len(same) > 50
    assert query(other, "articles", "DISTINCT retrieved_at::VARCHAR") == [
        ("2026-11-20 12:00:00+00",)
    ]
    refs = query(other, "articles", "url, archive_ref")
    assert all(ref.startswith("CC-NEWS-20261120.warc.gz@") for _, ref in refs)
    assert ("failed", "http_error") in query(other, "ledger", "outcome, reason")


def _offsets(file: BinaryIO) -> Iterator[Any]:
    reader = ArchiveIterator(file)
    for _ in reader:
        yield reader


@pytest.mark.parametrize("kept", ["archive", "payload"])
def test_rejects_are_tried_again_and_what_succeeds_now_is_stored(
    archived: Archived, tmp_path: Path, capsys: pytest.CaptureFixture[str], kept: str
) -> None:
    site, dataset = archived.site, tmp_path / "news"
    with_archive = ["--archive"] if kept == "archive" else []
    site.feeds["/one.rss"] = rss("One", [site.items[n] for n in (1, 53, 50)])
    first = ["ingest", f"--feed={site.url(0, '/one.rss')}", f"--output={dataset}", *with_archive]
    fetch = ["--allow-address=127.0.0.0/8", "--host-delay=0", "--entity-model=none"]
    short = ["--reject-flags=index_page", f"--run-time={RUN_TIME.isoformat()}"]
    assert main([*first, *fetch, *short]) == 0
    found = query(dataset, "rejects", "url, reason, attempts")
    assert {(site.url(3, "/a/53"), "index_page", 1), (site.url(0, "/a/50"), "http_error", 1)} == {
        *found
    }
    site.fetched()

    later = (RUN_TIME + timedelta(hours=5)).isoformat()
    again = ["replay", f"--rejects={dataset}", *fetch, f"--run-time={later}"]
    assert main([*again, "--reason=index_page"]) == 0

    assert not site.fetched(), "nobody is asked: the page is kept"
    ends = query(dataset, "ledger", "outcome, stage")
    assert sorted(ends) == [
        ("failed", "fetch"),
        ("rejected", "extract"),
        ("stored", "write"),
        ("stored", "write"),
    ]
    (row,) = [
        row
        for row in query(dataset, "articles", "url, feed_url, published_at, archive_ref, source")
        if row[0] == site.url(3, "/a/53")
    ]
    assert row[1] == site.url(0, "/one.rss")
    assert (row[3] is not None) == (kept == "archive")
    # What failed on its way is fetched, and stays a reject with one more try.
    site.pages[("127.0.0.1", "/a/50")] = page("Back", paragraphs("back"), "2026-11-19T10:00:00Z")
    later = (RUN_TIME + timedelta(hours=6)).isoformat()
    assert main([*again[:-1], f"--run-time={later}"]) == 0
    assert site.fetched() == {"127.0.0.1/a/50": 1}
    assert len(query(dataset, "articles", "url")) == 3
    del site.pages[("127.0.0.1", "/a/50")]
    # Nothing is left to try.
    later = (RUN_TIME + timedelta(hours=7)).isoformat()
    assert main([*again[:-1], f"--run-time={later}"]) == 0
    assert not site.fetched()
    assert len(query(dataset, "ledger", "url")) == 5


def test_what_cannot_be_replayed_is_said_before_anything_runs(
    archived: Archived, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    crawl = tmp_path / "x.warc"
    crawl.write_bytes(b"no archive")
    for wrong, said in (
        ([str(tmp_path / "none*")], "no file there"),
        ([], "nothing to replay"),
        ([archived.pattern, str(crawl)], "one kind at a time"),
    ):
        assert main(["replay", *wrong, f"--output={tmp_path / 'other'}"]) == 2
        assert said in capsys.readouterr().err
    assert main(["replay", archived.pattern]) == 2
    assert "--output" in capsys.readouterr().err
