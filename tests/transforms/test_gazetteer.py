"""The gazetteer: which place and which country a name means, and what is a person's name."""

import pytest

from transforms.gazetteer import (
    country_of,
    family_first,
    is_given_name,
    is_place,
    is_surname,
    people_of,
)


@pytest.mark.parametrize(
    ("name", "country"),
    [
        ("Kursk", "RU"),
        ("Kyiv", "UA"),
        ("Kiev", "UA"),
        ("KYIV", "UA"),
        ("Seoul", "KR"),
        ("Sao Paulo", "BR"),
        ("São Paulo", "BR"),
        ("Bavaria", "DE"),
        ("Gaza Strip", "PS"),
        ("Paris", "FR"),
    ],
)
def test_a_place_has_the_country_that_its_name_means(name, country):
    assert is_place(name)
    assert country_of(name, ()) == country


def test_of_places_with_one_name_the_text_decides():
    assert country_of("Newcastle", ()) is None
    assert country_of("Newcastle", {"GB", "FR"}) == "GB"
    assert country_of("Newcastle", {"GB", "AU"}) is None


def test_what_is_no_place_has_no_country():
    assert not is_place("Blinken")
    assert country_of("Blinken", {"US"}) is None
    assert people_of("Blinken") == 0


def test_the_size_of_a_city_is_known():
    assert 400 < people_of("Kursk") < 500


def test_names_of_persons_are_told_from_words():
    assert is_given_name("Antony")
    assert is_given_name("IRINA")
    assert not is_given_name("May")
    assert is_surname("Hamilton")
    assert not is_surname("Ministry")
    assert family_first("Kim Jong Un")
    assert not family_first("Antony Blinken")
