"""Durable steps on a local disk: what is done stays done after a crash or a power cut.

A file's content is durable once the file is synced; its name, once its folder is. All paths
that are swapped or linked lie on one filesystem.
"""

import os
import tempfile
from pathlib import Path


def sync(path: Path) -> None:
    """Force a file's content, or a folder's names, to the disk."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def make_folder(folder: Path) -> None:
    """Create `folder` and what is missing above it; the new names are durable."""
    if folder.is_dir():
        return
    make_folder(folder.parent)
    folder.mkdir(exist_ok=True)
    sync(folder.parent)


def _write_beside(path: Path, content: bytes) -> Path:
    """A new, synced file with `content` in the folder of `path`, under a passing name."""
    handle, name = tempfile.mkstemp(prefix=".", suffix=".tmp", dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        os.chmod(name, 0o644)  # mkstemp gives the file to its owner alone
    except BaseException:  # a full disk, most likely: what there is of it only takes up space
        os.unlink(name)
        raise
    return Path(name)


def create(path: Path, content: bytes) -> None:
    """Write a file that must not exist yet: whole, durable, or not at all.

    Raises FileExistsError. A hard link is what makes it exclusive and whole at once: opening
    with O_EXCL would show the others an empty file first.
    """
    written = _write_beside(path, content)
    try:
        os.link(written, path)
    finally:
        os.unlink(written)
    sync(path.parent)


def replace(path: Path, content: bytes) -> None:
    """Write a file in the place of an older one: readers see the one or the other, whole."""
    os.replace(_write_beside(path, content), path)
    sync(path.parent)
