"""Dates in the text against gold, and beside other taggers. Part of `make bench-enrichment`.

Gold (TempEval-3, `.tml`, English; see benchmarks/timeml.py for the measures):
    $CORPORA/timebank   or   $CORPORA/TBAQ-cleaned/TimeBank     183 documents, used to develop
    $CORPORA/aquaint    or   $CORPORA/TBAQ-cleaned/AQUAINT       73 documents, used to develop
    $CORPORA/platinum   or   $CORPORA/te3-platinum               20 documents, never used here

date_value_f1_<corpus>, date_strict_f1_*, date_relaxed_f1_*, date_type_f1_*
date_ms_per_article        CPU of find_dates per document of all corpora, warm, median of rounds
date_us_per_word           the same per word
date_peers_value_f1_<tagger>, date_peers_ms_per_article_<tagger>
                           on every eighth document of TimeBank and AQUAINT, newsbeam included
"""

import os
import time
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from statistics import median

from benchmarks.temporal_peers import peers
from benchmarks.timeml import GoldText, Score, Tagger, Timex, read_gold, score
from transforms.temporal import find_dates

CORPORA = {
    "timebank": ("timebank", "TimeBank", "TBAQ-cleaned/TimeBank"),
    "aquaint": ("aquaint", "AQUAINT", "TBAQ-cleaned/AQUAINT"),
    "platinum": ("platinum", "te3-platinum"),
}
ROUNDS = 5
EVERY = 8


def newsbeam(text: str, written: date) -> Iterator[Timex]:
    """Our tagger, as the scorer asks for it."""
    for mention in find_dates(text, written):
        yield Timex(mention.start, mention.end, mention.type, mention.value)


def gold(name: str) -> list[GoldText]:
    """The documents of a corpus; none, and a word about it, if it is absent."""
    root = os.environ.get("CORPORA")
    folders = [Path(root, place) for place in CORPORA[name]] if root else []
    for folder in folders:
        if folder.is_dir() and (documents := read_gold(folder)):
            return documents
    wanted = " or ".join(f"$CORPORA/{place}" for place in CORPORA[name])
    print(f"ABSENT: no .tml files in {wanted}: {name} is not measured")
    return []


def measure() -> dict[str, float]:
    """Print the tables; the measures by name."""
    corpora = {name: documents for name in CORPORA if (documents := gold(name))}
    results: dict[str, float] = {}
    print(f"{'':18}{'docs':>6}{'gold':>6}{'strict':>9}{'relaxed':>9}{'type':>9}{'value':>9}")
    for name, documents in corpora.items():
        total = score(documents, newsbeam)
        _row(name, len(documents), total)
        for what in ("value", "strict", "relaxed", "type"):
            results[f"date_{what}_f1_{name}"] = _f1(total)[what]
    everything = [document for documents in corpora.values() for document in documents]
    if everything:
        seconds = median(_cpu(newsbeam, everything) for _ in range(ROUNDS))
        words = sum(len(document.text.split()) for document in everything)
        results["date_ms_per_article"] = round(1000 * seconds / len(everything), 3)
        results["date_us_per_word"] = round(1_000_000 * seconds / words, 3)
        print(f"{results['date_ms_per_article']} ms CPU per article of {words // len(everything)}")
    sample = [d for name in ("timebank", "aquaint") for d in corpora.get(name, [])[::EVERY]]
    if sample:
        print(f"beside other taggers, on every {EVERY}th document")
        for name, tagger in {"newsbeam": newsbeam, **peers()}.items():
            _cpu(tagger, sample[:1])  # loads what it needs
            total = Score()
            seconds = _cpu(tagger, sample, total)
            _row(name, len(sample), total)
            results[f"date_peers_value_f1_{name}"] = _f1(total)["value"]
            results[f"date_peers_ms_per_article_{name}"] = round(1000 * seconds / len(sample), 2)
    return results


def _cpu(tagger: Tagger, documents: list[GoldText], total: Score | None = None) -> float:
    """CPU seconds of a tagger over documents; what it finds is added to `total`."""
    before = time.process_time()
    found = [list(tagger(document.text, document.written)) for document in documents]
    seconds = time.process_time() - before
    if total:
        for document, timexes in zip(documents, found, strict=True):
            total.add(document.timexes, timexes)
    return seconds


def _f1(total: Score) -> dict[str, float]:
    counts = {
        "strict": total.strict,
        "relaxed": total.relaxed,
        "type": total.types,
        "value": total.values,
    }
    return {name: round(total.f1(count), 4) for name, count in counts.items()}


def _row(name: str, documents: int, total: Score) -> None:
    measures = "".join(f"{value:9.3f}" for value in _f1(total).values())
    print(f"{name:18}{documents:6}{total.gold:6}{measures}")
