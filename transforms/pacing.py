"""Manners: one conversation at a time with each host, with a rest after each request.

A host that asks for fewer requests is left alone as a whole, whichever page it said so for.
"""

import asyncio
from collections import OrderedDict
from typing import Final

from transforms.outcomes import Deferred

MAX_DELAY: Final = 120.0  # seconds; a Crawl-delay beyond it is a way to say no, or a mistake
MAX_PAUSE: Final = 86_400.0  # seconds
DEFAULT_PAUSE: Final = 30.0  # seconds, when a host asks for a pause and does not say how long


class _Host:
    __slots__ = ("delay", "free_at", "lock", "paused_until", "strikes", "users")

    def __init__(self, delay: float) -> None:
        self.lock = asyncio.Lock()
        self.users = 0  # tasks that hold or wait for the lock
        self.delay = delay
        self.free_at = 0.0
        self.paused_until = 0.0
        self.strikes = 0  # pauses asked for in a row


class Pacing:
    """Turns at hosts. Belongs to one event loop; all times are seconds of its clock.

    `delay` is the rest between the end of a turn and the start of the host's next. A turn at a
    paused host is waited for when the pause is at most `patience`, else refused at once.
    At most `concurrency` turns run at a time, over all hosts. Hosts that are at rest are
    forgotten beyond `kept`.
    """

    def __init__(
        self, delay: float, concurrency: int, patience: float = 60.0, kept: int = 10_000
    ) -> None:
        self._delay = delay
        self._patience = patience
        self._kept = kept
        self._slots = asyncio.Semaphore(concurrency)
        self._hosts: OrderedDict[str, _Host] = OrderedDict()

    def turn(self, name: str) -> "Turn":
        """The next turn at host `name`, first come first served, for `async with`.

        Entering raises:
            Deferred: `rate_limited`, without a request: the host asked for a long pause.
        """
        return Turn(self, name)

    def slow_down(self, name: str, delay: float) -> None:
        """Rest at least `delay` seconds between turns at host `name` (a Crawl-delay)."""
        host = self._host(name)
        host.delay = max(self._delay, min(delay, MAX_DELAY))

    def pause(self, name: str, seconds: float | None) -> None:
        """Leave host `name` alone for `seconds`, or as long as seems right when it gave none.

        The pause doubles each time that a host asks again right after one: it meant longer.
        """
        host = self._host(name)
        asked = DEFAULT_PAUSE if seconds is None else max(seconds, 1.0)
        pause = min(asked * 2**host.strikes, MAX_PAUSE)
        host.strikes = min(host.strikes + 1, 20)
        host.paused_until = max(host.paused_until, _now() + pause)

    def content(self, name: str) -> None:
        """Host `name` answered without asking for a pause."""
        self._host(name).strikes = 0

    async def _rest(self, name: str, host: _Host) -> None:
        pause = host.paused_until - _now()
        if pause > self._patience:
            raise Deferred("rate_limited", f"{name} asked for a pause", retry_after=round(pause))
        begun = host.free_at > 0
        wait = max(pause, host.free_at + host.delay - _now() if begun else 0.0)
        if wait > 0:
            await asyncio.sleep(wait)

    async def _begin(self, name: str) -> _Host:
        host = self._host(name)
        host.users += 1
        try:
            await host.lock.acquire()
            try:
                await self._rest(name, host)
                await self._slots.acquire()
            except BaseException:
                host.lock.release()
                raise
        except BaseException:
            host.users -= 1
            raise
        return host

    def _end(self, host: _Host) -> None:
        host.free_at = _now()
        self._slots.release()
        host.lock.release()
        host.users -= 1

    def _host(self, name: str) -> _Host:
        host = self._hosts.get(name)
        if host is None:
            host = self._hosts[name] = _Host(self._delay)
            self._forget()
        self._hosts.move_to_end(name)
        return host

    def _forget(self) -> None:
        """Drop hosts at rest, longest unused first; at most a few per call."""
        now = _now()
        for name in list(self._hosts)[:8] if len(self._hosts) > self._kept else ():
            host = self._hosts[name]
            at_rest = max(host.free_at + host.delay, host.paused_until) <= now
            if host.users == 0 and at_rest and len(self._hosts) > self._kept:
                del self._hosts[name]
            else:
                self._hosts.move_to_end(name)


class Turn:
    """A turn at a host, as a context manager: see `Pacing.turn`."""

    __slots__ = ("_host", "_name", "_pacing")

    def __init__(self, pacing: Pacing, name: str) -> None:
        self._pacing = pacing
        self._name = name

    async def __aenter__(self) -> None:
        self._host = await self._pacing._begin(self._name)

    async def __aexit__(self, *_: object) -> None:
        self._pacing._end(self._host)


def _now() -> float:
    return asyncio.get_running_loop().time()
