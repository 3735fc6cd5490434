"""From the bytes of a page to its tree: is it a page at all, and how big."""

import re
from collections import Counter
from typing import Final

from lxml.etree import ElementDefaultClassLookup, ErrorTypes, XPath, iterwalk
from lxml.html import HtmlElement, HTMLParser, document_fromstring
from trafilatura.utils import is_dubious_html, repair_faulty_html

from transforms import jsonld
from transforms.outcomes import Rejected

# Of 2,855 real article pages the largest has 2.9 MB; a page of 5 MB costs 15 CPU seconds.
MAX_BYTES: Final = 3_000_000
# Of 1,863 real article pages one has 10,106 elements, the others fewer. The worst that was found
# of 20,000 (spans in one paragraph of 3 MB) costs 7 CPU seconds, and more than in proportion.
MAX_ELEMENTS: Final = 20_000
# Of those, a page that has more keeps so many of one kind under one parent: the rest of a list or
# table that goes on for ever. Real pages have up to 1,359.
MAX_ALIKE: Final = 2_000
# Of more than 256 elements in each other, so many outer and inner ones stay so, and those between
# are put behind each other, as browsers do: trafilatura calls itself once or twice for each level,
# and Python allows 1,000 calls. Of 3,808 real pages none is that deep.
MAX_OUTER: Final = 128
MAX_INNER: Final = 64
# The attributes of one tag cost the square of their number: 80,000 take 57 CPU seconds.
MAX_ATTRIBUTES: Final = 1_000
# A JSON-LD block of 800 KB that does not parse costs 1.4 CPU seconds, growing like n^1.7.
MAX_JSON_LD: Final = 200_000


def _parser(huge_tree: bool) -> HTMLParser:
    """A parser as trafilatura's own (its HTML_PARSER), but with one class for all elements.

    lxml.html looks a class up by name in Python, whenever an element is met: 7 % of the time of
    an extraction, for what forms and inputs can do besides, which nobody asks of them here.
    """
    parser = HTMLParser(
        huge_tree=huge_tree,
        collect_ids=False,
        default_doctype=False,
        encoding="utf-8",
        remove_comments=True,
        remove_pis=True,
    )
    parser.set_element_class_lookup(ElementDefaultClassLookup(element=HtmlElement))
    return parser


_PARSER: Final = _parser(huge_tree=False)
# libxml2 drops all that is nested deeper than 256 elements, and with `huge_tree` than 2048: old
# pages that never close a <font> come near it. Costs nothing on other pages, which never get here.
_DEEP_PARSER: Final = _parser(huge_tree=True)

PLAIN_TYPES: Final = ("text/plain", "text/markdown")
_HTML_TYPES: Final = (
    "",
    "text/html",
    "application/xhtml+xml",
    "application/xml",
    "text/xml",
    "application/octet-stream",
    *PLAIN_TYPES,
)
# What is none of our business, whatever its header says.
_MAGIC: Final = {
    b"%PDF-": "application/pdf",
    b"\x89PNG\r\n": "image/png",
    b"\xff\xd8\xff": "image/jpeg",
    b"GIF8": "image/gif",
    b"RIFF": "a RIFF container",
    b"PK\x03\x04": "application/zip",
    b"\x1f\x8b\x08": "application/gzip",
    b"\x28\xb5\x2f\xfd": "application/zstd",
    b"ID3": "audio/mpeg",
    b"\x00\x00\x00\x18ftyp": "video/mp4",
    b"\x00\x00\x00\x20ftyp": "video/mp4",
    b"{\\rtf": "application/rtf",
    b"\xd0\xcf\x11\xe0": "an Office document",
}
_SNIFFED: Final = 4096  # bytes or characters that are looked at to tell text from data
_ELEMENTS: Final = XPath("count(//*)")
_FEWEST: Final = 5  # elements, three of which the parser makes of any text: html, body, p
_OVERLOADED: Final = XPath(f"boolean(//*[@*[{MAX_ATTRIBUTES + 1}]])")
_TAG_START: Final = re.compile(r"<[A-Za-z][\w:-]*\s")
_QUOTED: Final = re.compile(
    r"\"[^\"]*\"|'[^']*'"
)  # a value; that of a drawing's path has a thousand words
_XML_DECLARATION: Final = re.compile(r"\s*<\?xml[^>]{0,200}\?>")
# What begins with the root of a feed or sitemap, which has texts of many pages and is none.
_FEED: Final = re.compile(
    r"(?:[\s\ufeff]|<\?[^>]{0,1000}\?>|<!--.{0,5000}?-->|<!doctype[^>\[]{0,300}>)*+"
    r"<(?:\w{1,20}:)?(rss|rdf|feed|urlset|sitemapindex|opml)\b",
    re.IGNORECASE | re.DOTALL,
)
_LOOKS_HTML: Final = re.compile(rb"<(?:!doctype|html|head|body|article|div|p|meta)\b", re.I)


def media_type(content_type: str | None) -> str:
    """The type of a Content-Type header in lower case, without parameters; "" without one."""
    return (content_type or "").partition(";")[0].strip().lower()


def check_type(body: bytes, content_type: str | None) -> None:
    """Raise Rejected (empty_body, unsupported_type, too_complex) for what cannot be a page."""
    if not body.strip(b" \t\r\n\0"):
        raise Rejected("empty_body")
    start = body[:64].lstrip()
    for magic, name in _MAGIC.items():
        if start.startswith(magic):
            raise Rejected("unsupported_type", f"the bytes are {name}")
    declared = media_type(content_type)
    if declared not in _HTML_TYPES:
        raise Rejected("unsupported_type", declared[:100])
    if len(body) > MAX_BYTES:
        raise Rejected("too_complex", f"{len(body)} bytes, at most {MAX_BYTES}")


def looks_plain(body: bytes, content_type: str | None) -> bool:
    """Whether a body is plain text, as its header says and its first bytes do not deny."""
    return media_type(content_type) in PLAIN_TYPES and not _LOOKS_HTML.search(body[:_SNIFFED])


def parse(text: str) -> tuple[HtmlElement, bool]:
    """The tree of a page, with what costs more than it says cut short, and whether it was text.

    Cut short are large JSON-LD blocks, in a page of very many elements lists, tables and the like
    of more than MAX_ALIKE, and the depth of elements in each other. Raises Rejected no_text when
    there is no tree, too_complex for one that no article has, unsupported_type for a feed.
    """
    feed = _FEED.match(text)
    if feed:
        raise Rejected("unsupported_type", f"a feed or sitemap (<{feed[1].lower()}>)")
    _check_tags(text)
    tree, deep = _load(text)
    elements = int(_ELEMENTS(tree))
    shortened = elements > MAX_ELEMENTS
    if shortened:
        _shorten(tree)
        left = int(_ELEMENTS(tree))
        if left > MAX_ELEMENTS:
            raise Rejected("too_complex", f"{elements} elements, at most {MAX_ELEMENTS}")
    if deep:
        _flatten(tree)
    if _OVERLOADED(tree):
        raise Rejected("too_complex", f"a tag of more than {MAX_ATTRIBUTES} attributes")
    for script in list(tree.iter("script")):
        if "json" in (script.get("type") or "") and len(script.text or "") > MAX_JSON_LD:
            script.text = jsonld.shortened(script.text)
    return tree, shortened


def _shorten(tree: HtmlElement) -> None:
    """Leave out all children of one kind but the first MAX_ALIKE, with what follows them."""
    for parent in list(tree.iter()):
        if len(parent) > MAX_ALIKE:
            seen: Counter[str] = Counter()
            for child in list(parent):
                seen[child.tag] += 1
                if seen[child.tag] > MAX_ALIKE:
                    parent.remove(child)


def _flatten(tree: HtmlElement) -> None:
    """Put elements that are both deep and high behind the one they are in: see MAX_OUTER."""
    high: list[HtmlElement] = []
    heights = [0]  # of what is open, from the root, the levels below it that are closed
    for event, element in iterwalk(tree, events=("start", "end")):
        if event == "start":
            heights.append(0)
            continue
        height = heights.pop()
        heights[-1] = max(heights[-1], height + 1)
        if len(heights) > MAX_OUTER and height > MAX_INNER:
            high.append(element)
    for element in reversed(high):  # the outermost first
        outer = element.getparent()
        # With what comes after it, so that the order of the text stays.
        for sibling in [element, *element.itersiblings()][::-1]:
            outer.addnext(sibling)


def _load(text: str) -> tuple[HtmlElement, bool]:
    """The tree of a page, repaired as trafilatura does (its load_html).

    And whether more than 256 of its elements are in each other. Its root is always `html`: what
    does not begin as a page is no fragment, and any element may begin it.
    """
    # The declared charset is that of the bytes, not of this text: lxml would believe it.
    declaration = _XML_DECLARATION.match(text)
    text = text[declaration.end() :] if declaration else text
    start = text[:50].lower()
    repaired = repair_faulty_html(text, start).encode("utf-8", "surrogatepass")
    try:
        tree = document_fromstring(repaired, parser=_PARSER)
        deep = _was_cut(_PARSER)
        if deep:
            tree = document_fromstring(repaired, parser=_DEEP_PARSER)
            if _was_cut(_DEEP_PARSER):
                raise Rejected("too_complex", "elements more than 2048 deep in each other")
    except (Rejected, MemoryError):
        raise
    except Exception as error:  # lxml on hostile bytes
        raise Rejected("no_text", f"not HTML: {type(error).__name__}: {error}"[:500]) from error
    if is_dubious_html(start) and _ELEMENTS(tree) < _FEWEST:
        raise Rejected("no_text", "not HTML")
    return tree, deep


def _check_tags(text: str) -> None:
    """Raise Rejected too_complex for a tag of very many attributes, before parsing pays for it.

    Looks at long stretches without ">" only; a tag with ">" inside its values is met by `parse`.
    """
    begin = 0
    while begin < len(text):
        # To the last ">" within reach: no stretch on the way is long.
        end = text.rfind(">", begin, begin + 2 * MAX_ATTRIBUTES + 1)
        if end < 0:
            end = text.find(">", begin + 2 * MAX_ATTRIBUTES)
            end = end if end >= 0 else len(text)
            start = max(text.rfind("<", begin, end), begin)
            tag = text[start:end]
            if (
                _TAG_START.match(tag)
                and len(_QUOTED.sub("", tag).split()) > MAX_ATTRIBUTES
                and not _is_in_script(text, start)
            ):
                raise Rejected("too_complex", f"a tag of more than {MAX_ATTRIBUTES} attributes")
        begin = end + 1


def _is_in_script(text: str, place: int) -> bool:
    """Whether `text` is a script, a style or a comment at `place`: `a < b` is no tag there."""
    before = text[:place].lower()
    return any(
        before.rfind(opening) > before.rfind(closing)
        for opening, closing in (("<script", "</script"), ("<style", "</style"), ("<!--", "-->"))
    )


def _was_cut(parser: HTMLParser) -> bool:
    """Whether `parser` met one of its limits in its last page, and left out what came after."""
    last = parser.error_log.last_error
    return last is not None and last.type == ErrorTypes.ERR_RESOURCE_LIMIT
