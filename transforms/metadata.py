"""Candidates for an article's fields, each with where it was found, and which of them was taken."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Final

from schemas.elements import MetadataEvidence
from transforms.clean import key, plain

_MOST: Final = 20  # candidates of one field from one source
_LONGEST: Final = 1_000  # code points of a candidate


def said(field: str, source: str, values: Iterable[str | None]) -> list[MetadataEvidence]:
    """What `source` says of `field`: as plain text (an address as it is), each once."""
    clean = dict.fromkeys(text[:_LONGEST] for value in values if (text := _clean(value)))
    return [MetadataEvidence(field, value, source, False) for value in list(clean)[:_MOST]]


def _clean(value: str | None) -> str | None:
    return value if value and value.startswith("http") else plain(value)


def weighed(
    candidates: Sequence[MetadataEvidence], taken: Mapping[str, str | Sequence[str] | None]
) -> tuple[MetadataEvidence, ...]:
    """The candidates, with those marked that the values of the fields in `taken` are made of.

    A value is made of the first candidate that is the same but for case and punctuation, else of
    the first that contains it; a list, of all that hold a member and are of one source.
    """
    chosen: set[int] = set()
    for field, value in taken.items():
        of_field = [n for n, one in enumerate(candidates) if one.field == field]
        members = [value] if isinstance(value, str) else value or ()
        wanted = [wanted for member in members if (wanted := key(member))]
        held = {n: key(candidates[n].value) for n in of_field}
        same = [n for n in of_field if held[n] in wanted]
        around = [n for n in of_field if any(one in held[n] for one in wanted)]
        if isinstance(value, str):
            chosen.update((same or around)[:1])
        elif around:
            source = candidates[around[0]].source
            chosen.update(n for n in around if candidates[n].source == source)
    return tuple(replace(one, chosen=n in chosen) for n, one in enumerate(candidates))
