"""`make bench-syndication`: are copies and stories found, and what does it cost?

pair_f1, b_cubed, ari    of the groups of the seeded synthetic sets (tests/newswire.py): the mean of
                         SETS sets, each linked in one run; *_worst is the lowest of them
largest_vs_true          the largest group found, as a ratio to the largest true one
ari_runs                 agreement of the groups of ten runs, in any order, with those of one
story_ari_runs           the same of stories, the ten runs in the order of publication
story_b_cubed_basil, _ecb  stories of BASIL and ECB+, read from $CORPORA/basil and $CORPORA/ecb+;
                         null if they are not there. *_groups_across: duplicate groups that span
                         two of their stories
ms_per_article           CPU of sketch, terms and linking, after tokenising
growth_exponent          of the linking step's CPU from the smallest to the largest of SIZES, each
                         linked in one run
gb_per_million           memory of a process that reads WINDOW stored articles (Parquet, as a
                         dataset has them) and links RUN new ones, per million of the window
cpu_s_of_a_run           CPU of that process, less that of one with few stored articles

The seed documents are tests/pipelines/test_seeds.py's.
"""

import json
import math
import os
import pickle
import random
import time
import xml.etree.ElementTree as ElementTree
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import mean, median
from tempfile import TemporaryDirectory

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from schemas.elements import Footprint
from tests.newswire import newswire
from tests.shelf import AT, Shelf, footprint
from transforms import sketch, terms
from transforms.candidates import Corpus
from transforms.linking import Pointers, link, order
from transforms.recent import read_recent
from transforms.regroup import regroup
from transforms.sketches import Sketches

SETS = (1, 2, 3, 4, 5)
SIZES = (10_000, 30_000, 100_000, 300_000)
WINDOW = 300_000
RUN = 1_000
FILE = 10_000


def pairs(n: int) -> float:
    """Pairs of n."""
    return n * (n - 1) / 2


def scores(found: Sequence[str], true: Sequence[str]) -> dict[str, float]:
    """Pairwise F1, B-cubed F1 (Bagga & Baldwin 1998) and adjusted Rand index of a grouping."""
    here, there, both = Counter(found), Counter(true), Counter(zip(found, true, strict=True))
    n = len(found)
    together = sum(map(pairs, both.values()))
    a, b = sum(map(pairs, here.values())), sum(map(pairs, there.values()))
    chance = a * b / pairs(n)
    precision = sum(k * k / here[one] for (one, _), k in both.items()) / n
    recall = sum(k * k / there[one] for (_, one), k in both.items()) / n
    return {
        "pair_f1": 2 * together / (a + b),
        "b_cubed": 2 * precision * recall / (precision + recall),
        "ari": (together - chance) / ((a + b) / 2 - chance),
        "largest_vs_true": max(here.values()) / max(there.values()),
    }


def labels(groups: Iterable[frozenset[str]], names: Sequence[str]) -> list[str]:
    """The group of each name, called after its first member."""
    of = {name: min(group) for group in groups for name in group}
    return [of[name] for name in names]


def linked(prints: Sequence[Footprint], runs: int = 1) -> Shelf:
    """The articles, linked in so many runs."""
    shelf = Shelf()
    for n in range(runs):
        shelf.run(prints[n::runs])
    return shelf


def synthetic() -> dict[str, float]:
    """Scores on the seeded sets."""
    found: list[dict[str, float]] = []
    agreement, told = [], []
    for seed in SETS:
        articles = newswire(seed)
        prints = [footprint(one.id, one.text, one.source) for one in articles]
        names, true = [one.id for one in articles], [one.group for one in articles]
        once = labels(linked(prints).groups(), names)
        found.append(scores(once, true))
        print(f"set {seed}: {len(articles)} articles, {found[-1]}", flush=True)
        if seed <= 2:
            agreement.append(scores(labels(linked(prints, 10).groups(), names), once)["ari"])
            told.append(story_agreement(prints, names))
    results = {name: round(mean(one[name] for one in found), 4) for name in found[0]}
    results["pair_f1_worst"] = round(min(one["pair_f1"] for one in found), 4)
    results["b_cubed_worst"] = round(min(one["b_cubed"] for one in found), 4)
    results["largest_vs_true"] = round(max(one["largest_vs_true"] for one in found), 2)
    results["ari_runs"] = round(min(agreement), 4)
    results["story_ari_runs"] = round(min(told), 4)
    return results


def story_agreement(prints: Sequence[Footprint], names: Sequence[str]) -> float:
    """The adjusted Rand index of the stories of ten runs, in order, with those of one."""
    shelf = Shelf()
    published = sorted(prints, key=order)
    for n in range(10):
        shelf.run(published[n * len(prints) // 10 : (n + 1) * len(prints) // 10])
    once = labels(linked(prints).stories(), names)
    return scores(labels(shelf.stories(), names), once)["ari"]


# ------------------------------------------------------------------------ news by others


def basil(folder: Path) -> list[tuple[str, str, str, datetime | None]]:
    """BASIL (Fan et al. 2019): name, event, text and day of each article."""
    found = []
    for path in sorted(folder.glob("articles/*/*.json")):
        one = json.loads(path.read_text())
        body = "\n".join(" ".join(part) for part in one["body-paragraphs"])
        at = datetime.fromisoformat(one["date"]).replace(tzinfo=UTC)
        found.append((path.stem, one["triplet-uuid"], f"{one['title']}\n{body}", at))
    return found


def ecb(folder: Path) -> list[tuple[str, str, str, datetime | None]]:
    """ECB+ (Cybulska & Vossen 2014): the same; its days are not usable. An event is a topic's
    half."""
    found = []
    for path in sorted(folder.glob("*/*.xml")):
        sentences: dict[int, list[str]] = {}
        for token in ElementTree.parse(path).getroot().findall("token"):
            sentences.setdefault(int(token.get("sentence", "0")), []).append(token.text or "")
        lines = [" ".join(words) for words in sentences.values()]
        lines = [line for line in lines if not line.startswith("http")]
        event = path.stem.split("_")[0] + ("+" if "plus" in path.stem else "")
        found.append((path.stem, event, "\n".join(lines), None))
    return found


def corpora() -> dict[str, float | None]:
    """Stories of BASIL and ECB+, in three random orders; of equal days, that is."""
    results: dict[str, float | None] = {}
    for name, folder, read in (("basil", "basil", basil), ("ecb", "ecb+", ecb)):
        place = Path(os.environ.get("CORPORA", ".")) / folder
        articles = read(place) if place.is_dir() else []
        if not articles:
            print(f"{folder}: ABSENT, NOT MEASURED; $CORPORA/{folder} is not there")
            results |= {f"story_b_cubed_{name}": None, f"{name}_groups_across": None}
            continue
        names, true = [one[0] for one in articles], [one[1] for one in articles]
        events = dict(zip(names, true, strict=True))
        values, across = [], 0
        for seed in range(3):
            rnd = random.Random(seed)
            shelf = linked(
                [
                    # The id decides among articles of one day: here by chance.
                    footprint(one, text, published_at=at, id=f"{rnd.getrandbits(128):032x}")
                    for one, _, text, at in articles
                ]
            )
            values.append(scores(labels(shelf.stories(), names), true)["b_cubed"])
            across += sum(len({events[one] for one in group}) > 1 for group in shelf.groups())
        print(f"{folder}: {len(articles)} articles, story B-cubed {values}, across {across}")
        results |= {f"story_b_cubed_{name}": round(mean(values), 4)}
        results |= {f"{name}_groups_across": across}
    return results


# ---------------------------------------------------------------------------------- cost


def cost_of_one() -> float:
    """CPU milliseconds for each article: sketch, terms and linking, after tokenising."""
    articles = newswire(1)
    words = [sketch.tokens(one.text) for one in articles]
    bare = [footprint(one.id, "", one.source) for one in articles]
    terms.terms(words[0], "en")
    before = time.process_time()
    prints = [
        Footprint(**{**fields(one), "sketch": sketch.sketch(w), "terms": terms.terms(w, "en")})
        for one, w in zip(bare, words, strict=True)
    ]
    Shelf().run([Footprint(**{**fields(p), "content_hash": p.id}) for p in prints])
    return 1000 * (time.process_time() - before) / len(articles)


def fields(one: Footprint) -> dict[str, object]:
    """The fields of a footprint."""
    return {name: getattr(one, name) for name in Footprint.__slots__}


def many(n: int, seed: int = 0) -> tuple[Sketches, np.ndarray]:
    """n sketches of 100 values: clusters of Zipf's sizes up to 300, furniture of 500 publishers
    and stock phrases that one article in fifty carries."""
    rnd = np.random.default_rng(seed)
    sizes = np.minimum(rnd.zipf(2.2, n), 300)
    cluster = np.repeat(np.arange(n), sizes)[:n]
    sources = rnd.integers(0, 500, n)
    texts = rnd.integers(0, 1 << 29, (n, 85), np.uint32)
    place = rnd.random((n, 85)) < 0.75
    shared = np.random.default_rng(seed + 1).integers(0, 1 << 29, (n, 85), np.uint32)
    texts[place] = shared[cluster][place]
    stock = rnd.integers(0, 250, (n, 5)).astype(np.uint32) * np.uint32(1_000_003)
    feet = (sources[:, None] * 10 + np.arange(10)).astype(np.uint32) * np.uint32(70_001)
    values = np.sort(np.concatenate([texts, stock, feet], axis=1) & ~np.uint32(1), axis=1)
    starts = np.arange(n + 1, dtype=np.int64) * 100
    return Sketches(np.full(n, 3, np.uint8), starts, values.reshape(-1)), sources


def link_all(sketches: Sketches, sources: np.ndarray) -> float:
    """CPU seconds of deciding the links of all rows."""
    n = len(sketches)
    every, none = np.ones(n, bool), np.zeros(n, bool)
    before = time.process_time()
    corpus = Corpus([sketches], sources.astype(np.uint32), np.arange(n, dtype=np.uint32), every)
    regroup(corpus, every, none, np.full(n, -1, np.int32))
    return time.process_time() - before


def growth(sizes: Sequence[int]) -> dict[str, float]:
    """CPU of linking so many articles in one run."""
    costs = {}
    for n in sizes:
        sketches, sources = many(n)
        costs[n] = min(link_all(sketches, sources) for _ in range(3 if n <= 30_000 else 1))
        print(
            f"{n:>7} sketches: {costs[n]:.2f} CPU-s, {1e6 * costs[n] / n:.0f} us each", flush=True
        )
    exponent = math.log(costs[sizes[-1]] / costs[sizes[0]]) / math.log(sizes[-1] / sizes[0])
    return {"growth_exponent": round(exponent, 3), "growth_to": sizes[-1]}


def store(folder: Path, n: int) -> None:
    """n articles of `many`, as a dataset keeps them, in files of FILE; RUN more as footprints."""
    sketches, sources = many(n + RUN)
    rnd = np.random.default_rng(n)
    whole = np.zeros((n + RUN, 101), np.uint32)
    whole[:, 0] = sketches.levels
    whole[:, 1:] = sketches.values.reshape(-1, 100)
    hashes = (rnd.random((n + RUN, terms.SIZE)) ** 3 * (1 << 20)).astype(np.uint32)
    told = hashes << np.uint32(12) | np.uint32(590)
    ids = [f"{row:032x}" for row in range(n + RUN)]
    days = [AT - timedelta(minutes=int(m)) for m in rnd.integers(0, 7 * 24 * 60, n + RUN)]
    for first in range(0, n, FILE):
        rows = range(first, min(first + FILE, n))
        columns = {
            "id": [ids[row] for row in rows],
            "version": [1] * len(rows),
            "source": [f"p{sources[row]}.example" for row in rows],
            "published_at": [days[row] for row in rows],
            "first_seen_at": [AT] * len(rows),
            "duplicate_group": [ids[row] for row in rows],
            "story_id": [f"s{ids[row]}" for row in rows],
            "wire_source": [None] * len(rows),
            "sketch": [whole[row].tobytes() for row in rows],
            "sketch_version": [sketch.VERSION] * len(rows),
            "story_terms": [told[row].tobytes() for row in rows],
            "story_terms_version": [terms.VERSION] * len(rows),
        }
        pq.write_table(pa.table(columns), folder / f"{first:09d}.parquet")
    prints = [
        footprint(
            ids[row],
            "",
            f"p{sources[row]}.example",
            sketch=whole[row].tobytes(),
            terms=told[row].tobytes(),
            published_at=days[row],
            content_hash=ids[row],
        )
        for row in range(n, n + RUN)
    ]
    (folder / "run.pickle").write_bytes(pickle.dumps(prints))


def link_stored(folder: Path) -> None:
    """Link the run in `folder` with the articles that are stored there."""
    recent = read_recent(sorted(map(str, folder.glob("*.parquet"))))
    prints = pickle.loads((folder / "run.pickle").read_bytes())
    link(prints, recent, {}, Pointers(), AT)


def memory(n: int) -> dict[str, float]:
    """What a process takes that reads n stored articles and links RUN, less one with few."""
    used = []
    for size in (RUN, n):
        with TemporaryDirectory() as folder:
            apart(store, Path(folder), size)
            used.append(apart(link_stored, Path(folder)))
    peak, cpu = (used[1][k] - used[0][k] for k in (0, 1))
    per_million = round(peak / 1e9 / (n - RUN) * 1e6, 3)
    return {"gb_per_million": per_million, "cpu_s_of_a_run": round(cpu, 2)}


def apart(do: Callable[..., None], *arguments: object) -> tuple[int, float]:
    """Call it in a process of its own: peak of memory in bytes, CPU seconds."""
    child = os.fork()
    if not child:
        status = 1
        try:
            do(*arguments)
            status = 0
        finally:
            os._exit(status)
    _, status, usage = os.wait4(child, 0)
    if status:
        raise RuntimeError(f"{do.__name__} failed")
    return usage.ru_maxrss * 1024, usage.ru_utime + usage.ru_stime


def main() -> None:
    """Measure, print a table, and as the last line the JSON."""
    results = memory(WINDOW) | growth(SIZES)
    # The median: the first round warms caches.
    results |= {"ms_per_article": round(median(cost_of_one() for _ in range(3)), 3)}
    results = synthetic() | corpora() | results
    print(json.dumps({"benchmark": "syndication", "results": results}))


if __name__ == "__main__":
    main()
