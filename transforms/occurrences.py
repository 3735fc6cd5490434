"""Names found again: where the recogniser missed what it, or a table, knows.

Lists, tables and headlines in capitals are unlike the text that a recogniser learnt from. A name
that the document uses elsewhere, and a country's, are found there by their form alone.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from transforms.countries import find_country, first_words, fold
from transforms.gazetteer import family_first, is_given_name, is_place, people_of
from transforms.mentions import Span

_WORD: Final = re.compile(r"(?<![\w.'’-])[^\W\d_](?:[\w&'’-]|\.(?=\w))*\.?")
_MOST_WORDS: Final = 5  # of a country's name, or of a name found in a headline
_BIG: Final = 300  # thousands: a city so large is known in capitals without more
# Names of countries and peoples that are words, persons or companies as often.
_NAME_BEFORE: Final = re.compile(r"(?<!\w)[A-Z][\w.]* (?:(?:of|for|&) )?(?:the )?$")
_SENTENCE_BEGINS: Final = re.compile(r"(?:[.!?:]\s|[\n\"“])\w+ (?:of |for )?(?:the )?$")
_OFTEN_OTHER: Final = (
    "chad jordan turkey polish pole dane finn scot scots brit brits swede turk guinea georgia"
    " jersey kiwi car roc rsa lao thai emirates niger reunion holland antigua vincent motswana"
    " batswana swazi chinese english french german trinidad"
)
_AMBIGUOUS: Final = frozenset(_OFTEN_OTHER.split())


@dataclass(frozen=True, slots=True)
class Known:
    """A form that names an entity of the document."""

    name: str
    type: str


def forms_of(text: str, spans: Sequence[Span]) -> dict[str, Known]:
    """Every printed form that is safe to look for, with whom or what it names.

    A form of several words is; a lone word only if it is a person's surname, a place that the
    tables know, an abbreviation in capitals, or was marked as one type twice.
    """
    marks: dict[str, int] = {}
    for span in spans:
        form = text[span.start : span.end]
        marks[form] = marks.get(form, 0) + 1
    small = {word for word in text.split() if word.islower()}
    found: dict[str, Known] = {}
    for span in spans:
        form = text[span.start : span.end]
        known = Known(span.name, span.type)
        lone = not re.search(r"[\s-]", form)
        if span.type == "PERSON" and " " in span.name:
            surname = span.name.split()[0 if family_first(span.name) else -1]
            plain = surname[0].isupper() and surname[1:].islower() and len(surname) > 2
            if plain and surname.lower() not in small:  # Done, Brown, Long are words too
                found.setdefault(surname, known)
        if not form[:1].isupper():
            continue
        if lone and span.type == "PERSON" and " " not in span.name and marks[form] < 2:
            continue
        if lone and span.type not in ("PERSON", "GPE") and not form.isupper() and marks[form] < 2:
            continue
        if lone and span.type == "GPE" and marks[form] < 2 and not is_place(form):
            continue
        if lone and len(form) < 3 and not form.isupper():
            continue
        found[form] = known
    return found


def unmarked(text: str, spans: Sequence[Span], skip: Sequence[tuple[int, int]]) -> list[Span]:
    """Mentions of the entities of `spans`, and of countries, outside of `spans` and of `skip`."""
    forms = forms_of(text, spans)
    by_word: dict[str, list[str]] = {}
    for form in sorted(forms, key=lambda form: (-len(form), form)):
        by_word.setdefault(form.split()[0], []).append(form)
    taken = sorted([(span.start, span.end) for span in spans] + list(skip))
    found: list[Span] = []
    words = [m for m in _WORD.finditer(text) if m[0][0].isupper()]
    at, done = 0, 0
    for match in words:
        start = match.start()
        while at < len(taken) and taken[at][1] <= start:
            at += 1
        if start < done or (at < len(taken) and taken[at][0] <= start):
            continue
        limit = taken[at][0] if at < len(taken) else len(text)
        span = _known_at(text, start, match, by_word, forms) or _country_at(text, start, match)
        if span and span.end <= limit and _stands_alone(text, span):
            found.append(span)
            done = span.end
    return found


def _known_at(
    text: str,
    start: int,
    match: re.Match[str],
    by_word: Mapping[str, Sequence[str]],
    forms: Mapping[str, Known],
) -> Span | None:
    word = match[0]
    for key in (word, word.rstrip("."), re.sub(r"['’]s?$", "", word.rstrip("."))):
        for form in by_word.get(key, ()):
            end = start + len(form)
            if text.startswith(form, start) and not (text[end : end + 1].isalnum()):
                known = forms[form]
                return Span(start, end, known.type, known.name)
    return None


def _country_at(text: str, start: int, match: re.Match[str]) -> Span | None:
    word = re.sub(r"['’]s?$", "", match[0])
    if fold(word) not in first_words():
        return None
    line = text[start : start + 60].partition("\n")[0]
    ends = [m.end() for m in re.finditer(r"[\w.]+(?=\W|$)", line)][:_MOST_WORDS]
    for end in reversed(ends):
        printed = line[:end]
        country = find_country(printed)
        if country is None and printed.endswith("."):
            country, end = find_country(printed[:-1]), end - 1
        if country and fold(printed) not in _AMBIGUOUS:
            kind = "NORP" if country.people else "GPE"
            return Span(start, start + end, kind, country.name)
    return None


def _stands_alone(text: str, span: Span) -> bool:
    """Whether a mention is no part of a longer name or word."""
    before = text[max(0, span.start - 24) : span.start]
    behind = text[span.end : span.end + 20]
    joined = before[-1:] in ("-", "–") and before[-2:-1].isalnum()
    if joined or re.match(r"[-–]\w", behind):
        return False
    if span.type == "NORP":
        return True
    if span.type != "PERSON" and _NAME_BEFORE.search(before):
        begins = "\n" + before if span.start <= len(before) else before
        if not _SENTENCE_BEGINS.search(begins):
            return False
    return re.match(r" [A-Z]\w", behind) is None


def lines_in_capitals(text: str) -> list[tuple[int, int]]:
    """The lines of `text` that are printed in capitals: headlines, tables."""
    found = []
    start = 0
    for line in text.split("\n"):
        end = start + len(line)
        if line.isupper() and len(re.findall(r"[^\W\d_]{2,}", line)) > 2:
            found.append((start, end))
        start = end + 1
    return found


def in_capitals(
    text: str, line: tuple[int, int], spans: Sequence[Span], forms: Mapping[str, Known]
) -> Iterator[Span]:
    """The mentions in a line in capitals.

    forms: what names the document's entities, folded. spans: what the recogniser marked there,
    which counts where nothing known stands.
    """
    words = list(_WORD.finditer(text, *line))
    found: list[Span] = []
    number = 0
    while number < len(words):
        for count in range(min(_MOST_WORDS, len(words) - number), 0, -1):
            start, end = words[number].start(), words[number + count - 1].end()
            printed = re.sub(r"\s?['’][sS]?$", "", text[start:end])
            end = start + len(printed)
            known = _known_in_capitals(printed, forms)
            if known:
                found.append(Span(start, end, known.type, known.name))
                break
        else:
            count = 1
        number += count
    yield from found
    for span in spans:
        if not any(span.start < other.end and other.start < span.end for other in found):
            yield span


def _known_in_capitals(printed: str, forms: Mapping[str, Known]) -> Known | None:
    key = fold(printed)
    if key in forms:
        return forms[key]
    country = find_country(printed)
    if country and key not in ("us", "car", "roc", "polish", "pole", "turkey"):
        return Known(country.name, "NORP" if country.people else "GPE")
    if people_of(printed) >= _BIG and not is_given_name(printed):
        return Known(printed, "GPE")
    return None
