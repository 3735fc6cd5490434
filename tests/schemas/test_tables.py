import json
from collections import Counter
from dataclasses import fields, is_dataclass, replace
from datetime import UTC, datetime, timedelta, timezone
from itertools import pairwise
from pathlib import Path
from types import NoneType, UnionType
from typing import Annotated, Any, get_args, get_origin, get_type_hints

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from schemas.elements import Article, FeedPoll, Known, Origin
from schemas.tables import (
    ARTICLES,
    FEEDS,
    GOLDEN,
    RUN_COLUMNS,
    SCHEMA_VERSION,
    TABLES,
    Table,
    describe,
    describe_json,
    from_row,
    golden,
    golden_path,
    golden_text,
    to_row,
    to_table,
)
from tests.rows import alias, article, outcome, poll, reject
from transforms.write import write_file

SAMPLES = {
    "articles": article(1),
    "ledger": outcome(1),
    "rejects": reject(1),
    "feeds": poll(1),
    "aliases": alias(1),
}
EVERY_TABLE = pytest.mark.parametrize("table", TABLES.values(), ids=list(TABLES))


def described(element: type) -> dict[str, Any]:
    """Field name to its annotated type, for the fields that are written."""
    hints = get_type_hints(element, include_extras=True)
    return {n: get_args(h)[0] for n, h in hints.items() if get_origin(h) is Annotated}


def written(table: Table, tmp_path: Path, *elements: Any) -> Path:
    staged = write_file(table, elements, str(tmp_path), f"{table.partition}=2024-10-31", "r1", 0)
    assert staged is not None
    return tmp_path / "_staging" / "r1" / table.name / staged.partition / staged.name


# ---------------------------------------------------------------------------- the contract


@EVERY_TABLE
def test_the_golden_file_is_the_contract_that_the_code_writes(table: Table):
    assert golden_path(table).read_text(encoding="utf-8") == golden_text(table)


@EVERY_TABLE
def test_a_written_file_has_exactly_the_golden_schema(table: Table, tmp_path: Path):
    path = written(table, tmp_path, SAMPLES[table.name])
    published = json.loads(golden_path(table).read_text(encoding="utf-8"))
    assert golden(table, pq.read_schema(path)) == published


@EVERY_TABLE
def test_a_golden_file_only_adds_nullable_columns_to_the_one_before(table: Table):
    versions = sorted(
        GOLDEN.glob(f"{table.name}-v*.json"), key=lambda path: int(path.stem.rpartition("v")[2])
    )
    goldens = [json.loads(path.read_text(encoding="utf-8"))["columns"] for path in versions]
    assert goldens
    assert versions[-1] == golden_path(table)
    for older, newer in pairwise(goldens):
        assert newer[: len(older)] == older
        assert all(column["nullable"] for column in newer[len(older) :])


@EVERY_TABLE
def test_the_columns_are_the_described_fields_and_those_of_the_run(table: Table):
    columns = Counter(table.schema.names)
    run_columns = set(RUN_COLUMNS) & set(columns)
    assert columns == Counter([*described(table.element), *run_columns])
    assert run_columns == ({"run_id", "schema_version"} if table is ARTICLES else {"run_id"})


@EVERY_TABLE
def test_field_ids_are_given_once_and_columns_that_were_added_later_have_later_ones(table: Table):
    def ids(column: dict[str, Any]) -> list[int]:
        return [column["id"], *(i for one in column.get("fields", []) for i in ids(one))]

    columns = golden(table)["columns"]
    given = [number for column in columns for number in ids(column)]
    assert sorted(given) == list(range(1, len(given) + 1))
    top = [column["id"] for column in columns]
    assert top == sorted(top)
    # Version by version: the top level first, and then what is nested in it.
    assert all(number > column["id"] for column in columns for number in ids(column)[1:])


@EVERY_TABLE
def test_no_column_has_a_type_that_breaks_a_reader(table: Table):
    allowed = {
        pa.string(),
        pa.int32(),
        pa.float32(),
        pa.bool_(),
        pa.binary(),
        pa.timestamp("us", tz="UTC"),
    }

    def check(field: pa.Field) -> None:
        if pa.types.is_list(field.type):
            assert not field.nullable, f"{field.name}: a null list becomes an empty one somewhere"
            assert not field.type.value_field.nullable
            check(field.type.value_field)
        elif pa.types.is_struct(field.type):
            for inner in field.type:
                check(inner)
        else:
            assert field.type in allowed, field.name

    for field in table.schema:
        check(field)


@EVERY_TABLE
def test_no_column_is_named_like_a_partition(table: Table):
    assert not {"event_date", "run_date"} & set(table.schema.names)


@EVERY_TABLE
def test_every_column_is_described_and_nullable_exactly_as_its_field(table: Table):
    hints = described(table.element)
    for column in golden(table)["columns"]:
        assert column["description"]
        expected = NoneType in get_args(hints.get(column["name"], str))
        assert column["nullable"] == expected, column["name"]


@EVERY_TABLE
def test_the_layout_names_columns_that_exist(table: Table, tmp_path: Path):
    leaves = {
        column.path
        for column in pq.ParquetFile(written(table, tmp_path, SAMPLES[table.name])).schema
    }
    named = {*table.sort, *table.ties, table.shard_by}
    assert named | {*table.dictionary, *table.statistics, *table.bloom} <= leaves
    opaque = {"text", "summary", "title", "sketch", "story_terms", "payload"}
    assert leaves - {*table.statistics} <= opaque


def test_the_articles_table_starts_and_ends_as_published():
    names = ARTICLES.schema.names
    assert names[:4] == ["id", "url", "canonical_url", "source"]
    added = [
        "fetched_url",
        *("story_terms", "story_terms_version"),
        *("metadata_evidence", "based_on", "amp_url"),
    ]
    assert names[-8:] == ["schema_version", "run_id", *added]
    assert str(ARTICLES.schema.field("event_at").type) == "timestamp[us, tz=UTC]"


def test_the_description_names_every_column_of_every_table():
    text = describe()
    for contract in describe_json():
        assert f"{contract['table']}/" in text
        for column in contract["columns"]:
            assert column["description"] in text
    assert "entities[].start" in text
    assert "dateline.place" in text


# ------------------------------------------------------------------------ rows, there and back

INSTANTS = st.datetimes(
    min_value=datetime(1900, 1, 1), max_value=datetime(2100, 1, 1), timezones=st.just(UTC)
).map(lambda instant: instant.replace(fold=0))
LEAVES = {
    str: st.text(max_size=20),  # without surrogates, which are not text
    int: st.integers(-(2**31), 2**31 - 1),
    float: st.floats(width=32, allow_nan=False),
    bool: st.booleans(),
    bytes: st.binary(max_size=20),
    datetime: INSTANTS,
}


def values_of(annotation: Any) -> st.SearchStrategy:
    if get_origin(annotation) is tuple:
        return st.lists(values_of(get_args(annotation)[0]), max_size=3).map(tuple)
    if get_origin(annotation) is UnionType:
        (inner,) = (one for one in get_args(annotation) if one is not NoneType)
        return st.none() | values_of(inner)
    if is_dataclass(annotation):
        return elements_of(annotation)
    return LEAVES[annotation]


def elements_of(element: Any, **carried: Any) -> st.SearchStrategy:
    values = {name: values_of(hint) for name, hint in described(element).items()}
    return st.builds(element, **values, **{k: st.just(v) for k, v in carried.items()})


ORIGIN = Origin("d", "feed", "i", "u", "s", known=None)


@EVERY_TABLE
def test_whatever_an_element_carries_comes_back_from_the_file(table: Table, tmp_path: Path):
    carried = {"origin": ORIGIN} if "origin" in {f.name for f in fields(table.element)} else {}

    # Without shrinking: an element has so many fields that it takes minutes.
    @settings(max_examples=12, deadline=None, database=None, phases=[Phase.generate])
    @given(st.lists(elements_of(table.element, **carried), min_size=1, max_size=4))
    def check(elements: list[Any]) -> None:
        path = written(table, tmp_path, *elements)
        rows = pq.read_table(path, partitioning=None).to_pylist()
        back = [from_row(table, row, **carried) for row in rows]
        assert sorted(map(repr, back)) == sorted(map(repr, elements))
        assert {row["run_id"] for row in rows} == {"r1"}

    check()


def test_a_time_without_zone_is_refused():
    with pytest.raises(ValueError, match="no time zone"):
        to_row(ARTICLES, replace(article(1), updated_at=datetime(2024, 1, 1)), "r1")


def test_a_time_in_another_zone_is_the_same_instant_in_the_file():
    east = timezone(timedelta(hours=9))
    moved = replace(article(1), updated_at=datetime(2024, 11, 1, 3, 0, 0, 7, tzinfo=east))
    (row,) = to_table(ARTICLES, [moved], "r1").to_pylist()
    assert row["updated_at"] == datetime(2024, 10, 31, 18, 0, 0, 7, tzinfo=UTC)


def test_a_missing_value_in_a_required_column_is_refused(tmp_path: Path):
    broken = replace(article(1), source=None)  # type: ignore[arg-type]
    with pytest.raises(pa.ArrowInvalid, match="non-nullable"):
        written(ARTICLES, tmp_path, article(2), broken)


def test_a_missing_value_inside_a_list_is_refused(tmp_path: Path):
    broken = replace(article(1), tags=("ferries", None))  # type: ignore[arg-type]
    with pytest.raises(pa.ArrowInvalid, match="non-nullable"):
        written(ARTICLES, tmp_path, broken)


def test_a_row_of_a_file_that_lacks_a_later_column_takes_its_default():
    row = to_row(FEEDS, poll(1), "r1")
    del row["listed"], row["last_new_at"]
    assert from_row(FEEDS, row) == replace(poll(1), listed=())
    assert from_row(FEEDS, row | {"listed": None}) == replace(poll(1), listed=())


def test_a_dataclass_without_descriptions_is_no_table():
    assert described(Known) == {}
    assert "origin" not in described(Article)
    assert {"payload", "payload_type"}.isdisjoint(described(FeedPoll))
    assert SCHEMA_VERSION == "1"
