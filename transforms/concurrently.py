"""Waiting for many things at once inside a DoFn: one event loop thread per instance.

Measured against one element at a time, against batches and against one key per host: 2.6 s,
207 s, 4.4 s and 53 s for 1,000 pages of 50 hosts.
"""

import asyncio
import threading
from collections.abc import Coroutine, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, Final

from schemas.elements import Run
from transforms.overlapping import Overlapping

_RESOLVER_THREADS: Final = 32  # the system's name look-ups block a thread each
_SHUTDOWN: Final = 10.0  # seconds; what does not end by then is abandoned with its daemon thread


class Concurrently(Overlapping):
    """A DoFn whose subclass handles each element in a coroutine.

    `open` runs once per instance, in the loop, before the first element; `close` after the last.
    `handle` returns the outputs for one element, see `Overlapping.outputs`.
    """

    async def open(self) -> None:
        """Make what belongs to the loop (clients, locks)."""

    async def handle(self, element: Any, run: Run) -> Iterable[Any]:
        """The outputs for `element`, which belongs to `run`."""
        raise NotImplementedError

    async def close(self) -> None:
        """Release what `open` made."""

    def observe(self, output: Any) -> None:
        """Called with each output in the runner's thread, where metrics can be counted."""

    def setup(self) -> None:
        super().setup()
        self._loop = asyncio.new_event_loop()
        self._loop.set_default_executor(ThreadPoolExecutor(_RESOLVER_THREADS))
        self._thread = threading.Thread(
            target=self._loop.run_forever, name=type(self).__name__, daemon=True
        )
        self._thread.start()
        self._run(self.open())

    def submit(self, element: Any, run: Any) -> Future:
        return asyncio.run_coroutine_threadsafe(_outputs(self.handle(element, run)), self._loop)

    def outputs(self, element: Any, run: Run | None, work: Future) -> Iterable[Any]:
        for output in work.result():
            self.observe(output)
            yield output

    def teardown(self) -> None:
        self.abandon()
        self._run(self.close(), _SHUTDOWN)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(_SHUTDOWN)
        if not self._thread.is_alive():
            self._loop.close()

    def _run(self, coroutine: Coroutine[Any, Any, None], timeout: float | None = None) -> None:
        asyncio.run_coroutine_threadsafe(coroutine, self._loop).result(timeout)


async def _outputs(handling: Coroutine[Any, Any, Iterable[Any]]) -> tuple[Any, ...]:
    """The outputs, made in the loop even when `handle` returns a generator."""
    return tuple(await handling)
