import os
import shutil
from pathlib import Path
from typing import Any

import pytest

from schemas.tables import TABLES
from tests.rows import article
from transforms.commit import commit
from transforms.dataset import Dataset
from transforms.fsck import check, repair
from transforms.write import write_file

FIRST, SECOND = "20241029T120000Z", "20241029T130000Z"
NOW = 2_000_000_000.0  # seconds since the epoch; files are given times before it
GRACE = 3600.0


def run(root: Path, run_id: str, *numbers: int) -> None:
    made = [article(n) for n in numbers]
    staged = write_file(TABLES["articles"], made, str(root), "event_date=2024-10-29", run_id, 0)
    assert staged is not None
    commit(str(root), run_id, [staged], {})


def put(root: Path, path: str, content: bytes = b"?", age: float = 2 * GRACE) -> None:
    """A file that was last changed `age` seconds before NOW; so were its folders."""
    target = root / path
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(content)
    for one in (target, *target.parents):
        if one == root:
            break
        os.utime(one, (NOW - age, NOW - age))


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A dataset of two runs, with nothing wrong."""
    run(tmp_path, FIRST, 0, 1)
    run(tmp_path, SECOND, 2)
    return tmp_path


def articles(root: Path) -> list[str]:
    files = Dataset(str(root)).snapshot().files("articles")
    return [str(Path(file).relative_to(root)) for file in files]


ORPHAN = "articles/event_date=2024-10-29/20241029T140000Z-0-0123456789ab.parquet"
STRAYS = {
    "orphans": (ORPHAN,),
    "strangers": ("articles/_SUCCESS", "ledger/run_date=2024-10-29/notes.txt"),
    "staging": ("_staging/20241029T140000Z",),
    "leftovers": (
        "_meta/.CURRENTx1.tmp",
        "_meta/manifests/.y2.tmp",
        "_meta/manifests/0000000009.json",
        "_meta/runs/.z3.tmp",
    ),
}


def litter(root: Path, age: float = 2 * GRACE) -> None:
    for path in (*STRAYS["orphans"], *STRAYS["strangers"], *STRAYS["leftovers"]):
        put(root, path, age=age)
    put(root, "_staging/20241029T140000Z/articles/event_date=2024-10-29/x.tmp", age=age)


# ------------------------------------------------------------------------------------- check


def test_a_dataset_with_nothing_wrong_is_clean(root: Path):
    report = check(str(root))
    assert report.clean
    assert not report.damaged
    assert report.lines() == ["generation 2, 2 files", "clean"]


def test_a_dataset_that_is_still_empty_is_clean(tmp_path: Path):
    assert check(str(tmp_path)).clean
    assert repair(str(tmp_path), 0, NOW) == []


def test_a_folder_that_is_no_dataset_is_refused_and_left_alone(tmp_path: Path):
    put(tmp_path, "photos/cat.jpg")
    for ask in (lambda: check(str(tmp_path)), lambda: repair(str(tmp_path), 0, NOW)):
        with pytest.raises(ValueError, match="not a dataset"):
            ask()
    assert os.listdir(tmp_path) == ["photos"]


def test_a_listed_file_that_is_gone_is_missing(root: Path):
    first, _ = articles(root)
    (root / first).unlink()
    report = check(str(root))
    assert report.missing == (first,)
    assert report.damaged
    assert report.lines() == ["generation 2, 2 files", f"missing: {first}", "damaged"]


@pytest.mark.parametrize("how", ["one byte", "shorter", "another file", "empty"])
def test_a_listed_file_with_other_content_is_corrupt(how: str, root: Path):
    first, second = articles(root)
    content = (root / first).read_bytes()
    changed: dict[str, Any] = {
        "one byte": content[:500] + bytes([content[500] ^ 1]) + content[501:],
        "shorter": content[:-1],
        "another file": (root / second).read_bytes(),
        "empty": b"",
    }
    (root / first).write_bytes(changed[how])
    report = check(str(root))
    assert report.corrupt == (first,)
    assert report.damaged
    assert f"corrupt: {first}" in report.lines()


def test_a_wrong_number_of_rows_in_the_manifest_is_noticed(root: Path):
    path = root / "_meta/manifests/0000000002.json"
    path.write_text(path.read_text().replace('"rows": 2', '"rows": 3'))
    assert list(check(str(root)).corrupt) == articles(root)[:1]


def test_what_the_manifest_does_not_know_is_listed_by_kind(root: Path):
    litter(root)
    report = check(str(root))
    assert {kind: getattr(report, kind) for kind in STRAYS} == STRAYS
    assert not report.damaged
    assert report.lines()[-1] == "intact"


def test_checking_changes_nothing(root: Path):
    litter(root)
    before = {path: path.stat().st_mtime_ns for path in root.rglob("*")}
    check(str(root))
    assert {path: path.stat().st_mtime_ns for path in root.rglob("*")} == before


# ------------------------------------------------------------------------------------ repair


def test_what_a_crash_left_is_removed_and_a_stranger_is_not(root: Path):
    litter(root)
    removed = repair(str(root), GRACE, NOW)
    assert sorted(removed) == sorted(
        path for kind in ("orphans", "staging", "leftovers") for path in STRAYS[kind]
    )
    report = check(str(root))
    assert report.strangers == STRAYS["strangers"]
    assert (report.orphans, report.staging, report.leftovers) == ((), (), ())
    assert not report.damaged
    assert repair(str(root), GRACE, NOW) == []


def test_what_is_younger_than_the_grace_may_belong_to_a_run_under_way(root: Path):
    litter(root, age=GRACE / 2)
    assert repair(str(root), GRACE, NOW) == []
    assert check(str(root)).orphans == STRAYS["orphans"]
    assert len(repair(str(root), GRACE / 4, NOW)) == 6


def test_a_staging_folder_with_one_young_file_is_in_use(root: Path):
    litter(root)
    put(root, "_staging/20241029T140000Z/ledger/run_date=2024-10-29/y.tmp", age=1)
    assert "_staging/20241029T140000Z" not in repair(str(root), GRACE, NOW)
    assert (root / "_staging/20241029T140000Z/articles/event_date=2024-10-29/x.tmp").exists()


def test_nothing_that_current_lists_is_ever_removed(root: Path):
    live = articles(root)
    for path in live:
        os.utime(root / path, (1, 1))
    shutil.copy(root / live[0], root / ORPHAN)
    os.utime(root / ORPHAN, (1, 1))
    assert repair(str(root), 0, NOW) == [ORPHAN]
    assert check(str(root)).clean
    assert articles(root) == live


def test_older_generations_are_history_and_stay(root: Path):
    assert repair(str(root), 0, 4e9) == []
    assert sorted(os.listdir(root / "_meta/manifests")) == ["0000000001.json", "0000000002.json"]


def test_generations_before_one_that_was_cleared_away_stay(root: Path):
    run(root, "20241029T150000Z", 3)
    (root / "_meta/manifests/0000000002.json").unlink()
    assert check(str(root)).clean
    assert repair(str(root), 0, 4e9) == []
    assert (root / "_meta/manifests/0000000001.json").exists()
