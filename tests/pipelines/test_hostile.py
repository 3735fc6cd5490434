"""Every hostile transport through the command, as a feed and as an article page, in one run."""

import gzip
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import pytest
from warcio.archiveiterator import ArchiveIterator

from tests.pipelines.newssite import NewsSite, atom, item, page, paragraphs, serve
from tests.transforms.test_http import EXPECTED, HOSTILE, free_port, hostile_cases

MEBIBYTE = 1 << 20
# The decoded cap of a page is 5 MiB, of a feed 10 MiB.
GROWTH = 16 * 5 * MEBIBYTE
DEADLINE = 6.0  # seconds of one request; the slowest cases take that, side by side
# The shared server, each case on an address of its own, for one that asks for a pause would stop
# all others. Its feed links to an address that is not allowed instead of to a name.
SERVER = """
import asyncio, sys
from pathlib import Path
source, port = Path(sys.argv[1]), int(sys.argv[2])
text = source.read_text().replace("http://x/", "http://127.0.0.99:9/")
hostile = {"__name__": "hostile"}
exec(compile(text, str(source), "exec"), hostile)
async def main():
    for n in range(len(hostile["C"])):
        await asyncio.start_server(hostile["h"], f"127.1.0.{n + 1}", port)
    print("ready", flush=True)
    await asyncio.Event().wait()
asyncio.run(main())
"""
COMMAND = """
import resource, sys
from pipelines.cli import main
code = main(sys.argv[1:])
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, file=sys.stderr)
sys.exit(code)
"""
# What becomes of what is whole: the server answers with feeds, which are no articles.
NO_ARTICLE = {"unsupported_type", "no_text"}
AS_PAGE = {"s200_error_page": {"stored"}, "flaky": NO_ARTICLE}  # its third request is answered
AS_FEED = {"s200_error_page": {"html_not_feed"}}


def expected(case: str, whole: set[str], exceptions: dict[str, set[str]]) -> set[str]:
    """How a case may end: reasons, some with their detail, or an outcome."""
    if case in exceptions:
        return exceptions[case]
    return set(EXPECTED[case].split("|")) if case in EXPECTED else whole


def ended(outcome: str, reason: str | None, detail: str | None) -> str:
    if reason == "http_error":
        return f"{reason} {detail}"
    return reason or outcome


@pytest.fixture(scope="module")
def hostile() -> Iterator[dict[str, str]]:
    """The cases, and where each is served."""
    if not HOSTILE.exists():
        pytest.skip("SKIPPED LOUDLY: the shared hostile server is not here; nothing was tested")
    port = free_port()
    process = subprocess.Popen(
        [sys.executable, "-c", SERVER, str(HOSTILE), str(port)], stdout=subprocess.PIPE
    )
    assert process.stdout is not None
    assert process.stdout.readline() == b"ready\n"
    yield {case: f"http://127.1.0.{n + 1}:{port}/{case}" for n, case in enumerate(hostile_cases())}
    process.terminate()
    process.wait()
    process.stdout.close()


def run(feeds: list[str], dataset: Path) -> tuple[dict[str, Any], int, float]:
    """The report of a run, its peak memory in bytes, and its seconds."""
    began = time.monotonic()
    done = subprocess.run(
        [
            *(sys.executable, "-c", COMMAND, "ingest", f"--output={dataset}", "--json"),
            *("--allow-address=127.1.0.0/16", "--allow-address=127.0.0.1", "--host-delay=0"),
            *("--allow-address=127.0.0.2", "--entity-model=none", f"--timeout={DEADLINE}"),
            *("--archive", "--run-time=2026-11-20T12:00:00Z"),
            *(f"--feed={feed}" for feed in feeds),
        ],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "PYTHONHASHSEED": "0"},
    )
    assert done.returncode == 0, done.stderr[-2000:]
    memory = int(done.stderr.split()[-1]) * 1024
    return json.loads(done.stdout), memory, time.monotonic() - began


def query(dataset: Path, table: str, select: str) -> list[tuple[Any, ...]]:
    return duckdb.execute(
        f"SELECT {select} FROM read_parquet('{dataset}/{table}/*/*.parquet')"
    ).fetchall()


@pytest.mark.slow
def test_every_hostile_transport_ends_as_expected_and_leaves_the_others_alone(
    hostile: dict[str, str], tmp_path: Path
) -> None:
    with serve(NewsSite()) as site:
        good = [item(n, f"Good {n}", site.url(1, f"/a/{n}")) for n in range(10)]
        for n in range(10):
            body = page(f"Good {n}", paragraphs(f"good {n}"), "2026-11-19T10:00:00Z")
            site.pages[("127.0.0.2", f"/a/{n}")] = body
        bad = [item(100 + n, case, url) for n, (case, url) in enumerate(hostile.items())]
        site.feeds["/good.atom"] = atom("Good", good)
        site.feeds["/bad.atom"] = atom("Bad", bad)
        _, baseline, _ = run([site.url(0, "/good.atom")], tmp_path / "base")
        own = [site.url(0, "/good.atom"), site.url(0, "/bad.atom")]
        report, memory, seconds = run([*own, *hostile.values()], tmp_path / "news")

    dataset = tmp_path / "news"
    ends = {
        url: ended(*how) for url, *how in query(dataset, "ledger", "url, outcome, reason, detail")
    }
    polls = {
        url: ended(*how)
        for url, *how in query(dataset, "feeds", "feed_url, outcome, reason, detail")
    }
    assert len(hostile) == 63
    pages = {case: ends[url] for case, url in hostile.items()}
    feeds = {case: polls[url] for case, url in hostile.items()}
    assert not {
        case: how for case, how in pages.items() if how not in expected(case, NO_ARTICLE, AS_PAGE)
    }
    assert not {
        case: how for case, how in feeds.items() if how not in expected(case, {"ok"}, AS_FEED)
    }
    # The others: the good feed and its articles, and nothing of a bad feed's was asked for.
    assert report["outcomes"]["stored"] == 11
    assert all(ends[site.url(1, f"/a/{n}")] == "stored" for n in range(10))
    # The whole run, twice through all the slow ones (feeds, then pages), and its start.
    assert seconds < 2 * 4 * DEADLINE + 30
    assert memory - baseline < GROWTH
    # Whatever came is in the archive, readable, and no password is in it or in any table.
    (archive,) = (dataset / "archive").glob("*.warc.gz")
    with archive.open("rb") as file:
        kept = {
            record.rec_headers.get_header("WARC-Target-URI") for record in ArchiveIterator(file)
        }
    assert {url for case, url in hostile.items() if expected(case, {"ok"}, {}) == {"ok"}} <= kept
    everything = gzip.decompress(archive.read_bytes()) + json.dumps(report).encode()
    assert b"user:pw@" not in everything.replace(b"Location: http://user:pw@", b"")
