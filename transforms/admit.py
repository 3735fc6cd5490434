"""Admit: Entry -> Entry. What is already known ends here, without a request.

Three questions, in this order:
1. Did this feed say the same of it before? Then nothing is new (unless the last try failed for
   a passing reason: then it is tried again when its time has come, see `recognise`).
2. Do several feeds list the same article in this run? One of them fetches it.
3. Does the dataset hold the article although this feed never listed it (another feed did, or
   its state was forgotten)? Then it is looked at again only if the entry is dated later than
   what is stored.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

import apache_beam as beam
from apache_beam.pvalue import DoOutputsTuple, PCollection, TaggedOutput

from schemas.elements import Entry, Outcome, Run
from transforms.dates import parse_date
from transforms.outcomes import Ended, end
from transforms.recall import Recall
from transforms.runs import RunInput
from transforms.tally import count


def says_nothing_new(entry: Entry) -> bool:
    """Its feed said the same before, and that ended for good or is not to be tried again yet."""
    origin = entry.origin
    return origin.previous is not None and (origin.attempts == 0 or origin.rests)


def is_newer_than_stored(entry: Entry) -> bool:
    """Whether an entry of a stored article is dated later than the article was first seen."""
    known = entry.origin.known
    if known is None or entry.origin.key is None:
        return True
    dates = (parse_date(raw) for raw in (entry.updated, entry.published) if raw)
    return any(found.at > known.first_seen_at for found in dates if found)


def was_listed(entry: Entry) -> bool:
    """Whether this feed listed the entry before, whatever it says of it now."""
    return entry.origin.listed


def order(entry: Entry) -> tuple[str, str]:
    """The order in which feeds may claim an article: the same on every runner."""
    return (entry.origin.feed_url or "", entry.origin.key or "")


def by_id(entry: Entry) -> tuple[str, Entry]:
    """(id, entry)."""
    return entry.origin.id, entry


class _DropUnchanged(beam.DoFn):
    def process(self, entry: Entry, run: Run) -> Iterator[Entry | Ended]:
        if says_nothing_new(entry):
            count("admit", "unchanged")
            yield TaggedOutput("outcomes", unchanged(entry, run.at))
        else:
            yield entry


class _OnePerId(beam.DoFn):
    def process(self, group: tuple[str, Iterable[Entry]], run: Run) -> Iterator[Entry | Ended]:
        first, *others = sorted(group[1], key=order)
        yield first
        for other in others:
            count("admit", "duplicate")
            yield TaggedOutput(
                "outcomes",
                end(
                    other.origin,
                    "duplicate",
                    "admit",
                    run.at,
                    reason="same_identity",
                    detail=f"fetched for {first.origin.feed_url}",
                ),
            )


class _DropStored(beam.DoFn):
    def process(self, entry: Entry, run: Run) -> Iterator[Entry | Ended]:
        if was_listed(entry) or is_newer_than_stored(entry):
            count("admit", "entries")
            yield entry
        else:
            count("admit", "unchanged")
            yield TaggedOutput("outcomes", unchanged(entry, run.at))


def unchanged(entry: Entry, at: datetime) -> Outcome:
    """The outcome of an entry of which nothing is new."""
    previous = entry.origin.previous or "stored"
    return end(entry.origin, "unchanged", "admit", at, reason="entry_unchanged", detail=previous)


@dataclass
class Admit(beam.PTransform):
    """Let through the entries whose pages must be fetched."""

    dataset: str
    run: RunInput

    def expand(self, pcoll: PCollection[Entry]) -> DoOutputsTuple:
        listed = pcoll | "DropUnchanged" >> self._tagged(_DropUnchanged())
        single = (
            listed.main
            | "ById" >> beam.Map(by_id)
            | "GroupById" >> beam.GroupByKey()
            | "OnePerId" >> self._tagged(_OnePerId())
        )
        stored = (
            single.main
            | "Recall" >> Recall(self.dataset, self.run)
            | "DropStored" >> self._tagged(_DropStored())
        )
        outcomes = (
            listed.outcomes,
            single.outcomes,
            stored.outcomes,
        ) | "Outcomes" >> beam.Flatten()
        return {"main": stored.main, "outcomes": outcomes}

    def _tagged(self, do_fn: beam.DoFn) -> beam.PTransform:
        return beam.ParDo(do_fn, self.run).with_outputs("outcomes", main="main")
