"""Credits beside a name: who wrote, sent or photographed, and is not in the story for that.

Most credits were taken out of the text when it was read. What is left of them stands in lines of
its own, in brackets, beside slashes, and in "told AFP".
"""

import re
from typing import Final

from transforms.bylines import parse_byline
from transforms.furniture import desk_sign
from transforms.wire import agencies_in, agency_pattern, picture_pattern

_LONGEST_SIGN: Final = 40  # code points of a line that can be a desk's sign-off
# Whose report it is, or to whom it was said: an agency as the story's channel, not its subject.
_CHANNEL_BEFORE: Final = re.compile(
    r"(?:\b(?:told|tells|telling|tell|inform(?:ed|s)|according\s+to)(?:\s+the)?"
    r"|\b(?:to|with|by)\s+the|(?:reported|quoted|cited|carried|interview(?:ed)?)\s+(?:by|with)"
    r"(?:\s+the)?|[-–—])\s+$"
)

# Who worked on a report: "Reporting by Ana Lim in Lyon; Editing by Per Lund".
_WORK: Final = (
    r"(?:[Rr]eporting|[Ww]riting|[Ee]diting|[Tt]ranslation|[Pp]hotographs?|[Pp]hotography"
    r"|[Cc]ompiled|[Ww]ritten|[Ee]dited)"
)
_WORK_BEFORE: Final = re.compile(
    rf"(?:^|[(;.]\s?)(?:[Aa]dditional |[Ff]urther )?{_WORK}(?: and {_WORK})? by [^.\n]*$"
    r"|^(?:Photo(?:graph)?|Image|Picture|Credit)s?(?: credit| by)? ?: [^.\n]*$"
)
_LONGEST_CREDIT: Final = 160
_CREDIT_BEFORE: Final = re.compile(r"(?:^|\n|[/(|]|\b(?:via|by|©|[Pp]hoto:?))\s?$")


def is_credit(text: str, start: int, end: int) -> bool:
    """Whether the mention text[start:end] is part of a credit, a byline or a desk's sign-off."""
    name = text[start:end]
    before, behind = text[start - 1 : start], text[end : end + 1]
    near = text[max(0, start - 30) : end + 30]
    if "/" in (before, behind) and (agencies_in(near) or re.search(picture_pattern(), near)):
        return True
    if "/" in name and re.search(rf"{picture_pattern()}|{agency_pattern()}", name):
        return True
    line = text[max(0, start - _LONGEST_CREDIT) : start].rpartition("\n")[2]
    if _WORK_BEFORE.search(line):
        return True
    if line.startswith("By "):
        behind_it = text[end : end + _LONGEST_CREDIT].partition("\n")[0]
        if parse_byline(f"{line}{text[start:end]}{behind_it}"):
            return True
    if re.fullmatch(picture_pattern(), name) and _CREDIT_BEFORE.search(
        text[max(0, start - 12) : start]
    ):
        return True
    if re.fullmatch(agency_pattern(), name):
        if (before, behind) == ("(", ")"):
            return True
        return _CHANNEL_BEFORE.search(text[max(0, start - 30) : start]) is not None
    return desk_sign(_short_line(text, start, end))


def _short_line(text: str, start: int, end: int) -> str:
    """The line that a mention stands on if it is a short one, as a sign-off is; else nothing."""
    before = text[max(0, start - _LONGEST_SIGN) : start].rpartition("\n")
    behind = text[end : end + _LONGEST_SIGN].partition("\n")
    if not (before[1] or start < _LONGEST_SIGN):
        return ""
    if not (behind[1] or len(text) - end < _LONGEST_SIGN):
        return ""
    return f"{before[2]}{text[start:end]}{behind[0]}".strip()
