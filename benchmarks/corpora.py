"""Public article sets with their gold, read from git checkouts under the folder $CORPORA.

article-extraction-benchmark  scrapinghub: 181 news pages with their text (MIT)
fundus                        flairNLP, tests: 258 pages of 45 countries; text, title, authors and
                              date are the output of parsers written for each site (MIT)
trafilatura                   adbar, tests: 990 pages; segments that belong to the text or do not,
                              and titles, authors and dates of many (Apache 2)
htmldate                      adbar, tests: 800 + 200 pages with their date (Apache 2)

The pages are their publishers'. None of them is part of this project, and none may become so.
"""

import gzip
import json
import os
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

_NAMES = ("article-extraction-benchmark", "fundus", "trafilatura", "htmldate")


@dataclass(frozen=True)
class Gold:
    """A page and what is known of it; None (or empty) is what the set does not say.

    date: ISO 8601, a day or an instant. inside, outside: segments of the text, or not of it.
    """

    corpus: str
    name: str
    url: str
    body: bytes
    text: str | None = None
    title: str | None = None
    authors: tuple[str, ...] | None = None
    date: str | None = None
    inside: tuple[str, ...] = ()
    outside: tuple[str, ...] = ()


def folder(corpus: str) -> Path:
    """Where the checkout of a set is. Ends the program, saying what is missing."""
    root = os.environ.get("CORPORA", "")
    path = Path(root) / corpus
    if not root or not path.is_dir():
        raise SystemExit(
            f"no {corpus}: set CORPORA to a folder with git checkouts named {', '.join(_NAMES)}"
        )
    return path


def load(corpus: str, every: int = 1) -> list[Gold]:
    """The pages of a set in the order of their names, or every n-th of them."""
    pages = sorted(_LOADERS[corpus](folder(corpus)), key=lambda gold: gold.name)
    return pages[::every]


def _aeb(root: Path) -> Iterator[Gold]:
    truth = json.loads((root / "ground-truth.json").read_text("utf-8"))
    for name, row in truth.items():
        body = gzip.decompress((root / "html" / f"{name}.html.gz").read_bytes())
        yield Gold("article-extraction-benchmark", name, row["url"], body, row["articleBody"])


def _fundus(root: Path) -> Iterator[Gold]:
    for country in (root / "tests/resources/parser/test_data").iterdir():
        if not (country / "meta.info").is_file():
            continue
        for name, meta in json.loads((country / "meta.info").read_text("utf-8")).items():
            if not (country / name).is_file():
                continue
            body = gzip.decompress((country / name).read_bytes())
            gold = json.loads((country / f"{name.split('_')[0]}.json").read_text("utf-8"))
            version = _fitting(list(gold.values()), body.decode("utf-8", "replace"))
            if version:
                yield Gold(
                    "fundus",
                    f"{country.name}/{name}",
                    meta["url"],
                    body,
                    text="\n".join(_paragraphs(version)),
                    title=version.get("title"),
                    authors=tuple(version.get("authors") or ()),
                    date=version.get("publishing_date"),
                )


def _paragraphs(version: dict[str, Any]) -> list[str]:
    body = version.get("body") or {}
    parts = list(body.get("summary") or ())
    for section in body.get("sections") or ():
        parts += [*(section.get("headline") or ()), *(section.get("paragraphs") or ())]
    return parts


def _fitting(versions: list[dict[str, Any]], page: str) -> dict[str, Any] | None:
    """Of a site's gold the one that is this page's: most of its paragraphs' starts are on it."""
    letters = re.sub(r"\W+", "", page)

    def share(version: dict[str, Any]) -> float:
        starts = [re.sub(r"\W+", "", text)[:25] for text in _paragraphs(version)]
        return sum(start in letters for start in starts) / max(len(starts), 1)

    best = max(versions, key=share)
    return best if share(best) > 0.5 else None


def _trafilatura(root: Path) -> Iterator[Gold]:
    tests = root / "tests"
    for url, row in json.loads((tests / "evaldata.json").read_text("utf-8")).items():
        body = _first_file(tests, ("cache", "eval"), row["file"])
        if body is not None:
            authors = row.get("author")
            listed = authors if isinstance(authors, list) else (authors or "").split(";")
            yield Gold(
                "trafilatura",
                row["file"],
                url,
                body,
                title=row.get("title") or None,
                authors=tuple(a.strip() for a in listed if a.strip()) or None,
                date=row.get("date") or None,
                inside=tuple(row["with"]),
                outside=tuple(row["without"]),
            )


def _htmldate(root: Path) -> Iterator[Gold]:
    tests = root / "tests"
    for listing in ("eval_mediacloud_2020.json", "eval_default.json"):
        for url, row in json.loads((tests / listing).read_text("utf-8")).items():
            body = _first_file(tests, ("test_set", "cache", "eval"), row["file"])
            if body is not None:
                name = f"{listing}/{row['file']}"
                date = row["date"]  # NaN of a page without one
                yield Gold("htmldate", name, url, body, date=date if date == date else None)


def _first_file(root: Path, places: Sequence[str], name: str) -> bytes | None:
    paths = [root / place / name for place in places]
    return next((path.read_bytes() for path in paths if path.is_file()), None)


_LOADERS = {
    "article-extraction-benchmark": _aeb,
    "fundus": _fundus,
    "trafilatura": _trafilatura,
    "htmldate": _htmldate,
}


Counts = tuple[int, int, int]  # found rightly, found wrongly, missed


def shingle_f1(pairs: Sequence[tuple[str, str]]) -> tuple[float, float, float]:
    """F1, precision and recall of (true, found) texts over 4-grams of words, see `macro_f1`."""
    return macro_f1([shingle_counts(true, found) for true, found in pairs])


def shingle_counts(true: str, found: str) -> Counts:
    """4-grams of words of one page."""
    expected, got = _shingles(true), _shingles(found)
    return (
        sum((expected & got).values()),
        sum((got - expected).values()),
        sum((expected - got).values()),
    )


def macro_f1(pages: Sequence[Counts]) -> tuple[float, float, float]:
    """F1, precision and recall as the article-extraction-benchmark measures.

    Means over the pages, F1 of the means.
    """
    precisions = [both / (both + wrong) for both, wrong, _ in pages if both + wrong]
    recalls = [both / (both + missed) for both, _, missed in pages if both + missed]
    precision = sum(precisions) / max(len(precisions), 1)
    recall = sum(recalls) / max(len(recalls), 1)
    return 2 * precision * recall / max(precision + recall, 1e-9), precision, recall


def page_f1(true: str, found: str) -> float:
    """F1 of one page."""
    expected, got = _shingles(true), _shingles(found)
    both = sum((expected & got).values())
    return 2 * both / max(sum(expected.values()) + sum(got.values()), 1)


def segment_f1(pages: Sequence[tuple[Gold, str]]) -> float:
    """F1 over segments that must be in the text (inside) and must not (outside)."""
    return micro_f1([segment_counts(gold, found) for gold, found in pages])


def segment_counts(gold: Gold, found: str) -> Counts:
    """Segments of one page."""
    text = " ".join(found.split())
    inside = sum(" ".join(segment.split()) in text for segment in gold.inside)
    outside = sum(" ".join(segment.split()) in text for segment in gold.outside)
    return inside, outside, len(gold.inside) - inside


def micro_f1(pages: Sequence[Counts]) -> float:
    """F1 of the counts of all pages together."""
    hit, wrong, missed = (sum(column) for column in zip(*pages, strict=True))
    return 2 * hit / max(2 * hit + wrong + missed, 1)


def _shingles(text: str) -> Counter[tuple[str, ...]]:
    words = re.findall(r"\w+", text)
    n = min(4, max(len(words), 1))
    return Counter(tuple(words[i : i + n]) for i in range(len(words) - n + 1))


def same_title(gold: str, found: str | None) -> bool:
    """Whether two titles are the same but for case, punctuation and white space."""
    return _letters(gold) == _letters(found or "")


def author_counts(gold: Sequence[str], found: Sequence[str]) -> tuple[int, int, int]:
    """Names found, found wrongly, and missed; spelling as `same_title`."""
    expected, got = Counter(map(_letters, set(gold))), Counter(map(_letters, set(found)))
    both = sum((expected & got).values())
    return both, sum((got - expected).values()), sum((expected - got).values())


def _letters(text: str) -> str:
    return "".join(c for c in text.casefold() if c.isalnum())
