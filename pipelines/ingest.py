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

import apache_beam as beam
from apache_beam.pvalue import PCollection

from schemas.elements import Feed, Run
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
from transforms.polls import MIN_INTERVAL
from transforms.recall import Recall
from transforms.runs import BeginRuns, Windows, each, run_of
from transforms.spread import SpreadHosts
from transforms.stories import GroupStories
from transforms.web import Web
from transforms.write import WriteTable


@dataclass(frozen=True)
class Job:
    """What to read and where to write: in one run, or in a run for each window of a stream."""

    output: str
    runs: Run | Windows
    feeds: tuple[Feed, ...] = ()
    patterns: tuple[str, ...] = ()
    web: Web = field(default_factory=Web)
    entity_model: str = "none"
    event_window: int = 30
    reject_flags: tuple[str, ...] = ()
    shards: int = 1
    fetch_shards: int = 1  # workers that fetch side by side, each from hosts of its own
    due_only: bool = False
    min_interval: int = MIN_INTERVAL


def ingest(pipeline: beam.Pipeline, job: Job) -> PCollection:
    """Build `job` on `pipeline`. Returns what the commit says of each run."""
    return flow(pipeline | BeginRuns(job.runs, job.output), job)


def flow(runs: PCollection[Run], job: Job) -> PCollection:
    """All that a run does, for each of `runs`, each in a window of its own."""
    run = run_of(job.runs, runs)
    feeds = (
        runs
        | "Feeds" >> beam.FlatMap(each, job.feeds).with_output_types(Feed)
        | "SpreadFeeds" >> SpreadHosts(job.fetch_shards)
        | ReadFeeds(job.output, run, job.web, job.due_only, job.min_interval)
    )
    admitted = feeds["main"] | Admit(job.output, run)
    fetched = admitted["main"] | SpreadHosts(job.fetch_shards) | Fetch(run, job.web)
    documents = (
        runs
        | "Patterns" >> beam.FlatMap(each, job.patterns).with_output_types(str)
        | ReadDocuments(run)
    )
    recalled = documents["main"] | Recall(job.output, run)
    extracted = (
        (fetched["main"], recalled)
        | "Sources" >> beam.Flatten()
        | Extract(run, job.event_window, job.reject_flags)
    )
    articles = extracted["main"] | Enrich(job.entity_model) | GroupStories(job.output, run)

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
        rows | f"Write {name}" >> WriteTable(name, job.output, run, job.shards)
        for name, rows in tables.items()
    ] | "Files" >> beam.Flatten()
    reports = (outcomes, polls) | "Ends" >> beam.Flatten() | Summarise()
    return runs | Commit(job.output, files, reports, conflicts_end=isinstance(job.runs, Windows))
