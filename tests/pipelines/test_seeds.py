"""The shared seed documents through the command: the rows that an editor expects."""

import json
from itertools import cycle, permutations
from pathlib import Path
from typing import Any

import duckdb
import pytest

from pipelines.cli import main
from tests.shelf import Shelf, footprint

SEEDS = Path(__file__).parents[3] / "shared" / "seeds"


@pytest.fixture(scope="module")
def rows(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, Any]]:
    """The stored rows by file name."""
    if not SEEDS.is_dir():
        pytest.skip("SKIPPED, NOT PASSED: ../shared/seeds is not beside this checkout")
    dataset = tmp_path_factory.mktemp("seeds") / "news"
    patterns = [f"{SEEDS}/00[0-2]*.txt", f"{SEEDS}/*.txt"]
    assert main(["ingest", "--seeds", *patterns, "--output", str(dataset)]) == 0
    found = duckdb.sql(
        f"SELECT * FROM read_parquet('{dataset}/articles/event_date=*/*.parquet')"
    ).to_arrow_table()
    return {row["url"].removeprefix("seed:"): row for row in found.to_pylist()}


@pytest.fixture(scope="module")
def expected() -> dict[str, Any]:
    if not SEEDS.is_dir():
        pytest.skip("SKIPPED, NOT PASSED: ../shared/seeds is not beside this checkout")
    return json.loads((SEEDS / "expected.json").read_text())


def test_every_document_is_one_row_as_the_editor_expects(
    rows: dict[str, dict[str, Any]], expected: dict[str, Any]
) -> None:
    assert rows.keys() == expected["documents"].keys()
    for name, wanted in expected["documents"].items():
        row = rows[name]
        assert row["title"] == wanted["title"], name
        for column in ("summary", "section", "canonical_url", "language"):
            if column in wanted:
                assert row[column] == wanted[column], (name, column)
        publishers = wanted.get("publisher_may_be", [wanted.get("publisher")])
        assert row["site_name"] in publishers, name
        if "authors_may_be" in wanted:
            assert row["authors"] in wanted["authors_may_be"], name
        else:
            assert row["authors"] == wanted["authors"], name
        published = row["published_at"] and row["published_at"].date().isoformat()
        assert published in wanted.get("published_may_be", [wanted["published"]["value"]]), name
        if published:
            assert row["published_precision"] == "day", name
            assert row["event_at_source"] == "published", name
        if "dateline" in wanted:
            place = row["dateline"]["place"] if row["dateline"] else None
            assert place == wanted["dateline"]["place"], name
        assert row["text"].startswith(wanted["body_starts_with"]), name
        for piece in wanted.get("body_must_contain", []):
            assert piece in row["text"], (name, piece)
        for piece in wanted["body_must_not_contain"]:
            assert piece not in row["text"], (name, piece)


def test_credited_agencies_are_the_wire_source_and_others_contribute(
    rows: dict[str, dict[str, Any]], expected: dict[str, Any]
) -> None:
    for name, wanted in expected["documents"].items():
        row = rows[name]
        assert row["wire_source"] == wanted["wire_source"], name
        assert row["wire_inferred"] == wanted.get("wire_inferred", False), name
        if "wire_contributors" in wanted:
            assert row["wire_contributors"] == wanted["wire_contributors"], name


def test_dates_in_the_text_are_resolved_against_the_publication(
    rows: dict[str, dict[str, Any]], expected: dict[str, Any]
) -> None:
    for name, wanted in expected["documents"].items():
        text, mentions = rows[name]["text"], rows[name]["dates"]
        for mention in mentions:
            assert text[mention["start"] : mention["end"]] == mention["text"]
        for date in wanted.get("dates", []):
            near = [
                (mention["type"], mention["value"])
                for mention in mentions
                if date["text"] in mention["text"]
                and date.get("context", date["text"])
                in text[max(mention["start"] - 40, 0) : mention["end"] + 40]
            ]
            assert (date["type"], date["value"]) in near, (name, date, near)


def test_without_a_publication_day_only_what_names_its_year_has_a_day(
    rows: dict[str, dict[str, Any]], expected: dict[str, Any]
) -> None:
    undated = [name for name, row in rows.items() if row["published_at"] is None]
    assert set(undated) >= {
        n
        for n, d in expected["documents"].items()
        if "published_may_be" not in d and d["published"]["value"] is None
    }
    for name in undated:
        assert rows[name]["dates_model"], name
        assert any(mention["value"] == "" for mention in rows[name]["dates"]), name
        for mention in rows[name]["dates"]:
            if mention["anchor"] == "none":
                assert mention["begin"] is None, (name, mention)
            else:
                assert mention["anchor"] in ("explicit", "previous"), (name, mention)


def test_a_date_covers_its_instants(rows: dict[str, dict[str, Any]]) -> None:
    for name, row in rows.items():
        for mention in row["dates"]:
            assert (mention["begin"] is None) == (mention["end_at"] is None), name
            if len(mention["value"]) == 10 and mention["value"][0].isdigit():
                assert mention["begin"].date().isoformat() == mention["value"], name
                assert (mention["end_at"] - mention["begin"]).days == 1, name


def test_the_entities_of_every_document_are_found(
    rows: dict[str, dict[str, Any]], expected: dict[str, Any]
) -> None:
    for name, row in rows.items():
        for wanted in expected["entities"]["every_document"]:
            found = [e for e in row["entities"] if e["name"] in wanted["name_may_be"]]
            assert found, (name, wanted)
            assert {e["type"] for e in found} <= set(wanted["type"].split(" or ")), (name, wanted)
            if "country" in wanted:
                assert {e["country"] for e in found} == {wanted["country"]}, (name, wanted)


def test_furniture_is_no_entity_and_an_entity_has_one_name_and_type(
    rows: dict[str, dict[str, Any]], expected: dict[str, Any]
) -> None:
    never = [entry for entry in expected["entities"]["never"] if len(entry.split()) < 3]
    assert len(never) == 8  # the others are sentences, each asserted below
    for name, row in rows.items():
        entities = row["entities"]
        for mention in entities:
            assert row["text"][mention["start"] : mention["end"]] == mention["text"]
        names = {mention["name"] for mention in entities}
        printed = names | {mention["text"] for mention in entities}
        assert not printed & {*never, "AFP", "Reuters", "WSJ", "AP", "KYIV", "burs-sct"}, name
        assert not {("State", "ORG"), ("Defense", "ORG"), ("Defence", "ORG")} & {
            (mention["name"], mention["type"]) for mention in entities
        }, name
        assert not [n for n in printed if n.endswith(("'s", "’s", "'", "’"))], name
        people = {mention["name"] for mention in entities if mention["type"] == "PERSON"}
        surnames = {person.split()[-1] for person in people if " " in person}
        surnames |= {person.split()[0] for person in people if person.startswith("Kim ")}
        assert not surnames & names, name
        types = {(mention["name"], mention["type"]) for mention in entities}
        assert len(types) == len(names), name


@pytest.mark.slow
def test_groups_stories_and_agencies_are_as_expected_in_every_order_and_split(
    rows: dict[str, dict[str, Any]], expected: dict[str, Any]
) -> None:
    prints = [
        footprint(
            name,
            row["text"],
            row["source"],
            published_at=row["published_at"],
            sketch=row["sketch"],
            terms=row["story_terms"],
            wire_source=None if row["wire_inferred"] else row["wire_source"],
            credited=bool(row["wire_evidence"] or row["wire_contributors"]),
        )
        for name, row in sorted(rows.items())
    ]
    groups = {frozenset(group) for group in expected["duplicate_groups"]}
    stories = {frozenset(story) for story in expected["stories"]}
    agencies = {name: wanted["wire_source"] for name, wanted in expected["documents"].items()}
    some = cycle([(1, 4), (4, 1), (2, 3), (2, 1, 2)])
    for arrival in permutations(prints):
        for split in ((5,), next(some), (1, 1, 1, 1, 1)):
            shelf, left = Shelf(), list(arrival)
            for size in split:
                shelf.run(left[:size])
                left = left[size:]
            assert shelf.groups() == groups
            assert shelf.stories() == stories
            assert shelf.agencies() == agencies
    by_group: dict[str, set[str]] = {}
    for name, row in rows.items():
        by_group.setdefault(row["duplicate_group"], set()).add(name)
    assert {frozenset(names) for names in by_group.values()} == groups
    assert len({row["story_id"] for row in rows.values()}) == 1
