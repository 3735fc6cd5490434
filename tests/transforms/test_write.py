import os
import random
import stat
from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import apache_beam as beam
import pyarrow.parquet as pq
import pytest
from apache_beam.runners.portability.fn_api_runner import FnApiRunner
from apache_beam.testing.test_pipeline import TestPipeline
from apache_beam.testing.util import assert_that, equal_to
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.elements import Run, StagedFile
from schemas.tables import ARTICLES, LEDGER, TABLES, Table
from tests.rows import FIRST_DAY, alias, article, outcome, poll, reject
from transforms.write import (
    ROWS_PER_GROUP,
    WriteTable,
    partition_of,
    sha256_of,
    shard_of,
    verify,
    write_file,
)

DAY = "event_date=2024-10-29"
RUN = "20241029T120000Z-a1"
MAKERS = {
    "articles": article,
    "ledger": outcome,
    "rejects": reject,
    "feeds": poll,
    "aliases": alias,
}


def stage(root: Path, *elements: Any, table: Table = ARTICLES, shard: int = 0) -> StagedFile:
    partition = DAY if table is ARTICLES else "run_date=2024-10-29"
    staged = write_file(table, elements, str(root), partition, RUN, shard)
    assert staged is not None
    return staged


def path_of(root: Path, staged: StagedFile) -> Path:
    return root / "_staging" / staged.run_id / staged.table / staged.partition / staged.name


def files_in(root: Path) -> list[str]:
    return sorted(str(p.relative_to(root)) for p in root.rglob("*") if p.is_file())


# --------------------------------------------------------------------------- what is written


def test_the_staged_file_is_what_its_description_says(tmp_path: Path):
    staged = stage(tmp_path, article(0), article(1))
    path = path_of(tmp_path, staged)
    assert files_in(tmp_path) == [str(path.relative_to(tmp_path))]
    assert staged.name == f"{RUN}-0-{staged.sha256[:12]}.parquet"
    assert staged.sha256 == sha256_of(path)
    assert staged.bytes == path.stat().st_size
    assert (staged.rows, staged.schema_version, staged.run_id) == (2, "1", RUN)
    assert (staged.min_event_at, staged.max_event_at) == (article(0).event_at, article(1).event_at)


def test_a_staged_file_can_be_read_by_others_than_its_writer(tmp_path: Path):
    mode = path_of(tmp_path, stage(tmp_path, article(0))).stat().st_mode
    assert stat.S_IMODE(mode) == 0o644


def test_no_elements_write_nothing(tmp_path: Path):
    assert write_file(ARTICLES, [], str(tmp_path), DAY, RUN, 0) is None
    assert files_in(tmp_path) == []


@pytest.mark.parametrize("run_id", ["../r", "", "a/b", ".hidden", "r\n"])
def test_a_run_id_that_cannot_be_a_name_is_refused(run_id: str, tmp_path: Path):
    with pytest.raises(ValueError, match="run id"):
        write_file(ARTICLES, [article(0)], str(tmp_path), DAY, run_id, 0)
    assert files_in(tmp_path) == []


def test_a_write_that_fails_leaves_no_file(tmp_path: Path):
    broken = replace(article(1), source=None)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="non-nullable"):
        stage(tmp_path, article(0), broken)
    assert files_in(tmp_path) == []


# ----------------------------------------------------------------------- same rows, same bytes


@settings(max_examples=15, deadline=None)
@given(order=st.permutations([*range(6), 0, 1]))
def test_any_order_of_the_same_elements_gives_the_same_file(
    order: list[int], tmp_path_factory: pytest.TempPathFactory
):
    same_time = [article(n, event_at=FIRST_DAY, source="Paper") for n in range(6)]
    first, second = (tmp_path_factory.mktemp("order") for _ in range(2))
    expected = stage(first, *same_time, same_time[0], same_time[1])
    staged = stage(second, *(same_time[n] for n in order))
    assert staged == expected
    assert path_of(first, expected).read_bytes() == path_of(second, staged).read_bytes()


@pytest.mark.parametrize("table", TABLES.values(), ids=list(TABLES))
def test_rows_that_are_equal_in_all_sort_columns_still_have_one_order(table: Table, tmp_path: Path):
    elements = [MAKERS[table.name](1) for _ in range(6)]
    if table is LEDGER:
        elements = [replace(one, detail=f"{n}") for n, one in enumerate(elements)]
    names = set()
    for seed in range(4):
        random.Random(seed).shuffle(elements)
        names.add(stage(tmp_path, *elements, table=table).name)
    assert len(names) == 1


def test_other_rows_give_another_name(tmp_path: Path):
    names = {
        stage(tmp_path, article(0)).name,
        stage(tmp_path, article(0, title="Ferry report, corrected")).name,
        stage(tmp_path, article(0), shard=1).name,
    }
    assert len(names) == 3


def test_a_second_attempt_ends_with_the_same_single_file(tmp_path: Path):
    first = stage(tmp_path, article(0), article(1))
    assert stage(tmp_path, article(1), article(0)) == first
    assert len(files_in(tmp_path)) == 1


def test_nothing_of_this_machine_or_moment_is_in_the_file(tmp_path: Path):
    metadata = pq.read_metadata(path_of(tmp_path, stage(tmp_path, article(0))))
    ours = {k.decode(): v.decode() for k, v in metadata.metadata.items() if b"newsbeam" in k}
    assert ours.pop("newsbeam.writer").startswith("newsbeam/")
    assert ours == {"newsbeam.schema_version": "1", "newsbeam.run_id": RUN}
    content = path_of(tmp_path, stage(tmp_path, article(0))).read_bytes()
    assert str(tmp_path).encode() not in content
    assert os.uname().nodename.encode() not in content


# ----------------------------------------------------------------------- how it is written


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file of one row group and a bit."""
    root = tmp_path_factory.mktemp("large")
    rows = ROWS_PER_GROUP + 100
    elements = [article(n, event_at=FIRST_DAY + timedelta(seconds=n)) for n in range(rows)]
    return path_of(root, stage(root, *elements))


def test_row_groups_have_the_promised_size(large: Path):
    metadata = pq.read_metadata(large)
    rows = [metadata.row_group(i).num_rows for i in range(metadata.num_row_groups)]
    assert rows == [ROWS_PER_GROUP, 100]
    assert metadata.format_version == "2.6"


def test_every_column_is_zstd_with_plain_or_dictionary_pages_only(large: Path):
    group = pq.read_metadata(large).row_group(0)
    columns = [group.column(i) for i in range(group.num_columns)]
    assert {column.compression for column in columns} == {"ZSTD"}
    with_dictionary = {c.path_in_schema for c in columns if c.has_dictionary_page}
    # A list without an element has no dictionary page, and none but the named has one.
    assert with_dictionary <= set(ARTICLES.dictionary)
    assert {"source", "event_at_source", "entities.list.element.type"} <= with_dictionary
    assert {e for c in columns for e in c.encodings} <= {"PLAIN", "RLE", "RLE_DICTIONARY"}
    dictionary = {c.path_in_schema for c in columns if "RLE_DICTIONARY" in c.encodings}
    assert dictionary == set(ARTICLES.dictionary)


def test_statistics_and_page_index_are_on_all_but_free_text(large: Path):
    group = pq.read_metadata(large).row_group(0)
    columns = [group.column(i) for i in range(group.num_columns)]
    with_statistics = {c.path_in_schema for c in columns if c.is_stats_set}
    assert with_statistics == set(ARTICLES.statistics)
    assert {c.path_in_schema for c in columns if c.has_column_index} == with_statistics
    assert all(c.has_offset_index for c in columns)
    assert {c.path_in_schema for c in columns} - with_statistics == {
        "text",
        "summary",
        "title",
        "sketch",
        "story_terms",
    }


def test_bloom_filters_are_on_the_columns_of_look_ups_and_of_their_size(large: Path):
    metadata = pq.read_metadata(large)
    sizes = {
        (i, metadata.row_group(i).column(j).path_in_schema): metadata.row_group(i)
        .column(j)
        .bloom_filter_length
        for i in range(metadata.num_row_groups)
        for j in range(metadata.num_columns)
    }
    assert {path for (_, path), size in sizes.items() if size} == {
        "id",
        "canonical_url",
        "content_hash",
    }
    # 1 % false positives of 4,000 values take 8 KiB; the writer's own default would be 2 MiB.
    assert 4096 < max(filter(None, sizes.values())) < 9000


def test_the_rows_are_sorted_as_the_file_declares(large: Path):
    with pq.ParquetFile(large) as file:
        declared = file.metadata.row_group(0).sorting_columns
        paths = [file.schema.column(one.column_index).path for one in declared]
        assert paths == ["source", "event_at"]
        assert not any(one.descending or one.nulls_first for one in declared)
        rows = [(r["source"], r["event_at"]) for r in file.read(columns=paths).to_pylist()]
    assert rows == sorted(rows)


def test_lists_are_written_in_the_compliant_three_levels(large: Path):
    with pq.ParquetFile(large) as file:
        assert "tags.list.element" in {column.path for column in file.schema}
        assert file.metadata.metadata.keys() >= {b"ARROW:schema"}


def test_a_flipped_bit_is_noticed(tmp_path: Path):
    staged = stage(tmp_path, *(article(n) for n in range(40)))
    path = path_of(tmp_path, staged)
    whole = path.read_bytes()
    group = pq.read_metadata(path).row_group(0)
    (text,) = (
        group.column(i)
        for i in range(group.num_columns)
        if group.column(i).path_in_schema == "text"
    )
    at = text.data_page_offset + text.total_compressed_size // 2
    path.write_bytes(whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :])
    with pytest.raises(OSError, match=r"(?i)crc"):
        verify(ARTICLES, path, 40)


def test_a_file_with_other_rows_or_of_another_table_is_noticed(tmp_path: Path):
    path = path_of(tmp_path, stage(tmp_path, article(0)))
    verify(ARTICLES, path, 1)
    with pytest.raises(OSError, match="2 rows written, 1 read back"):
        verify(ARTICLES, path, 2)
    with pytest.raises(OSError, match="schema"):
        verify(LEDGER, path, 1)


# --------------------------------------------------------------------- partitions and shards


def test_an_article_belongs_to_the_utc_day_of_its_event():
    west = timezone(timedelta(hours=-5))
    late = article(0, event_at=datetime(2024, 10, 30, 23, 30, tzinfo=west))
    assert partition_of(ARTICLES, late, FIRST_DAY) == "event_date=2024-10-31"


def test_a_row_of_the_books_belongs_to_the_day_of_the_run():
    run_time = datetime(2024, 11, 2, 0, 30, tzinfo=timezone(timedelta(hours=1)))
    assert partition_of(LEDGER, outcome(0), run_time) == "run_date=2024-11-01"


def test_shards_are_even_and_depend_on_the_id_alone():
    shards = Counter(shard_of(ARTICLES, article(n), 4) for n in range(400))
    assert set(shards) == {0, 1, 2, 3}
    assert min(shards.values()) > 60
    assert shard_of(ARTICLES, article(7, text="Edited."), 4) == shard_of(ARTICLES, article(7), 4)


# ------------------------------------------------------------------------------- as a stage


def described(staged: StagedFile) -> tuple[str, str, int]:
    return staged.table, staged.partition, staged.rows


def test_the_stage_writes_one_file_for_each_day(tmp_path: Path):
    with TestPipeline(runner=FnApiRunner()) as pipeline:
        staged = (
            pipeline
            | beam.Create([article(n) for n in range(5)])
            | WriteTable("articles", str(tmp_path), Run(RUN, FIRST_DAY))
            | beam.Map(described)
        )
        expected = [("2024-10-29", 2), ("2024-10-30", 2), ("2024-10-31", 1)]
        assert_that(staged, equal_to([("articles", f"event_date={d}", n) for d, n in expected]))
    assert len(files_in(tmp_path)) == 3


def test_the_stage_writes_the_same_shards_for_any_order(tmp_path: Path):
    elements = [article(n, event_at=FIRST_DAY) for n in range(30)]
    names = []
    for attempt in ("one", "two"):
        elements.reverse()
        with TestPipeline(runner=FnApiRunner()) as pipeline:
            _ = (
                pipeline
                | beam.Create(elements)
                | WriteTable("articles", str(tmp_path / attempt), Run(RUN, FIRST_DAY), shards=3)
            )
        names.append(files_in(tmp_path / attempt))
    assert names[0] == names[1]
    assert len(names[0]) == 3
    rows = [pq.read_metadata(tmp_path / "one" / name).num_rows for name in names[0]]
    assert sum(rows) == 30


def test_the_stage_writes_nothing_for_an_empty_input(tmp_path: Path):
    with TestPipeline(runner=FnApiRunner()) as pipeline:
        staged = (
            pipeline
            | beam.Create([])
            | WriteTable("ledger", str(tmp_path), Run(RUN, datetime(2024, 11, 2, tzinfo=UTC)))
        )
        assert_that(staged, equal_to([]))
    assert files_in(tmp_path) == []
