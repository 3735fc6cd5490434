"""Bylines: who wrote it, from a line that says so.

A byline is a list of names with what stands beside them: an agency ("Orla Fenn for AFP"), an
outlet ("TDT, Anna Price"), a place or a post. The names are the authors; every part is kept as
printed too, because it is the first place where an agency is credited.
"""

import re
from dataclasses import dataclass
from functools import cache
from typing import Final

from transforms.vocabulary import alternatives, words
from transforms.wire import agency_pattern

_LONGEST: Final = 220  # code points of a byline; a longer line is a sentence
_MOST_WORDS: Final = 5  # of one name
_BETWEEN_PARTS: Final = re.compile(r"\s*(?:;|\s[-–—|/·•]\s)\s*")
_SOCIETY: Final = re.compile(r"\be\.? ?V\b")  # German for an incorporated society
_ACRONYM: Final = re.compile(r"[A-Z][A-Z&.]{1,7}")


@dataclass(frozen=True, slots=True)
class Byline:
    """names: the persons, without agencies, outlets, places and posts. parts: as printed."""

    names: tuple[str, ...]
    parts: tuple[str, ...]


def parse_byline(line: str) -> Byline | None:
    """The byline that `line` is; None if it is none.

    A line that starts with By (or its like in another language) needs one person or agency;
    a line without needs an outlet or agency beside a person.
    """
    text = line.strip()
    if not text or len(text) > _LONGEST:
        return None
    match = _prefix().match(text)
    found = names_in(text[match.end() :] if match else text)
    if match:
        certain = bool(found.names) or any(_is_agency(part) for part in found.parts)
        return found if certain and _only_parts(text[match.end() :]) else None
    beside = found.names and any(len(part) > len(name) for part, name in _named_parts(found))
    return found if beside and len(found.parts) == 1 and _outlet_beside(text) else None


def names_in(listed: str) -> Byline:
    """The names and parts of a list of authors, without its By."""
    names: list[str] = []
    parts: list[str] = []
    for chunk in _BETWEEN_PARTS.split(listed.strip(" .,")):
        if _SOCIETY.search(chunk):
            parts.append(chunk)
            continue
        open_part = False  # the next piece after a comma may belong to the part before it
        for piece, joined_by_comma in _pieces(chunk):
            name = person(piece)
            if name:
                names.append(name)
            if open_part and joined_by_comma and not (name and _has_name(parts[-1])):
                parts[-1] = f"{parts[-1]}, {piece}"
            else:
                parts.append(piece)
            open_part = True
    return Byline(tuple(dict.fromkeys(names)), tuple(parts))


def person(piece: str) -> str | None:
    """The name that `piece` of a byline gives; None if it is no person's.

    "Orla Fenn for AFP" and "Orla Fenn in Ostrel" are Orla Fenn; "ORLA FENN" too.
    """
    text = _beside().split(piece.strip(" .,*\"'“”"), maxsplit=1)[0].strip()
    text = re.sub(r"^(?:[Dd]r|[Mm]rs?|[Mm]s|[Pp]rof)\.? ", "", text)
    tokens = text.split()
    if not 1 <= len(tokens) <= _MOST_WORDS or _is_agency(text):
        return None
    if len(tokens) == 1 and (_ACRONYM.fullmatch(text) or (len(text) < 3 and _has_cases(text))):
        return None
    for token in tokens:
        small = token.lower().strip(".")
        if small in words("particles"):
            continue
        if small in words("not_a_name") or not _capitalised(token):
            return None
    if tokens[-1].lower() in words("particles") and len(tokens) == 1:
        return None
    return _cased(text)


def _pieces(chunk: str) -> list[tuple[str, bool]]:
    """A list cut at commas and at "and", each piece with whether a comma stands before it."""
    found = []
    by_comma = False
    for piece in re.split(rf"(,|\s(?:{_joins()})\s)", chunk):
        if piece == ",":
            by_comma = True
        elif piece is None or re.fullmatch(rf"\s(?:{_joins()})\s", piece):
            by_comma = False
        elif piece.strip():
            # ", and C": the comma before a last name
            clean = re.sub(rf"^(?:{_joins()})\s+", "", piece.strip())
            found.append((clean, by_comma))
    return found


@cache
def _joins() -> str:
    """The words between names; in capitals too, but for the single letters that are initials."""
    return f"{alternatives('name_joins')}|AND|And|UND|Und|ET"


@cache
def _prefix() -> re.Pattern[str]:
    return re.compile(rf"(?:[-–—]+\s*)?(?:{alternatives('byline')})\s+", re.IGNORECASE)


@cache
def _beside() -> re.Pattern[str]:
    """What separates a name from the agency, place or address beside it."""
    return re.compile(
        r"\s+(?:[Ff]or|FOR|of|pour|für|para|in|at|from|à|en|aus|de notre|with|avec|mit|con)\b"
        r"|\s*[(<@]|\s+[-–—|/]\s+|/"
    )


def _has_name(part: str) -> bool:
    return any(person(piece) for piece in part.split(","))


def _named_parts(byline: Byline) -> list[tuple[str, str]]:
    return list(zip(byline.parts, byline.names, strict=False))


def _outlet_beside(text: str) -> bool:
    """Whether a line without By names an agency or an outlet's code beside a name."""
    if text[-1:] in ".!?:;" or len(text.split()) > 8:
        return False
    pieces = [piece.strip() for piece in re.split(r",|\s(?:for|pour|für|para)\s|\s[/|]\s|/", text)]
    if len(pieces) != 2 or not any(person(piece) and len(piece.split()) > 1 for piece in pieces):
        return False
    return any(_is_agency(piece) or _ACRONYM.fullmatch(piece) is not None for piece in pieces)


def _only_parts(listed: str) -> bool:
    """No sentence follows the By: "By noon Orla had left." is none."""
    if listed.rstrip()[-1:] in "!?:;":
        return False
    if listed.rstrip().endswith(".") and not re.search(r"\b(?:Jr|Sr|[A-Z])\.$", listed.rstrip()):
        return False
    first = listed.strip(" ,*\"'“”").split(" ", 1)[0]
    return bool(first[:1].isupper()) or not first[:1].isalpha() or _is_agency(first)


def _is_agency(text: str) -> bool:
    pattern = rf"(?:[Tt]he )?{agency_pattern()}(?: [Ss]taff| [Ww]riters?)?"
    return re.fullmatch(pattern, text.strip(" .,()")) is not None


def _has_cases(text: str) -> bool:
    """Whether a text is in a script with capitals; in one without, a name may be two letters."""
    return any(c.isupper() or c.islower() for c in text) or len(text) < 2


def _capitalised(token: str) -> bool:
    letters = token.strip(".,'’-\"“”")
    if not letters or not all(c.isalpha() or c in ".'’-" for c in letters):
        return False
    # al-Masri, d'Arcy, O'Neil; a script without cases has no capitals
    return any(c.isupper() for c in letters) or not any(c.islower() for c in letters)


def _cased(name: str) -> str:
    """A name in capitals as it is written elsewhere: ORLA O'FENN is Orla O'Fenn."""
    tokens = name.split()
    if len(tokens) < 2 or any(c.islower() for c in name):
        return " ".join(tokens)
    kept = [token if len(token.strip(".")) < 2 else token.title() for token in tokens]
    return " ".join(kept)
