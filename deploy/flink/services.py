"""Processes that a check starts, waits for with a bound, and ends by their id."""

import os
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Self


class NotReady(RuntimeError):
    """Something did not come up, or did not happen, within its time."""


def free_port() -> int:
    """A port of 127.0.0.1 that is free now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def listens(port: int) -> bool:
    """Whether something accepts connections on a port of 127.0.0.1."""
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex(("127.0.0.1", port)) == 0


def wait_for(what: str, ready: Callable[[], bool], seconds: float) -> None:
    """Return when `ready`. Raises NotReady after `seconds`."""
    end = time.monotonic() + seconds
    while not ready():
        if time.monotonic() > end:
            raise NotReady(f"{what}: not within {seconds:.0f} s")
        time.sleep(0.2)


@dataclass
class Service:
    """One started process, with the log it writes to."""

    name: str
    process: subprocess.Popen[bytes]
    log: Path

    def alive(self) -> bool:
        """Whether it still runs."""
        return self.process.poll() is None

    def wait_until(self, ready: Callable[[], bool], seconds: float) -> None:
        """Return when `ready`. Raises NotReady if the process ends, or after `seconds`."""

        def ready_or_dead() -> bool:
            if not self.alive():
                raise NotReady(f"{self.name} ended with {self.process.returncode}; see {self.log}")
            return ready()

        wait_for(f"{self.name} (log: {self.log})", ready_or_dead, seconds)

    def kill(self) -> None:
        """kill -9 of this one process."""
        self.process.kill()
        self.process.wait(20)

    def children(self) -> list[int]:
        """Ids of the processes that this one started and that still run."""
        found: list[int] = []
        for listing in Path(f"/proc/{self.process.pid}/task").glob("*/children"):
            with suppress(OSError):
                found += [int(pid) for pid in listing.read_text().split()]
        return found

    def stop(self) -> None:
        """End it and what it started: they share a process group, which is its own."""
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGKILL):
            with suppress(ProcessLookupError):
                os.killpg(self.process.pid, number)
            with suppress(subprocess.TimeoutExpired):
                self.process.wait(8)
                break
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)


@dataclass
class Services:
    """All processes of one check; leaving the block ends those that still run."""

    logs: Path
    running: list[Service] = field(default_factory=list)

    def start(
        self, name: str, command: Sequence[str], env: Mapping[str, str] | None = None
    ) -> Service:
        """Start `command` in a process group of its own; what it prints goes to logs/name.log."""
        self.logs.mkdir(parents=True, exist_ok=True)
        log = self.logs / f"{name}.log"
        with log.open("ab") as out:
            process = subprocess.Popen(
                [str(word) for word in command],
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=subprocess.STDOUT,
                env={**os.environ, **(env or {})},
                cwd=self.logs,
                start_new_session=True,
            )
        service = Service(name, process, log)
        self.running.append(service)
        return service

    def __enter__(self) -> Self:
        # Ended from outside, the block is left as on ^C, and its processes with it.
        signal.signal(signal.SIGTERM, signal.default_int_handler)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        for service in reversed(self.running):
            service.stop()
