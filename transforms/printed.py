"""The date and the byline that a page prints beside its headline, for readers."""

import re
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from lxml.etree import iterwalk
from lxml.html import HtmlElement

from schemas.elements import DateEvidence
from transforms.bylines import Byline, parse_byline
from transforms.clean import key, tidy_line
from transforms.dates import evidence
from transforms.furniture import recognise

# Lines after the headline among which its date stands, their code points, and lines before it.
_AFTER: Final = 30
_AFTER_LENGTH: Final = 2_000
_BEFORE: Final = 5
_LONGEST: Final = 120  # code points of a line that is a date
_LONGEST_LABEL: Final = 40
_YEAR: Final = re.compile(r"(?:19|20)\d\d")
_APART: Final = " \t|·•/,;:-–—>»"  # between a date and what stands beside it
# Beside what is no text, what has a date or a credit of its own.
_NOT_SHOWN: Final = frozenset(
    {"script", "style", "noscript", "template", "select", "svg"}
    | {"aside", "nav", "footer", "figure", "figcaption"}
)

_Line = tuple[str, str]  # what is printed, and the datetime of the <time> that it stands in
# What may stand on a line with the date; beside a site's name it is that of a caption.
_BESIDE: Final = frozenset({"published", "updated", "byline", "section", "dead"})


def printed_date(tree: HtmlElement, title: str | None) -> DateEvidence | None:
    """The first date of publication after the headline, else in the last lines before it.

    It is a line of its own, but for a label, a byline or a section beside it, as
    `furniture.recognise` reads it. What is labelled as an update is none.
    """
    for lines in _beside(tree, title):
        for label, (text, moment) in _labelled(lines):
            found = _published(label, text, moment)
            if found:
                return found
    return None


def printed_byline(tree: HtmlElement, title: str | None) -> Byline | None:
    """The first byline after the headline, else in the last lines before it.

    It says By (or its like) before the names, and one of them has more than one word.
    """
    for lines in _beside(tree, title):
        for label, (text, _) in _labelled(lines):
            for line in (text, f"{label} {text}") if label else (text,):
                found = parse_byline(line) if len(line) <= _LONGEST else None
                if found and any(" " in name for name in found.names):
                    return found
    return None


def _beside(tree: HtmlElement, title: str | None) -> tuple[Sequence[_Line], Sequence[_Line]]:
    """The lines after the headline, and the last ones before it."""
    heading = _heading(tree, title)
    before: deque[_Line] = deque(maxlen=_BEFORE)
    after: list[_Line] = []
    length = 0
    passed = False
    for line in _lines(tree, heading) if heading is not None else ():
        if line is None:
            passed = True
        elif not passed:
            before.append(line)
        else:
            after.append(line)
            length += len(line[0])
            if len(after) > _AFTER or length > _AFTER_LENGTH:
                break
    return after, tuple(before) if passed else ()


def _labelled(lines: Iterable[_Line]) -> Iterator[tuple[str, _Line]]:
    """Each line without separators around it, with the line before it if that can be a label."""
    label = ""
    for text, moment in lines:
        bare = text.strip(_APART)
        yield label, (bare, moment)
        label = bare if len(bare) <= _LONGEST_LABEL else ""


def _heading(tree: HtmlElement, title: str | None) -> HtmlElement | None:
    """The heading that has the title, or most of it; else the first h1."""
    wanted = key(title or "")
    for heading in tree.iter("h1", "h2", "h3") if wanted else ():
        printed = key("".join(heading.itertext()))
        if wanted in printed or (printed in wanted and len(printed) > len(wanted) / 2):
            return heading
    return next(tree.iter("h1"), None)


def _lines(tree: HtmlElement, heading: HtmlElement) -> Iterator[_Line | None]:
    """The pieces of text that a page shows, in their order, and None where the heading begins."""
    walk = iterwalk(tree, events=("start", "end"))
    for event, element in walk:
        if event == "end":
            raw, moment = element.tail, ""
        elif element.tag in _NOT_SHOWN:
            walk.skip_subtree()
            continue
        else:
            raw, moment = element.text, _moment(element)
            if element is heading:
                yield None
        if moment or (raw and not raw.isspace()):
            yield tidy_line(raw or ""), moment


def _moment(element: HtmlElement) -> str:
    """The datetime of a <time> that is not one of an update."""
    if element.tag != "time":
        return ""
    names = (element.get("class") or "").lower()
    is_update = ("updated" in names or "modified" in names) and "published" not in names
    return "" if is_update else element.get("datetime") or ""


def _published(label: str, text: str, moment: str) -> DateEvidence | None:
    """The date of publication that a line is, with what was printed right before it."""
    said = evidence(moment, "text") if moment else None
    if len(text) > _LONGEST or not (said or _YEAR.search(text)):
        return None
    if any(sign.kind == "updated" for sign in recognise(f"{label} {text}".strip(_APART))):
        return None
    signs = recognise(text)
    shown = next((sign.date for sign in signs if sign.kind == "published"), None)
    if not {sign.kind for sign in signs} <= _BESIDE:
        return None
    if said and (shown is None or said.value[:10] == shown.value[:10]):
        return said if said.precision in ("day", "minute", "second") else shown
    return shown
