"""Doing work elsewhere (an event loop, other processes) while a bundle goes on.

Elements are submitted as they come and their results emitted as they finish, each with its own
element's timestamp and window; a bundle ends when the last of its elements is done.
"""

from collections.abc import Iterable, Iterator
from concurrent.futures import Future
from dataclasses import dataclass
from queue import Empty, SimpleQueue
from typing import Any

import apache_beam as beam
from apache_beam.transforms.window import BoundedWindow
from apache_beam.utils.timestamp import Timestamp
from apache_beam.utils.windowed_value import WindowedValue

from schemas.elements import Run


@dataclass(frozen=True, slots=True)
class _Submitted:
    element: Any
    run: Run | None
    timestamp: Timestamp
    window: BoundedWindow


class Overlapping(beam.DoFn):
    """A DoFn whose subclass starts work on each element with `submit`.

    What `submit` returns is the work's future; `outputs` says what to emit of it: plain values,
    or TaggedOutput of plain values. What `outputs` raises crashes the bundle, so it returns an
    Outcome for what the world did wrong. At most `in_flight` elements are submitted and not yet
    emitted: `process` blocks for more.
    """

    in_flight: int = 256

    def submit(self, element: Any, run: Run | None) -> Future:
        """Start the work on `element`, which belongs to `run`."""
        raise NotImplementedError

    def outputs(self, element: Any, run: Run | None, work: Future) -> Iterable[Any]:
        """What to emit of work that is done. Called in the runner's thread."""
        return work.result()

    def setup(self) -> None:
        self._pending: dict[Future, _Submitted] = {}
        self._finished: SimpleQueue[Future] = SimpleQueue()

    def start_bundle(self) -> None:
        self.abandon()

    def process(
        self,
        element: Any,
        run: Run | None,
        timestamp: Any = beam.DoFn.TimestampParam,
        window: Any = beam.DoFn.WindowParam,
    ) -> Iterator[Any]:
        future = self.submit(element, run)
        self._pending[future] = _Submitted(element, run, timestamp, window)
        future.add_done_callback(self._finished.put)
        while True:
            try:
                # Blocks only when there is no room for another element.
                finished = self._finished.get(block=len(self._pending) >= self.in_flight)
            except Empty:
                return
            yield from self._emit(finished)

    def finish_bundle(self) -> Iterator[Any]:
        while self._pending:
            yield from self._emit(self._finished.get())

    def abandon(self) -> None:
        """Forget what a bundle that crashed left behind; it will be processed again."""
        for future in self._pending:
            future.cancel()
        self._pending = {}
        self._finished = SimpleQueue()

    def _emit(self, future: Future) -> Iterator[Any]:
        submitted = self._pending.pop(future)
        where = submitted.timestamp, (submitted.window,)
        for output in self.outputs(submitted.element, submitted.run, future):
            if isinstance(output, beam.pvalue.TaggedOutput):
                yield beam.pvalue.TaggedOutput(output.tag, WindowedValue(output.value, *where))
            else:
                yield WindowedValue(output, *where)
