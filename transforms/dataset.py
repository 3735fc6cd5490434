"""Reading the dataset: what a run may know of the runs before it.

Everything is read through CURRENT, or through the generation that a run was started on, and
never by listing folders: what the manifest does not list does not exist.
"""

import json
import os
import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass, fields, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any, Final

from schemas.elements import FeedPoll, Known
from schemas.tables import FEEDS, from_row
from transforms.lookup import every_row, rows
from transforms.manifest import ARCHIVE, RUNS, DatasetError, LiveFile, Manifest, current, history

# Nearly all that is seen again is seen again within days.
RECENT: Final = timedelta(days=14)
# A feed's date and the page's, in whatever zones, are rarely further apart.
NEAR: Final = timedelta(days=2)
# A feed that was not polled for so long starts afresh.
FEED_MEMORY: Final = timedelta(days=30)

_ID: Final = re.compile(r"[0-9a-f]{32}")
_POINTER: Final = ("kind", "from_id", "to_id", '"at"')


@dataclass(frozen=True, slots=True)
class SameContent:
    """The article that carried a text first."""

    id: str
    duplicate_group: str
    duplicate_relation: str
    story_id: str
    event_at: datetime
    first_seen_at: datetime
    version: int


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The dataset as of one generation; it stays readable while later runs commit."""

    root: Path
    seq: int
    live: tuple[LiveFile, ...]

    def files(self, table: str) -> list[str]:
        """The paths of the files of `table`."""
        return self._paths(file for file in self.live if file.table == table)

    def of_run(self, run_id: str) -> frozenset[LiveFile]:
        """The files that the run `run_id` made."""
        return frozenset(file for file in self.live if file.run_id == run_id)

    def articles_of_run(self, run_id: str) -> list[str]:
        """The paths of the files of articles that the run `run_id` made."""
        return self._paths(file for file in self.of_run(run_id) if file.table == "articles")

    def rows(self, table: str) -> int:
        """The number of rows of `table`, from the manifest alone."""
        return sum(file.rows for file in self.live if file.table == table)

    def without_run(self, run_id: str) -> "Snapshot":
        """The snapshot as it was before run `run_id`, for running that run again.

        If the run is in the snapshot, its files are left out and so are those of later runs (a
        run id starts with the run's logical time): they were made knowing what this run had
        stored, so a second run that read them would end all its documents as known. A run that
        is not in the snapshot sees all of it, whatever its logical time.
        """
        if all(file.run_id != run_id for file in self.live):
            return self
        return replace(self, live=tuple(file for file in self.live if file.run_id < run_id))

    # ------------------------------------------------------------------- state of a run

    def feed_states(self, urls: Collection[str]) -> dict[str, FeedPoll]:
        """The newest poll of each of the feeds `urls` that was polled in the last 30 days.

        Files are read newest first, each time twice as many, until all feeds are found: mostly
        that is the newest one.
        """
        missing = set(urls)
        states: dict[str, FeedPoll] = {}
        for files in self._newest_feed_files():
            if not missing:
                break
            found = rows(files, [], ["feed_url"], missing)
            for row in sorted(found, key=lambda row: (row["at"], row["run_id"])):
                states[row["feed_url"]] = from_row(FEEDS, row)
            missing -= states.keys()
        return states

    def _newest_feed_files(self) -> Iterator[list[str]]:
        files = [file for file in self.live if file.table == FEEDS.name]
        newest = max((file.day for file in files), default=date.min)
        files = [file for file in files if newest - file.day <= FEED_MEMORY]
        files.sort(key=lambda file: (file.day, file.run_id), reverse=True)
        start, size = 0, 1
        while start < len(files):
            yield self._paths(files[start : start + size])
            start, size = start + size, size * 2

    def known(self, ids: Collection[str], near: Collection[date]) -> dict[str, Known]:
        """The newest version of each of the articles `ids` that is stored.

        `near` are days on which they are likely to lie. First the recent days and those near
        are searched, then, for what is not found there, all others by their bloom filters. All
        versions of an article lie in one day, for its event time never changes.
        """
        likely, others = self._split(near)
        found = self._known(likely, ids)
        return found | self._known(others, set(ids) - found.keys())

    def _known(self, files: list[str], ids: Collection[str]) -> dict[str, Known]:
        columns = [field.name for field in fields(Known)]
        found = rows(files, ["id", "run_id", *columns], ["id"], ids)
        found.sort(key=lambda row: (row["version"], row["run_id"]))
        return {row["id"]: Known(**_utc({name: row[name] for name in columns})) for row in found}

    def _split(self, near: Collection[date]) -> tuple[list[str], list[str]]:
        """The files of articles that are recent or near, and the others."""
        articles = [file for file in self.live if file.table == "articles"]
        runs = {
            file.run_id: file.day for file in self.live if file.table not in ("articles", ARCHIVE)
        }
        newest = max((file.day for file in articles), default=date.min)
        newest_run = max(runs.values(), default=date.min)

        def is_likely(file: LiveFile) -> bool:
            return (
                newest - file.day <= RECENT
                or newest_run - runs.get(file.run_id, date.min) <= RECENT
                or any(abs(file.day - day) <= NEAR for day in near)
            )

        likely = {file for file in articles if is_likely(file)}
        return (
            self._paths(file for file in articles if file in likely),
            self._paths(file for file in articles if file not in likely),
        )

    def same_content(self, hashes: Collection[str]) -> dict[str, SameContent]:
        """For each of the content `hashes` that is stored, the article that had it first.

        All days are searched, by their bloom filters: the first one may be old. Within the run
        that brought it first, the original goes before its copies.
        """
        columns = [field.name for field in fields(SameContent)]
        found = rows(
            self.files("articles"),
            ["content_hash", "retrieved_at", *columns],
            ["content_hash"],
            hashes,
        )
        found.sort(
            key=lambda row: (
                row["retrieved_at"],
                row["duplicate_relation"] == "exact",
                row["id"],
                row["version"],
            ),
            reverse=True,
        )
        return {
            row["content_hash"]: SameContent(**_utc({name: row[name] for name in columns}))
            for row in found
        }

    def recent(self, days: Collection[date], at: date, within: timedelta) -> list[str]:
        """The files of articles of which the day is `within` reach of one of `days`, or the run
        of the day `at`; older runs first."""
        runs = {file.run_id: file.day for file in self.live if file.table == "ledger"}
        near = [
            file
            for file in self.live
            if file.table == "articles"
            and (
                any(abs(file.day - day) <= within for day in days)
                or abs(at - runs.get(file.run_id, date.min)) <= within
            )
        ]
        return self._paths(sorted(near, key=lambda file: (file.run_id, file.path)))

    def pointers(
        self, kind: str, ids: Collection[str], since: date | None = None
    ) -> dict[str, str]:
        """Whom the aliases of a kind point at, for each id the newest: all that runs made from the
        day `since` on, and those that lead on from `ids`."""
        newest: dict[str, tuple[datetime, str]] = {}

        def learn(found: list[dict[str, Any]]) -> set[str]:
            found = [row for row in found if row["kind"] == kind]
            for row in found:
                pointer = row["at"], row["to_id"]
                newest[row["from_id"]] = max(pointer, newest.get(row["from_id"], pointer))
            return {row["to_id"] for row in found}

        if since:
            recent = [f for f in self.live if f.table == "aliases" and f.day >= since]
            learn(every_row(self._paths(recent), ["run_id"]))
        # Who is pointed at leads when that is written: what is newer is known already.
        asked = set(ids)
        looked: set[str] = set()
        while asked := asked - newest.keys() - looked:
            looked |= asked
            asked = learn(rows(self.files("aliases"), _POINTER, ["from_id"], asked))
        return {one: to for one, (_, to) in newest.items()}

    # ------------------------------------------------------------------ questions of people

    def article(self, url_or_id: str) -> list[dict[str, Any]]:
        """The rows of all versions of an article, given its id or one of its URLs."""
        keys = ["id"] if _ID.fullmatch(url_or_id) else ["url", "canonical_url"]
        found = rows(self.files("articles"), [], keys, [url_or_id])
        return sorted(map(_utc, found), key=lambda row: (row["id"], row["version"], row["run_id"]))

    def outcomes(self, url_or_id: str) -> list[dict[str, Any]]:
        """The rows of the ledger for a document, given its URL or its article's id.

        Newest first.
        """
        key = "article_id" if _ID.fullmatch(url_or_id) else "url"
        return self._newest("ledger", key, url_or_id)

    def rejects(self, url: str) -> list[dict[str, Any]]:
        """The rows of the rejects for a document, newest first."""
        return self._newest("rejects", "url", url)

    def polls(self, feed_url: str) -> list[dict[str, Any]]:
        """The rows of the feeds table for a feed, newest first."""
        return self._newest("feeds", "feed_url", feed_url)

    def recent_polls(self, before: timedelta) -> list[dict[str, Any]]:
        """All polls of the days from `before` the newest one on, without what they listed."""
        files = [file for file in self.live if file.table == FEEDS.name]
        newest = max((file.day for file in files), default=date.min)
        recent = [file for file in files if newest - file.day <= before]
        return list(map(_utc, every_row(self._paths(recent), ["listed"])))

    def _newest(self, table: str, key: str, value: str) -> list[dict[str, Any]]:
        found = rows(self.files(table), [], [key], [value])
        return sorted(map(_utc, found), key=lambda row: (row["at"], row["run_id"]), reverse=True)

    def _paths(self, files: "Iterator[LiveFile] | list[LiveFile]") -> list[str]:
        return [os.path.join(self.root, file.path) for file in files]


@dataclass(frozen=True, slots=True)
class Dataset:
    """A dataset on disk, or the place where one will be."""

    path: str

    def snapshot(self, seq: int | None = None) -> Snapshot:
        """The dataset as of generation `seq`, or as it is now.

        A missing dataset is an empty snapshot, of generation 0. Raises DatasetError, which is a
        ValueError, for a folder that holds something else and for a generation that never
        was current: one that a crash or another writer left behind.
        """
        root = Path(self.path).absolute()
        manifest = current(root) if seq is None else _generation(root, seq)
        return Snapshot(root=root, seq=manifest.seq, live=manifest.files)

    def report(self, run_id: str) -> dict[str, Any]:
        """The report of a run. Raises DatasetError if that run never came to its commit."""
        try:
            content = (Path(self.path) / RUNS / f"{run_id}.json").read_bytes()
        except FileNotFoundError:
            raise DatasetError(f"{self.path} has no report of a run {run_id}") from None
        report: dict[str, Any] = json.loads(content)
        return report


def _generation(root: Path, seq: int) -> Manifest:
    if seq == 0:
        current(root)  # for its complaints about a folder that is not a dataset
        return Manifest()
    for manifest in history(root):
        if manifest.seq == seq:
            return manifest
    raise DatasetError(f"{root} has no generation {seq}")


def _utc(row: dict[str, Any]) -> dict[str, Any]:
    """`row` with its times in `datetime.UTC`, as elements carry them."""
    return {
        name: value.astimezone(UTC) if isinstance(value, datetime) else value
        for name, value in row.items()
    }
