"""The guarded client: the only way from this project to the network.

Every request is to http(s), to a vetted address, at its host's pace, within one deadline; every
redirect is a new request under the same rules; every body is decoded here, with a cap. What the
world does wrong comes back as a `Failed` with a reason code. No cookies, no credentials, no
proxies from the environment, no Referer.
"""

import asyncio
import socket
from collections.abc import Awaitable, Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from importlib.metadata import PackageNotFoundError, version
from itertools import chain
from types import MappingProxyType, TracebackType
from typing import Final, Self

import aiohttp
from aiohttp.abc import AbstractResolver
from yarl import URL

from transforms.address import Network, check_address, is_allowed
from transforms.address import parse_allow as parse_allow
from transforms.answers import (
    Exchange,
    Headers,
    Response,
    check_status,
    expected_bytes,
    header,
    is_challenge,
    redirect_target,
    retry_after,
    url_of,
)
from transforms.decode import ACCEPT_ENCODING, Decoder
from transforms.outcomes import Failed
from transforms.pacing import Pacing
from transforms.transport_errors import BlockedAddress, failure

PROJECT_URL: Final = "https://github.com/newsbeam/newsbeam"
PRODUCT: Final = "newsbeam"  # the token that robots.txt files may name
MAX_REDIRECTS: Final = 5  # RFC 9309 asks for at least five; nobody needs more
_REDIRECTS: Final = (301, 302, 303, 307, 308)
_PERMANENT: Final = (301, 308)
_RETRIED_STATUS: Final = (502, 503, 504)
_RETRIED: Final = ("connection_refused", "connection_reset", "empty_reply", "truncated")
_CONDITIONAL: Final = ("if-none-match", "if-modified-since")
_PRIVATE: Final = ("authorization", "cookie", "proxy-authorization")
_MAX_HEADERS: Final = 256
_MAX_HEADER_BYTES: Final = 16 << 10  # of one line
_MAX_ALL_HEADER_BYTES: Final = 128 << 10
_CHALLENGE_BYTES: Final = 64 << 10
# Why a body is not whole, in the words of WARC 1.1, 5.13.
_TRUNCATED: Final = {"body_too_large": "length", "truncated": "disconnect"}
_NO_HEADERS: Final[Mapping[str, str]] = MappingProxyType({})


def user_agent(contact: str) -> str:
    """`newsbeam/<version> (+<contact>)`: who asks, and whom to tell about it."""
    try:
        number = version(PRODUCT)
    except PackageNotFoundError:  # run from a checkout that was never installed
        number = "0"
    return f"{PRODUCT}/{number} (+{contact})"


@dataclass(slots=True)
class _Budget:
    """What is left, in seconds, of a request's time; only its own work is charged."""

    left: float


@dataclass(frozen=True, slots=True)
class _Wish:
    target: URL
    headers: Mapping[str, str]
    accept: str
    max_bytes: int
    cut: bool
    tape: list[Exchange] | None


@dataclass(frozen=True, slots=True)
class _Answer:
    status: int
    headers: Headers
    body: bytes

    @property
    def location(self) -> bytes | None:
        """The Location header as its raw bytes."""
        value = header(self.headers, "location")
        return None if value is None else value.encode("latin-1")


class Client:
    """The guarded client, as an async context manager; it belongs to the loop it is entered in.

    Args:
        contact: URL or address of whoever runs this, for the user agent.
        allow: networks that may be reached although they are not public, on any port.
        ports: ports that may be reached besides 80 and 443.
        timeout: seconds for one request with its redirects and its second try; waiting for
            the host's turn is not charged.
        delay: seconds of rest between two requests to one host.
        concurrency: requests at a time, over all hosts.
        retry_delay: seconds before the second try of a request whose connection broke.
        resolver: instead of the system's.
    """

    def __init__(
        self,
        *,
        contact: str = PROJECT_URL,
        allow: Sequence[Network] = (),
        ports: Collection[int] = (),
        timeout: float = 30.0,
        delay: float = 1.0,
        concurrency: int = 64,
        retry_delay: float = 1.0,
        resolver: AbstractResolver | None = None,
    ) -> None:
        if not contact.isascii() or not contact.isprintable() or not contact:
            raise ValueError(f"the contact goes into a header: {contact!r} is not plain text")
        self._agent = user_agent(contact)
        self._allow = tuple(allow)
        self._ports = frozenset({80, 443, *ports})
        self._timeout = timeout
        self._delay = delay
        self._concurrency = concurrency
        self._retry_delay = retry_delay
        self._resolver = resolver

    async def __aenter__(self) -> Self:
        self.pacing = Pacing(self._delay, self._concurrency)
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(
                limit=0,  # Pacing has the say
                resolver=self._resolver,
                socket_factory=self._socket,
            ),
            cookie_jar=aiohttp.DummyCookieJar(),
            auto_decompress=False,
            trust_env=False,
            timeout=aiohttp.ClientTimeout(total=None, sock_connect=None),
            max_line_size=_MAX_HEADER_BYTES,
            max_field_size=_MAX_HEADER_BYTES,
            max_headers=_MAX_HEADERS,
            skip_auto_headers=("User-Agent", "Accept", "Accept-Encoding"),
        )
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self._session.close()

    async def get(
        self,
        url: str,
        *,
        headers: Mapping[str, str] = _NO_HEADERS,
        accept: str,
        max_bytes: int,
        cut: bool = False,
        rights: tuple[str, ...] = (),
        follow: Callable[[str], Awaitable[tuple[str, ...]]] | None = None,
        tape: list[Exchange] | None = None,
    ) -> Response:
        """Get `url`. At most `max_bytes` of decoded body; `cut` cuts a longer one there.

        `rights` is what is reserved of it. `follow` says what is reserved of a redirect's target,
        and raises if it may not be requested. Every answer on the way, those of failures
        included, is added to `tape` as it came.

        Raises:
            Failed: with the reason; `passing` when another run may fare better.
        """
        for name, value in headers.items():
            if not value.isascii() or not value.isprintable():
                raise ValueError(f"not header text: {name}")
        wish = _Wish(url_of(url), headers, accept, max_bytes, cut, tape)
        budget = _Budget(self._timeout)
        permanent = True
        for hop in range(MAX_REDIRECTS + 1):
            answer = await self._try_twice(wish, budget)
            if answer.status not in _REDIRECTS:
                return Response(
                    requested=url,
                    url=str(wish.target),
                    status=answer.status,
                    headers=answer.headers,
                    body=answer.body,
                    permanent=permanent and hop > 0,
                    rights=rights,
                )
            if hop == MAX_REDIRECTS:
                break
            target = redirect_target(wish.target, answer.location)
            permanent &= answer.status in _PERMANENT
            permanent &= (wish.target.scheme, target.scheme) != ("https", "http")
            if wish.target.origin() != target.origin():
                headers = {k: v for k, v in headers.items() if k.lower() not in _PRIVATE}
            wish = replace(wish, target=target, headers=headers)
            if follow is not None:
                rights = await follow(str(target))
        raise Failed("too_many_redirects", f"more than {MAX_REDIRECTS}", passing=False)

    async def _try_twice(self, wish: _Wish, budget: _Budget) -> _Answer:
        try:
            return await self._turn(wish, budget)
        except Failed as failed:
            again = failed.reason in _RETRIED or (
                failed.status in _RETRIED_STATUS and failed.retry_after is None
            )
            if not again or failed.reason == "bot_challenge":
                raise
        await asyncio.sleep(self._retry_delay)
        return await self._turn(wish, budget)

    async def _turn(self, wish: _Wish, budget: _Budget) -> _Answer:
        """One request, in the host's turn, within what is left of the budget."""
        host = host_key(wish.target)
        async with self.pacing.turn(host):
            clock = asyncio.get_running_loop().time
            started = clock()
            try:
                async with asyncio.timeout(max(budget.left, 0.0)):
                    answer = await self._exchange(wish)
            except TimeoutError:
                raise Failed("timeout", f"{self._timeout:g} s") from None
            except Failed as failed:
                if failed.status == 429 or failed.retry_after is not None:
                    self.pacing.pause(host, failed.retry_after)
                elif failed.status is not None:
                    self.pacing.content(host)
                raise
            finally:
                budget.left -= clock() - started
            self.pacing.content(host)
            return answer

    async def _exchange(self, wish: _Wish) -> _Answer:
        sent = {
            **wish.headers,
            "User-Agent": self._agent,
            "Accept": wish.accept,
            "Accept-Encoding": ACCEPT_ENCODING,
        }
        try:
            async with self._session.get(wish.target, headers=sent, allow_redirects=False) as reply:
                if wish.tape is None:
                    return await self._answer(reply, wish, None)
                with _taped(wish.tape, reply) as kept:
                    return await self._answer(reply, wish, kept)
        except TimeoutError:
            raise
        except (aiohttp.ClientError, OSError, UnicodeError) as error:
            raise failure(error) from None

    async def _answer(
        self,
        reply: aiohttp.ClientResponse,
        wish: _Wish,
        kept: list[bytes] | None,
    ) -> _Answer:
        """What `reply` says. The pieces of its body are added to `kept` as they come."""
        raw = reply.raw_headers
        if sum(map(len, chain.from_iterable(raw))) > _MAX_ALL_HEADER_BYTES:
            raise Failed("headers_too_large", passing=False)
        headers = tuple([(n.decode("latin-1").lower(), v.decode("latin-1")) for n, v in raw])
        if reply.status in _REDIRECTS:
            return _Answer(reply.status, headers, b"")
        if not 200 <= reply.status < 300:
            await self._refuse(reply, headers, wish, kept)
        if reply.status == 304:
            return _Answer(304, headers, b"")
        body = await _read(reply, headers, wish.max_bytes, wish.cut, kept)
        if not body:
            raise Failed("empty_body", f"{reply.status}", status=reply.status)
        return _Answer(reply.status, headers, body)

    async def _refuse(
        self,
        reply: aiohttp.ClientResponse,
        headers: Headers,
        wish: _Wish,
        kept: list[bytes] | None,
    ) -> None:
        """Raise for every status that is not an answer."""
        page = b""
        if reply.status in (403, 503):
            try:
                page = await _read(reply, headers, _CHALLENGE_BYTES, True, kept)
            except TimeoutError:
                raise
            except (Failed, aiohttp.ClientError, OSError):
                page = b""  # it only helps to name the refusal
        check_status(
            reply.status,
            conditional=any(name.lower() in _CONDITIONAL for name in wish.headers),
            challenge=is_challenge(headers, page),
            wait=retry_after(headers),
        )

    def _socket(self, info: tuple) -> socket.socket:
        """A socket for one resolved address, if it may be connected to."""
        family, kind, protocol, _, to = info
        address, port = str(to[0]), to[1]
        try:
            check_address(address, self._allow)
        except Failed as failed:
            raise BlockedAddress(failed.detail or "") from None
        if port not in self._ports and not is_allowed(address, self._allow):
            raise BlockedAddress(f"port {port}")
        return socket.socket(family, kind, protocol)


def host_key(url: URL) -> str:
    """What is paced as one host: `www.` is the same server by another name."""
    return (url.raw_host or "").lower().rstrip(".").removeprefix("www.")


@contextmanager
def _taped(tape: list[Exchange], reply: aiohttp.ClientResponse) -> Iterator[list[bytes]]:
    """Add `reply` to `tape` when it is read or will be read no further, with its pieces."""
    pieces: list[bytes] = []
    truncated: str | None = None
    try:
        yield pieces
    except (TimeoutError, asyncio.CancelledError):
        truncated = "time"
        raise
    except Failed as failed:
        truncated = _TRUNCATED.get(failed.reason)
        raise
    except (aiohttp.ClientError, OSError):
        truncated = "disconnect"
        raise
    finally:
        if truncated is None and not reply.content.at_eof():
            truncated = "unspecified"  # a redirect or a refusal, whose page nobody reads
        version = reply.version or aiohttp.HttpVersion11
        tape.append(
            Exchange(
                url=str(reply.url),
                version=f"HTTP/{version.major}.{version.minor}",
                status=reply.status,
                phrase=reply.reason or "",
                headers=reply.raw_headers,
                body=b"".join(pieces),
                truncated=truncated,
            )
        )


async def _read(
    reply: aiohttp.ClientResponse,
    headers: Headers,
    max_bytes: int,
    cut: bool,
    kept: list[bytes] | None,
) -> bytes:
    """The decoded body, complete by every sign that HTTP gives."""
    expected = expected_bytes(headers)
    if expected is not None and expected > max_bytes and not cut:
        raise Failed("body_too_large", f"{expected} bytes announced", passing=False)
    encoding = ",".join(value for name, value in headers if name == "content-encoding")
    decoder = Decoder(encoding, max_bytes, cut=cut)
    received = 0
    while piece := await reply.content.readany():
        received += len(piece)
        if kept is not None:
            kept.append(piece)
        decoder.feed(piece)
        if decoder.full:
            return decoder.finish()
    if expected is not None and received < expected:
        raise Failed("truncated", f"{received} of {expected} bytes")
    return decoder.finish()
