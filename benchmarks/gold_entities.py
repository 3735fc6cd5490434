"""Gold corpora of named entities, read from where `$CORPORA` says. None is part of newsbeam.

A corpus is looked for at `$CORPORA/<name>` or under its repository's name, in that repository's
layout or flat: conllpp (github.com/ZihanWangKi/CrossWeigh), wnut17
(github.com/leondz/emerging_entities_17), wikineural (github.com/Babelscape/wikineural).
"""

import os
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

# The corpora's types as the three that all of them have. Others (MISC, product ...) are left out.
COARSE: Final = {
    "PER": "PER",
    "person": "PER",
    "politician": "PER",
    "writer": "PER",
    "scientist": "PER",
    "ORG": "ORG",
    "organisation": "ORG",
    "politicalparty": "ORG",
    "university": "ORG",
    "corporation": "ORG",
    "group": "ORG",
    "LOC": "LOC",
    "location": "LOC",
    "country": "LOC",
}
FINE: Final = {"PERSON": "PER", "ORG": "ORG", "GPE": "LOC", "LOC": "LOC"}  # OntoNotes
_LEADING: Final = re.compile(r"(?:the|a|an) ", re.IGNORECASE)
_CLOSING: Final = re.compile(r" ?['’]s?$")

Mark = tuple[int, int, str]  # text[start:end], of type PER, ORG or LOC


@dataclass(frozen=True)
class Gold:
    """One document: its sentences as tokens, its text (a line a sentence), its entities."""

    sentences: tuple[tuple[str, ...], ...]
    text: str
    entities: tuple[Mark, ...]


def find_corpus(names: Sequence[str], paths: Sequence[str]) -> Path | None:
    """The first of `paths` under `$CORPORA/<a name>`; None if there is none."""
    root = os.environ.get("CORPORA")
    found = (Path(root, name, path) for name in names for path in paths) if root else ()
    return next((path for path in found if path.is_file()), None)


def read_gold(path: Path, *, token: int = 0) -> list[Gold]:
    """The documents of a file of columns, the last of them IOB2 tags.

    token: the column of the token. Documents end at -DOCSTART- lines; in a file without them
    every sentence is a document.
    """
    documents: list[list[list[tuple[str, str]]]] = [[]]
    sentence: list[tuple[str, str]] = []
    marked = False
    for line in [*path.read_text("utf-8").splitlines(), ""]:
        cells = line.split("\t") if "\t" in line else line.split()
        if not line.strip():
            if sentence:
                documents[-1].append(sentence)
                sentence = []
        elif cells[0] == "-DOCSTART-":
            marked = True
            documents.append([])
        else:
            # An empty or spaced token (there are some) would move all that follow.
            sentence.append((cells[token].strip().replace(" ", "_") or "_", cells[-1].strip()))
    if not marked:
        documents = [[sentence] for document in documents for sentence in document]
    return [_gold(document) for document in documents if document]


def normalised(text: str, marks: Sequence[Mark]) -> set[Mark]:
    """`marks` without a leading article and a closing possessive, which corpora treat unlike."""
    found = set()
    for start, end, kind in marks:
        leading = _LEADING.match(text[start:end])
        if leading and leading.end() < end - start:
            start += leading.end()
        closing = _CLOSING.search(text[start:end])
        if closing and closing.start():
            end = start + closing.start()
        found.add((start, end, kind))
    return found


def f1(pairs: Sequence[tuple[set[Mark], set[Mark]]]) -> float:
    """Micro-averaged F1 of (gold, found) sets: same span, same type."""
    right = sum(len(gold & found) for gold, found in pairs)
    total = sum(len(gold) + len(found) for gold, found in pairs)
    return 2 * right / total if total else 0.0


def _gold(sentences: Sequence[Sequence[tuple[str, str]]]) -> Gold:
    lines = [" ".join(token for token, _ in sentence) for sentence in sentences]
    marks: list[Mark] = []
    at = 0
    for sentence in sentences:
        marks.extend(_marks(sentence, at))
        at += sum(len(token) + 1 for token, _ in sentence)
    tokens = tuple(tuple(token for token, _ in sentence) for sentence in sentences)
    return Gold(tokens, "\n".join(lines), tuple(marks))


def _marks(sentence: Sequence[tuple[str, str]], at: int) -> Iterator[Mark]:
    start, kind, end = at, "", at
    for token, tag in [*sentence, ("", "O")]:
        prefix, _, label = tag.partition("-")
        if kind and not (prefix == "I" and label == kind):
            if kind in COARSE:
                yield start, end, COARSE[kind]
            kind = ""
        if prefix in ("B", "I") and not kind:
            start, kind = at, label
        end = at + len(token)
        at = end + 1
