"""What is already known ends without a request."""

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import apache_beam as beam
import pytest
from apache_beam.runners.portability.fn_api_runner import FnApiRunner
from apache_beam.testing.util import assert_that, equal_to

from schemas.elements import Entry, Known, Origin, Run
from transforms.admit import (
    Admit,
    is_newer_than_stored,
    says_nothing_new,
)

AT = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
KNOWN = Known(
    version=1,
    content_hash="c" * 64,
    event_at=AT,
    event_at_source="published",
    first_seen_at=AT,
    duplicate_group="g",
    duplicate_relation="original",
    duplicate_of=None,
    story_id="sg",
)


def entry(n: int = 1, feed: str = "http://a.example/feed", **origin: object) -> Entry:
    made = Origin(
        discovery=f"{feed}-{n}",
        kind="feed",
        id=f"{n:032x}",
        url=f"http://a.example/{n}",
        source="a.example",
        feed_url=feed,
        key=f"k{n}",
        fingerprint=f"f{n}",
    )
    return Entry(origin=replace(made, **origin), title="A title")


def test_an_entry_of_which_the_feed_says_the_same_as_before_is_not_looked_at_again() -> None:
    assert says_nothing_new(entry(listed=True, previous="stored"))
    assert says_nothing_new(entry(listed=True, previous="rejected:no_text"))
    assert not says_nothing_new(entry())
    assert not says_nothing_new(entry(listed=True)), "the feed says something else of it now"


def test_a_passing_failure_is_tried_again_when_its_time_has_come() -> None:
    failed = entry(listed=True, previous="failed:timeout", attempts=7)
    assert not says_nothing_new(failed)
    resting = entry(listed=True, previous="failed:timeout", attempts=7, rests=True)
    assert says_nothing_new(resting)
    given_up = entry(listed=True, previous="failed:timeout", attempts=0)
    assert says_nothing_new(given_up)


@pytest.mark.parametrize(
    ("known", "updated", "again"),
    [
        (None, None, True),
        (KNOWN, None, False),
        (KNOWN, "2026-11-20T11:59:59Z", False),
        (KNOWN, "2026-11-20T12:30:00Z", True),
        (KNOWN, "nonsense", False),
    ],
)
def test_a_stored_article_is_fetched_again_only_for_an_entry_dated_later(
    known: Known | None, updated: str | None, again: bool
) -> None:
    listed_by_another_feed = replace(entry(known=known), updated=updated)
    assert is_newer_than_stored(listed_by_another_feed) is again


def test_one_feed_fetches_for_all_that_list_the_article(tmp_path: Path) -> None:
    entries = [
        entry(1, "http://b.example/feed"),
        entry(1, "http://a.example/feed"),
        entry(1, "http://c.example/feed", listed=True, previous="stored"),
        entry(2, "http://b.example/feed"),
    ]
    with beam.Pipeline(runner=FnApiRunner()) as pipeline:
        admitted = (
            pipeline
            | beam.Create(entries)
            | Admit(str(tmp_path / "none"), Run("20261120T120000Z-x", AT))
        )
        assert_that(
            admitted["main"] | beam.Map(lambda e: (e.origin.id[-1], e.origin.feed_url)),
            equal_to([("1", "http://a.example/feed"), ("2", "http://b.example/feed")]),
            label="admitted",
        )
        assert_that(
            admitted["outcomes"] | beam.Map(lambda o: (o.feed_url, o.outcome, o.reason, o.detail)),
            equal_to(
                [
                    (
                        "http://b.example/feed",
                        "duplicate",
                        "same_identity",
                        "fetched for http://a.example/feed",
                    ),
                    ("http://c.example/feed", "unchanged", "entry_unchanged", "stored"),
                ]
            ),
            label="outcomes",
        )
