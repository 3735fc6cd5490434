"""Checking feeds without storing anything: what each is, how many entries it has, what is wrong."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from schemas.elements import Entry, Feed
from transforms.answers import Response
from transforms.dates import parse_date
from transforms.feed_document import FLAGS, KINDS
from transforms.feed_state import QUIET_AFTER
from transforms.http import Client
from transforms.outcomes import REASONS, Failed, Rejected
from transforms.parse_feed import Parse, ParsedFeed, parse_feed

MAX_FEED_BYTES: Final = 10 * 1024 * 1024
ACCEPT: Final = (
    "application/atom+xml, application/rss+xml, application/feed+json, "
    "application/rdf+xml;q=0.9, application/xml;q=0.8, text/xml;q=0.8, */*;q=0.1"
)
AT_A_TIME: Final = 64  # answers held in memory
_HTML: Final = ("text/html", "application/xhtml+xml")


@dataclass(frozen=True, slots=True)
class Checked:
    """What one poll of a feed shows.

    state: ok, problems (usable, with something to mend) or failed. kind: as of a FeedDocument.
    newest: the latest date of its entries. url: after redirects. problems: what its publisher or
    the operator should mend; notes: what is good to know; a sentence each.
    """

    feed: Feed
    state: str
    url: str
    http_status: int | None = None
    kind: str | None = None
    title: str | None = None
    entries: int = 0
    newest: datetime | None = None
    reason: str | None = None
    problems: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    children: tuple[str, ...] = ()


async def check(
    feeds: Sequence[Feed], client: Client, at: datetime, parse: Parse = parse_feed
) -> AsyncIterator[Checked]:
    """Poll each of `feeds` once; what came of it, in their order, each as soon as it is known.

    parse: what reads a body, as `parse_feed`; called in a thread.
    """
    room = asyncio.Semaphore(AT_A_TIME)
    tasks = [asyncio.create_task(_check(feed, client, at, room, parse)) for feed in feeds]
    try:
        for task in tasks:
            yield await task
    finally:
        for task in tasks:
            task.cancel()


async def _check(
    feed: Feed, client: Client, at: datetime, room: asyncio.Semaphore, parse: Parse
) -> Checked:
    async with room:
        try:
            response = await client.get(feed.url, accept=ACCEPT, max_bytes=MAX_FEED_BYTES)
        except Failed as failed:
            return refused(feed, failed, feed.url, failed.status)
        return await asyncio.to_thread(judge, feed, response, at, parse)


def judge(feed: Feed, response: Response, at: datetime, parse: Parse = parse_feed) -> Checked:
    """What the answer `response` says of `feed`, looked at on `at`."""
    try:
        label = response.header("content-type")
        parsed = parse(response.body, feed, response.url, label, "guid")
    except (Rejected, Failed) as ended:
        return refused(feed, ended, response.url, response.status)
    dates = [found for entry in parsed.entries if (found := _date(entry)) is not None]
    problems = tuple(_problems(parsed, response, dates, at))
    return Checked(
        feed=feed,
        state="problems" if problems else "ok",
        url=response.url,
        http_status=response.status,
        kind=parsed.kind,
        title=parsed.title,
        entries=len(parsed.entries),
        newest=max((date for date in dates if date <= at), default=None),
        problems=problems,
        notes=tuple(_notes(parsed, response)),
        children=parsed.children,
    )


def refused(feed: Feed, ended: Failed | Rejected, url: str, status: int | None) -> Checked:
    """A feed that could not be had or read."""
    detail = f" [{ended.detail}]" if ended.detail else ""
    return Checked(
        feed=feed,
        state="failed",
        url=url,
        http_status=status,
        reason=ended.reason,
        problems=(f"{ended.reason}: {REASONS[ended.reason]}{detail}",),
    )


def _problems(
    parsed: ParsedFeed, response: Response, dates: Sequence[datetime], at: datetime
) -> list[str]:
    found = []
    if response.permanent:
        found.append(f"moved for good to {response.url}: put that address into the list")
    found += [FLAGS[flag] for flag in parsed.flags]
    for reason, number in sorted(Counter(item.reason for item in parsed.broken).items()):
        example = next(item for item in parsed.broken if item.reason == reason).detail
        what = "1 item" if number == 1 else f"{number} items"
        found.append(f"{what} cannot be used: {reason}: {REASONS[reason]} [{example}]")
    total = len(parsed.entries)
    if not total and not parsed.broken and not parsed.children:
        found.append("it lists nothing")
    if total and parsed.kind != "sitemap" and len(dates) < total:
        undated = [e for e in parsed.entries if _date(e) is None]
        said = next((e.published or e.updated for e in undated if e.published or e.updated), None)
        example = f" [{said[:60]}]" if said else ""
        found.append(f"{len(undated)} of {total} entries have no date that can be read{example}")
    ahead = sum(date > at + timedelta(days=1) for date in dates)
    if ahead:
        found.append(f"{ahead} of {total} entries are dated in the future")
    if dates and at - max(dates) > QUIET_AFTER:
        found.append(f"quiet: nothing new since {max(dates):%Y-%m-%d}")
    if parsed.id_policy == "content" and total:
        found.append("its items have neither guid nor link: an edited one will look new")
    elif any(entry.origin.key and "|" in entry.origin.key for entry in parsed.entries):
        found.append("its guids are not unique: guid and link together tell items apart")
    return found


def _notes(parsed: ParsedFeed, response: Response) -> list[str]:
    found = []
    if response.url != response.requested and not response.permanent:
        found.append(f"redirects to {response.url}")
    label = (response.header("content-type") or "").partition(";")[0].strip().lower()
    if label in _HTML or not label:
        found.append(f"its Content-Type is {label or 'missing'}")
    if not response.header("etag") and not response.header("last-modified"):
        size = f"{max(len(response.body) // 1024, 1):,} KB"
        found.append(f"neither ETag nor Last-Modified: every poll costs {size}")
    if parsed.children:
        found.append(f"its {len(parsed.children)} newest sitemaps are polled as feeds")
    if parsed.hub:
        found.append(f"it has a WebSub hub, {parsed.hub}, which is not used")
    return found


def _date(entry: Entry) -> datetime | None:
    found = parse_date(entry.published or entry.updated or "")
    return found.at if found else None


def named(kind: str | None) -> str:
    """What people call a `kind` of feed."""
    return KINDS.get(kind or "", kind or "")
