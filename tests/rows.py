"""Elements for tests of the dataset on disk. All publishers, places and people are invented."""

import hashlib
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from schemas.elements import Alias, Article, Entity, FeedPoll, Listed, Origin, Outcome, Reject

FIRST_DAY = datetime(2024, 10, 29, 12, tzinfo=UTC)
TEXT = "😀 Quellmoor – the ferry to Quellmoor 👩‍👩‍👧 sails again.\nLine two, Ilse Brandt said."


def digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def origin(n: int) -> Origin:
    url = f"https://paper{n % 3}.example/news/{n}"
    return Origin(f"d{n}", "feed", digest(f"id{n}")[:32], url, f"Paper {n % 3}")


def mention(text: str, name: str, type_: str) -> Entity:
    start = text.index(name)
    return Entity(name, type_, name, start, start + len(name), None, None, 0.5)


def article(n: int, **changes: Any) -> Article:
    """The n-th article: two a day from FIRST_DAY on, by three papers, with emoji in its text."""
    came_from, at = origin(n), FIRST_DAY + timedelta(days=n // 2, microseconds=n)
    text = changes.pop("text", f"Number {n}. {TEXT}")
    made = Article(
        origin=came_from,
        id=came_from.id,
        url=came_from.url,
        source=came_from.source,
        retrieved_at=at + timedelta(hours=1),
        event_at=at,
        event_at_source="published",
        text=text,
        text_length=len(text),
        content_hash=digest(text),
        duplicate_group=came_from.id,
        duplicate_relation="original",
        story_id=f"s{came_from.id}",
        version=1,
        first_seen_at=at + timedelta(hours=1),
        extractor="trafilatura",
        extractor_version="2.3.1",
        canonical_url=came_from.url,
        title=f"Ferry report {n}",
        published_at=at,
        entities=tuple(
            mention(text, name, type_)
            for name, type_ in (("Quellmoor", "GPE"), ("👩‍👩‍👧", "ORG"), ("Ilse Brandt", "PERSON"))
            if name in text
        ),
    )
    return replace(made, **changes)


def outcome(n: int, at: datetime = FIRST_DAY, **changes: Any) -> Outcome:
    came_from = origin(n)
    made = Outcome(came_from, came_from.url, came_from.source, "stored", "write", at, came_from.id)
    return replace(made, **changes)


def reject(n: int, at: datetime = FIRST_DAY) -> Reject:
    came_from = origin(n)
    return Reject(
        came_from.url, came_from.source, "extract", "no_text", 1, "newsbeam/0", at, payload=b"\0<p>"
    )


def poll(n: int, at: datetime = FIRST_DAY, **changes: Any) -> FeedPoll:
    made = FeedPoll(
        feed_url=f"https://paper{n}.example/feed",
        outcome="ok",
        entries=2,
        new_entries=1,
        error_streak=0,
        next_due_at=at + timedelta(minutes=10),
        interval_seconds=600,
        health="ok",
        id_policy="guid",
        at=at,
        etag='W/"x"',
        listed=(Listed("k1", digest("id1")[:32], digest("f"), "stored:", 0),),
    )
    return replace(made, **changes)


def alias(n: int, at: datetime = FIRST_DAY) -> Alias:
    return Alias("story", f"s{digest(f'id{n}')[:32]}", f"s{digest('id0')[:32]}", at)
