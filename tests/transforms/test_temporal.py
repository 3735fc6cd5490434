"""Dates in English text: the type and the value that an editor would give them."""

import json
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from transforms.plaintext import read
from transforms.temporal import find_dates

SEEDS = Path(__file__).parents[2].parent / "shared" / "seeds"
FRIDAY = date(2031, 5, 9)


def values(text: str, published: date | None = FRIDAY) -> list[tuple[str, str]]:
    return [(mention.text, mention.value) for mention in find_dates(text, published)]


def only(text: str, published: date | None = FRIDAY) -> str:
    """The value of the only expression of a text."""
    [(_, value)] = values(text, published)
    return value


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
        assert at[0].type == wanted.get("type", "DATE"), wanted


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("It fell on May 4, 2031.", [("May 4, 2031", "2031-05-04")]),
        ("It fell on Sunday, 4th May 2031, at dawn.", [("Sunday, 4th May 2031", "2031-05-04")]),
        ("Dated 2031-05-04.", [("2031-05-04", "2031-05-04")]),
        ("due 12/25/2030", [("12/25/2030", "2030-12-25")]),
        ("since August 2023 they", [("August 2023", "2023-08")]),
        ("in 2029 and by 2035", [("2029", "2029"), ("2035", "2035")]),
        ("before the 2032 election", [("2032", "2032")]),
        ("the crash of nineteen eighty-seven", [("nineteen eighty-seven", "1987")]),
        ("the early 1990s and the '70s", [("the early 1990s", "199"), ("the '70s", "197")]),
        ("in the 20th century", [("the 20th century", "19")]),
        ("the summer of 2029", [("the summer of 2029", "2029-SU")]),
        ("in the third quarter of 2030", [("the third quarter of 2030", "2030-Q3")]),
        ("by the end of 2029", [("the end of 2029", "2029")]),
        ("They met on Oct. 31.", [("Oct. 31", "2030-10-31")]),
        ("They will meet on October 31.", [("October 31", "2031-10-31")]),
        ("In June, they signed a deal.", [("June", "2030-06")]),
        ("The bridge will open in June.", [("June", "2031-06")]),
        ("In May, the bridge fell.", [("May", "2031-05")]),
        ("signed in late November", [("late November", "2030-11")]),
        ("opened in July last year", [("July last year", "2030-07")]),
        ("It closed last Thanksgiving.", [("last Thanksgiving", "2030-11-28")]),
        ("before Good Friday 2032", [("Good Friday 2032", "2032-03-26")]),
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
        ("a test ahead of U.S. elections on Tuesday, said the ministry", "2031-05-13"),
        ("a summit on Monday will decide", "2031-05-12"),
        ("it rejected the plan after the election on Sunday", "2031-05-04"),
        ("elections on Sunday", "2031-05-11"),
        ("the council's answer to Wednesday's ruling", "2031-05-07"),
        ("she will attend Thursday's meeting", "2031-05-15"),
        ("she spoke of Thursday's meeting", "2031-05-08"),
        ("she would get around Thursday's ruling", "2031-05-08"),
        ("the service planned for Wednesday was canceled", "2031-05-07"),
        ("the offer had been due to expire Monday", "2031-05-05"),
        ("she has until Monday", "2031-05-12"),
        ("the group could arrive as early as Tuesday", "2031-05-13"),
        ("the court would sit Tuesday", "2031-05-13"),
        ("the summit begins Sunday", "2031-05-11"),
        ("she will succeed Dan P. Bray\nMonday, said Gen. Orr", "2031-05-12"),
        ("supported by workers at a rally on Wednesday", "2031-05-07"),
        ("she arrived last Friday", "2031-05-02"),
        ("they meet next Friday", "2031-05-16"),
        ("the talks of this coming Tuesday", "2031-05-13"),
        ("back on Tuesday next week", "2031-05-13"),
        ("Fenn on Tuesday charged that they will fail", "2031-05-06"),
    ],
)
def test_a_weekday_is_past_unless_the_clause_looks_ahead(text: str, value: str) -> None:
    assert only(text) == value


@pytest.mark.parametrize(
    ("text", "published", "value"),
    [
        # Nobody names a day ten months off without its year.
        ("The board has set Nov. 10 as the deadline.", date(2031, 11, 2), "2031-11-10"),
        ("as laid down by the Feb. 23 accord", date(2031, 3, 6), "2031-02-23"),
        ("payable Jan. 2 to holders", date(2031, 11, 2), "2032-01-02"),
        ("found on Nov. 25", date(2031, 1, 6), "2030-11-25"),
        ("on Monday, January 6", date(2024, 12, 30), "2025-01-06"),
        ("by Feb. 29", date(2031, 5, 9), "2032-02-29"),
    ],
)
def test_a_day_without_its_year_is_the_one_nearby(text: str, published: date, value: str) -> None:
    assert only(text, published) == value


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("yesterday", "2031-05-08"),
        ("today", "2031-05-09"),
        ("tomorrow", "2031-05-10"),
        ("the day before yesterday", "2031-05-07"),
        ("this week", "2031-W19"),
        ("last week", "2031-W18"),
        ("next month", "2031-06"),
        ("earlier this month", "2031-05"),
        ("over the weekend", "2031-W18-WE"),
        ("next weekend", "2031-W20-WE"),
        ("in the week of May 12", "2031-W20"),
        ("in the first week of May", "2031-05"),
        ("a fortnight ago", "2031-W17"),
        ("millions of years ago", "PAST_REF"),
        ("last year", "2030"),
        ("at the end of the year", "2031"),
        ("10 days ago", "2031-04-29"),
        ("six weeks ago", "2031-W13"),
        ("nearly two years ago", "2029"),
        ("two and a half years ago", "2028-11"),
        ("a century ago", "1931"),
        ("three months from now", "2031-08"),
        ("last spring", "2030-SP"),
        ("this summer", "2031-SU"),
        ("late last year", "2030"),
        ("last year's third quarter", "2030-Q3"),
    ],
)
def test_words_count_from_the_day_of_publication(text: str, value: str) -> None:
    assert only(f"It rained {text} in Ostrel.") == value


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("at 5 p.m. EST on Monday", ("5 p.m. EST on Monday", "2031-05-05T17:00")),
        ("They will go at 9 a.m. Tuesday", ("9 a.m. Tuesday", "2031-05-13T09:00")),
        ("until 5 p.m. EST, Nov. 9", ("5 p.m. EST, Nov. 9", "2031-11-09T17:00")),
        (
            "It fell at 10:35 a.m. (0735 GMT) Monday",
            ("10:35 a.m. (0735 GMT) Monday", "2031-05-05T10:35"),
        ),
        ("on Thursday morning", ("Thursday morning", "2031-05-08TMO")),
        ("in the night of May 5", ("the night of May 5", "2031-05-05TNI")),
        ("it said last night", ("last night", "2031-05-08TNI")),
        ("early this morning", ("early this morning", "2031-05-09TMO")),
        ("by noon", ("noon", "2031-05-09T12:00")),
        ("at 12.30pm", ("12.30pm", "2031-05-09T12:30")),
        (
            "on Friday, May 2, 2031, at 4 in the morning",
            ("Friday, May 2, 2031, at 4 in the morning", "2031-05-02T04:00"),
        ),
    ],
)
def test_a_time_of_the_day_joins_its_day(text: str, found: tuple[str, str]) -> None:
    assert values(text) == [found]
    assert find_dates(text, FRIDAY)[0].type == "TIME"


@pytest.mark.parametrize(
    ("text", "kind", "value"),
    [
        ("for four hours", "DURATION", "PT4H"),
        ("a five-year plan", "DURATION", "P5Y"),
        ("after 2 1/2 years", "DURATION", "P2Y6M"),
        ("an hour and a half", "DURATION", "PT1H30M"),
        ("half an hour", "DURATION", "PT30M"),
        ("for two decades", "DURATION", "P20Y"),
        ("a hundred and five days", "DURATION", "P105D"),
        ("more than 1,200 years", "DURATION", "P1200Y"),
        ("half a day", "DURATION", "PT12H"),
        ("which was to last 24 hours", "DURATION", "PT24H"),
        ("in a year or two", "DURATION", "P1Y"),
        ("within weeks", "DURATION", "PXW"),
        ("for several months", "DURATION", "PXM"),
        ("two to three weeks", "DURATION", "P2W"),
        ("the past three months", "DURATION", "P3M"),
        ("every day", "SET", "P1D"),
        ("every two weeks", "SET", "P2W"),
        ("each Thursday", "SET", "XXXX-WXX-4"),
        ("paid weekly", "SET", "P1W"),
        ("$3 million a year", "SET", "P1Y"),
        ("it took a year", "DURATION", "P1Y"),
        ("she now leads", "DATE", "PRESENT_REF"),
        ("he was recently seen", "DATE", "PAST_REF"),
        ("months ago", "DATE", "PAST_REF"),
        ("in the coming days", "DATE", "FUTURE_REF"),
    ],
)
def test_lengths_repetitions_and_vague_times_have_their_type(
    text: str, kind: str, value: str
) -> None:
    [mention] = find_dates(text, FRIDAY)
    assert (mention.type, mention.value) == (kind, value)


def test_a_span_that_ends_with_the_publication_has_its_place_in_time() -> None:
    [mention] = find_dates("over the past three months", FRIDAY)
    assert mention.begin == datetime(2031, 2, 9, tzinfo=UTC)
    assert mention.end_at == datetime(2031, 5, 9, tzinfo=UTC)
    assert mention.anchor == "publication"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "Born on May 22, 1995, she left the following year.",
            [("May 22, 1995", "1995-05-22"), ("the following year", "1996")],
        ),
        (
            "It burnt on May 4, 2029. Earlier that day it rained; three days later it snowed.",
            [
                ("May 4, 2029", "2029-05-04"),
                ("Earlier that day", "2029-05-04"),
                ("three days later", "2029-05-07"),
            ],
        ),
        (
            "Profit fell in the third quarter of 2030 from a year earlier.",
            [("the third quarter of 2030", "2030-Q3"), ("a year earlier", "2029-Q3")],
        ),
        (
            "The index lost 5% on May 1, 2029. It had peaked the previous Friday.",
            [("May 1, 2029", "2029-05-01"), ("the previous Friday", "2029-04-27")],
        ),
    ],
)
def test_what_is_told_of_another_time_counts_from_it(
    text: str, expected: list[tuple[str, str]]
) -> None:
    assert values(text) == expected
    assert {mention.anchor for mention in find_dates(text, FRIDAY)[1:]} == {"previous"}


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("Sales rose in the quarter.", "2031-Q1"),
        ("Sales rose in the latest quarter.", "2031-Q1"),
        ("more than in the year-ago quarter", "2030-Q1"),
        ("more than in the year-earlier third quarter", "2029-Q3"),
        ("in the last half of 2029", "2029-H2"),
    ],
)
def test_the_quarter_is_the_one_that_has_ended(text: str, value: str) -> None:
    assert only(text) == value


def test_the_quarter_just_ended_is_the_one_whose_results_are_told() -> None:
    text = "Arrow expects to report a third-quarter loss; sales fell from a year ago."
    assert values(text, date(2031, 10, 27)) == [
        ("third-quarter", "2031-Q3"),
        ("a year ago", "2030-Q3"),
    ]


@pytest.mark.parametrize(
    "text",
    [
        "They may march second, and the first may fall.",
        "up to 8,000 troops and 2024 more, 10 of them",
        "a 2+2 meeting, 3-1 and 12.5 per cent; we sat",
        "Sales on Black Friday and Ash Wednesday",
        "May she rule. August company, April O'Dell, June Carter.",
        "in 2000 people's homes",
        "On February 30, 2031, 2031-13-01 and 31 April 2031",
        "a second term, the second man, one second place, seconds out",
        "Flight 1998, No. 1984, $2000, 1,998 and 1984 of them; the 737-800",
        "He is 45 years old; a 6-year-old boy; in his 40s.",
        "In the first half he scored; the second half was dull.",
        "spring water falls in the fall of Rome; the Sun and the moon",
        "The Daily Mail, the Sunday Times and USA Today",
        "as soon as possible; the morning; three-quarters of it; high noon; a quarter of it",
        "24/7 and 9/11 and 3/4; a ratio of 1989:1990",
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


@pytest.mark.parametrize(
    ("dateline", "value", "anchor"),
    [
        ("May 8", "2031-W19", "lead"),
        ("8 May 2031", "2031-W19", "lead"),
        ("May 12", "2031-W20", "publication"),  # the day it was printed
        ("April 12", "2031-W20", "publication"),  # a month before: a slip, or an old text
        ("Mayday", "2031-W20", "publication"),
    ],
)
def test_the_date_of_a_dateline_re_anchors_a_story_printed_later(
    dateline: str, value: str, anchor: str
) -> None:
    [mention] = find_dates("It fell this week.", date(2031, 5, 12), dateline=dateline)
    assert (mention.value, mention.anchor) == (value, anchor)


def test_without_a_publication_date_only_what_names_its_year_has_a_value() -> None:
    found = find_dates("On Thursday, May 1, 2031, and again on Friday and in June.", None)
    assert [(m.text, m.value, m.anchor) for m in found] == [
        ("Thursday, May 1, 2031", "2031-05-01", "explicit"),
        ("Friday", "", "none"),
        ("June", "", "none"),
    ]
    assert (found[1].begin, found[1].end_at) == (None, None)


@pytest.mark.parametrize(
    "text",
    """last week|yesterday|two years ago|this summer|the third quarter|last night|Monday at noon
    |Christmas|the weekend|a year earlier|the nineties|May 4""".replace("\n    ", "").split("|"),
)
def test_a_relative_expression_without_a_publication_date_is_type_and_span(text: str) -> None:
    [mention] = find_dates(f"It rained {text}.", None)
    assert (mention.text, mention.value, mention.anchor) == (text, "", "none")
    assert (mention.begin, mention.end_at) == (None, None)


def test_a_value_covers_its_instants() -> None:
    text = (
        "In 2029, last week, at 5 p.m. EST Monday, Monday night, the 1990s, in Q3 2030, last June"
    )
    spans = {m.value: (m.begin, m.end_at) for m in find_dates(text, FRIDAY)}
    at = datetime
    assert spans == {
        "2029": (at(2029, 1, 1, tzinfo=UTC), at(2030, 1, 1, tzinfo=UTC)),
        "2031-W18": (at(2031, 4, 28, tzinfo=UTC), at(2031, 5, 5, tzinfo=UTC)),
        "2031-05-05T17:00": (
            at(2031, 5, 5, 22, 0, tzinfo=UTC),  # the zone is named
            at(2031, 5, 5, 22, 1, tzinfo=UTC),
        ),
        "2031-05-05TNI": (at(2031, 5, 5, 18, tzinfo=UTC), at(2031, 5, 6, 6, tzinfo=UTC)),
        "199": (at(1990, 1, 1, tzinfo=UTC), at(2000, 1, 1, tzinfo=UTC)),
        "2030-Q3": (at(2030, 7, 1, tzinfo=UTC), at(2030, 10, 1, tzinfo=UTC)),
        "2030-06": (at(2030, 6, 1, tzinfo=UTC), at(2030, 7, 1, tzinfo=UTC)),
    }
