"""The process that worker processes are forked from, and what a worker does.

The workers of `transforms.workers` have one parent, which has a single thread, holds no socket,
file or lock of the pipeline, and does nothing but fork and bury them. So a worker can be replaced
at any moment in milliseconds, although the pipeline around it has threads (a fork of a process
with threads may inherit a lock that nobody will ever release: POSIX.1-2017, fork).
"""

import ctypes
import gc
import logging
import os
import pickle
import resource
import select
import signal
import socket
import sys
import traceback
from collections.abc import Callable
from multiprocessing.connection import Connection
from typing import Any, Final, NoReturn

LOOK: Final = 1.0  # seconds between two looks whether the parent still lives
_PR_SET_PDEATHSIG: Final = 1  # prctl(2)
# Address space is a coarse measure of memory (allocators reserve more than they use): it only
# stops what grows faster than the watch over resident memory can see.
_ADDRESS_SPACE: Final = 4
_SIGNALS: Final = {
    signal.SIGINT: signal.SIG_IGN,  # Ctrl-C in a terminal reaches all; the parent decides
    signal.SIGTERM: signal.SIG_DFL,
    signal.SIGCHLD: signal.SIG_DFL,
    signal.SIGPROF: signal.SIG_DFL,  # ends the process: a worker's deadline
    signal.SIGXFSZ: signal.SIG_DFL,
}


class TaskError(Exception):
    """A task that came to no end of its own. Its process is gone; nothing else is affected."""


class TaskTimeout(TaskError):
    """It used up its CPU time, or was blocked for very long."""


class TaskMemory(TaskError):
    """It took more memory than a task may."""


class TaskDied(TaskError):
    """Its process ended: a crash in a C library, an abort, an exit."""


class WorkFailed(Exception):
    """What a task raised cannot be sent as it is (or its result cannot): told in words."""


def run(control: Connection, parent: int) -> NoReturn:
    """Serve the process `parent` over `control` until it closes it or dies; never returns.

    The first message is what to prepare, pickled: None or (function, argument). The answer is
    None or what preparing raised. Then each request is (what, number): `fork` with the seconds
    of CPU and bytes of memory for each task answers with a pid and a socket; `bury` with a pid
    kills that worker and answers with its wait status.
    """
    status = 1
    try:
        _settle(control)
        status = _serve(control, parent)
    except (EOFError, OSError):
        status = 0  # the parent is gone, or does not want us any more
    except Exception:  # noqa: BLE001 - the last frame of a process; there is nobody to raise to
        traceback.print_exc()
    finally:
        os._exit(status)


def _settle(control: Connection) -> None:
    """Let go of everything that belongs to the parent."""
    for number, action in _SIGNALS.items():
        signal.signal(number, action)
    # What libraries say while they are imported or at work is not told to the pipeline's user.
    logging.getLogger().setLevel(logging.CRITICAL)
    signal.set_wakeup_fd(-1)
    # A socket that two processes hold open is not closed when its owner closes it.
    os.closerange(3, control.fileno())
    os.closerange(control.fileno() + 1, os.sysconf("SC_OPEN_MAX"))
    quiet = os.open(os.devnull, os.O_RDWR)
    os.dup2(quiet, 0)
    os.dup2(quiet, 1)
    os.close(quiet)


def _serve(control: Connection, parent: int) -> int:
    prepare = control.recv_bytes()
    try:
        wanted = pickle.loads(prepare)
        if wanted:
            wanted[0](wanted[1])
        control.send_bytes(pickle.dumps(None))
    except Exception as error:  # noqa: BLE001 - sent to the parent, which raises it
        control.send_bytes(_packed(error))
        return 1
    gc.freeze()  # what all workers share is not touched by their collectors, so it stays shared
    workers: set[int] = set()
    try:
        while True:
            if not select.select([control], [], [], LOOK)[0]:
                if os.getppid() != parent:
                    return 0
                continue
            match control.recv():
                case ("fork", (seconds, memory)):
                    workers.add(_fork(control, seconds, memory))
                case ("bury", pid):
                    workers.discard(pid)
                    control.send(_bury(pid))
    finally:
        for pid in workers:
            os.kill(pid, signal.SIGKILL)


def _fork(control: Connection, seconds: float, memory: int) -> int:
    ours, theirs = socket.socketpair()
    nursery = os.getpid()
    pid = os.fork()
    if pid == 0:
        control.close()
        theirs.close()
        work(Connection(ours.detach()), nursery, seconds, memory)
    ours.close()
    control.send(pid)
    with socket.socket(fileno=os.dup(control.fileno())) as channel:
        socket.send_fds(channel, [b"w"], [theirs.fileno()])
    theirs.close()
    return pid


def _bury(pid: int) -> int:
    # Not yet waited for, so that the pid cannot belong to anybody else.
    os.kill(pid, signal.SIGKILL)
    return os.waitpid(pid, 0)[1]


def work(tasks: Connection, nursery: int, seconds: float, memory: int) -> NoReturn:
    """A worker's life: a pickled (function, argument) in, a pickled (ok, value) out.

    A task that takes more than `seconds` of CPU time is ended by the kernel (SIGPROF), also in
    the middle of a C function. CPU time and not wall time: the same page then has the same
    outcome on a busy machine.
    """
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != nursery:
        os._exit(0)
    size = _address_space()
    if size:
        cap = size + _ADDRESS_SPACE * memory
        hard = resource.getrlimit(resource.RLIMIT_AS)[1]
        resource.setrlimit(resource.RLIMIT_AS, (cap if hard < 0 else min(cap, hard), hard))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    while True:
        try:
            task = tasks.recv_bytes()
        except (EOFError, OSError):
            os._exit(0)
        signal.setitimer(signal.ITIMER_PROF, seconds)
        answer = _answer(task)
        signal.setitimer(signal.ITIMER_PROF, 0)
        try:
            tasks.send_bytes(answer)
        except OSError:
            os._exit(0)
        del task, answer


def _answer(task: bytes) -> bytes:
    try:
        function: Callable[[Any], Any]
        function, argument = pickle.loads(task)
        value = function(argument)
    except BaseException as error:  # noqa: BLE001 - sent to the parent, which raises it
        return _packed(error)
    try:
        return pickle.dumps((True, value), pickle.HIGHEST_PROTOCOL)
    except Exception as error:  # noqa: BLE001 - __reduce__ of anything may raise anything
        return _packed(WorkFailed(f"the result cannot be sent: {type(error).__name__}: {error}"))


def _packed(error: BaseException) -> bytes:
    """A pickled (False, error) that is known to unpickle; what cannot be sent is told in words."""
    told = "".join(traceback.format_exception(error)).rstrip()
    try:
        # With where it came from, as a traceback does not survive pickling.
        error.add_note(f"in a worker process:\n{told}")
        packed = pickle.dumps((False, error), pickle.HIGHEST_PROTOCOL)
        _, again = pickle.loads(packed)
        if isinstance(again, Exception):
            return packed
    except Exception:  # noqa: BLE001, S110 - __reduce__ and __init__ of anything may raise anything
        pass
    last = traceback.format_exception_only(error)[0].strip()
    failed = WorkFailed(last)
    failed.add_note(f"in a worker process:\n{told}")
    return pickle.dumps((False, failed), pickle.HIGHEST_PROTOCOL)


def _address_space() -> int:
    """Bytes of address space of this process; 0 where the system does not tell."""
    try:
        with open("/proc/self/statm", encoding="ascii") as file:
            return int(file.read().split()[0]) * resource.getpagesize()
    except OSError:
        return 0
