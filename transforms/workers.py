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
import resource
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import cache
from multiprocessing.connection import Connection
from pathlib import Path
from queue import Empty, LifoQueue
from threading import Lock
from typing import Any, Final, Self

from transforms import nursery
from transforms.nursery import WorkFailed

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

# How the names of gRPC's threads begin (its core, C++).
_OF_GRPC: Final = ("event_engine", "grpc_")
_NO_ANSWER: Final = object()
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
_READY: Final = 120.0  # seconds for a nursery to import and prepare


class TaskError(Exception):
    """A task that came to no end of its own. Its process is gone; nothing else is affected."""


class TaskTimeout(TaskError):
    """It used up its CPU time, or was blocked for very long."""


class TaskMemory(TaskError):
    """It took more memory than a task may."""


class TaskDied(TaskError):
    """Its process ended: a crash in a C library, an abort, an exit."""


@dataclass
class _Worker:
    pid: int
    tasks: Connection
    base: int = 0  # resident bytes before the first task
    served: int = 0

    def __post_init__(self) -> None:
        self.base = _resident(self.pid)

    @property
    def growth(self) -> int:
        return _resident(self.pid) - self.base

    def ended(self) -> bool:
        """Whether an idle worker has died: it has nothing to say otherwise."""
        return self.tasks.poll(0)


class _Nursery:
    """The parent's side of `transforms.nursery`: one request at a time, restarted if it dies."""

    def __init__(self, prepare: bytes, fork: bool) -> None:
        self._prepare = prepare
        self._fork = fork
        self._lock = Lock()
        self._control: Connection | None = None
        self._process: subprocess.Popen | int | None = None

    def fork(self, seconds: float, memory: int) -> _Worker:
        """A new worker."""
        with self._lock:
            try:
                return self._forked(seconds, memory)
            except (EOFError, OSError):  # somebody killed it (the system, for memory)
                self._end()
                return self._forked(seconds, memory)

    def bury(self, worker: _Worker) -> int | None:
        """End a worker; its wait status, None when nobody knows."""
        worker.tasks.close()
        with self._lock:
            if self._control is None:
                return None
            try:
                self._control.send(("bury", worker.pid))
                return int(self._control.recv())
            except (EOFError, OSError):
                self._end()
                return None

    def end(self) -> None:
        """End it, and with it all workers."""
        with self._lock:
            self._end()

    def _forked(self, seconds: float, memory: int) -> _Worker:
        control = self._control or self._start()
        control.send(("fork", (seconds, memory)))
        pid = int(control.recv())
        with socket.socket(fileno=os.dup(control.fileno())) as channel:
            _, fds, _, _ = socket.recv_fds(channel, 1, 1)
        os.set_inheritable(fds[0], False)
        return _Worker(pid, Connection(fds[0]))

    def _start(self) -> Connection:
        attempts = [True, False] if self._fork and may_fork() else [False]
        for fork in attempts:
            ours, theirs = socket.socketpair()
            self._process = _fork_nursery(ours, theirs) if fork else _exec_nursery(theirs)
            theirs.close()
            control = self._control = Connection(ours.detach())
            try:
                control.send_bytes(self._prepare)
                problem: Any = control.recv() if control.poll(_READY) else _NO_ANSWER
            except (EOFError, OSError):
                problem = _NO_ANSWER
            if problem is None:
                return control
            self._end()
            if problem is not _NO_ANSWER:
                raise problem[1]
            # A forked copy that hangs or dies met somebody's lock or thread; a process of its own
            # has none.
        raise TaskDied("no worker process could be prepared")

    def _end(self) -> None:
        if self._control is not None:
            self._control.close()
        process, self._process, self._control = self._process, None, None
        if isinstance(process, subprocess.Popen):
            try:
                process.wait(2 * nursery.LOOK)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        elif process is not None:
            _wait(process, 2 * nursery.LOOK)


def may_fork() -> bool:
    """Whether a copy of this process can be worked with.

    Only Linux is known to. gRPC restarts its threads in a copy and ends it when it finds its files
    closed; those threads are at work in every remote worker of Beam, and wherever its local
    runner has several workers.
    """
    if sys.platform != "linux":
        return False
    for name in Path("/proc/self/task").glob("*/comm"):
        try:
            if name.read_text("ascii", "replace").startswith(_OF_GRPC):
                return False
        except OSError:
            continue  # that thread has just ended
    return True


def _fork_nursery(ours: socket.socket, theirs: socket.socket) -> int:
    parent = os.getpid()
    pid = os.fork()
    if pid == 0:
        ours.close()
        nursery.run(Connection(theirs.detach()), parent)
    return pid


def _exec_nursery(theirs: socket.socket) -> subprocess.Popen:
    """A nursery of a new interpreter, for processes that must not fork (gRPC's threads)."""
    fd = theirs.fileno()
    code = (
        "import sys; from multiprocessing.connection import Connection; "
        "from transforms.nursery import run; "
        f"run(Connection({fd}), {os.getpid()})"
    )
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(p for p in sys.path if p)}
    return subprocess.Popen(
        [sys.executable, "-c", code],
        pass_fds=[fd],
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
    )


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
    _idle: LifoQueue[_Worker] = field(default_factory=LifoQueue, init=False, repr=False)

    def __post_init__(self) -> None:
        self._nursery = _Nursery(pickle.dumps(self.prepare), self.fork)
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

    def _take(self) -> _Worker:
        while True:
            try:
                worker = self._idle.get_nowait()
            except Empty:
                return self._nursery.fork(self.seconds, self.memory)
            if not worker.ended():
                return worker
            self._nursery.bury(worker)

    def _watch(self, worker: _Worker) -> TaskError | None:
        """Wait for an answer (or the end) of a worker; what it did wrong if it must be ended."""
        patience = time.monotonic() + _PATIENCE * self.seconds
        while not worker.tasks.poll(_LOOK):
            growth = worker.growth
            if growth > self.memory:
                return TaskMemory(f"{growth // 2**20} MiB, at most {self.memory // 2**20}")
            if time.monotonic() > patience:
                return TaskTimeout(f"blocked for {_PATIENCE * self.seconds:.0f} s")
        return None

    def _give_back(self, worker: _Worker) -> None:
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


def _resident(pid: int) -> int:
    """Bytes of memory that a process holds, without files; 0 where the system does not tell."""
    try:
        with open(f"/proc/{pid}/statm", encoding="ascii") as file:
            _, resident, of_files, *_ = map(int, file.read().split())
            return (resident - of_files) * resource.getpagesize()
    except OSError:
        return 0


def _wait(pid: int, seconds: float) -> None:
    """Wait for a child to end, and end it if it does not."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        try:
            if os.waitpid(pid, os.WNOHANG)[0]:
                return
        except ChildProcessError:
            return
        time.sleep(0.005)
    try:
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
    except (ChildProcessError, ProcessLookupError):
        return
