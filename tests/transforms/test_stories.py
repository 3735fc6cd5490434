"""The same text under several identities: kept, linked, and never renamed."""

from datetime import UTC, datetime, timedelta
from itertools import permutations

from schemas.elements import Article, Known, Origin
from transforms.dataset import SameContent
from transforms.stories import group_exact

AT = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)


def article(name: str, published: int | None = None, known: Known | None = None) -> Article:
    at = AT + timedelta(hours=published) if published is not None else None
    return Article(
        origin=Origin(name, "feed", name, f"http://x.example/{name}", "x.example", known=known),
        id=name,
        url=f"http://x.example/{name}",
        source="x.example",
        retrieved_at=AT,
        event_at=at or AT,
        event_at_source="published" if at else "retrieved",
        text="The same text.",
        text_length=14,
        content_hash="c" * 64,
        duplicate_group=known.duplicate_group if known else name,
        duplicate_relation="original",
        story_id=known.story_id if known else f"s{name}",
        version=known.version + 1 if known else 1,
        first_seen_at=AT,
        extractor="trafilatura",
        extractor_version="2",
        published_at=at,
    )


STORED = SameContent("old", "old-group", "original", "sold", AT, AT, 1)


def links(articles: list[Article]) -> dict[str, tuple[str, str | None, str, str]]:
    return {
        a.id: (a.duplicate_relation, a.duplicate_of, a.duplicate_group, a.story_id)
        for a in articles
    }


def test_the_earliest_published_is_the_original_in_any_arrival_order() -> None:
    articles = [article("b", 2), article("a", 3), article("c", None), article("d", 1)]
    expected = {
        "d": ("original", None, "d", "sd"),
        "b": ("exact", "d", "d", "sd"),
        "a": ("exact", "d", "d", "sd"),
        "c": ("exact", "d", "d", "sd"),
    }
    for arrival in permutations(articles):
        assert links(list(group_exact(arrival, None))) == expected


def test_what_the_dataset_holds_is_the_original_of_what_comes_now() -> None:
    assert links(list(group_exact([article("a", -99)], STORED))) == {
        "a": ("exact", "old", "old-group", "sold")
    }


def test_a_text_stored_under_the_same_id_is_not_a_copy_of_itself() -> None:
    assert links(list(group_exact([article("old")], STORED)))["old"][:2] == ("original", None)


def test_an_article_that_is_known_stays_in_its_group() -> None:
    known = Known(1, "d" * 64, AT, "published", AT, "its-group", "original", None, "sits")
    (copy,) = group_exact([article("a", 1, known)], STORED)
    assert links([copy]) == {"a": ("exact", "old", "its-group", "sits")}
    assert copy.duplicate_similarity is not None
    assert copy.duplicate_similarity.jaccard == 1.0


def test_grouping_loses_and_adds_nothing() -> None:
    articles = [article(str(n), n % 3) for n in range(20)]
    grouped = list(group_exact(articles, None))
    assert sorted(a.id for a in grouped) == sorted(a.id for a in articles)
