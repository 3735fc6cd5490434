"""GroupStories: Article -> Article, Alias. Which articles print the same text, or tell one story.

Every article is kept: a copy is linked with what it copies (`duplicate_of`) and shares its group
and story. Ids are given once and never change; groups that turn out to be one are tied by an
alias. See docs/syndication.md for the model and `transforms.linking` for the step itself, which
sees sketches only and is one for each run.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any, Final

import apache_beam as beam
from apache_beam.pvalue import PCollection, TaggedOutput

from schemas.elements import Alias, Article, Footprint, Known, Linked, Run
from transforms import sketch, terms
from transforms.dataset import SameContent, Snapshot
from transforms.linking import GROUP, STORY, Pointers, link
from transforms.memory import Memory
from transforms.recent import read_recent
from transforms.runs import RunInput
from transforms.tally import count

# How long a text is looked out for in other papers.
DUPLICATE_DAYS: Final = 7


def sketched(article: Article) -> Article:
    """`article` with the sketch and the terms of its text; its headline tells the story too."""
    words = sketch.tokens(article.text)
    told = [*sketch.tokens(article.title or ""), *words]
    return replace(
        article,
        sketch=sketch.sketch(words),
        sketch_version=sketch.VERSION,
        story_terms=terms.terms(told, article.language),
        story_terms_version=terms.VERSION,
    )


def footprint(article: Article) -> Footprint:
    """What linking needs of a sketched article."""
    return Footprint(
        discovery=article.origin.discovery,
        id=article.id,
        url=article.url,
        source=article.source,
        published_at=article.published_at,
        content_hash=article.content_hash,
        sketch=article.sketch or bytes(4),
        terms=article.story_terms or b"",
        wire_source=article.wire_source,
        credited=bool(article.wire_evidence or article.wire_contributors),
        known=article.origin.known,
    )


def link_run(
    footprints: Sequence[Footprint], snapshot: Snapshot, run: Run, days: int = DUPLICATE_DAYS
) -> tuple[list[Linked], list[Alias]]:
    """The links of a run's articles, with each other and with what `snapshot` holds.

    That is what is dated, or was fetched, within `days` of them; the very same text is known
    whenever it was stored.
    """
    dates = {one.published_at.date() for one in footprints if one.published_at}
    files = snapshot.recent(dates, run.at.date(), timedelta(days=days))
    stored: dict[str, SameContent] = snapshot.same_content({one.content_hash for one in footprints})
    recent = read_recent(files)
    known: list[SameContent | Known] = [*stored.values()]
    known += [one.known for one in footprints if one.known]
    groups = {one.duplicate_group for one in known}
    stories = {one.story_id for one in known}
    since = recent.since()
    pointers = Pointers(
        snapshot.pointers(GROUP, groups | {one.id for one in stored.values()}, since),
        snapshot.pointers(STORY, stories, since),
    )
    return link(footprints, recent, stored, pointers, run.at)


def with_links(article: Article, linked: Linked) -> Article:
    """`article` as it is linked."""
    made = replace(
        article,
        duplicate_group=linked.duplicate_group,
        story_id=linked.story_id,
        story_score=linked.story_score,
    )
    if linked.duplicate_relation:
        made = replace(
            made,
            duplicate_relation=linked.duplicate_relation,
            duplicate_of=linked.duplicate_of,
            duplicate_similarity=linked.duplicate_similarity,
        )
    if linked.wire_source:
        made = replace(made, wire_source=linked.wire_source, wire_inferred=True)
    return made


def by_discovery(article: Article) -> tuple[str, Article]:
    """(discovery, article): unique within a run."""
    return article.origin.discovery, article


def as_one(article: Article) -> tuple[int, Footprint]:
    """(0, footprint): all of a run come together."""
    return 0, footprint(article)


class _Link(beam.DoFn):
    def __init__(self, dataset: str, days: int) -> None:
        self.memory = Memory(dataset)
        self.days = days

    def process(self, group: tuple[int, Iterable[Footprint]], run: Run) -> Iterator[Any]:
        linked, aliases = link_run(list(group[1]), self.memory.of(run), run, self.days)
        for alias in aliases:
            count("stories", f"{alias.kind}_pointed")
            yield TaggedOutput("aliases", alias)
        for one in linked:
            yield one.discovery, one


def join_links(joined: tuple[str, dict[str, Iterable[Any]]]) -> Iterator[Article]:
    """Each article with its links."""
    (linked,) = joined[1]["links"]
    for article in joined[1]["articles"]:
        made = with_links(article, linked)
        count("stories", made.duplicate_relation)
        yield made


@dataclass
class GroupStories(beam.PTransform):
    """Link each article with all others of its run and with those stored lately.

    Gives `main`, the articles, and `aliases`, the ids that were superseded. days: how far back a
    copy is looked for.
    """

    dataset: str
    run: RunInput
    days: int = DUPLICATE_DAYS

    def expand(self, pcoll: PCollection[Article]) -> dict[str, PCollection]:
        articles = pcoll | "Sketch" >> beam.Map(sketched)
        links = (
            articles
            | "Footprint" >> beam.Map(as_one)
            | "Together" >> beam.GroupByKey()
            | "Link"
            >> beam.ParDo(_Link(self.dataset, self.days), self.run).with_outputs(
                "aliases", main="main"
            )
        )
        main = (
            {"articles": articles | "ByDiscovery" >> beam.Map(by_discovery), "links": links.main}
            | "Join" >> beam.CoGroupByKey()
            | "Apply" >> beam.FlatMap(join_links)
        )
        aliases = links.aliases | "Aliases" >> beam.Map(as_alias)
        return {"main": main, "aliases": aliases}


def as_alias(alias: Alias) -> Alias:
    """An alias, with its type said to Beam."""
    return alias
