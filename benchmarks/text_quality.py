"""Text F1 of newsbeam and of bare trafilatura on the same bytes, over public article sets.

Each set as it is (see benchmarks.corpora); the pages of them that are not UTF-8; and the pages of
FUN, and those of TRA that are not English, re-encoded as benchmarks.legacy_pages has it. F1 is over
4-grams of words, for TRA over segments that must or must not be in the text.

Bare is `trafilatura.bare_extraction(bytes, with_metadata=True, include_comments=False)`.
"""

import argparse
import json
import os
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial
from typing import Final

import trafilatura

from benchmarks.corpora import Gold, load, segment_f1, shingle_f1
from benchmarks.legacy_pages import is_utf8, legacy_pages
from schemas.elements import Article, Entry, Origin, Page
from transforms.extract import extract, quiet
from transforms.outcomes import Rejected

SETS: Final = {"article-extraction-benchmark": "aeb", "fundus": "fun", "trafilatura": "tra"}
# After all pages were saved, so that none of their dates is in the future.
RETRIEVED: Final = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)


@dataclass(frozen=True)
class Task:
    """A page to read with a Content-Type, and the names of the rows that it counts in."""

    gold: Gold
    content_type: str
    rows: tuple[str, ...]


@dataclass(frozen=True)
class Read:
    """The texts that newsbeam and bare trafilatura found."""

    task: Task
    ours: str
    bare: str


def article_of(gold: Gold, content_type: str = "text/html") -> Article | None:
    """What newsbeam reads on a page; None if it rejects it."""
    entry = Entry(Origin(gold.name, "archive", gold.name, gold.url, gold.corpus))
    page = Page(entry, gold.url, 200, (("content-type", content_type),), gold.body, RETRIEVED)
    try:
        return extract(page, 30)
    except Rejected:
        return None


def bare_text(gold: Gold) -> str:
    """What trafilatura alone makes of the same bytes."""
    found = trafilatura.bare_extraction(
        gold.body, url=gold.url, with_metadata=True, include_comments=False
    )
    return (found and found.text) or ""


def read(gold: Gold, legacy: bool) -> list[Read]:
    """Both texts of a page as it is and, if `legacy`, in old charsets; the bytes are not kept."""
    quiet()
    bare: dict[bytes, str] = {}
    found = []
    for task in tasks(gold, legacy):
        article = article_of(task.gold, task.content_type)
        if task.gold.body not in bare:
            bare[task.gold.body] = bare_text(task.gold)
        kept = replace(task, gold=replace(task.gold, body=b""))
        found.append(Read(kept, article.text if article else "", bare[task.gold.body]))
    return found


def tasks(gold: Gold, legacy: bool) -> Iterator[Task]:
    """What to read of a page: as it is, and in old charsets if `legacy` and in FUN or TRA."""
    short = SETS[gold.corpus]
    yield Task(gold, "text/html", (short,) if is_utf8(gold.body) else (short, f"{short} not utf-8"))
    if not legacy or gold.corpus == "article-extraction-benchmark":
        return  # all in English
    for page in legacy_pages(gold):
        if gold.corpus == "fundus" or page.language != "en":
            rows = (f"{short} {page.case}", f"{short} {page.charset} {page.case}")
            yield Task(page.gold, page.content_type, rows)


def f1(reads: Sequence[Read], text: Callable[[Read], str]) -> float:
    """F1 as the set of the pages is measured."""
    if reads[0].task.gold.corpus == "trafilatura":
        return segment_f1([(one.task.gold, text(one)) for one in reads])
    return shingle_f1([(one.task.gold.text or "", text(one)) for one in reads])[0]


def main() -> None:
    """Print a line for each row, and all of it as one JSON object in the last line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--every", type=int, default=1, help="of all pages, every n-th")
    parser.add_argument("--as-they-are", action="store_true", help="no re-encoded pages")
    parser.add_argument("--processes", type=int, default=os.cpu_count())
    options = parser.parse_args()
    rows: dict[str, list[Read]] = defaultdict(list)
    golds = [gold for corpus in SETS for gold in load(corpus, options.every)]
    # Unlike multiprocessing's Pool, which waits for ever, it tells when one of them is killed.
    with ProcessPoolExecutor(options.processes) as pool:
        for page in pool.map(partial(read, legacy=not options.as_they_are), golds):
            for done in page:
                for row in done.task.rows:
                    rows[row].append(done)
    results: dict[str, dict[str, float]] = {}
    print(f"{'':36} pages   bare   newsbeam")
    for row, reads in sorted(rows.items()):
        bare, ours = f1(reads, lambda one: one.bare), f1(reads, lambda one: one.ours)
        results[row] = {"pages": len(reads), "bare": round(bare, 4), "newsbeam": round(ours, 4)}
        print(f"{row:36} {len(reads):5}  {bare:.4f}  {ours:.4f}{'  <' if ours < bare else ''}")
    print(json.dumps({"benchmark": "text_quality", "results": results}))


if __name__ == "__main__":
    main()
