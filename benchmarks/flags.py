"""`python -m benchmarks.flags`: quality flags beside what a reader said of the same pages.

The pages are those of `page_sets`, the labels those of flag_labels.tsv: for each page that was
read, the flags that are right of it, and those that stay open (nobody can say, or they mean
nothing of such a page, as `index_page` of a shop's catalogue); nothing more is right of it. The
halves have no site in common: rules are made on one (dev) and scored on the other (held-out), which
is one site in two of the sets page_sets.HELD_OUT, without those of which a page was read elsewhere.

precision   of the pages that raised the flag, those of which it is right
recall      of the pages of which it is right, those that raised it
unread      pages that raised it, which nobody has read: counted as wrong

The flag `paywall` is raised with the page's declaration hidden, so that the rule for texts that
are kept back is seen at work: it is right of what is kept back and of what is declared not to be
free; recall is that of what is kept back. A page that ends as index_page or consent_page without
being an article has raised that flag; one that ends without text is left out.
"""

import argparse
import csv
import hashlib
import json
import multiprocessing
import re
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from tld import get_fld

from benchmarks.corpora import Gold
from benchmarks.extraction import made_page
from benchmarks.page_sets import HELD_OUT, load_all
from pipelines.runner import cores
from transforms.extract import extract, quiet
from transforms.language import identify, is_other_language
from transforms.outcomes import Rejected

LABELS = Path(__file__).with_name("flag_labels.tsv")
FLAGS = (
    "index_page",
    "consent_page",
    "paywall",
    "liveblog",
    "media_page",
    "list_tail",
    "boilerplate",
    "other_language",
    "fallback_text",
)
_DECLARED = re.compile(rb"(isAccessibleForF|article:content_t)(?:ree|ier)")
_HIDDEN = rb"\1---"
_NOT_FREE = re.compile(
    rb'isAccessibleForFree["\']?\s*:\s*["\']?(?:https?://schema.org/)?false'
    rb'|article:content_tier["\']\s+content=["\']locked',
    re.I,
)


@dataclass(frozen=True)
class Label:
    """What a reader said of a page: flags that are right of it, and flags that stay open."""

    right: frozenset[str]
    open: frozenset[str]


@dataclass(frozen=True)
class Seen:
    """A page and what was raised: None if it ended without text, in `seconds` of CPU time."""

    name: tuple[str, str]
    half: str
    raised: frozenset[str] | None
    declared: bool
    seconds: float


def labels(path: Path = LABELS) -> dict[tuple[str, str], Label]:
    """By corpus and name."""
    with path.open(encoding="utf-8", newline="") as lines:
        return {
            (row["corpus"], row["name"]): Label(_set(row["right"]), _set(row["open"]))
            for row in csv.DictReader(lines, delimiter="\t")
        }


def _set(listed: str) -> frozenset[str]:
    return frozenset(filter(None, listed.split(",")))


def half(corpus: str, url: str) -> str:
    """The half that a page belongs to: of the sets that are held out, one site in two is not."""
    odd = hashlib.sha256(_site(url).encode()).digest()[-1] % 2 == 1
    return "held-out" if corpus in HELD_OUT and odd else "dev"


def _site(url: str) -> str:
    """Its registrable domain, or its host."""
    return get_fld(url, fail_silently=True) or url.partition("//")[2].split("/")[0]


def pages_of(
    halves: Sequence[str], known: dict[tuple[str, str], Label], read: bool
) -> Iterator[Gold]:
    """The pages of some halves, no held-out one of a site of which a page was read for the other.

    read: only those that have a label.
    """
    sites = set()
    for page in load_all():
        has_label = (page.corpus, page.name) in known
        if page.corpus not in HELD_OUT:
            sites |= {_site(page.url)} if has_label else set()
        elif _site(page.url) in sites:
            continue
        if half(page.corpus, page.url) in halves and (has_label or not read):
            yield page


def look(page: Gold) -> Seen:
    """Read a page as the pipeline does, with what it declares of its price hidden."""
    body = _DECLARED.sub(_HIDDEN, page.body)
    asked = replace(made_page(page.name, body), url=page.url)
    start = time.process_time()
    raised: frozenset[str] | None
    try:
        article = extract(asked, 30)
        raised = frozenset(article.quality_flags)
        found = identify(article.text, article.declared_language)
        if is_other_language(*found, article.declared_language):
            raised |= {"other_language"}
    except Rejected as rejected:
        raised = frozenset({rejected.reason}) & frozenset(FLAGS) or None
    spent = time.process_time() - start
    declared = _NOT_FREE.search(page.body) is not None
    return Seen((page.corpus, page.name), half(page.corpus, page.url), raised, declared, spent)


@dataclass(frozen=True)
class Score:
    """Counts of one flag: raised, right of those; true, found of those; raised unread."""

    raised: int
    right: int
    true: int
    found: int
    unread: int


def score(flag: str, seen: Sequence[Seen], known: dict[tuple[str, str], Label]) -> Score:
    """Of pages that have text, and of which the flag does not stay open."""
    counts: Counter[str] = Counter()
    for page in seen:
        label = known.get(page.name)
        if page.raised is None or (label and flag in label.open):
            continue
        true = label is not None and flag in label.right
        right = true or (flag == "paywall" and page.declared)
        raised = flag in page.raised
        counts["raised"] += raised
        counts["right"] += raised and right
        counts["true"] += true
        counts["found"] += raised and true
        counts["unread"] += raised and label is None and not right
    return Score(*(counts[name] for name in ("raised", "right", "true", "found", "unread")))


def wrong(
    flag: str, seen: Sequence[Seen], known: dict[tuple[str, str], Label]
) -> Iterator[tuple[str, Seen]]:
    """The pages that make precision or recall less than 1, with what is wrong."""
    for page in seen:
        one = score(flag, [page], known)
        if one.raised > one.right:
            yield "unread" if one.unread else "false", page
        if one.true > one.found:
            yield "missed", page


def main() -> None:
    """Read the pages, print a table for each half, and as the last line the JSON."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--half", choices=("dev", "held-out"), help="default: both, apart")
    parser.add_argument("--read", action="store_true", help="only pages that have a label")
    parser.add_argument("--wrong", action="store_true", help="name the pages that are wrong")
    args = parser.parse_args()
    known = labels()
    halves = (args.half,) if args.half else ("dev", "held-out")
    pages = pages_of(halves, known, args.read)
    with multiprocessing.Pool(cores(), quiet) as pool:
        seen = list(pool.imap(look, pages, chunksize=4))
    results: dict[str, object] = {}
    for name in halves:
        part = [page for page in seen if page.half == name]
        read = sum(page.name in known for page in part)
        cost = 1000 * sum(page.seconds for page in part) / max(len(part), 1)
        without = sum(page.raised is None for page in part)
        print(f"{name}: {len(part)} pages, {read} read, {without} without text; {cost:.0f} CPU-ms")
        print(
            f"{'flag':16}{'raised':>8}{'right':>8}{'precision':>11}{'true':>8}{'found':>8}", end=""
        )
        print(f"{'recall':>9}{'unread':>8}")
        for flag in FLAGS:
            one = score(flag, part, known)
            precision, recall = _share(one.right, one.raised), _share(one.found, one.true)
            print(
                f"{flag:16}{one.raised:8}{one.right:8}{precision:>11}{one.true:8}{one.found:8}"
                f"{recall:>9}{one.unread:8}"
            )
            results[f"{name}/{flag}"] = [one.raised, one.right, one.true, one.found, one.unread]
            if args.wrong:
                for what, page in wrong(flag, part, known):
                    print(f"    {what:8}{page.name[0]}\t{page.name[1]}")
    print(json.dumps({"benchmark": "flags", "results": results}))


def _share(part: int, of: int) -> str:
    return f"{part / of:.2f}" if of else "-"


if __name__ == "__main__":
    main()
