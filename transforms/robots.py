"""robots.txt, as RFC 9309 has it: asked once per origin, honoured for every page.

What cannot be read now is a no for now; what does not exist, or is no robots.txt, is a yes.
"""

import asyncio
import codecs
import logging
import re
from collections import OrderedDict
from dataclasses import dataclass
from typing import Final

from protego import Protego
from yarl import URL

from transforms.answers import url_of
from transforms.http import PRODUCT, Client, host_key
from transforms.outcomes import Failed, Rejected

MAX_BYTES: Final = 500 << 10  # RFC 9309 2.5: parse at least 500 KiB; the rest is cut off
MAX_AGE: Final = 24 * 3600.0  # seconds; RFC 9309 2.4
MAX_AGE_FAILED: Final = 3600.0  # seconds until one that could not be read is asked for again
_ACCEPT: Final = "text/plain, */*;q=0.1"
_AGENT_LINE: Final = re.compile(r"[ \t]*user[- ]?agent(?:[ \t]*:|[ \t])[ \t]*(.*)", re.IGNORECASE)
# What the library counts as a rule, its misspellings included. To it any other line would end a
# run of user-agent lines, where RFC 9309 2.2.4 says that other records are left aside.
_RULE_LINE: Final = re.compile(r"[ \t]*(?:allow|di\w*l\w*w|crawl[- ]delay)\b", re.IGNORECASE)
_TOKEN: Final = re.compile(r"[a-z_-]+", re.IGNORECASE)  # RFC 9309 2.2.1, a product token
_SOMEBODY: Final = "=somebody-else="  # no token has an =
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

logging.getLogger("protego").setLevel(logging.WARNING)


def text_of(body: bytes) -> str:
    """The text of a robots.txt: UTF-8 as it should be, or what its BOM says."""
    for mark, encoding in (
        (codecs.BOM_UTF8, "utf-8"),
        (codecs.BOM_UTF16_LE, "utf-16-le"),
        (codecs.BOM_UTF16_BE, "utf-16-be"),
    ):
        if body.startswith(mark):
            return body[len(mark) :].decode(encoding, "replace")
    if body[1:2] == b"\0":
        return body.decode("utf-16-le", "replace")
    if body[:1] == b"\0":
        return body.decode("utf-16-be", "replace")
    return body.decode("utf-8", "replace")


@dataclass(frozen=True, slots=True)
class Rules:
    """What one robots.txt says to one crawler."""

    rules: Protego | None  # None: nothing is said
    product: str

    def allows(self, url: str) -> bool:
        """Whether `url` may be fetched."""
        return self.rules is None or self.rules.can_fetch(url, self.product)

    @property
    def crawl_delay(self) -> float | None:
        """Seconds to rest between requests, when it says so."""
        return None if self.rules is None else self.rules.crawl_delay(self.product)


def parse(body: bytes, product: str = PRODUCT) -> Rules:
    """The rules of a robots.txt for the crawler whose product token is `product`.

    A web page served in its place says nothing. A group is ours when the first token of a
    user-agent line is our product token, whatever its case; the library would also match another
    part of a name, so the lines are made plain for it first.
    """
    text = text_of(body)
    if text.lstrip().startswith("<"):
        return Rules(None, product)
    lines = (_plain(line, product.lower()) for line in re.split(r"\r\n|\r|\n", text))
    return Rules(Protego.parse("\n".join(lines)), product.lower())


def _plain(line: str, product: str) -> str:
    agent = _AGENT_LINE.match(line)
    if agent is None:
        return line if _RULE_LINE.match(line) else ""
    value = agent[1].strip()
    if value == "*" or value.startswith(("* ", "*\t", "*#")):
        return "User-agent: *"
    token = _TOKEN.match(value)
    ours = token is not None and token[0].lower() == product
    return f"User-agent: {product if ours else _SOMEBODY}"


@dataclass(frozen=True, slots=True)
class _Known:
    rules: Rules | Failed
    until: float  # the loop's clock


class Robots:
    """The robots.txt of every origin that is asked for, through one client.

    Keeps the `kept` origins used last.
    """

    def __init__(self, client: Client, product: str = PRODUCT, kept: int = 2_000) -> None:
        self._client = client
        self._product = product
        self._kept = kept
        self._origins: OrderedDict[URL, asyncio.Task[_Known]] = OrderedDict()

    async def check(self, url: str) -> None:
        """Pass if `url` may be fetched; its host is then paced as its robots.txt asks.

        Raises:
            Rejected: `robots_disallowed`.
            Failed: `robots_unavailable`, passing; or why the host cannot be reached at all.
        """
        target = url_of(url)
        rules = await self._rules(target.origin())
        if rules.crawl_delay is not None:
            self._client.pacing.slow_down(host_key(target), rules.crawl_delay)
        if not rules.allows(str(target)):
            raise Rejected("robots_disallowed", f"{target.origin()}/robots.txt")

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
        rules = (await asyncio.shield(task)).rules
        if isinstance(rules, Failed):
            # A fresh one: an exception that is raised again grows a traceback each time.
            raise type(rules)(
                rules.reason, rules.detail, passing=rules.passing, retry_after=rules.retry_after
            )
        return rules

    async def _read(self, origin: URL) -> _Known:
        now = asyncio.get_running_loop().time()
        try:
            response = await self._client.get(
                str(origin.with_path("/robots.txt")), accept=_ACCEPT, max_bytes=MAX_BYTES, cut=True
            )
        except Failed as failed:
            if failed.reason in _OF_THE_HOST:
                return _Known(failed, now if failed.passing else now + MAX_AGE_FAILED)
            status = failed.status or 0
            if failed.reason in _ABSENT or 400 <= status < 500:
                return _Known(Rules(None, self._product), now + MAX_AGE)
            unavailable = Failed("robots_unavailable", str(failed), status=failed.status)
            return _Known(unavailable, now + MAX_AGE_FAILED)
        return _Known(parse(response.body, self._product), now + MAX_AGE)
