"""Other temporal taggers as functions of a text and the day it was written.

dateparser (search_dates), spaCy's DATE and TIME entities read by dateparser, and Microsoft's
recognizers-text. What they return are instants, so their TIMEX3 value is put together here, as
coarse as the expression's words are: a lower bound of what an adapter could reach, kind to them
where it can be. All are told to prefer the past, as news does. They are the extra `bench`; one
that is not installed is absent.
"""

import re
from collections.abc import Iterator
from datetime import date, datetime, time
from functools import cache
from typing import Any

from benchmarks.timeml import Tagger, Timex

_MONTH = r"jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec"
_DAY = re.compile(r"\b\d{1,2}(?:st|nd|rd|th)?\b|day\b|today|yesterday|tomorrow|tonight", re.I)


def peers() -> dict[str, Tagger]:
    """The taggers that are installed, by name."""
    found: dict[str, Tagger] = {}
    try:
        import dateparser.search  # noqa: F401
    except ImportError:
        print("ABSENT: dateparser is not installed")
    else:
        found["dateparser"] = _dateparser
        found["spacy_dateparser"] = _spacy_dateparser
    try:
        import recognizers_date_time  # noqa: F401
    except ImportError:
        print("ABSENT: recognizers-text-date-time (with emoji<2) is not installed")
    else:
        found["recognizers"] = _recognizers
    return found


def _settings(written: date) -> dict[str, Any]:
    base = datetime.combine(written, time())
    return {"RELATIVE_BASE": base, "PREFER_DATES_FROM": "past"}


def _dateparser(text: str, written: date) -> Iterator[Timex]:
    from dateparser.search import search_dates

    at = 0
    for words, moment in search_dates(text, ["en"], _settings(written)) or ():
        start = text.find(words, at)
        if start >= 0:
            at = start + len(words)
            yield Timex(start, at, "DATE", _value(words, moment))


@cache
def _spacy() -> Any:
    import spacy

    from transforms.entities import DEFAULT_MODEL

    unused = ["tok2vec", "tagger", "parser", "attribute_ruler", "lemmatizer", "senter"]
    return spacy.load(DEFAULT_MODEL, exclude=unused)


def _spacy_dateparser(text: str, written: date) -> Iterator[Timex]:
    import dateparser

    for entity in _spacy()(text).ents:
        if entity.label_ in ("DATE", "TIME"):
            moment = dateparser.parse(entity.text, languages=["en"], settings=_settings(written))
            value = _value(entity.text, moment) if moment else ""
            yield Timex(entity.start_char, entity.end_char, entity.label_, value)


def _recognizers(text: str, written: date) -> Iterator[Timex]:
    from recognizers_date_time import Culture, recognize_datetime

    base = datetime.combine(written, time())
    for found in recognize_datetime(text, Culture.English, reference=base):
        values = (found.resolution or {}).get("values") or [{}]
        kind = found.type_name.rpartition(".")[2]
        value = values[0].get("timex", "")
        if "X" in value or "(" in value:  # a pattern or an interval: the past one it stands for
            moment = values[0].get("value") or values[0].get("start") or ""
            words = text[found.start : found.end + 1]
            if re.match(r"\d{4}-\d\d-\d\d", moment):
                value = _value(words, datetime.fromisoformat(moment))
        kinds = {"duration": "DURATION", "set": "SET", "time": "TIME", "datetime": "TIME"}
        yield Timex(found.start, found.end + 1, kinds.get(kind, "DATE"), value)


def _value(words: str, moment: datetime) -> str:
    """A day, week, month, quarter or year: as coarse as the words are."""
    if re.search(r"\bweek\b", words, re.I):
        year, week, _ = moment.isocalendar()
        return f"{year:04}-W{week:02}"
    if re.search(r"\bquarter\b", words, re.I):
        return f"{moment.year:04}-Q{(moment.month + 2) // 3}"
    if re.search(r"\bmonths?\b", words, re.I):
        return f"{moment:%Y-%m}"
    if re.search(r"\byears?\b", words, re.I) or re.fullmatch(r"\D*\d{4}\D*", words):
        named = re.search(_MONTH, words, re.I)
        return f"{moment:%Y-%m}" if named else f"{moment.year:04}"
    if re.search(_MONTH, words, re.I) and not _DAY.search(words):
        return f"{moment:%Y-%m}"
    return f"{moment:%Y-%m-%d}"
