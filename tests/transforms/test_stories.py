"""The wired stage: articles in, linked articles and aliases out; state is the dataset alone."""

import re
from datetime import timedelta
from pathlib import Path
from typing import Any

import apache_beam as beam
import duckdb
from apache_beam.testing.test_pipeline import TestPipeline
from apache_beam.testing.util import assert_that, equal_to

from schemas.elements import Alias, Article, Run
from schemas.tables import ALIASES, ARTICLES, Table
from tests.newswire import Newsroom, text_of
from tests.rows import FIRST_DAY, article
from transforms.commit import commit
from transforms.dataset import Dataset
from transforms.identity import content_hash
from transforms.stories import GroupStories, footprint, link_run, sketched, with_links
from transforms.syndication import stories
from transforms.write import partition_of, write_file

WIRE = Newsroom(21).article(24)
OTHER = Newsroom(22).article(24)


def report(n: int, text: str, **changes: Any) -> Article:
    """The n-th article, with `text`."""
    changes = {"text": text, "content_hash": content_hash(text), "entities": ()} | changes
    return article(n, **changes)


def edited(grade: str, seed: int) -> str:
    return text_of(Newsroom(seed).edit(WIRE, grade, OTHER))


REPORTS = [
    report(0, text_of(WIRE), wire_source="AFP", wire_evidence=("(AFP)",)),
    report(1, edited("light", 1)),
    report(2, text_of(OTHER)),
    report(3, edited("medium", 2)),
    report(4, text_of(WIRE)),
]


def run_of(n: int, dataset: Path) -> Run:
    at = FIRST_DAY + timedelta(days=3, minutes=n)
    return Run(f"{at:%Y%m%dT%H%M%SZ}-{n:08x}", at, Dataset(str(dataset)).snapshot().seq)


def link_and_store(dataset: Path, n: int, articles: list[Article]) -> list[Article]:
    """One run of the functions that the stage is made of, committed."""
    run = run_of(n, dataset)
    made = [sketched(one) for one in articles]
    linked, aliases = link_run(
        [footprint(one) for one in made], Dataset(str(dataset)).snapshot(), run
    )
    links = {one.discovery: one for one in linked}
    done = [with_links(one, links[one.origin.discovery]) for one in made]
    rows: dict[tuple[Table, str], list[Any]] = {}
    for table, elements in ((ARTICLES, done), (ALIASES, aliases)):
        for element in elements:
            rows.setdefault((table, partition_of(table, element, run.at)), []).append(element)
    staged = [
        write_file(table, elements, str(dataset), partition, run.id, 0)
        for (table, partition), elements in rows.items()
    ]
    commit(str(dataset), run.id, [file for file in staged if file], {})
    return done


def test_the_stage_links_the_articles_of_a_run(tmp_path: Path) -> None:
    ids = [one.id for one in REPORTS]
    with TestPipeline() as pipeline:
        out = pipeline | beam.Create(REPORTS) | GroupStories(str(tmp_path), run_of(0, tmp_path))
        links = out["main"] | beam.Map(
            lambda a: (
                a.id,
                a.duplicate_relation,
                a.duplicate_of,
                a.duplicate_group,
                a.wire_source,
                a.wire_inferred,
            )
        )
        assert_that(
            links,
            equal_to(
                [
                    (ids[0], "original", None, ids[0], "AFP", False),
                    (ids[1], "copy", ids[0], ids[0], "AFP", True),
                    (ids[2], "original", None, ids[2], None, False),
                    (ids[3], "copy", ids[0], ids[0], "AFP", True),
                    (ids[4], "exact", ids[0], ids[0], "AFP", True),
                ]
            ),
        )
        assert_that(out["aliases"], equal_to([]), label="aliases")


def test_a_later_run_knows_what_was_stored_and_its_aliases(tmp_path: Path) -> None:
    begin, end = text_of(WIRE[: len(WIRE) // 2]), text_of(OTHER[: len(OTHER) // 2])
    end = " ".join(word[::-1] for word in end.split())  # of another story
    (first,) = link_and_store(tmp_path, 0, [report(0, begin)])
    (second,) = link_and_store(tmp_path, 1, [report(1, end)])
    assert (second.duplicate_group, second.story_id) == (second.id, f"s{second.id}")
    (bridge,) = link_and_store(tmp_path, 2, [report(2, f"{begin}\n{end}")])
    assert bridge.duplicate_group == first.id
    snapshot = Dataset(str(tmp_path)).snapshot()
    for since in (None, FIRST_DAY.date()):
        ids = [second.id, first.id]
        assert snapshot.pointers("duplicate_group", ids, since) == {second.id: first.id}
        stories = [str(second.story_id)]
        assert snapshot.pointers("story", stories, since) == {second.story_id: first.story_id}
    assert snapshot.pointers("story", [], FIRST_DAY.date() + timedelta(days=4)) == {}
    (late,) = link_and_store(tmp_path, 3, [report(3, end)])
    assert (late.duplicate_relation, late.duplicate_of) == ("exact", second.id)
    assert (late.duplicate_group, late.story_id) == (first.id, first.story_id)


def test_a_copy_is_looked_for_within_days_and_the_very_text_for_ever(tmp_path: Path) -> None:
    link_and_store(tmp_path, 0, [report(0, text_of(WIRE))])
    month = 60 * 24 * 30
    (exact,) = link_and_store(tmp_path, month, [report(60, text_of(WIRE))])
    assert (exact.duplicate_relation, exact.duplicate_group) == ("exact", REPORTS[0].id)
    (copy,) = link_and_store(tmp_path, 2 * month, [report(120, edited("light", 1))])
    assert (copy.duplicate_relation, copy.duplicate_group) == ("original", copy.id)


def test_the_documented_query_finds_groups_that_became_one_and_articles_that_moved(
    tmp_path: Path,
) -> None:
    mixed = text_of([*OTHER[: len(OTHER) * 2 // 3], *WIRE[: len(WIRE) * 2 // 5]])
    texts = [mixed, text_of(WIRE[: len(WIRE) // 2]), text_of(WIRE), text_of(OTHER)]
    page, cut, wire, other = (
        link_and_store(tmp_path, n, [report(n if n < 3 else 4, text)])[0]
        for n, text in enumerate(texts)
    )
    assert cut.duplicate_group == page.id
    document = (Path(__file__).parents[2] / "docs/syndication.md").read_text("utf-8")
    (query,) = re.findall(r"```sql\n(WITH RECURSIVE.*?)```", document, re.DOTALL)
    rows = duckdb.sql(query.replace("'news/", f"'{tmp_path}/")).fetchall()
    found = {(row[0], row[2], row[5]) for row in rows}
    assert found == {(cut.id, wire.id, 2), (page.id, other.id, 2)}
    told = {row[0]: row[1] for row in rows}
    assert told[page.id] == page.story_id
    assert len(stories(Dataset(str(tmp_path)).snapshot(), FIRST_DAY.date())) == len(
        {*told.values()}
    )


def test_of_several_aliases_of_one_article_the_newest_counts(tmp_path: Path) -> None:
    a, b, c = (report(n, text_of(WIRE)).id for n in range(3))
    for n, (from_id, to_id) in enumerate([(a, b), (b, c), (a, a), (c, b), (b, b)]):
        at = FIRST_DAY + timedelta(days=n)
        alias = Alias("duplicate_group", from_id, to_id, at)
        run = f"{at:%Y%m%dT%H%M%SZ}-0000000{n}"
        file = write_file(ALIASES, [alias], str(tmp_path), partition_of(ALIASES, alias, at), run, 0)
        assert file
        commit(str(tmp_path), run, [file], {})
    snapshot = Dataset(str(tmp_path)).snapshot()
    assert snapshot.pointers("duplicate_group", [a, b, c]) == {a: a, b: b, c: b}
    assert snapshot.pointers("duplicate_group", [c]) == {c: b, b: b}
    since = (FIRST_DAY + timedelta(days=3)).date()
    assert snapshot.pointers("duplicate_group", [], since) == {c: b, b: b}
    assert snapshot.pointers("story", [a]) == {}


def test_a_copy_stays_in_its_group_when_what_it_copied_is_out_of_sight(tmp_path: Path) -> None:
    day = 60 * 24
    (first,) = link_and_store(tmp_path, 0, [report(0, text_of(WIRE))])
    link_and_store(tmp_path, 5 * day, [report(10, edited("medium", 1))])
    (late,) = link_and_store(tmp_path, 10 * day, [report(20, edited("medium", 2))])
    (again,) = link_and_store(tmp_path, 15 * day, [report(30, edited("light", 3))])
    assert {late.duplicate_group, again.duplicate_group} == {first.id}
    assert Dataset(str(tmp_path)).snapshot().pointers("duplicate_group", [first.id]) == {}


def test_a_run_again_links_as_the_first_time(tmp_path: Path) -> None:
    def linked(dataset: Path, runs: list[list[Article]]) -> list[list[Article]]:
        return [link_and_store(dataset, n, articles) for n, articles in enumerate(runs)]

    runs = [REPORTS[:2], REPORTS[2:]]
    backwards = linked(tmp_path / "b", [part[::-1] for part in runs])
    assert linked(tmp_path / "a", runs) == [part[::-1] for part in backwards]
