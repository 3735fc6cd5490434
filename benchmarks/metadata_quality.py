"""Titles, authors and dates against gold, beside bare trafilatura and htmldate on the same bytes.

fundus, trafilatura  title (same but for case and punctuation), authors (the same set, and F1 over
                     names) and day, of the pages whose gold has them; that of fundus is the output
                     of its parsers. Authors also against a gold without agencies and the sites
                     themselves, which newsbeam leaves out on purpose.
htmldate             the day as printed, of 800 + 200 pages; none, of pages without one
"""

import argparse
import json
import os
from collections.abc import Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace

import trafilatura
from htmldate import find_date

from benchmarks.corpora import Gold, author_counts, load, same_title
from benchmarks.text_quality import article_of
from schemas.elements import Article
from transforms.clean import key
from transforms.extract import quiet
from transforms.identity import host
from transforms.published import local_day
from transforms.wire import agencies_in


@dataclass(frozen=True)
class Read:
    """A page's gold, what newsbeam read (None: rejected), and the bare library's fields."""

    gold: Gold
    article: Article | None
    title: str | None = None
    authors: tuple[str, ...] = ()
    date: str | None = None

    @property
    def day(self) -> str | None:
        """The day of publication that newsbeam found."""
        day = local_day(self.article.published_evidence) if self.article else None
        return day.isoformat() if day else None


def read_bare(gold: Gold) -> Read:
    """newsbeam and bare_extraction on a page."""
    quiet()
    found = trafilatura.bare_extraction(
        gold.body, url=gold.url, with_metadata=True, include_comments=False
    )
    kept = replace(gold, body=b"")
    if not found:
        return Read(kept, article_of(gold))
    authors = tuple(name.strip() for name in (found.author or "").split(";") if name.strip())
    return Read(kept, article_of(gold), found.title, authors, found.date)


def read_htmldate(gold: Gold) -> Read:
    """newsbeam and htmldate on a page."""
    quiet()
    date = find_date(gold.body, url=gold.url, original_date=True, extensive_search=True)
    return Read(replace(gold, body=b""), article_of(gold), date=date)


def without_house(names: Iterable[str], read: Read) -> tuple[str, ...]:
    """The names that are no agency's and not the site's own."""
    article = read.article
    publisher = read.gold.name.partition("/")[2].partition("_")[0]
    house = {key(name) for name in (publisher, (article and article.site_name) or "", *_host(read))}
    return tuple(name for name in names if key(name) not in house and not _is_agency(name))


def _is_agency(name: str) -> bool:
    return bool(agencies_in(name)) and len(name.split()) <= 3


def _host(read: Read) -> tuple[str, ...]:
    name = host(read.gold.url)
    return (name, *name.split(".")[:-1])


def author_rows(pairs: Sequence[tuple[Sequence[str], Sequence[str]]]) -> tuple[float, float]:
    """The share of pages with exactly the gold's set of authors, and F1 over all names."""
    hit = false = missed = exact = 0
    for gold, found in pairs:
        counts = author_counts(gold, found)
        hit, false, missed = hit + counts[0], false + counts[1], missed + counts[2]
        exact += not counts[1] and not counts[2]
    return exact / max(len(pairs), 1), 2 * hit / max(2 * hit + false + missed, 1)


def field_results(reads: Sequence[Read]) -> dict[str, float]:
    """Shares of right fields, by field and reader."""
    results: dict[str, float] = {"pages": len(reads)}
    titled = [one for one in reads if one.gold.title]
    dated = [one for one in reads if one.gold.date]
    signed = [one for one in reads if one.gold.authors is not None]
    results["title"] = _share(
        same_title(one.gold.title or "", one.article and one.article.title) for one in titled
    )
    results["title_bare"] = _share(same_title(one.gold.title or "", one.title) for one in titled)
    results["date"] = _share((one.gold.date or "")[:10] == one.day for one in dated)
    results["date_bare"] = _share((one.gold.date or "")[:10] == one.date for one in dated)
    for kind, trim in (("", lambda names, _: names), ("_without_house", without_house)):
        ours = [
            (trim(one.gold.authors or (), one), one.article.authors if one.article else ())
            for one in signed
        ]
        bare = [(trim(one.gold.authors or (), one), one.authors) for one in signed]
        results[f"authors_exact{kind}"], results[f"authors_f1{kind}"] = author_rows(ours)
        results[f"authors_exact{kind}_bare"], results[f"authors_f1{kind}_bare"] = author_rows(bare)
    return results


def htmldate_results(reads: Sequence[Read]) -> dict[str, float]:
    """Right days, of pages that have one, and of pages that have none."""
    dated = [one for one in reads if one.gold.date]
    undated = [one for one in reads if not one.gold.date]
    return {
        "pages": len(reads),
        "dated": len(dated),
        "days": sum(one.day == one.gold.date for one in dated),
        "days_htmldate": sum(one.date == one.gold.date for one in dated),
        "undated": len(undated),
        "none": sum(one.day is None for one in undated),
        "none_htmldate": sum(one.date is None for one in undated),
    }


def _share(right: Iterable[bool]) -> float:
    counted = list(right)
    return sum(counted) / max(len(counted), 1)


def main() -> None:
    """Print the results of both sets, and all of it as one JSON object in the last line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--every", type=int, default=1, help="of all pages, every n-th")
    parser.add_argument("--processes", type=int, default=os.cpu_count())
    options = parser.parse_args()
    results: dict[str, dict[str, float]] = {}
    with ProcessPoolExecutor(options.processes) as pool:
        for corpus in ("fundus", "trafilatura"):
            fields = list(pool.map(read_bare, load(corpus, options.every), chunksize=4))
            results[corpus] = field_results(fields)
        days = list(pool.map(read_htmldate, load("htmldate", options.every), chunksize=4))
        results["htmldate"] = htmldate_results(days)
    for corpus, found in results.items():
        print(corpus)
        for name, value in found.items():
            print(f"  {name:32} {value if isinstance(value, int) else f'{value:.4f}'}")
    print(json.dumps({"benchmark": "metadata_quality", "results": results}))


if __name__ == "__main__":
    main()
