"""Clean text: one normal form for everything that is read off the web and shown to people."""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from html import unescape
from typing import Final

# Control and formatting characters that print nothing or reorder what is printed: C0 and C1
# controls, soft hyphen, zero-width space, embeddings and overrides (U+202A-202E), word joiner
# and its neighbours, isolates, BOM, interlinear marks, and lone surrogates, which no file can
# hold. Joiners (U+200C, U+200D) and direction marks (U+200E, U+200F) are part of words.
_INVISIBLE: Final = re.compile(
    "[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\u00ad\u200b\u202a-\u202e\u2060-\u2069\ufeff"
    "\ufff9-\ufffb\ud800-\udfff]"
)
_TAG: Final = re.compile(r"<[/!]?[a-zA-Z][^<>]{0,1000}>")
_SEPARATOR: Final = re.compile(r"\s+[|–—\-·•»«:~]{1,2}\s+|\s*\|\s*|:\s+")
_MARKS: Final = re.compile(r"[\W_]+")  # what is neither letter nor digit
_ASCII_MARKS: Final = bytes(n for n in range(128) if not chr(n).isalnum())
# A heading and a declared title are about the same thing when this share of the words is shared.
_ALIKE: Final = 0.6


def tidy_line(text: str) -> str:
    """NFC, on one line, without invisible characters, white space collapsed."""
    return " ".join(unicodedata.normalize("NFC", _INVISIBLE.sub("", text)).split())


def tidy_text(text: str) -> str:
    """As `tidy_line`, with one newline between paragraphs and no empty paragraphs."""
    clean = unicodedata.normalize("NFC", _INVISIBLE.sub("", text))
    lines = (" ".join(line.split()) for line in clean.splitlines())
    return "\n".join(line for line in lines if line)


def plain(markup: str | None) -> str | None:
    """A short field as plain text: tags and entities resolved, on one line; None if empty."""
    if not markup:
        return None
    return tidy_line(unescape(_TAG.sub(" ", unescape(markup)))) or None


def unite(*lists: Iterable[str]) -> tuple[str, ...]:
    """All members in order, each once, whatever its case."""
    seen: dict[str, str] = {}
    for members in lists:
        for member in members:
            clean = plain(member)
            if clean:
                seen.setdefault(clean.casefold(), clean)
    return tuple(seen.values())


def headline(
    printed: Sequence[str], declared: Sequence[str | None], site_names: Sequence[str]
) -> str | None:
    """The headline: the heading that is printed on the page and confirmed by a declared title.

    printed: the page's h1 headings. declared: what JSON-LD, meta, <title> and feed say, best
    first. The printed form wins, as declared ones are rewritten for search engines; a declared
    form inside a longer heading wins over it, as headings carry labels ("Live", "Exclusive").
    Without a heading that fits, the first declared form; without any, a lone heading.
    """
    said = [t for t in map(plain, declared) if t]
    titles = [t for s in said if (t := without_site(s, site_names))]
    headings = [h for h in map(plain, printed) if h and not _is_name(h, site_names)]
    for heading in headings:
        for title in titles:
            if title.casefold() in heading.casefold() and len(title) > _ALIKE * len(heading):
                start = heading.casefold().find(title.casefold())
                exact = heading[start : start + len(title)]
                return exact if exact.casefold() == title.casefold() else title
    for heading in headings:
        if any(_alike(heading, title) for title in titles):
            return without_site(heading, site_names)
    if titles:
        return titles[0]
    return headings[0] if len(headings) == 1 else None


def without_site(title: str, site_names: Sequence[str]) -> str | None:
    """`title` without the site's name at its end or start; None if nothing else is left."""
    changed = True
    while changed:
        changed = False
        cuts = list(_SEPARATOR.finditer(title))
        for cut in reversed(cuts):
            if _is_name(title[cut.end() :], site_names):
                title, changed = title[: cut.start()].rstrip(), True
                break
        if not changed and cuts and _is_name(title[: cuts[0].start()], site_names):
            title, changed = title[cuts[0].end() :].lstrip(), True
    return None if _is_name(title, site_names) else title or None


def key(text: str) -> str:
    """Letters and digits only, case folded: what two spellings of a name share."""
    # The marks of ASCII, which are nearly all, are dropped from the bytes: ten times as fast.
    packed = text.casefold().encode("utf-8", "surrogatepass").translate(None, _ASCII_MARKS)
    rest = packed.decode("utf-8", "surrogatepass")
    return rest if rest.isascii() else _MARKS.sub("", rest)


def _is_name(text: str, site_names: Sequence[str]) -> bool:
    found = key(text).removeprefix("the")
    return not found or any(found == key(name).removeprefix("the") for name in site_names)


def _alike(a: str, b: str) -> bool:
    words_a, words_b = set(_words(a)), set(_words(b))
    smaller = min(len(words_a), len(words_b))
    return smaller > 0 and len(words_a & words_b) >= _ALIKE * max(smaller, 2)


def _words(text: str) -> list[str]:
    return re.findall(r"\w+", text.casefold())
