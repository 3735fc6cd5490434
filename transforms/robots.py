"""robots.txt, as RFC 9309 has it: asked once per origin, honoured for every page.

What cannot be read now is a no for now; what does not exist, or is no robots.txt, is a yes.
"""

import asyncio
from collections import OrderedDict
from dataclasses import dataclass
from typing import Final

from yarl import URL

from transforms.answers import Exchange, Response, url_of
from transforms.captures import Capture, capture_robots
from transforms.http import PRODUCT, Client, host_key
from transforms.outcomes import Failed, Rejected
from transforms.rights import reservations
from transforms.robots_rules import Robots as Rules
from transforms.robots_rules import parse

MAX_BYTES: Final = 500 << 10  # RFC 9309 2.5: parse at least 500 KiB; the rest is cut off
MAX_AGE: Final = 24 * 3600.0  # seconds; RFC 9309 2.4
MAX_AGE_FAILED: Final = 3600.0  # seconds until one that could not be read is asked for again
_ACCEPT: Final = "text/plain, */*;q=0.1"
# Reasons that say of the host itself what its pages would meet too: named as they are.
_OF_THE_HOST: Final = (
    "bad_url",
    "blocked_address",
    "connection_refused",
    "dns_error",
    "rate_limited",
    "tls_error",
)
# No robots.txt worth the name: RFC 9309 2.3.1.2 and 2.3.1.3, "unavailable", so no restrictions.
_ABSENT: Final = ("empty_body", "gone", "bad_redirect", "too_many_redirects")


@dataclass(frozen=True, slots=True)
class _Known:
    rules: Rules | Failed
    until: float  # the loop's clock


class Robots:
    """The robots.txt of every origin that is asked for, through one client.

    Keeps the `kept` origins used last. What came for each is added to `captures`.
    """

    def __init__(
        self,
        client: Client,
        product: str = PRODUCT,
        kept: int = 2_000,
        captures: list[Capture] | None = None,
    ) -> None:
        self._client = client
        self._captures = captures
        self._product = product
        self._kept = kept
        self._origins: OrderedDict[URL, asyncio.Task[_Known]] = OrderedDict()

    async def check(self, url: str) -> tuple[str, ...]:
        """Pass if `url` may be fetched; its host is then paced as its robots.txt asks.

        Gives what the robots.txt reserves of it, as `reservations` does.

        Raises:
            Rejected: `robots_disallowed`.
            Failed: `robots_unavailable`, passing; or why the host cannot be reached at all.
        """
        target = url_of(url)
        origin = target.origin()
        rules = await self._rules(origin)
        ours = rules.group(self._product)
        if ours.crawl_delay is not None:
            self._client.pacing.slow_down(host_key(target), ours.crawl_delay)
        if not ours.allows(target.raw_path_qs):
            raise Rejected("robots_disallowed", f"{origin}/robots.txt")
        return reservations(rules, ours, target.raw_path_qs)

    async def _rules(self, origin: URL) -> Rules:
        loop = asyncio.get_running_loop()
        task = self._origins.get(origin)
        if (
            task is not None
            and task.done()
            and (task.cancelled() or task.exception() or task.result().until <= loop.time())
        ):
            task = None
        if task is None:
            # A task of its own: whoever asked first may be cancelled, the others still wait.
            task = self._origins[origin] = asyncio.create_task(self._read(origin))
        self._origins.move_to_end(origin)
        while len(self._origins) > self._kept:
            self._origins.popitem(last=False)
        known = task.result() if task.done() else await asyncio.shield(task)
        rules = known.rules
        if isinstance(rules, Failed):
            # A fresh one: an exception that is raised again grows a traceback each time.
            raise type(rules)(
                rules.reason, rules.detail, passing=rules.passing, retry_after=rules.retry_after
            )
        return rules

    async def _read(self, origin: URL) -> _Known:
        now = asyncio.get_running_loop().time()
        try:
            response = await self._get(str(origin.with_path("/robots.txt")))
        except Failed as failed:
            if failed.reason in _OF_THE_HOST:
                return _Known(failed, now if failed.passing else now + MAX_AGE_FAILED)
            status = failed.status or 0
            if failed.reason in _ABSENT or 400 <= status < 500:
                return _Known(Rules({}), now + MAX_AGE)
            unavailable = Failed("robots_unavailable", str(failed), status=failed.status)
            return _Known(unavailable, now + MAX_AGE_FAILED)
        return _Known(parse(response.body), now + MAX_AGE)

    async def _get(self, url: str) -> Response:
        tape: list[Exchange] | None = None if self._captures is None else []
        ended: Response | Failed
        try:
            ended = await self._client.get(
                url, accept=_ACCEPT, max_bytes=MAX_BYTES, cut=True, tape=tape
            )
        except Failed as failed:
            ended = failed
        if tape is not None and self._captures is not None:
            self._captures.append(capture_robots(url, ended, tape))
        if isinstance(ended, Failed):
            raise ended
        return ended
