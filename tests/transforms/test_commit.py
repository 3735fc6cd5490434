import json
import os
import shutil
import signal
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import apache_beam as beam
import pyarrow.parquet as pq
import pytest
from apache_beam.runners.portability.fn_api_runner import FnApiRunner
from apache_beam.testing.test_pipeline import TestPipeline
from apache_beam.testing.util import assert_that, equal_to

from schemas.elements import Run, StagedFile
from schemas.tables import TABLES
from tests.rows import FIRST_DAY, article, outcome, poll
from transforms.commit import Commit, CommitError, Conflict, commit, locked, prune
from transforms.dataset import Dataset
from transforms.fsck import check, repair
from transforms.manifest import DatasetError, current, history
from transforms.write import WriteTable, sha256_of, write_file

FIRST, SECOND, THIRD = "20241029T120000Z", "20241029T130000Z", "20241029T140000Z"
REPORT = {"stored": 2, "discovered": 2}
FOREVER = 4e9  # seconds since the epoch: everything is old by then


def stage(root: Path, run_id: str, *numbers: int, **changes: Any) -> list[StagedFile]:
    """Stage articles, their outcomes and a poll, as a run does."""
    days: dict[str, list[Any]] = {}
    for n in numbers:
        made = article(n, **changes)
        days.setdefault(f"event_date={made.event_at.date()}", []).append(made)
    files = [
        write_file(TABLES["articles"], made, str(root), day, run_id, 0)
        for day, made in days.items()
    ]
    day = "run_date=2024-10-29"
    outcomes = [outcome(n) for n in numbers]
    files += [
        write_file(TABLES["ledger"], outcomes, str(root), day, run_id, 0),
        write_file(TABLES["feeds"], [poll(1)], str(root), day, run_id, 0),
    ]
    return [file for file in files if file]


def tree(root: Path) -> dict[str, bytes]:
    """All files but the lock, by path."""
    return {
        str(path.relative_to(root)): path.read_bytes()
        for path in sorted(root.rglob("*"))
        if path.is_file() and path.name != "LOCK"
    }


def visible(root: Path) -> list[str]:
    """What a reader of the folders finds."""
    return sorted(str(p.relative_to(root)) for t in TABLES for p in root.glob(f"{t}/*/*.parquet"))


def listed(root: Path) -> list[str]:
    """What a reader of the manifest finds; all of it is there, and whole."""
    manifest = current(root)
    for file in manifest.files:
        assert sha256_of(root / file.path) == file.sha256
        assert pq.read_metadata(root / file.path).num_rows == file.rows
    return [file.path for file in manifest.files]


def ids(root: Path) -> list[str]:
    paths = [root / path for path in listed(root) if path.startswith("articles/")]
    return sorted(id_ for p in paths for id_ in pq.ParquetFile(p).read(["id"])["id"].to_pylist())


def ids_of(*numbers: int) -> list[str]:
    return sorted(article(n).id for n in numbers)


# ------------------------------------------------------------------------------- one commit


def test_a_commit_makes_all_tables_visible_at_once(tmp_path: Path):
    files = stage(tmp_path, FIRST, 0, 1, 2)
    assert visible(tmp_path) == []
    assert commit(str(tmp_path), FIRST, files, REPORT) == 1
    assert listed(tmp_path) == visible(tmp_path)
    assert {path.split("/")[0] for path in visible(tmp_path)} == {"articles", "ledger", "feeds"}
    assert ids(tmp_path) == ids_of(0, 1, 2)
    assert sorted(os.listdir(tmp_path)) == ["_meta", "_staging", "articles", "feeds", "ledger"]
    assert os.listdir(tmp_path / "_staging") == []


def test_the_manifest_lists_each_file_with_all_that_a_reader_needs(tmp_path: Path):
    files = stage(tmp_path, FIRST, 0, 1)
    commit(str(tmp_path), FIRST, files, REPORT)
    assert (tmp_path / "_meta/CURRENT").read_text() == "0000000001.json\n"
    manifest = json.loads((tmp_path / "_meta/manifests/0000000001.json").read_text())
    assert {k: manifest[k] for k in ("format", "seq", "parent", "run_id", "report")} == {
        "format": 1,
        "seq": 1,
        "parent": 0,
        "run_id": FIRST,
        "report": REPORT,
    }
    assert sorted(manifest["tables"]) == sorted(TABLES)
    (articles,) = (file for file in files if file.table == "articles")
    assert manifest["tables"]["articles"] == [
        {
            "path": f"articles/event_date=2024-10-29/{articles.name}",
            "rows": 2,
            "bytes": articles.bytes,
            "sha256": articles.sha256,
            "schema_version": "1",
            "run_id": FIRST,
            "min_event_at": "2024-10-29T12:00:00+00:00",
            "max_event_at": "2024-10-29T12:00:00.000001+00:00",
        }
    ]


def test_the_report_of_a_run_lies_beside_the_manifests(tmp_path: Path):
    commit(str(tmp_path), FIRST, stage(tmp_path, FIRST, 0), REPORT)
    assert Dataset(str(tmp_path)).report(FIRST) == {"run_id": FIRST, "seq": 1, **REPORT}
    with pytest.raises(DatasetError, match="no report"):
        Dataset(str(tmp_path)).report(SECOND)


def test_a_later_run_adds_to_the_earlier_ones(tmp_path: Path):
    commit(str(tmp_path), FIRST, stage(tmp_path, FIRST, 0, 1), REPORT)
    before = set(visible(tmp_path))
    assert commit(str(tmp_path), SECOND, stage(tmp_path, SECOND, 2, 3), REPORT) == 2
    assert before < set(listed(tmp_path)) == set(visible(tmp_path))
    assert ids(tmp_path) == ids_of(0, 1, 2, 3)
    assert [(m.seq, m.parent, m.run_id) for m in history(tmp_path)] == [
        (2, 1, SECOND),
        (1, 0, FIRST),
    ]


def test_the_order_in_which_files_arrive_and_their_repetition_do_not_matter(tmp_path: Path):
    one, two = tmp_path / "one", tmp_path / "two"
    commit(str(one), FIRST, stage(one, FIRST, 0, 1, 2), REPORT)
    files = stage(two, FIRST, 2, 1, 0)
    commit(str(two), FIRST, [*reversed(files), files[0]], REPORT)
    assert tree(one) == tree(two)


def test_a_run_that_staged_nothing_leaves_its_report_only(tmp_path: Path):
    assert commit(str(tmp_path), FIRST, [], REPORT) == 0
    assert list(tree(tmp_path)) == [f"_meta/runs/{FIRST}.json"]
    commit(str(tmp_path), SECOND, stage(tmp_path, SECOND, 0), REPORT)
    before = listed(tmp_path)
    assert commit(str(tmp_path), THIRD, [], REPORT) == 1
    assert listed(tmp_path) == before
    assert Dataset(str(tmp_path)).report(THIRD)["seq"] == 1


def test_old_manifests_are_pruned_and_runs_and_readers_go_on(tmp_path: Path):
    for n in range(6):
        run_id = f"2024110{n + 1}T000000Z-a"
        commit(str(tmp_path), run_id, stage(tmp_path, run_id, n), {"n": n})
    before = tree(tmp_path)
    prune(tmp_path, keep=2)
    kept = sorted(path.name for path in (tmp_path / "_meta/manifests").iterdir())
    assert kept == ["0000000005.json", "0000000006.json"]
    assert check(str(tmp_path)).clean
    assert Dataset(str(tmp_path)).snapshot().rows("articles") == 6
    # Running a run whose manifest is gone again changes nothing.
    run_id = "20241101T000000Z-a"
    commit(str(tmp_path), run_id, stage(tmp_path, run_id, 0), {"n": 0})
    assert tree(tmp_path) == {name: before[name] for name in tree(tmp_path)}


def test_what_was_staged_and_never_committed_is_invisible(tmp_path: Path):
    commit(str(tmp_path), FIRST, stage(tmp_path, FIRST, 0), REPORT)
    before = visible(tmp_path)
    stage(tmp_path, SECOND, 1, 2)
    assert visible(tmp_path) == before == listed(tmp_path)


def test_a_folder_that_holds_something_else_is_left_alone(tmp_path: Path):
    (tmp_path / "holiday.jpg").write_bytes(b"\xff\xd8")
    with pytest.raises(ValueError, match="not a dataset"):
        commit(str(tmp_path), FIRST, [], REPORT)
    assert os.listdir(tmp_path) == ["holiday.jpg"]


def test_a_staged_file_that_is_missing_or_changed_commits_nothing(tmp_path: Path):
    commit(str(tmp_path), FIRST, stage(tmp_path, FIRST, 0), REPORT)
    files = stage(tmp_path, SECOND, 1)
    path = tmp_path / "_staging" / SECOND / files[1].table / files[1].partition / files[1].name
    content = path.read_bytes()
    for broken in (lambda: path.unlink(), lambda: path.write_bytes(content[:-1] + b"?")):
        broken()
        with pytest.raises(CommitError, match="not staged as it was written"):
            commit(str(tmp_path), SECOND, files, REPORT)
        assert current(tmp_path).seq == 1
    path.write_bytes(content)
    assert commit(str(tmp_path), SECOND, files, REPORT) == 2


def test_files_of_another_run_are_refused(tmp_path: Path):
    files = stage(tmp_path, FIRST, 0)
    with pytest.raises(CommitError, match="staged by run"):
        commit(str(tmp_path), SECOND, files, REPORT)
    assert visible(tmp_path) == []


# ---------------------------------------------------------------------- a run that is run again


def test_running_the_same_run_again_changes_nothing(tmp_path: Path):
    commit(str(tmp_path), FIRST, stage(tmp_path, FIRST, 0, 1, 2), REPORT)
    commit(str(tmp_path), SECOND, stage(tmp_path, SECOND, 3), REPORT)
    before = tree(tmp_path)
    again = stage(tmp_path, FIRST, 0, 1, 2)
    assert commit(str(tmp_path), FIRST, again, REPORT | {"seconds": 3}) == 2
    assert tree(tmp_path) == before
    assert commit(str(tmp_path), FIRST, again, REPORT) == 2  # with nothing staged any more
    assert tree(tmp_path) == before


def test_running_a_run_again_replaces_its_files_as_a_whole(tmp_path: Path):
    commit(str(tmp_path), FIRST, stage(tmp_path, FIRST, 0, 1, 2, 3, 4), REPORT)
    commit(str(tmp_path), SECOND, stage(tmp_path, SECOND, 5), REPORT)
    other = [path for path in listed(tmp_path) if SECOND in path]
    assert commit(str(tmp_path), FIRST, stage(tmp_path, FIRST, 0, 1, 3), {"stored": 3}) == 3
    assert ids(tmp_path) == ids_of(0, 1, 3, 5)
    assert visible(tmp_path) == listed(tmp_path)
    assert set(other) < set(listed(tmp_path))
    assert Dataset(str(tmp_path)).report(FIRST) == {"run_id": FIRST, "seq": 3, "stored": 3}
    assert check(str(tmp_path)).clean


def test_a_run_that_finds_nothing_the_second_time_takes_its_files_back(tmp_path: Path):
    commit(str(tmp_path), FIRST, stage(tmp_path, FIRST, 0), REPORT)
    assert commit(str(tmp_path), FIRST, [], {"stored": 0}) == 2
    assert visible(tmp_path) == listed(tmp_path) == []
    assert Dataset(str(tmp_path)).report(FIRST) == {"run_id": FIRST, "seq": 2, "stored": 0}


def test_a_run_whose_id_begins_like_another_leaves_it_alone(tmp_path: Path):
    commit(str(tmp_path), FIRST, stage(tmp_path, FIRST, 0), REPORT)
    commit(str(tmp_path), f"{FIRST}-2", stage(tmp_path, f"{FIRST}-2", 1), REPORT)
    commit(str(tmp_path), FIRST, stage(tmp_path, FIRST, 2), REPORT)
    assert ids(tmp_path) == ids_of(1, 2)


# ------------------------------------------------------------------------------------ crashes

SYSTEM_CALLS = ("open", "rename", "replace", "link", "unlink", "mkdir", "rmdir", "fsync", "chmod")


def in_child(work: Callable[[], object], die_at: int | None = None) -> int:
    """Run `work` in a forked process; gives 0, or the signal that ended it.

    The process kills itself before its `die_at`-th call that touches the file system.
    """
    child = os.fork()
    if child == 0:
        calls = 0

        def counted(call: Callable[..., Any]) -> Callable[..., Any]:
            def step(*args: Any, **kwargs: Any) -> Any:
                nonlocal calls
                calls += 1
                if calls == die_at:
                    os.kill(os.getpid(), signal.SIGKILL)
                return call(*args, **kwargs)

            return step

        for name in SYSTEM_CALLS:
            setattr(os, name, counted(getattr(os, name)))
        try:
            work()
        except BaseException:  # noqa: BLE001 - a fork of pytest must never return into it
            os._exit(1)
        os._exit(0)
    _, status = os.waitpid(child, 0)
    if os.WIFSIGNALED(status):
        return os.WTERMSIG(status)
    assert os.WEXITSTATUS(status) == 0, "the commit failed in the child"
    return 0


def crash_everywhere(
    template: Path, work: Path, run_id: str, files: Sequence[StagedFile], allowed: list[list[str]]
) -> int:
    """Kill a commit at each of its steps, check what is left, and finish it by a plain re-run.

    After a crash a reader of the manifest finds one of the `allowed` sets of ids, the last of
    which is the complete one. Gives the number of steps.
    """
    done = work / "done"
    shutil.copytree(template, done)
    commit(str(done), run_id, files, REPORT)
    step = 0
    while True:
        step += 1
        root = work / str(step)
        shutil.copytree(template, root)
        died = in_child(lambda root=root: commit(str(root), run_id, files, REPORT), step)
        assert ids(root) in allowed, f"step {step}"
        assert not check(str(root)).damaged
        # Whoever does not run it again, but cleans up, has the state before or after.
        cleaned = work / f"{step}-cleaned"
        shutil.copytree(root, cleaned)
        repair(str(cleaned), 0, FOREVER)
        assert check(str(cleaned)).clean, f"step {step}: {check(str(cleaned)).lines()}"
        assert visible(cleaned) == listed(cleaned)
        # Whoever runs it again has the whole, as if nothing had happened.
        commit(str(root), run_id, files, REPORT)
        assert ids(root) == allowed[-1], f"step {step}"
        assert visible(root) == listed(root), f"step {step}"
        repair(str(root), 0, FOREVER)
        assert check(str(root)).clean, f"step {step}: {check(str(root)).lines()}"
        assert tree(root) == tree(done), f"step {step}"
        for copy in (root, cleaned):
            shutil.rmtree(copy)
        if died == 0:
            return step - 1


def test_a_first_commit_that_is_killed_anywhere_is_finished_by_running_it_again(tmp_path: Path):
    template = tmp_path / "template"
    files = stage(template, FIRST, 0)
    steps = crash_everywhere(template, tmp_path, FIRST, files, [[], ids_of(0)])
    assert steps > 30


def test_a_repeated_run_that_is_killed_anywhere_leaves_the_old_or_the_new_whole(tmp_path: Path):
    template = tmp_path / "template"
    commit(str(template), FIRST, stage(template, FIRST, 0, 2), REPORT)
    commit(str(template), SECOND, stage(template, SECOND, 3), REPORT)
    files = stage(template, FIRST, 0, 4)
    steps = crash_everywhere(template, tmp_path, FIRST, files, [ids_of(0, 2, 3), ids_of(0, 3, 4)])
    assert steps > 30


def test_a_killed_run_that_comes_out_different_the_second_time_leaves_no_trace(tmp_path: Path):
    template = tmp_path / "template"
    commit(str(template), FIRST, stage(template, FIRST, 0), REPORT)
    killed = stage(template, SECOND, 2)
    step = 0
    while True:
        step += 1
        root = tmp_path / str(step)
        shutil.copytree(template, root)
        died = in_child(lambda root=root: commit(str(root), SECOND, killed, REPORT), step)
        commit(str(root), SECOND, stage(root, SECOND, 4), REPORT)
        assert ids(root) == ids_of(0, 4), f"step {step}"
        assert visible(root) == listed(root), f"step {step}"
        shutil.rmtree(root)
        if died == 0:
            break
    assert step > 30


def test_the_next_run_takes_back_what_a_killed_commit_had_published(tmp_path: Path):
    template = tmp_path / "template"
    commit(str(template), FIRST, stage(template, FIRST, 0), REPORT)
    killed, later = stage(template, SECOND, 1, 2), stage(template, THIRD, 1, 2)
    step, died, published = 0, -1, 0
    while died:
        step += 1
        root = tmp_path / str(step)
        shutil.copytree(template, root)
        died = in_child(lambda root=root: commit(str(root), SECOND, killed, REPORT), step)
        published += visible(root) != listed(root)
        before = ids(root)
        commit(str(root), THIRD, later, REPORT)
        assert visible(root) == listed(root), f"step {step}"
        assert ids(root) == sorted([*before, *ids_of(1, 2)]), f"step {step}"
        shutil.rmtree(root)
    assert published > 5


def test_what_another_machine_is_publishing_is_left_to_it_for_as_long_as_it_may_live(
    tmp_path: Path,
):
    # As it stands on a shared disk between the steps "publish" and "list" of the other machine.
    stage(tmp_path, FIRST, 0)
    staging = tmp_path / "_staging" / FIRST
    other = [str(path.relative_to(staging)) for path in staging.rglob("*.parquet")]
    for path in other:
        (tmp_path / path).parent.mkdir(parents=True)
        (staging / path).rename(tmp_path / path)
    journal = staging / "journal-0123456789ab.json"
    journal.write_text(json.dumps({"kernel": "of another machine", "paths": other}))
    commit(str(tmp_path), SECOND, stage(tmp_path, SECOND, 1), REPORT)
    assert set(other) < set(visible(tmp_path))
    os.utime(journal, (0, 0))
    commit(str(tmp_path), THIRD, stage(tmp_path, THIRD, 2), REPORT)
    assert visible(tmp_path) == listed(tmp_path)


def test_a_commit_that_fails_shows_nothing_and_can_be_tried_again(tmp_path: Path):
    commit(str(tmp_path), FIRST, stage(tmp_path, FIRST, 0), REPORT)
    before = visible(tmp_path)
    files = stage(tmp_path, SECOND, 1)
    taken = tmp_path / "_meta" / "manifests" / "0000000002.json"
    taken.mkdir()  # neither to be written nor to be read: as a disk that is full, or broken
    with pytest.raises(IsADirectoryError):
        commit(str(tmp_path), SECOND, files, REPORT)
    assert visible(tmp_path) == before == listed(tmp_path)
    taken.rmdir()
    commit(str(tmp_path), SECOND, files, REPORT)
    assert ids(tmp_path) == ids_of(0, 1)
    assert check(str(tmp_path)).clean


def test_a_manifest_that_a_crash_left_is_never_overwritten_or_believed(tmp_path: Path):
    commit(str(tmp_path), FIRST, stage(tmp_path, FIRST, 0), REPORT)
    left = tmp_path / "_meta/manifests/0000000002.json"
    left.write_text('{"format": 1}')
    assert commit(str(tmp_path), SECOND, stage(tmp_path, SECOND, 1), REPORT) == 3
    assert left.read_text() == '{"format": 1}'
    assert ids(tmp_path) == ids_of(0, 1)
    assert check(str(tmp_path)).leftovers == ("_meta/manifests/0000000002.json",)
    with pytest.raises(DatasetError, match="no generation 2"):
        Dataset(str(tmp_path)).snapshot(2)


# ------------------------------------------------------------------------------ two writers


def test_of_two_runs_that_stored_the_same_article_at_once_the_second_is_refused(tmp_path: Path):
    commit(str(tmp_path), FIRST, stage(tmp_path, FIRST, 0), REPORT)
    second, third = stage(tmp_path, SECOND, 1, 2), stage(tmp_path, THIRD, 2, 3)
    commit(str(tmp_path), SECOND, second, REPORT, base=1)
    before = visible(tmp_path)
    with pytest.raises(Conflict, match=article(2).id):
        commit(str(tmp_path), THIRD, third, REPORT, base=1)
    assert visible(tmp_path) == before == listed(tmp_path)
    # Run again on what there is now, it would not have staged the article another time.
    commit(str(tmp_path), THIRD, stage(tmp_path, THIRD, 3), REPORT, base=2)
    assert ids(tmp_path) == ids_of(0, 1, 2, 3)


def test_runs_at_once_that_stored_different_articles_or_versions_all_get_in(tmp_path: Path):
    commit(str(tmp_path), FIRST, stage(tmp_path, FIRST, 0), REPORT, base=0)
    commit(str(tmp_path), SECOND, stage(tmp_path, SECOND, 1), REPORT, base=0)
    commit(str(tmp_path), THIRD, stage(tmp_path, THIRD, 1, version=2), REPORT, base=0)
    again = stage(tmp_path, THIRD, 1, version=2)
    assert commit(str(tmp_path), THIRD, again, REPORT, base=0) == 3
    assert ids(tmp_path) == sorted([*ids_of(0), *ids_of(1), *ids_of(1)])


def test_processes_that_commit_at_once_all_get_in(tmp_path: Path):
    runs = {f"20241029T12000{n}Z": n for n in range(6)}
    staged = {run_id: stage(tmp_path, run_id, n) for run_id, n in runs.items()}
    with locked(tmp_path):  # all wait at the door together
        children = []
        for run_id, files in staged.items():
            child = os.fork()
            if child == 0:
                try:
                    commit(str(tmp_path), run_id, files, REPORT)
                except BaseException:  # noqa: BLE001 - a fork of pytest must never return into it
                    os._exit(1)
                os._exit(0)
            children.append(child)
    assert [os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) for child in children] == [0] * 6
    assert ids(tmp_path) == ids_of(*range(6))
    assert [made.seq for made in history(tmp_path)] == [6, 5, 4, 3, 2, 1]
    assert {made.run_id for made in history(tmp_path)} == set(runs)
    assert check(str(tmp_path)).clean


def test_a_writer_that_the_lock_does_not_reach_is_not_lost(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    """Another machine commits between the reading of CURRENT and the writing of the manifest."""
    commit(str(tmp_path), FIRST, stage(tmp_path, FIRST, 0), REPORT)
    theirs = tmp_path.parent / f"{tmp_path.name}-theirs"
    shutil.copytree(tmp_path, theirs)
    commit(str(theirs), SECOND, stage(theirs, SECOND, 1), REPORT)
    link = os.link

    def link_after_them(source: Any, target: Any) -> None:
        monkeypatch.setattr(os, "link", link)
        for path in visible(theirs):
            (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(theirs / path, tmp_path / path)
        for path in ("_meta/manifests/0000000002.json", "_meta/CURRENT"):
            shutil.copy(theirs / path, tmp_path / path)
        link(source, target)

    monkeypatch.setattr(os, "link", link_after_them)
    seq = commit(str(tmp_path), THIRD, stage(tmp_path, THIRD, 2), REPORT)
    assert ids(tmp_path) == ids_of(0, 1, 2)
    assert current(tmp_path).seq == seq
    assert check(str(tmp_path)).missing == ()


# -------------------------------------------------------------------------------- as a stage


def run(root: Path, run_id: str, numbers: Sequence[int]) -> None:
    with TestPipeline(runner=FnApiRunner()) as pipeline:
        articles = (
            pipeline
            | "Articles" >> beam.Create([article(n) for n in numbers])
            | "WriteArticles" >> WriteTable("articles", str(root), Run(run_id, FIRST_DAY))
        )
        ledger = (
            pipeline
            | "Outcomes" >> beam.Create([outcome(n) for n in numbers])
            | "WriteLedger" >> WriteTable("ledger", str(root), Run(run_id, FIRST_DAY))
        )
        report = pipeline | "Report" >> beam.Create([{"stored": len(numbers)}])
        files = (articles, ledger) | "Files" >> beam.Flatten()
        seqs = (
            pipeline
            | "Run" >> beam.Create([Run(run_id, FIRST_DAY)])
            | Commit(str(root), files, report)
        )
        assert_that(seqs, equal_to([1 if numbers else 0]))


def test_the_stage_commits_all_tables_as_one_run(tmp_path: Path):
    run(tmp_path, FIRST, range(5))
    assert ids(tmp_path) == ids_of(*range(5))
    assert {path.split("/")[0] for path in listed(tmp_path)} == {"articles", "ledger"}
    before = tree(tmp_path)
    run(tmp_path, FIRST, range(4, -1, -1))
    assert tree(tmp_path) == before


def test_the_stage_reports_a_run_without_a_single_file(tmp_path: Path):
    run(tmp_path, FIRST, ())
    assert Dataset(str(tmp_path)).report(FIRST) == {"run_id": FIRST, "seq": 0, "stored": 0}
    assert listed(tmp_path) == []


def test_a_pipeline_that_fails_commits_nothing(tmp_path: Path):
    def refuse(n: int) -> dict[str, int]:
        raise ArithmeticError("the books do not balance")

    pipeline = TestPipeline(runner=FnApiRunner())
    files = (
        pipeline
        | "Articles" >> beam.Create([article(0)])
        | WriteTable("articles", str(tmp_path), Run(FIRST, FIRST_DAY))
    )
    report = pipeline | "Numbers" >> beam.Create([1]) | "Refuse" >> beam.Map(refuse)
    _ = (
        pipeline
        | "Run" >> beam.Create([Run(FIRST, FIRST_DAY)])
        | Commit(str(tmp_path), files, report)
    )
    with pytest.raises(Exception, match="the books do not balance"):
        pipeline.run()
    assert visible(tmp_path) == []
    assert current(tmp_path).seq == 0
