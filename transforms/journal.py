"""The journals of commits: what each was about to publish and to replace, so that a crash heals.

A journal lies in its run's staging folder from before the first file of the run is visible
until after the last that it replaced is gone. All of it happens under the dataset's lock.
"""

import hashlib
import json
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from transforms.durable import make_folder, replace, sync
from transforms.manifest import STAGING, LiveFile, current

# Renames and a manifest take seconds; no clock of a shared disk is off by as much as this.
LONGEST_COMMIT: Final = 3600.0


def write_journal(
    root: Path, run_id: str, listed: Iterable[LiveFile], replaced: Iterable[LiveFile]
) -> None:
    """Note the paths of the files that this attempt publishes and of those it replaces."""
    paths = sorted({file.path for file in (*listed, *replaced)})
    content = json.dumps({"kernel": kernel(), "paths": paths}, indent=1).encode()
    folder = root / STAGING / run_id
    make_folder(folder)
    replace(folder / f"journal-{hashlib.sha256(content).hexdigest()[:12]}.json", content)


def journals(root: Path, run_id: str) -> list[Path]:
    """The journals of a run's commits that did not come to their end."""
    return sorted((root / STAGING / run_id).glob("journal-*.json"))


def clear(root: Path, written: Iterable[Path]) -> None:
    """Remove what the journals `written` name and CURRENT does not list."""
    live = {file.path for file in current(root).files}
    folders = set()
    for journal in written:
        for path in set(json.loads(journal.read_bytes())["paths"]) - live:
            (root / path).unlink(missing_ok=True)
            folders.add((root / path).parent)
    for folder in sorted(folders):
        if folder.is_dir():
            sync(folder)


def recover(root: Path, run_id: str) -> None:
    """Clear up after the commits of other runs that died: readers of the folders see them."""
    for journal in sorted((root / STAGING).glob("*/journal-*.json")):
        if journal.parent.name != run_id and is_abandoned(journal):
            clear(root, [journal])
            journal.unlink()


def is_abandoned(journal: Path) -> bool:
    """Whether the commit that wrote `journal` is dead, to one who holds the lock.

    Under the same kernel the lock is proof. On another machine, which it may not reach, and
    after a restart, only time tells.
    """
    here = kernel()
    if here is not None and json.loads(journal.read_bytes())["kernel"] == here:
        return True
    return time.time() - journal.stat().st_mtime > LONGEST_COMMIT


def kernel() -> str | None:
    """What tells this running kernel from all others, on Linux (random(4)); else None."""
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text().strip()
    except OSError:
        return None
