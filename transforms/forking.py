"""The pipeline's side of `transforms.nursery`: starts it, asks it for workers, ends them."""

import os
import resource
import select
import signal
import socket
import subprocess
import sys
import time
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from threading import Lock
from typing import Any, Final

from transforms import nursery
from transforms.nursery import TaskDied

# How the names of gRPC's threads begin (its core, C++).
_OF_GRPC: Final = ("event_engine", "grpc_")
_NO_ANSWER: Final = object()
_READY: Final = 120.0  # seconds for a nursery to import and prepare


@dataclass
class Worker:
    """A process that does tasks, one at a time, sent through `tasks`."""

    pid: int
    tasks: Connection
    base: int = 0  # resident bytes before the first task
    served: int = 0

    def __post_init__(self) -> None:
        self.base = _resident(self.pid)
        # Connection.poll registers its file with a new selector each time, which takes ten times
        # as long as asking.
        self._poll = select.poll()
        self._poll.register(self.tasks.fileno(), select.POLLIN)

    def answered(self, seconds: float) -> bool:
        """Whether it has answered, or ended, within so many seconds."""
        return bool(self._poll.poll(1000 * seconds))

    @property
    def growth(self) -> int:
        """Bytes that it holds more than before its first task."""
        return _resident(self.pid) - self.base

    def ended(self) -> bool:
        """Whether an idle worker has died: it has nothing to say otherwise."""
        return self.answered(0)


class Nursery:
    """A nursery: one request at a time, restarted if it dies.

    prepare: (function, argument) or None, pickled, see `nursery.run`. fork: whether it may be a
    copy of this process.
    """

    def __init__(self, prepare: bytes, fork: bool) -> None:
        self._prepare = prepare
        self._fork = fork
        self._lock = Lock()
        self._control: Connection | None = None
        self._process: subprocess.Popen | int | None = None

    def fork(self, seconds: float, memory: int) -> Worker:
        """A new worker."""
        with self._lock:
            try:
                return self._forked(seconds, memory)
            except (EOFError, OSError):  # somebody killed it (the system, for memory)
                self._end()
                return self._forked(seconds, memory)

    def bury(self, worker: Worker) -> int | None:
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

    def _forked(self, seconds: float, memory: int) -> Worker:
        control = self._control or self._start()
        control.send(("fork", (seconds, memory)))
        pid = int(control.recv())
        with socket.socket(fileno=os.dup(control.fileno())) as channel:
            _, fds, _, _ = socket.recv_fds(channel, 1, 1)
        os.set_inheritable(fds[0], False)
        return Worker(pid, Connection(fds[0]))

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
