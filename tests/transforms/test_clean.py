"""Clean text and headlines."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from transforms.clean import headline, plain, tidy_text, unite, without_site

SITE = ("Harbour Gazette", "harbour-gazette.example", "harbour-gazette")


@pytest.mark.parametrize(
    "title",
    [
        "Tram line reaches harbour - Harbour Gazette",
        "Tram line reaches harbour | The Harbour Gazette",
        "Harbour Gazette | Tram line reaches harbour",
        "Tram line reaches harbour – harbour-gazette.example",
        "Tram line reaches harbour • Harbour Gazette • Harbour-Gazette.example",
        "Harbour Gazette: Tram line reaches harbour",
    ],
)
def test_the_name_of_the_site_is_no_part_of_a_headline(title):
    assert without_site(title, SITE) == "Tram line reaches harbour"


def test_dashes_and_colons_of_a_headline_stay():
    title = "Harbour: the tram line - at last - is coming"
    assert without_site(title, SITE) == title


def test_a_title_that_is_only_the_site_is_none():
    assert without_site("The Harbour Gazette", SITE) is None
    assert headline(["Harbour Gazette"], ["Harbour Gazette"], SITE) is None


def test_the_printed_heading_wins_over_a_rewritten_title():
    printed = "After eleven years, the tram reaches the harbour"
    declared = "Tram reaches the harbour after eleven years of delay"
    assert headline([printed], [declared], SITE) == printed


def test_a_label_in_the_heading_is_left_out():
    assert headline(["Live Tram reaches the harbour"], ["Tram reaches the harbour"], SITE) == (
        "Tram reaches the harbour"
    )


def test_a_heading_about_something_else_is_not_taken():
    assert headline(["City news today"], ["Tram reaches the harbour"], SITE) == (
        "Tram reaches the harbour"
    )


def test_without_a_declared_title_a_lone_heading_is_the_headline():
    assert headline(["Tram reaches the harbour"], [None, ""], SITE) == "Tram reaches the harbour"
    assert headline(["One", "Two"], [], SITE) is None


def test_markup_and_entities_are_resolved_once_more_than_they_were_escaped():
    assert plain("<b>Bread &amp; butter</b>&nbsp;&lt;3") == "Bread & butter <3"
    assert plain("AT&amp;amp;T") == "AT&T"
    assert plain(" <br> ") is None


def test_tags_are_united_in_order_whatever_their_case():
    assert unite(["Trams", "City"], ["city", " Ostrel ", ""]) == ("Trams", "City", "Ostrel")


@given(st.text(alphabet=st.characters(), max_size=80))
def test_clean_text_is_its_own_normal_form_and_can_be_written(text):
    clean = tidy_text(text)
    assert tidy_text(clean) == clean
    assert clean.encode("utf-8").decode() == clean
    assert "\n\n" not in clean
    assert clean == clean.strip()
    assert all(c == "\n" or c.isprintable() or ord(c) > 159 for c in clean)


@given(st.lists(st.text(max_size=30), max_size=3), st.lists(st.none() | st.text(max_size=30)))
def test_a_headline_is_a_line_or_nothing(printed, declared):
    found = headline(printed, declared, ["Site"])
    assert found is None or (found.strip() == found != "" and "\n" not in found)
