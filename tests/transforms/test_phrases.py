"""Phrases: what they find is what their patterns find as alternatives."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from transforms.phrases import Phrases, longest_run


@pytest.mark.parametrize(
    ("pattern", "run"),
    [
        ("accept all", "accept all"),
        (r"we (?:value|respect) your privacy", " your privacy"),
        (r"\bcookies? (?:policy|notice)", "cookie"),
        (r"abonn[ée]s", "abonn"),
        (r"remaining\.{2,3}articles", "remaining"),
        (r"to read.{0,40}more+ of", "to read"),
        (r"a (?:b|c) d", ""),
        (r"(?:gift|trial) link*", " lin"),
        (r"[]x]pay\]wall", "pay]wall"),
    ],
)
def test_the_longest_run_is_in_whatever_matches(pattern: str, run: str) -> None:
    assert longest_run(pattern) == run


def test_groups_with_flags_or_lookarounds_are_refused() -> None:
    for pattern in ("(?i)x", "(?=x)y", "(?P<n>x)"):
        with pytest.raises(ValueError, match="group"):
            Phrases([pattern])


def test_the_first_match_is_found_whichever_phrase_it_is_of() -> None:
    phrases = Phrases(["for subscribers", r"log in|sign (?:in|up) now"])
    found = phrases.search("please sign up now: it is for subscribers, who log in")
    assert found
    assert found[0] == "sign up now"
    assert [match[0] for match in phrases.finditer("log in for subscribers; log in")] == [
        "log in",
        "for subscribers",
        "log in",
    ]
    assert phrases.search("nothing of the kind") is None
    assert not list(phrases.finditer(""))


PIECES = st.sampled_from(
    [
        "pay",
        "wall",
        "a",
        "b?",
        "c+",
        "d*",
        "e{0,2}",
        "f{1,3}",
        r"\b",
        r"\s",
        ".",
        "[gh]",
        r"\.",
        " ",
        "(?:ij|kl)",
        "(?:mn)?",
        "(?:op|q)+",
        "|",
        "|",
    ]
)


@given(
    st.lists(st.lists(PIECES, min_size=1, max_size=6).map("".join), min_size=1, max_size=4),
    st.text("paywlbcdefghijklmnopq. ", max_size=40),
    st.data(),
)
def test_phrases_find_what_the_alternatives_find(
    patterns: list[str], around: str, data: st.DataObject
) -> None:
    try:
        whole = re.compile("|".join(patterns))
    except re.error:  # of pieces that cannot stand behind each other
        return
    text = around + data.draw(st.from_regex(whole)) + around
    found = [match.span() for match in Phrases(patterns).finditer(text)]
    assert found == [match.span() for match in whole.finditer(text)]
