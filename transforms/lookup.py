"""Look-ups in Parquet files by value, with DuckDB: it skips row groups by their bloom filters.

Files are always listed, never globbed, and values are always bound, never pasted into SQL.
"""

import os
import re
from collections.abc import Collection, Sequence
from functools import cache
from threading import Lock
from typing import Any, Final

from transforms.manifest import DatasetError

# Up to here a list of values is tested against bloom filters (measured on 40 files of 4,000
# rows: 64 absent ids take half the CPU that they take without filters, 256 the same); beyond,
# a hash join over the one column is cheaper (5,000 ids: 42 ms against 218 ms).
MOST_BOUND: Final = 256

# A path is a pattern to DuckDB: of the folders `we[i]rd` and `weird` it would open the second.
_PATTERN: Final = re.compile(r"([*?\[])")


# Files whose footers are kept in memory, 130 KB each (measured on `articles`): a stream reads
# new ones for ever.
MOST_FILES: Final = 500
_seen: set[str] = set()
_SEEN: Final = Lock()


@cache
def _database(process: int) -> Any:
    """One in-memory database for each process: opening one takes 26 ms, a cursor 0.1 ms.

    Keyed by process id, for a database does not survive a fork. It keeps the footers that it
    has read (a file never changes), fetches no extensions, and answers in UTC.
    """
    import duckdb  # imported when first needed: most processes look nothing up

    database = duckdb.connect(config={"autoinstall_known_extensions": False})
    database.execute("SET GLOBAL TimeZone = 'UTC'")
    database.execute("SET GLOBAL parquet_metadata_cache = true")
    return database


def _cursor(files: Sequence[str]) -> Any:
    """A cursor to read `files` with, of a database that remembers not too many others.

    One that does is left to end with the last of its cursors.
    """
    with _SEEN:
        if len(_seen) > MOST_FILES:
            _seen.clear()
            _database.cache_clear()
        _seen.update(files)
        return _database(os.getpid()).cursor()


def rows(
    files: Sequence[str],
    columns: Sequence[str],
    keys: Sequence[str],
    values: Collection[str],
) -> list[dict[str, Any]]:
    """The `columns` of all rows of `files` in which one of the columns `keys` is in `values`.

    No column names means all columns. Column names come from the code, values from anywhere.
    Files of several schema versions may be mixed: a column that a file lacks is null there.
    Raises DatasetError if a file is missing or broken.
    """
    if not files or not values:
        return []
    bound: list[Any] = [[_PATTERN.sub(r"[\1]", file) for file in files]]
    tests = []
    wanted = sorted(set(values))
    for key in keys:
        if len(wanted) <= MOST_BOUND:
            tests.append(f"{key} IN ({', '.join('?' * len(wanted))})")
            bound += wanted
        else:
            tests.append(f"{key} IN (SELECT unnest(?))")
            bound.append(wanted)
    query = (
        f"SELECT {', '.join(columns) or '*'} "
        "FROM read_parquet(?, union_by_name = true, hive_partitioning = false) "
        f"WHERE {' OR '.join(tests)}"
    )
    return answer(query, bound, files)


def every_row(files: Sequence[str], without: Sequence[str]) -> list[dict[str, Any]]:
    """All rows of `files`, without some columns; as `rows` in all else."""
    if not files:
        return []
    query = (
        f"SELECT * EXCLUDE ({', '.join(without)}) "
        "FROM read_parquet(?, union_by_name = true, hive_partitioning = false)"
    )
    return answer(query, [[_PATTERN.sub(r"[\1]", file) for file in files]], files)


def literal(path: str) -> str:
    """`path` as a pattern that matches nothing else."""
    return _PATTERN.sub(r"[\1]", path)


def answer(query: str, bound: list[Any], files: Sequence[str]) -> list[dict[str, Any]]:
    """What DuckDB answers to `query`, which reads `files`. Raises DatasetError as `rows`."""
    import duckdb

    cursor = _cursor(files)
    try:
        found: list[dict[str, Any]] = cursor.sql(query, params=bound).to_arrow_table().to_pylist()
    except duckdb.Error as error:
        said = str(error).splitlines()[0]
        raise DatasetError(f"the dataset is damaged, `newsbeam fsck` says where: {said}") from error
    finally:
        cursor.close()
    return found
