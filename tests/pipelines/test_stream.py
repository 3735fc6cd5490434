"""The stream: windows that know of each other, an end on SIGTERM, figures for monitoring."""

import os
import re
import signal
import subprocess
import sys
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import pytest

from pipelines.repeat import next_begin
from pipelines.stream import run_stream
from pipelines.stream_options import address, duration
from pipelines.usage import UsageError
from tests.pipelines.newssite import NewsSite, item, page, paragraphs, rss, serve
from transforms.dataset import Dataset
from transforms.fsck import check


@pytest.fixture
def site() -> Iterator[NewsSite]:
    with serve(NewsSite()) as running:
        running.items = []
        for n in range(3):
            publish(running, n)
        yield running


def publish(site: NewsSite, n: int) -> None:
    # Printed now: a feed that has fallen silent is polled seldom.
    now = datetime.now(UTC)
    entry = item(n, f"Report number {n}", site.url(n % 5, f"/a/{n}"), published=now)
    site.pages[f"127.0.0.{n % 5 + 1}", f"/a/{n}"] = page(
        entry["title"], paragraphs(f"article {n}"), entry["iso"]
    )
    site.items.append(entry)
    site.feeds["/feed"] = rss("Feed", site.items)


@contextmanager
def streaming(
    site: NewsSite, dataset: Path, *more: str, beam: Sequence[str] = ()
) -> Iterator[subprocess.Popen[str]]:
    stream = subprocess.Popen(
        [
            *(sys.executable, "-m", "pipelines.cli", "stream"),
            *(f"--feed={site.url(0, '/feed')}", f"--output={dataset}"),
            *("--allow-address=127.0.0.0/8", "--host-delay=0", "--entity-model=none"),
            *("--every=1s", *more, "--", *beam),
        ],
        stderr=subprocess.PIPE,
        text=True,
        cwd=Path(__file__).parents[2],
    )
    try:
        yield stream
    finally:
        if stream.poll() is None:
            stream.kill()
        stream.wait()
        assert stream.stderr
        stream.stderr.close()


def wait_for(stream: subprocess.Popen[str], pattern: str) -> str:
    """The first line of the log that matches."""
    assert stream.stderr
    seen = []
    for line in stream.stderr:
        seen.append(line)
        if re.search(pattern, line):
            return line
    raise AssertionError(f"the stream ended without {pattern!r}:\n{''.join(seen)}")


def urls(dataset: Path) -> list[str]:
    files = Dataset(str(dataset)).snapshot().files("articles")
    rows = duckdb.execute("SELECT url FROM read_parquet(?) ORDER BY url", [files]).fetchall()
    return [url for (url,) in rows]


@pytest.mark.slow
def test_each_window_stores_what_is_new_and_sigterm_ends_the_stream_cleanly(
    site: NewsSite, tmp_path: Path
) -> None:
    dataset = tmp_path / "news"
    with streaming(site, dataset, "--metrics-address=0") as stream:
        wait_for(stream, "each window is a bounded run")
        served = wait_for(stream, "metrics on")
        wait_for(stream, r"window run=\S+ stored=3 ")
        publish(site, 3)
        wait_for(stream, r"window run=\S+ stored=1 unchanged=3 ")
        address = re.search(r"http://127\.0\.0\.1:\d+", served)
        assert address
        with urllib.request.urlopen(f"{address[0]}/metrics", timeout=10) as answer:
            figures = answer.read().decode()
        assert 'newsbeam_documents_total{outcome="stored"} 4.0' in figures
        assert 'newsbeam_windows_total{result="failed"} 0.0' in figures
        stream.send_signal(signal.SIGTERM)
        wait_for(stream, "stopped after")
        assert stream.wait(30) == 0
    assert len(urls(dataset)) == 4
    assert check(str(dataset)).clean
    fetched = site.fetched()
    assert [fetched[f"127.0.0.{n % 5 + 1}/a/{n}"] for n in range(4)] == [1, 1, 1, 1]

    # It goes on where it was.
    with streaming(site, dataset, "--windows=1") as stream:
        publish(site, 4)
        assert wait_for(stream, "window run=")
        assert stream.wait(30) == 0
    assert len(urls(dataset)) == 5
    assert [path for path in site.fetched() if "/a/" in path] == ["127.0.0.5/a/4"]


def on_prism() -> tuple[str, str]:
    return ("--runner=PrismRunner", f"--prism_location={os.environ['PRISM']}")


@pytest.mark.prism
def test_one_job_streams_for_ever_and_goes_on_where_it_was(site: NewsSite, tmp_path: Path) -> None:
    dataset = tmp_path / "news"
    with streaming(site, dataset, "--metrics-address=0", beam=on_prism()) as stream:
        wait_for(stream, "one job on PrismRunner")
        served = wait_for(stream, "metrics on")
        wait_for(stream, r"window run=\S+ stored=3 ")
        publish(site, 3)
        wait_for(stream, r"window run=\S+ stored=1 unchanged=3 ")
        address = re.search(r"http://127\.0\.0\.1:\d+", served)
        assert address
        with urllib.request.urlopen(f"{address[0]}/metrics", timeout=10) as answer:
            figures = answer.read().decode()
        assert 'newsbeam_documents_total{outcome="stored"} 4.0' in figures
        # What the engine has counted of a bundle that just ended comes with the next window.
        pages = re.search(r'events_total\{event="pages",stage="fetch"\} (\d)\.0', figures)
        assert pages
        assert 3 <= int(pages[1]) <= 4
        stream.send_signal(signal.SIGTERM)
        wait_for(stream, "stopped after")
        assert stream.wait(60) == 0
    assert len(urls(dataset)) == 4
    # The window that was cut off may have staged files, which nobody sees.
    assert not check(str(dataset)).damaged
    with streaming(site, dataset, "--windows=2", beam=on_prism()) as stream:
        publish(site, 4)
        wait_for(stream, r"window run=\S+ stored=1 ")
        assert stream.wait(60) == 0
    assert len(urls(dataset)) == 5
    fetched = site.fetched()
    assert [fetched[f"127.0.0.{n % 5 + 1}/a/{n}"] for n in range(5)] == [1] * 5


@pytest.mark.prism
def test_a_job_that_is_killed_in_a_window_leaves_nothing_of_it(
    site: NewsSite, tmp_path: Path
) -> None:
    dataset = tmp_path / "news"
    site.silent.add(("127.0.0.1", "/a/0"))  # the window waits there until it is killed
    with streaming(site, dataset, "--timeout=60", beam=on_prism()) as stream:
        assert site.asked.wait(60)
        stream.kill()
        stream.wait()
    site.silent.clear()
    assert Dataset(str(dataset)).snapshot().live == ()
    with streaming(site, dataset, "--windows=2", beam=on_prism()) as stream:
        wait_for(stream, r"window run=\S+ stored=3 ")
        assert stream.wait(60) == 0
    assert len(urls(dataset)) == 3
    assert not check(str(dataset)).damaged


def test_a_runner_that_cannot_stream_is_refused_in_one_line(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "pipelines.cli", "stream", f"--output={tmp_path}/news"]
    command += ["--feed=http://127.0.0.1/f", "--", "--runner=SparkRunner"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 2
    assert "--runner=SparkRunner runs no endless job" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("more", "said"),
    [
        (["--every=1m", "--window=2m"], "--window is longer than --every"),
        (["--windows=0"], "--windows 0: at least 1"),
        (["--run-time=2026-11-20T12:00:00Z"], "--run-time belongs to a single run"),
    ],
)
def test_a_rhythm_that_cannot_be_kept_is_refused(
    more: list[str], said: str, tmp_path: Path
) -> None:
    with pytest.raises(UsageError, match=said):
        run_stream([f"--output={tmp_path}/news", "--feed=http://127.0.0.1/f", *more])


@pytest.mark.slow
def test_a_window_whose_process_is_killed_is_made_up_for_by_the_next(
    site: NewsSite, tmp_path: Path
) -> None:
    dataset = tmp_path / "news"
    site.silent.add(("127.0.0.1", "/a/0"))  # the window waits there until it is killed
    with streaming(site, dataset, "--windows=2", "--timeout=60") as stream:
        wait_for(stream, "streaming")
        assert site.asked.wait(60)
        site.silent.clear()  # for the next window
        os.kill(window_of(stream.pid), signal.SIGKILL)
        wait_for(stream, "window failed, nothing of it was written")
        wait_for(stream, r"window run=\S+ stored=3 ")
        assert stream.wait(30) == 0
    assert len(urls(dataset)) == 3
    assert not check(str(dataset)).damaged


def window_of(parent: int) -> int:
    """The process of the window in work: the fork server's child."""
    tree: dict[int, list[int]] = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rsplit(")", 1)[1].split()
        except OSError:
            continue  # ended meanwhile
        tree.setdefault(int(fields[1]), []).append(int(stat.parent.name))
    (window,) = [grandchild for child in tree[parent] for grandchild in tree.get(child, [])]
    return window


def test_a_metrics_address_is_a_port_or_a_host_and_a_port() -> None:
    assert address("9477") == ("127.0.0.1", 9477)
    assert address("0.0.0.0:0") == ("0.0.0.0", 0)
    assert address("[::]:80") == ("::", 80)
    for value in ("", "host", "1:2:x", "99999"):
        with pytest.raises(Exception, match="is not a port"):
            address(value)


def test_durations_are_read_as_people_write_them() -> None:
    assert [duration(value) for value in ("90s", "10m", "1h", "1d")] == [90, 600, 3600, 86_400]
    for value in ("", "10", "0m", "1w", "-5s"):
        with pytest.raises(Exception, match="is not a duration"):
            duration(value)


@pytest.mark.parametrize(("now", "due"), [(5, 600), (601, 1200), (1850, 2400), (60_000.5, 60_600)])
def test_a_beat_that_was_missed_is_not_made_up_for(now: float, due: float) -> None:
    assert next_begin(0, 600, now) == due
