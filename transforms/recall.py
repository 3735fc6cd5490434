"""Recall: what the dataset already holds of a document, attached to its origin."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import TypeVar

import apache_beam as beam
from apache_beam.pvalue import PCollection

from schemas.elements import Document, Entry, Known, Origin, Page, Run
from transforms.dataset import Snapshot
from transforms.dates import parse_date
from transforms.memory import Memory
from transforms.runs import RunInput

# One look-up serves so many elements. More would hold too many pages in memory.
BATCH = 256

Carrier = TypeVar("Carrier", bound=Entry | Page | Document)


def origin_of(element: Entry | Page | Document) -> Origin:
    """Where `element` comes from."""
    return element.origin if isinstance(element, Entry) else element.entry.origin


def with_origin(element: Carrier, origin: Origin) -> Carrier:
    """`element`, coming from `origin`."""
    if isinstance(element, Entry):
        return replace(element, origin=origin)
    return replace(element, entry=replace(element.entry, origin=origin))


def days_near(element: Entry | Page | Document) -> Iterator[date]:
    """The days on which an older version of `element` would have been stored."""
    entry = element if isinstance(element, Entry) else element.entry
    for raw in (entry.published, entry.updated):
        found = parse_date(raw) if raw else None
        if found:
            yield found.at.date()


def recall(elements: Sequence[Carrier], snapshot: Snapshot) -> Iterator[Carrier]:
    """`elements`, each with what `snapshot` holds of its id."""
    ids = {origin_of(element).id for element in elements}
    near = {day for element in elements for day in days_near(element)}
    known: dict[str, Known] = snapshot.known(ids, near)
    for element in elements:
        origin = origin_of(element)
        yield with_origin(element, replace(origin, known=known.get(origin.id)))


class _Recall(beam.DoFn):
    def __init__(self, dataset: str) -> None:
        self.memory = Memory(dataset)

    def process(
        self, batch: list[Entry | Page | Document], run: Run
    ) -> Iterator[Entry | Page | Document]:
        yield from recall(batch, self.memory.of(run))


@dataclass
class Recall(beam.PTransform):
    """Attach what `dataset` holds of each element's id, as its run knows it."""

    dataset: str
    run: RunInput

    def expand(self, pcoll: PCollection) -> PCollection:
        return (
            pcoll
            | "Batch" >> beam.BatchElements(min_batch_size=BATCH, max_batch_size=BATCH)
            | "LookUp"
            >> beam.ParDo(_Recall(self.dataset), self.run)
            # what goes in comes out: an Entry stays an Entry
            .with_output_types(pcoll.element_type)
        )
