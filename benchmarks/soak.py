"""`make soak`: days of a stream in minutes. Does its memory grow with its age?

A stream with one-second windows over a loopback site that prints three new articles a window:
each window is what a ten-minute window is, only the waiting is left out. Sampled after each
window: resident memory of the stream, and of what it started (the fork server of local windows).

`--prism FILE` streams in one job on Beam's Prism instead, with the workers in the stream's process;
the started process is Prism.
"""

import argparse
import json
import re
import subprocess
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from statistics import median

import duckdb

from tests.pipelines.newssite import NewsSite, item, page, paragraphs, rss, serve

NEW = 3  # articles in each window
LISTED = 30  # entries that the feed shows


def resident(pid: int) -> float:
    """Resident memory of a process in MB; 0 if it is gone."""
    try:
        status = Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return 0.0
    found = re.search(r"VmRSS:\s+(\d+) kB", status)
    return int(found[1]) / 1024 if found else 0.0


def children(pid: int) -> list[int]:
    """The processes that `pid` started."""
    path = Path(f"/proc/{pid}/task/{pid}/children")
    return [int(child) for child in path.read_text().split()] if path.exists() else []


def publish(site: NewsSite, items: list[dict[str, str]], window: int) -> None:
    """Print the articles of one window."""
    for n in range(window * NEW, (window + 1) * NEW):
        link, now = site.url(n % 5, f"/a/{n}"), datetime.now(UTC)
        entry = item(n, f"Report {n} of the day", link, published=now)
        site.pages[f"127.0.0.{n % 5 + 1}", f"/a/{n}"] = page(
            entry["title"], paragraphs(f"soak {n}"), entry["iso"]
        )
        items.append(entry)
    site.feeds["/feed"] = rss("Soak", items[-LISTED:])


def main() -> None:
    """Run the soak; print a line for each tenth window and, last, the JSON."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--windows", type=int, default=144, help="144 are a day")
    parser.add_argument("--prism", metavar="FILE", help="stream on this Prism")
    options = parser.parse_args()
    windows = options.windows
    stream_mb: list[float] = []
    server_mb: list[float] = []
    seconds: list[float] = []
    with tempfile.TemporaryDirectory() as place, serve(NewsSite()) as site:
        items: list[dict[str, str]] = []
        publish(site, items, 0)
        dataset = Path(place) / "news"
        command = [sys.executable, "-m", "pipelines.cli", "stream", f"--windows={windows}"]
        command += [f"--feed={site.url(0, '/feed')}", f"--output={dataset}", "--every=1s"]
        command += ["--allow-address=127.0.0.0/8", "--host-delay=0", "--entity-model=none"]
        if options.prism:
            command += ["--", "--runner=PrismRunner", f"--prism_location={options.prism}"]
        stream = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
        assert stream.stderr
        for line in stream.stderr:
            if "window run=" not in line:
                continue
            publish(site, items, len(stream_mb) + 1)
            stream_mb.append(resident(stream.pid))
            server_mb.append(max(map(resident, children(stream.pid)), default=0.0))
            took = re.search(r"seconds=([\d.]+)", line)
            seconds.append(float(took[1]) if took else 0.0)
            if len(stream_mb) % 10 == 0:
                print(
                    f"window {len(stream_mb):>4}: stream {stream_mb[-1]:.0f} MB, "
                    f"started {server_mb[-1]:.0f} MB, {seconds[-1]:.1f} s",
                    flush=True,
                )
        code = stream.wait(60)
        stored = duckdb.execute(
            f"SELECT count(*), count(DISTINCT id) FROM '{dataset}/articles/*/*.parquet'"
        ).fetchone()
        manifests = len(list((dataset / "_meta" / "manifests").iterdir()))
    tenth = max(len(stream_mb) // 10, 1)
    results = {
        "exit_code": code,
        "windows": len(stream_mb),
        "articles": stored[0] if stored else 0,
        "distinct_articles": stored[1] if stored else 0,
        "manifests_kept": manifests,
        "stream_mb_first_tenth": round(median(stream_mb[:tenth]), 1),
        "stream_mb_last_tenth": round(median(stream_mb[-tenth:]), 1),
        "started_mb_first_tenth": round(median(server_mb[:tenth]), 1),
        "started_mb_last_tenth": round(median(server_mb[-tenth:]), 1),
        "window_seconds_first_tenth": round(median(seconds[:tenth]), 2),
        "window_seconds_last_tenth": round(median(seconds[-tenth:]), 2),
    }
    print(json.dumps({"benchmark": "soak", "results": results}))


if __name__ == "__main__":
    main()
