"""A seeded set of articles of which it is known who copied whom. All of it is invented.

Agencies' stories are edited as newspapers edit them, in graded strengths, and printed beside
what misleads: publishers with long footers, quoters, digests, templates, other reports of the
same event.
"""

import random
from dataclasses import dataclass, field
from itertools import accumulate

FUNCTION = [
    "the",
    "of",
    "and",
    "to",
    "in",
    "a",
    "that",
    "for",
    "on",
    "was",
    "with",
    "as",
    "is",
    "it",
    "by",
    "at",
    "from",
    "be",
    "has",
    "said",
    "had",
    "not",
    "but",
    "are",
    "were",
    "its",
    "this",
    "an",
    "which",
    "will",
    "have",
    "or",
    "their",
    "would",
    "been",
    "one",
    "more",
    "after",
    "also",
    "than",
    "they",
    "he",
    "she",
    "who",
    "his",
    "her",
    "about",
    "over",
    "when",
    "two",
    "we",
    "there",
    "up",
    "out",
    "could",
    "all",
    "some",
    "into",
    "other",
    "new",
    "last",
    "no",
    "first",
    "time",
    "if",
    "most",
    "now",
    "people",
    "years",
    "only",
    "through",
    "before",
    "under",
    "between",
    "against",
    "during",
    "while",
    "because",
]
STOCK = """according to a statement released on | officials said on condition of anonymity | could
not immediately be reached for comment | in the first half of the year | as one of the most |
told reporters at a news conference | a spokesman for the ministry said that | for the first time
since the end of | did not immediately respond to a request | the United Council of the Eastern
Provinces said | at the end of the month | more than half of the | it is not yet known whether |
in a televised address to the nation | on the sidelines of the summit in""".replace(
    "\n", " "
).split("|")
_PARTS = [c + v for c in "bcdfghklmnprstvwz" for v in ("a", "e", "i", "o", "u", "ai", "er")]
_RND = random.Random(0)
VOCABULARY = ["".join(_RND.choices(_PARTS, k=_RND.randint(2, 4))) for _ in range(9000)]
WEIGHTS = list(accumulate(1 / (n + 20) for n in range(len(VOCABULARY))))  # Zipf's law
GRADES = ("exactish", "light", "medium", "heavy", "extreme", "ocr")
PUBLISHERS = tuple(f"paper{n}.example" for n in range(24))


@dataclass(frozen=True, slots=True)
class Printed:
    """One article of the set. group: None for one that copies nothing."""

    id: str
    source: str
    group: str
    grade: str
    text: str


@dataclass
class Newsroom:
    """Writes invented articles, the same for the same seed."""

    seed: int
    rnd: random.Random = field(init=False)

    def __post_init__(self) -> None:
        self.rnd = random.Random(self.seed)

    def sentence(self, topic: list[str]) -> str:
        words: list[str] = []
        for _ in range(self.rnd.randint(10, 26)):
            kind = self.rnd.random()
            if kind < 0.48:
                words.append(self.rnd.choice(FUNCTION))
            elif kind < 0.62:
                words.append(self.rnd.choice(topic))
            else:
                words += self.rnd.choices(VOCABULARY, cum_weights=WEIGHTS)
        if self.rnd.random() < 0.25:
            at = self.rnd.randrange(len(words))
            words[at:at] = self.rnd.choice(STOCK).split()
        return " ".join(words).capitalize() + "."

    def article(self, sentences: int, topic: list[str] | None = None) -> list[list[str]]:
        """Paragraphs of one to three sentences."""
        topic = topic or self.topic()
        paragraphs: list[list[str]] = []
        while sentences > 0:
            n = min(self.rnd.randint(1, 3), sentences)
            paragraphs.append([self.sentence(topic) for _ in range(n)])
            sentences -= n
        return paragraphs

    def topic(self) -> list[str]:
        return [w.capitalize() for w in self.rnd.choices(VOCABULARY, k=12)]

    # ------------------------------------------------------------------------- the edits

    def reword(self, paragraphs: list[list[str]], share: float) -> list[list[str]]:
        """A share of the words replaced, dropped or doubled by another."""

        def word(one: str) -> list[str]:
            if self.rnd.random() >= share:
                return [one]
            other = self.rnd.choice(VOCABULARY)
            return self.rnd.choice(([other], [], [one, other]))

        return [
            [" ".join(w for one in s.split() for w in word(one)) for s in p] for p in paragraphs
        ]

    def cut(self, paragraphs: list[list[str]], low: float, high: float) -> list[list[str]]:
        """The beginning, to a share of the length."""
        keep = max(1, round(len(paragraphs) * self.rnd.uniform(low, high)))
        return paragraphs[:keep]

    def drop(self, paragraphs: list[list[str]], of_paragraphs: float, of_sentences: float):
        kept = [
            [s for s in p if self.rnd.random() >= of_sentences]
            for n, p in enumerate(paragraphs)
            if n == 0 or self.rnd.random() >= of_paragraphs
        ]
        return [p for p in kept if p] or paragraphs[:1]

    def swap(self, paragraphs: list[list[str]]) -> list[list[str]]:
        made = list(paragraphs)
        if len(made) > 2:
            n = self.rnd.randrange(1, len(made) - 1)
            made[n], made[n + 1] = made[n + 1], made[n]
        return made

    def insert(self, paragraphs: list[list[str]], foreign: list[list[str]]) -> list[list[str]]:
        made = list(paragraphs)
        for one in foreign:
            made.insert(self.rnd.randint(1, len(made)), one)
        return made

    def edit(self, text: list[list[str]], grade: str, other: list[list[str]]) -> list[list[str]]:
        """`text` as a paper prints it. The strengths are those of the seed documents' copies."""
        if grade == "exactish":
            return self.reword(text, 0.003)
        if grade == "light":
            return self.reword(self.cut(text, 0.85, 1.0), 0.01)
        if grade == "medium":
            return self.reword(self.drop(self.cut(text, 0.6, 0.95), 0.1, 0.05), 0.02)
        if grade == "heavy":
            made = self.drop(self.cut(text, 0.4, 0.8), 0.2, 0.1)
            start = self.rnd.randrange(len(other))
            foreign = other[start : start + self.rnd.randint(1, 2)]
            return self.reword(self.insert(self.swap(made), foreign), 0.04)
        if grade == "extreme":
            made = self.cut(text, 0.35, 0.6)
            wanted = words_in(made) * 0.4 / 0.6
            start = self.rnd.randrange(max(1, len(other) // 2))
            foreign: list[list[str]] = []
            for one in other[start:]:
                if words_in([*foreign, one]) > wanted:
                    break
                foreign.append(one)
            return self.reword(self.insert(made, foreign), 0.07)
        noise = self.rnd.uniform(0.01, 0.04)
        letters = "abcdefghijklmnopqrstuvwxyz"

        def misread(sentence: str) -> str:
            return "".join(
                self.rnd.choice(letters) if c.isalpha() and self.rnd.random() < noise / 2 else c
                for c in sentence
            )

        return [[misread(s) for s in p] for p in text]


def words_in(paragraphs: list[list[str]]) -> int:
    return sum(len(s.split()) for p in paragraphs for s in p)


def text_of(paragraphs: list[list[str]]) -> str:
    return "\n".join(" ".join(p) for p in paragraphs)


def newswire(
    seed: int,
    stories: int = 360,
    others: int = 300,
    quoters: int = 120,
    digests: int = 40,
    briefs: int = 1200,
    footer: int = 7,
    articles: list[list[list[str]]] | None = None,
) -> list[Printed]:
    """The set. `articles`: other texts than invented ones, as paragraphs of sentences."""
    room = Newsroom(seed)
    rnd = room.rnd
    pool = list(articles or ())
    rnd.shuffle(pool)
    footers = {
        p: [room.sentence(room.topic()) for _ in range(n % footer)]
        for n, p in enumerate(PUBLISHERS)
    }
    made: list[Printed] = []

    def write(topic: list[str] | None = None) -> list[list[str]]:
        return pool.pop() if pool else room.article(rnd.randint(12, 40), topic)

    def add(group: str, grade: str, paragraphs: list[list[str]], source: str) -> None:
        text = text_of([*paragraphs, *([footers[source]] if footers.get(source) else [])])
        made.append(Printed(f"{len(made):032x}", source, group, grade, text))

    topics = [room.topic() for _ in range(stories)]
    wires = [write(topic) for topic in topics]
    lone = [write() for _ in range(others)]
    everything = wires + lone
    for n, text in enumerate(wires):
        papers = rnd.sample(PUBLISHERS, 7)
        if rnd.random() < 0.75:
            add(f"g{n}", "original", text, papers[0])
        for paper in papers[1 : 1 + rnd.randint(1, 6)]:
            other = rnd.choice([t for t in rnd.sample(everything, 2) if t is not text])
            grade = rnd.choice(GRADES)
            add(f"g{n}", grade, room.edit(text, grade, other), paper)
        if rnd.random() < 0.3:  # another report of the same event, in words of its own
            add(f"sibling{n}", "sibling", room.article(20, topics[n]), rnd.choice(PUBLISHERS))
    for n, text in enumerate(lone):
        add(f"lone{n}", "lone", text, rnd.choice(PUBLISHERS))
    for n in range(quoters):
        stolen = [s for p in rnd.choice(wires) for s in p]
        at = rnd.randrange(len(stolen))
        quote = stolen[at : at + rnd.randint(1, 2)]
        add(f"quoter{n}", "quoter", room.insert(room.article(14), [quote]), rnd.choice(PUBLISHERS))
    for n in range(digests):
        leads = [p for text in rnd.sample(wires, 6) for p in text[:1]]
        add(f"digest{n}", "digest", leads, rnd.choice(PUBLISHERS))
    templates = [[room.sentence(["@"] * 12) for _ in range(3)] for _ in range(12)]
    for n in range(briefs):
        template = rnd.choice(templates)
        filled = [
            " ".join(
                rnd.choice(VOCABULARY) if w.strip(".") == "@" else w for w in s.lower().split()
            )
            for s in template
        ]
        add(f"brief{n}", "brief", [filled, [room.sentence(room.topic())]], "wire.example")
    rnd.shuffle(made)
    return made
