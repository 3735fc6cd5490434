"""Runs: which run an element belongs to. One run of a bounded job, or one for each window.

Every transform that needs the run's id, its logical time or what it may know of the dataset
takes it as an argument of its functions: a `Run`, or a side input of one. So one graph serves
both: in a stream the windowed side input gives each element the run of its own window.
"""

import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final, TypeAlias, TypeVar

import apache_beam as beam
from apache_beam.io.restriction_trackers import OffsetRange, OffsetRestrictionTracker
from apache_beam.io.watermark_estimators import ManualWatermarkEstimator
from apache_beam.pvalue import AsSingleton, PBegin, PCollection
from apache_beam.transforms.core import RestrictionProvider
from apache_beam.transforms.window import FixedWindows, TimestampedValue
from apache_beam.utils.timestamp import Duration, Timestamp

from schemas.elements import Run
from transforms.dataset import Dataset
from transforms.manifest import RUNS
from transforms.tally import count

RunInput: TypeAlias = Run | AsSingleton
Item = TypeVar("Item")

# How often a beat that cannot begin yet is looked at again, in seconds.
LOOK_AGAIN: Final = 1.0
FOR_EVER: Final = 1 << 62  # beats


@dataclass(frozen=True, slots=True)
class Windows:
    """A run for each window of `seconds`, named after its begin and `reads`.

    limit: how many windows, None for ever.
    """

    seconds: int
    reads: str
    limit: int | None = None

    def run_id(self, beat: int) -> str:
        """The id of the run of window number `beat` since the epoch."""
        return run_id(self.at(beat), self.reads)

    def at(self, beat: int) -> datetime:
        """The begin of a window: its run's logical time."""
        return datetime.fromtimestamp(beat * self.seconds, UTC)


def run_id(at: datetime, reads: str) -> str:
    """The id of a run: its logical time, and a digest of what it reads."""
    return f"{at:%Y%m%dT%H%M%SZ}-{reads}"


def has_ended(dataset: str, run: str) -> bool:
    """Whether a run has committed, if only its report, or was given up."""
    return (Path(dataset) / RUNS / f"{run}.json").exists()


def run_at(run: str) -> datetime:
    """The logical time that a run id begins with. ValueError if it begins with something else."""
    return datetime.strptime(f"{run[:16]}+0000", "%Y%m%dT%H%M%SZ%z")


def first_beat(dataset: str, windows: Windows, now: float) -> int:
    """The window to begin with: the one that `now` is in, or if a run as late has ended, the next.

    A second run of a window would replace the files of the first, and a poll that is dated
    before another would not be the feed's newest. Runs of the future, whose clock was wrong, are
    left out: nobody waits for them.
    """
    latest = f"{datetime.fromtimestamp(now, UTC):%Y%m%dT%H%M%SZ}~"
    ended = [path.stem for path in (Path(dataset) / RUNS).glob("[0-9]*.json")]
    newest = max((run for run in ended if run < latest), default=None)
    begun = int(run_at(newest).timestamp() // windows.seconds) + 1 if newest else 0
    return max(int(now // windows.seconds), begun)


class _Beats(RestrictionProvider):
    """The windows still to begin; they are all the state that the source has."""

    def initial_restriction(self, element: range) -> OffsetRange:
        return OffsetRange(element.start, element.stop)

    def create_tracker(self, restriction: OffsetRange) -> OffsetRestrictionTracker:
        return OffsetRestrictionTracker(restriction)

    def restriction_size(self, element: range, restriction: OffsetRange) -> int:
        return 1  # however many are left: they begin one at a time

    def truncate(self, element: range, restriction: OffsetRange) -> None:
        """A job that is drained begins nothing more."""
        return


class _FirstBeat(beam.DoFn):
    def __init__(self, dataset: str, windows: Windows) -> None:
        self.dataset = dataset
        self.windows = windows

    def process(self, _: bytes) -> Iterator[range]:
        first = first_beat(self.dataset, self.windows, time.time())
        yield range(first, first + (self.windows.limit or FOR_EVER))


# Module-level, as linters ask of defaults; Beam reads them from the signature.
_BEATS: Final = beam.DoFn.RestrictionParam(_Beats())
_WATERMARK: Final = beam.DoFn.WatermarkEstimatorParam(ManualWatermarkEstimator.default_provider())


class _Beat(beam.DoFn):
    """Begin the windows of a range, each when its time has come and the one before has ended.

    Not PeriodicImpulse: its watermark follows the clock, so that a window would commit only
    when it is over, and it does not wait for a window that takes longer. Here the watermark
    moves to a window's end as soon as the window has begun, for nothing more will come in it.
    """

    def __init__(self, dataset: str, windows: Windows) -> None:
        self.dataset = dataset
        self.windows = windows

    @beam.DoFn.unbounded_per_element()
    def process(
        self,
        beats: range,
        tracker: Any = _BEATS,
        watermark: Any = _WATERMARK,
    ) -> Iterator[TimestampedValue]:
        windows, following = self.windows, tracker.current_restriction().start
        # Windows that nobody was there to begin are gone: the next one polls all that is due.
        beat = min(max(following, int(time.time() // windows.seconds)), beats.stop - 1)
        is_free = following == beats.start or has_ended(self.dataset, windows.run_id(following - 1))
        if is_free and beat * windows.seconds <= time.time():
            if not tracker.try_claim(beat):
                return
            count("windows", "begun")
            seq = Dataset(self.dataset).snapshot().seq
            run = Run(windows.run_id(beat), windows.at(beat), seq)
            yield TimestampedValue(run, Timestamp(beat * windows.seconds))
            watermark.set_watermark(Timestamp((beat + 1) * windows.seconds))
        tracker.defer_remainder(Duration(LOOK_AGAIN))


@dataclass
class BeginRuns(beam.PTransform):
    """Begin -> Run: the one run of a bounded job, or one for each window of a stream.

    Windows of a stream are event-time windows. An element's time is that of its window's begin,
    at which its feed was polled. The publication date is a field like others: whatever
    it says, no watermark waits for it, and nothing is late by it.
    """

    runs: Run | Windows
    dataset: str

    def expand(self, pbegin: PBegin) -> PCollection[Run]:
        if isinstance(self.runs, Run):
            return pbegin | "Run" >> beam.Create([self.runs], reshuffle=False).with_output_types(
                Run
            )
        return pbegin | BeginWindows(self.runs, self.dataset) | InWindows(self.runs.seconds)


@dataclass
class BeginWindows(beam.PTransform):
    """Begin -> Run: one for each window, at its time, when the one before has ended."""

    windows: Windows
    dataset: str

    def expand(self, pbegin: PBegin) -> PCollection[Run]:
        return (
            pbegin
            | "Start" >> beam.Impulse()
            | "FirstBeat" >> beam.ParDo(_FirstBeat(self.dataset, self.windows))
            | "Beat" >> beam.ParDo(_Beat(self.dataset, self.windows)).with_output_types(Run)
        )


def by_id(run: Run) -> tuple[str, Run]:
    """(id, run)."""
    return run.id, run


def first_run(group: tuple[str, Iterable[Run]]) -> Run:
    """The run of an id; of two that an engine's retry began on other generations, the older."""
    return min(group[1], key=lambda run: run.seq)


@dataclass
class InWindows(beam.PTransform):
    """Run -> Run, each in the window of `seconds` that its time is in, and once.

    What comes after its window has closed is dropped here by the engine, before it can have any
    effect: a run is one pane.
    """

    seconds: int

    def expand(self, pcoll: PCollection[Run]) -> PCollection[Run]:
        return (
            pcoll
            | "Windows" >> beam.WindowInto(FixedWindows(self.seconds))
            | "ById" >> beam.Map(by_id)
            | "GroupById" >> beam.GroupByKey()
            | "First" >> beam.Map(first_run)
        )


def run_of(runs: Run | Windows, begun: PCollection[Run]) -> RunInput:
    """What a transform takes as its `run`: the run itself, or that of the element's window."""
    return runs if isinstance(runs, Run) else AsSingleton(begun)


def each(_: Run, items: tuple[Item, ...]) -> Iterator[Item]:
    """`items`, once for a run."""
    yield from items
