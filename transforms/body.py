"""The body of a page's article: what an extractor gives, without what still stands around it.

An extractor works on markup, so a headline, a byline or a desk's sign-off that is marked up like
a paragraph stays in its text. What a line is, is recognised as in plain-text documents.
"""

from dataclasses import dataclass
from typing import Final

from schemas.elements import DateEvidence, Dateline
from transforms.clean import key, tidy_text
from transforms.datelines import open_dateline
from transforms.furniture import closing_credit, footer, recognise

# Lines at the start and at the end that may be furniture; one in the middle is text.
_LEADING: Final = 5
_TRAILING: Final = 5
_LEADING_KINDS: Final = frozenset({"byline", "published", "updated", "section", "dead", "site"})
_TRAILING_KINDS: Final = frozenset({"credit", "dead", "elsewhere"})


@dataclass(frozen=True, slots=True)
class Body:
    """text: clean paragraphs. names, parts: of bylines in it. credits: as printed, removed."""

    text: str
    dateline: Dateline | None = None
    names: tuple[str, ...] = ()
    parts: tuple[str, ...] = ()
    credits: tuple[str, ...] = ()
    dates: tuple[DateEvidence, ...] = ()


def read_body(extracted: str, title: str | None) -> Body:
    """The body of an article whose extracted text is `extracted`; its text may be empty."""
    lines = tidy_text(extracted).split("\n")
    names: list[str] = []
    parts: list[str] = []
    dates: list[DateEvidence] = []
    credits: list[str] = []
    for _ in range(_LEADING):
        if len(lines) < 2:
            break
        if title and key(lines[0]) == key(title):
            del lines[0]
            continue
        signs = recognise(lines[0])
        if not signs or not {sign.kind for sign in signs} <= _LEADING_KINDS:
            break
        for sign in signs:
            names.extend(sign.names)
            if sign.kind == "byline":
                parts.append(sign.value)
            elif sign.kind == "published" and sign.date:
                dates.append(sign.date)
        del lines[0]
    dateline = None
    opening = open_dateline(lines[0])
    if opening and opening.rest:
        lines[0], dateline = opening.rest, opening.dateline
        credits.append(opening.printed)
    closing: list[str] = []
    for _ in range(_TRAILING):
        if len(lines) < 2:
            break
        signs = recognise(lines[-1])
        known = signs and {sign.kind for sign in signs} <= _TRAILING_KINDS
        if not known and not footer(lines[-1]):
            break
        closing.extend(sign.value for sign in signs if sign.kind == "credit")
        del lines[-1]
    ending = closing_credit(lines[-1])
    if ending and ending[0]:
        lines[-1] = ending[0]
        closing.append(ending[1])
    return Body(
        text="\n".join(lines),
        dateline=dateline,
        names=tuple(dict.fromkeys(names)),
        parts=tuple(parts),
        credits=(*credits, *reversed(closing)),
        dates=tuple(dates),
    )
