"""Reading the links: groups and stories with their aliases resolved, and a day's stories.

The queries are what docs/syndication.md teaches; here they read the files of a snapshot.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final

from transforms.dataset import Snapshot
from transforms.lookup import answer, literal

# A story of a day may have begun, and may go on, so many days before and after.
AROUND: Final = timedelta(days=7)

# Needs: articles, aliases. Gives the newest version of each article with `grp`, `story` and
# `agency`: its group, its group's story, and its own or its group's agency.
LINKED: Final = """
RECURSIVE pointers AS (
    SELECT kind, from_id, arg_max(to_id, "at") AS to_id FROM aliases GROUP BY kind, from_id
),
followed(kind, id, to_id) AS (
    SELECT kind, from_id, to_id FROM pointers
    UNION
    SELECT followed.kind, followed.id, pointers.to_id
    FROM followed JOIN pointers
        ON pointers.kind = followed.kind AND pointers.from_id = followed.to_id
),
surviving AS (
    SELECT kind, id, max(to_id) AS to_id FROM followed
    WHERE NOT EXISTS (
        SELECT 1 FROM pointers
        WHERE pointers.kind = followed.kind
            AND pointers.from_id = followed.to_id AND pointers.to_id <> followed.to_id
    )
    GROUP BY kind, id
),
newest AS (
    SELECT * FROM articles QUALIFY row_number() OVER (PARTITION BY id ORDER BY version DESC) = 1
),
grouped AS (
    SELECT newest.*, coalesce(own.to_id, led.to_id, duplicate_group) AS grp
    FROM newest
    LEFT JOIN surviving own ON own.kind = 'duplicate_group' AND own.id = newest.id
    LEFT JOIN surviving led ON led.kind = 'duplicate_group' AND led.id = duplicate_group
),
resolved AS (
    SELECT grouped.*, coalesce(s.to_id, leader.story_id, grouped.story_id) AS story
    FROM grouped
    LEFT JOIN newest leader ON leader.id = grp
    LEFT JOIN surviving s
        ON s.kind = 'story' AND s.id = coalesce(leader.story_id, grouped.story_id)
),
linked AS (
    SELECT *, coalesce(wire_source, mode(wire_source) OVER (PARTITION BY grp)) AS agency
    FROM resolved
)"""

# One row for each story that has an article on the day, the most printed first. Its headline is
# that of the fullest text of its largest group.
STORIES: Final = """
, sized AS (
    SELECT *, count(*) OVER (PARTITION BY story, grp) AS copies FROM linked
)
SELECT
    story AS id,
    arg_max(title, (title IS NOT NULL, copies, text_length, id)) AS headline,
    arg_max(id, (title IS NOT NULL, copies, text_length, id)) AS representative,
    arg_min(id, (published_at IS NULL, published_at, first_seen_at, id)) AS earliest,
    count(*) AS articles,
    count(DISTINCT source) AS publishers,
    count(DISTINCT grp) AS texts,
    mode(agency) AS wire_source,
    min(first_seen_at) AS first_seen_at
FROM sized
GROUP BY story
HAVING bool_or(on_day)
ORDER BY articles DESC, publishers DESC, first_seen_at, story
"""

# One row for each article of these stories, each text's fullest edition first.
COPIES: Final = """
, told AS (
    SELECT *,
        bool_or(on_day) OVER (PARTITION BY story) AS asked,
        count(*) OVER (PARTITION BY story, grp) AS copies,
        arg_max(id, (text_length, id)) OVER (PARTITION BY story, grp) AS fullest
    FROM linked
)
SELECT
    story,
    grp AS text,
    id,
    url,
    source,
    title,
    published_at,
    first_seen_at,
    duplicate_relation AS relation,
    duplicate_of AS of,
    duplicate_similarity.containment AS containment,
    agency AS wire_source,
    wire_source IS NOT NULL AND NOT coalesce(wire_inferred, false) AS credited,
    id = fullest AS representative
FROM told
WHERE asked
ORDER BY story, copies DESC, text, (published_at IS NULL), published_at, first_seen_at, id
"""

_NO_ALIAS: Final = """
SELECT NULL::VARCHAR AS kind, NULL::VARCHAR AS from_id, NULL::VARCHAR AS to_id,
    NULL::TIMESTAMPTZ AS "at"
LIMIT 0"""


@dataclass(frozen=True, slots=True)
class Story:
    """A story as a desk wants to see it.

    representative: the article that has its headline. earliest: the one published first.
    texts: different texts, copies counted once. wire_source: the agency of most articles.
    """

    id: str
    headline: str | None
    representative: str
    earliest: str
    articles: int
    publishers: int
    texts: int
    wire_source: str | None
    first_seen_at: datetime


@dataclass(frozen=True, slots=True)
class Copy:
    """An article of a story, beside the others that print the same text.

    text: what they have in common, called after the article that leads the group. relation, of,
    containment: what it was to an earlier one when it was stored. wire_source: the agency of the
    text; credited: whether this article names it. representative: the fullest of the text.
    """

    story: str
    text: str
    id: str
    url: str
    source: str
    title: str | None
    published_at: datetime | None
    first_seen_at: datetime
    relation: str
    of: str | None
    containment: float | None
    wire_source: str | None
    credited: bool
    representative: bool


def newest_day(snapshot: Snapshot) -> date | None:
    """The last day that has articles."""
    return max((file.day for file in snapshot.live if file.table == "articles"), default=None)


def stories(snapshot: Snapshot, day: date) -> list[Story]:
    """The stories that have an article of `day`, the most printed first."""
    return [Story(**row) for row in _ask(snapshot, day, STORIES)]


def copies(snapshot: Snapshot, day: date) -> list[Copy]:
    """The articles of these stories: by story, the most printed text first, and time."""
    return [Copy(**row) for row in _ask(snapshot, day, COPIES)]


def _ask(snapshot: Snapshot, day: date, question: str) -> list[dict[str, Any]]:
    """The answer to a question that goes on from LINKED, with `on_day` for each article."""
    of_day = {file.run_id for file in snapshot.live if file.table == "articles" and file.day == day}
    near = snapshot.recent([day], date.min, AROUND)
    # Articles without a date lie under the day of their run.
    same = [path for run in sorted(of_day) for path in snapshot.articles_of_run(run)]
    articles = sorted({*near, *same})
    if not of_day:
        return []
    bound: list[object] = [f"%event_date={day.isoformat()}%", [literal(path) for path in articles]]
    aliases = snapshot.files("aliases")
    read = _NO_ALIAS
    if aliases:
        read = 'SELECT kind, from_id, to_id, "at" FROM read_parquet(?, union_by_name = true)'
        bound.append([literal(path) for path in aliases])
    query = f"""
        WITH articles AS MATERIALIZED (
            SELECT id, version, url, source, title, published_at, first_seen_at, text_length,
                duplicate_group, duplicate_relation, duplicate_of, duplicate_similarity,
                story_id, wire_source, wire_inferred, filename LIKE ? AS on_day
            FROM read_parquet(?, union_by_name = true, hive_partitioning = false, filename = true)
        ),
        aliases AS ({read}),
        {LINKED.replace("RECURSIVE ", "", 1)}
        {question}
    """.replace("WITH articles", "WITH RECURSIVE articles", 1)
    return answer(query, bound, [*articles, *aliases])
