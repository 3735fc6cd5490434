"""The whole flow on one page.

    feeds ----ReadFeeds--> Entry --Admit--> Entry --Fetch--> Page ---.
    seeds ----ReadDocuments--> Page | Document --Recall--------------+--Extract--> Article
                                                                            |
      dataset <--Commit-- files <--WriteTable-- rows <--GroupStories-- Enrich

Every stage has a second output, outcomes: the documents whose way ends there. They meet in the
ledger, which must balance with what the sources discovered, or nothing is committed.
"""

import sys

if __name__ == "__main__":
    # `python -m pipelines.ingest` is the command with Beam's options side by side. It goes
    # through the command's module before Beam is imported here a second time, as __main__.
    from pipelines.cli import main

    sys.exit(main(["ingest", *sys.argv[1:]]))

from dataclasses import dataclass, field
from datetime import datetime

import apache_beam as beam
from apache_beam.pvalue import PCollection

from schemas.elements import Feed
from transforms.admit import Admit
from transforms.commit import Commit
from transforms.documents import ReadDocuments
from transforms.enrich import Enrich
from transforms.extract import Extract
from transforms.feeds import ReadFeeds
from transforms.fetch import Fetch
from transforms.ledger import (
    Balance,
    KeepFeedState,
    Summarise,
    feed_to_rejects,
    stored,
    to_rejects,
)
from transforms.memory import Memory
from transforms.polls import MIN_INTERVAL
from transforms.recall import Recall
from transforms.spread import SpreadHosts
from transforms.stories import GroupStories
from transforms.web import Web
from transforms.write import WriteTable


@dataclass(frozen=True)
class Job:
    """One run: what to read, where to write, and the logical time."""

    output: str
    run_id: str
    run_time: datetime
    feeds: tuple[Feed, ...] = ()
    patterns: tuple[str, ...] = ()
    seq: int = 0  # the generation of the dataset that this run builds on
    web: Web = field(default_factory=Web)
    entity_model: str = "none"
    event_window: int = 30
    reject_flags: tuple[str, ...] = ()
    shards: int = 1
    fetch_shards: int = 1  # workers that fetch side by side, each from hosts of its own
    due_only: bool = False
    min_interval: int = MIN_INTERVAL


def ingest(pipeline: beam.Pipeline, job: Job) -> PCollection:
    """Build the run `job` on `pipeline`. Returns what the commit says of it."""
    memory = Memory(job.output, job.seq, job.run_id)

    feeds = (
        pipeline
        | "Feeds" >> beam.Create(job.feeds, reshuffle=False).with_output_types(Feed)
        | ReadFeeds(memory, job.run_time, job.web, job.due_only, job.min_interval)
    )
    admitted = feeds["main"] | Admit(memory, job.run_time)
    fetched = admitted["main"] | SpreadHosts(job.fetch_shards) | Fetch(job.run_time, job.web)
    documents = (
        pipeline
        | "Patterns" >> beam.Create(job.patterns, reshuffle=False).with_output_types(str)
        | ReadDocuments(job.run_time)
    )
    recalled = documents["main"] | Recall(memory)
    extracted = (
        (fetched["main"], recalled)
        | "Sources" >> beam.Flatten()
        | Extract(job.run_time, job.event_window, job.reject_flags)
    )
    articles = extracted["main"] | Enrich(job.entity_model) | GroupStories(memory)

    ends = [stage["outcomes"] for stage in (feeds, admitted, fetched, documents, extracted)]
    outcomes = {
        "discovered": (feeds["discovered"], documents["discovered"])
        | "Discovered" >> beam.Flatten(),
        "outcomes": [*ends, articles | "Stored" >> beam.Map(stored)] | "Outcomes" >> beam.Flatten(),
    } | Balance()
    polls = {"polls": feeds["polls"], "outcomes": outcomes} | KeepFeedState()
    rejects = (
        outcomes | "ToRejects" >> beam.FlatMap(to_rejects),
        polls | "FeedToRejects" >> beam.FlatMap(feed_to_rejects),
    ) | "Rejects" >> beam.Flatten()

    tables = {"articles": articles, "ledger": outcomes, "rejects": rejects, "feeds": polls}
    files = [
        rows | f"Write {name}" >> WriteTable(name, job.output, job.run_id, job.run_time, job.shards)
        for name, rows in tables.items()
    ]
    report = (outcomes, polls) | "Ends" >> beam.Flatten() | Summarise()
    return files | "Files" >> beam.Flatten() | Commit(job.output, job.run_id, report, job.seq)
