"""Which run an element belongs to, and when a window begins."""

import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import apache_beam as beam
import pytest
from apache_beam.runners.portability.fn_api_runner import FnApiRunner
from apache_beam.testing.test_pipeline import TestPipeline
from apache_beam.testing.util import assert_that, equal_to
from apache_beam.transforms.window import TimestampedValue
from hypothesis import given
from hypothesis import strategies as st

from schemas.elements import Run
from transforms.commit import commit, give_up
from transforms.dataset import Dataset
from transforms.runs import (
    BeginRuns,
    BeginWindows,
    InWindows,
    Windows,
    first_beat,
    has_ended,
    run_at,
    run_id,
)

NOON = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
WINDOWS = Windows(300, "cafe0000")


def finish(dataset: Path, at: datetime, reads: str = "cafe0000") -> str:
    name = run_id(at, reads)
    commit(str(dataset), name, (), {})
    return name


@given(st.integers(0, 2_900_000), st.sampled_from([1, 60, 300, 86_400]))
def test_a_window_is_named_by_its_begin(beat: int, seconds: int) -> None:
    windows = Windows(seconds, "cafe0000")
    assert run_at(windows.run_id(beat)) == windows.at(beat)
    assert windows.at(beat).timestamp() == beat * seconds


def test_names_of_runs_sort_by_time() -> None:
    names = [WINDOWS.run_id(beat) for beat in range(0, 3_000_000, 9999)]
    assert sorted(names) == names


def test_a_stream_begins_with_the_window_that_it_is_started_in(tmp_path: Path) -> None:
    at = NOON + timedelta(minutes=7)
    assert WINDOWS.at(first_beat(str(tmp_path), WINDOWS, at.timestamp())) == NOON + timedelta(
        minutes=5
    )


def test_a_stream_that_is_started_again_leaves_a_window_that_has_ended_alone(
    tmp_path: Path,
) -> None:
    finish(tmp_path, NOON)
    now = (NOON + timedelta(minutes=1)).timestamp()
    assert WINDOWS.at(first_beat(str(tmp_path), WINDOWS, now)) == NOON + timedelta(minutes=5)


def test_a_stream_begins_after_the_newest_run_of_any_job(tmp_path: Path) -> None:
    finish(tmp_path, NOON + timedelta(minutes=2), reads="scheduled")
    now = (NOON + timedelta(minutes=4)).timestamp()
    assert WINDOWS.at(first_beat(str(tmp_path), WINDOWS, now)) == NOON + timedelta(minutes=5)


def test_a_run_of_the_future_holds_up_nobody(tmp_path: Path) -> None:
    finish(tmp_path, datetime(2091, 1, 1, tzinfo=UTC))
    assert WINDOWS.at(first_beat(str(tmp_path), WINDOWS, NOON.timestamp())) == NOON


def test_a_run_has_ended_when_it_has_committed_or_was_given_up(tmp_path: Path) -> None:
    name = run_id(NOON, "cafe0000")
    assert not has_ended(str(tmp_path), name)
    finish(tmp_path, NOON)
    assert has_ended(str(tmp_path), name)
    other = Run(run_id(NOON, "beef0000"), NOON)
    give_up(str(tmp_path), other, "another run stored it")
    assert has_ended(str(tmp_path), other.id)
    assert Dataset(str(tmp_path)).report(other.id)["given_up"] == "another run stored it"


def test_a_bounded_job_has_one_run() -> None:
    run = Run(run_id(NOON, "cafe0000"), NOON, 7)
    with TestPipeline(runner=FnApiRunner()) as pipeline:
        assert_that(pipeline | BeginRuns(run, "nowhere"), equal_to([run]))


class Finish(beam.DoFn):
    """Ends each run as the flow does; notes whether all that had begun before had ended."""

    def __init__(self, dataset: str, reads: str, began: Path) -> None:
        self.dataset = dataset
        self.reads = reads
        self.began = began

    def process(self, run: Run) -> Iterator[Run]:
        before = self.began.read_text().split("\n")[:-1] if self.began.exists() else []
        free = all(has_ended(self.dataset, line.split()[0]) for line in before)
        on_time = run.at.timestamp() <= time.time()
        with self.began.open("a") as file:
            file.write(f"{run.id} {run.seq} {free and on_time}\n")
        commit(self.dataset, run.id, (), {})
        yield run


def test_each_window_begins_when_its_time_has_come_and_the_one_before_has_ended(
    tmp_path: Path,
) -> None:
    # The last of the eight is always begun; on a busy machine some before it are passed over.
    dataset, windows = str(tmp_path / "news"), Windows(1, "cafe0000", limit=8)
    pipeline = TestPipeline(runner=FnApiRunner())
    begun = pipeline | BeginWindows(windows, dataset)
    _ = begun | beam.ParDo(Finish(dataset, windows.reads, tmp_path / "began"))
    pipeline.run().wait_until_finish()
    lines = [line.split() for line in (tmp_path / "began").read_text().splitlines()]
    times = [run_at(name) for name, _, _ in lines]
    assert len(times) >= 2
    assert times == sorted(set(times))
    assert [free for _, _, free in lines] == ["True"] * len(lines)


def test_a_run_that_was_begun_twice_is_one(tmp_path: Path) -> None:
    run = Run(run_id(NOON, "cafe0000"), NOON, 4)
    begun = [run, Run(run.id, NOON, 6)]
    with TestPipeline(runner=FnApiRunner()) as pipeline:
        windowed = (
            pipeline
            | beam.Create(
                [TimestampedValue(one, NOON.timestamp()) for one in begun]
            ).with_output_types(Run)
            | InWindows(300)
        )
        assert_that(windowed, equal_to([run]))


@pytest.mark.parametrize("name", ["", "bench", "2026-11-20"])
def test_a_run_id_without_a_time_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="does not match"):
        run_at(name)
