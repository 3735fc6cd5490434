"""What stands beside a text on its page, read off the page's source.

A call to subscribe below the last sentence is about this text, and a player above the first one is
what the text is about, where the same in a margin means nothing. Looking for a few words of the
text in the source and reading on from there costs a hundredth of looking at each element.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from html import unescape
from typing import Final

_LINES: Final = 4  # of the text's last or first lines, one of which must be found
_PLACES: Final = 8  # where the same words are looked for
_READ: Final = 8000  # code points of source that are read above and below
_SHOWN: Final = 600  # of them, code points that are shown
_MARKUP: Final = 3000  # code points of source above and below in which a player belongs to the text
_SPAN: Final = (
    30_000  # code points of source that a short text takes, at either end of a longer one
)
# Words without what markup may write in another way: quotes, dashes, ampersands.
_WORDS: Final = re.compile(r"[\w ,.:;!?]{12,40}")
_UNSHOWN: Final = re.compile(
    r"<(script|style|noscript|svg|template|nav|footer)\b.*?(?:</\1\s*>|\Z)|<!--.*?(?:-->|\Z)|<[^>]*(?:>|\Z)",
    re.DOTALL | re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Beside:
    """Beside a text, in lower case.

    before, after: what is shown right above and below it, on one line; markup: the source that it
    stands in, from a little above to a little below. Empty where the text was not found.
    """

    before: str
    after: str
    markup: str


def beside(text: str, html: str) -> Beside:
    """What is beside `text` on the page of which `html` is the source."""
    lines = [line for line in text.split("\n") if line]
    body = max(html.find("<body"), 0)
    start = _first(html, body, lines[:_LINES])
    end = _last(html, body, reversed(lines[-_LINES:]))
    if end < 0:
        return Beside("", "", "")
    if not 0 <= start <= end:
        start = end
    before = _shown(html[max(body, start - _READ) : start])
    after = _shown(html[end : end + _READ])
    top, bottom = max(body, start - _MARKUP), end + _MARKUP
    if bottom - top > 2 * _SPAN:
        markup = html[top : top + _SPAN] + html[bottom - _SPAN : bottom]
    else:
        markup = html[top:bottom]
    return Beside(before[-_SHOWN:], after[:_SHOWN], markup.lower())


def _shown(source: str) -> str:
    return " ".join(unescape(_UNSHOWN.sub(" ", source.partition(">")[2] or source)).split()).lower()


def _first(html: str, body: int, lines: list[str]) -> int:
    for line in lines:
        words = _WORDS.search(line)
        for place in _places(html, body, words[0].strip()) if words else ():
            return place
    return -1


def _last(html: str, body: int, lines: Iterator[str]) -> int:
    for line in lines:
        runs = _WORDS.findall(line)
        found = -1
        for place in _places(html, body, runs[-1].strip()) if runs else ():
            found = place + len(runs[-1].strip())
        if found >= 0:
            return found
    return -1


def _places(html: str, body: int, words: str) -> Iterator[int]:
    """Where the page shows some words, the first few times."""
    place = body
    for _ in range(_PLACES):
        place = html.find(words, place)
        if place < 0:
            return
        if html.rfind("<script", body, place) <= html.rfind("</script", body, place):
            yield place
        place += len(words)
