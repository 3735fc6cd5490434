"""Warm worker processes that can be killed: for work on bytes that may be hostile.

    pool = shared(2)
    future = pool.submit(parse, body)      # a concurrent.futures.Future
    tree = future.result()                 # or raises what parse raised, or a TaskError

`parse` is a function of a module, `body` and the result can be pickled. A task beyond its CPU
seconds or memory, or that crashes its process, costs that process and nothing else: its neighbours
go on, and the next task has a new process within milliseconds. No sandbox: a worker may do what
the pipeline may do.

Why not a library's: `concurrent.futures.ProcessPoolExecutor` cannot stop a task, and breaks as a
whole when one process dies; pebble's pool forks each replacement from the process with all the
threads, and its processes may not be started by a daemonic one (a window of the stream is one).
"""

import os
import pickle
import signal
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import cache
from queue import Empty, LifoQueue
from threading import Lock
from typing import Any, Final, Self

from transforms.forking import Nursery, Worker
from transforms.nursery import TaskDied, TaskError, TaskMemory, TaskTimeout, WorkFailed

__all__ = [
    "Pool",
    "TaskDied",
    "TaskError",
    "TaskMemory",
    "TaskTimeout",
    "WorkFailed",
    "Workers",
    "shared",
]

# CPU time of a task: one that is stopped has then ended within 10 seconds of a clock whose machine
# is not busy.
SECONDS: Final = 8.0
MEMORY: Final = 768 * 2**20  # bytes by which a task may grow its process
# A worker whose process has grown by this much is replaced: what libraries cache and what the
# allocator keeps is given back. A fresh one costs milliseconds.
RECYCLE: Final = 192 * 2**20
TASKS: Final = 2_000  # of one worker, whatever its size
_PATIENCE: Final = 12  # wall seconds for each CPU second, before a task counts as blocked
_LOOK: Final = 0.05  # seconds between two looks at a worker's memory


@dataclass
class Pool:
    """`size` processes, started by the first task. Thread-safe; close it or use it in `with`.

    fork: the processes are copies of this one (no start-up, memory is shared with it until
    written to), if `may_fork`. False, and where not: of a new interpreter, which imports what it
    needs once. prepare: (function, argument) called once before the first task in the
    process that all workers are copies of (load a model there).
    seconds: CPU time of a task. memory: bytes by which a task may grow its process.
    """

    size: int
    fork: bool = True
    prepare: tuple[Callable[[Any], object], Any] | None = None
    seconds: float = SECONDS
    memory: int = MEMORY
    _idle: LifoQueue[Worker] = field(default_factory=LifoQueue, init=False, repr=False)

    def __post_init__(self) -> None:
        self._nursery = Nursery(pickle.dumps(self.prepare), self.fork)
        self._threads = ThreadPoolExecutor(self.size, thread_name_prefix="workers")

    def submit(self, function: Callable[[Any], Any], argument: Any) -> Future:
        """Run function(argument) in a worker as soon as one is free.

        The future gives the result, or raises what the function raised (WorkFailed if that or
        the result cannot be pickled), or a TaskError. A bad argument raises here.
        """
        task = pickle.dumps((function, argument), pickle.HIGHEST_PROTOCOL)
        return self._threads.submit(self._do, task)

    def close(self) -> None:
        """End all processes. What waits is cancelled, what runs is waited for."""
        self._threads.shutdown(wait=True, cancel_futures=True)
        self._nursery.end()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _do(self, task: bytes) -> Any:
        worker = self._take()
        try:
            worker.tasks.send_bytes(task)
            over = self._watch(worker)
            ok, value = pickle.loads(worker.tasks.recv_bytes()) if over is None else (False, over)
        except (EOFError, OSError):
            raise _cause(self._nursery.bury(worker)) from None
        if over is not None or isinstance(value, MemoryError):
            self._nursery.bury(worker)
            raise over or TaskMemory(str(value) or "no memory left") from None
        self._give_back(worker)
        if ok:
            return value
        raise value

    def _take(self) -> Worker:
        while True:
            try:
                worker = self._idle.get_nowait()
            except Empty:
                return self._nursery.fork(self.seconds, self.memory)
            if not worker.ended():
                return worker
            self._nursery.bury(worker)

    def _watch(self, worker: Worker) -> TaskError | None:
        """Wait for an answer (or the end) of a worker; what it did wrong if it must be ended."""
        patience = time.monotonic() + _PATIENCE * self.seconds
        while not worker.answered(_LOOK):
            growth = worker.growth
            if growth > self.memory:
                return TaskMemory(f"{growth // 2**20} MiB, at most {self.memory // 2**20}")
            if time.monotonic() > patience:
                return TaskTimeout(f"blocked for {_PATIENCE * self.seconds:.0f} s")
        return None

    def _give_back(self, worker: Worker) -> None:
        worker.served += 1
        if worker.served >= TASKS or worker.growth > RECYCLE:
            self._nursery.bury(worker)
        else:
            self._idle.put(worker)


@cache
def _shared(
    process: int,
    size: int,
    prepare: tuple[Callable[[Any], object], Any] | None,
    seconds: float,
    memory: int,
) -> Pool:
    return Pool(size, True, prepare, seconds, memory)


def shared(
    size: int,
    *,
    prepare: tuple[Callable[[Any], object], Any] | None = None,
    seconds: float = SECONDS,
    memory: int = MEMORY,
) -> Pool:
    """This process's one pool of that kind, for all that ask; it ends with the process."""
    with _SHARING:
        return _shared(os.getpid(), size, prepare, seconds, memory)


_SHARING: Final = Lock()


@dataclass(frozen=True, slots=True)
class Workers:
    """Where a stage does its CPU work: in `size` processes of its own, or (0) in place.

    In place nothing can be stopped and one core is used: for tests, and for bytes that we made.
    seconds, memory: what a task may take, see `Pool`.
    """

    size: int = 0
    seconds: float = SECONDS
    memory: int = MEMORY

    def submit(
        self,
        function: Callable[[Any], Any],
        argument: Any,
        prepare: tuple[Callable[[Any], object], Any] | None = None,
    ) -> Future:
        """The future of function(argument), see `Pool.submit`; `prepare` as for a Pool."""
        if self.size:
            pool = shared(
                self.size,
                prepare=prepare,
                seconds=self.seconds,
                memory=self.memory,
            )
            return pool.submit(function, argument)
        done: Future = Future()
        try:
            done.set_result(function(argument))
        except Exception as error:  # noqa: BLE001 - raised to whoever asks for the result
            done.set_exception(error)
        return done


def _cause(status: int | None) -> TaskError:
    """Why a worker ended, of its wait status."""
    if status is None:
        return TaskDied("its process is gone")
    if os.WIFSIGNALED(status):
        number = os.WTERMSIG(status)
        if number == signal.SIGPROF:
            return TaskTimeout("used up its CPU time")
        return TaskDied(f"ended by {signal.Signals(number).name}")
    return TaskDied(f"exit code {os.waitstatus_to_exitcode(status)}")
