"""The document layer: one name, one type, one country for each real-world name of a text."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from transforms.mentions import NAMED
from transforms.naming import Span, abbreviates, name_entities


def entities(text: str, **marks: str):
    """What `marks` (mention=TYPE, _ for a space) of `text`, each at all its places, become."""
    spans = []
    for mention, kind in marks.items():
        printed = mention.replace("_", " ")
        found = re.finditer(re.escape(printed), text)
        spans += [Span(match.start(), match.end(), kind) for match in found]
    return name_entities(text, spans)


def named(found) -> list[tuple[str, str, str | None]]:
    return [(e.name, e.type, e.country) for e in found]


def test_names_of_one_country_are_one_entity_with_its_code():
    found = entities("U.S. troops, US aid, the United States", **{"U.S.": "GPE", "US": "GPE"})
    assert named(found) == [("United States", "GPE", "US")] * 3
    assert [e.text for e in found] == ["U.S.", "US", "United States"]


def test_peoples_are_norp_with_the_code_of_their_country():
    found = entities("Ukrainian drones. Ukrainians cheered.", Ukrainian="GPE")
    assert named(found) == [("Ukrainian", "NORP", "UA")] * 2


def test_a_city_has_the_country_it_lies_in():
    found = entities("He flew from Lyon to Kursk.", Lyon="GPE", Kursk="PRODUCT")
    assert named(found) == [("Lyon", "GPE", "FR"), ("Kursk", "GPE", "RU")]


@pytest.mark.parametrize(
    ("text", "country"),
    [
        ("in Paris on Monday", "FR"),
        ("in Paris, Texas", "US"),
        ("in Paris, Cuba said", "FR"),
        ("in Newcastle, Australia", "AU"),
        ("in Newcastle on Monday", None),
    ],
)
def test_what_stands_behind_a_city_says_which_it_is(text, country):
    start = text.index("in ") + 3
    end = start + len(text[start:].split()[0].rstrip(","))
    assert name_entities(text, [Span(start, end, "GPE")])[0].country == country


def test_georgia_is_a_country_only_if_the_text_does_not_speak_of_america():
    assert named(entities("Voters in Georgia", Georgia="GPE")) == [("Georgia", "GPE", "GE")]
    found = entities("Voters in Georgia, said the US agency", Georgia="GPE", US="GPE")
    assert named(found)[0] == ("Georgia", "GPE", None)


def test_a_country_that_the_recogniser_missed_is_found():
    found = entities("Envoys of Portugal and South Korea met. The polish was new.")
    assert named(found) == [("Portugal", "GPE", "PT"), ("South Korea", "GPE", "KR")]


def test_words_and_parts_of_names_are_no_countries():
    assert entities("Turkey is eaten. Trust us. The South Korea Times. A China-watcher.") == ()


def test_an_abbreviation_has_the_name_it_was_introduced_for():
    text = "The Ostrel Harbour Board (OHB) met. OHB members left. The OHB said so."
    found = entities(text, Ostrel_Harbour_Board="ORG", OHB="ORG")
    assert {e.name for e in found} == {"Ostrel Harbour Board"}
    assert [e.text for e in found] == ["Ostrel Harbour Board", "OHB", "OHB", "OHB"]


def test_an_abbreviation_may_come_before_its_name():
    text = "OHB (Ostrel Harbour Board) met. OHB left."
    found = entities(text, Ostrel_Harbour_Board="ORG", OHB="ORG")
    assert {e.name for e in found} == {"Ostrel Harbour Board"}


def test_an_abbreviation_that_is_not_introduced_keeps_its_own_name():
    found = entities("The Ostrel Harbour Board met OHB men", Ostrel_Harbour_Board="ORG", OHB="ORG")
    assert [e.name for e in found] == ["Ostrel Harbour Board", "OHB"]


@pytest.mark.parametrize(
    ("short", "name", "can"),
    [
        ("KCNA", "Korean Central News Agency", True),
        ("DoH", "Department of Health", True),
        ("BEIS", "Department for Business, Energy and Industrial Strategy", True),
        ("KCNA", "Yonhap News Agency", False),
        ("U.S.", "United Services", False),
        ("A", "Agency", False),
        ("", "Agency", False),
    ],
)
def test_letters_in_order_make_an_abbreviation(short, name, can):
    assert abbreviates(short, name) is can


def test_forms_of_a_person_are_one():
    text = "Lloyd Austin spoke. Lloyd J. Austin III left. Mr Austin, 71, said so."
    found = entities(text, Lloyd_Austin="PERSON", **{"Lloyd J. Austin": "PERSON"})
    assert {e.name for e in found} == {"Lloyd Austin"}
    assert [e.text for e in found] == ["Lloyd Austin", "Lloyd J. Austin III", "Austin"]


def test_a_surname_is_found_where_the_recogniser_missed_it():
    found = entities(
        "Ana Lindqvist met them. Later Lindqvist's aides left.", Ana_Lindqvist="PERSON"
    )
    assert [(e.name, e.text) for e in found] == [
        ("Ana Lindqvist", "Ana Lindqvist"),
        ("Ana Lindqvist", "Lindqvist"),
    ]


def test_a_surname_is_the_same_with_other_capitals_and_accents():
    text = "Mohammed bin Salman met Recep Erdoğan. Bin Salman thanked Erdogan."
    marks = {"Mohammed bin Salman": "PERSON", "Recep Erdoğan": "PERSON"}
    found = entities(text, **marks, **{"Bin Salman": "PERSON", "Erdogan": "ORG"})
    assert [e.name for e in found] == ["Mohammed bin Salman", "Recep Erdoğan"] * 2


def test_a_full_name_is_a_person_if_its_surname_is():
    found = entities("Dana Ostrel spoke. Ostrel left.", Dana_Ostrel="FAC", Ostrel="PERSON")
    assert named(found) == [("Dana Ostrel", "PERSON", None)] * 2


def test_spellings_of_a_name_are_one():
    text = "The Harbour Trust met. HARBOUR TRUST it said. The Harbour Trust left."
    found = entities(text, Harbour_Trust="ORG", HARBOUR_TRUST="ORG")
    assert {e.name for e in found} == {"Harbour Trust"}


@pytest.mark.parametrize(
    ("text", "mention", "marked", "kind"),
    [
        ("Ana heads Sibylline, a strategic intelligence firm.", "Sibylline", "PERSON", "ORG"),
        ("Onarh, 29, told us.", "Onarh", "GPE", "PERSON"),
        ("spokesman Per Zetter said", "Per Zetter", "ORG", "PERSON"),
        ("in the town of Tavil on Friday", "Tavil", "PERSON", "GPE"),
        ("Wigan, England", "Wigan", "PERSON", "GPE"),
        ("an Onarh-based trust", "Onarh", "PERSON", "GPE"),
        ("the Selver River rose", "Selver River", "ORG", "LOC"),
        ("on Selver Bridge", "Selver Bridge", "ORG", "FAC"),
        ("in northern Iraq, Northern Iraq", "Northern Iraq", "ORG", "LOC"),
        ("Selver Harbour Bank", "Selver Harbour Bank", "PERSON", "ORG"),
        ("Selver employees left", "Selver", "PERSON", "ORG"),
        ("shares of SelverSoft", "SelverSoft", "GPE", "ORG"),
        ("life in the Middle East", "Middle East", "GPE", "LOC"),
    ],
)
def test_the_words_in_and_beside_a_name_show_its_type(text, mention, marked, kind):
    start = text.index(mention)
    found = name_entities(text, [Span(start, start + len(mention), marked)])
    assert (mention, kind) in [(e.text, e.type) for e in found]


def test_results_name_teams_whatever_they_are_called():
    text = (
        "Rugby results, premier league\nWigan 42 Leeds 36\nOrrell 13 Bath 56\nScotland 1 Wales 0\n"
    )
    found = {e.text: e.type for e in entities(text, Leeds="GPE")}
    assert found["Wigan"] == found["Leeds"] == found["Orrell"] == "ORG"
    assert found["Scotland"] == found["Wales"] == "GPE"


def test_a_list_of_persons_is_read_by_the_countries_beside_them():
    text = "1. Lars Riedel (Germany) 70.60\n2. Dag Veem (Norway) 69.10\n3. Ilo Marent (Italy) 68"
    found = [(e.text, e.type) for e in entities(text, Dag_Veem="PERSON")]
    assert found == [
        *(("Lars Riedel", "PERSON"), ("Germany", "GPE")),
        *(("Dag Veem", "PERSON"), ("Norway", "GPE")),
        *(("Ilo Marent", "PERSON"), ("Italy", "GPE")),
    ]


def test_a_table_of_figures_names_no_teams():
    text = "Revenue 476 Costs 253\nShares 484 Debt 399\nProfit 12 Loss 13"
    assert entities(text) == ()


def test_a_headline_in_capitals_is_read_by_the_names_of_the_text():
    text = "FOOTBALL - LINDQVIST TO LEAVE PORTUGAL FOR GOOD\nAna Lindqvist said so."
    found = entities(text, **{"FOOTBALL - LINDQVIST": "ORG"}, Ana_Lindqvist="PERSON")
    assert [(e.text, e.name) for e in found if e.type in ("PERSON", "GPE")] == [
        ("LINDQVIST", "Ana Lindqvist"),
        ("PORTUGAL", "Portugal"),
        ("Ana Lindqvist", "Ana Lindqvist"),
    ]


def test_two_persons_and_a_nationality_are_three_mentions():
    text = "French Ana Lindqvist and Theo Brand won"
    found = entities(text, **{text[:-4]: "PERSON"})
    assert named(found) == [
        ("French", "NORP", "FR"),
        ("Ana Lindqvist", "PERSON", None),
        ("Theo Brand", "PERSON", None),
    ]


@pytest.mark.parametrize("mention", ["Prime Minister", "Secretary of State", "chairman", "Judge"])
def test_titles_are_never_entities(mention):
    assert entities(f"The {mention} said so", **{mention: "ORG"}) == ()


@pytest.mark.parametrize(
    "text",
    [
        "“We left,” she told AFP.",
        "She said so, according to the Associated Press.",
        "OSTREL (Reuters) - It rained.",
        "It rained — AFP",
    ],
)
def test_an_agency_that_carries_the_story_is_not_in_it(text):
    agency = re.search("AFP|Associated Press|Reuters", text)[0]
    assert agency not in {e.text for e in entities(text, **{agency: "ORG"})}


@pytest.mark.parametrize(
    "text",
    [
        "Reporting by Ana Lind in Ostrel; Editing by Ana Lind",
        "It rained. (Additional reporting by Per Zetter and Ana Lind)",
        "Written by Ana Lind",
        "Photo: Ana Lind/Ostrel Post",
        "By Ana Lind\nIt rained.",
    ],
)
def test_who_made_the_report_is_not_in_it(text):
    assert entities(text, Ana_Lind="PERSON", Ostrel="GPE", Per_Zetter="PERSON") == ()


def test_an_agency_that_the_story_is_about_is_in_it():
    found = entities("Reuters will close its office in Lyon.", Reuters="ORG")
    assert ("Reuters", "ORG") in {(e.name, e.type) for e in found}


def test_getty_images_is_a_credit_beside_a_slash_and_else_a_company():
    assert entities("Ana Lim/Getty Images", Getty_Images="ORG") == ()
    assert named(entities("She sued Getty Images", Getty_Images="ORG")) == [
        ("Getty Images", "ORG", None)
    ]


WORDS = [
    *("Kim", "Kim Jong Un", "the US", "U.S.", "North Korea's", "AFP", "(KCNA)", "Korean Central"),
    *("LONDON", "Wigan 42 Leeds 36\n", "Ana Lind (Italy)", "1/1/1", " - ", "Inc.", ", a firm"),
    *(
        "\n",
        "’s",
        "\u200f",
        "🙂",
        "e\u0301",
        "İ",
        "ß",
        "\ud800",
        "東京",
        "Prime Minister",
        "III",
        "v",
    ),
]


@settings(max_examples=300, deadline=None)
@given(st.lists(st.sampled_from(WORDS) | st.text(max_size=6), max_size=25), st.data())
def test_whatever_is_marked_in_whatever_text_the_promises_hold(words, data):
    text = " ".join(words)
    spans = []
    for _ in range(data.draw(st.integers(0, 6))):
        start = data.draw(st.integers(0, len(text)))
        end = data.draw(st.integers(start, min(len(text), start + 25)))
        spans.append(Span(start, end, data.draw(st.sampled_from(sorted(NAMED)))))
    found = name_entities(text, spans)
    types: dict[str, str] = {}
    done = 0
    for e in found:
        assert text[e.start : e.end] == e.text != ""
        assert done <= e.start
        done = e.end
        assert e.name == e.name.strip() != ""
        assert types.setdefault(e.name, e.type) == e.type
        assert e.country is None or re.fullmatch("[A-Z]{2}", e.country)
    assert found == name_entities(text, spans)


@pytest.mark.parametrize(
    ("text", "mention"),
    [
        ("A " + "1/" * 20_000 + "x", "A " + "1/" * 100),
        ("A." * 50_000, "A.A."),
        ("Aa Bb (" * 20_000, "Aa Bb"),
        ("Bank" + " " * 50_000 + "of x", "Bank" + " " * 250),
        ("ABC DEF GHI\n" * 5_000, "ABC"),
        ("Bob Smith met Smith. " * 5_000, "Bob Smith"),
    ],
)
@pytest.mark.timeout(20)
def test_odd_texts_take_no_longer_than_others(text, mention):
    starts = range(0, len(text) - len(mention), max(1, len(text) // 2_000))
    spans = [Span(at, at + len(mention), "ORG") for at in starts if text.startswith(mention, at)]
    for e in name_entities(text, spans):
        assert text[e.start : e.end] == e.text
