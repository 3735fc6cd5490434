"""TimeML documents as gold for temporal taggers, and the scores of TempEval-3.

A gold file is a `.tml` of TempEval-3: `<DCT>` holds the day the document was written, `<TEXT>`
the text with its `<TIMEX3>`. The measures are those of the shared task (UzZaman et al. 2013,
SemEval task 1, section 4): an expression is found strictly if both ends agree and in a relaxed
way if it overlaps; the value counts among the relaxed matches; all as F1 over the corpus.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from xml.etree import ElementTree

Tagger = Callable[[str, date], Iterable["Timex"]]


@dataclass(frozen=True, slots=True)
class Timex:
    start: int  # code points of the text
    end: int
    type: str
    value: str


@dataclass(frozen=True, slots=True)
class GoldText:
    name: str
    written: date
    text: str
    timexes: tuple[Timex, ...]


@dataclass(slots=True)
class Score:
    """Counts over a corpus; the measures are F1, in 0 to 1."""

    gold: int = 0
    found: int = 0
    strict: int = 0
    relaxed: int = 0
    types: int = 0
    values: int = 0

    def f1(self, right: int) -> float:
        return 2 * right / max(1, self.gold + self.found)

    def add(self, gold: Iterable[Timex], found: Iterable[Timex]) -> None:
        """Count one document. An expression that is found pairs with one of the gold at most."""
        left = list(found)
        wanted = list(gold)
        self.gold += len(wanted)
        self.found += len(left)
        for one in wanted:
            overlap = [o for o in left if o.start < one.end and one.start < o.end]
            if not overlap:
                continue
            best = min(overlap, key=lambda o: abs(o.start - one.start) + abs(o.end - one.end))
            left.remove(best)
            self.relaxed += 1
            self.strict += (best.start, best.end) == (one.start, one.end)
            self.types += best.type == one.type
            self.values += best.value == one.value


def read_gold(folder: Path) -> list[GoldText]:
    """The documents of a folder of `.tml` files, by name."""
    return [_read(path) for path in sorted(folder.glob("*.tml"))]


def _read(path: Path) -> GoldText:
    root = ElementTree.parse(path).getroot()
    written = root.find("DCT/TIMEX3")
    body = root.find("TEXT")
    if written is None or body is None:
        raise ValueError(f"{path} has no DCT or no TEXT: it is not a TimeML file of TempEval-3")
    pieces: list[str] = []
    timexes: list[Timex] = []
    _walk(body, pieces, timexes)
    day = date.fromisoformat(written.attrib["value"][:10])
    return GoldText(path.stem, day, "".join(pieces), tuple(timexes))


def _walk(node: ElementTree.Element, pieces: list[str], timexes: list[Timex]) -> None:
    start = sum(map(len, pieces))
    pieces.append(node.text or "")
    for child in node:
        _walk(child, pieces, timexes)
        pieces.append(child.tail or "")
    if node.tag == "TIMEX3" and (end := sum(map(len, pieces))) > start:
        kind, value = node.attrib["type"], node.attrib.get("value", "")
        timexes.append(Timex(start, end, kind, value))


def score(documents: Iterable[GoldText], tagger: Tagger) -> Score:
    """The counts of `tagger` over `documents`."""
    total = Score()
    for document in documents:
        total.add(document.timexes, tagger(document.text, document.written))
    return total
