"""`newsbeam feeds check | discover | status`: feeds, before and while they are polled."""

import argparse
import asyncio
import json
import shutil
import sys
import textwrap
from collections.abc import Callable, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any, Final

from pipelines.explain import open_dataset
from pipelines.job import read_feeds
from pipelines.options import add_fetch_arguments
from pipelines.printable import printable
from pipelines.usage import UsageError
from schemas.elements import Feed
from transforms.check_feeds import Checked, check, named
from transforms.discover import Found, best_first, discover
from transforms.feed_document import FLAGS
from transforms.feed_health import WORST_FIRST, Health, health
from transforms.identity import canonical_url
from transforms.outcomes import REASONS, Failed
from transforms.parse_guarded import parse_guarded
from transforms.robots import Robots
from transforms.web import Web

USAGE: Final = """newsbeam feeds: the feeds of a list, a site or a dataset.

  newsbeam feeds check FILE-or-URL ...
      poll each feed once: what it is, how many entries, what is wrong; stores nothing
  newsbeam feeds discover URL
      find a site's feeds and news sitemaps, each verified by fetching it
  newsbeam feeds status --dataset DIR
      the health of each feed: last success, last new story, next poll, and why

`newsbeam feeds COMMAND --help` has the options; each has --json.
"""
# How a feed was found, in words.
HOW: Final = {
    "self": "the address itself",
    "link": "named in the page's head",
    "robots": "named in robots.txt",
    "page": "linked on the page",
    "path": "a usual place",
    "index": "listed in a sitemap index",
}


# Why the next poll is when it is, in words.
WHY: Final = {
    "interval": "the shortest interval",
    "asked": "the feed asks for it (ttl or update period)",
    "cache": "its server says that it is fresh until then (Cache-Control, Expires)",
    "retry_after": "its server asked for a pause (Retry-After)",
    "rhythm": "half of the time between two of its stories",
    "silence": "nothing new for a week or longer",
    "skip": "it asks not to be polled before (skipHours, skipDays)",
    "back_off": "a longer wait after each failure",
    "gone": "once a week, for it says that it is gone for good",
    "host": "its host is left alone for a while",
    "our_trouble": "most feeds failed at once, so the trouble is ours",
}


def run_feeds(args: Sequence[str]) -> int:
    """`newsbeam feeds ...`. Returns the exit code."""
    if not args or args[0] in ("-h", "--help"):
        print(USAGE, end="")
        return 0 if args else 2
    command = COMMANDS.get(args[0])
    if command is None:
        names = ", ".join(COMMANDS)
        raise UsageError(f"no command 'feeds {args[0]}'; there are: {names}")
    return command(args[1:])


def run_check(args: Sequence[str]) -> int:
    """Print what each feed of a list is. 1 if one of them is unusable."""
    parser = argparse.ArgumentParser(prog="newsbeam feeds check", allow_abbrev=False)
    parser.add_argument(
        "feeds",
        nargs="+",
        metavar="FILE-or-URL",
        help="a list of feeds (OPML, CSV, text), or the address of one feed",
    )
    _finish(parser)
    options = parser.parse_args(args)
    urls = [one for one in options.feeds if one.lower().startswith(("http://", "https://"))]
    lists = [one for one in options.feeds if one not in urls]
    feeds = read_feeds(lists, urls)
    shown = asyncio.run(_check(feeds, _web(options), options.json))
    states = [one.state for one in shown]
    if options.json:
        print(json.dumps([_plain(one) for one in shown], indent=2))
    else:
        told = ", ".join(
            f"{states.count(state)} {words}"
            for state, words in (("ok", "ok"), ("problems", "with problems"), ("failed", "failed"))
            if state in states
        )
        print(f"\n{len(states)} {'feed' if len(states) == 1 else 'feeds'}: {told}")
    return 1 if "failed" in states else 0


async def _check(feeds: Sequence[Feed], web: Web, quiet: bool) -> list[Checked]:
    shown = []
    async with web.client() as client:
        async for checked in check(feeds, client, _now(), parse_guarded):
            if not quiet:
                print("\n".join(describe(checked)), flush=True)
            shown.append(checked)
    return shown


def run_discover(args: Sequence[str]) -> int:
    """Print the feeds and sitemaps of a site. 1 if it has none."""
    parser = argparse.ArgumentParser(prog="newsbeam feeds discover", allow_abbrev=False)
    parser.add_argument("url", metavar="URL", help="the site: its front page, or any page of it")
    _finish(parser)
    options = parser.parse_args(args)
    url = options.url if "://" in options.url else f"https://{options.url}"
    try:
        canonical_url(url)
    except ValueError as error:
        raise UsageError(f"{options.url}: {error}") from error
    try:
        found = asyncio.run(_discover(url, _web(options)))
    except Failed as ended:
        detail = f" [{ended.detail}]" if ended.detail else ""
        said = f"newsbeam: {url}: {ended.reason}: {REASONS[ended.reason]}{detail}"
        print(printable(said), file=sys.stderr)
        return 1
    if options.json:
        print(json.dumps([{"how": one.how, **_plain(one.checked)} for one in found], indent=2))
    else:
        for one in found:
            print("\n".join(describe(one.checked, HOW[one.how])))
        if not found:
            print(printable(f"{url}: no feed and no sitemap was found"), file=sys.stderr)
    return 0 if found else 1


async def _discover(url: str, web: Web) -> list[Found]:
    async with web.client() as client:
        found = discover(url, client, Robots(client), _now(), parse_guarded)
        return best_first([one async for one in found])


def run_status(args: Sequence[str]) -> int:
    """Print the health of each feed of a dataset. 1 if one fails or is gone."""
    parser = argparse.ArgumentParser(prog="newsbeam feeds status", allow_abbrev=False)
    parser.add_argument("--dataset", required=True, metavar="DIR")
    parser.add_argument("--json", action="store_true", help="as JSON")
    options = parser.parse_args(args)
    feeds = health(open_dataset(options.dataset))
    if options.json:
        print(json.dumps([asdict(one) for one in feeds], indent=2, default=_time))
    else:
        for one in feeds:
            print("\n".join(describe_health(one)))
        print(_tally(feeds))
    return 1 if any(one.state in ("failing", "gone") for one in feeds) else 0


def describe_health(one: Health) -> list[str]:
    """The health of a feed in lines for a person."""
    mark = {"ok": "ok", "not_polled": "-"}.get(one.state, one.state.upper())
    lines = [f"{mark:<8}{printable(one.feed_url)}"]
    said = []
    if one.error_streak or one.outcome in ("failed", "deferred"):
        times = "once" if one.error_streak == 1 else f"{one.error_streak} times in a row"
        tried = "not asked" if one.outcome == "deferred" else f"failed {times}"
        meaning = REASONS.get(one.reason or "", "")
        detail = f" [{one.detail}]" if one.detail else ""
        said.append(f"{tried}: {one.reason}: {meaning}{detail}")
    kind = f"{named(one.kind)}, " if one.kind else ""
    said.append(f"{kind}last success {_when(one.last_success_at)}")
    if one.kind != "sitemap_index":
        usually = f", {one.expected:.0f} expected" if one.expected is not None else ""
        new = f"{one.seen} new in 7 days{usually}"
        said.append(f"last new story {_when(one.last_new_at)}, {new}")
    said.append(f"next poll {_when(one.next_due_at)}: {WHY.get(one.due_reason or '', 'unknown')}")
    if one.waiting:
        said.append(f"{one.waiting} of its entries failed and will be tried again")
    said += [FLAGS[flag] for flag in one.flags if flag in FLAGS]
    if one.id_policy == "link" and "sitemap" not in (one.kind or ""):
        said.append("its items are told apart by their links, not by guids")
    if one.moved_to:
        said.append(f"it says that it has moved for good to {one.moved_to}")
    for text in said:
        lines += _wrapped(text, " " * 8)
    return lines


def _tally(feeds: Sequence[Health]) -> str:
    if not feeds:
        return "no feed has been polled"
    at = max(one.polled_at for one in feeds)
    states = [one.state for one in feeds]
    counts = ", ".join(f"{states.count(s)} {s}" for s in reversed(WORST_FIRST) if s in states)
    return f"\n{len(feeds)} feeds: {counts}; as of the run of {_when(at)}"


def _when(at: datetime | None) -> str:
    return f"{at:%Y-%m-%d %H:%M}Z" if at else "never"


def _time(value: object) -> str:
    if isinstance(value, datetime):
        return value.isoformat()
    raise TypeError(f"no JSON for {type(value).__name__}")


def describe(checked: Checked, how: str | None = None) -> list[str]:
    """A feed in lines for a person: its state and address, what it is, what is wrong."""
    mark = {"ok": "ok", "problems": "!", "failed": "FAILED"}[checked.state]
    lines = [f"{mark:<7}{printable(checked.feed.url)}"]  # not wrapped: it is to be copied
    if checked.kind:
        said = [named(checked.kind)]
        if checked.title:
            said.append(f"“{checked.title}”")
        if checked.children:
            said.append(f"{len(checked.children)} sitemaps")
        else:
            said.append("1 entry" if checked.entries == 1 else f"{checked.entries:,} entries")
        if checked.newest:
            said.append(f"newest {checked.newest:%Y-%m-%d %H:%M}Z")
        if how:
            said.append(how)
        lines += _wrapped(", ".join(said), "       ")
    for problem in checked.problems:
        lines += _wrapped(problem, "     ! " if checked.kind else "       ")
    for note in checked.notes:
        lines += _wrapped(note, "     - ")
    return lines


def _wrapped(text: str, begin: str) -> list[str]:
    width = max(min(shutil.get_terminal_size().columns, 120), 40)
    return textwrap.wrap(
        printable(text),
        width,
        initial_indent=begin,
        subsequent_indent=" " * len(begin),
        break_long_words=False,
        break_on_hyphens=False,
    )


def _finish(parser: argparse.ArgumentParser) -> None:
    add_fetch_arguments(parser)
    parser.add_argument("--json", action="store_true", help="as JSON")
    parser.add_argument("-v", "--verbose", action="store_true", help="show tracebacks")


def _web(options: argparse.Namespace) -> Web:
    try:
        return Web(
            contact=options.contact,
            allow=tuple(options.allow_address),
            delay=options.host_delay,
            timeout=options.timeout,
        )
    except ValueError as error:
        raise UsageError(str(error)) from error


def _now() -> datetime:
    return datetime.now(UTC).replace(microsecond=0)


def _plain(checked: Checked) -> dict[str, Any]:
    row = asdict(checked)
    row["feed"] = checked.feed.url
    row["source"] = checked.feed.source
    row["newest"] = checked.newest.isoformat() if checked.newest else None
    return row


COMMANDS: Final[dict[str, Callable[[Sequence[str]], int]]] = {
    "check": run_check,
    "discover": run_discover,
    "status": run_status,
}
