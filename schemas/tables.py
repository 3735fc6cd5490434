"""The tables of a dataset: Parquet schemas derived from the elements' annotations.

A table's columns are the described fields of its element plus the columns that say which run
and which schema version wrote the row. The order of the columns is published here, once; how
a field becomes a column is in `schemas.columns`.

`python -m schemas.tables` rewrites the golden files of the current version, which are the
contract with consumers.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal

import pyarrow as pa

from schemas.columns import described, leaves, pack, required_text, schema_of, unpack
from schemas.elements import Alias, Article, FeedPoll, Outcome, Reject

SCHEMA_VERSION: Final = "1"
GOLDEN: Final = Path(__file__).parent / "golden"

# Columns that the table adds to what the element carries.
RUN_COLUMNS: Final = {
    "run_id": "The run that wrote the row; starts with the run's logical time",
    "schema_version": "Version of this table's schema",
}


@dataclass(frozen=True)
class Table:
    """One table: where its rows come from and how its files are laid out.

    `sort` is declared in the files; `ties` orders rows that are equal in it. `shard_by` is the
    column whose hash picks the file. Paths in `dictionary`, `statistics` and `bloom` are
    Parquet leaf paths (`tags.list.element`).
    """

    name: str
    element: type
    schema: pa.Schema
    partition: Literal["event_date", "run_date"]
    sort: tuple[str, ...]
    ties: tuple[str, ...]
    shard_by: str
    dictionary: tuple[str, ...]
    statistics: tuple[str, ...]
    bloom: tuple[str, ...]


# Free text and opaque bytes: their smallest and largest value help no reader.
_WITHOUT_STATISTICS: Final = {"text", "summary", "title", "sketch", "story_terms", "payload"}


def _table(
    name: str,
    element: type,
    *versions: str,
    partition: Literal["event_date", "run_date"],
    sort: str,
    ties: str,
    shard_by: str,
    dictionary: str,
    bloom: str = "",
) -> Table:
    known = described(element) | {name: required_text(text) for name, text in RUN_COLUMNS.items()}
    schema = schema_of({column: known[column] for column in names.split()} for names in versions)
    return Table(
        name=name,
        element=element,
        schema=schema,
        partition=partition,
        sort=tuple(sort.split()),
        ties=tuple(ties.split()),
        shard_by=shard_by,
        dictionary=tuple(dictionary.split()),
        statistics=tuple(
            leaf
            for field in schema
            if field.name not in _WITHOUT_STATISTICS
            for leaf in leaves(field)
        ),
        bloom=tuple(bloom.split()),
    )


ARTICLES: Final = _table(
    "articles",
    Article,
    """
    id url canonical_url source feed_url archive_ref
    title summary section tags authors image_url site_name
    event_at event_at_source published_at published_precision published_zone published_evidence
    updated_at retrieved_at
    language language_score
    text text_length content_hash quality_flags paywalled rights
    dateline
    wire_source wire_inferred wire_contributors wire_evidence
    entities entities_model
    dates dates_model
    sketch sketch_version duplicate_group duplicate_relation duplicate_of duplicate_similarity
    story_id story_score
    version first_seen_at extractor extractor_version schema_version run_id
    """,
    "fetched_url",
    "story_terms story_terms_version",
    "metadata_evidence based_on amp_url",
    partition="event_date",
    sort="source event_at",
    ties="id version",
    shard_by="id",
    dictionary="""
    source feed_url section tags.list.element site_name event_at_source
    published_precision published_zone published_evidence.list.element.source
    published_evidence.list.element.precision published_evidence.list.element.zone
    language quality_flags.list.element rights.list.element
    wire_source wire_contributors.list.element
    entities.list.element.type entities.list.element.country entities_model
    dates.list.element.type dates.list.element.anchor dates_model
    metadata_evidence.list.element.field metadata_evidence.list.element.source
    sketch_version story_terms_version duplicate_relation
    extractor extractor_version schema_version run_id
    """,
    bloom="id canonical_url content_hash",
)

LEDGER: Final = _table(
    "ledger",
    Outcome,
    "run_id url article_id feed_url source host outcome stage reason detail at",
    partition="run_date",
    sort="source url",
    ties="feed_url",
    shard_by="url",
    dictionary="run_id feed_url source host outcome stage reason",
    bloom="url article_id",
)

REJECTS: Final = _table(
    "rejects",
    Reject,
    """
    run_id url feed_url source stage reason detail payload payload_type archive_ref
    attempts versions at
    """,
    partition="run_date",
    sort="source url",
    ties="feed_url",
    shard_by="url",
    dictionary="run_id feed_url source stage reason payload_type versions",
    bloom="url",
)

FEEDS: Final = _table(
    "feeds",
    FeedPoll,
    """
    run_id feed_url fetched_url kind title outcome reason detail http_status etag last_modified
    body_hash entries new_entries error_streak last_success_at last_new_at next_due_at
    interval_seconds health id_policy at listed
    """,
    """
    due_reason flags asked_seconds skips gap_seconds newest_at moved_to moved_since moved_polls
    index_url children waiting aliases
    """,
    partition="run_date",
    sort="feed_url at",
    ties="",
    shard_by="feed_url",
    dictionary="""
    run_id kind outcome reason health id_policy listed.list.element.outcome due_reason
    flags.list.element index_url
    """,
)

ALIASES: Final = _table(
    "aliases",
    Alias,
    "run_id kind from_id to_id at",
    partition="run_date",
    sort="kind from_id",
    ties="to_id",
    shard_by="from_id",
    dictionary="run_id kind",
)

TABLES: Final[dict[str, Table]] = {
    table.name: table for table in (ARTICLES, LEDGER, REJECTS, FEEDS, ALIASES)
}


# ---------------------------------------------------------------- elements to rows, and back


def to_row(table: Table, element: Any, run_id: str) -> dict[str, Any]:
    """The row of `element`: column name to plain Python value, in the table's column order.

    Raises ValueError for a time without zone.
    """
    packed = pack(table.element, element)
    packed |= {"run_id": run_id, "schema_version": SCHEMA_VERSION}
    return {name: packed[name] for name in table.schema.names}


def from_row(table: Table, row: Mapping[str, Any], **carried: Any) -> Any:
    """The element of a row that was read back.

    `carried` gives the fields that are never written; those with a default may be left out.
    """
    return unpack(table.element, row, carried)


def to_table(table: Table, elements: Iterable[Any], run_id: str) -> pa.Table:
    """The rows of `elements`, in their order, with exactly the table's schema."""
    rows = [to_row(table, element, run_id) for element in elements]
    return pa.Table.from_pylist(rows, schema=table.schema)


# ----------------------------------------------------------------------------- the contract


# pyarrow's names of two types do not say what the contract promises.
_TYPE_NAMES: Final = {"float": "float32", "timestamp[us, tz=UTC]": "timestamp[us, UTC]"}


def _contract(field: pa.Field) -> dict[str, Any]:
    metadata = field.metadata or {}
    inner: list[pa.Field] = []
    name = _TYPE_NAMES.get(str(field.type), str(field.type))
    if pa.types.is_list(field.type):
        name, inner = "list", [field.type.value_field]
    elif pa.types.is_struct(field.type):
        name, inner = "struct", list(field.type)
    column = {
        "id": int(metadata[b"PARQUET:field_id"]),
        "name": field.name,
        "type": name,
        "nullable": field.nullable,
        "description": metadata.get(b"description", b"").decode(),
    }
    return column | ({"fields": [_contract(one) for one in inner]} if inner else {})


def golden(table: Table, schema: pa.Schema | None = None) -> dict[str, Any]:
    """The published contract of `table`, of its schema or of one read from a file."""
    return {
        "table": table.name,
        "schema_version": SCHEMA_VERSION,
        "partition": table.partition,
        "columns": [_contract(field) for field in schema or table.schema],
    }


def golden_path(table: Table) -> Path:
    """The golden file of the current version of `table`."""
    return GOLDEN / f"{table.name}-v{SCHEMA_VERSION}.json"


def golden_text(table: Table) -> str:
    """What the golden file holds."""
    return json.dumps(golden(table), indent=1, ensure_ascii=False) + "\n"


def describe_json() -> list[dict[str, Any]]:
    """The contracts of all tables."""
    return [golden(table) for table in TABLES.values()]


def _lines(columns: Iterable[Mapping[str, Any]], prefix: str = "") -> Iterator[tuple[str, ...]]:
    for column in columns:
        path, kind = prefix + column["name"], column["type"]
        inner = column.get("fields", [])
        if kind == "list":
            (element,) = inner
            path, inner = f"{path}[]", element.get("fields", [])
            kind = f"list of {element['type']}"
        yield path, kind, "null" if column["nullable"] else "", column["description"]
        yield from _lines(inner, f"{path}.")


def describe() -> str:
    """The contract as text: for each table a line for each column, nested ones by path."""
    parts = []
    for table in TABLES.values():
        rows = list(_lines(golden(table)["columns"]))
        path, kind = (max(len(row[i]) for row in rows) for i in (0, 1))
        files = f"{table.name}/{table.partition}=YYYY-MM-DD/*.parquet"
        parts.append(f"{files}, version {SCHEMA_VERSION}")
        parts += [f"  {p:<{path}}  {k:<{kind}}  {null:<4}  {text}" for p, k, null, text in rows]
        parts.append("")
    return "\n".join(parts)


if __name__ == "__main__":
    for written in TABLES.values():
        golden_path(written).write_text(golden_text(written), encoding="utf-8")
