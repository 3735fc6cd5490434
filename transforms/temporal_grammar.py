"""The grammars of temporal expressions, `data/temporal-<language>.toml`, made ready to match."""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any, Final

from transforms.temporal_patterns import (
    Part,
    Pattern,
    compile_pattern,
    form_piece,
    number_piece,
    words_piece,
)

_FILE: Final = re.compile(r"temporal-([a-z]{2,3})\.toml")
_PHRASE: Final = re.compile(r"\{(\w+)\}")
# What a rule says besides the constants of its kind.
_SAYS: Final = ("kind", "match", "after", "not_after", "before", "not_before", "alone", "lowercase")


@dataclass(frozen=True, slots=True)
class Rule:
    """One way to say a time. The four sets hold words that stand directly beside a match."""

    kind: str
    constants: dict[str, Any]
    after: frozenset[str] | None  # it must come after one of these
    not_after: frozenset[str]
    before: frozenset[str] | None  # it must come before one of these
    not_before: frozenset[str]
    alone: bool  # False: it counts only beside a day
    lowercase: bool  # True: with a capital, or before one, it is part of a name


@dataclass(frozen=True, slots=True)
class Candidates:
    """The rules that may match at some word, in the order of the grammar."""

    whatever_follows: tuple[tuple[Rule, Pattern], ...]
    by_next: dict[str, tuple[tuple[Rule, Pattern], ...]]  # these and more, by the next word


@dataclass(frozen=True, slots=True)
class Direction:
    """What tells whether a clause looks ahead or back."""

    cues: re.Pattern[str]  # group `future` took part, or `past`
    future_at: re.Pattern[str]
    future_behind: re.Pattern[str]
    past_behind: re.Pattern[str]
    verb_behind: re.Pattern[str]
    event_before: re.Pattern[str]
    event_behind: re.Pattern[str]
    possessive: re.Pattern[str]
    scheduled_behind: re.Pattern[str]
    quantity: re.Pattern[str]
    clause_end: re.Pattern[str]


@dataclass(frozen=True, slots=True)
class Lead:
    """When an explicit date says when a story was written."""

    verb: re.Pattern[str]
    gap: int  # code points between the verb and the date, at most
    zone: int  # code points from the start of the text
    days: int  # before the publication, at most


@dataclass(frozen=True, slots=True)
class Grammar:
    rules: Mapping[str, Candidates]  # by a word that a match begins with
    words: Mapping[str, Mapping[str, Any]]
    direction: Direction
    time_to_day: re.Pattern[str]
    day_to_time: re.Pattern[str]
    lead: Lead

    def rules_for(self, token: str, following: str) -> tuple[tuple[Rule, Pattern], ...]:
        """The rules that may match at a token that another one follows."""
        candidates = self.rules.get(token)
        if candidates is None:
            return ()
        return candidates.by_next.get(following, candidates.whatever_follows)

    def value(self, piece: str, text: str) -> Any:
        """What a captured text means: a word's value, or the number of digits or numerals."""
        if piece in self.words:
            return self.words[piece][_plain(text)]
        if piece == "number":
            return self._number(text)
        return int(re.match("[0-9]+", text)[0])  # type: ignore[index]  # a form is digits

    def _number(self, text: str) -> float:
        if text[0] in "0123456789":
            whole, _, fraction = text.replace(",", "").partition(" ")
            above, _, below = fraction.partition("/")
            return float(whole) + (int(above) / int(below) if fraction else 0)
        total: float = 0
        group: float = 0
        for numeral in _numerals(text, self.words["numeral"]):
            if numeral >= 1000:
                total, group = total + (group or 1) * numeral, 0
            elif numeral == 100 or (numeral == 12 and 0 < group < 10):
                group = (group or 1) * numeral  # two hundred, two dozen
            else:
                group += numeral
        return total + group


def languages() -> tuple[str, ...]:
    """The languages that a grammar exists for, as ISO 639 codes."""
    names = (_FILE.fullmatch(entry.name) for entry in (files("transforms") / "data").iterdir())
    return tuple(sorted(name[1] for name in names if name))


@cache
def grammar(language: str) -> Grammar:
    """The grammar of a language. Raises ValueError if the file is not well formed."""
    source = (files("transforms") / "data" / f"temporal-{language}.toml").read_text("utf-8")
    data = tomllib.loads(source)
    words = {
        name: dict.fromkeys(meanings) if isinstance(meanings, list) else meanings
        for name, meanings in data["words"].items()
    }
    pieces = {
        **{name: words_piece(meanings) for name, meanings in words.items()},
        **{name: form_piece(form) for name, form in data["forms"].items()},
        "number": number_piece(words["numeral"]),
    }
    lead = data["lead"]
    return Grammar(
        rules=_by_first_word(data, pieces),
        words={
            name: {_plain(word): value for word, value in meanings.items()}
            for name, meanings in words.items()
        },
        direction=_direction(data["direction"]),
        time_to_day=re.compile(data["time_to_day"]),
        day_to_time=re.compile(data["day_to_time"]),
        lead=Lead(
            re.compile(rf"\b(?:{lead['verbs']})\b", re.I), lead["gap"], lead["zone"], lead["days"]
        ),
    )


def _by_first_word(data: dict[str, Any], pieces: dict[str, Part]) -> dict[str, Candidates]:
    begun: dict[str, list[tuple[str | None, tuple[Rule, Pattern]]]] = {}
    for entry in data["rule"]:
        rule = _rule(entry, data["lists"])
        for source in entry["match"]:
            pattern = compile_pattern(_unfolded(source, data["phrases"]), pieces)
            for first, second in pattern.begins:
                begun.setdefault(first, []).append((second, (rule, pattern)))
    return {first: _candidates(rules) for first, rules in begun.items()}


def _candidates(rules: list[tuple[str | None, tuple[Rule, Pattern]]]) -> Candidates:
    def at(following: str | None) -> tuple[tuple[Rule, Pattern], ...]:
        found = (one for second, one in rules if second in (None, following))
        return tuple({id(pattern): (rule, pattern) for rule, pattern in found}.values())

    seconds = {second for second, _ in rules if second is not None}
    return Candidates(at(None), {second: at(second) for second in seconds})


def _rule(entry: dict[str, Any], lists: dict[str, list[str]]) -> Rule:
    def words(name: str) -> frozenset[str]:
        return frozenset(lists[entry[name]]) if name in entry else frozenset()

    return Rule(
        kind=entry["kind"],
        constants={name: value for name, value in entry.items() if name not in _SAYS},
        after=words("after") or None,
        not_after=words("not_after"),
        before=words("before") or None,
        not_before=words("not_before"),
        alone=entry.get("alone", True),
        lowercase=entry.get("lowercase", False),
    )


def _unfolded(source: str, phrases: dict[str, str]) -> str:
    """A pattern with its phrases written out."""

    def phrase(match: re.Match[str]) -> str:
        name = match[1]
        return f"({_unfolded(phrases[name], phrases)})" if name in phrases else match[0]

    return _PHRASE.sub(phrase, source)


def _direction(data: dict[str, Any]) -> Direction:
    def cue(pattern: str) -> re.Pattern[str]:
        return re.compile(pattern, re.IGNORECASE)

    event, possessive = data["event"], data["possessive"]
    before_point = r"(?<!\b\w)" + "".join(rf"(?<!\b{word})" for word in data["abbreviations"])
    return Direction(
        cues=cue(rf"(?<!\w)(?:(?P<future>{data['future']})|(?P<past>{data['past']}))\b"),
        future_at=cue(rf"\b(?:{data['future_at']})\s+$"),
        future_behind=cue(rf"(?:{possessive})?\s(?:{data['future_behind']})\b"),
        past_behind=cue(rf"\s(?:{data['past_behind']})\b"),
        verb_behind=cue(rf"\s(?:{data['verb_behind']})\b"),
        event_before=cue(rf"\b(?:{event})\s(?:(?:{data['event_joint']})\s)?$"),
        event_behind=cue(rf"(?:{possessive})?\s(?:[\w.'’-]+\s){{0,3}}(?:{event})\b"),
        possessive=cue(possessive),
        scheduled_behind=cue(
            rf"(?:{possessive})?\s(?:[\w.'’-]+\s){{0,3}}(?:{data['scheduled']})\b"
        ),
        quantity=cue(rf"\b(?:{data['quantity']})\b|[0-9]"),
        clause_end=re.compile(
            rf"{before_point}\.(?=\s|$)|[!?;:\"“”()—–]|\n\s*\n|,(?![0-9])|--| - "
        ),
    )


def _plain(text: str) -> str:
    """A word as the tables know it, whatever its case, white space and apostrophe in the text."""
    return re.sub(r"[\s‑–-]+", " ", text).replace("’", "'").lower()


def _numerals(text: str, numerals: Mapping[str, float]) -> list[float]:
    """The values of the numerals in a text, the longest names first: half a, quatre-vingt."""
    names = "|".join(sorted(map(re.escape, numerals), key=lambda name: (-len(name), name)))
    return [numerals[name] for name in re.findall(rf"\b(?:{names})\b", _plain(text))]
