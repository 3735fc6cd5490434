"""Countries: every name that the news gives one leads to its code, and no other word does."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from transforms.countries import find_country, fold


@pytest.mark.parametrize(
    ("printed", "code", "name"),
    [
        ("US", "US", "United States"),
        ("U.S.", "US", "United States"),
        ("United States of America", "US", "United States"),
        ("N.Korea", "KP", "North Korea"),
        ("N. Korea", "KP", "North Korea"),
        ("DPRK", "KP", "North Korea"),
        ("South Korea", "KR", "South Korea"),
        ("Britain", "GB", "United Kingdom"),
        ("UK", "GB", "United Kingdom"),
        ("Scotland", "GB", "Scotland"),
        ("Burma", "MM", "Myanmar"),
        ("Holland", "NL", "Netherlands"),
        ("Türkiye", "TR", "Turkey"),
        ("Côte d’Ivoire", "CI", "Ivory Coast"),
        ("COTE D'IVOIRE", "CI", "Ivory Coast"),
        ("People 's Republic of China", "CN", "China"),
        ("DR Congo", "CD", "Democratic Republic of the Congo"),
        ("Kosovo", "XK", "Kosovo"),
    ],
)
def test_a_country_is_known_by_each_of_its_names(printed, code, name):
    found = find_country(printed)
    assert (found.code, found.name, found.people) == (code, name, False)


@pytest.mark.parametrize(
    ("printed", "code", "name"),
    [
        ("Ukrainian", "UA", "Ukrainian"),
        ("Ukrainians", "UA", "Ukrainian"),
        ("North Koreans", "KP", "North Korean"),
        ("Frenchmen", "FR", "French"),
        ("Filipino", "PH", "Filipino"),
        ("Britons", "GB", "British"),
        ("Welsh", "GB", "Welsh"),
        ("Kurds", None, "Kurdish"),
    ],
)
def test_a_people_has_the_code_of_its_country_and_one_name(printed, code, name):
    found = find_country(printed)
    assert (found.code, found.name, found.people) == (code, name, True)


@pytest.mark.parametrize(
    "printed",
    ["us", "uk", "car", "Congo", "Frances", "Chads", "Korea", "", ".", "Lisbon", "x" * 99],
)
def test_other_words_and_names_of_several_countries_are_none(printed):
    assert find_country(printed) is None


def test_a_state_that_is_no_more_has_no_code():
    assert find_country("Soviet Union").code is None


@given(st.text())
def test_any_text_can_be_looked_up_and_folds_once(text):
    find_country(text)
    assert fold(fold(text)) == fold(text)
