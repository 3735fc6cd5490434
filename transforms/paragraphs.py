"""The paragraphs of a plain text, whatever its lines were broken for.

Three habits are told apart by the text itself: a paragraph per line, blank lines between
paragraphs, and lines broken at a width. The last is found by the test that a typesetter would
make: a line is full when the first word of the next did not fit in it.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final

# Lines are called broken at a width between these, in code points: narrower is verse or a list,
# wider is a paragraph per line.
_NARROWEST: Final = 40
_WIDEST: Final = 120
# Share of the line ends inside paragraphs that must be explained by that width.
_FULL_SHARE: Final = 0.7
# A headline is shorter than this: below it, a line without a full stop was not cut.
_CUT: Final = 60

_BREAKS: Final = re.compile("\r\n|[\r\x0b\x0c\x85\u2028\u2029]")
# C0 and C1 controls, lone surrogates (no UTF-8, so no Parquet), marks of no width that split
# words, and the two code points that are no characters.
_UNPRINTABLE: Final = re.compile(
    "[\x00-\x08\x0e-\x1f\x7f-\x9f\ud800-\udfff\u00ad\u200b\u2060\ufeff\ufffe\uffff]"
)
_SPACES: Final = re.compile("[ \t\u00a0\u1680\u2000-\u200a\u202f\u205f\u3000]+")
_BULLET: Final = re.compile(r"(?:[-–—*•‣▪●◦·+]|[0-9]{1,3}[.)]|\([0-9a-z]{1,3}\)|[a-z][.)])\s")
_SPEAKER: Final = re.compile(r"[^\W\d_][^:.?!\n]{0,39}: ")
_CLOSERS: Final = "\"'”’»›)]}*_"
_STOPS: Final = ".!?…。！？؟।۔"


@dataclass(frozen=True, slots=True)
class Paragraph:
    """One paragraph, or one line of a document's head.

    text: on one line, without spaces around it.
    apart: a blank line stands before it.
    level: of a Markdown heading, 1 to 6; 0 for anything else.
    """

    text: str
    apart: bool = False
    level: int = 0


def printable(text: str) -> str:
    """`text` with plain line breaks and spaces, and without control characters."""
    return _UNPRINTABLE.sub("", _BREAKS.sub("\n", text))


def one_line(text: str) -> str:
    """`text` without line breaks, and with single spaces."""
    return _SPACES.sub(" ", text.replace("\n", " ")).strip()


def split(text: str) -> list[Paragraph]:
    """The paragraphs of printable `text`, with lines joined that were broken at a width."""
    lines = text.split("\n")
    width = _width(lines)
    found: list[Paragraph] = []
    apart = True
    previous = ""  # the line before, while it may continue
    for line in lines:
        content = one_line(line)
        if not content:
            apart, previous = True, ""
            continue
        if previous and not _indented(line) and _full(previous, content, width):
            found[-1] = replace(found[-1], text=_glue(found[-1].text, content))
        else:
            level, content = _heading(content)
            if content:
                found.append(Paragraph(content, apart, level))
        apart = False
        previous = "" if found and found[-1].level else content
    return found


def rejoin(paragraphs: Sequence[Paragraph], *, soft: bool = False) -> list[Paragraph]:
    """Paragraphs with those joined that a line or page break cut inside a sentence.

    soft: a single line break is only a space, as in Markdown, unless a list item follows.
    """
    found: list[Paragraph] = []
    for paragraph in paragraphs:
        last = found[-1] if found else None
        if last and not (last.level or paragraph.level):
            running_on = soft and not paragraph.apart and not is_item(paragraph.text)
            if running_on or _cut(last.text, paragraph.text, paragraph.apart):
                found[-1] = replace(last, text=_glue(last.text, paragraph.text))
                continue
        found.append(paragraph)
    return found


def ends_sentence(text: str) -> bool:
    """Whether `text` ends as a sentence does."""
    return text.rstrip(_CLOSERS)[-1:] in _STOPS and text != ""


def is_item(text: str) -> bool:
    """Whether `text` starts as an item of a list does."""
    return _BULLET.match(text) is not None


def is_speech(text: str) -> bool:
    """Whether `text` starts with a short label and a colon, as a speaker's lines do."""
    return _SPEAKER.match(text) is not None


def _width(lines: Sequence[str]) -> int:
    """The width at which lines were broken; 0 if they were not."""
    pairs = [(a, b) for a, b in _neighbours(lines) if not is_item(b)]
    inner = [len(a) for a, _ in pairs if " " in a]
    # A width shows only in several lines of about the same length.
    width = max(inner, default=0)
    if not _NARROWEST <= width <= _WIDEST or len(pairs) < 3:
        return 0
    full = sum(_full(a, b, width) for a, b in pairs)
    return width if full >= _FULL_SHARE * len(pairs) else 0


def _neighbours(lines: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Each line that is followed by another without a blank one between, with that."""
    clean = [one_line(line) for line in lines]
    for number in range(len(clean) - 1):
        if clean[number] and clean[number + 1] and not _indented(lines[number + 1]):
            yield clean[number], clean[number + 1]


def _full(line: str, following: str, width: int) -> bool:
    """Whether `line` was broken because the first word of the next did not fit."""
    if not width or is_item(following):
        return False
    first = following.split(" ", 1)[0]
    return len(line) + 1 + len(first) > width


def _indented(line: str) -> bool:
    return line[:2].isspace() and len(line) > 2


def _heading(line: str) -> tuple[int, str]:
    match = re.match(r"(#{1,6})\s+(.*?)\s*#*$", line)
    return (len(match[1]), match[2]) if match else (0, line)


def _cut(before: str, after: str, apart: bool) -> bool:
    """Whether a break between the two cut a sentence.

    Told by a lower-case start after a line too long for a headline that has no full stop;
    without a blank line between, half of that is enough (a
    headline over two lines); shorter lines are verse.
    """
    if not after[:1].islower() or ends_sentence(before) or before[-1:] in ":;":
        return False
    if is_item(before) or is_item(after) or is_speech(after):
        return False
    return len(before) >= (_CUT if apart else _CUT // 2)


def _glue(before: str, after: str) -> str:
    # "long-/range": the hyphen was in the word, the break was put behind it.
    hyphen = before.endswith("-") and before[-2:-1].isalpha() and after[:1].isalpha()
    return before + after if hyphen else f"{before} {after}"


def joined(paragraphs: Iterable[Paragraph]) -> str:
    """The text of paragraphs: one a line."""
    return "\n".join(paragraph.text for paragraph in paragraphs)
