"""The small language of the grammars' patterns, and the grammars themselves."""

import tomllib
from collections.abc import Iterator
from importlib.resources import files
from typing import Any

import pytest

from transforms.temporal_grammar import Rule, grammar, languages
from transforms.temporal_kinds import KINDS
from transforms.temporal_patterns import (
    DIGITS,
    Pattern,
    compile_pattern,
    form_piece,
    number_piece,
    words_piece,
)

PIECES = {
    "month": words_piece({"May": 5, "June": 6}),
    "unit": words_piece({"day": "D", "half year": "H"}),
    "year": form_piece("[12][0-9]{3}"),
    "number": number_piece({"two": 2, "twenty": 20, "a hundred and": 100}),
}


def matched(source: str, text: str) -> str | None:
    found = compile_pattern(source, PIECES).match(text, 0)
    return text[: found[0]] if found else None


@pytest.mark.parametrize(
    ("source", "text", "expected"),
    [
        ("in {month}", "in May", "in May"),
        ("in {month}", "IN MAY", "IN MAY"),
        ("in {month}", "in may", None),  # a word with a capital is matched with one only
        ("in {month}", "in Mayfair", None),  # whole words only
        ("in {month}", "in\nMay", "in\nMay"),
        ("in {month}", "in \n June", "in \n June"),
        ("in {month}", "in\n\nMay", None),  # not across paragraphs
        ("mid~{month}", "mid-May", "mid-May"),
        ("mid~{month}", "mid May", "mid May"),
        ("{month}[ {year}]", "May 2031", "May 2031"),
        ("{month}[ {year}]", "May 20", "May"),
        ("({month}|{unit})s", "half years", "half years"),
        ("year's {unit}", "year’s day", "year’s day"),
        ("{number} {unit}", "a hundred and twenty-two day", "a hundred and twenty-two day"),
        ("{number} {unit}", "1,200 day", "1,200 day"),
        ("{number} {unit}", "2 1/2 day", "2 1/2 day"),
    ],
)
def test_a_pattern_matches_what_it_says(source: str, text: str, expected: str | None) -> None:
    assert matched(source, text) == expected


def test_a_match_tells_its_captures_by_name() -> None:
    found = compile_pattern("({month:first}|{unit:first}) to {month}", PIECES).match(
        "May to June", 0
    )
    assert found == (11, {"first": ("month", "May"), "month": ("month", "June")})


@pytest.mark.parametrize(
    ("source", "begins"),
    [
        ("{month} {year}", {("may", DIGITS), ("june", DIGITS)}),
        ("[the ]{unit}", {("the", "day"), ("the", "half"), ("day", None), ("half", "year")}),
        ("in|by", {("in", None), ("by", None)}),
        ("{year}, {month}", {(DIGITS, "may"), (DIGITS, "june")}),
        ("{year}[th]", {(DIGITS, None), (DIGITS, "th")}),
        ("{number} {month}", {("two", None), ("twenty", None), ("a", "hundred"), (DIGITS, None)}),
    ],
)
def test_a_pattern_knows_how_it_can_begin(source: str, begins: set[tuple[str, str | None]]) -> None:
    assert compile_pattern(source, PIECES).begins == begins


@pytest.mark.parametrize(
    "source", ["[the ]", "", "({month}", "{month}]", "{day}", "in {month", "[the ][{month}]", "|in"]
)
def test_what_is_no_pattern_is_refused(source: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        compile_pattern(source, PIECES)


def all_rules(language: str) -> Iterator[tuple[Rule, Pattern]]:
    for candidates in grammar(language).rules.values():
        yield from candidates.whatever_follows
        for rules in candidates.by_next.values():
            yield from rules


@pytest.mark.parametrize("language", languages())
def test_a_grammar_uses_what_it_has_and_has_what_it_uses(language: str) -> None:
    source = files("transforms") / "data" / f"temporal-{language}.toml"
    data: dict[str, Any] = tomllib.loads(source.read_text("utf-8"))
    for _, pattern in all_rules(language):
        pattern.match("", 0)  # every pattern compiles
    patterns = " ".join(
        [
            "{numeral}",
            *data.get("phrases", {}).values(),
            *(p for rule in data["rule"] for p in rule["match"]),
        ]
    )
    for name in (*data["words"], *data["forms"], *data.get("phrases", {})):
        assert f"{{{name}}}" in patterns or f"{{{name}:" in patterns, name
    lists = {rule.get(key) for rule in data["rule"] for key in _BESIDE} - {None}
    assert lists == set(data["lists"])
    assert {rule["kind"] for rule in data["rule"]} <= set(KINDS)


_BESIDE = ("after", "not_after", "before", "not_before")


def test_every_kind_is_used_by_some_grammar() -> None:
    used = {rule.kind for language in languages() for rule, _ in all_rules(language)}
    assert used == set(KINDS)
