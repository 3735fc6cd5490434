"""The manifest: which files a dataset consists of, as of one commit.

`_meta/manifests/<seq>.json` lists every live file of every table and is never changed.
`_meta/CURRENT` names the newest one; what it does not list does not exist. Nothing in either
depends on the clock.
"""

import json
import os
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any, Final

from schemas.elements import StagedFile
from schemas.tables import TABLES

FORMAT: Final = 1  # of the manifest itself
META: Final = "_meta"
MANIFESTS: Final = "_meta/manifests"
RUNS: Final = "_meta/runs"
CURRENT: Final = "_meta/CURRENT"
ARCHIVE: Final = "archive"
STAGING: Final = "_staging"
# All that a dataset's folder holds.
OURS: Final = frozenset({META, STAGING, ARCHIVE, *TABLES})


class DatasetError(ValueError):
    """A folder is not a dataset, or a dataset is damaged."""


@dataclass(frozen=True, slots=True)
class LiveFile:
    """One file of the dataset. `path` is relative to the dataset, with `/`."""

    path: str
    rows: int
    bytes: int
    sha256: str
    schema_version: str
    run_id: str
    min_event_at: str | None = None
    max_event_at: str | None = None

    @property
    def table(self) -> str:
        """The table that the file belongs to, or `archive`."""
        return self.path.split("/")[0]

    @property
    def day(self) -> date:
        """The day of its partition."""
        return date.fromisoformat(self.path.split("/")[1].partition("=")[2])


@dataclass(frozen=True, slots=True)
class Manifest:
    """One generation of a dataset. Generation 0 is the empty one and has no file."""

    seq: int = 0
    parent: int | None = None
    run_id: str | None = None  # whose commit made it
    report: Mapping[str, Any] | None = None  # of that run
    files: tuple[LiveFile, ...] = ()


def live_file(staged: StagedFile) -> LiveFile:
    """`staged` as it is listed once it is published."""

    def text(instant: datetime | None) -> str | None:
        return instant.isoformat() if instant else None

    return LiveFile(
        # The archive has no partitions.
        path="/".join(filter(None, (staged.table, staged.partition, staged.name))),
        rows=staged.rows,
        bytes=staged.bytes,
        sha256=staged.sha256,
        schema_version=staged.schema_version,
        run_id=staged.run_id,
        min_event_at=text(staged.min_event_at),
        max_event_at=text(staged.max_event_at),
    )


def dump(manifest: Manifest) -> bytes:
    """The manifest as JSON: the same files give the same bytes."""
    tables: dict[str, list[dict[str, Any]]] = {name: [] for name in TABLES}
    for file in sorted(manifest.files, key=lambda file: file.path):
        tables.setdefault(file.table, []).append(asdict(file))
    document = {
        "format": FORMAT,
        "seq": manifest.seq,
        "parent": manifest.parent,
        "run_id": manifest.run_id,
        "report": manifest.report,
        "tables": tables,
    }
    return (json.dumps(document, indent=1, sort_keys=True) + "\n").encode()


def load(content: bytes) -> Manifest:
    """The manifest of its JSON. Raises DatasetError for one of a later format."""
    document = json.loads(content)
    if document["format"] != FORMAT:
        raise DatasetError(f"manifest format {document['format']} needs a newer newsbeam")
    return Manifest(
        seq=document["seq"],
        parent=document["parent"],
        run_id=document["run_id"],
        report=document["report"],
        files=tuple(LiveFile(**file) for files in document["tables"].values() for file in files),
    )


# --------------------------------------------------------------------------- on the disk


def manifest_path(root: Path, seq: int) -> Path:
    """Where generation `seq` is written."""
    return root / MANIFESTS / f"{seq:010d}.json"


def current_seq(root: Path) -> int:
    """The generation that CURRENT names; 0 for a dataset without a commit.

    Raises DatasetError for a folder that holds something else.
    """
    try:
        named = (root / CURRENT).read_text(encoding="ascii")
    except FileNotFoundError:
        strangers = sorted(set(os.listdir(root)) - OURS) if root.exists() else []
        if strangers:
            raise DatasetError(
                f"{root} is not a dataset: it has no {CURRENT}, but holds {strangers[0]!r}"
            ) from None
        # A crash of the very first commit may leave the first manifest alone, never a second.
        newest = max((path.name for path in (root / MANIFESTS).glob("*.json")), default="")
        if newest > manifest_path(root, 1).name:
            raise DatasetError(
                f"{root} is damaged: it has no {CURRENT}; it should hold the name of its newest "
                f"whole manifest, which may be {newest}"
            ) from None
        return 0
    except NotADirectoryError:
        raise DatasetError(f"{root} is a file, not a dataset") from None
    number = named.strip().removesuffix(".json")
    if not number.isdecimal():
        raise DatasetError(
            f"{root} is damaged: {CURRENT} should hold the name of a file in {MANIFESTS}, "
            f"not {named[:40]!r}"
        )
    return int(number)


def read(root: Path, seq: int) -> Manifest:
    """Generation `seq`, whether it ever became current or not."""
    if seq == 0:
        return Manifest()
    try:
        return load(manifest_path(root, seq).read_bytes())
    except FileNotFoundError:
        raise DatasetError(f"{root} is damaged: it has no manifest {seq}") from None
    except (json.JSONDecodeError, UnicodeDecodeError, KeyError, TypeError):
        path = manifest_path(root, seq)
        raise DatasetError(f"{root} is damaged: {path.name} is not a manifest") from None


def current(root: Path) -> Manifest:
    """The generation that CURRENT names."""
    return read(root, current_seq(root))


def history(root: Path) -> Iterator[Manifest]:
    """The current generation and those that it was made from, newest first.

    It ends at the first one, or where older manifests were cleared away.
    """
    manifest = current(root)
    while manifest.parent is not None:
        yield manifest
        if not manifest_path(root, manifest.parent).exists():
            return
        manifest = read(root, manifest.parent)
