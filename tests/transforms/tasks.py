"""What the tests of worker processes let them do: functions that another process can import."""

import ctypes
import os
import signal
import time
from pathlib import Path

PREPARED: list[str] = []


def double(n: int) -> int:
    return 2 * n


def pid(_: object) -> int:
    return os.getpid()


def spin(_: object) -> None:
    while True:
        pass


def spin_in_c(n: int) -> int:
    """One call into C that holds the interpreter, which no Python signal handler could end."""
    return len(str(1 << n))


def sleep(seconds: float) -> None:
    time.sleep(seconds)


def hoard(_: object) -> None:
    """Take memory step by step, as a parser of a bomb does."""
    held = []
    while True:
        held.append(bytearray(os.urandom(1) * 8_000_000))


def grab(size: int) -> int:
    """Take memory at once."""
    return len(bytearray(size))


def keep(size: int) -> int:
    PREPARED.append("x" * size)
    return os.getpid()


def abort(_: object) -> None:
    os.abort()


def segfault(_: object) -> None:
    ctypes.string_at(0)


def leave(code: int) -> None:
    os._exit(code)


def exit_politely(code: int) -> None:
    raise SystemExit(code)


def complain(words: str) -> None:
    raise ValueError(words)


class Awkward(Exception):
    """Pickles, but cannot be made again of its own arguments."""

    def __init__(self, one: str, two: str) -> None:
        super().__init__(f"{one} and {two}")


def complain_awkwardly(words: str) -> None:
    raise Awkward(words, words)


def unpicklable(_: object) -> object:
    return lambda: None


def prepare(word: str) -> None:
    PREPARED.append(word)


def fail_to_prepare(word: str) -> None:
    raise LookupError(word)


def prepared(_: object) -> tuple[list[str], int]:
    return PREPARED, os.getppid()


def open_files(_: object) -> list[str]:
    return sorted(
        os.readlink(f"/proc/self/fd/{name}")
        for name in os.listdir("/proc/self/fd")
        if Path(f"/proc/self/fd/{name}").is_symlink()
    )


def default_signals(_: object) -> list[bool]:
    return [signal.getsignal(signal.SIGTERM) is signal.SIG_DFL]
