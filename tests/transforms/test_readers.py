"""The questions that every reader of a dataset must answer, over files of the real writer.

The right answers come from the elements that were written, not from another reader.
"""

import shutil
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any, Protocol

import duckdb
import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.dataset as ds
import pyarrow.parquet as pq
import pytest

from schemas.elements import Article
from schemas.tables import ARTICLES, TABLES
from tests.rows import FIRST_DAY, TEXT, article, mention, outcome
from transforms.commit import commit
from transforms.write import partition_of, write_file

ONE_DAY = date(2024, 10, 30)
HOUR = timedelta(hours=1)


def written() -> list[list[Article]]:
    """What two runs store: five days of two articles, then a second version and a sixth day."""
    edited = f"Correction. {TEXT}"
    again = article(
        3,
        version=2,
        text=edited,
        text_length=len(edited),
        entities=(mention(edited, "Quellmoor", "GPE"), mention(edited, "👩‍👩‍👧", "ORG")),
    )
    exact = datetime.fromisoformat("2024-11-03T23:59:59.999999+00:00")
    return [
        [article(n) for n in range(10)],
        [again, article(10, event_at=exact, published_at=exact), article(11, entities=())],
    ]


EVERYTHING = [made for run in written() for made in run]


@pytest.fixture(scope="module")
def dataset(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A dataset of two runs, with all that may lie beside its tables."""
    root = tmp_path_factory.mktemp("news")
    for n, articles in enumerate(written()):
        run_id, at = f"2024110{n + 1}T120000Z", FIRST_DAY + n * HOUR
        staged = [
            write_file(TABLES["ledger"], [outcome(n)], str(root), "run_date=2024-11-01", run_id, 0)
        ]
        for day in sorted({partition_of(ARTICLES, made, at) for made in articles}):
            those = [made for made in articles if partition_of(ARTICLES, made, at) == day]
            staged.append(write_file(ARTICLES, those, str(root), day, run_id, 0))
        commit(str(root), run_id, [file for file in staged if file], {})
    # A run under way, a run that was killed, and what editors and file systems leave.
    write_file(ARTICLES, [article(50)], str(root), "event_date=2024-10-30", "20241105T0Z", 0)
    whole = next(root.glob("articles/*/*.parquet"))
    for stray in ("_staging/x/event_date=2024-10-30", "_meta/event_date=2024-10-30"):
        (root / stray).mkdir(parents=True)
        shutil.copy(whole, root / stray / "stray.parquet")
    (root / "_staging/half.parquet").write_bytes(b"PAR1")
    (root / "_meta/_SUCCESS").touch()
    return root


@pytest.fixture
def only_one_day(dataset: Path, tmp_path: Path) -> Path:
    """The dataset with every other day's files made unreadable."""
    root = tmp_path / "one-day"
    shutil.copytree(dataset, root)
    for path in root.glob("articles/*/*.parquet"):
        if path.parent.name != f"event_date={ONE_DAY}":
            path.write_bytes(b"not Parquet")
    return root


@pytest.fixture(params=["the older file first", "the newer file first"])
def mixed(dataset: Path, tmp_path: Path, request: pytest.FixtureRequest) -> Path:
    """The dataset with a file of an earlier schema version, which lacks the last columns."""
    root = tmp_path / "mixed"
    shutil.copytree(dataset, root)
    newer = sorted(root.glob("articles/*/*.parquet"))
    source = newer[0] if "older" in request.param else newer[-1]
    older = source.with_name(f"{'0' if 'older' in request.param else 'z'}.parquet")
    table = pq.ParquetFile(source).read()
    names = ARTICLES.schema.names
    pq.write_table(table.drop_columns(names[names.index("run_id") :]), older)
    source.unlink()
    files = sorted(root.glob("articles/*/*.parquet"))
    assert older in (files[0], files[-1])
    return root


class Reader(Protocol):
    """How one library reads the articles of a dataset, by the recipe that we document."""

    def __init__(self, root: Path) -> None: ...
    def count(self) -> int: ...
    def by_source(self) -> dict[str, int]: ...
    def ids_of_day(self, day: date) -> set[str]: ...
    def row(self, id_: str) -> dict[str, Any]: ...
    def entity_counts(self) -> dict[str, int]: ...
    def wrong_spans(self) -> int: ...
    def ids_like(self, words: str) -> set[str]: ...
    def latest(self) -> dict[str, int]: ...
    def runs(self) -> set[str | None]: ...


class WithDuckDB:
    def __init__(self, root: Path) -> None:
        self.articles = (
            f"read_parquet('{root}/articles/event_date=*/*.parquet', union_by_name=true)"
        )
        self.database = duckdb.connect()
        self.database.execute("SET TimeZone = 'UTC'")

    def ask(self, query: str, *values: Any) -> list[tuple[Any, ...]]:
        query = query.replace("articles", self.articles)
        return self.database.execute(query, list(values)).fetchall()

    def count(self) -> int:
        return self.ask("SELECT count(*) FROM articles")[0][0]

    def by_source(self) -> dict[str, int]:
        return dict(self.ask("SELECT source, count(*) FROM articles GROUP BY 1"))

    def ids_of_day(self, day: date) -> set[str]:
        return {id_ for (id_,) in self.ask("SELECT id FROM articles WHERE event_date = ?", day)}

    def row(self, id_: str) -> dict[str, Any]:
        ((text, event_at),) = self.ask("SELECT text, event_at FROM articles WHERE id = ?", id_)
        return {"text": text, "event_at": event_at}

    def entity_counts(self) -> dict[str, int]:
        query = (
            "SELECT e.name, count(*) FROM (SELECT unnest(entities) AS e FROM articles) GROUP BY 1"
        )
        return dict(self.ask(query))

    def wrong_spans(self) -> int:
        query = """
            SELECT count(*) FROM (SELECT text, unnest(entities) AS e FROM articles)
            WHERE substring(text, e.start + 1, e."end" - e.start) != e.text
        """
        return self.ask(query)[0][0]

    def ids_like(self, words: str) -> set[str]:
        query = "SELECT id FROM articles WHERE text LIKE '%' || ? || '%'"
        return {id_ for (id_,) in self.ask(query, words)}

    def latest(self) -> dict[str, int]:
        query = """
            SELECT id, version FROM articles
            QUALIFY row_number() OVER (PARTITION BY id ORDER BY version DESC) = 1
        """
        return dict(self.ask(query))

    def runs(self) -> set[str | None]:
        return {run_id for (run_id,) in self.ask("SELECT DISTINCT run_id FROM articles")}


class WithPolars:
    def __init__(self, root: Path) -> None:
        columns = pl.from_arrow(ARTICLES.schema.empty_table()).schema
        self.articles = pl.scan_parquet(
            f"{root}/articles/event_date=*/*.parquet",
            schema=columns,
            missing_columns="insert",
            extra_columns="ignore",
            hive_partitioning=True,
        )

    def count(self) -> int:
        return self.articles.select(pl.len()).collect().item()

    def by_source(self) -> dict[str, int]:
        return dict(self.articles.group_by("source").len().collect().iter_rows())

    def ids_of_day(self, day: date) -> set[str]:
        return set(self.articles.filter(pl.col("event_date") == day).collect()["id"])

    def row(self, id_: str) -> dict[str, Any]:
        found = self.articles.filter(pl.col("id") == id_).select("text", "event_at").collect()
        return found.row(0, named=True)

    def entity_counts(self) -> dict[str, int]:
        each = self.articles.select("entities").explode("entities").drop_nulls()
        return dict(each.unnest("entities").group_by("name").len().collect().iter_rows())

    def wrong_spans(self) -> int:
        each = self.articles.select("text", e="entities").explode("e").drop_nulls("e")
        start, end = (pl.col("e").struct.field(name) for name in ("start", "end"))
        found = pl.col("text").str.slice(start, end - start)
        return each.filter(found != pl.col("e").struct.field("text")).collect().height

    def ids_like(self, words: str) -> set[str]:
        like = pl.col("text").str.contains(words, literal=True)
        return set(self.articles.filter(like).select("id").collect()["id"])

    def latest(self) -> dict[str, int]:
        newest = self.articles.sort("version").unique("id", keep="last", maintain_order=True)
        return dict(newest.select("id", "version").collect().iter_rows())

    def runs(self) -> set[str | None]:
        return set(self.articles.select("run_id").collect()["run_id"])


class WithPyArrow:
    def __init__(self, root: Path) -> None:
        day = pa.field("event_date", pa.date32())
        self.articles = ds.dataset(
            f"{root}/articles",
            schema=ARTICLES.schema.append(day),
            partitioning=ds.partitioning(pa.schema([day]), flavor="hive"),
        )

    def count(self) -> int:
        return self.articles.count_rows()

    def by_source(self) -> dict[str, int]:
        return Counter(self.articles.to_table(columns=["source"])["source"].to_pylist())

    def ids_of_day(self, day: date) -> set[str]:
        found = self.articles.to_table(columns=["id"], filter=ds.field("event_date") == day)
        return set(found["id"].to_pylist())

    def row(self, id_: str) -> dict[str, Any]:
        (row,) = self.articles.to_table(
            columns=["text", "event_at"], filter=ds.field("id") == id_
        ).to_pylist()
        return row

    def entity_counts(self) -> dict[str, int]:
        lists = self.articles.to_table(columns=["entities"])["entities"].to_pylist()
        return Counter(entity["name"] for entities in lists for entity in entities)

    def wrong_spans(self) -> int:
        rows = self.articles.to_table(columns=["text", "entities"]).to_pylist()
        return sum(
            row["text"][e["start"] : e["end"]] != e["text"] for row in rows for e in row["entities"]
        )

    def ids_like(self, words: str) -> set[str]:
        like = pa.compute.match_substring(ds.field("text"), words)
        return set(self.articles.to_table(columns=["id"], filter=like)["id"].to_pylist())

    def latest(self) -> dict[str, int]:
        rows = self.articles.to_table(columns=["id", "version"]).group_by("id")
        newest = rows.aggregate([("version", "max")]).to_pylist()
        return {row["id"]: row["version_max"] for row in newest}

    def runs(self) -> set[str | None]:
        return set(self.articles.to_table(columns=["run_id"])["run_id"].to_pylist())


class WithPandas:
    def __init__(self, root: Path) -> None:
        columns = ARTICLES.schema.append(pa.field("event_date", pa.date32()))

        def read(**options: Any) -> pd.DataFrame:
            return pd.read_parquet(f"{root}/articles", schema=columns, **options)

        self.read: Callable[..., pd.DataFrame] = read

    def count(self) -> int:
        return len(self.read())

    def by_source(self) -> dict[str, int]:
        return self.read(columns=["source"])["source"].value_counts().to_dict()

    def ids_of_day(self, day: date) -> set[str]:
        return set(self.read(columns=["id"], filters=[("event_date", "==", day)])["id"])

    def row(self, id_: str) -> dict[str, Any]:
        found = self.read(columns=["text", "event_at"], filters=[("id", "==", id_)]).iloc[0]
        return {"text": found["text"], "event_at": found["event_at"].to_pydatetime()}

    def entity_counts(self) -> dict[str, int]:
        each = self.read(columns=["entities"])["entities"].explode().dropna()
        return each.map(lambda entity: entity["name"]).value_counts().to_dict()

    def wrong_spans(self) -> int:
        each = self.read(columns=["text", "entities"]).explode("entities").dropna()
        pairs = zip(each["text"], each["entities"], strict=True)
        return sum(text[e["start"] : e["end"]] != e["text"] for text, e in pairs)

    def ids_like(self, words: str) -> set[str]:
        articles = self.read(columns=["id", "text"])
        return set(articles[articles["text"].str.contains(words, regex=False)]["id"])

    def latest(self) -> dict[str, int]:
        newest = self.read(columns=["id", "version"]).groupby("id")["version"].max()
        return newest.to_dict()

    def runs(self) -> set[str | None]:
        found = self.read(columns=["run_id"])["run_id"]
        return {None if pd.isna(run_id) else run_id for run_id in found}


READERS = [WithDuckDB, WithPolars, WithPyArrow, WithPandas]
EVERY_READER = pytest.mark.parametrize(
    "reader", READERS, ids=[reader.__name__.removeprefix("With") for reader in READERS]
)


@EVERY_READER
def test_the_count_is_right_whatever_lies_beside_the_table(reader: type[Reader], dataset: Path):
    assert reader(dataset).count() == len(EVERYTHING) == 13


@EVERY_READER
def test_the_articles_of_each_source_are_counted(reader: type[Reader], dataset: Path):
    assert reader(dataset).by_source() == Counter(made.source for made in EVERYTHING)


@EVERY_READER
def test_a_day_holds_the_articles_whose_event_lies_in_it(reader: type[Reader], dataset: Path):
    for day in {made.event_at.date() for made in EVERYTHING}:
        expected = {made.id for made in EVERYTHING if made.event_at.date() == day}
        assert reader(dataset).ids_of_day(day) == expected


@pytest.mark.parametrize("reader", READERS[1:], ids=["Polars", "PyArrow", "Pandas"])
def test_one_day_is_read_from_one_folder(reader: type[Reader], only_one_day: Path):
    assert reader(only_one_day).ids_of_day(ONE_DAY) == {article(2).id, article(3).id}


def test_one_day_is_read_from_one_folder_by_duckdb(dataset: Path):
    """It opens the footers of all files, to unite their schemas, but reads one folder's rows."""
    query = f"EXPLAIN ANALYZE SELECT id, text FROM articles WHERE event_date = '{ONE_DAY}'"
    ((_, plan),) = WithDuckDB(dataset).ask(query)
    files = len(list(dataset.glob("articles/*/*")))
    read = len(list(dataset.glob(f"articles/event_date={ONE_DAY}/*")))
    assert f"Scanning Files: {read}/{files}" in plan
    assert read < files


@EVERY_READER
def test_an_article_comes_back_with_its_exact_text_and_microsecond(
    reader: type[Reader], dataset: Path
):
    for made in (article(1), EVERYTHING[11]):
        assert reader(dataset).row(made.id) == {"text": made.text, "event_at": made.event_at}
    assert EVERYTHING[11].event_at.microsecond == 999999


@EVERY_READER
def test_entities_are_counted_by_unnesting(reader: type[Reader], dataset: Path):
    expected = Counter(entity.name for made in EVERYTHING for entity in made.entities)
    assert expected == {"Quellmoor": 12, "👩‍👩‍👧": 12, "Ilse Brandt": 11}
    assert reader(dataset).entity_counts() == expected


@EVERY_READER
def test_offsets_count_code_points_even_behind_emoji(reader: type[Reader], dataset: Path):
    assert reader(dataset).wrong_spans() == 0


@EVERY_READER
def test_words_are_found_in_the_text(reader: type[Reader], dataset: Path):
    everyone = {made.id for made in EVERYTHING}
    assert reader(dataset).ids_like("👩‍👩‍👧 sails") == everyone
    assert reader(dataset).ids_like("Correction.") == {article(3).id}
    assert reader(dataset).ids_like("no such words") == set()


@EVERY_READER
def test_the_latest_version_of_each_article_is_found(reader: type[Reader], dataset: Path):
    expected = {made.id: 1 for made in EVERYTHING} | {article(3).id: 2}
    assert reader(dataset).latest() == expected


@EVERY_READER
def test_files_of_two_schema_versions_are_read_together(reader: type[Reader], mixed: Path):
    read = reader(mixed)
    assert read.count() == 13
    assert read.runs() == {None, "20241101T120000Z", "20241102T120000Z"}
    assert read.latest() == {made.id: 1 for made in EVERYTHING} | {article(3).id: 2}
    assert read.row(article(1).id)["text"] == article(1).text


def test_every_file_lies_in_the_folder_of_its_events(dataset: Path):
    paths = list(dataset.glob("articles/*/*.parquet"))
    assert paths
    for path in paths:
        events = pq.ParquetFile(path).read(["event_at"])["event_at"].to_pylist()
        assert {f"event_date={event.date()}" for event in events} == {path.parent.name}


def test_the_reading_of_spans_would_notice_a_wrong_one(tmp_path: Path):
    right = article(1)
    off = tuple(replace(e, start=e.start + 1, end=e.end + 1) for e in right.entities)
    wrong = replace(right, entities=off)
    staged = write_file(ARTICLES, [wrong], str(tmp_path), "event_date=2024-10-29", "r", 0)
    assert staged is not None
    commit(str(tmp_path), "r", [staged], {})
    assert [reader(tmp_path).wrong_spans() for reader in READERS] == [3, 3, 3, 3]
