"""What broke, by name: from the errors of the HTTP library and the system to reason codes."""

import errno
import socket
import ssl
from collections.abc import Iterator
from typing import Final

import aiohttp
from aiohttp import http_exceptions

from transforms.outcomes import Failed

_BROKEN: Final = (errno.ECONNRESET, errno.EPIPE, errno.ECONNABORTED)


class BlockedAddress(OSError):
    """Raised where a socket would be made. An OSError, so that the host's next address is tried."""

    MARK: Final = "not an address to connect to"

    def __init__(self, address: str) -> None:
        super().__init__(self.MARK)
        self.address = address


def failure(error: Exception) -> Failed:
    """The reason for what the client library raised.

    The library's texts carry URLs, so none is repeated; the details are ours or the system's.
    """
    chain = list(_chain(error))
    text = str(error)
    for cause in chain:
        if isinstance(cause, BlockedAddress):
            return Failed("blocked_address", cause.address, passing=False)
    if BlockedAddress.MARK in text:  # joined with what went wrong at the host's other addresses
        return Failed("blocked_address", passing=False)
    if isinstance(error, aiohttp.ClientPayloadError):
        return _broken_body(text, chain)
    if isinstance(error, aiohttp.ClientResponseError):
        return _not_http(text)
    if any(isinstance(cause, ssl.SSLError | ssl.CertificateError) for cause in chain):
        return Failed("tls_error", _system_text(chain, ssl.SSLError, ssl.CertificateError))
    if isinstance(error, aiohttp.ClientConnectorDNSError | UnicodeError):
        return Failed("dns_error", _system_text(chain, socket.gaierror))
    if isinstance(error, aiohttp.ServerDisconnectedError):
        return Failed("empty_reply")
    if isinstance(error, aiohttp.InvalidURL):
        return Failed("bad_url", passing=False)
    if isinstance(error, aiohttp.ClientConnectorError):
        number = error.os_error.errno
        if number == errno.ETIMEDOUT:
            return Failed("timeout", "while connecting")
        if number not in _BROKEN:
            return Failed("connection_refused", errno.errorcode.get(number or 0))
    return Failed("connection_reset", type(error).__name__)


def _broken_body(text: str, chain: list[BaseException]) -> Failed:
    if "ConnectionReset" in text or "BrokenPipe" in text:
        return Failed("connection_reset", "within the body")
    if "Not enough data" in text or any(
        isinstance(cause, http_exceptions.ContentLengthError) for cause in chain
    ):
        return Failed("truncated", "the connection closed within the body")
    return Failed("protocol_error", "the body's framing", passing=False)


def _not_http(text: str) -> Failed:
    if "Too many headers" in text or "Got more than" in text:
        return Failed("headers_too_large", passing=False)
    if "Data after" in text:
        return Failed("truncated", "more was sent than Content-Length says")
    for mark in ("status line", "Content-Length", "chunk", "header"):
        if mark in text:
            return Failed("protocol_error", f"the {mark}", passing=False)
    return Failed("protocol_error", passing=False)


def _chain(error: BaseException) -> Iterator[BaseException]:
    cause: BaseException | None = error
    while cause is not None:
        yield cause
        cause = cause.__cause__ or cause.__context__


def _system_text(chain: list[BaseException], *kinds: type[BaseException]) -> str | None:
    return next((str(cause)[:200] for cause in chain if type(cause) in kinds), None)
