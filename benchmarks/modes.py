"""The ways to look for the text (`--extraction`) against each other, over public article sets.

balanced, fast and precise are `transforms.read_page.MODES`; hybrid is fast, and balanced for a text
of fewer than 1,000 code points (the note's hybrid), which newsbeam does not offer unless it wins.

F1 as in benchmarks.text_quality, with the 95 % interval of its difference to balanced (paired
bootstrap over the pages, 2,000 draws). Each page is read in all modes before the next, in a turning
order, so that the CPU milliseconds of a page are comparable, and of one process.
"""

import argparse
import json
import random
import time
from collections.abc import Callable, Mapping, Sequence
from multiprocessing import Pool
from os import cpu_count
from typing import Final, get_args

from benchmarks.corpora import (
    Counts,
    Gold,
    load,
    macro_f1,
    micro_f1,
    segment_counts,
    shingle_counts,
)
from benchmarks.text_quality import RETRIEVED, SETS
from schemas.elements import Entry, Origin, Page
from transforms.extract import extract, prepare
from transforms.outcomes import Rejected
from transforms.read_page import Mode

MODES: Final[tuple[Mode, ...]] = get_args(Mode)
SHORT: Final = 1_000  # code points, below which hybrid looks again
DRAWS: Final = 2_000

Texts = dict[str, str]
Costs = dict[str, float]


def text_of(gold: Gold, mode: Mode) -> str:
    """The text that newsbeam finds on a page; empty if it rejects it."""
    entry = Entry(Origin(gold.name, "archive", gold.name, gold.url, gold.corpus))
    page = Page(entry, gold.url, 200, (("content-type", "text/html"),), gold.body, RETRIEVED)
    try:
        return extract(page, 30, mode).text
    except Rejected:
        return ""


def read(numbered: tuple[int, Gold]) -> tuple[Texts, Costs]:
    """The texts of a page by mode, and what each cost in CPU seconds."""
    number, gold = numbered
    turn = number % len(MODES)
    texts, costs = {}, {}
    for mode in (*MODES[turn:], *MODES[:turn]):
        begin = time.process_time()
        texts[mode] = text_of(gold, mode)
        costs[mode] = time.process_time() - begin
    again = len(texts["fast"]) < SHORT
    texts["hybrid"] = texts["balanced"] if again else texts["fast"]
    costs["hybrid"] = costs["fast"] + again * costs["balanced"]
    return texts, costs


def counts(gold: Gold, text: str) -> Counts:
    """What is right and wrong in the text of a page."""
    return segment_counts(gold, text) if gold.inside else shingle_counts(gold.text or "", text)


def interval(
    f1: Callable[[Sequence[Counts]], float], mode: Sequence[Counts], balanced: Sequence[Counts]
) -> tuple[float, float]:
    """The 95 % interval of the difference of a mode's F1 to that of balanced."""
    dice = random.Random(1)
    differences = []
    for _ in range(DRAWS):
        drawn = dice.choices(range(len(mode)), k=len(mode))
        differences.append(f1([mode[n] for n in drawn]) - f1([balanced[n] for n in drawn]))
    differences.sort()
    return differences[round(0.025 * DRAWS)], differences[round(0.975 * DRAWS)]


def main() -> None:
    """Print a line for each set and mode, and the JSON last."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--every", type=int, default=1, help="read only every n-th page")
    args = parser.parse_args()
    results: dict[str, float] = {}
    with Pool(cpu_count(), prepare, (None,)) as pool:
        for corpus, name in SETS.items():
            golds = [gold for gold in load(corpus, args.every) if gold.text or gold.inside]
            read_ = pool.map(read, enumerate(golds), chunksize=4)
            results |= measures(name, golds, read_)
    print(json.dumps({"benchmark": "modes", "results": results}))


def measures(
    name: str, golds: Sequence[Gold], found: Sequence[tuple[Texts, Mapping[str, float]]]
) -> dict[str, float]:
    """What is said of each mode over one set."""
    results: dict[str, float] = {f"{name}_pages": len(golds)}
    f1 = micro_f1 if golds[0].inside else _macro
    counted = {
        mode: [counts(gold, texts[mode]) for gold, (texts, _) in zip(golds, found, strict=True)]
        for mode in (*MODES, "hybrid")
    }
    for mode, pages in counted.items():
        cost = 1000 * sum(costs[mode] for _, costs in found) / len(golds)
        low, high = interval(f1, pages, counted["balanced"])
        print(
            f"{name} {mode:>9}: F1 {f1(pages):.4f} [{low:+.4f}, {high:+.4f}]; "
            f"{cost:.1f} CPU-ms a page",
            flush=True,
        )
        results |= {f"{name}_{mode}_f1": round(f1(pages), 4), f"{name}_{mode}_ms": round(cost, 1)}
    return results


def _macro(pages: Sequence[Counts]) -> float:
    return macro_f1(pages)[0]


if __name__ == "__main__":
    main()
