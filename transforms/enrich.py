"""Enrich: Article -> Article, with language, entities and dates. Null means not run."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date

import apache_beam as beam
from apache_beam.pvalue import PCollection

from schemas.elements import Article
from transforms import temporal, temporal_grammar
from transforms.entities import DEFAULT_MODEL, Recogniser, recogniser
from transforms.language import identify
from transforms.tally import count

DATED_LANGUAGES = temporal_grammar.languages()


def enrich(article: Article, recogniser: Recogniser | None) -> Article:
    """`article` with its language, and what can be found in a text of that language.

    Entities need a recogniser of the article's language, dates a grammar of it; without, the
    fields stay empty and their model None. Relative dates count from the publication's day as
    printed, in its own zone.
    """
    language, score = identify(article.text)
    entities, entities_model = article.entities, article.entities_model
    if recogniser and recogniser.language == language:
        entities, entities_model = recogniser.find(article.text), recogniser.model
    dates, dates_model = article.dates, article.dates_model
    if language in DATED_LANGUAGES:
        filed = article.dateline.date if article.dateline else None
        dates = temporal.find_dates(article.text, published_day(article), language, filed)
        dates_model = temporal.MODEL
    return replace(
        article,
        language=language,
        language_score=score,
        entities=entities,
        entities_model=entities_model,
        dates=dates,
        dates_model=dates_model,
    )


def published_day(article: Article) -> date | None:
    """The day of publication where it was published; None if only a month or less is known."""
    if article.published_at is None or article.published_precision in (None, "month", "year"):
        return None
    # The chosen candidate is the first, and its value begins with its local day.
    return date.fromisoformat(article.published_evidence[0].value[:10])


class _EnrichOne(beam.DoFn):
    def __init__(self, entity_model: str) -> None:
        self.entity_model = entity_model

    def process(self, article: Article) -> Iterator[Article]:
        # Loaded (once per process) by the first article and not in setup: most runs of a
        # schedule find nothing new, and spaCy with its model costs two seconds.
        enriched = enrich(article, recogniser(self.entity_model))
        count("enrich", "articles")
        yield enriched


@dataclass
class Enrich(beam.PTransform):
    """Add language, entities and dates to each article. No way ends here: one output.

    entity_model: an installed spaCy pipeline, the folder of one, or `none`.
    """

    entity_model: str = DEFAULT_MODEL

    def expand(self, pcoll: PCollection[Article]) -> PCollection[Article]:
        return pcoll | beam.ParDo(_EnrichOne(self.entity_model))
