"""What an HTTP answer means to us: pure functions from URLs, statuses and headers to reasons."""

from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from functools import lru_cache
from typing import Final
from urllib.parse import quote

from yarl import URL

from transforms.address import is_disguised
from transforms.outcomes import Failed

Headers = tuple[tuple[str, str], ...]

MAX_URL: Final = 8192  # characters; RFC 9110 4.1 asks for 8,000
_MAX_WAIT: Final = 86_400.0  # seconds
_PASSING_STATUS: Final = (408, 425)
# What the pages of the common bot walls carry, in lower case.
_CHALLENGES: Final = (
    b"<title>just a moment...</title>",
    b"<title>attention required! | cloudflare</title>",
    b"/cdn-cgi/challenge-platform/",
    b"captcha-delivery.com",
    b"px-captcha",
    b"_incapsula_resource",
    b"ddos-guard",
    b"awswafcaptcha",
)


def header(headers: Headers, name: str) -> str | None:
    """The first header of that lower-case name."""
    return next((value for key, value in headers if key == name), None)


@dataclass(frozen=True, slots=True)
class Response:
    """A complete answer: status 2xx with a body, or the 304 that was asked for."""

    requested: str
    url: str  # after redirects
    status: int
    headers: Headers  # names in lower case, values as latin-1, in order
    body: bytes  # decoded (Content-Encoding removed)
    permanent: bool  # moved, and every redirect on the way said for good
    rights: tuple[str, ...] = ()  # what the robots.txt that was asked for it reserves

    def header(self, name: str) -> str | None:
        """The first header of that lower-case name."""
        return header(self.headers, name)


@dataclass(frozen=True, slots=True)
class Exchange:
    """One answer as it came over the wire, for the archive: no redirect followed, nothing decoded.

    truncated: why `body` may be less than the server had to say, in WARC's words (length, time,
    disconnect or unspecified); None when it is whole.
    """

    url: str
    version: str  # HTTP/1.1
    status: int
    phrase: str
    headers: tuple[tuple[bytes, bytes], ...]
    body: bytes  # without its Transfer-Encoding, with its Content-Encoding
    truncated: str | None = None


@lru_cache(512)  # asked for robots.txt and, at once, for the page
def url_of(text: str) -> URL:
    """The URL to request.

    Raises:
        Failed: `bad_url`, or `blocked_address` for an address spelt in an unusual way; neither is
            passing. The detail never repeats the URL: it may carry a password.
    """
    if len(text) > MAX_URL:
        raise Failed("bad_url", f"{len(text)} characters", passing=False)
    try:
        url = URL(text.strip())
        usable = url.scheme in ("http", "https") and bool(url.raw_host) and url.port != 0
        credentials = url.raw_user is not None or url.raw_password is not None
    except ValueError:
        raise Failed("bad_url", "not a URL", passing=False) from None
    if not usable:
        raise Failed("bad_url", "not http or https, or no host", passing=False)
    if credentials:
        raise Failed("bad_url", "it carries credentials", passing=False)
    if is_disguised(url.raw_host or ""):
        raise Failed("blocked_address", "an address in disguise", passing=False)
    return url.with_fragment(None)


def redirect_target(source: URL, location: bytes | None) -> URL:
    """Where a redirect leads: `location` (the raw header) resolved against `source`.

    Raises:
        Failed: `bad_redirect`; `blocked_address` when the target carries credentials, which no
            site does that means well. Neither is passing, and neither repeats the target.
    """
    if not location or len(location) > MAX_URL:
        raise Failed("bad_redirect", "no Location, or an endless one", passing=False)
    try:
        target = source.join(URL(quote(location.strip(), safe="%/:=&?~#+!$,;'@()*[]|")))
        credentials = target.raw_user is not None or target.raw_password is not None
    except ValueError:
        raise Failed("bad_redirect", "the Location is not a URL", passing=False) from None
    if target.scheme in ("http", "https") and credentials:
        raise Failed("blocked_address", "a redirect with credentials", passing=False)
    try:
        return url_of(str(target))
    except Failed as failed:
        reason = "bad_redirect" if failed.reason == "bad_url" else failed.reason
        raise Failed(reason, failed.detail, passing=False) from None


def expected_bytes(headers: Headers) -> int | None:
    """The length that the header announces, before decoding; None when it does not."""
    if header(headers, "transfer-encoding"):
        return None
    value = (header(headers, "content-length") or "").strip()
    return int(value) if value.isascii() and value.isdecimal() and len(value) < 20 else None


def retry_after(headers: Headers) -> float | None:
    """Seconds that the server asks us to wait (RFC 9110 10.2.3), 0 to a day; None if it does not.

    A date is read against the answer's own Date, so that a wrong clock on either side cancels.
    """
    value = (header(headers, "retry-after") or "").strip()
    if value.isascii() and value.isdecimal():
        return min(float(value[:12]), _MAX_WAIT)
    until = _http_date(value)
    if until is None:
        return None
    now = _http_date(header(headers, "date") or "") or datetime.now(UTC)
    return min(max((until - now).total_seconds(), 0.0), _MAX_WAIT)


def _http_date(value: str) -> datetime | None:
    try:
        at = parsedate_to_datetime(value)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    return at.astimezone(UTC) if at.tzinfo else at.replace(tzinfo=UTC)


def is_challenge(headers: Headers, page: bytes) -> bool:
    """Whether the answer asks for a browser (and a person) instead of saying no."""
    if (header(headers, "cf-mitigated") or "").strip().lower() == "challenge":
        return True
    lower = page.lower()
    return any(mark in lower for mark in _CHALLENGES)


def check_status(status: int, *, conditional: bool, challenge: bool, wait: float | None) -> None:
    """Pass for 2xx, and for 304 when it was asked for (`conditional`).

    Raises:
        Failed: for every other status, with `status` and `retry_after` as far as known.
    """
    if 200 <= status < 300:
        return
    if status == 304:
        if conditional:
            return
        raise Failed("unexpected_304", status=status)
    if challenge:
        raise Failed("bot_challenge", str(status), passing=False, status=status, retry_after=wait)
    if status == 429:
        raise Failed("rate_limited", "429", status=status, retry_after=wait)
    if status == 410:
        raise Failed("gone", passing=False, status=status)
    passing = 500 <= status < 600 or status in _PASSING_STATUS
    raise Failed("http_error", str(status), passing=passing, status=status, retry_after=wait)
