"""What an editor should know of an article: flags, from what its text and page look like.

A flag deletes nothing. `Extract(reject_flags=...)` makes flags that are also reason codes
(too_short, index_page, consent_page, paywall ...) into rejections.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Final

from lxml.html import HtmlElement

from transforms.clean import key

FLAGS: Final[dict[str, str]] = {
    "too_short": "less text than an article has",
    "index_page": "a list of links to articles, not an article",
    "consent_page": "a consent or cookie notice instead of the article",
    "paywall": "declared or seen to be for subscribers; the text may be its beginning only",
    "liveblog": "many short reports under one headline, as they came in",
    "media_page": "a video, a recording or pictures, with few words",
    "list_tail": "its text ends in headlines of other articles",
    "boilerplate": "a quarter of its text stands around articles: calls to subscribe, rights",
    "other_language": "in another language than its feed or page declares",
    "fallback_text": "its text is what the page declares of it (JSON-LD): none was found on it",
    "shortened": "its page repeats an element thousands of times; the first 2,000 were read",
    "dates_disagree": "two candidates for the publication date are more than a day apart",
    "future_date": "a candidate for the publication date lies in the future",
    "no_date": "nothing says when it was published",
    "title_missing": "no headline was found",
}

# trafilatura's own measure of a text that is too short to be the article (MIN_EXTRACTED_SIZE).
SHORTEST: Final = 250  # code points; a CJK character counts for three
_HEADLINE_WORDS: Final = 4
_HEADLINE_SIZE: Final = 20  # the same for languages that put no spaces between words
MANY_HEADLINES: Final = 10
_FEW_HEADLINES: Final = 5
_LINKED: Final = 0.6  # of the lines of a text that is made of links
_SUMMARY: Final = 900  # code points of text for each headline that a list has at most

_SCHEME: Final = re.compile("[a-z]+:", re.IGNORECASE)  # javascript:, mailto:
_CJK: Final = re.compile("[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")


def is_too_short(text: str) -> bool:
    """Whether a text is shorter than articles are."""
    return size(text) < SHORTEST


def size(text: str) -> int:
    """Code points of a text; a CJK character, which says as much as half a word, is three."""
    return len(text) + 2 * len(_CJK.findall(text))


def headline_links(tree: HtmlElement) -> frozenset[str]:
    """The headlines that the page links to, outside its navigation and margins, as keys."""
    found = set()
    for link in tree.iter("a"):
        words = " ".join(link.itertext()).split()
        if (
            len(words) >= _HEADLINE_WORDS
            and link.get("href", "").strip("#")
            and not any(parent.tag in ("nav", "footer", "aside") for parent in link.iterancestors())
        ):
            found.add(key(" ".join(words)))
    return frozenset(found)


def linked_lines(tree: HtmlElement, url: str) -> dict[str, bool]:
    """The texts, as keys, of links that are long enough for headlines: whether within the site.

    url: of the page.
    """
    site = _site(url)
    found: dict[str, bool] = {}
    for link in tree.iter("a"):
        href = (link.get("href") or "").strip()
        words = " ".join(link.itertext()).split()
        if _is_headline(words) and href.strip("#"):
            text = key(" ".join(words))
            found[text] = found.get(text, False) or _is_within(href, site)
    return found


def linked_headings(tree: HtmlElement, url: str) -> int:
    """How many headings of the page at `url`, outside its margins, link to others of the site."""
    site = _site(url)
    found = set()
    for heading in tree.iter("h1", "h2", "h3", "h4", "h5"):
        if next(heading.iterancestors("nav", "aside", "footer"), None) is not None:
            continue
        links = [*heading.iter("a"), *heading.iterancestors("a")]
        href = next((link.get("href") for link in links if link.get("href")), "")
        page, _, fragment = href.partition("#")
        if not page or (fragment and page in url) or not _is_within(page, site):
            continue
        words = "".join(heading.itertext()).split()
        if _is_headline(words):
            found.add(key(" ".join(words)))
    return len(found)


def is_index(text: str, headings: int, is_home: bool) -> bool:
    """Whether a section's page is a list of articles: its headings link, and little is beside them.

    headings: see `linked_headings`. is_home: whether it is a home page, which may hold whole posts.
    """
    return headings >= _FEW_HEADLINES and (is_home or size(text) <= headings * _SUMMARY)


def is_made_of_links(text: str, links: Callable[[], Mapping[str, bool]]) -> bool:
    """Whether most lines of a text are themselves links; not to be asked of a declared article.

    links: gives `linked_lines`; asked only of texts of as many lines as a list has.
    """
    lines = text.split("\n")
    if len(lines) < MANY_HEADLINES:
        return False
    known = links()
    return sum(key(line.removeprefix("- ")) in known for line in lines) > _LINKED * len(lines)


def _site(url: str) -> list[str]:
    """The last two labels of a URL's host; none for one without a host.

    They are enough to tell a site's own links: few of co.uk link to each other in headlines.
    """
    host = url.partition("//")[2].partition("/")[0].rpartition("@")[2].partition(":")[0]
    return host.lower().split(".")[-2:] if host else []


def _is_within(href: str, site: Sequence[str]) -> bool:
    """Whether a link stays within a site, see `_site`: it names it, or no host at all."""
    if href.startswith(("http:", "https:", "//")):
        return _site(href) == site
    return not _SCHEME.match(href)


def _is_headline(words: Sequence[str]) -> bool:
    return len(words) >= _HEADLINE_WORDS or size("".join(words)) >= 3 * _HEADLINE_SIZE


def order(flags: Sequence[str]) -> tuple[str, ...]:
    """Flags in the order of FLAGS, each once."""
    return tuple(flag for flag in FLAGS if flag in flags)
