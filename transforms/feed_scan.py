"""A look at a feed before its parser sees it: is it one, is it whole, can it do harm.

feedparser is patient to a fault: a field of 20 kB, an element of 50,000 attributes or 100,000
items keep it busy for minutes, a feed that was cut in two has its half item emitted as a whole
one, and one bad reference sends the whole document to its slow parser for broken feeds. This
scan is one pass over the tags, linear in the size, and does not need well-formed XML: what
expat would give up on is what has to be vetted most. It yields the document to parse: UTF-8,
from the root's start to its end, without prolog, and within the limits below.
"""

import re
from dataclasses import dataclass, field
from typing import Final

from transforms.feed_root import CLOSERS, TOKEN, Root, local_name, trails
from transforms.outcomes import Rejected

MAX_ITEMS: Final = 2_000  # as Media Cloud; real feeds list 10 to 500
MAX_DEPTH: Final = 200
MAX_ELEMENTS: Final = 200_000
MAX_ATTRIBUTES: Final = 200
MAX_PREFIXES: Final = 200  # distinct namespace prefixes
MAX_TAGS: Final = 500  # categories of one item
MAX_PAYLOAD: Final = 64 * 1024  # bytes kept of an item that cannot be used

_ITEMS: Final = frozenset({b"item", b"entry"})
# Elements that hold a name or a date: bytes. feedparser searches them with slow patterns
# (kurtmckee/feedparser#562), and compares each keyword with all before it.
_NAMES: Final = frozenset(
    {b"author", b"creator", b"contributor", b"managingeditor", b"webmaster", b"owner"}
    | {b"publisher", b"pubdate", b"date", b"published", b"updated", b"issued", b"modified"}
    | {b"created", b"lastbuilddate", b"expirationdate"}
)
MAX_LENGTH: Final = dict.fromkeys(_NAMES, 1_000) | {b"tags": 10_000, b"keywords": 10_000}
_CATEGORIES: Final = frozenset({b"category", b"keywords", b"subject"})
MAIL: Final = re.compile(rb"[A-Za-z0-9._%+-]{1,64}@[A-Za-z0-9.-]{1,255}")
# Longer than the local part of a mail address may be (RFC 5321, 4.5.3.1.1).
RUN: Final = re.compile(rb"[A-Za-z0-9_.+-]{65}")
# HTML elements that are never closed; some feeds have them unescaped.
_VOID: Final = frozenset({b"br", b"hr", b"img", b"wbr", b"input"})

_REST: Final = re.compile(rb"""(?:[^"'<>]++|"[^"]*+"|'[^']*+')*+>""")
_ATTRIBUTE: Final = re.compile(rb"""[^\s=<>"']++\s*+=\s*+(?:"[^"]*+"|'[^']*+')""")
_PREFIX: Final = re.compile(rb"\sxmlns:([^\s=]{1,100})")


@dataclass(frozen=True, slots=True)
class Scanned:
    """A feed that may be parsed.

    document: UTF-8, one root element, within the limits.
    items: the bytes of each item in it, in order, each cut at 64 KiB.
    half: the bytes of the item in whose middle the feed broke off; it is not in `document`.
    dropped: items beyond MAX_ITEMS, likewise.
    flags: truncated, trailing_data, leading_junk, malformed_xml, field_truncated.
    """

    document: bytes
    items: tuple[bytes, ...]
    half: bytes | None
    dropped: int
    flags: tuple[str, ...]


@dataclass(slots=True)
class _Scan:
    """The state of one scan.

    stack: the open elements, each with the end of its start tag. cuts: replacements in order,
    as start, end, by. item: the open item, as name, start, elements open around it.
    """

    data: bytes
    pos: int
    stack: list[tuple[bytes, int]] = field(default_factory=list)
    cuts: list[tuple[int, int, bytes]] = field(default_factory=list)
    spans: list[tuple[int, int]] = field(default_factory=list)
    item: tuple[bytes, int, int] | None = None
    elements: int = 0
    categories: int = 0  # of the open item, or of the channel
    dropped: int = 0
    shortened: bool = False
    repaired: bool = False


def scan(data: bytes, root: Root) -> Scanned:
    """What to give to the parser of `data`, whose root is `root`.

    Tags that close nothing are dropped and missing ones are added, so that one slip does not
    send the whole document to the parser's slow and lossy mode.
    Raises Rejected too_complex if it is nested deeper, or has more elements, than the limits.
    """
    if len({match[1] for match in _PREFIX.finditer(data)}) > MAX_PREFIXES:
        raise Rejected("too_complex", f"more than {MAX_PREFIXES} namespace prefixes")
    state = _Scan(data, root.start)
    whole = _walk(state)
    end, half = state.pos, None
    flags = ["leading_junk"] if root.junk else []
    if not whole:
        flags.append("truncated")
        if state.item is not None:
            _, end, around = state.item
            state.item = None
            half = data[end : end + MAX_PAYLOAD]
            del state.stack[around:]
            state.cuts = [cut for cut in state.cuts if cut[0] < end]
        _pop(state, 0, end)
    elif trails(data, end):
        flags.append("trailing_data")
    pieces, pos = [], root.start
    for start, stop, by in state.cuts:
        pieces += [data[pos:start], by]
        pos = stop
    pieces.append(data[pos:end])
    if state.shortened:
        flags.append("field_truncated")
    if state.repaired:
        flags.append("malformed_xml")
    return Scanned(
        document=b"".join(pieces),
        items=tuple(data[a : min(b, a + MAX_PAYLOAD)] for a, b in state.spans),
        half=half,
        dropped=state.dropped,
        flags=tuple(flags),
    )


def _walk(state: _Scan) -> bool:
    """Walk all tags up to the end of the root, and leave `pos` there; False if it has none."""
    data = state.data
    while match := TOKEN.search(data, state.pos):
        special, closing, name = match.groups()
        start = match.start()
        if special == b"!DOCTYPE":
            state.pos = match.end()
            continue
        if special:
            end = data.find(CLOSERS[special], match.end()) + len(CLOSERS[special])
            if end < len(CLOSERS[special]):
                state.pos = start
                return False
            state.pos = end
            continue
        rest = _REST.match(data, match.end())
        end = rest.end() if rest else data.find(b">", match.end()) + 1
        if end <= 0:
            state.pos = start
            return False
        state.pos = end
        if not closing:
            _open(state, start, name, end)
        elif _close(state, start, name, end):
            return True
    state.pos = len(data)
    return False


def _open(state: _Scan, start: int, name: bytes, end: int) -> None:
    local = local_name(name)
    empty = state.data[end - 2 : end] == b"/>"
    if local in _ITEMS and not _start_item(state, start, name, end, empty):
        return
    state.elements += 1
    if state.elements > MAX_ELEMENTS:
        raise Rejected("too_complex", f"more than {MAX_ELEMENTS} elements")
    attributes = 0
    # Fewer bytes cannot hold so many.
    if end - start > MAX_ATTRIBUTES * 4:
        attributes = sum(1 for _ in _ATTRIBUTE.finditer(state.data, start + len(name), end))
    if attributes > MAX_ATTRIBUTES:
        state.shortened = True
        state.cuts.append((start, end, b"<" + name + (b"/>" if empty else b">")))
    if local in _CATEGORIES:
        state.categories += 1
        if state.categories > MAX_TAGS:
            raise Rejected("too_complex", f"more than {MAX_TAGS} categories of one item")
    if empty:
        return
    if local in _VOID:
        if attributes <= MAX_ATTRIBUTES:
            state.cuts.append((end - 1, end, b"/>"))
        return
    state.stack.append((name, end))
    if len(state.stack) > MAX_DEPTH:
        raise Rejected("too_complex", f"elements nested more than {MAX_DEPTH} deep")


def _start_item(state: _Scan, start: int, name: bytes, end: int, empty: bool) -> bool:
    """Note an item; False if it is beyond the limit, and skipped with all that follow."""
    if state.item is not None:
        if state.item[0] != name or local_name(state.stack[0][0]) == b"channel":
            return True  # another element of that name; CDF nests its items
        _pop(state, state.item[2], start)  # the one before was never closed
        state.repaired = True
    if len(state.spans) >= MAX_ITEMS:
        last = state.data.rfind(b"</" + name, end)
        close = state.data.find(b">", last) if last >= 0 else -1
        stop = close + 1 if close >= 0 else len(state.data)
        opened = re.compile(b"<" + re.escape(name) + rb"[\s/>]")
        state.dropped += sum(1 for _ in opened.finditer(state.data, start, stop))
        state.cuts.append((start, stop, b" "))
        state.pos = stop
        return False
    state.categories = 0
    if empty:
        state.spans.append((start, end))
    else:
        state.item = (name, start, len(state.stack))
    return True


def _close(state: _Scan, start: int, name: bytes, end: int) -> bool:
    """Close `name` and what is left open in it; True if that was the root."""
    low = name.lower()
    depth = len(state.stack) - 1
    while depth >= 0 and state.stack[depth][0].lower() != low:
        depth -= 1
    if depth < 0:  # it closes nothing that is open
        state.cuts.append((start, end, b""))
        state.repaired = state.repaired or local_name(name) not in _VOID
        return False
    if depth < len(state.stack) - 1:
        _pop(state, depth + 1, start)
        state.repaired = True
    opened, begin = state.stack.pop()
    _shorten(state, opened, begin, start)
    if opened != name:
        state.cuts.append((start, end, b"</" + opened + b">"))
    if state.item is not None and len(state.stack) <= state.item[2]:
        state.spans.append((state.item[1], end))
        state.item = None
    return not state.stack


def _pop(state: _Scan, depth: int, at: int) -> None:
    """Close at `at` what is open beyond `depth`, for the document that forgot to."""
    while len(state.stack) > depth:
        name, begin = state.stack.pop()
        _shorten(state, name, begin, at)
        state.cuts.append((at, at, b"</" + name + b">"))
    if state.item is not None and depth <= state.item[2]:
        state.spans.append((state.item[1], at))
        state.item = None


def _shorten(state: _Scan, name: bytes, begin: int, end: int) -> None:
    """Empty the element `name`, whose content is `begin` to `end`, if that is no name or date."""
    limit = MAX_LENGTH.get(local_name(name))
    if limit is None:
        return
    if end - begin > limit or (limit == 1_000 and RUN.search(state.data, begin, end)):
        while state.cuts and state.cuts[-1][0] >= begin:
            state.cuts.pop()
        state.cuts.append((begin, end, b""))
        state.shortened = True
    elif limit == 1_000 and (not state.cuts or state.cuts[-1][0] < begin):
        # feedparser takes addresses for such as end in at most four letters, and leaves the rest
        # of "desk@news.example" in the name. We want names only.
        mails = MAIL.finditer(state.data, begin, end)
        state.cuts += [(mail.start(), mail.end(), b"") for mail in mails]
