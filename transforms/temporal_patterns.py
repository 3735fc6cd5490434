"""The patterns of a temporal grammar: a small language, made into regular expressions.

    {name}        one of the words, or the form, of that name; captured under it
    {name:as}     the same, captured under another name
    [...]         may be absent
    (a|b)         one of the alternatives
    a space       white space: at most one line break, never a blank line
    ~             white space or a hyphen

Everything else stands for itself. A word matches in any case, unless the grammar writes it with
a capital: `May` is also `MAY`, but never `may`. Every part is bounded, so that no text, however
hostile, makes a match slow.

A pattern knows the words that it can begin with, so that a rule is tried only where it may match.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache
from typing import Any, Final

DIGITS: Final = "0"  # stands for any number among the words that a pattern can begin with

_SPACE: Final = r"(?:[^\S\n]{1,4}\n?|\n)[^\S\n]{0,4}"
_SPACE_OR_HYPHEN: Final = rf"(?:{_SPACE}|[-‑–]\n?)"
_TOKEN: Final = re.compile(
    r"\{(?P<name>\w+)(?::(?P<alias>\w+))?\}|(?P<sign>[\[\]()| ~])|(?P<text>[^\[\](){}| ~]+)"
)
_NUMBER_DIGITS: Final = r"[0-9]{1,3}(?:,[0-9]{3}){1,3}|[0-9]{1,6}(?:\.[0-9]{1,2})?(?: [1-9]/[1-9])?"


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a pattern: its expression, and the words that it can begin with.

    begins: first and second word; None if the second can be any. open: words with which it can
    begin and end, so that the second is to be found in what follows.
    """

    expression: str
    begins: frozenset[tuple[str, str | None]] = frozenset()
    open: frozenset[str] = frozenset()
    may_be_empty: bool = False

    def first_words(self) -> frozenset[str]:
        return self.open | {first for first, _ in self.begins}


@dataclass(frozen=True, slots=True)
class Capture:
    group: str
    name: str  # of the piece
    alias: str  # under which it is captured


@dataclass(frozen=True, slots=True)
class Pattern:
    """A pattern, ready to match: a regular expression, and what its groups capture."""

    expression: str
    begins: frozenset[tuple[str, str | None]]  # its first word, and the second if that is fixed
    captures: tuple[Capture, ...]

    def match(self, text: str, at: int) -> tuple[int, dict[str, tuple[str, str]]] | None:
        """The end of the match at `at`, and by capture the piece's name and its text."""
        found = _compiled(self.expression).match(text, at)
        if found is None:
            return None
        groups = found.groupdict()
        captured = {
            one.alias: (one.name, groups[one.group])
            for one in self.captures
            if groups[one.group] is not None
        }
        return found.end(), captured


@cache
def _compiled(expression: str) -> re.Pattern[str]:
    """Compiled when it is first tried: most articles need few of a grammar's patterns."""
    return re.compile(expression, re.IGNORECASE)


def key_of(token: str) -> str:
    """What a token of a text is among the words that a pattern can begin with."""
    return DIGITS if token[0].isdigit() else token.lower()


def words_piece(words: Mapping[str, Any]) -> Part:
    """Any of some words."""
    spelled = [re.findall(r"[^\W_]+", word.lower()) for word in words]
    return Part(
        f"(?:{_any_of(words)})",
        begins=frozenset((word[0], word[1]) for word in spelled if len(word) > 1),
        open=frozenset(word[0] for word in spelled if len(word) == 1),
    )


def form_piece(expression: str) -> Part:
    """A form of digits, one token, as a regular expression."""
    return Part(f"(?:{expression})", open=frozenset({DIGITS}))


def number_piece(numerals: Mapping[str, Any]) -> Part:
    """A number in digits (`1,200`, `2 1/2`) or words (`a hundred and five`)."""
    part = words_piece(numerals)
    return Part(
        rf"(?:{_NUMBER_DIGITS}|{part.expression}(?:{_SPACE_OR_HYPHEN}{part.expression}){{0,4}})",
        part.begins | {(word, None) for word in (*part.open, DIGITS)},
    )


def compile_pattern(source: str, pieces: Mapping[str, Part]) -> Pattern:
    """The pattern written as `source`. Raises ValueError if that is not well formed."""
    tokens = list(_TOKEN.finditer(source))
    if "".join(token[0] for token in tokens) != source:
        raise ValueError(f"not a pattern: {source}")
    parser = _Parser(source, tokens, pieces, [])
    part = parser.alternatives()
    if parser.tokens or part.may_be_empty:
        raise ValueError(f"brackets do not match, or nothing need be there: {source}")
    return Pattern(
        expression=rf"(?:{part.expression})(?!\w)",
        begins=part.begins | {(word, None) for word in part.open},
        captures=tuple(parser.captures),
    )


_BETWEEN: Final = {" ": Part(_SPACE), "~": Part(_SPACE_OR_HYPHEN)}


@dataclass
class _Parser:
    source: str
    tokens: list[re.Match[str]]
    pieces: Mapping[str, Part]
    captures: list[Capture]

    def alternatives(self) -> Part:
        branches = [self._sequence()]
        while self.tokens and self.tokens[0]["sign"] == "|":
            self.tokens.pop(0)
            branches.append(self._sequence())
        return Part(
            f"(?:{'|'.join(branch.expression for branch in branches)})",
            frozenset[tuple[str, str | None]]().union(*(branch.begins for branch in branches)),
            frozenset[str]().union(*(branch.open for branch in branches)),
            any(branch.may_be_empty for branch in branches),
        )

    def _sequence(self) -> Part:
        whole = Part("", may_be_empty=True)
        while self.tokens and self.tokens[0]["sign"] not in (")", "]", "|"):
            part = self._one(self.tokens.pop(0))
            words = part.first_words()
            begins = whole.begins | {(first, word) for first in whole.open for word in words}
            wordless = part.may_be_empty or not words  # white space, a comma
            still_open = whole.open if wordless else frozenset[str]()
            if whole.may_be_empty:
                begins, still_open = begins | part.begins, still_open | part.open
            whole = Part(
                whole.expression + part.expression,
                begins,
                still_open,
                whole.may_be_empty and wordless,
            )
        return whole

    def _one(self, token: re.Match[str]) -> Part:
        if token["text"]:
            words = re.findall(r"[^\W_]+", token["text"].lower())
            if len(words) < 2:
                return Part(_word(token["text"]), open=frozenset(words))
            return Part(_word(token["text"]), begins=frozenset({(words[0], words[1])}))
        if token["name"]:
            piece = self.pieces.get(token["name"])
            if piece is None:
                raise ValueError(f"the grammar has no words, forms or number {token[0]}")
            group = f"g{len(self.captures)}"
            self.captures.append(Capture(group, token["name"], token["alias"] or token["name"]))
            return replace(piece, expression=f"(?P<{group}>{piece.expression})")
        if token["sign"] in _BETWEEN:
            return _BETWEEN[token["sign"]]
        part = self.alternatives()
        closing = self.tokens.pop(0)["sign"] if self.tokens else None
        if closing != {"(": ")", "[": "]"}[token["sign"]]:
            raise ValueError(f"brackets do not match: {self.source}")
        if token["sign"] == "[":
            return replace(part, expression=f"{part.expression}?", may_be_empty=True)
        return part


def _any_of(words: Mapping[str, Any]) -> str:
    return "|".join(map(_word, sorted(words, key=lambda word: (-len(word), word))))


def _word(word: str) -> str:
    """An expression for a word as the grammar writes it."""
    as_written = _spaced(word)
    if word == word.lower():
        return as_written
    return f"(?-i:{as_written}|{_spaced(word.upper())})"


def _spaced(word: str) -> str:
    return _SPACE.join(map(re.escape, word.split(" "))).replace("'", "['’]")
