"""Where things stand on a page: head, text and tail of a plain-text document.

The head runs from the first line to the last that can only stand above a text (a byline, a date,
a section label); what is no such line there is the headline, then the summary. The tail runs back
from the last line over credits, footers, dates and notes. Each function takes paragraphs and
returns those that remain; what it took away is added to `Notes`.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from schemas.elements import Dateline
from transforms.bylines import Byline, names_in, person
from transforms.datelines import leading_date, open_dateline
from transforms.furniture import (
    Sign,
    closing_credit,
    dated,
    footer,
    note_label,
    recognise,
    section_label,
)
from transforms.paragraphs import Paragraph, ends_sentence, is_item, is_speech

_HEAD_LINES: Final = 16  # lines that a head has at most
_HEAD_TEXTS: Final = 4  # of them, lines that are headline, summary or an uncredited caption
_TAIL_LINES: Final = 16
_LONGEST_TITLE: Final = 220  # code points
_SHORT_TITLE: Final = 120
_LONGEST_SUMMARY: Final = 350
# What may stand above a text without telling where the text begins.
_WEAK: Final = frozenset({"note", "credit", "dead", "elsewhere"})
_INITIALS: Final = re.compile(r"(?:\b[A-Z]\.){2,}$|\b(?:Inc|Corp|Ltd|Co|Jr|Sr|St|No|vs)\.$")


@dataclass(slots=True)
class Notes:
    """What was found around the text, in order: of each kind the first is the document's."""

    said: list[Sign] = field(default_factory=list)
    dateline: Dateline | None = None

    def add(self, *signs: Sign) -> None:
        self.said.extend(signs)

    def first(self, kind: str) -> str | None:
        return next((sign.value for sign in self.said if sign.kind == kind), None)

    def every(self, kind: str) -> tuple[str, ...]:
        return tuple(dict.fromkeys(sign.value for sign in self.said if sign.kind == kind))


def without_inner_furniture(paragraphs: Sequence[Paragraph], notes: Notes) -> list[Paragraph]:
    """Without what never belongs to the text, wherever it stands: captions, pointers, folios."""
    kept = []
    for paragraph in paragraphs:
        signs = recognise(paragraph.text)
        kinds = {sign.kind for sign in signs}
        if kinds <= {"elsewhere", "dead", "caption"} and signs:
            notes.add(*(sign for sign in signs if sign.kind == "caption"))
            continue
        kept.append(paragraph)
    return kept


def take_tail(paragraphs: Sequence[Paragraph], notes: Notes) -> list[Paragraph]:
    """Without the furniture below the text; it is read from top to bottom."""
    end = len(paragraphs)
    while end > max(0, len(paragraphs) - _TAIL_LINES):
        line = paragraphs[end - 1].text
        labelled = end > 1 and note_label(paragraphs[end - 2].text)
        if not (_closes(line) or labelled):
            break
        end -= 2 if labelled else 1
    follows_label = False
    for paragraph in paragraphs[end:]:
        line = paragraph.text
        signs = recognise(line)
        if note_label(line):
            follows_label = True
        elif follows_label and not signs:
            notes.add(Sign("note", line))
            follows_label = False
        elif signs:
            # Below a text, "Source: X" and the like say who prints it; a title does not stand here.
            notes.add(*(sign for sign in signs if sign.kind not in ("title", "summary")))
        elif re.match(r"(?:©|\([cC]\)|[Cc]opyright)", line):
            notes.add(Sign("credit", line))
    return list(paragraphs[:end])


def _closes(line: str) -> bool:
    kinds = {sign.kind for sign in recognise(line)}
    return footer(line) or (bool(kinds) and not kinds & {"title", "summary", "section"})


def take_head(paragraphs: Sequence[Paragraph], notes: Notes) -> list[Paragraph]:
    """Without the furniture above the text, and without headline and summary."""
    end = _head_end(paragraphs)
    if end and _bare_date(paragraphs[end - 1]) and any(map(_bare_date, paragraphs[end:])):
        end -= 1  # the first of several dates on lines of their own heads a timeline
    texts: list[Paragraph] = []
    previous_date = False
    for number, paragraph in enumerate(paragraphs[:end]):
        signs = recognise(paragraph.text)
        if signs:
            notes.add(*signs)
        elif _label_here(paragraphs, number):
            notes.add(Sign("section", paragraph.text.strip(" []")))
        elif (previous_date or _date_next(paragraphs, number)) and _bare_name(paragraph, texts):
            notes.add(*byline_signs(names_in(paragraph.text)))
        else:
            texts.append(paragraph)
        previous_date = any(sign.kind == "published" for sign in signs)
    rest = list(paragraphs[end:])
    if not texts and not notes.first("title") and len(rest) > 1 and _titlelike(rest[0]):
        texts.append(rest.pop(0))
    named = notes.first("title") is not None
    if not named and texts:
        title = next((n for n, t in enumerate(texts) if t.level == 1 or _titlelike(t)), None)
        if title is None and _below(paragraphs[:end]) and len(texts[0].text) <= _SHORT_TITLE:
            title = 0  # a headline with a full stop: the byline below it tells
        if title is None:
            return [*texts, *rest]
        # What stands above a headline and is a sentence is the caption of an uncredited picture.
        notes.add(*(Sign("caption", text.text) for text in texts[:title]))
        notes.add(Sign("title", texts[title].text))
        texts = texts[title + 1 :]
    elif named and texts and texts[0].text == notes.first("title"):
        texts = texts[1:]
    if not texts and len(rest) > 1 and _summarylike(rest[0], rest[1]):
        texts.append(rest.pop(0))
    if texts and not notes.first("summary") and len(texts[0].text) <= _LONGEST_SUMMARY:
        notes.add(Sign("summary", texts[0].text))
        texts = texts[1:]
    return [*texts, *rest]


def _head_end(paragraphs: Sequence[Paragraph]) -> int:
    """The number of the first paragraph below the last line that only a head has."""
    end = texts = 0
    titled = signed = False  # a headline was seen; below it a byline or date was
    for number, paragraph in enumerate(paragraphs[:_HEAD_LINES]):
        kinds = {sign.kind for sign in recognise(paragraph.text)}
        if kinds or (number < len(paragraphs) - 1 and _label_here(paragraphs, number)):
            # A note or a credit alone makes no head of the texts above it.
            weak = bool(kinds) and kinds <= _WEAK
            if not texts or not (weak or (not kinds and texts > 1)):
                end = number + 1
            signed = signed or (titled and bool(kinds & {"byline", "published"}))
            continue
        texts += 1
        headline = _titlelike(paragraph)
        spoken = is_speech(paragraph.text) and texts > 1
        long = len(paragraph.text) > _LONGEST_SUMMARY and texts > 1
        # Below a byline or a date, a sentence is the text: the next date is a timeline's.
        begun = signed and not headline
        if texts > _HEAD_TEXTS or is_item(paragraph.text) or spoken or long or begun:
            break
        if _opens(paragraph.text) or leading_date(paragraph.text):
            break
        titled = titled or headline
    return min(end, len(paragraphs))


def _bare_date(paragraph: Paragraph) -> bool:
    signs = recognise(paragraph.text)
    return len(signs) == 1 and signs[0].kind == "published" and signs[0].value == paragraph.text


def _opens(text: str) -> bool:
    """Whether a dateline opens `text`; "OSTREL: What we know" without a full stop is a headline."""
    opening = open_dateline(text)
    if opening is None:
        return False
    filed = opening.agency or (opening.dateline and opening.dateline.date)
    return bool(filed) or ends_sentence(text) or len(text) > _LONGEST_TITLE


def _below(head: Sequence[Paragraph]) -> bool:
    """Whether a byline or a date stands below the first text of a head."""
    kinds = [{sign.kind for sign in recognise(paragraph.text)} for paragraph in head]
    first = next((number for number, found in enumerate(kinds) if not found), len(kinds))
    return any(found & {"byline", "published"} for found in kinds[first:])


def _label_here(paragraphs: Sequence[Paragraph], number: int) -> bool:
    """Whether this is a section label: one needs a headline below it."""
    following = paragraphs[number + 1 : number + 3]
    if not section_label(paragraphs[number].text) or not following:
        return False
    below = [p for p in following if not recognise(p.text)]
    headline_above = any(
        _titlelike(p) and not recognise(p.text) and not section_label(p.text)
        for p in paragraphs[:number]
    )
    known = section_label(paragraphs[number].text.lower())
    return bool(below and _titlelike(below[0])) or (headline_above and known)


def _date_next(paragraphs: Sequence[Paragraph], number: int) -> bool:
    following = paragraphs[number + 1 : number + 2]
    return any(s.kind == "published" for p in following for s in recognise(p.text))


def _bare_name(paragraph: Paragraph, texts: Sequence[Paragraph]) -> bool:
    """A line beside a date line, below a headline, that is a person's name."""
    return bool(texts) and len(paragraph.text.split()) in (2, 3) and bool(person(paragraph.text))


def _titlelike(paragraph: Paragraph) -> bool:
    text = paragraph.text
    if not text or len(text) > _LONGEST_TITLE or is_item(text) or _opens(text):
        return False
    if re.match(r"(?:Q|A|Question|Answer|F|R): ", text):
        return False
    bare = text.rstrip("\"'”’»)")
    if bare.endswith((".", "。", ",", ";", ":", "।")):
        return bool(_INITIALS.search(text)) or bare.endswith("...")
    # A question or a cry may be a headline; a passage that ends with one is none.
    return not re.search(r"[a-z”\"][.]\s+[A-Z“\"]", text)


def _summarylike(paragraph: Paragraph, following: Paragraph) -> bool:
    """A second line without a full stop, above a sentence: a summary without a byline below."""
    text = paragraph.text
    return (
        _titlelike(paragraph)
        and not is_speech(text)
        and len(text) >= 30
        and ends_sentence(following.text)
        and not text.endswith(("?", "!"))
        and not re.match(r"[-–—]", text)
    )


def take_dateline(paragraphs: list[Paragraph], notes: Notes) -> list[Paragraph]:
    """Without a date label and a dateline at the start of the text."""
    if not paragraphs:
        return paragraphs
    text = paragraphs[0].text
    label = leading_date(text)
    if label:
        found = dated(label[0])
        notes.add(Sign("published", label[0], date=found))
        text = label[1]
    speakers = sum(is_speech(p.text) and p.text.split(":")[0].isupper() for p in paragraphs[1:])
    opening = open_dateline(text, speakers=speakers > 0)
    if opening:
        notes.dateline = opening.dateline
        if opening.agency:
            notes.add(Sign("credit", opening.printed))
        if opening.date:
            notes.add(Sign("published", opening.date, date=dated(opening.date)))
        text = opening.rest
    first = Paragraph(text, paragraphs[0].apart, paragraphs[0].level)
    return [first, *paragraphs[1:]] if text else paragraphs[1:]


def take_closing_credits(paragraphs: list[Paragraph], notes: Notes) -> list[Paragraph]:
    """Without the credits at the end of the last sentence: "... he said. (AP)"."""
    credits: list[Sign] = []
    for _ in range(_TAIL_LINES):
        found = closing_credit(paragraphs[-1].text) if paragraphs else None
        if found is None:
            break
        credits.insert(0, Sign("credit", found[1]))
        last = paragraphs.pop()
        if found[0]:
            paragraphs.append(Paragraph(found[0], last.apart, last.level))
    notes.add(*credits)
    return paragraphs


def byline_signs(byline: Byline) -> list[Sign]:
    return [
        Sign("byline", part, names=byline.names if number == 0 else ())
        for number, part in enumerate(byline.parts)
    ]
