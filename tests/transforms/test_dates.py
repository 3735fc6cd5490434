from datetime import UTC, date, datetime, timedelta, timezone
from email.utils import format_datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from transforms.dates import evidence, instant, parse_date

# raw, the date in ISO 8601, how its zone is known
FOUND = [
    # RFC 822 and 2822
    ("Tue, 01 Sep 2026 10:00:00 GMT", "2026-09-01T10:00:00+00:00", "name"),
    ("Tue, 01 Sep 2026 10:00:00 +0000", "2026-09-01T10:00:00+00:00", "offset"),
    ("01 Sep 2026 10:00:00 +0530", "2026-09-01T10:00:00+05:30", "offset"),
    ("1 Sep 2026 10:00 -0500", "2026-09-01T10:00-05:00", "offset"),
    ("Tue, 01 Sep 26 10:00:00 UT", "2026-09-01T10:00:00+00:00", "name"),
    ("Sun, 06 Nov 94 08:49:37 GMT", "1994-11-06T08:49:37+00:00", "name"),
    ("Fri, 01 Sep 2026 10:00:00 GMT", "2026-09-01T10:00:00+00:00", "name"),
    ("Thu, 31 Oct 2024 10:15:00 EST", "2024-10-31T10:15:00-05:00", "name"),
    ("Thu, 31 Oct 2024 10:15:00 EDT", "2024-10-31T10:15:00-04:00", "name"),
    ("Thu, 31 Oct 2024 10:15:00 CST", "2024-10-31T10:15:00-06:00", "name"),
    ("Thu, 31 Oct 2024 10:15:00 CDT", "2024-10-31T10:15:00-05:00", "name"),
    ("Thu, 31 Oct 2024 10:15:00 MST", "2024-10-31T10:15:00-07:00", "name"),
    ("Thu, 31 Oct 2024 10:15:00 MDT", "2024-10-31T10:15:00-06:00", "name"),
    ("Thu, 31 Oct 2024 10:15:00 PST", "2024-10-31T10:15:00-08:00", "name"),
    ("Thu, 31 Oct 2024 10:15:00 PDT", "2024-10-31T10:15:00-07:00", "name"),
    ("Thu, 31 Oct 2024 10:15:00 CET", "2024-10-31T10:15:00+01:00", "name"),
    ("Thu, 31 Oct 2024 10:15:00 CEST", "2024-10-31T10:15:00+02:00", "name"),
    ("Thu, 31 Oct 2024 10:15:00 BST", "2024-10-31T10:15:00+01:00", "name"),
    ("Thu, 31 Oct 2024 10:15:00 Z", "2024-10-31T10:15:00+00:00", "name"),
    ("Thu, 31 Oct 2024 10:15:00 +0200 (CEST)", "2024-10-31T10:15:00+02:00", "offset"),
    ("Thu, 31 Oct 2024 10:15:00", "2024-10-31T10:15:00", "assumed"),
    ("Thu, 31 Oct 2024 10:15:00 IST", "2024-10-31T10:15:00", "assumed"),
    ("Thu, 31 Oct 2024 10:15:00 Asia/Karachi", "2024-10-31T10:15:00", "assumed"),
    ("Thu, 31 Oct 2024 10:15:00 GMT+2", "2024-10-31T10:15:00+02:00", "offset"),
    ("Sunday, 06-Nov-94 08:49:37 GMT", "1994-11-06T08:49:37+00:00", "name"),
    ("Tue Sep  1 10:00:00 2026", "2026-09-01T10:00:00", "assumed"),
    ("Tue Sep  1 10:00:00 EDT 2026", "2026-09-01T10:00:00-04:00", "name"),
    # RFC 3339 and ISO 8601
    ("2024-11-01T23:30:00-05:00", "2024-11-01T23:30:00-05:00", "offset"),
    ("2024-11-01T23:30:00Z", "2024-11-01T23:30:00+00:00", "offset"),
    ("2024-11-01t23:30:00z", "2024-11-01T23:30:00+00:00", "offset"),
    ("2024-11-01 23:30:00+05:30", "2024-11-01T23:30:00+05:30", "offset"),
    ("2024-11-01T23:30:00.999999Z", "2024-11-01T23:30:00+00:00", "offset"),
    ("2024-11-01T23:30", "2024-11-01T23:30", "assumed"),
    ("20241101T233000Z", "2024-11-01T23:30:00+00:00", "offset"),
    ("20241101T2330+0200", "2024-11-01T23:30+02:00", "offset"),
    ("2024-11-01T23:30:00-05", "2024-11-01T23:30:00-05:00", "offset"),
    ("2024-10-31T24:00:00Z", "2024-11-01T00:00:00+00:00", "offset"),
    ("2016-12-31T23:59:60Z", "2016-12-31T23:59:59+00:00", "offset"),
    ("20241101", "2024-11-01", "none"),
    ("2024-11-01", "2024-11-01", "none"),
    ("2024-10", "2024-10", "none"),
    ("2024", "2024", "none"),
    # numbers that can only be read one way
    ("2016/6/29 15:07:41", "2016-06-29T15:07:41", "assumed"),
    ("25/06/2016", "2016-06-25", "none"),
    ("06/25/2016", "2016-06-25", "none"),
    ("25.06.2016 10:15 Uhr", "2016-06-25T10:15", "assumed"),
    ("06/06/2016", "2016-06-06", "none"),
    ("03.04.2026 10:15", "2026-04-03T10:15", "assumed"),
    ("3. 4. 2026", "2026-04-03", "none"),
    ("10.31.2024", "2024-10-31", "none"),
    ("2026年9月1日", "2026-09-01", "none"),
    ("2026년 9월 1일 10:15", "2026-09-01T10:15", "assumed"),
    # prose
    ("October 31, 2024", "2024-10-31", "none"),
    ("31 October 2024", "2024-10-31", "none"),
    ("Thursday, October 31, 2024", "2024-10-31", "none"),
    ("31 October 2024, Thursday", "2024-10-31", "none"),
    ("Thu 31 Oct. 2024", "2024-10-31", "none"),
    ("November 1st, 2024", "2024-11-01", "none"),
    ("22nd of November 2024", "2024-11-22", "none"),
    ("Sept. 3, 2024", "2024-09-03", "none"),
    ("October 2024", "2024-10", "none"),
    ("Oct. 31, 2024 10:15 GMT", "2024-10-31T10:15+00:00", "name"),
    ("October 31, 2024 at 10:15 p.m.", "2024-10-31T22:15", "assumed"),
    ("12/31/2024 12:05 AM", "2024-12-31T00:05", "assumed"),
    ("2:16 PM EDT, Thu October 31, 2024", "2024-10-31T14:16-04:00", "name"),
    ("10:15 a.m. ET Oct. 31, 2024", "2024-10-31T10:15-04:00", "name"),
    ("10:15 a.m. ET Nov. 4, 2024", "2024-11-04T10:15-05:00", "name"),
    ("31 October 2024 - 10:15 UTC", "2024-10-31T10:15+00:00", "name"),
    # other languages
    ("25. Juni 2024", "2024-06-25", "none"),
    ("Donnerstag, 7. März 2024, 10:15 Uhr", "2024-03-07T10:15", "assumed"),
    ("1er octobre 2024", "2024-10-01", "none"),
    ("jeudi 15 août 2024 à 10h30", "2024-08-15T10:30", "assumed"),
    ("mar 25 juin 2024", "2024-06-25", "none"),
    ("mar 25, 2024", "2024-03-25", "none"),
    ("mar., 01 sept. 2026 10:00:00 +0200", "2026-09-01T10:00:00+02:00", "offset"),
    ("Mo, 25 Jun 2018 11:41:36", "2018-06-25T11:41:36", "assumed"),
    ("jueves, 31 de octubre de 2024", "2024-10-31", "none"),
    ("giovedì 31 ottobre 2024", "2024-10-31", "none"),
    ("donderdag 31 oktober 2024", "2024-10-31", "none"),
    ("quinta-feira, 31 de outubro de 2024 às 10h15", "2024-10-31T10:15", "assumed"),
    # odd but plain
    ("\u00a0\n 2024-11-01 \t", "2024-11-01", "none"),
    ("２０２４-１１-０１", "2024-11-01", "none"),
    ("1900-01-01", "1900-01-01", "none"),
]  # fmt: skip


PRECISIONS = {4: "year", 7: "month", 10: "day", 16: "minute", 22: "minute"}  # by length of the ISO


@pytest.mark.parametrize(("raw", "iso", "zone"), FOUND)
def test_a_date_is_what_it_says_with_its_own_precision_and_zone(raw, iso, zone):
    found = parse_date(raw)
    assert found is not None
    assert (found.iso, found.zone) == (iso, zone)
    assert found.precision == PRECISIONS.get(len(iso), "second")
    said = datetime.fromisoformat(iso + {4: "-01-01", 7: "-01"}.get(len(iso), ""))
    assert found.at == (said if said.tzinfo else said.replace(tzinfo=UTC))
    assert found.at.tzinfo is UTC


@pytest.mark.parametrize(
    "raw",
    [
        "",
        " ",
        "yesterday",
        "the 2nd",
        "2 hours ago",
        "Thursday",
        "10:15",
        "10:15 GMT",
        # which of the two is the month
        "06/07/2016",
        "03-04-2026",
        "03-04-2026 10:15",
        # which is the year
        "10/11/12",
        "26 Sep 24",
        "Oct 31, 24",
        # numbers of seconds or milliseconds
        "0",
        "1756720800",
        "1756720800000",
        "1756720800.5",
        # not in the calendar
        "2024-02-30",
        "2023-02-29",
        "Mon, 30 Feb 2026 10:00:00 GMT",
        "2026-13-01",
        "31/31/2024",
        "0 October 2024",
        "Smarch 13, 2024",
        # not on the clock
        "2024-11-01T25:00:00Z",
        "2024-11-01T10:60:00Z",
        "2024-11-01T10:10:61Z",
        "2024-11-01T24:00:01Z",
        "October 31, 2024 13:15 PM",
        "October 31, 2024 0:15 am",
        "2024-11-01T10:00:00+99:99",
        "2024-11-01T10:00:00+0160",
        # years that no news was made in
        "0000-00-00T00:00:00Z",
        "0001-01-01",
        "1899-12-31",
        "9999-12-31",
        "10000-01-01T00:00:00Z",
        "Mon, 01 Jan 0001 00:00:00 GMT",
        # a date and something else
        "Published: October 31, 2024",
        "October 31, 2024 by the desk",
        "October 31, 2024 10:15 foo",
        "2024-11-01 2024-11-02",
        "November 1st, 2024US",
        "2024-W44-5",
        "2024-306",
        "1" * 1_000_000,
        "October " + "3" * 500 + ", 2024",
    ],
)
def test_what_is_ambiguous_or_impossible_or_no_date_is_none(raw):
    assert parse_date(raw) is None
    assert evidence(raw, "feed") is None


def test_summer_time_of_a_zone_without_one_follows_the_calendar_of_its_country():
    # 2024: from 10 March, 2:00, to 3 November, 2:00
    assert parse_date("March 10, 2024 1:59 a.m. ET").iso.endswith("-05:00")
    assert parse_date("March 10, 2024 3:00 a.m. ET").iso.endswith("-04:00")
    assert parse_date("November 2, 2024 11:00 p.m. PT").iso.endswith("-07:00")
    assert parse_date("November 3, 2024 3:00 a.m. PT").iso.endswith("-08:00")
    assert parse_date("July 1, 2006 3:00 a.m. PT").zone == "assumed"  # before the rule


def test_evidence_names_its_source_and_gives_back_its_instant():
    found = evidence("2024-11-01T23:30:00-05:00", "jsonld")
    assert (found.value, found.source) == ("2024-11-01T23:30:00-05:00", "jsonld")
    assert (found.precision, found.zone) == ("second", "offset")
    assert instant(found) == datetime(2024, 11, 2, 4, 30, tzinfo=UTC)
    assert evidence(None, "feed") is None


def test_a_day_is_never_shifted_by_a_zone():
    assert instant(evidence("November 1, 2024", "text")) == datetime(2024, 11, 1, tzinfo=UTC)


@given(st.text(max_size=60) | st.text("0123456789 :-/.,+TZapmOctGMEDeJuniáé()年", max_size=40))
def test_any_text_is_a_date_or_none_and_a_date_survives_its_own_notation(raw):
    found = parse_date(raw)
    if found is None:
        return
    assert found.at.tzinfo is UTC
    assert 1899 <= found.at.year <= 9999
    again = parse_date(found.iso)
    assert (again.at, again.precision, again.iso) == (found.at, found.precision, found.iso)
    assert again.zone in (found.zone, "offset")
    assert instant(evidence(raw, "feed")) == found.at


_MOMENTS = st.datetimes(
    min_value=datetime(1970, 1, 2),
    max_value=datetime(9998, 12, 30),
    timezones=st.integers(-12 * 60, 14 * 60).map(lambda m: timezone(timedelta(minutes=m))),
).map(lambda moment: moment.replace(microsecond=0))


@given(_MOMENTS)
def test_every_moment_is_read_back_from_rfc_3339_and_from_rfc_2822(moment):
    for raw in (moment.isoformat(), format_datetime(moment)):
        found = parse_date(raw)
        assert found.at == moment
        assert datetime.fromisoformat(found.iso).utcoffset() == moment.utcoffset()


@given(st.dates(min_value=date(1900, 1, 1), max_value=date(9998, 12, 31)))
def test_every_day_is_read_back_from_its_usual_notations(day):
    for pattern in ("%d %B {}", "%B %d, {}", "%A, %d %b. {}", "{}/%m/%d", "{}-%m-%d", "{}%m%d"):
        found = parse_date(day.strftime(pattern).format(f"{day.year:04}"))
        assert (found.iso, found.precision, found.zone) == (day.isoformat(), "day", "none")
