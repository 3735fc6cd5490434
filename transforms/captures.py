"""Captures: what a request brought, and how that ended, as an archive keeps it and gives it back.

A capture is the answers of one request with its redirects and second tries, each a response
record, and after them one metadata record: what was wanted (the feed, or the entry with all that
its feed said of it) and how it ended. With both, a run can be had again without the network.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, Final, Literal

from schemas.elements import Entry, Feed
from transforms.answers import Exchange, Response
from transforms.decode import decode
from transforms.outcomes import Deferred, Failed, Rejected
from transforms.warc_records import metadata, read_http, record_id, response

Kind = Literal["feed", "page", "robots"]
_ENDED: Final = {"failed": Failed, "deferred": Deferred}
# A body may be packed worse than it is long; and its head.
ROOM: Final = 1 << 20


@dataclass(frozen=True, slots=True)
class Capture:
    """One request, and all that came back.

    key: unique among the captures of a run, see `key_of`. said: the metadata record's JSON.
    """

    kind: Kind
    key: str
    url: str
    said: bytes
    exchanges: tuple[Exchange, ...]


def key_of(kind: Kind, name: str) -> str:
    """The key of the capture for a page (by its entry's discovery), a feed or a robots.txt."""
    return name if kind == "page" else f"{kind}:{name}"


def capture_page(
    entry: Entry, ended: Response | Failed | Rejected, tape: list[Exchange]
) -> Capture:
    """The capture of an entry's page."""
    return _capture(
        "page", entry.origin.discovery, entry.origin.url, {"entry": asdict(entry)}, ended, tape
    )


def capture_feed(feed: Feed, url: str, ended: Response | Failed, tape: list[Exchange]) -> Capture:
    """The capture of a feed's poll, which asked at `url`: a feed may have moved."""
    return _capture("feed", feed.url, url, {"feed": asdict(feed)}, ended, tape)


def capture_robots(url: str, ended: Response | Failed, tape: list[Exchange]) -> Capture:
    """The capture of a robots.txt."""
    return _capture("robots", url, url, {}, ended, tape)


def _capture(
    kind: Kind,
    name: str,
    url: str,
    wanted: Mapping[str, Any],
    ended: Response | Failed | Rejected,
    tape: list[Exchange],
) -> Capture:
    key = key_of(kind, name)
    document = {"capture": kind, "key": key, "url": url, **wanted, "ended": describe(ended)}
    said = json.dumps(document, default=_plain, sort_keys=True, separators=(",", ":"))
    return Capture(kind, key, url, said.encode("ascii"), tuple(tape))


def describe(ended: Response | Failed | Rejected) -> dict[str, Any]:
    """How a request ended, as JSON can hold it."""
    if isinstance(ended, Response):
        return {
            "outcome": "ok",
            "url": ended.url,
            "permanent": ended.permanent,
            "rights": list(ended.rights),
        }
    said: dict[str, Any] = {
        "outcome": ended.outcome,
        "reason": ended.reason,
        "detail": ended.detail,
    }
    if isinstance(ended, Failed):
        said |= {
            "passing": ended.passing,
            "status": ended.status,
            "retry_after": ended.retry_after,
        }
    return said


def revive(ended: Mapping[str, Any]) -> Failed | Rejected:
    """The failure that `describe` described."""
    made = _ENDED.get(ended["outcome"])
    if made is None:
        return Rejected(ended["reason"], ended["detail"])
    return made(
        ended["reason"],
        ended["detail"],
        passing=ended["passing"],
        status=ended["status"],
        retry_after=ended["retry_after"],
    )


def to_records(capture: Capture, run_id: str, at: datetime) -> tuple[bytes, ...]:
    """The records of a capture, each a gzip member: its answers, then what is said of them.

    The same capture of the same run gives the same bytes.
    """
    made = []
    answered = None
    for number, exchange in enumerate(capture.exchanges):
        answered = record_id(run_id, capture.key, str(number), exchange.url, exchange.body)
        made.append(response(exchange, answered, at))
    about = record_id(run_id, capture.key, capture.said)
    made.append(metadata(capture.url, answered, about, at, capture.said))
    return tuple(made)


def read_response(block: bytes, said: Mapping[str, Any], max_bytes: int) -> Response:
    """The response of a capture, from its last answer's record and its metadata.

    Raises Failed as the client would: protocol_error, bad_encoding, truncated, body_too_large.
    """
    http = read_http(block)
    if http is None:
        raise Failed("protocol_error", "no HTTP response in the archive", passing=False)
    status, headers, packed = http
    coding = ",".join(value for name, value in headers if name == "content-encoding")
    ended = said["ended"]
    return Response(
        requested=said["url"],
        url=ended["url"],
        status=status,
        # The archive's name for a header that does not hold there, back as it came.
        headers=tuple((name.removeprefix("x-crawl-"), value) for name, value in headers),
        body=decode(packed, coding, max_bytes),
        permanent=ended["permanent"],
        rights=tuple(ended["rights"]),
    )


def _plain(value: Any) -> str:
    if isinstance(value, datetime):
        return value.isoformat()
    raise TypeError(f"no JSON for {type(value).__name__}")
