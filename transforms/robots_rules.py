"""What a robots.txt says: its groups, and whether they allow a URL. Pure.

RFC 9309, read as Google's parser reads it where the RFC is silent (misspelt keys, missing colons):
sites are written against that one. Where the two part, on percent-encodings, a URL is allowed
only if it is by both: Google compares rules and URLs as they are spelt, RFC 9309 2.2.2 after
`%62` has become `b`.
"""

import codecs
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

_TOKEN: Final = re.compile(r"[a-z_-]+", re.IGNORECASE)  # RFC 9309 2.2.1, a product token
_AGENT_KEYS: Final = ("user-agent", "useragent", "user agent")
_ALLOW_KEY: Final = "allow"
_RULE_KEYS: Final = (
    _ALLOW_KEY,
    *("disallow", "dissallow", "dissalow", "disalow", "diasllow", "disallaw"),
)
_DELAY_KEYS: Final = ("crawl-delay", "crawl delay", "crawldelay")
_SIGNAL_KEYS: Final = ("content-signal", "content-usage")
_MAX_LINE: Final = 16 << 10  # characters; Google's limit is of this order
_ENCODED: Final = re.compile(r"%([0-9a-fA-F]{2})")
_UNRESERVED: Final = re.compile(r"[A-Za-z0-9._~-]")  # RFC 3986, 2.3
_NOT_ASCII: Final = re.compile(r"[^\x00-\x7f]")
ANYBODY: Final = "*"


@dataclass(frozen=True, slots=True)
class Pattern:
    """The path of a rule, ready to be matched: `*` is any text, a `$` at the end is the end."""

    pieces: tuple[str, ...]
    length: int  # the longest rule wins
    anchored: bool

    def matches(self, path: str) -> bool:
        """Whether the pattern matches from the beginning of `path`. Linear, however many stars."""
        first, *rest = self.pieces
        if not path.startswith(first):
            return False
        at = len(first)
        if not rest:
            return not self.anchored or at == len(path)
        *middle, last = rest
        for piece in middle:
            found = path.find(piece, at)
            if found < 0:
                return False
            at = found + len(piece)
        if self.anchored:
            return len(path) - len(last) >= at and path.endswith(last)
        return path.find(last, at) >= 0


Rules = list[tuple[bool, Pattern]]  # (is it an allow, its path)


@dataclass(slots=True)
class Group:
    """All that a robots.txt says to one crawler."""

    spelt: Rules = field(default_factory=list)
    normal: Rules = field(default_factory=list)
    crawl_delay: float | None = None
    signals: list[str] = field(default_factory=list)  # values of Content-Signal, Content-Usage

    def allows(self, path: str) -> bool:
        """Whether what is at `path` (and query) may be fetched, by both readings of encodings."""
        if not self.spelt:
            return True
        if not _allows(self.spelt, path):
            return False
        normal = normalise(path)
        return (normal == path and self.normal is self.spelt) or _allows(self.normal, normal)

    def add(self, allow: bool, path: str) -> None:
        """Add a rule."""
        self.spelt.append((allow, pattern(escape(path))))
        self.normal.append((allow, pattern(normalise(path))))
        folder, slash, name = path.rpartition("/")
        if allow and slash and name.startswith("index.htm"):
            self.add(allow, f"{folder}/$")  # as Google has it


def _allows(rules: Rules, path: str) -> bool:
    """The longest rule that matches decides; allow, if one of each is as long (RFC 9309 2.2.2)."""
    best = {True: 0, False: 0}
    for allow, pattern in rules:
        if pattern.length > best[allow] and pattern.matches(path):
            best[allow] = pattern.length
    return best[True] >= best[False]


def escape(text: str) -> str:
    """`text` with what is not ASCII percent-encoded, and encodings in upper case."""
    if "%" in text:
        text = _ENCODED.sub(lambda match: match[0].upper(), text)
    return text if text.isascii() else _NOT_ASCII.sub(_octets, text)


def _octets(match: re.Match[str]) -> str:
    return "".join(f"%{byte:02X}" for byte in match[0].encode("utf-8", "replace"))


def normalise(text: str) -> str:
    """`escape`, and what needs no percent-encoding without it."""

    def plain(match: re.Match[str]) -> str:
        character = chr(int(match[1], 16))
        return character if _UNRESERVED.match(character) else match[0]

    text = escape(text)
    return _ENCODED.sub(plain, text) if "%" in text else text


def pattern(text: str) -> Pattern:
    """A rule's value, ready to be matched."""
    anchored = text.endswith("$")
    pieces = re.sub(r"\*+", "*", text[:-1] if anchored else text).split("*")
    return Pattern(tuple(pieces), len(text), anchored)


class Robots:
    """A robots.txt, by the crawlers that it names in lower case; `*` is anybody else."""

    def __init__(self, groups: dict[str, Group]) -> None:
        self.groups = groups

    def group(self, product: str) -> Group:
        """What is said to the crawler whose product token is `product`."""
        return self.groups.get(product.lower()) or self.groups.get(ANYBODY) or Group()


def parse(body: bytes) -> Robots:
    """The groups of a robots.txt. A web page served in its place says nothing."""
    text = text_of(body)
    groups: dict[str, Group] = {}
    if text.lstrip().startswith("<"):
        return Robots(groups)
    current: list[Group] = []
    ended = True  # a rule ended the last run of user-agent lines
    for key, value in _lines(text):
        if key.startswith(_AGENT_KEYS):
            if ended:
                current, ended = [], False
            name = _product(value)
            if name is not None:
                current.append(groups.setdefault(name, Group()))
            continue
        ended |= key.startswith((*_RULE_KEYS, *_DELAY_KEYS))
        for group in current:
            if key.startswith(_RULE_KEYS):
                group.add(key.startswith(_ALLOW_KEY), value)
            elif key.startswith(_DELAY_KEYS) and group.crawl_delay is None:
                group.crawl_delay = _delay(value)
            elif key.startswith(_SIGNAL_KEYS):
                group.signals.append(value)
    for group in groups.values():
        if group.normal == group.spelt:
            group.normal = group.spelt  # one reading, as nearly everywhere
    return Robots(groups)


def _lines(text: str) -> Iterator[tuple[str, str]]:
    """(key in lower case, value) of each line that has both."""
    for line in re.split(r"\r\n|\r|\n", text):
        line = line[:_MAX_LINE].partition("#")[0].strip()
        key, colon, value = line.partition(":")
        if not colon:
            # A forgotten colon: two words, and no more.
            words = line.split()
            if len(words) != 2:
                continue
            key, value = words
        yield key.strip().lower(), value.strip()


def _product(value: str) -> str | None:
    """The crawler that a user-agent line names, by its first token; None for nobody."""
    if value == ANYBODY or (value.startswith(ANYBODY) and value[1].isspace()):
        return ANYBODY
    token = _TOKEN.match(value)
    return token[0].lower() if token else None


def _delay(value: str) -> float | None:
    try:
        delay = float(value)
    except ValueError:
        return None
    return delay if 0 <= delay < float("inf") else None


def text_of(body: bytes) -> str:
    """The text of a robots.txt: UTF-8 as it should be, or what its BOM says."""
    for mark, encoding in (
        (codecs.BOM_UTF8, "utf-8"),
        (codecs.BOM_UTF16_LE, "utf-16-le"),
        (codecs.BOM_UTF16_BE, "utf-16-be"),
    ):
        if body.startswith(mark):
            return body[len(mark) :].decode(encoding, "replace")
    if body[1:2] == b"\0":
        return body.decode("utf-16-le", "replace")
    if body[:1] == b"\0":
        return body.decode("utf-16-be", "replace")
    return body.decode("utf-8", "replace")
