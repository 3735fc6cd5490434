"""Commit: staged files -> one manifest. A run happened or it did not.

The steps of a commit, each of which may be the last before a crash:

1. journal    what is about to be published and what it replaces is noted in the staging folder
2. publish    the staged files are renamed into the tables' folders
3. list       the next manifest is written
4. switch     CURRENT is replaced: at this instant the run has happened
5. clear      files of earlier attempts of this run are removed, by the journals
6. report     the run's report is copied from the manifest to `_meta/runs/<run_id>.json`
7. unstage    the staging folder is removed, and with it the journals
8. prune      manifests that no run or reader can still be working from are removed

Running the same commit again finishes whatever is left of it. A reader of the manifest sees
the run as a whole. A reader of the folders (`articles/event_date=*/*.parquet`) may see the
run's files between 2 and 4, and, when a run is run again, both attempts between 2 and 5. A commit
that fails there takes its files back; after a crash there, the next commit of any run does.

On one machine a lock makes writers wait for each other. Where the lock does not reach (another
machine on a shared disk), a manifest of the same number is never overwritten, and a writer
whose starting point has moved begins again on top of the newer one.
"""

import fcntl
import json
import os
import shutil
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import apache_beam as beam
import pyarrow.parquet as pq
from apache_beam.pvalue import AsList, PCollection

from schemas.elements import Run, StagedFile
from transforms.durable import create, make_folder, replace, sync
from transforms.journal import clear, journals, recover, write_journal
from transforms.ledger import empty_report
from transforms.lookup import rows
from transforms.manifest import (
    CURRENT,
    MANIFESTS,
    META,
    RUNS,
    STAGING,
    DatasetError,
    LiveFile,
    Manifest,
    current,
    current_seq,
    dump,
    history,
    live_file,
    manifest_path,
    read,
)
from transforms.tally import count
from transforms.write import checked_run_id, sha256_of

# A day of ten-minute runs: longer than any run or reader works from one generation.
KEPT_MANIFESTS: Final = 144


class CommitError(RuntimeError):
    """The staged files are not what they were said to be. Nothing was committed."""


class Conflict(CommitError):
    """Another run stored an article of this one meanwhile. Running it again resolves it."""


@contextmanager
def locked(root: Path) -> Iterator[None]:
    """Hold the dataset's lock: one writer at a time on this machine. A crash releases it."""
    make_folder(root / META)
    handle = os.open(root / META / "LOCK", os.O_RDWR | os.O_CREAT, 0o644)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        # Not left to close: a process that was forked meanwhile would keep the lock.
        fcntl.flock(handle, fcntl.LOCK_UN)
        os.close(handle)


def commit(
    dataset: str,
    run_id: str,
    files: Sequence[StagedFile],
    report: Mapping[str, Any],
    base: int | None = None,
) -> int:
    """Make the staged `files` of run `run_id` part of the dataset; gives the generation.

    They replace all files that the run had committed before. If that changes nothing there is
    no new generation, and the report of the first time stands. `report` is anything that JSON
    can hold. Raises CommitError if a staged file is missing or not the one that was staged, and
    Conflict if since generation `base`, which the run knew, another stored the same.
    """
    root = Path(dataset).absolute()
    current_seq(root)  # a folder that holds something else is left alone
    listed = tuple(sorted({live_file(file) for file in files}, key=lambda file: file.path))
    check_run(checked_run_id(run_id), listed)
    with locked(root):
        if base is not None:
            check_conflict(root, run_id, listed, base)
        replaced = files_of(current(root), run_id)
        if listed or replaced:
            write_journal(root, run_id, listed, replaced)
        recover(root, run_id)
        try:
            publish(root, run_id, listed)
            seq = switch(root, run_id, listed, report)
        except BaseException:
            withdraw(root, run_id, listed)
            raise
        clear(root, journals(root, run_id))
        write_report(root, run_id, seq, report)
        if (root / STAGING / run_id).exists():
            shutil.rmtree(root / STAGING / run_id)
        prune(root)
    return seq


def check_run(run_id: str, files: Iterable[LiveFile]) -> None:
    """Raise CommitError for a file that another run staged."""
    for file in files:
        if file.run_id != run_id:
            raise CommitError(f"{file.path} was staged by run {file.run_id}, not {run_id}")


def check_conflict(root: Path, run_id: str, listed: Iterable[LiveFile], base: int) -> None:
    """Raise Conflict if a version of an article that a run staged was stored since `base`."""
    try:
        known = set(read(root, base).files)
    except DatasetError:
        known = set()  # so long ago that it was pruned
    others = set(current(root).files) - known - set(files_of(current(root), run_id))
    made = [str(root / file.path) for file in others if file.table == "articles"]
    if not made:
        return
    ours = [file.path for file in listed if file.table == "articles"]
    staged = [root / STAGING / run_id / path for path in ours]
    mine = {
        (row["id"], row["version"])
        for path, final in zip(staged, ours, strict=True)
        for row in pq.ParquetFile(path if path.exists() else root / final)
        .read(["id", "version"])
        .to_pylist()
    }
    found = rows(sorted(made), ["id", "version", "run_id"], ["id"], {key for key, _ in mine})
    for row in sorted(found, key=lambda row: str(row["id"])):
        if (row["id"], row["version"]) in mine:
            raise Conflict(f"run {row['run_id']} stored article {row['id']} meanwhile")


def files_of(manifest: Manifest, run_id: str) -> tuple[LiveFile, ...]:
    """The files of a run in a manifest."""
    return tuple(file for file in manifest.files if file.run_id == run_id)


def publish(root: Path, run_id: str, listed: Iterable[LiveFile]) -> None:
    """Rename the staged files into their tables' folders; the names are durable."""
    folders = set()
    for file in listed:
        staged, final = root / STAGING / run_id / file.path, root / file.path
        if is_whole(final, file):
            staged.unlink(missing_ok=True)
        elif is_whole(staged, file):
            make_folder(final.parent)
            staged.rename(final)
        else:
            raise CommitError(f"{file.path} of run {run_id} is not staged as it was written")
        folders.add(final.parent)
    for folder in sorted(folders):
        sync(folder)


def is_whole(path: Path, file: LiveFile) -> bool:
    """Whether `path` exists and holds what `file` says."""
    try:
        return path.stat().st_size == file.bytes and sha256_of(path) == file.sha256
    except FileNotFoundError:
        return False


def switch(root: Path, run_id: str, listed: tuple[LiveFile, ...], report: Mapping[str, Any]) -> int:
    """Write the next manifest and make it CURRENT, unless it would list the same files."""
    while True:
        parent = current(root)
        if set(files_of(parent, run_id)) == set(listed):
            return parent.seq
        manifest = next_manifest(root, parent, run_id, listed, report)
        if current_seq(root) == parent.seq:
            replace(root / CURRENT, f"{manifest.seq:010d}.json\n".encode())
            return manifest.seq


def next_manifest(
    root: Path,
    parent: Manifest,
    run_id: str,
    listed: tuple[LiveFile, ...],
    report: Mapping[str, Any],
) -> Manifest:
    """Write the manifest that follows `parent`, under the first number that is free.

    A number above the parent's is taken if a crash, or a writer whom the lock did not reach,
    left a manifest there. It is never overwritten; if it says the same, it is ours.
    """
    make_folder(root / MANIFESTS)
    others = tuple(file for file in parent.files if file.run_id != run_id)
    files = tuple(sorted((*others, *listed), key=lambda file: file.path))
    seq = parent.seq
    while True:
        seq += 1
        manifest = Manifest(seq, parent.seq, run_id, dict(report), files)
        content, path = dump(manifest), manifest_path(root, seq)
        try:
            create(path, content)
        except FileExistsError:
            if path.read_bytes() != content:
                continue
        return manifest


def withdraw(root: Path, run_id: str, listed: Iterable[LiveFile]) -> None:
    """Undo `publish` after a failure: the files are staged again, for another try."""
    live = {file.path for file in current(root).files}
    for file in listed:
        if file.path not in live and (root / file.path).exists():
            (root / file.path).rename(root / STAGING / run_id / file.path)


def prune(root: Path, keep: int = KEPT_MANIFESTS) -> None:
    """Remove all but the newest `keep` manifests up to CURRENT.

    Each lists every live file, so that to keep them all would cost the square of the number of
    runs. Manifests above CURRENT are left to fsck: another writer may be about to switch.
    """
    oldest = current_seq(root) - keep
    for path in sorted((root / MANIFESTS).glob("*.json")) if oldest > 0 else ():
        if path.stem.isdigit() and int(path.stem) <= oldest:
            path.unlink(missing_ok=True)


def write_report(root: Path, run_id: str, seq: int, report: Mapping[str, Any]) -> None:
    """Write the run's report: the one in the manifest that made its files live, if any are."""
    path = root / RUNS / f"{run_id}.json"
    if files_of(read(root, seq), run_id):
        for made in history(root):
            if made.run_id == run_id:
                seq, report = made.seq, made.report or {}
                break
        else:
            if path.exists():
                return  # its manifest was pruned; the report of the first time stands
    content = {"run_id": run_id, "seq": seq, **report}
    make_folder(root / RUNS)
    replace(path, (json.dumps(content, indent=1, sort_keys=True) + "\n").encode())


def give_up(dataset: str, run: Run, why: str) -> int:
    """End a run that cannot be committed: its report says why, and what it staged is removed."""
    root = Path(dataset).absolute()
    with locked(root):
        seq = current_seq(root)
        make_folder(root / RUNS)
        content = {"run_id": run.id, "seq": seq, "given_up": why}
        replace(root / RUNS / f"{run.id}.json", (json.dumps(content, indent=1) + "\n").encode())
        shutil.rmtree(root / STAGING / run.id, ignore_errors=True)
    return seq


def commit_all(
    run: Run,
    files: list[StagedFile],
    reports: list[dict[str, Any]],
    dataset: str,
    conflicts_end: bool,
) -> int:
    """The one step of the transform: all staged files of the run at once."""
    report = reports[0] if reports else empty_report()
    try:
        seq = commit(dataset, run.id, files, report, run.seq)
    except Conflict as conflict:
        if not conflicts_end:
            raise
        count("commit", "given_up")
        return give_up(dataset, run, str(conflict))
    count("commit", "files", len(files))
    return seq


@dataclass
class Commit(beam.PTransform):
    """Run -> generation: commit each run's staged files of all tables, in one act.

    It waits until all files of a run are staged and its report is made: a run that fails before
    commits nothing. A run that staged nothing leaves its report only.

    files, reports: PCollections of StagedFile and of at most one mapping for each run, in the
    windows of the runs.
    conflicts_end: a run that stored what another has stored meanwhile is given up, rather than
    failing the job: in a stream the next window does its work, knowing the other's.
    """

    dataset: str
    files: PCollection[StagedFile]
    reports: PCollection[dict[str, Any]]
    conflicts_end: bool = False

    def expand(self, pcoll: PCollection[Run]) -> PCollection[int]:
        return pcoll | "Commit" >> beam.Map(
            commit_all,
            AsList(self.files),
            AsList(self.reports),
            dataset=self.dataset,
            conflicts_end=self.conflicts_end,
        )
