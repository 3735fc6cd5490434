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

from collections.abc import Sequence
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
# The options that decide what a run makes of the answers: its archive says them.
RECORDED = (
    "entity_model",
    "event_window",
    "duplicate_window",
    "reject_flags",
    "extraction",
    "shards",
    "min_interval",
)


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
            **{name: getattr(self, name) for name in RECORDED},
        }


def ingest(pipeline: beam.Pipeline, job: Job) -> PCollection:
    """Build `job` on `pipeline`. Returns what the commit says of each run."""
    return flow(pipeline | BeginRuns(job.runs, job.output), job)


def flow(runs: PCollection[Run], job: Job) -> PCollection:
    """All that a run does, for each of `runs`, each in a window of its own."""
    run = run_of(job.runs, runs)
    poll, fetch, recorded = network(runs, run, job)
    read = Sources(refs=recorded)
    if job.feeds:
        read_feeds(read, runs, run, poll, job)
    read_files(read, runs, run, job)
    if read.entries:
        fetch_entries(read, fetch, job)
    extracted = flat("Sources", read.documents) | Extract(
        run, Reading(job.event_window, job.extraction, job.reject_flags), job.workers
    )
    grouped = (
        extracted["main"]
        | Enrich(job.entity_model, job.workers)
        | GroupStories(job.output, run, job.duplicate_window)
    )
    archived = seal(read, run, job)
    refer = Refer(read.refs)
    articles = grouped["main"] | "ReferArticles" >> refer

    stored_ends = articles | "Stored" >> beam.Map(stored)
    outcomes = {
        "discovered": flat("Discovered", read.discovered),
        "outcomes": flat("Outcomes", [*read.outcomes, extracted["outcomes"], stored_ends]),
    } | Balance()
    rejects = [outcomes | "ReferOutcomes" >> refer | "ToRejects" >> beam.FlatMap(to_rejects)]
    polls = []
    if read.polls is not None:
        polls = [{"polls": read.polls, "outcomes": outcomes} | KeepFeedState()]
        refused = polls[0] | "FeedToRejects" >> beam.FlatMap(feed_to_rejects)
        rejects.append(refused | "ReferFeeds" >> refer)

    tables = {
        "articles": [articles],
        "aliases": [grouped["aliases"]],
        "ledger": [outcomes],
        "rejects": rejects,
        "feeds": polls,
    }
    written = [
        flat(f"Rows {name}", rows)
        | f"Write {name}" >> WriteTable(name, job.output, run, job.shards)
        for name, rows in tables.items()
        if rows
    ]
    reports = flat("Ends", [outcomes, *polls]) | Summarise()
    staged = flat("Files", [*written, *archived])
    return runs | Commit(job.output, staged, reports, conflicts_end=isinstance(job.runs, Windows))


def flat(label: str, collections: Sequence[PCollection]) -> PCollection:
    """All elements of one or more collections."""
    first, *others = collections
    return (first, *others) | label >> beam.Flatten() if others else first


# The sources. A run has those that it is asked for: each stage of a graph costs its start.


@dataclass
class Sources:
    """What the sources gave, gathered from all of them.

    entries must be fetched; documents (Page, Document) are read. discovered: each way that
    begins; outcomes: those that have ended. polls: of feeds, if there are any. captures: what was
    answered, by what asked. refs: where answers lie in an archive.
    """

    refs: list[PCollection]
    entries: list[PCollection] = field(default_factory=list)
    documents: list[PCollection] = field(default_factory=list)
    discovered: list[PCollection] = field(default_factory=list)
    outcomes: list[PCollection] = field(default_factory=list)
    polls: PCollection | None = None
    captures: dict[str, PCollection] = field(default_factory=dict)


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


def read_feeds(
    read: Sources, runs: PCollection[Run], run: RunInput, poll: beam.PTransform, job: Job
) -> None:
    """The entries of feeds that are not known yet."""
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
    read.entries.append(admitted["main"])
    read.discovered.append(feeds["discovered"])
    read.outcomes += [feeds["outcomes"], admitted["outcomes"]]
    read.polls = feeds["polls"]
    read.captures["feeds"] = feeds["captures"]


def read_files(read: Sources, runs: PCollection[Run], run: RunInput, job: Job) -> None:
    """Documents, the pages of other people's archives, and what is tried again.

    A job that names nothing to read has no documents, and a report that says so.
    """
    sources: list[Any] = []
    if job.patterns or not (job.feeds or job.warcs or job.retry):
        patterns = runs | "Patterns" >> beam.FlatMap(each, job.patterns).with_output_types(str)
        documents = patterns | ReadDocuments(run)
        sources.append(documents)
        read.outcomes.append(documents["outcomes"])
    if job.warcs:
        archives = (
            runs | "Warcs" >> beam.FlatMap(each, job.warcs).with_output_types(str) | ReadWarc(run)
        )
        sources.append(archives)
        read.outcomes.append(archives["outcomes"])
        read.refs.append(archives["refs"])
    if job.retry:
        rejects = runs | ReadRejects(job.output, run, None if job.retry == ANY else job.retry)
        sources.append(rejects)
        read.refs.append(rejects["refs"])
        read.entries.append(rejects["entries"] | "RecallEntries" >> Recall(job.output, run))
    read.discovered += [source["discovered"] for source in sources]
    if sources:
        found = flat("FilesMain", [source["main"] for source in sources])
        read.documents.append(found | Recall(job.output, run))


def fetch_entries(read: Sources, fetch: beam.PTransform, job: Job) -> None:
    """The pages of all entries."""
    fetched = flat("Asked", read.entries) | SpreadHosts(job.fetch_shards) | "Fetch" >> fetch
    read.documents.append(fetched["main"])
    read.outcomes.append(fetched["outcomes"])
    read.captures["pages"] = fetched["captures"]


def seal(read: Sources, run: RunInput, job: Job) -> list[PCollection]:
    """The archive of what was answered: its staged files."""
    if not (job.archive and read.captures):
        return []
    spooled = [
        captures | f"Spool {name}" >> Spool(job.output, run, job.shards)
        for name, captures in read.captures.items()
    ]
    sealed = flat("Spools", spooled) | WriteArchive(job.about, job.output, run)
    read.refs.append(sealed.refs)
    return [sealed.main]
