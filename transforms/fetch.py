"""Fetch: Entry -> Page. The page that an entry links to, if the site allows it."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime
from typing import Any, Final

import apache_beam as beam
from apache_beam.pvalue import TaggedOutput

from schemas.elements import Entry, Outcome, Page, Run
from transforms.answers import Exchange, Response
from transforms.captures import Capture, capture_page
from transforms.concurrently import Concurrently
from transforms.http import Client
from transforms.outcomes import Deferred, Failed, Rejected, end
from transforms.robots import Robots
from transforms.runs import RunInput
from transforms.tally import count, measure
from transforms.web import Web

ENTRY_TYPE: Final = "application/vnd.newsbeam.entry+json"
ACCEPT: Final = "text/html, application/xhtml+xml, text/plain;q=0.8, */*;q=0.1"
MAX_BYTES: Final = 5 << 20  # decoded; news-crawl's limit


def entry_json(entry: Entry) -> bytes:
    """The entry as JSON with sorted keys, in ASCII: what a replay of its fetch needs."""

    def plain(value: Any) -> str:
        if isinstance(value, datetime):
            return value.isoformat()
        raise TypeError(f"no JSON for {type(value).__name__}")

    fields = asdict(entry)
    return json.dumps(fields, default=plain, sort_keys=True, separators=(",", ":")).encode("ascii")


async def fetch(
    entry: Entry,
    client: Client,
    robots: Robots,
    max_bytes: int = MAX_BYTES,
    tape: list[Exchange] | None = None,
) -> Response:
    """The answer for the page of `entry`; each URL on the way is asked of its robots.txt first.

    Every answer on the way is added to `tape`.

    Raises:
        Rejected: `robots_disallowed`.
        Failed: any other reason of the transport.
    """
    url = entry.origin.url
    rights = await robots.check(url)
    return await client.get(
        url, accept=ACCEPT, max_bytes=max_bytes, rights=rights, follow=robots.check, tape=tape
    )


def page(entry: Entry, response: Response, retrieved_at: datetime) -> Page:
    """The page of `entry` in the answer for it."""
    return Page(
        entry=entry,
        url=response.url,
        status=response.status,
        headers=response.headers,
        body=response.body,
        retrieved_at=retrieved_at,
        rights=response.rights,
    )


def unfetched(entry: Entry, error: Failed | Rejected, at: datetime) -> Outcome:
    """The outcome of an entry whose page could not be had.

    Its origin's `attempts` counts this run when another may fare better, and is 0 when not. A
    run that did not ask is not counted; yet what was never asked for must stay above 0.
    """
    attempts = entry.origin.attempts
    if isinstance(error, Deferred):
        attempts = max(attempts, 1)
    else:
        attempts = attempts + 1 if isinstance(error, Failed) and error.passing else 0
    return end(
        replace(
            entry.origin,
            attempts=attempts,
            retry_after=error.retry_after if isinstance(error, Failed) else None,
        ),
        error.outcome,
        "fetch",
        at,
        reason=error.reason,
        detail=error.detail,
        payload=entry_json(entry),
        payload_type=ENTRY_TYPE,
    )


def output(entry: Entry, ended: Response | Failed | Rejected, at: datetime) -> Page | TaggedOutput:
    """What an entry becomes whose request ended so: its page, or its outcome on "outcomes"."""
    if isinstance(ended, Response):
        return page(entry, ended, at)
    return TaggedOutput("outcomes", unfetched(entry, ended, at))


class _Fetching(Concurrently):
    def __init__(self, web: Web, max_bytes: int, in_flight: int, archive: bool) -> None:
        self.web = web
        self.archive = archive
        self.max_bytes = max_bytes
        self.in_flight = in_flight

    async def open(self) -> None:
        self._client = await self.web.client().__aenter__()
        self._asked: list[Capture] | None = [] if self.archive else None
        self._robots = Robots(self._client, captures=self._asked)

    async def handle(self, element: Entry, run: Run) -> Iterable[Any]:
        tape: list[Exchange] | None = [] if self.archive else None
        ended: Response | Failed | Rejected
        try:
            ended = await fetch(element, self._client, self._robots, self.max_bytes, tape)
        except (Failed, Rejected) as error:
            ended = error
        return (*self._captures(element, ended, tape), output(element, ended, run.at))

    def _captures(
        self, entry: Entry, ended: Response | Failed | Rejected, tape: list[Exchange] | None
    ) -> Iterator[TaggedOutput]:
        """What came, ahead of what is made of it."""
        if tape is None or self._asked is None:
            return
        while self._asked:
            yield TaggedOutput("captures", self._asked.pop())
        yield TaggedOutput("captures", capture_page(entry, ended, tape))

    async def close(self) -> None:
        await self._client.__aexit__(None, None, None)

    def observe(self, output: Any) -> None:
        if isinstance(output, Page):
            count("fetch", "pages")
            count("fetch", "bytes", len(output.body))
            measure("fetch", "page_bytes", len(output.body))
        elif output.tag == "outcomes":
            count("fetch", output.value.outcome)


@dataclass
class Fetch(beam.PTransform):
    """Entry -> Page, and Outcome on "outcomes" for the entries whose page could not be had.

    With `archive`, what came over the wire is on "captures" (Capture), ahead of its page.

    Hosts proceed side by side, each in one paced conversation per worker process.

    Args:
        run: whose logical time is every page's `retrieved_at`.
        web: how to behave on the network.
        max_bytes: of a decoded page.
        in_flight: entries in work or finished at a time, which bounds the memory they take.
        archive: whether captures are wanted; they cost a copy of each body.
    """

    run: RunInput
    web: Web = field(default_factory=Web)
    max_bytes: int = MAX_BYTES
    in_flight: int = 256
    archive: bool = False

    def __post_init__(self) -> None:
        super().__init__()

    def expand(self, entries: beam.PCollection[Entry]) -> beam.pvalue.DoOutputsTuple:
        fetching = (
            beam.ParDo(_Fetching(self.web, self.max_bytes, self.in_flight, self.archive), self.run)
            .with_input_types(Entry, Run)
            .with_output_types(Page, outcomes=Outcome, captures=Capture)
        )
        return entries | fetching.with_outputs("outcomes", "captures", main="main")
