"""The charset of a page, and its text: as browsers read it, unless that is plainly wrong.

Sources: the order of what is declared, and which charset a language had before UTF-8, are those
of browsers (WHATWG HTML, 13.2.3.2); what nobody declares is told by the language that the page
says it is in, or that its ASCII letters tell, and by charset_normalizer where words are none so.
"""

import codecs
import re
from collections.abc import Iterator
from html import unescape
from typing import Final
from unicodedata import category

import charset_normalizer
from w3lib.encoding import (
    html_body_declared_encoding,
    http_content_type_encoding,
    read_bom,
    resolve_encoding,
    to_unicode,
)

from transforms.language import identify
from transforms.language_tags import language_code
from transforms.outcomes import Rejected

# The charsets of a language before UTF-8, WESTERN for all others. ISO 8859 before its extension by
# Windows: what is in both is in either, and of the rest ISO 8859 has nothing.
_BY_LANGUAGES: Final = {
    "ar fa ur": ("windows-1256",),
    "be bg kk ky mk ru tg tt uk": ("windows-1251", "koi8-r", "koi8-u"),
    "sr": ("windows-1251", "iso-8859-2", "windows-1250"),
    "bs cs hr hu pl ro sk sl sq": ("iso-8859-2", "windows-1250"),
    "el": ("iso-8859-7", "windows-1253"),
    "et lt lv": ("windows-1257",),
    "he": ("windows-1255",),
    "ja": ("shift_jis", "euc-jp"),
    "ko": ("euc-kr",),
    "az ku tr": ("windows-1254",),
    "th": ("windows-874",),
    "vi": ("windows-1258",),
    "zh": ("gb18030", "big5"),
}
CHARSETS: Final = {
    language: charsets
    for languages, charsets in _BY_LANGUAGES.items()
    for language in languages.split()
}
WESTERN: Final = ("windows-1252",)
_LATIN_1: Final = "cp1252"  # as browsers read it
# All that WHATWG Encoding has and Python knows: no page was ever in an IBM code page.
_OF_THE_WEB: Final = sorted(
    {
        codecs.lookup(resolve_encoding(name) or name).name.replace("-", "_")
        for charsets in (*CHARSETS.values(), WESTERN)
        for name in charsets
    }
    | {"utf_16_le", "utf_16_be", "utf_8"}
)

# Python codecs that are no encodings of documents; UTF-7 hides markup from every filter.
_NEVER: Final = frozenset(
    {"utf-7", "unicode-escape", "raw-unicode-escape", "idna", "punycode", "undefined"}
)

_SNIFFED: Final = 4096  # characters that are looked at to tell text from data
_UNPRINTABLE_SHARE: Final = 0.1
_UNPRINTABLE: Final = re.compile("[\x01-\x08\x0b\x0e-\x1f\x7f\ufffd]")
# One byte, one character: any bytes are valid in these, so being valid UTF-8 is no accident.
_ONE_BYTE: Final = re.compile(r"cp125\d|iso8859|iso-8859|latin|koi8|mac|cp874|ascii")
# In the charsets of East Asia a word or two may be valid UTF-8 by accident, a sentence is not.
_NO_ACCIDENT: Final = 24  # bytes beyond ASCII
_LANGUAGE: Final = re.compile(
    rb"<html\b[^<>]{0,2000}?\blang\s*=\s*[\"']?\s*([\w-]{2,20})"
    rb"|<meta\b[^<>]{0,200}?(?:content-language|og:locale)[\"']?\s+content=[\"']([\w-]{2,20})",
    re.IGNORECASE,
)
_PROSE: Final = 60  # bytes of a piece of text that is no label or number
_WORDS: Final = 200  # more than `identify` reads
_HEAD: Final = 50_000  # bytes of a page in which its language is looked for
_ENOUGH: Final = 16_000  # characters of text that is not ASCII, with the words around it
_AROUND: Final = 100  # of a long piece, characters before the first that is not ASCII
_WHOLE: Final = re.compile(r"[^\x00-\x7f]+\Z")  # what may end in half a character
_ODD_SHARE: Final = 0.1  # of the characters beyond ASCII, in the right charset at most
_WRONG_SHARE: Final = 1 / 4  # and in a wrong one at least
_BEYOND_ASCII: Final = re.compile(r"[^\x00-\x7f]+")
_IN_WORDS: Final = frozenset("’‘ʼ´·‐‑–—…«»\u00a0\u00ad")
_ALPHABETS: Final = ("\u0370", "\u0e80")  # Greek to Thai: none of them is mixed with Latin
_LATIN_END: Final = "\u0250"
_MOST_CAPITALS: Final = 0.6
_LONGEST_RUN: Final = 3  # letters beyond ASCII in a row, in Latin script


def decode(body: bytes, content_type: str | None) -> str:
    """The text of a page, in the charset that browsers would use, unless that is plainly wrong.

    In this order: byte order mark, Content-Type header, meta or XML declaration, UTF-8 if the
    bytes are valid, the charset that the page's language had, else detection. Unlike in browsers,
    a declared charset gives way to UTF-8 when the bytes are valid UTF-8 and that is no accident,
    and one in which words are no words to one in which they are. Raises Rejected undecodable for
    bytes that are not text.
    """
    encoding, mark = read_bom(body)
    if encoding is not None:
        text = to_unicode(body[len(mark or b"") :], encoding)
    else:
        encoding = next(_declared(body, content_type), None) or _detect(body)
        text = to_unicode(body, encoding)
        if encoding != "utf-8" and _is_surely_utf8(body, encoding):
            text = body.decode("utf-8", "replace")
        elif (encoding != "utf-8" or "\ufffd" in text) and _oddness(_sample(text)) > _WRONG_SHARE:
            text = _second_opinion(body) or text
    start = text[:_SNIFFED]
    if len(_UNPRINTABLE.findall(start)) > _UNPRINTABLE_SHARE * max(len(start), 1):
        raise Rejected("undecodable", f"read as {encoding}")
    return text


def document_encoding(label: str | None) -> str | None:
    """Python's name of the encoding that `label` means on the web; None if no document is in it.

    Python's own labels are those of compressions (zlib), ciphers (rot13) and escapes, too.
    """
    name = resolve_encoding(label) if label else None
    if name is None or name in _NEVER:
        return None
    try:
        b"a".decode(name, "replace")
    except (LookupError, ValueError):
        return None
    return name


def _declared(body: bytes, content_type: str | None) -> Iterator[str]:
    """The encodings that the header and the page name.

    A header of Latin-1 for a page in a language that has other charsets is the server's default.
    """
    header = document_encoding(http_content_type_encoding(content_type))
    if header == _LATIN_1 and header not in _likely(body):
        header = None
    for name in (header, document_encoding(html_body_declared_encoding(body))):
        if name:
            yield f"{name}-be" if name in ("utf-16", "utf-32") else name


def _likely(body: bytes) -> tuple[str, ...]:
    """The charsets that the language of a page had, as it declares it or is written in."""
    match = _LANGUAGE.search(body[:_HEAD])
    declared = (match[1] or match[2]).decode("ascii", "replace") if match else None
    language = language_code(declared) or _language_of_words(body)
    names = map(document_encoding, CHARSETS.get(language, WESTERN))
    return tuple(name for name in names if name)


def _language_of_words(body: bytes) -> str:
    """The language that a page is in, by those of its words that are ASCII.

    Of texts in other alphabets none are left: they are in none.
    """
    words: list[bytes] = []
    end = b""
    for piece in body.split(b"<"):
        tag = piece[:7].lower()
        if end:
            end = b"" if tag.startswith(end) else end
        elif tag.startswith((b"script", b"style")):
            end = b"/" + tag[:5]
        else:
            text = piece.partition(b">")[2][:_ENOUGH]
            if len(text) >= _PROSE:
                words.extend(word for word in text.split() if word.isascii())
        if len(words) >= _WORDS:
            break
    language, _ = identify(unescape(b" ".join(words).decode()))
    return language


def _second_opinion(body: bytes) -> str | None:
    """The text as the page declares it, or as it is detected, if words are words in it."""
    for encoding in (*_declared(body, None), _detect(body)):
        text = to_unicode(body, encoding)
        if _oddness(_sample(text)) <= _ODD_SHARE:
            return text
    return None


def _detect(body: bytes) -> str:
    """The charset of a page that declares none."""
    if _is_utf8(body):
        return "utf-8"
    sample = _sample(body.decode("latin-1")).encode("latin-1")
    if _oddness(sample.decode("utf-8", "replace")) <= _ODD_SHARE:
        return "utf-8"  # and broken here and there
    odd = {name: _oddness(to_unicode(sample, name)) for name in _likely(body)}
    likely = min(odd, key=lambda name: odd[name])
    if odd[likely] <= _ODD_SHARE:
        return likely
    best = charset_normalizer.from_bytes(sample, cp_isolation=_OF_THE_WEB).best()
    if best and _oddness(to_unicode(sample, best.encoding)) < odd[likely] / 2:
        return best.encoding
    return likely


def _sample(text: str) -> str:
    """The pieces between the tags of a page that are not ASCII, from its start."""
    pieces: list[str] = []
    size = 0
    for piece in re.split("[<>]", text):
        first = _BEYOND_ASCII.search(piece)
        if first:
            start = max(first.start() - _AROUND, 0)
            cut = piece[start : start + _ENOUGH]
            pieces.append(_WHOLE.sub("", cut) if len(cut) == _ENOUGH else cut)
            size += len(cut)
            if size >= _ENOUGH:
                break
    return "\n".join(pieces)


def _oddness(text: str) -> float:
    """Of the characters beyond ASCII, the share that cannot be where they are.

    Read in a wrong charset, words have signs, capitals or two alphabets in their midst, or hardly
    an ASCII letter in Latin script, or all capitals and small letters exchanged.
    """
    total = odd = capitals = 0
    for run in _BEYOND_ASCII.finditer(text):
        letters = run[0]
        total += len(letters)
        if len(letters) > _LONGEST_RUN:
            latin = sum(char < _LATIN_END and char.isalpha() for char in letters)
            if latin > len(letters) / 2:
                odd += len(letters)
                continue
        before, after = text[max(run.start() - 1, 0) : run.start()], text[run.end() : run.end() + 1]
        around = zip(
            before.rjust(1) + letters[:-1], letters, letters[1:] + after.rjust(1), strict=True
        )
        for left, char, right in around:
            capitals += char.isupper()
            odd += _is_odd(left, char, right)
    if capitals > _MOST_CAPITALS * total:
        odd += capitals
    return odd / max(total, 1)


def _is_odd(left: str, char: str, right: str) -> bool:
    kind = category(char)
    if kind in ("Cc", "Co", "Cn") or char == "\ufffd":
        return True
    if kind[0] in "LM":
        if _ALPHABETS[0] <= char < _ALPHABETS[1] and (left.isascii() and left.isalpha()):
            return True
        return char.isupper() and left.islower()
    in_word = left.isalpha() and right.isalpha() and char not in _IN_WORDS
    return in_word and (kind[0] in "SN" or char < _LATIN_END or "\u2000" <= char < "\u2070")


def _is_utf8(body: bytes) -> bool:
    try:
        body.decode("utf-8")
    except UnicodeDecodeError as error:
        # A body that was cut inside its last character is still UTF-8.
        return error.start > len(body) - 4 and error.start > 0
    return True


def _is_surely_utf8(body: bytes, declared: str) -> bool:
    """Whether a body that is declared otherwise is UTF-8 all the same."""
    beyond_ascii = len(body.translate(None, bytes(range(128))))
    enough = 1 if _ONE_BYTE.match(declared) else _NO_ACCIDENT
    return beyond_ascii >= enough and _is_utf8(body)
