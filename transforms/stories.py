"""GroupStories: Article -> Article. Which articles carry the same text.

The same content under another identity is kept and linked: `duplicate_relation` is `exact`,
`duplicate_of` the article that was seen first. Group and story ids are given once and never
change.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import apache_beam as beam
from apache_beam.pvalue import PCollection

from schemas.elements import Article, Run, Similarity
from transforms.dataset import SameContent
from transforms.memory import Memory
from transforms.runs import RunInput
from transforms.tally import count

BATCH = 256
IDENTICAL = Similarity(containment=1.0, jaccard=1.0)

Group = tuple[str, tuple[Article, ...]]


def order(article: Article) -> tuple[bool, str, str, str]:
    """Who counts as first within a run: the earliest published, then by url. No clock."""
    published = article.published_at
    stated = published.isoformat() if published else ""
    return (published is None, stated, article.url, article.id)


def group_exact(articles: Sequence[Article], stored: SameContent | None) -> Iterator[Article]:
    """`articles` of one content hash, linked to the first of them or to what is `stored`.

    A text that is stored under the very id keeps what it was. An article whose id is known
    stays in its group, for group ids never change.
    """
    first: Article | SameContent | None = stored
    for article in sorted(articles, key=order):
        if first is None or first.id == article.id:
            first = first or article
            yield article
            continue
        exact = replace(
            article,
            duplicate_relation="exact",
            duplicate_of=first.id,
            duplicate_similarity=IDENTICAL,
        )
        if article.origin.known is None:
            exact = replace(exact, duplicate_group=first.duplicate_group, story_id=first.story_id)
        yield exact


def by_content(article: Article) -> tuple[str, Article]:
    """(content hash, article)."""
    return article.content_hash, article


def together(group: tuple[str, Iterable[Article]]) -> Group:
    """A group as one element, so that many groups share one look-up."""
    return group[0], tuple(group[1])


class _GroupExact(beam.DoFn):
    def __init__(self, dataset: str) -> None:
        self.memory = Memory(dataset)

    def process(self, groups: list[Group], run: Run) -> Iterator[Article]:
        stored: Mapping[str, SameContent] = self.memory.of(run).same_content(
            [content_hash for content_hash, _ in groups]
        )
        for content_hash, articles in groups:
            for article in group_exact(articles, stored.get(content_hash)):
                count("stories", article.duplicate_relation)
                yield article


@dataclass
class GroupStories(beam.PTransform):
    """Link articles of the same text, within the run and with the dataset."""

    dataset: str
    run: RunInput

    def expand(self, pcoll: PCollection[Article]) -> PCollection[Article]:
        return (
            pcoll
            | "ByContent" >> beam.Map(by_content)
            | "GroupByContent" >> beam.GroupByKey()
            | "Together" >> beam.Map(together)
            | "Batch" >> beam.BatchElements(min_batch_size=BATCH, max_batch_size=BATCH)
            | "Link" >> beam.ParDo(_GroupExact(self.dataset), self.run)
        )
