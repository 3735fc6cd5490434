"""Phrases: what they find is what their patterns find as alternatives."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from transforms.phrases import Phrases, needed


@pytest.mark.parametrize(
    ("pattern", "runs"),
    [
        ("accept all", {"accept all"}),
        (r"we (?:use|ask) it", {"we use it", "we ask it"}),
        (r"we (?:\w+|respect) your privacy", {" your privacy"}),
        (r"\bcookies? (?:policy|notice)", {"cookie"}),
        (r"(?:cookie|consent) (?:policy|s\w+)", {"cookie ", "consent "}),
        (r"(?:log ?in|sign (?:in|up)) to", {"log", "sign in", "sign up"}),
        (r"abonn[ée]s", {"abonn"}),
        (r"remaining\.{2,3}articles", {"remaining"}),
        (r"to read.{0,40}more+ of", {"to read"}),
        (r"(?:paid )?for (?:you|ours)?", {"for "}),
        (r"登录后(?:继续)?阅读|付费(?:内容|阅读)", {"登录后", "付费内容", "付费阅读"}),
        (r"[]x]pay\]wall", {"pay]wall"}),
        (r"(?<!here )to (?=read)the end", {"the end"}),
        (r"\w+ (?:an|be)", {" an", " be"}),
        (r"\w+(?:a|be)", set()),
        (r"(?:reader)?", set()),
        ("subscribe|.", set()),
    ],
)
def test_one_of_the_runs_is_in_whatever_matches(pattern: str, runs: set[str]) -> None:
    assert needed(pattern) == runs


def test_groups_with_flags_or_names_are_refused() -> None:
    for pattern in ("(?i)x", "(?P<n>x)", "(?i:x)"):
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
        *("pay", "wall", "a", "b?", "c+", "d*", "e{0,2}", "f{1,3}", r"\b", r"\s", ".", "[gh]"),
        *(r"\.", " ", "(?:ij|kl)", "(?:mn)?", "(?:op|q)+", "(?:pa(?:yw|ll)|wa)", "|", "|"),
        *("(?<!pay)", "(?=w)", "(?!wall|b)", "(?<=a)"),
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


def test_texts_with_lone_surrogates_are_looked_through() -> None:
    found = Phrases(["accept all"]).search("\udc80 accept all \ud800")
    assert found
    assert found.start() == 2
