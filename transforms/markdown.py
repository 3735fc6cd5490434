"""Markdown reduced to its text, and the front matter above it.

Only what news documents carry (CommonMark 0.31's links, images, emphasis, headings, quotes,
code, references, and inline HTML), line by line and with bounded patterns: a hostile text costs
no more than a long one. Not a renderer.
"""

import html
import re
from dataclasses import dataclass
from typing import Final

_LINK: Final = re.compile(
    r"\[((?:[^\[\]\n]|\n(?!\n)){1,400})\]\((?:<[^<>\n]{0,2000}>|[^()\s]{0,2000}(?:\([^()\s]{0,200}\)[^()\s]{0,500})?)"
    r"(?:\s{1,3}(?:\"[^\"\n]{0,300}\"|'[^'\n]{0,300}'))?\)"
)
_IMAGE: Final = re.compile("!" + _LINK.pattern.replace("{1,400}", "{0,400}", 1))
_AUTOLINK: Final = re.compile(r"<((?:https?://|mailto:)[^<>\s]{1,2000})>")
_STRONG: Final = re.compile(r"(\*\*|__)(?=\S)((?:[^\n]|\n(?!\n)){1,600}?)(?<=\S)\1")
_EMPHASIS: Final = re.compile(
    r"(?<![\w*\\])\*(?=[^\s*])([^*\n]{1,600}?)(?<=[^\s*\\])\*(?![\w*])"
    r"|(?<![\w_\\])_(?=[^\s_])([^_\n]{1,600}?)(?<=[^\s_\\])_(?![\w_])"
)
_STRUCK: Final = re.compile(r"~~(?=\S)([^~\n]{1,600})~~")
_CODE: Final = re.compile(r"(`{1,3})([^`\n]{1,600})\1")
_REFERENCE: Final = re.compile(r"\[([^\[\]\n]{1,400})\]\[[^\[\]\n]{0,200}\]")
_DEFINITION: Final = re.compile(r"^ {0,3}\[\^?[^\[\]\n]{1,200}\]:[^\n]*$", re.MULTILINE)
_FOOTNOTE: Final = re.compile(r"\[\^[^\[\]\s]{1,50}\]")
_COMMENT: Final = re.compile(r"<!--.{0,5000}?-->", re.DOTALL)
_TAG: Final = re.compile(r"</?(?:[a-zA-Z][a-zA-Z0-9-]{0,20})(?:\s[^<>\n]{0,500})?/?>")
_ESCAPE: Final = re.compile(r"\\([!-/:-@\[-`{-~])")
_QUOTE: Final = re.compile(r"^ {0,3}(?:> ?)+", re.MULTILINE)
_UNDERLINE: Final = re.compile(r"^( {0,3}\S[^\n]{0,300})\n(={3,}|-{3,})[ \t]*$", re.MULTILINE)
_FRONT: Final = re.compile(
    r"\s*---[ \t]*\n((?:(?!---[ \t]*(?:\n|$))[^\n]*\n){1,200})---[ \t]*(?:\n|$)"
)
_KEY: Final = re.compile(r"([A-Za-z][\w .-]{0,40}):(?:\s+(.*))?$")


@dataclass(frozen=True, slots=True)
class FrontMatter:
    """The lines between `---` above a document: keys in lower case, each with its values."""

    values: tuple[tuple[str, tuple[str, ...]], ...] = ()

    def get(self, *keys: str) -> tuple[str, ...]:
        """The values of the first of `keys` that has any."""
        for key in keys:
            for name, values in self.values:
                if name == key and values:
                    return values
        return ()

    def first(self, *keys: str) -> str | None:
        """The first value of the first of `keys` that has any."""
        return next(iter(self.get(*keys)), None)


def front_matter(text: str) -> tuple[FrontMatter, str]:
    """The front matter of `text` and what follows it; no front matter if there is none.

    Reads the part of YAML that front matter uses: `key: value`, quoted or not, and lists, as
    `[a, b]` or as lines that start with a dash. What is nested deeper is left out.
    """
    match = _FRONT.match(text)
    if match is None:
        return FrontMatter(), text
    values: dict[str, list[str]] = {}
    key = ""
    for line in match[1].split("\n"):
        item = re.match(r"\s*-\s+(.*)$", line)
        pair = _KEY.match(line)
        if item and key:
            # "- name: Orla Fenn": an author as a mapping; its name is its first value.
            values[key].append(_scalar(re.sub(r"^name:\s+", "", item[1])))
        elif pair:
            key = pair[1].strip().lower().replace("_", "-")
            values[key] = _values((pair[2] or "").strip())
        elif line.strip() and not line[:1].isspace() and not line.startswith("#"):
            return FrontMatter(), text  # a text between two rules, not front matter
    if not values:
        return FrontMatter(), text
    kept = ((name, tuple(filter(None, found))) for name, found in values.items())
    return FrontMatter(tuple(kept)), text[match.end() :]


def _values(raw: str) -> list[str]:
    if raw.startswith("[") and raw.endswith("]"):
        return [_scalar(piece) for piece in raw[1:-1].split(",")]
    return [_scalar(raw)]


def _scalar(raw: str) -> str:
    value = raw.strip()
    if value[:1] in ("'", '"') and value[-1:] == value[:1] and len(value) > 1:
        return value[1:-1].strip()
    return re.sub(r"\s+#\s.*$", "", value) if value not in ("null", "~", "|", ">") else ""


def plain(text: str, *, full: bool) -> str:
    """`text` with its Markdown reduced to what a reader sees.

    full: `text` is Markdown. Without it only what cannot be anything else is reduced (links,
    images, strong emphasis, addresses in angle brackets), as plain text files carry it too.
    """
    if full:
        text = _QUOTE.sub("", _DEFINITION.sub("", _COMMENT.sub("", text)))
        text = _UNDERLINE.sub(_hashed, text)
    text = _IMAGE.sub(r"\1", text)
    text = _LINK.sub(r"\1", text)
    text = _AUTOLINK.sub(r"\1", text)
    text = _STRONG.sub(r"\2", text)
    if not full:
        return text
    text = _REFERENCE.sub(r"\1", _FOOTNOTE.sub("", text))
    text = _CODE.sub(r"\2", _STRUCK.sub(r"\1", text))
    text = _EMPHASIS.sub(_inner, text)
    text = _TAG.sub("", text)
    return html.unescape(_ESCAPE.sub(r"\1", text))


def captions(text: str) -> tuple[str, ...]:
    """What the images of `text` show, by their alternative text."""
    return tuple(match[1].strip() for match in _IMAGE.finditer(text) if match[1].strip())


def without_images(text: str) -> str:
    """`text` without its images."""
    return _IMAGE.sub("", text)


def _hashed(match: re.Match[str]) -> str:
    return f"{'#' if match[2].startswith('=') else '##'} {match[1].strip()}"


def _inner(match: re.Match[str]) -> str:
    return match[1] or match[2] or ""
