"""The whole flow on one page.

    feeds ----ReadFeeds--> Entry --Admit--> Entry --Fetch--> Page ---.
    seeds ----ReadDocuments--> Page | Document --Recall--------------+--Extract--> Article
                                                                            |
      dataset <--Commit-- files <--WriteTable-- rows <--GroupStories-- Enrich

If asked for: archives --ReadWarc--> Page; rejects --ReadRejects--> Entry | Page; and what came
over the wire goes through WriteArchive into the commit, or, in a replay, comes from there.

Every stage has a second output, outcomes: the documents whose way ends there. They meet in the
ledger, which must balance with what the sources discovered, or nothing is committed.
"""

import sys

if __name__ == "__main__":
    # `python -m pipelines.ingest` is the command with Beam's options side by side. It goes
    # through the command's module before Beam is imported here a second time, as __main__.
    from pipelines.cli import main

    sys.exit(main(["ingest", *sys.argv[1:]]))

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

import apache_beam as beam
from apache_beam.pvalue import PCollection

from schemas.elements import Feed, Run
from transforms.admit import Admit
from transforms.archive import Refer, Spool, WriteArchive
from transforms.commit import Commit
from transforms.documents import ReadDocuments
from transforms.enrich import Enrich
from transforms.extract import Extract, Reading
from transforms.feeds import Poll, ReadFeeds
from transforms.fetch import Fetch
from transforms.ledger import (
    Balance,
    KeepFeedState,
    Summarise,
    feed_to_rejects,
    stored,
    to_rejects,
)
from transforms.read_page import Mode
from transforms.recall import Recall
from transforms.replay import FetchRecorded, IndexArchive, PollRecorded, key_and_ref
from transforms.retry import ReadRejects
from transforms.rhythm import MIN_INTERVAL
from transforms.runs import BeginRuns, RunInput, Windows, each, run_of
from transforms.spread import SpreadHosts
from transforms.stories import DUPLICATE_DAYS, GroupStories
from transforms.warc import ReadWarc
from transforms.web import Web
from transforms.workers import Workers
from transforms.write import WriteTable

ANY = "any"  # reason of a reject


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
    duplicate_window: int = DUPLICATE_DAYS
    reject_flags: tuple[str, ...] = ()
    extraction: Mode = "balanced"
    workers: Workers = field(default_factory=Workers)  # that read pages and articles
    shards: int = 1
    fetch_shards: int = 1  # workers that fetch side by side, each from hosts of its own
    due_only: bool = False
    min_interval: int = MIN_INTERVAL
    archive: bool = False  # keep every response
    replays: tuple[str, ...] = ()  # archive files of this very run, instead of the network
    warcs: tuple[str, ...] = ()  # patterns of anybody's archive files
    retry: str | None = None  # try rejects again: those with this reason, or "any"

    @property
    def about(self) -> dict[str, Any]:
        """What its archive must say for the run to be had again."""
        return {
            "feeds": [asdict(feed) for feed in self.feeds],
            "entity_model": self.entity_model,
            "event_window": self.event_window,
            "duplicate_window": self.duplicate_window,
            "reject_flags": list(self.reject_flags),
            "extraction": self.extraction,
            "shards": self.shards,
            "min_interval": self.min_interval,
        }


def ingest(pipeline: beam.Pipeline, job: Job) -> PCollection:
    """Build `job` on `pipeline`. Returns what the commit says of each run."""
    return flow(pipeline | BeginRuns(job.runs, job.output), job)


def flow(runs: PCollection[Run], job: Job) -> PCollection:
    """All that a run does, for each of `runs`, each in a window of its own."""
    run = run_of(job.runs, runs)
    poll, fetch, recorded = network(runs, run, job)
    feeds = (
        runs
        | "Feeds" >> beam.FlatMap(each, job.feeds).with_output_types(Feed)
        | ReadFeeds(
            job.output,
            run,
            poll,
            job.due_only,
            job.min_interval,
            job.fetch_shards,
        )
    )
    admitted = feeds["main"] | Admit(job.output, run)
    files = read_files(runs, run, job)
    asked = [admitted["main"], *files["entries"]] | "Asked" >> beam.Flatten()
    fetched = asked | SpreadHosts(job.fetch_shards) | "Fetch" >> fetch
    recalled = files["main"] | Recall(job.output, run)
    extracted = (
        (fetched["main"], recalled)
        | "Sources" >> beam.Flatten()
        | Extract(run, Reading(job.event_window, job.extraction, job.reject_flags), job.workers)
    )
    grouped = (
        extracted["main"]
        | Enrich(job.entity_model, job.workers)
        | GroupStories(job.output, run, job.duplicate_window)
    )
    sealed = seal(run, job, {"feeds": feeds, "pages": fetched})
    refer = Refer([*recorded, *files["refs"], *sealed["refs"]])
    articles = grouped["main"] | "ReferArticles" >> refer

    ends = [stage["outcomes"] for stage in (feeds, admitted, fetched, files, extracted)]
    outcomes = {
        "discovered": (feeds["discovered"], files["discovered"]) | "Discovered" >> beam.Flatten(),
        "outcomes": [*ends, articles | "Stored" >> beam.Map(stored)] | "Outcomes" >> beam.Flatten(),
    } | Balance()
    polls = {"polls": feeds["polls"], "outcomes": outcomes} | KeepFeedState()
    rejects = (
        outcomes | "ReferOutcomes" >> refer | "ToRejects" >> beam.FlatMap(to_rejects),
        polls | "FeedToRejects" >> beam.FlatMap(feed_to_rejects) | "ReferFeeds" >> refer,
    ) | "Rejects" >> beam.Flatten()

    tables = {
        "articles": articles,
        "aliases": grouped["aliases"],
        "ledger": outcomes,
        "rejects": rejects,
        "feeds": polls,
    }
    written = [
        rows | f"Write {name}" >> WriteTable(name, job.output, run, job.shards)
        for name, rows in tables.items()
    ]
    staged = [*written, *sealed["main"]] | "Files" >> beam.Flatten()
    reports = (outcomes, polls) | "Ends" >> beam.Flatten() | Summarise()
    return runs | Commit(job.output, staged, reports, conflicts_end=isinstance(job.runs, Windows))


# What a run has only if it is asked for.


def network(
    runs: PCollection[Run], run: RunInput, job: Job
) -> tuple[beam.PTransform, beam.PTransform, list[PCollection]]:
    """What answers the requests: the network, or the archive of the run that is replayed.

    Also, of an archive, where each answer lies in it.
    """
    if not job.replays:
        poll = Poll(run, job.web, job.archive)
        return poll, Fetch(run, job.web, archive=job.archive), []
    recorded = (
        runs | "Archives" >> beam.FlatMap(each, job.replays).with_output_types(str) | IndexArchive()
    )
    refs = recorded | "Refs" >> beam.Map(key_and_ref)
    return PollRecorded(recorded), FetchRecorded(recorded, run), [refs]


def read_files(runs: PCollection[Run], run: RunInput, job: Job) -> dict[str, Any]:
    """Documents, the pages of other people's archives, and what is tried again.

    Of the last some must be fetched: entries.
    """
    sources: list[Any] = [
        runs
        | "Patterns" >> beam.FlatMap(each, job.patterns).with_output_types(str)
        | ReadDocuments(run)
    ]
    outcomes, refs, entries = [sources[0]["outcomes"]], [], []
    if job.warcs:
        archives = (
            runs | "Warcs" >> beam.FlatMap(each, job.warcs).with_output_types(str) | ReadWarc(run)
        )
        sources.append(archives)
        outcomes.append(archives["outcomes"])
        refs.append(archives["refs"])
    if job.retry:
        rejects = runs | ReadRejects(job.output, run, None if job.retry == ANY else job.retry)
        sources.append(rejects)
        refs.append(rejects["refs"])
        entries.append(rejects["entries"] | "RecallEntries" >> Recall(job.output, run))
    return {
        "main": [source["main"] for source in sources] | "FilesMain" >> beam.Flatten(),
        "discovered": [source["discovered"] for source in sources]
        | "FilesDiscovered" >> beam.Flatten(),
        "outcomes": outcomes | "FilesOutcomes" >> beam.Flatten(),
        "refs": refs,
        "entries": entries,
    }


def seal(run: RunInput, job: Job, stages: Mapping[str, Any]) -> dict[str, list[PCollection]]:
    """The archive of what the stages were answered, and where each answer lies in it."""
    if not job.archive:
        return {"main": [], "refs": []}
    spooled = [
        stage["captures"] | f"Spool {name}" >> Spool(job.output, run, job.shards)
        for name, stage in stages.items()
    ]
    sealed = spooled | "Spools" >> beam.Flatten() | WriteArchive(job.about, job.output, run)
    return {"main": [sealed.main], "refs": [sealed.refs]}
