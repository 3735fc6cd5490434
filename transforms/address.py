"""Which addresses may be connected to: public ones, and those that the operator lists.

A feed is a stranger's text, and a link in it can point at the network of whoever runs the
pipeline. So each address is judged when its socket is made, after the name is resolved and on
every redirect: no spelling of a host name and no second DNS answer gets around that.
"""

import socket
from collections.abc import Sequence
from ipaddress import (
    IPv4Address,
    IPv4Network,
    IPv6Address,
    IPv6Network,
    ip_address,
    ip_network,
)
from typing import Final

from transforms.outcomes import Failed

Network = IPv4Network | IPv6Network

# The blocks that the IANA IPv4 Special-Purpose Address Registry (RFC 6890) marks as not globally
# reachable, and multicast. Listed here because `ipaddress.is_global` changes between versions of
# Python, and calls multicast, 6to4 and NAT64 global.
_CLOSED_V4: Final = tuple(
    IPv4Network(block)
    for block in (
        "0.0.0.0/8",  # this host
        "10.0.0.0/8",  # private
        "100.64.0.0/10",  # carrier-grade NAT; some clouds' metadata
        "127.0.0.0/8",  # loopback
        "168.63.129.16/32",  # a cloud's host agent, on a public address
        "169.254.0.0/16",  # link-local; most clouds' metadata
        "172.16.0.0/12",  # private
        "192.0.0.0/24",  # protocol assignments
        "192.0.2.0/24",  # documentation
        "192.88.99.0/24",  # 6to4 relays
        "192.168.0.0/16",  # private
        "198.18.0.0/15",  # benchmarks
        "198.51.100.0/24",  # documentation
        "203.0.113.0/24",  # documentation
        "224.0.0.0/4",  # multicast
        "240.0.0.0/4",  # reserved, broadcast
    )
)
# IPv6 the other way round: only what IANA has given out as global unicast is open, without the
# blocks set aside in it.
_OPEN_V6: Final = IPv6Network("2000::/3")
_CLOSED_V6: Final = tuple(
    IPv6Network(block)
    for block in (
        "2001::/23",  # protocol assignments
        "2001:db8::/32",  # documentation
        "3fff::/20",  # documentation
    )
)
_MAPPED: Final = IPv6Network("::ffff:0:0/96")
_NAT64: Final = IPv6Network("64:ff9b::/96")  # RFC 6052
_NAT64_LOCAL: Final = IPv6Network("64:ff9b:1::/48")  # RFC 8215
_6TO4: Final = IPv6Network("2002::/16")
_TEREDO: Final = IPv6Network("2001::/32")


def _embedded(address: IPv6Address) -> tuple[IPv4Address, ...] | None:
    """The IPv4 addresses that `address` leads to; None when it is not a form that embeds one."""
    raw = address.packed
    if address in _MAPPED or address in _NAT64:
        return (IPv4Address(raw[12:]),)
    if address in _6TO4:
        return (IPv4Address(raw[2:6]),)
    if address in _TEREDO:  # RFC 4380: the server, and the client with its bits inverted
        return (IPv4Address(raw[4:8]), IPv4Address(bytes(byte ^ 0xFF for byte in raw[12:])))
    if address in _NAT64_LOCAL:
        # RFC 6052, 2.2: the place of the IPv4 address depends on the length of the translator's
        # prefix, which nobody tells us. Only the two forms that leave no second reading.
        if not any(raw[6:12]):
            return (IPv4Address(raw[12:]),)
        if not any((raw[8], *raw[11:])):
            return (IPv4Address(raw[6:8] + raw[9:11]),)
    return None


def _is_public(address: IPv4Address | IPv6Address) -> bool:
    if isinstance(address, IPv4Address):
        return not any(address in block for block in _CLOSED_V4)
    embedded = _embedded(address)
    if embedded is not None:
        return all(_is_public(inner) for inner in embedded)
    return address in _OPEN_V6 and not any(address in block for block in _CLOSED_V6)


def is_allowed(address: str, allow: Sequence[Network]) -> bool:
    """Whether `address`, as it would be connected to, lies in a network of `allow`.

    An IPv6 form that embeds an allowed IPv4 address is another address, and not allowed by it.
    """
    ip = ip_address(address)
    return any(ip.version == network.version and ip in network for network in allow)


def check_address(address: str, allow: Sequence[Network]) -> None:
    """Pass if `address` (a literal IPv4 or IPv6 address) is public or in a network of `allow`.

    Addresses that embed an IPv4 address (mapped, 6to4, Teredo, NAT64) are judged by that one.

    Raises:
        Failed: `blocked_address`, not passing.
        ValueError: `address` is not an address.
    """
    if not is_allowed(address, allow) and not _is_public(ip_address(address)):
        raise Failed("blocked_address", address, passing=False)


def is_disguised(host: str) -> bool:
    """Whether `host` is an IPv4 address in a spelling that only inet_aton(3) reads.

    `2130706433`, `0x7f.1`, `127.1` and `0177.0.0.1` all are 127.0.0.1; nobody links to a site so.
    """
    try:
        return socket.inet_ntoa(socket.inet_aton(host)) != host
    except (OSError, UnicodeError, ValueError):
        return False


def parse_allow(values: Sequence[str]) -> tuple[Network, ...]:
    """The networks that the operator lists: `127.0.0.1`, `10.1.0.0/16`, `fd00:5::/64`.

    Raises:
        ValueError: a value is neither an address nor a network, or has bits set right of its mask.
    """
    networks = []
    for value in values:
        try:
            networks.append(ip_network(value.strip()))
        except ValueError as error:
            raise ValueError(
                f"not an address or network that could be allowed: {value!r} ({error})"
            ) from None
    return tuple(networks)
