"""Outcomes: how the way of a document ends, and the named reasons for it.

A stage raises `Rejected` for what a document is (trying again changes nothing until the
document changes) and `Failed` for what the world did (trying again may help). Anything else
that is raised is a bug, and crashes the run.
"""

from datetime import datetime
from typing import Final, Literal, TypeAlias
from urllib.parse import urlsplit

from apache_beam.pvalue import TaggedOutput

from schemas.elements import Origin, Outcome

# The second outputs of a stage, as its DoFn's annotation names them.
Ended: TypeAlias = TaggedOutput[Literal["outcomes"], Outcome]
Discovered: TypeAlias = TaggedOutput[Literal["discovered"], Origin]

OutcomeName = Literal["stored", "duplicate", "unchanged", "rejected", "failed", "deferred"]
OUTCOMES: Final[tuple[OutcomeName, ...]] = (
    "stored",
    "duplicate",
    "unchanged",
    "rejected",
    "failed",
    "deferred",
)

# Every reason code, with what it means to a reader of the ledger. One name for one cause.
REASONS: Final[dict[str, str]] = {
    # duplicate, unchanged
    "same_identity": "the same article was discovered more than once in this run",
    "entry_unchanged": "its feed says nothing new of it",
    "same_text": "looked at again, and its text is the one already stored",
    # the feed or document as a whole
    "empty_body": "the response or file has no content",
    "not_a_feed": "the bytes are not a feed that we can read",
    "html_not_feed": "the feed's address answers with a web page",
    "json_error": "the feed's address answers with JSON that is not a feed",
    "malformed_json": "the feed's address answers with something like JSON that is none",
    "sitemap_loop": "a sitemap index that lists itself, or one inside another",
    "malformed_feed": "the feed breaks off or is broken here; what could be read was kept",
    "entity_expansion": "the feed declares XML entities, which feeds never need and bombs do",
    "too_complex": "nesting, attributes or items beyond what any real document has",
    "parse_timeout": "the parser did not finish in time",
    "parse_error": "the parser gave up",
    "unexpected_304": "Not Modified although nothing conditional was asked",
    # an item of a feed
    "bad_item": "the item is not what the format says that an item is",
    "foreign_host": "a sitemap lists a page of another site, which it may not",
    "no_link": "the item has no link to an article",
    "bad_url": "the link is not a usable http or https URL",
    # fetching
    "blocked_address": "the host has an address that is not public; --allow-address allows it",
    "dns_error": "the host's name does not resolve",
    "host_down": "its host did not answer others just now, and was left alone for a while",
    "connection_refused": "nobody listens there",
    "connection_reset": "the connection broke",
    "empty_reply": "the server closed the connection without an answer",
    "tls_error": "the certificate or handshake is not acceptable",
    "timeout": "no complete answer within the time limit",
    "protocol_error": "the answer is not valid HTTP",
    "headers_too_large": "header lines beyond the limits",
    "body_too_large": "the body is beyond the size limit",
    "truncated": "the body ends before it is complete",
    "bad_encoding": "the body is not in the Content-Encoding that it claims",
    "bad_redirect": "a redirect to nowhere or to something that is not http(s)",
    "too_many_redirects": "more redirects than the limit",
    "robots_disallowed": "the site's robots.txt asks us not to fetch it",
    "robots_unavailable": "the site's robots.txt cannot be read now, which means no (RFC 9309)",
    "rate_limited": "429: the site asks for fewer requests",
    "bot_challenge": "the site answers with a challenge for browsers",
    "gone": "410: removed for good",
    "http_error": "the server answers with an error status",
    # archives
    "not_archived": "the archive that is replayed holds no answer for it",
    "revisit": "the archive says that the page was as at an earlier capture",
    "archive_damaged": "the archive cannot be read, or not any further",
    # extraction
    "unsupported_type": "neither HTML nor plain text",
    "undecodable": "the bytes are not text in any encoding that they could be in",
    "no_text": "no article text was found on it",
    "too_short": "less text than an article has",
    "index_page": "a list of links to articles, not an article",
    "consent_page": "a consent or cookie notice instead of the article",
    "paywall": "for subscribers; the text may be its beginning only",
    "liveblog": "many short reports under one headline, as they came in",
    "media_page": "a video, a recording or pictures, with few words",
    "list_tail": "the text ends in headlines of other articles",
    "boilerplate": "a quarter of the text stands around articles: calls to subscribe, rights",
    "other_language": "in another language than its feed or page declares",
    "fallback_text": "the text is what the page declares of it (JSON-LD): none was found on it",
    "shortened": "the page repeats an element thousands of times; the first 2,000 were read",
    "dates_disagree": "two candidates for the publication date are more than a day apart",
    "future_date": "a candidate for the publication date lies in the future",
    "no_date": "nothing says when it was published",
    "title_missing": "no headline was found",
    "extract_error": "the extractor gave up",
    "extract_timeout": "reading the page took more CPU time than a page may",
    "extract_memory": "reading the page took more memory than a page may",
    "extract_crash": "reading the page ended the process that did it",
    "file_unreadable": "the file cannot be read",
}


class _Ended(Exception):
    outcome: OutcomeName

    def __init__(
        self,
        reason: str,
        detail: str | None = None,
        *,
        payload: bytes | None = None,
        payload_type: str | None = None,
    ) -> None:
        if reason not in REASONS:
            raise ValueError(f"unknown reason code {reason!r}: add it to REASONS")
        super().__init__(reason, detail)
        self.reason = reason
        self.detail = detail
        self.payload = payload
        self.payload_type = payload_type

    def __str__(self) -> str:
        return f"{self.reason}: {self.detail}" if self.detail else self.reason


class Rejected(_Ended):
    """The document itself is unusable; it stays so until it changes."""

    outcome: OutcomeName = "rejected"


class Failed(_Ended):
    """The world was in the way.

    `passing` says whether the next run should try again (a time-out) or only when the
    feed says something new of the entry (a 404).
    `retry_after` is what the server asked for, in seconds.
    """

    outcome: OutcomeName = "failed"

    def __init__(
        self,
        reason: str,
        detail: str | None = None,
        *,
        passing: bool = True,
        status: int | None = None,
        retry_after: float | None = None,
        payload: bytes | None = None,
        payload_type: str | None = None,
    ) -> None:
        super().__init__(reason, detail, payload=payload, payload_type=payload_type)
        self.passing = passing
        self.status = status
        self.retry_after = retry_after


class Deferred(Failed):
    """Nothing was asked: the host wants to be left alone for longer than this run can wait.

    It costs the document none of its tries, or a host that lets ten articles through in an
    hour would lose us the eleventh.
    """

    outcome: OutcomeName = "deferred"


def end(
    origin: Origin,
    outcome: OutcomeName,
    stage: str,
    at: datetime,
    *,
    reason: str | None = None,
    detail: str | None = None,
    payload: bytes | None = None,
    payload_type: str | None = None,
) -> Outcome:
    """The outcome of the document of `origin`, ending at `stage` at logical time `at`."""
    if reason is not None and reason not in REASONS:
        raise ValueError(f"unknown reason code {reason!r}: add it to REASONS")
    return Outcome(
        origin=origin,
        url=origin.url,
        source=origin.source,
        outcome=outcome,
        stage=stage,
        at=at,
        article_id=origin.id,
        feed_url=origin.feed_url,
        host=_host(origin.url),
        reason=reason,
        detail=detail,
        payload=payload,
        payload_type=payload_type,
    )


def _host(url: str) -> str | None:
    """The host of a URL as a feed wrote it: what is refused as no URL must be told of too."""
    try:
        return urlsplit(url).hostname if url.startswith("http") else None
    except ValueError:
        return None
