"""Dates in any text at all: places that agree, no crash, the same answer every time."""

import random
import re
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.elements import DateMention
from transforms.temporal import find_dates
from transforms.temporal_grammar import languages

TOKENS = (
    "in on last next this week month year weekend quarter Thursday Tuesday's May June 31 4, 2031"
    " 2031-02-29 0000 9999-12-31 0001-01-01 said will election earlier later ago today Oct. 31st"
    " third first half past 2 1/2 a dozen years hours 5 p.m. EST noon night of the 1990s 20th"
    " century Christmas every each 29 February that same day following two hundred thousand 1,200"
    " é 𝟛𝟙 ٣ İ ß ǆ . , ( ) ' ’ - – \xa0 \u2028 \u200b \x00 🙂 e\u0301"
    " il y a deux ans jeudi dernier 1er mai 17h30 d'ici l'été les années quatre-vingt-dix"
)
WORDS = st.sampled_from([*TOKENS.split(" "), "\n", "\n\n"])
TEXTS = st.one_of(st.text(max_size=300), st.lists(WORDS, max_size=25).map(" ".join))
DAYS = st.one_of(st.none(), st.dates())
TYPES = {"DATE", "TIME", "DURATION", "SET"}
VALUE = re.compile(
    r"\d{2}|\d{3}|\d{4}(-\d\d(-\d\d(T(\d\d:\d\d|[A-Z]{2}))?)?|-W\d\d(-WE)?|-Q[1-4]|-H[12]|-[A-Z]{2})?"
    r"|P(T?(\d+(\.\d+)?|X)[A-Z]+)+|PX[A-Z]+|XXXX-[\w-]+|(PAST|PRESENT|FUTURE)_REF|"
)


def check(text: str, published: date | None, found: tuple[DateMention, ...]) -> None:
    end = 0
    for mention in found:
        assert text[mention.start : mention.end] == mention.text
        assert end <= mention.start < mention.end
        end = mention.end
        assert mention.type in TYPES
        assert VALUE.fullmatch(mention.value), mention
        assert (mention.begin is None) == (mention.end_at is None)
        if mention.begin and mention.end_at:
            assert mention.value
            assert mention.begin < mention.end_at
        if not mention.value:
            assert mention.anchor == "none"
        if published is None:
            assert mention.anchor in ("explicit", "previous", "none")
            if mention.anchor == "none":
                assert mention.begin is None
                assert not mention.value[:1].isdigit()


@settings(max_examples=300, deadline=None)
@given(TEXTS, DAYS, st.sampled_from(languages()))
def test_every_mention_is_the_text_at_its_place_and_none_overlap(
    text: str, published: date | None, language: str
) -> None:
    check(text, published, find_dates(text, published, language))


@settings(max_examples=100, deadline=None)
@given(st.lists(st.tuples(TEXTS, DAYS), min_size=2, max_size=6), st.randoms())
def test_a_text_has_the_same_dates_in_any_order(
    texts: list[tuple[str, date | None]], order: random.Random
) -> None:
    first = {one: find_dates(*one) for one in texts}
    order.shuffle(texts)
    assert {one: find_dates(*one) for one in texts} == first


@settings(max_examples=100, deadline=None)
@given(st.dates(min_value=date(1990, 1, 1), max_value=date(2060, 1, 1)))
def test_the_instants_of_a_relative_day_are_that_day(published: date) -> None:
    for word, by in (("yesterday", -1), ("today", 0), ("tomorrow", 1)):
        [mention] = find_dates(word, published)
        midnight = datetime.combine(published, datetime.min.time(), UTC)
        begin = midnight + timedelta(days=by)
        assert (mention.begin, mention.end_at) == (begin, begin + timedelta(days=1))


@pytest.mark.slow
def test_nothing_crashes_on_a_hundred_thousand_fuzzed_texts() -> None:
    # Seeded, and not hypothesis: that would take minutes for as many. Short texts, because a
    # crash needs one expression, and half of them with a byte of the Unicode range thrown in.
    noise = random.Random(20311)
    tokens = TOKENS.split(" ")
    days = [None, date.min, date.max, date(2024, 2, 29), date(2031, 5, 9), date(1, 1, 7)]
    for n in range(100_000):
        pieces = noise.choices(tokens, k=noise.randint(2, 7))
        if n % 2:
            code = noise.randrange(0x11_0000)
            pieces.insert(noise.randrange(len(pieces)), chr(code))
        text = noise.choice((" ", " ", "", "\n", "-")).join(pieces)
        published = days[n % len(days)]
        check(text, published, find_dates(text, published, ("en", "fr")[n % 3 == 0]))


@pytest.mark.parametrize("filler", [" ", "\n", "in ", "a ", "2 ", "the end of ", "May ", "9", "-"])
def test_a_long_repetition_is_read_in_linear_time(filler: str) -> None:
    # A bound on steps and not on seconds: twice the text, at most twice the mentions and no stack
    # or pattern that grows with it; what would be quadratic here does not end within the timeout.
    text = filler * (100_000 // len(filler))
    check(text, date(2031, 5, 9), find_dates(text, date(2031, 5, 9)))
