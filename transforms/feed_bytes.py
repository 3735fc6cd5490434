"""From the bytes of a feed to text that an XML parser accepts.

First: which encoding they are really in.

A wrong label is common, a feed that cannot be read at all is rare. In order: byte order mark, the
shape of the first bytes (XML 1.0, appendix F), the charset of the HTTP header (RFC 7303), the XML
declaration, UTF-8, Windows-1252. A candidate counts only if the bytes really decode with it; text
that is valid UTF-8 beyond ASCII is UTF-8 whatever a Latin-1 label says, since by chance it is not.
"""

import codecs
import html.entities
import re
from typing import Final

from w3lib.encoding import http_content_type_encoding

from transforms.charset import document_encoding
from transforms.outcomes import Rejected

_BOMS: Final = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),  # before UTF-16: its mark begins with that of UTF-16
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_WIDE: Final = (
    (b"<\0\0\0", "utf-32-le"),
    (b"\0\0\0<", "utf-32-be"),
    (b"<\0", "utf-16-le"),
    (b"\0<", "utf-16-be"),
)
_DECLARED: Final = re.compile(
    rb"""<\?xml[^>]{0,200}?\bencoding\s*=\s*["']([A-Za-z0-9._:-]{1,40})["']"""
)
_LATIN: Final = frozenset({"cp1252", "ascii", "iso8859-1", "iso8859-15"})

# Characters that XML 1.0 and UTF-8 have no place for.
ILLEGAL: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]+")
# Every "&" but those of XML's own five names, which are most.
_REFERENCE: Final = re.compile(
    r"&(?!(?:lt|gt|amp|quot|apos);)(?:#(?:[xX]([0-9a-fA-F]+)|([0-9]+));|([A-Za-z][A-Za-z0-9]*;))?"
)
_CONTROL: Final = bytes(byte for byte in range(0x20) if byte not in (9, 10, 13))
_NO_CHARACTERS: Final = ("\ufffe".encode(), "\uffff".encode())
# HTML's names, but for those of characters that are markup (&lt; &LT; &nvlt; ...).
_NAMED: Final = {
    name: meaning
    for name, meaning in html.entities.html5.items()
    if name.endswith(";") and not set(meaning) & set("<>&\"'")
}


def decode(body: bytes, content_type: str | None) -> tuple[str, tuple[str, ...]]:
    """The text of a feed, without byte order mark, and flags on how it was found.

    Flags: encoding_override (it is not in the encoding that it claims), encoding_broken (some
    bytes are in no encoding and became U+FFFD).
    Raises Rejected empty_body if nothing but white space and byte order marks is left.
    """
    if not body.strip(b" \t\r\n\f\v"):
        raise Rejected("empty_body", f"{len(body)} bytes")
    for mark, encoding in _BOMS:
        if body.startswith(mark):
            text, flags = _decode(body[len(mark) :], [encoding])
            break
    else:
        text, flags = _decode(body, _claims(body, content_type))
    text = text.lstrip("\ufeff")
    if not text.strip():
        raise Rejected("empty_body", f"{len(body)} bytes of nothing")
    return text, flags


def _claims(body: bytes, content_type: str | None) -> list[str]:
    """The encodings that header, first bytes and declaration claim, by rank."""
    for start, encoding in _WIDE:
        if body.startswith(start):
            return [encoding]
    declared = _DECLARED.search(body[:1024])
    labels = [
        document_encoding(http_content_type_encoding(content_type)),
        document_encoding(declared.group(1).decode("ascii")) if declared else None,
    ]
    if declared and labels[1] is None:
        labels[1] = "?"  # an unknown name is a claim too, and a wrong one
    # The first bytes are not wide, so a claim of wide ones is false.
    return ["?" if label.startswith(("utf-16", "utf-32")) else label for label in labels if label]


def _decode(body: bytes, claims: list[str]) -> tuple[str, tuple[str, ...]]:
    claimed = claims[0] if claims else "utf-8"
    order = [claim for claim in claims if claim != "?"]
    if not order or order[0] in _LATIN:
        order = ["utf-8", *order]
    elif "utf-8" not in order and not order[0].startswith(("utf-16", "utf-32")):
        order.append("utf-8")
    for encoding in order:
        text = _strict(body, encoding)
        if text is not None:
            honest = encoding == claimed or (body.isascii() and claimed in _LATIN)
            return text, () if honest else ("encoding_override",)
    # Nothing fits: a few broken bytes in an otherwise good text, or a legacy page mislabelled.
    for encoding in order:
        text = body.decode(encoding, "replace")
        head = text[:200_000]
        broken = head.count("\ufffd")
        # In a wrong encoding hardly anything beyond ASCII comes out right.
        if sum(c > "\x7f" for c in head) - broken > broken:
            return text, ("encoding_broken",)
    return body.decode("cp1252", "replace"), ("encoding_override",)


def _strict(body: bytes, encoding: str) -> str | None:
    try:
        return body.decode(encoding)
    except UnicodeError:
        return None


def legal_xml(text: str) -> tuple[bytes, bool]:
    """`text` in UTF-8, without characters and references that no XML parser accepts.

    Characters outside XML 1.0's range are removed, references to such become U+FFFD, a bare
    "&" becomes "&amp;": the second value says whether there were any. HTML's named references
    become what they mean, so that an `&nbsp;` without a DTD breaks nothing.
    """
    cleaned = text if _is_clean(text) else ILLEGAL.sub("", text)
    broken = cleaned != text
    if "&" not in cleaned:
        return cleaned.encode(), broken

    def resolve(match: re.Match[str]) -> str:
        nonlocal broken
        hexadecimal, decimal, name = match.groups()
        if name and name in _NAMED:
            return _NAMED[name]
        if hexadecimal or decimal:
            digits = (hexadecimal or decimal).lstrip("0")[:8]
            if _is_legal(int(digits or "0", 16 if hexadecimal else 10)):
                return match[0]
            broken = True
            return "\ufffd"
        broken = True
        return "&amp;" + match[0][1:]

    pieces, pos = [], 0
    while True:
        start = cleaned.find("<![CDATA[", pos)
        end = cleaned.find("]]>", start) if start >= 0 else -1
        if end < 0:
            pieces.append(_REFERENCE.sub(resolve, cleaned[pos:]))
            return "".join(pieces).encode(), broken
        pieces += [_REFERENCE.sub(resolve, cleaned[pos:start]), cleaned[start:end]]
        pos = end


def _is_clean(text: str) -> bool:
    """Whether ILLEGAL matches nowhere; ten times as fast as asking it."""
    try:
        data = text.encode()
    except UnicodeEncodeError:
        return False
    plain = len(data.translate(None, _CONTROL)) == len(data)
    return plain and not any(one in data for one in _NO_CHARACTERS)


def _is_legal(number: int) -> bool:
    """Whether XML 1.0 has a character of this number (its production 2)."""
    return (
        number in (9, 10, 13)
        or 0x20 <= number < 0xD800
        or 0xE000 <= number < 0xFFFE
        or 0x10000 <= number < 0x110000
    )
