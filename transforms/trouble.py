"""Trouble: a host that does not answer is left alone for a while, with all that is on it.

A circuit breaker (Nygard, "Release It!", 2007): without it a host with 200 feeds that is down costs
200 time-outs, one after the other.
"""

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from transforms.outcomes import Deferred, Failed

# Failures in a row after which a host counts as down, and seconds until it is asked again.
STRIKES: Final = 3
REST: Final = 600.0
# What says of the host itself that nothing can be had from it.
NETWORK: Final = frozenset(
    {"dns_error", "connection_refused", "connection_reset", "empty_reply", "tls_error", "timeout"}
)
_KEPT: Final = 10_000


@dataclass(slots=True)
class _Host:
    strikes: int = 0
    until: float = 0.0


class Hosts:
    """The hosts in trouble; `clock` gives seconds that only grow."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._hosts: OrderedDict[str, _Host] = OrderedDict()

    def check(self, name: str) -> None:
        """Pass if host `name` may be asked. Raises Deferred: host_down."""
        host = self._hosts.get(name)
        if host is not None and host.until > self._clock():
            raise Deferred("host_down", name, retry_after=round(host.until - self._clock()))

    def answered(self, name: str) -> None:
        """Host `name` answered, whatever it said."""
        self._hosts.pop(name, None)

    def failed(self, name: str, failure: Failed) -> None:
        """A request to host `name` failed."""
        if failure.reason not in NETWORK:
            if not isinstance(failure, Deferred):
                self.answered(name)
            return
        host = self._hosts.setdefault(name, _Host())
        host.strikes += 1
        if host.strikes >= STRIKES:
            host.until = self._clock() + REST
        while len(self._hosts) > _KEPT:
            self._hosts.popitem(last=False)
