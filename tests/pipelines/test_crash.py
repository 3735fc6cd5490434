"""kill -9 of the running command at each step of its commit, then a plain re-run."""

import multiprocessing
import os
import signal
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import pytest

import transforms.commit
from pipelines.cli import main
from transforms.dataset import Dataset
from transforms.fsck import check, repair

# A server that has Beam imported once and forks a fresh process for each run.
FORK = multiprocessing.get_context("forkserver")
FORK.set_forkserver_preload(["pipelines.run", "transforms.enrich", "transforms.lookup"])

DOCUMENTS = 6


def run(documents: str, dataset: str, hour: int = 12) -> int:
    return main(
        [
            "ingest",
            f"--seeds={documents}",
            f"--output={dataset}",
            "--entity-model=none",
            f"--run-time=2026-11-20T{hour}:00:00Z",
            "--json",
        ]
    )


def die(*_: Any, **__: Any) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def before(name: str) -> None:
    """Die when step `name` of the commit begins."""
    setattr(transforms.commit, name, die)


def within_publish() -> None:
    """Die when one file is in its place and the others are not."""
    rename = Path.rename

    def rename_and_die(self: Path, target: Path) -> Path:
        moved = rename(self, target)
        die()
        return moved

    Path.rename = rename_and_die  # type: ignore[method-assign]


def within_switch() -> None:
    """Die between the manifest and CURRENT."""
    replace = transforms.commit.replace

    def replace_or_die(path: Path, content: bytes) -> None:
        if path.name == "CURRENT":
            die()
        replace(path, content)

    transforms.commit.replace = replace_or_die  # type: ignore[attr-defined]


STEPS: dict[str, tuple[Callable[..., None], tuple[str, ...]]] = {
    "before journal": (before, ("write_journal",)),
    "before publish": (before, ("publish",)),
    "within publish": (within_publish, ()),
    "before switch": (before, ("switch",)),
    "between manifest and CURRENT": (within_switch, ()),
    "before clear": (before, ("clear",)),
    "before report": (before, ("write_report",)),
}
HAPPENED = ("before clear", "before report")


def crash(step: str, documents: str, dataset: str, hour: int) -> None:
    arm, args = STEPS[step]
    arm(*args)
    run(documents, dataset, hour)


def killed_at(step: str, documents: Path, dataset: Path, hour: int = 12) -> None:
    child = FORK.Process(target=crash, args=(step, str(documents), str(dataset), hour))
    child.start()
    child.join(100)
    assert child.exitcode == -signal.SIGKILL


def listed(dataset: Path) -> list[tuple[str, int]]:
    """(url, version) of all articles that the manifest lists."""
    files = Dataset(str(dataset)).snapshot().files("articles")
    if not files:
        return []
    return duckdb.execute(
        "SELECT url, version FROM read_parquet(?) ORDER BY ALL", [files]
    ).fetchall()


@pytest.fixture
def documents(tmp_path: Path) -> Path:
    folder = tmp_path / "documents"
    folder.mkdir()
    for n in range(DOCUMENTS):
        (folder / f"{n}.txt").write_text(
            f"Headline number {n}\n\nNovember {n + 1}, 2026\n\n"
            f"The council of district {n} said on Monday that the road would be closed.\n"
        )
    return folder


@pytest.mark.parametrize("step", STEPS)
def test_a_run_killed_in_its_commit_is_finished_by_running_it_again(
    step: str, documents: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    dataset = tmp_path / "news"
    # A first run is there, so that the killed one could damage something.
    (documents / "0.txt").rename(tmp_path / "0.txt")
    assert run(str(documents), str(dataset), hour=11) == 0
    first = listed(dataset)
    assert len(first) == DOCUMENTS - 1
    (tmp_path / "0.txt").rename(documents / "0.txt")
    changed = (documents / "1.txt").read_text().replace("road", "bridge")
    (documents / "1.txt").write_text(changed)
    whole = sorted([*first, ("seed:0.txt", 1), ("seed:1.txt", 2)])

    killed_at(step, documents, dataset)
    assert listed(dataset) == (whole if step in HAPPENED else first)
    assert not check(str(dataset)).damaged

    assert run(str(documents), str(dataset)) == 0
    assert listed(dataset) == whole
    repair(str(dataset), 0, time.time() + 1)
    assert check(str(dataset)).clean
    on_disk = {str(path) for path in (dataset / "articles").rglob("*.parquet")}
    assert on_disk == set(Dataset(str(dataset)).snapshot().files("articles"))


def test_a_run_killed_before_its_commit_leaves_the_next_run_to_do_all_its_work(
    documents: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    dataset = tmp_path / "news"
    killed_at("before journal", documents, dataset)
    assert listed(dataset) == []
    assert run(str(documents), str(dataset), hour=13) == 0
    assert len(listed(dataset)) == DOCUMENTS
    repair(str(dataset), 0, time.time() + 1)
    assert check(str(dataset)).clean, "what the killed run had staged is gone"
