"""Pages of article sets in the charset that their language had before UTF-8, declared or not.

Only the bytes and the declaration change: characters that the old charset lacks become character
references, as old editors wrote them.
"""

import codecs
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Final

from benchmarks.corpora import Gold
from transforms.charset import CHARSETS, WESTERN, document_encoding
from transforms.language import identify

# How the charset is declared: by the Content-Type header and by meta, where None is not at all,
# "right" the charset, and anything else another.
CASES: Final = {
    "header": ("right", None),
    "meta": (None, "right"),
    "header, wrong meta": ("right", "utf-8"),
    "meta, wrong header": ("iso-8859-1", "right"),
    "none": (None, None),
}

_META: Final = re.compile(
    rb"<meta\s[^<>]*?(?:charset\s*=\s*[\"']?\s*[\w:-]+|http-equiv=[\"']?content-type\b)[^<>]*>",
    re.I,
)
_XML: Final = re.compile(rb"^\s*<\?xml[^>]{0,200}\?>")
_HEAD: Final = re.compile(rb"<head\b[^<>]*>", re.I)


@dataclass(frozen=True)
class Legacy:
    """A page in `charset`, declared as `case` says. content_type: its header."""

    gold: Gold
    language: str
    charset: str
    case: str
    content_type: str


def legacy_pages(gold: Gold) -> Iterator[Legacy]:
    """The page in each charset of its language and each case; none if it is not UTF-8.

    A page that comes out as it was (all ASCII) says nothing of charsets, and is left out.
    """
    try:
        markup = gold.body.decode("utf-8-sig")
    except UnicodeDecodeError:
        return
    language, _ = identify(gold.text or " ".join(gold.inside), None)
    for charset in CHARSETS.get(language, WESTERN):
        body = markup.encode(document_encoding(charset) or charset, "xmlcharrefreplace")
        if body.isascii():
            continue
        body = _META.sub(b"", _XML.sub(b"", body))
        for case, declared in CASES.items():
            header, meta = (charset if said == "right" else said for said in declared)
            page = replace(gold, body=_declaring(body, meta) if meta else body)
            content_type = f"text/html; charset={header}" if header else "text/html"
            yield Legacy(page, language, charset, case, content_type)


def _declaring(body: bytes, charset: str) -> bytes:
    tag = f'<meta charset="{charset}">'.encode()
    head = _HEAD.search(body)
    at = head.end() if head else 0
    return body[:at] + tag + body[at:]


def is_utf8(body: bytes) -> bool:
    """Whether a body is valid UTF-8."""
    try:
        codecs.decode(body, "utf-8")
    except UnicodeDecodeError:
        return False
    return True
