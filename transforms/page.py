"""From the bytes of a page to its tree: is it a page at all, and how big."""

import re
from typing import Final

from lxml.etree import ErrorTypes, XPath
from lxml.html import HtmlElement, HTMLParser, fromstring
from trafilatura.utils import HTML_PARSER, load_html, repair_faulty_html

from transforms import jsonld
from transforms.outcomes import Rejected

# Of 2,855 real article pages the largest has 2.9 MB; a page of 5 MB costs 15 CPU seconds.
MAX_BYTES: Final = 3_000_000
# A page of 50,000 list items costs 10 CPU seconds, of 200,000 links 35; articles have a few
# thousand elements.
MAX_ELEMENTS: Final = 60_000
# The attributes of one tag cost the square of their number: 80,000 take 57 CPU seconds.
MAX_ATTRIBUTES: Final = 1_000
# A JSON-LD block of 800 KB that does not parse costs 1.4 CPU seconds, growing like n^1.7.
MAX_JSON_LD: Final = 200_000

# libxml2 drops all that is nested deeper than 256 elements, and with `huge_tree` than 2048: old
# pages that never close a <font> come near it. Costs nothing on other pages, which never get here.
_DEEP_PARSER: Final = HTMLParser(
    huge_tree=True,
    collect_ids=False,
    default_doctype=False,
    encoding="utf-8",
    remove_comments=True,
    remove_pis=True,
)

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
_OVERLOADED: Final = XPath(f"boolean(//*[@*[{MAX_ATTRIBUTES + 1}]])")
_TAG_START: Final = re.compile(r"<[A-Za-z][\w:-]*\s")
_QUOTED: Final = re.compile(
    r"\"[^\"]*\"|'[^']*'"
)  # a value; that of a drawing's path has a thousand words
_XML_DECLARATION: Final = re.compile(r"\s*<\?xml[^>]{0,200}\?>")
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


def parse(text: str) -> HtmlElement:
    """The tree of a page, with the JSON-LD blocks that cost more than they say cut short.

    Raises Rejected no_text when there is no tree, too_complex for one that no article has.
    """
    # The declared charset is that of the bytes, not of this text: lxml would believe it.
    declaration = _XML_DECLARATION.match(text)
    _check_tags(text)
    text = text[declaration.end() :] if declaration else text
    try:
        tree = load_html(text)
        if _was_cut(HTML_PARSER):
            repaired = repair_faulty_html(text, text[:50].lower())
            tree = fromstring(repaired.encode("utf-8", "surrogatepass"), parser=_DEEP_PARSER)
            if _was_cut(_DEEP_PARSER):
                raise Rejected("too_complex", "elements more than 2048 deep in each other")
    except Rejected:
        raise
    except Exception as error:
        raise Rejected("extract_error", f"{type(error).__name__}: {error}"[:500]) from error
    if tree is None:
        raise Rejected("no_text", "not HTML")
    elements = int(_ELEMENTS(tree))
    if elements > MAX_ELEMENTS:
        raise Rejected("too_complex", f"{elements} elements, at most {MAX_ELEMENTS}")
    if _OVERLOADED(tree):
        raise Rejected("too_complex", f"a tag of more than {MAX_ATTRIBUTES} attributes")
    for script in list(tree.iter("script")):
        if "json" in (script.get("type") or "") and len(script.text or "") > MAX_JSON_LD:
            script.text = jsonld.shortened(script.text)
    return tree


def _check_tags(text: str) -> None:
    """Raise Rejected too_complex for a tag of very many attributes, before parsing pays for it.

    Looks at long stretches without ">" only; a tag with ">" inside its values is met by `parse`.
    """
    end = 0
    for stretch in text.split(">"):
        end += len(stretch) + 1
        if len(stretch) > 2 * MAX_ATTRIBUTES:
            tag = stretch[stretch.rfind("<") :]
            if (
                _TAG_START.match(tag)
                and len(_QUOTED.sub("", tag).split()) > MAX_ATTRIBUTES
                and not _is_in_script(text, end - 1 - len(tag))
            ):
                raise Rejected("too_complex", f"a tag of more than {MAX_ATTRIBUTES} attributes")


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
