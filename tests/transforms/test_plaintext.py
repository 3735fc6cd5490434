"""Reading plain-text documents: the seeds of the issue, and shapes of our own."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from transforms.plaintext import Reading, read
from transforms.wire import credit

DOCUMENTS = Path(__file__).parents[1] / "data" / "documents"
SEEDS = Path(__file__).parents[2].parent / "shared" / "seeds"
SHAPES = sorted(path.name for path in DOCUMENTS.glob("*.*") if path.suffix in (".txt", ".md"))


def seed_names() -> list[str]:
    return sorted(path.name for path in SEEDS.glob("*.txt")) or ["absent"]


def seed(name: str) -> tuple[Reading, dict[str, Any]]:
    if name == "absent":
        pytest.skip(f"NO SEED DOCUMENTS: {SEEDS} is not there, their expectations are not checked")
    expected = json.loads((SEEDS / "expected.json").read_text("utf-8"))["documents"][name]
    return read((SEEDS / name).read_text("utf-8")), expected


@pytest.mark.parametrize("name", SHAPES)
def test_a_document_of_each_shape_is_read_as_its_expectation_says(name: str) -> None:
    path = DOCUMENTS / name
    expected = json.loads(path.with_suffix(".json").read_text("utf-8"))
    with path.open(encoding="utf-8", newline="") as file:
        reading = read(file.read(), markdown=path.suffix == ".md")
    dateline = reading.dateline
    wire = credit(reading.text, reading.byline, reading.credits)
    found = {
        "title": reading.title,
        "summary": reading.summary,
        "section": reading.section,
        "authors": list(reading.authors),
        "dateline": dateline and {"place": dateline.place, "date": dateline.date},
        "published": list(dict.fromkeys(candidate.value for candidate in reading.dates)),
        "updated": reading.updated and reading.updated.value,
        "canonical_url": reading.canonical_url,
        "site_name": reading.site_name,
        "captions": list(reading.captions),
        "credits": list(reading.credits),
        "notes": list(reading.notes),
        "wire": {"source": wire.source, "contributors": list(wire.contributors)},
        "body": reading.text.split("\n"),
    }
    assert found == expected


def test_there_are_at_least_ten_shapes() -> None:
    assert len(SHAPES) >= 10


@pytest.mark.parametrize("name", seed_names())
def test_a_seed_has_the_headline_and_what_stands_beside_it(name: str) -> None:
    reading, expected = seed(name)
    assert reading.title == expected["title"]
    assert reading.section == expected.get("section")
    assert reading.summary == expected.get("summary")
    place = (expected.get("dateline") or {}).get("place")
    assert (reading.dateline.place if reading.dateline else None) == place
    allowed = expected.get("authors_may_be", [expected.get("authors")])
    assert list(reading.authors) in allowed
    assert reading.canonical_url == expected.get("canonical_url")
    publishers = expected.get("publisher_may_be", [expected.get("publisher")])
    assert reading.site_name in publishers


@pytest.mark.parametrize("name", seed_names())
def test_a_seed_says_its_publication_date_or_none(name: str) -> None:
    reading, expected = seed(name)
    value = expected["published"]["value"]
    assert {candidate.value for candidate in reading.dates} == ({value} if value else set())
    assert {c.precision for c in reading.dates} <= {expected["published"]["precision"]}


@pytest.mark.parametrize("name", seed_names())
def test_a_seed_leaves_a_clean_body(name: str) -> None:
    reading, expected = seed(name)
    assert reading.text.startswith(expected["body_starts_with"])
    for text in expected.get("body_must_contain", []):
        assert text in reading.text
    for text in expected.get("body_must_not_contain", []):
        assert text not in reading.text


@pytest.mark.parametrize("name", seed_names())
def test_a_seed_is_credited_to_the_agency_that_it_names(name: str) -> None:
    reading, expected = seed(name)
    wire = credit(reading.text, reading.byline, reading.credits)
    inferred = expected.get("wire_inferred", False)
    assert wire.source == (None if inferred else expected["wire_source"])
    assert list(wire.contributors) == expected.get("wire_contributors", [])


def test_an_empty_document_reads_as_nothing() -> None:
    assert read("") == Reading()
    assert read(" \r\n\t\ufeff\n", markdown=True) == Reading()


def test_a_single_line_is_the_text_and_no_headline() -> None:
    reading = read("Fog closes the harbour of Ostrel")
    assert (reading.title, reading.text) == (None, "Fog closes the harbour of Ostrel")


def test_a_paragraph_cut_by_a_page_number_is_whole_again() -> None:
    lead = "The council has agreed to rebuild the old sea wall between the two harbours before"
    reading = read(f"Sea wall\n\n{lead}\n\n- 2 -\n\nthe winter storms set in.\n\nIt will cost.")
    assert reading.text == f"{lead} the winter storms set in.\nIt will cost."


def test_a_dateline_is_not_taken_from_a_speaker_or_a_signal_word() -> None:
    for text in (
        "FACTBOX: The bridge comes down.\n\nIt fell at noon.",
        "MAYOR FOSS: We will pay.\n\nCLERK: When?\n\nMAYOR FOSS: In May.",
    ):
        reading = read(text)
        assert reading.dateline is None
        assert reading.text.startswith(text[:8])


def test_an_agency_in_a_byline_is_never_an_author() -> None:
    for line in ("By AFP", "By Reuters Staff", "By The Associated Press"):
        reading = read(f"Fog closes harbour\n\n{line}\n\nThe harbour closed. Ships waited.")
        assert reading.authors == ()
        assert reading.byline


def test_a_sentence_that_begins_with_by_is_no_byline() -> None:
    text = "By noon the fog had gone.\n\nBy Sunday, Orla Fenn had sailed."
    reading = read(f"Fog closes harbour\n\nThe fog came at dawn.\n\n{text}")
    assert reading.authors == ()
    assert reading.text.endswith(text.replace("\n\n", "\n"))


def test_reporters_named_in_the_closing_credit_are_the_authors_without_a_byline() -> None:
    text = "The fog came at dawn. (Reporting by Ann Leekens in Ostrel; Editing by Bo Kim)"
    reading = read(f"Fog closes harbour\n\nShips waited.\n\n{text}")
    assert reading.authors == ("Ann Leekens",)
    assert reading.text.endswith("came at dawn.")


def test_a_date_of_a_caption_is_no_publication_date() -> None:
    caption = "The harbour on 4 May 2031. Lea Arnau/Getty Images"
    reading = read(f"{caption}\n\nFog closes harbour\n\nBy Orla Fenn\n\nThe fog came. It stayed.")
    assert reading.dates == ()
    assert reading.captions == (caption,)


def test_the_dates_of_a_timeline_stay_in_its_text() -> None:
    text = "May 4, 2031\n\nThe gate fails at dawn.\n\nMay 6, 2031\n\nThe pumps arrive."
    reading = read(f"Timeline of the Ostrel flood\n\n{text}")
    assert reading.text == text.replace("\n\n", "\n")
    assert reading.dates == ()


def test_a_headline_that_begins_with_a_place_is_no_dateline() -> None:
    for headline in ("OSTREL: What we know so far", "OSTREL - CITY OF BRIDGES OPENS TWO MORE"):
        reading = read(f"{headline}\n\nThe gate failed on Monday. It was old.\n\nPumps came.")
        assert (reading.title, reading.dateline) == (headline, None)


def test_byline_date_and_update_may_share_a_line() -> None:
    line = "By Orla Fenn in Ostrel | Published 4 May 2031 | Updated 5 May 2031"
    reading = read(f"Fog closes harbour\n\n{line}\n\nThe fog came at dawn. It stayed.")
    assert reading.authors == ("Orla Fenn",)
    assert [candidate.value for candidate in reading.dates] == ["2031-05-04"]
    assert reading.updated is not None
    assert reading.updated.value == "2031-05-05"


def test_a_last_paragraph_that_sounds_like_furniture_stays() -> None:
    for last in (
        "Terms of the deal were not disclosed.",
        "This story has been told in Ostrel for a century.",
        "Copyright lawyers disagree.",
        "The sources: a spring, a well and rain.",
    ):
        assert read(f"Old tale\n\nThey met on Monday.\n\n{last}").text.endswith(f"\n{last}")


def test_a_text_between_rules_is_not_taken_for_front_matter() -> None:
    text = "---\nThe fog came at dawn, and it stayed.\n---\nShips waited."
    assert "The fog came at dawn" in read(text, markdown=True).text


PIECES = st.sampled_from(
    [
        "By Orla Fenn\n",
        "OSTREL, May 4 (AFP) - ",
        "(AP)",
        "**",
        "[a](b)",
        "---\n",
        "title: x\n",
        "\n\n",
        "\n",
        "- ",
        "# ",
        "May 4, 2031",
        "Published in ",
        "Correction: ",
        "https://a.b/c\n",
        "](",
        "![",
        "<!--",
        "&#1;",
        "burs-a/b\n",
        "Photo: ",
        "(Sources: ",
        "Page 2\n",
        "\x00",
        "\u2028",
        "AFP",
        "WORLD\n",
        "Updated: ",
        "The fog came. ",
    ]
)


@settings(max_examples=300, deadline=None)
@given(st.lists(st.one_of(PIECES, st.text(max_size=60)), max_size=30), st.booleans())
def test_no_text_breaks_the_reader_or_leaves_a_control_character(
    pieces: list[str], markdown: bool
) -> None:
    reading = read("".join(pieces), markdown)
    assert not any(ord(c) < 32 or 0x7F <= ord(c) < 0xA0 for c in reading.text.replace("\n", ""))
    assert reading.text == reading.text.strip()
    assert "\n\n" not in reading.text
    reading.text.encode("utf-8")


HOSTILE = ["**a", "[x](", "a/", "A. ", "(Reporting by ", "By A and ", "\n- ", "A ", "<a ", "[", "`"]
# What several forms of agencies and names can be read from: the ways to read it must not multiply.
HOSTILE += [
    "AP/",
    "The Associated Press/",
    "Anadolu Agency/",
    "AP, ",
    "Getty Images/AFP/",
    "A/",
    "EPA/EFE/",
]


@pytest.mark.timeout(20)
@pytest.mark.parametrize("piece", HOSTILE)
def test_a_long_hostile_text_is_read_in_time(piece: str) -> None:
    for times in (60, 20_000):
        reading = read(piece * times + "x", markdown=True)
        credit(reading.text, reading.byline, reading.credits)
        assert isinstance(read(piece * times), Reading)
