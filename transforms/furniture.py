"""Furniture: every line of a document that is not its text, recognised for what it is.

Newspapers call so what stands around a story on the page: section label, byline, date line,
caption, credit, footer, correction. One line may be several at once ("By Orla Fenn | May 4,
2031"). What a line says is returned, so that nothing but pointers elsewhere and dead words
("Advertisement") is lost when the line is left out of the text.
"""

import re
from dataclasses import dataclass
from functools import cache
from typing import Final

from schemas.elements import DateEvidence
from transforms.bylines import names_in, parse_byline
from transforms.dates import evidence
from transforms.vocabulary import alternatives, entries
from transforms.wire import agency_pattern, may_name, picture_pattern

# Code points: a line beyond it is text, whatever it starts with.
_LONGEST_CAPTION: Final = 700
_LONGEST_NOTE: Final = 1_500
_LONGEST_LABEL: Final = 400
_LONGEST_POINTER: Final = 250
# A credit ends a paragraph within so many code points.
_CREDIT_ZONE: Final = 700

_URL: Final = re.compile(r"<?(https?://[^\s<>\"]{3,2000})>?", re.IGNORECASE)
_URL_DAY: Final = re.compile(
    r"/((?:19|20)[0-9]{2})[/-](0[1-9]|1[0-2])[/-](0[1-9]|[12][0-9]|3[01])(?=[/_-]|$)"
)
_DESK_SIGN: Final = re.compile(
    r"\(?(?:[A-Za-z]{2,5}(?:[-/+][A-Za-z]{2,5}){1,6}(?: \([^()]{2,40}\))?"
    r"|[A-Z]\.? ?[A-Z][\w'’-]+ ?--? ?[A-Z]{2,5})\)?\.?"
)
_SEGMENTS: Final = re.compile(r"\s+[|·•‧]\s+|\s*\|\s*")
_NAME: Final = r"[A-Z][\w'’-]*\.?(?: (?:de |van |von |al-|el-)?[A-Z][\w'’-]*\.?){0,4}"


@dataclass(frozen=True, slots=True)
class Sign:
    """What one line, or a part of it, says.

    kind: title, summary, section, byline, published, updated, url, site, caption, credit,
    note, elsewhere or dead. value: as printed, without its label. A byline has its names; dates
    have their evidence.
    """

    kind: str
    value: str
    names: tuple[str, ...] = ()
    date: DateEvidence | None = None


def recognise(line: str) -> tuple[Sign, ...]:
    """What `line` is; empty if it is text (or a headline, which looks like text)."""
    if _matches("dead", line, whole=True) or not any(c.isalnum() for c in line):
        return (Sign("dead", line),)
    for read in _READERS:
        signs = read(line)
        if signs:
            return signs
    return ()


def section_label(line: str) -> bool:
    """Whether `line` can be a section's name over a headline: WORLD, Politics, World > Asia."""
    text = line.strip(" [](){}:>|-–—")
    if not text or len(text) > 40 or text[-1:] in ".?!,;":
        return False
    known = [piece.strip().lower() for piece in re.split(r"[>|/»›]", text)]
    if all(piece in entries("sections") or piece == "home" for piece in known):
        return True
    return text == text.upper() and text != text.lower() and len(text.split()) <= 3


def closing_credit(paragraph: str) -> tuple[str, str] | None:
    """A paragraph's text and the credit at its end: "... he said. (AP)". None if it has none."""
    offset = max(0, len(paragraph) - _CREDIT_ZONE)
    match = _filled("credit", paragraph[offset:]).search(paragraph, offset)
    if match is None:
        return None
    return paragraph[: match.start()].rstrip(), paragraph[match.start() :].strip()


def footer(line: str) -> bool:
    """Whether `line` closes the page below the text: rights, appeals to subscribe, tags."""
    return len(line) <= _LONGEST_LABEL and _matches("footer", line)


def desk_sign(line: str) -> bool:
    """Whether `line` is the sign-off of a desk or an editor: burs-sct/sst, M.Sutherland--NG."""
    return len(line) <= 40 and _DESK_SIGN.fullmatch(line) is not None


def note_label(line: str) -> bool:
    """Whether `line` is only the label of an editors' note that follows it: "Correction"."""
    return len(line) <= 40 and _matches("note", line)


def url_day(url: str) -> DateEvidence | None:
    """The day in the path of an article's address, as a candidate."""
    match = _URL_DAY.search(url)
    return evidence("-".join(match.groups()), "url") if match else None


def dated(raw: str) -> DateEvidence | None:
    """`raw` as a candidate, if it says a day."""
    found = evidence(raw.strip(" .,;()[]*"), "text")
    return found if found and found.precision in ("day", "minute", "second") else None


@cache
def _pattern(name: str, whole: bool) -> re.Pattern[str]:
    tail = r"\s*$" if whole else ""
    return re.compile(rf"(?:{alternatives(name)}){tail}", re.IGNORECASE)


def _matches(name: str, line: str, whole: bool = False) -> bool:
    if whole and len(line) > 120:
        return False
    return _pattern(name, whole).match(line.lstrip("*•> ")) is not None


@cache
def _label(name: str) -> re.Pattern[str]:
    return re.compile(rf"(?:{alternatives(name)}) ?[:：]\s*", re.IGNORECASE)


@cache
def _date_label(name: str) -> re.Pattern[str]:
    return re.compile(rf"\(?(?:{alternatives(name)})(?: ?:|,)?\s+", re.IGNORECASE)


def _filled(name: str, line: str) -> re.Pattern[str]:
    """The patterns of list `name` that can match in `line`, written with their case.

    Most lines name no agency, and the patterns that need one are by far the slowest.
    """
    return _filled_in(name, may_name(line))


@cache
def _filled_in(name: str, named: bool) -> re.Pattern[str]:
    """The patterns of a list with names and agencies filled in; those with agencies if `named`."""
    agencies = f"(?>(?:[Tt]he )?{agency_pattern()})"
    slots = {
        r"\p{name}": f"(?:{_NAME})",
        r"\p{agencies}": rf"{agencies}(?>(?:, | and |; ?| ?/ ?){agencies})*+",
        "{source}": f"(?>{agency_pattern()}|{picture_pattern()})",
    }
    patterns = []
    for pattern in entries(name):
        if not named and (r"\p{agencies}" in pattern or "{source}" in pattern):
            continue
        for slot, value in slots.items():
            pattern = pattern.replace(slot, value)
        patterns.append(f"(?:{pattern})")
    return re.compile("|".join(patterns))


def _pointer(line: str) -> tuple[Sign, ...]:
    if len(line) <= _LONGEST_POINTER and _matches("elsewhere", line):
        return (Sign("elsewhere", line),)
    return ()


def _address(line: str) -> tuple[Sign, ...]:
    """An address alone on its line, labelled or not, or the label of one that follows."""
    if len(line) > 2_100:
        return ()
    label = _label("url").match(line)
    rest = line[label.end() :] if label else line
    match = _URL.fullmatch(rest.strip())
    if match:
        return (Sign("url", match[1].rstrip(".,;)")),)
    return (Sign("dead", line),) if label and not rest.strip() else ()


def _printed(line: str) -> tuple[Sign, ...]:
    """ "Published in The Harbour, May 4th, 2031": where, and perhaps when, it was printed."""
    if len(line) > _LONGEST_LABEL:
        return ()
    match = re.match("|".join(entries("printed")), line)
    if match is None:
        return ()
    rest = line[match.end() :].strip(" .")
    # The date may itself hold a comma: try every cut, the longest date first.
    for cut in re.finditer(r",? on |, | le | am | el | il |$", rest):
        name, date = rest[: cut.start()].strip(" ,"), dated(rest[cut.end() :])
        if date and not _day_like(name):
            site = (Sign("site", re.sub(r"^(?:the )?(?=[A-Z])", "", name)),) if name else ()
            return (*site, Sign("published", rest[cut.end() :], date=date))
    if dated(rest):
        return (Sign("published", rest, date=dated(rest)),)
    short = len(rest.split()) <= 6 and rest[:1].isupper()
    return (Sign("site", rest),) if short else ()


def _day_like(name: str) -> bool:
    return bool(re.search(r"[0-9]$", name))


def _labelled(line: str) -> tuple[Sign, ...]:
    """ "Section: World", "Author: Orla Fenn" ..."""
    if len(line) > _LONGEST_LABEL or not re.match(r"[^:：]{2,30}[:：]", line):
        return ()
    for kind in ("title", "summary", "section", "site"):
        match = _label(kind).match(line)
        value = line[match.end() :].strip() if match else ""
        if not match or not value:
            continue
        if kind == "site" and (re.search(agency_pattern(), value) or value[-1:] == "."):
            return (Sign("credit", line),)
        return (Sign(kind, value),)
    return ()


def _dated(line: str) -> tuple[Sign, ...]:
    """A line that is a date, with or without a label before it."""
    if len(line) > 160:
        return ()
    text = line.strip(" ()[]*")
    plain = dated(text)
    if plain:
        return (Sign("published", text, date=plain),)
    for kind in ("updated", "published"):
        match = _date_label(kind).match(text)
        found = dated(text[match.end() :]) if match else None
        if match and found:
            return (Sign(kind, text[match.end() :], date=found),)
    # "Published May 4, 2031, updated May 5, 2031"
    both = re.split(r"(?:[;,.(]|\s[-–—])\s*(?=[Uu]pdated|[Ll]ast )", text)
    pieces = [piece for piece in both if piece]
    if len(pieces) == 2:
        first, second = (_dated(piece) for piece in pieces)
        return (*first, *second) if first and second else ()
    return ()


def _caption(line: str) -> tuple[Sign, ...]:
    if len(line) > _LONGEST_CAPTION:
        return ()
    if _matches("caption", line) or _filled("caption_end", line).search(line):
        return (Sign("caption", line),)
    return ()


def _credit(line: str) -> tuple[Sign, ...]:
    if desk_sign(line):
        return (Sign("credit", line),)
    if len(line) > _CREDIT_ZONE:
        return ()
    match = _filled("credit", line).match(line)
    return (Sign("credit", line),) if match and match.end() == len(line) else ()


def _note(line: str) -> tuple[Sign, ...]:
    if len(line) <= _LONGEST_NOTE and _matches("note", line.lstrip("(*_ ")):
        return (Sign("note", line),)
    bracketed = line[:1] == "(" and line[-1:] == ")" and _matches("note", line)
    return (Sign("note", line),) if bracketed else ()


def _by(line: str) -> tuple[Sign, ...]:
    """A byline, and the date behind it: "By Orla Fenn, May 4, 2031"."""
    if len(line) > _LONGEST_LABEL:
        return ()
    for cut in re.finditer(r",\s|\s[-–—]\s|\s(?=[Pp]ublished|[Uu]pdated|[Oo]n )", line):
        date = _dated(line[cut.end() :])
        signs = _by_alone(line[: cut.start()]) if date else ()
        if signs:
            return (*signs, *date)
    return _by_alone(line)


def _by_alone(line: str) -> tuple[Sign, ...]:
    found = parse_byline(line)
    if found is None:
        label = re.match(rf"(?:{alternatives('byline')})\s*[:：]\s*", line, re.IGNORECASE)
        found = names_in(line[label.end() :]) if label and len(line) < 200 else None
        if found is None or not found.names:
            return ()
    return tuple(
        Sign("byline", part, names=found.names if number == 0 else ())
        for number, part in enumerate(found.parts)
    )


def _several(line: str) -> tuple[Sign, ...]:
    """Several signs on one line: "By Orla Fenn | May 4, 2031 | World"."""
    pieces = [piece for piece in _SEGMENTS.split(line) if piece.strip()]
    if len(line) > _LONGEST_LABEL or not 2 <= len(pieces) <= 5:
        return ()
    signs: list[Sign] = []
    for piece in pieces:
        found = recognise(piece)
        if not found and section_label(piece):
            found = (Sign("section", piece.strip()),)
        if not found and _named(piece):
            found = (Sign("site", piece.strip()),)  # "May 4, 2031 | Harbour Radio"
        signs.extend(found)
        if not found:
            return ()
    # A headline may hold a bar too: only a byline or a date makes such a line furniture.
    return tuple(signs) if {"byline", "published"} & {sign.kind for sign in signs} else ()


def _named(piece: str) -> bool:
    return piece[:1].isupper() and len(piece.split()) <= 5 and piece[-1:] not in ".?!"


# In this order: the plainer the sign, the earlier.
_READERS: Final = (
    _pointer,
    _address,
    _printed,
    _labelled,
    _dated,
    _caption,
    _credit,
    _note,
    _several,
    _by,
)
