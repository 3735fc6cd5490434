"""Where the feed in some bytes begins and ends, and what stands around it.

Before the root may stand a prolog, or a warning of the site's PHP; after it a second copy of the
feed, or the time it took to make. The prolog is never given to a parser: nothing in it is needed.
"""

import re
from dataclasses import dataclass
from typing import Final

from transforms.outcomes import Rejected

# What a "<" can begin: comment, CDATA, instruction, document type, or a tag and its name.
TOKEN: Final = re.compile(rb"<(?:(!--|!\[CDATA\[|\?|!DOCTYPE)|(/?)([A-Za-z_\x80-\xff][^\s/<>]*))")
CLOSERS: Final = {b"!--": b"-->", b"![CDATA[": b"]]>", b"?": b"?>"}

SITEMAPS: Final = frozenset({b"urlset", b"sitemapindex"})
_ROOTS: Final = frozenset({b"rss", b"rdf", b"feed", b"channel"}) | SITEMAPS
_SUBSET_END: Final = re.compile(rb"\]\s*>")
_EPILOG: Final = re.compile(rb"\s*+<(!--|\?)")
_ENTITY: Final = re.compile(
    rb"""<!ENTITY\s++(?:%\s++)?+[^\s"'>]++\s++(?!(?:SYSTEM|PUBLIC)\b)""", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class Root:
    """Where a feed's root element begins, its local name in lower case, and whether anything but
    a prolog comes before."""

    start: int
    junk: bool
    name: bytes


def find_root(data: bytes) -> tuple[Root | None, bytes]:
    """The root of the feed in `data`, or None; and the name of its first element.

    Raises Rejected entity_expansion if an entity is declared with a value. (Declarations of
    external entities are harmless, and usual in old RSS: nothing ever reads them.)
    """
    pos, junk, first = 0, False, b""
    while match := TOKEN.search(data, pos):
        junk = junk or bool(data[pos : match.start()].strip())
        special, closing, name = match.groups()
        if special == b"!DOCTYPE":
            pos = _doctype_end(data, match.end())
        elif special:
            pos = data.find(CLOSERS[special], match.end())
            pos = len(data) if pos < 0 else pos + len(CLOSERS[special])
            junk = junk or special == b"![CDATA["
        else:
            local = local_name(name)
            first = first or local
            if local in _ROOTS and not closing and first not in (b"html", b"head", b"body"):
                return Root(match.start(), junk, local), first
            junk = True
            pos = match.end()
    return None, first


def trails(data: bytes, pos: int) -> bool:
    """Whether more than comments and instructions follow the root."""
    while match := _EPILOG.match(data, pos):
        pos = data.find(CLOSERS[match[1]], match.end())
        if pos < 0:
            return False
        pos += len(CLOSERS[match[1]])
    return bool(data[pos:].strip())


def _doctype_end(data: bytes, pos: int) -> int:
    subset, end = data.find(b"[", pos), data.find(b">", pos)
    if 0 <= subset < end:
        close = _SUBSET_END.search(data, subset)
        stop = close.end() if close else len(data)
        if _ENTITY.search(data, subset, stop):
            raise Rejected("entity_expansion", "an entity is declared with a value")
        return stop
    return len(data) if end < 0 else end + 1


def local_name(name: bytes) -> bytes:
    """The name of an element without its prefix, in lower case."""
    return name.rpartition(b":")[2].lower()
