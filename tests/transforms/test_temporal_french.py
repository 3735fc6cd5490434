"""Dates in French text: the same engine, another grammar."""

from datetime import date

import pytest

from transforms.temporal import find_dates

FRIDAY = date(2031, 5, 9)


def values(text: str, published: date | None = FRIDAY) -> list[tuple[str, str]]:
    return [(mention.text, mention.value) for mention in find_dates(text, published, "fr")]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Il est arrivé jeudi 1er mai 2031.", [("jeudi 1er mai 2031", "2031-05-01")]),
        ("Fait le 04/05/2031.", [("04/05/2031", "2031-05-04")]),
        ("en août 2023", [("août 2023", "2023-08")]),
        ("depuis mi-novembre", [("mi-novembre", "2030-11")]),
        ("en 1998", [("1998", "1998")]),
        ("dans les années 1990", [("les années 1990", "199")]),
        ("au XXe siècle", [("XXe siècle", "19")]),
        ("au troisième trimestre 2030", [("troisième trimestre 2030", "2030-Q3")]),
        ("Pâques 2032", [("Pâques 2032", "2032-03-28")]),
        ("hier et après-demain", [("hier", "2031-05-08"), ("après-demain", "2031-05-11")]),
        ("aujourd’hui", [("aujourd’hui", "2031-05-09")]),
        ("la semaine dernière", [("la semaine dernière", "2031-W18")]),
        ("l’année prochaine", [("l’année prochaine", "2032")]),
        ("ce mois", [("ce mois", "2031-05")]),
        ("l'été dernier", [("l'été dernier", "2030-SU")]),
        ("il y a deux ans", [("il y a deux ans", "2029")]),
        ("dans trois jours", [("dans trois jours", "2031-05-12")]),
        ("jeudi soir", [("jeudi soir", "2031-05-08TEV")]),
        ("vendredi à 17h30", [("vendredi à 17h30", "2031-05-09T17:30")]),
        (
            "le 4 mai 2029 ; le lendemain",
            [("4 mai 2029", "2029-05-04"), ("le lendemain", "2029-05-05")],
        ),
    ],
)
def test_expressions_have_their_value(text: str, expected: list[tuple[str, str]]) -> None:
    assert values(text) == expected


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("Le maire a annoncé jeudi un accord", "2031-05-08"),
        ("le scrutin prévu mardi", "2031-05-13"),
        ("le conseil votera mardi", "2031-05-13"),
        ("les élections de dimanche", "2031-05-11"),
        ("d'ici à lundi", "2031-05-12"),
        ("la ligne ouvrirait en juin", "2031-06"),
        ("la ligne a ouvert en juin", "2030-06"),
        ("lundi dernier", "2031-05-05"),
        ("lundi prochain", "2031-05-12"),
    ],
)
def test_the_verb_decides_the_direction(text: str, value: str) -> None:
    assert [found[1] for found in values(text)] == [value]


@pytest.mark.parametrize(
    ("text", "kind", "value"),
    [
        ("pendant quatre-vingt-dix jours", "DURATION", "P90D"),
        ("soixante et onze ans", "DURATION", "P71Y"),
        ("deux ans et demi", "DURATION", "P2Y6M"),
        ("les trois prochains mois", "DURATION", "P3M"),
        ("chaque jeudi", "SET", "XXXX-WXX-4"),
        ("tous les jeudis", "SET", "XXXX-WXX-4"),
        ("chaque jour", "SET", "P1D"),
        ("récemment", "DATE", "PAST_REF"),
    ],
)
def test_lengths_repetitions_and_vague_times_have_their_type(
    text: str, kind: str, value: str
) -> None:
    [mention] = find_dates(text, FRIDAY, "fr")
    assert (mention.type, mention.value) == (kind, value)


@pytest.mark.parametrize(
    "text",
    ["Le second a été élu ; la seconde aussi", "2000 soldats, 12,5 %, le 42e", "Il a été à Mars"],
)
def test_what_is_no_date_is_not_found(text: str) -> None:
    assert values(text) == []


def test_without_a_publication_date_relative_expressions_have_no_value() -> None:
    assert values("jeudi, puis en juin 2029", None) == [("jeudi", ""), ("juin 2029", "2029-06")]
