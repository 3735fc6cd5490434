"""Enrich: Article -> Article, with language, entities and dates. Null means not run."""

from collections.abc import Iterator
from concurrent.futures import Future
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Final

import apache_beam as beam
from apache_beam.pvalue import PCollection

from schemas.elements import Article, Run
from transforms import temporal, temporal_grammar
from transforms.entities import DEFAULT_MODEL, Recogniser, Recognisers, load_models, recognisers
from transforms.language import identify, is_other_language
from transforms.overlapping import Overlapping
from transforms.published import local_day
from transforms.quality import order
from transforms.tally import count
from transforms.workers import TaskError, Workers

_AHEAD: Final = 8  # articles for each worker that are submitted or done and not yet sent on
DATED_LANGUAGES = temporal_grammar.languages()


def enrich(article: Article, models: Recogniser | Recognisers | None) -> Article:
    """`article` with its language, and what can be found in a text of that language.

    Entities need a model of the article's language, dates a grammar of it; without, the
    fields stay empty and their model None. Relative dates count from the publication's day as
    printed, in its own zone.
    """
    language, score = identify(article.text, article.declared_language)
    entities, entities_model = article.entities, article.entities_model
    recogniser = models.for_language(language) if models else None
    if recogniser:
        entities, entities_model = recogniser.find(article.text), recogniser.model
    dates, dates_model = article.dates, article.dates_model
    if language in DATED_LANGUAGES:
        filed = article.dateline.date if article.dateline else None
        dates = temporal.find_dates(article.text, published_day(article), language, filed)
        dates_model = temporal.MODEL
    flags = article.quality_flags
    if is_other_language(language, score, article.declared_language):
        flags = order((*flags, "other_language"))
    return replace(
        article,
        quality_flags=flags,
        language=language,
        language_score=score,
        entities=entities,
        entities_model=entities_model,
        dates=dates,
        dates_model=dates_model,
    )


def published_day(article: Article) -> date | None:
    """The day of publication where it was published; None if only a month or less is known."""
    return local_day(article.published_evidence) if article.published_at else None


def _work(task: tuple[Article, str]) -> Article:
    article, entity_model = task
    return enrich(article, recognisers(entity_model))


class _Enriching(Overlapping):
    def __init__(self, entity_model: str, workers: Workers) -> None:
        self.entity_model = entity_model
        self.workers = workers
        self.in_flight = 1 + _AHEAD * workers.size

    def submit(self, article: Article, run: Run | None) -> Future:
        # The model is loaded (once, in the process that all workers are copies of) by the first
        # article and not in setup: most runs of a schedule find nothing new, and spaCy with its
        # model costs two seconds.
        task = article, self.entity_model
        return self.workers.submit(_work, task, (load_models, self.entity_model))

    def outputs(self, article: Article, run: Run | None, work: Future) -> Iterator[Article]:
        try:
            enriched = work.result()
        except TaskError:
            # A text that no recogniser comes to the end of is still an article.
            count("enrich", "killed")
            enriched = article
        count("enrich", "articles")
        yield enriched


@dataclass
class Enrich(beam.PTransform):
    """Add language, entities and dates to each article. No way ends here: one output.

    entity_model: an installed spaCy pipeline, the folder of one, one for each of several languages
    ("en=NAME,fr=NAME"), or `none`. workers: the processes that do it; an
    article that one cannot finish goes on as it came, with nothing run.
    """

    entity_model: str = DEFAULT_MODEL
    workers: Workers = field(default_factory=Workers)

    def __post_init__(self) -> None:
        super().__init__()

    def expand(self, pcoll: PCollection[Article]) -> PCollection[Article]:
        enriching = beam.ParDo(_Enriching(self.entity_model, self.workers), None)
        return pcoll | enriching.with_input_types(Article, Run | None).with_output_types(Article)
