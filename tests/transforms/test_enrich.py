"""Enrich: language, entities and dates, each with its model, null when not run."""

import dataclasses
from dataclasses import replace
from datetime import UTC, date, datetime

import apache_beam as beam
import pytest
from apache_beam.runners.portability.fn_api_runner import FnApiRunner
from apache_beam.testing.util import assert_that, equal_to

from schemas.elements import Article, Document, Entry, Origin
from transforms import temporal
from transforms.enrich import Enrich, enrich, published_day
from transforms.entities import DEFAULT_MODEL, recogniser
from transforms.extract import read_document

NOW = datetime(2031, 6, 1, 12, tzinfo=UTC)
ENGLISH = (
    "Tram line reaches harbour\n\nThe mayor of Lisbon, Martha Colby, said on Thursday that the"
    " line would open in 2033. Colby spoke to councillors and to the people of the old harbour,"
    " who had waited for eleven years.\n\nPublished in Harbour Gazette, May 9th, 2031"
)
FRENCH = (
    "Le conseil municipal de Valbrune a décidé jeudi soir de rouvrir la piscine de plein air dès"
    " le mois de juin, après trois étés de fermeture."
)

GERMAN = (
    "Der Gemeinderat von Vallbrunn hat am Donnerstagabend beschlossen, das Freibad nach drei"
    " Jahren im Juni wieder zu öffnen, und zwar für alle Bürger der Stadt."
)


def article(text: str, name: str = "a") -> Article:
    origin = Origin(name, "document", name * 32, f"seed:{name}.txt", "seed")
    return read_document(Document(Entry(origin), text, "text/plain", NOW), 30)


def test_an_english_article_gets_language_entities_and_dates():
    found = enrich(article(ENGLISH), recogniser(DEFAULT_MODEL))
    assert found.language == "en"
    assert 0.5 < found.language_score <= 1
    assert {"Lisbon", "Martha Colby"} <= {e.name for e in found.entities}
    assert found.entities_model == recogniser(DEFAULT_MODEL).model
    thursday = next(d for d in found.dates if d.text == "Thursday")
    assert thursday.value == "2031-05-08"  # the day before the Friday it was published on
    assert found.dates_model == temporal.MODEL
    for mention in (*found.entities, *found.dates):
        assert found.text[mention.start : mention.end] == mention.text


def test_a_text_in_another_language_is_not_run_through_english_models():
    found = enrich(article(GERMAN), recogniser(DEFAULT_MODEL))
    assert found.language == "de"
    assert (found.entities, found.entities_model) == ((), None)
    assert (found.dates, found.dates_model) == ((), None)


def test_the_language_that_a_feed_declares_decides_a_short_text():
    brief = article("Oslo, Bergen 7-2")
    assert enrich(brief, None).language == "und"
    assert enrich(replace(brief, declared_language="nb-NO"), None).language == "no"
    assert enrich(replace(article(FRENCH), declared_language="en-US"), None).language == "fr"


def test_dates_are_found_in_each_language_that_has_a_grammar():
    found = enrich(article(FRENCH), None)
    assert (found.language, found.dates_model) == ("fr", temporal.MODEL)
    assert [(d.text, d.value) for d in found.dates] == [("jeudi soir", ""), ("juin", "")]


def test_nothing_found_differs_from_not_run():
    quiet = "there was a man who went out and had a look at it and then he came back again to us"
    found = enrich(article(quiet), recogniser(DEFAULT_MODEL))
    assert (found.entities, found.dates) == ((), ())
    assert found.entities_model is not None
    assert found.dates_model is not None
    without = enrich(article(quiet), None)
    assert without.entities_model is None


def test_enriching_changes_nothing_else():
    before = article(ENGLISH)
    after = enrich(before, recogniser(DEFAULT_MODEL))
    new = {"language", "language_score", "entities", "entities_model", "dates", "dates_model"}
    for field in dataclasses.fields(Article):
        if field.name not in new:
            assert getattr(before, field.name) == getattr(after, field.name)


@pytest.mark.parametrize(
    ("date_line", "day"),
    [
        ("May 9, 2031", date(2031, 5, 9)),
        ("2031-05-09T23:30:00-05:00", date(2031, 5, 9)),
        ("", None),
    ],
)
def test_relative_dates_count_from_the_day_as_printed(date_line, day):
    text = "Tram line reaches harbour\n" + date_line + "\n\n" + ENGLISH.split("\n\n")[1]
    assert published_day(article(text)) == day


def test_the_stage_enriches_each_article():
    with beam.Pipeline(runner=FnApiRunner()) as pipeline:
        out = (
            pipeline
            | beam.Create([article(ENGLISH, "a"), article(GERMAN, "b")])
            | Enrich(entity_model=DEFAULT_MODEL)
            | beam.Map(lambda a: (a.language, a.entities_model is None, a.dates_model is None))
        )
        assert_that(out, equal_to([("en", False, False), ("de", True, True)]))


def test_the_stage_runs_without_an_entity_model():
    with beam.Pipeline(runner=FnApiRunner()) as pipeline:
        out = (
            pipeline
            | beam.Create([article(ENGLISH)])
            | Enrich(entity_model="none")
            | beam.Map(lambda a: (a.entities, a.entities_model, a.dates_model))
        )
        assert_that(out, equal_to([((), None, temporal.MODEL)]))
