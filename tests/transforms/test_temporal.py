"""Dates in the text: the value that an editor would give them."""

import json
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from transforms.plaintext import read
from transforms.temporal import find_dates

SEEDS = Path(__file__).parents[2].parent / "shared" / "seeds"
FRIDAY = date(2031, 5, 9)


def values(text: str, published: date | None = FRIDAY) -> list[tuple[str, str]]:
    return [(mention.text, mention.value) for mention in find_dates(text, published)]


def seed_names() -> list[str]:
    return sorted(path.name for path in SEEDS.glob("*.txt")) or ["absent"]


@pytest.mark.parametrize("name", seed_names())
def test_a_seed_has_its_expected_dates(name: str) -> None:
    if name == "absent":
        pytest.skip(f"NO SEED DOCUMENTS: {SEEDS} is not there, their dates are not checked")
    document: dict[str, Any] = json.loads((SEEDS / "expected.json").read_text("utf-8"))
    expected = document["documents"][name]
    given = expected.get("dates_given_reference", {})
    reference = expected["published"]["value"] or given["reference"]
    text = read((SEEDS / name).read_text("utf-8")).text
    found = find_dates(text, date.fromisoformat(reference))
    for wanted in expected.get("dates", given.get("expected")):
        start = text.find(wanted.get("context", wanted["text"]))
        start = text.find(wanted["text"], start)
        at = [m for m in found if m.start <= start and start + len(wanted["text"]) <= m.end]
        assert [mention.value for mention in at] == [wanted["value"]], wanted


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("It fell on May 4, 2031.", [("May 4, 2031", "2031-05-04")]),
        ("It fell on Sunday, 4th May 2031, at dawn.", [("Sunday, 4th May 2031", "2031-05-04")]),
        ("Dated 2031-05-04.", [("2031-05-04", "2031-05-04")]),
        ("since August 2023 they", [("August 2023", "2023-08")]),
        ("in 2029 and by 2035", [("2029", "2029"), ("2035", "2035")]),
        ("before the 2032 election", [("2032", "2032")]),
        ("They met on Oct. 31.", [("Oct. 31", "2030-10-31")]),
        ("They will meet on October 31.", [("October 31", "2031-10-31")]),
        ("In June, they signed a deal.", [("June", "2030-06")]),
        ("The bridge will open in June.", [("June", "2031-06")]),
        ("In May, the bridge fell.", [("May", "2031-05")]),
    ],
)
def test_explicit_and_partial_dates_have_their_value(
    text: str, expected: list[tuple[str, str]]
) -> None:
    assert values(text) == expected


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("she said Friday", "2031-05-09"),
        ("she said on Thursday", "2031-05-08"),
        ("the vote is scheduled for Monday", "2031-05-12"),
        ("ahead of Tuesday's election, she said", "2031-05-13"),
        ("a summit on Monday will decide", "2031-05-12"),
        ("it rejected the plan after the election on Sunday", "2031-05-04"),
        ("elections on Sunday", "2031-05-11"),
        ("she arrived last Friday", "2031-05-02"),
        ("they meet next Friday", "2031-05-16"),
        ("Fenn on Tuesday charged that they will fail", "2031-05-06"),
    ],
)
def test_a_weekday_is_past_unless_the_clause_looks_ahead(text: str, value: str) -> None:
    assert [found[1] for found in values(text)] == [value]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("yesterday", "2031-05-08"),
        ("today", "2031-05-09"),
        ("tomorrow", "2031-05-10"),
        ("this week", "2031-W19"),
        ("last week", "2031-W18"),
        ("next month", "2031-06"),
        ("earlier this month", "2031-05"),
        ("last year", "2030"),
    ],
)
def test_words_count_from_the_day_of_publication(text: str, value: str) -> None:
    assert values(f"It rained {text} in Ostrel.") == [(text, value)]


@pytest.mark.parametrize(
    "text",
    [
        "They may march second, and the first may fall.",
        "up to 8,000 troops and 2024 more, 10 of them",
        "a 2+2 meeting, 3-1 and 12.5 per cent; we sat",
        "Sales on Black Friday and Good Friday",
        "May she rule. August company, April O'Dell, June Carter.",
        "in 2000 people's homes",
        "On February 30, 2031, 2031-13-01 and 31 April 2031",
    ],
)
def test_what_is_no_date_is_not_found(text: str) -> None:
    assert values(text) == []


def test_the_explicit_date_of_a_lead_re_anchors_a_story_printed_later() -> None:
    text = "The mayor said Monday, May 5, 2031, that she resigns. She was elected this week."
    assert values(text, date(2031, 5, 11))[1] == ("this week", "2031-W19")
    assert [m.anchor for m in find_dates(text, date(2031, 5, 11))] == ["explicit", "lead"]
    late = find_dates(text, date(2031, 5, 20))  # more than a week: the lead looks back
    assert [(m.value, m.anchor) for m in late] == [
        ("2031-05-05", "explicit"),
        ("2031-W21", "publication"),
    ]


def test_without_a_publication_date_only_what_names_its_year_has_a_value() -> None:
    found = find_dates("On Thursday, May 1, 2031, and again on Friday and in June.", None)
    assert [(m.text, m.value, m.anchor) for m in found] == [
        ("Thursday, May 1, 2031", "2031-05-01", "explicit"),
        ("Friday", "", "none"),
        ("June", "", "none"),
    ]
    assert (found[1].begin, found[1].end_at) == (None, None)


def test_a_weekday_beside_a_day_decides_its_year() -> None:
    assert values("on Monday, January 6", date(2024, 12, 30)) == [
        ("Monday, January 6", "2025-01-06")
    ]


def test_a_value_covers_its_instants() -> None:
    spans = {m.text: (m.begin, m.end_at) for m in find_dates("in 2029, in June, last week", FRIDAY)}
    assert spans == {
        "2029": (datetime(2029, 1, 1, tzinfo=UTC), datetime(2030, 1, 1, tzinfo=UTC)),
        "June": (datetime(2030, 6, 1, tzinfo=UTC), datetime(2030, 7, 1, tzinfo=UTC)),
        "last week": (datetime(2031, 4, 28, tzinfo=UTC), datetime(2031, 5, 5, tzinfo=UTC)),
    }


TOKENS = (
    "in on last next this week month year Thursday Tuesday's May June 31 4, 2031 2031-02-29 0000"
    " 9999-12-31 said will election earlier today Oct. 31st é 𝟛𝟙 İ . , ("
)
WORDS = st.sampled_from([*TOKENS.split(), "\u2028", "\n"])


@settings(max_examples=300, deadline=None)
@given(
    st.one_of(st.text(max_size=300), st.lists(WORDS, max_size=25).map(" ".join)),
    st.one_of(st.none(), st.dates()),
)
def test_every_mention_is_the_text_at_its_place_and_none_overlap(
    text: str, published: date | None
) -> None:
    end = 0
    for mention in find_dates(text, published):
        assert text[mention.start : mention.end] == mention.text
        assert end <= mention.start < mention.end
        end = mention.end
        assert (mention.begin is None) == (mention.end_at is None)
        if mention.begin and mention.end_at:
            assert mention.value
            assert mention.begin < mention.end_at
        if published is None:
            assert (mention.anchor == "explicit") == bool(mention.value)
