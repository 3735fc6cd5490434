"""Fsck: compare a dataset with its manifest, and remove what no run will ever need."""

import os
import re
import shutil
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pyarrow as pa
import pyarrow.parquet as pq

from schemas.tables import TABLES
from transforms.commit import locked
from transforms.durable import sync
from transforms.manifest import (
    ARCHIVE,
    MANIFESTS,
    META,
    RUNS,
    STAGING,
    LiveFile,
    Manifest,
    current,
    history,
)
from transforms.warc_records import count_members
from transforms.write import sha256_of

# The names that a commit gives. Nothing else is ever removed from a table's folder.
_DATA: Final = re.compile(
    r"[^/]+/(event_date|run_date)=[0-9-]{10}/[^/]+-[0-9]+-[0-9a-f]{12}\.parquet"
    rf"|{ARCHIVE}/[^/]+-[0-9]+-[0-9a-f]{{12}}\.warc\.gz"
)
_NUMBER: Final = re.compile(r"([0-9]{10})\.json")
# A file that `transforms.durable` had not renamed yet when it was killed.
_PASSING: Final = re.compile(r"\.[^/]*\.tmp")
_KINDS: Final = ("missing", "corrupt", "orphans", "staging", "leftovers", "strangers")


@dataclass(frozen=True, slots=True)
class Report:
    """What is wrong with a dataset; all paths are relative to it.

    `missing` and `corrupt` files are listed in the manifest: rows are lost, run their runs
    again. The others are harmless to readers of the manifest: `orphans` are data files that
    it does not list (readers of the folders see them), `staging` holds what was staged and not
    committed, `leftovers` are manifests that never became current and half-written files,
    `strangers` were put into a table's folder by someone else.
    """

    seq: int
    files: int
    missing: tuple[str, ...] = ()
    corrupt: tuple[str, ...] = ()
    orphans: tuple[str, ...] = ()
    staging: tuple[str, ...] = ()
    leftovers: tuple[str, ...] = ()
    strangers: tuple[str, ...] = ()

    @property
    def damaged(self) -> bool:
        """Whether something that the manifest lists is not there, or not whole."""
        return bool(self.missing or self.corrupt)

    @property
    def clean(self) -> bool:
        """Whether there is nothing to report at all."""
        return not any(getattr(self, kind) for kind in _KINDS)

    def lines(self) -> list[str]:
        """The report for a human: what was found, a line each, and a verdict."""
        found = [f"{kind}: {path}" for kind in _KINDS for path in getattr(self, kind)]
        verdict = "damaged" if self.damaged else "clean" if self.clean else "intact"
        return [f"generation {self.seq}, {self.files} files", *found, verdict]


def check(dataset: str) -> Report:
    """Compare the dataset with CURRENT's manifest: reads every file once, changes nothing.

    Raises DatasetError for a folder that is not a dataset.
    """
    root = Path(dataset).absolute()
    manifest = current(root)
    missing = tuple(file.path for file in manifest.files if not (root / file.path).exists())
    present = (file for file in manifest.files if file.path not in missing)
    return Report(
        seq=manifest.seq,
        files=len(manifest.files),
        missing=missing,
        corrupt=tuple(file.path for file in present if not is_sound(root, file)),
        **stray(root, manifest),
    )


def is_sound(root: Path, file: LiveFile) -> bool:
    """Whether a file is the one that was committed, with as many rows as the manifest says.

    The rows of an archive file are its records.
    """
    path = root / file.path
    if path.stat().st_size != file.bytes or sha256_of(path) != file.sha256:
        return False
    try:
        if file.table == ARCHIVE:
            with path.open("rb") as packed:
                return count_members(packed) == file.rows
        return bool(pq.read_metadata(path).num_rows == file.rows)
    except (pa.ArrowInvalid, OSError):
        return False


def stray(root: Path, manifest: Manifest) -> dict[str, tuple[str, ...]]:
    """What lies in the dataset's folder that the manifest has no use for, by kind."""
    live = {file.path for file in manifest.files}
    data = [path for table in (*TABLES, ARCHIVE) for path in below(root, table) if path not in live]
    reached = {made.seq for made in history(root)}
    # Below what is reached lie generations whose successors were cleared away: history, not junk.
    manifests = [
        path
        for path in below(root, MANIFESTS)
        if (number := _NUMBER.fullmatch(os.path.basename(path)))
        and int(number[1]) > min(reached, default=0)
        and int(number[1]) not in reached
    ]
    passing = [
        path
        for folder in (META, MANIFESTS, RUNS)
        for path in below(root, folder, deep=False)
        if _PASSING.fullmatch(os.path.basename(path))
    ]
    return {
        "orphans": tuple(path for path in data if _DATA.fullmatch(path)),
        "strangers": tuple(path for path in data if not _DATA.fullmatch(path)),
        "staging": tuple(f"{STAGING}/{name}" for name in names(root / STAGING)),
        "leftovers": tuple(sorted(manifests + passing)),
    }


def names(folder: Path) -> list[str]:
    """The names in a folder, which need not exist."""
    return sorted(os.listdir(folder)) if folder.is_dir() else []


def below(root: Path, folder: str, deep: bool = True) -> Iterator[str]:
    """The paths of the files below `folder`, relative to `root`, in order."""
    for parent, folders, files in os.walk(root / folder):
        folders.sort()
        for name in sorted(files):
            yield (Path(parent) / name).relative_to(root).as_posix()
        if not deep:
            return


def repair(dataset: str, grace_seconds: float, now: float) -> list[str]:
    """Remove orphans, stale staging and leftovers older than the grace; gives their paths.

    `now` is in seconds since the epoch, as file times are. The grace protects runs that are
    under way: it must be longer than a run. Nothing that CURRENT lists is removed, and nothing
    that newsbeam did not write. No commit takes place meanwhile.
    """
    root = Path(dataset).absolute()
    current(root)  # a folder that holds something else is left alone
    removed = []
    with locked(root):
        found = stray(root, current(root))
        oldest = now - grace_seconds
        for path in (*found["orphans"], *found["leftovers"]):
            if changed(root / path) <= oldest:
                (root / path).unlink()
                removed.append(path)
        for folder in sorted({(root / path).parent for path in removed}):
            sync(folder)
        # After the orphans: a journal in the staging folder may be what names them.
        for path in found["staging"]:
            if newest(root / path) <= oldest:
                remove(root / path)
                removed.append(path)
    return removed


def changed(path: Path) -> float:
    """When a file or folder was last changed, in seconds since the epoch.

    Infinity for one that vanishes: somebody is at work there this moment.
    """
    try:
        return path.lstat().st_mtime
    except FileNotFoundError:
        return float("inf")


def newest(path: Path) -> float:
    """When anything in a folder was last changed."""
    inside: Iterable[Path] = path.rglob("*") if path.is_dir() else ()
    return max(map(changed, (path, *inside)))


def remove(path: Path) -> None:
    """Remove a file, or a folder with all that it holds."""
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink()
