"""`python -m benchmarks.pathological`: pages made to hurt, each through the real worker pool.

For each page: its size, its outcome, the seconds of the clock from handing it over to its outcome,
the CPU seconds of all processes, and the most resident memory of its worker meanwhile. A worker is
warm and new for each page, as after any page that grew its process much. `--only WORD` takes the
pages with that word in their name. The last line is JSON with the largest of each.

The article in the pages is invented, and so is all around it.
"""

import argparse
import gzip
import json
import os
import random
import time
from collections.abc import Callable
from concurrent.futures import Future
from pathlib import Path
from threading import Event, Thread

from benchmarks.extraction import made_page
from benchmarks.processes import cpu_of
from schemas.elements import Article, Page
from tests.pipelines.newssite import paragraphs
from transforms.extract import Reading, ending, prepare, work
from transforms.outcomes import Failed, Rejected
from transforms.workers import Pool, TaskError

_LOOK = 0.005  # seconds between two looks at a worker's memory
ARTICLE = "".join(f"<p>{text}</p>" for text in paragraphs("pathological", 8))
HEAD = "<!DOCTYPE html><html lang='en'><head><title>A page that hurts</title>"
TOP = f"{HEAD}</head><body><article><h1>A page that hurts</h1>{ARTICLE}</article>"
SOUGHT = paragraphs("pathological", 1)[0]  # the first of the article's paragraphs


def links(count: int) -> str:
    return TOP + "".join(f"<a href='/{n}'>link number {n} of the day</a> " for n in range(count))


def listed(count: int) -> str:
    items = "".join(f"<li>entry number {n} of a long list</li>" for n in range(count))
    return f"{TOP}<ul>{items}</ul>"


def linked_list(count: int) -> str:
    items = "".join(f"<li><a href='/{n}'>entry number {n}</a></li>" for n in range(count))
    return f"{TOP}<ul>{items}</ul>"


def table(count: int) -> str:
    rows = "".join(f"<tr><td>row {n}</td><td>value {n * 7}</td></tr>" for n in range(count))
    return f"{TOP}<table>{rows}</table>"


def text_of(size: int) -> str:
    dice = random.Random(5)
    paragraph = "<p>" + " ".join(str(dice.random()) for _ in range(30)) + "</p>"
    return TOP + paragraph * (size // len(paragraph))


def nested(count: int) -> str:
    return f"{HEAD}</head><body>{'<div>' * count}{ARTICLE}{'</div>' * count}"


def nested_in(tags: str, count: int) -> str:
    return f"{HEAD}</head><body><article>{tags * count}{ARTICLE}"


def broken_json(size: int) -> str:
    broken = '{"@type":"NewsArticle","a":[' + '{"x":"y\n","z":[1,2,}' * (size // 20)
    return TOP + f'<script type="application/ld+json">{broken}</script>'


PAGES: dict[str, Callable[[], str | bytes]] = {
    "20,000 links": lambda: links(20_000),
    "200,000 links": lambda: links(200_000),
    "5 MB of text": lambda: text_of(5_000_000),
    "20 MB of text": lambda: text_of(20_000_000),
    "2.9 MB of text": lambda: text_of(2_900_000),
    "one text node of 2.9 MB": lambda: f"{TOP}<p>{'word and word ' * 207_000}</p>",
    "one text node of 20 MB": lambda: f"{TOP}<p>{'word and word ' * 1_430_000}</p>",
    "821 KB of broken JSON-LD": lambda: broken_json(821_000),
    "1,000 nested elements": lambda: nested(1_000),
    "100,000 nested elements": lambda: nested(100_000),
    "900 lists in each other": lambda: nested_in("<ul><li>", 900),
    "600 tables in each other": lambda: nested_in("<table><tr><td>", 600),
    "20,000 list items": lambda: listed(20_000),
    "50,000 list items": lambda: listed(50_000),
    "25,000 list items with links": lambda: linked_list(25_000),
    "6,000 table rows": lambda: table(6_000),
    "18,000 table rows": lambda: table(18_000),
    "50,000 table rows": lambda: table(50_000),
    "10,000 short paragraphs": lambda: TOP + "<div>words <div>and others</div></div>" * 5_000,
    "19,000 spans in one paragraph": lambda: (
        f"{TOP}<p>{('<span>' + 'words ' * 22 + '</span>') * 19_000}"
    ),
    "19,000 elements, 1,900 deep": lambda: TOP + ("<div>" * 1_900 + "</div>" * 1_900) * 10,
    "55,000 line breaks": lambda: TOP + "<p>" + "a line of words<br>" * 55_000,
    "NULs": lambda: TOP + "\0" * 1_000_000,
    "gzip bomb as HTML": lambda: gzip.compress(bytes(1_000_000_000)),
    "PDF as HTML": lambda: b"%PDF-1.7\n" + random.Random(3).randbytes(2_000_000),
}


class _Peak:
    """The most memory, in bytes, that any process below this one but the first holds meanwhile."""

    def __init__(self) -> None:
        self.bytes = 0
        self._end = Event()
        self._thread = Thread(target=self._look, daemon=True)
        self._thread.start()

    def stop(self) -> float:
        self._end.set()
        self._thread.join()
        return self.bytes / 1e6

    def _look(self) -> None:
        while not self._end.wait(_LOOK):
            for pid in _below(os.getpid()):
                self.bytes = max(self.bytes, _resident(pid))


def _below(pid: int) -> list[int]:
    try:
        tasks = list(Path(f"/proc/{pid}/task").iterdir())
        children = [int(c) for t in tasks for c in (t / "children").read_text().split()]
    except OSError:
        return []
    return children + [grandchild for child in children for grandchild in _below(child)]


def _resident(pid: int) -> int:
    try:
        pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    except OSError:
        return 0
    return pages * os.sysconf("SC_PAGE_SIZE")


def outcome(work: Future) -> str:
    """What becomes of a page, in a word or two."""
    ended: Rejected | Failed
    try:
        article: Article = work.result()
    except Rejected as rejected:
        ended = rejected
    except TaskError as error:
        ended = ending(error)
    else:
        return "article" if SOUGHT in article.text else "another text"
    return f"{ended.outcome}: {ended.reason}"


def measured(page: Page) -> tuple[str, float, float, float]:
    """Outcome, wall and CPU seconds, and MB of a page."""
    with Pool(1, prepare=(prepare, None)) as pool:
        pool.submit(work, (made_page("warm", TOP.encode()), Reading())).result()
        peak = _Peak()
        wall, cpu = time.monotonic(), cpu_of(os.getpid())
        ended = outcome(pool.submit(work, (page, Reading())))
        wall, cpu = time.monotonic() - wall, cpu_of(os.getpid()) - cpu
        return ended, wall, cpu, peak.stop()


def main() -> None:
    """Measure, print a line for each page, and as the last line the JSON."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--only", default="", help="pages with this in their name")
    args = parser.parse_args()
    walls, cpus, peaks = {}, {}, {}
    for name in [name for name in PAGES if args.only in name]:
        made = PAGES[name]()
        page = made_page(name, made if isinstance(made, bytes) else made.encode())
        ended, walls[name], cpus[name], peaks[name] = measured(page)
        print(
            f"{name:<30} {len(page.body) / 1e6:>6.2f} MB  {ended:<28} {walls[name]:>6.2f} s "
            f"{cpus[name]:>6.2f} CPU-s {peaks[name]:>5.0f} MB",
            flush=True,
        )
    results = {
        "pages": len(walls),
        "max_seconds": round(max(walls.values()), 2),
        "max_cpu_seconds": round(max(cpus.values()), 2),
        "max_mb": round(max(peaks.values())),
    }
    print(json.dumps({"benchmark": "pathological", "results": results}))


if __name__ == "__main__":
    main()
