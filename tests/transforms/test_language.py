"""The language of a text: right for sentences, undetermined for what is none."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from transforms.language import identify

SENTENCES = {
    "en": "The council of the town voted on Thursday evening to extend the tram line.",
    "fr": "Le conseil municipal a décidé jeudi soir de rouvrir la piscine de plein air.",
    "de": "Der Gemeinderat hat am Donnerstag beschlossen, das Hallenbad zu schließen.",
    "es": "El ayuntamiento decidió el jueves ampliar la línea del tranvía hasta el puerto.",
    "it": "Il consiglio comunale ha deciso giovedì di riaprire la piscina all'aperto.",
    "pt": "A câmara municipal decidiu na quinta-feira prolongar a linha do elétrico.",
    "nl": "De gemeenteraad heeft donderdag besloten het openluchtbad weer te openen.",
    "pl": "Rada miasta zdecydowała w czwartek, że łaźnia zostanie zamknięta w czerwcu.",
    "uk": "Міська рада вирішила у четвер продовжити трамвайну лінію до старого порту.",
    "ru": "Городской совет решил в четверг продлить трамвайную линию до старого порта.",
    "ja": "市議会は木曜日の夜、路面電車の路線を旧港まで延伸することを可決した。",
    "zh": "市议会周四晚上投票决定将有轨电车线路延长至旧港口。",
    "ko": "시의회는 목요일 저녁 노면전차 노선을 옛 항구까지 연장하기로 의결했다.",
    "ar": "صوّت مجلس المدينة مساء الخميس على تمديد خط الترام إلى الميناء القديم.",
    "tr": "Belediye meclisi perşembe akşamı tramvay hattını eski limana uzatmaya karar verdi.",
}


@pytest.mark.parametrize("language", SENTENCES)
def test_a_sentence_is_known_by_its_language(language):
    found, score = identify(SENTENCES[language])
    assert found == language
    assert score > 0.5


def test_a_headline_in_capitals_is_known_too():
    assert identify(SENTENCES["en"].upper())[0] == "en"


@pytest.mark.parametrize(
    "text", ["", "OK", "Hello", "12:30 1,000 %", "sct/sst", "Oslo, Bergen 7-2"]
)
def test_too_little_text_is_undetermined(text):
    assert identify(text)[0] == "und"


def test_only_the_start_of_a_long_text_counts():
    start = SENTENCES["fr"] * 20
    assert identify(start) == identify(start + SENTENCES["en"] * 100)


@given(st.text(alphabet=st.characters(), max_size=200))
def test_any_text_has_a_language_or_none_and_a_probability(text):
    language, score = identify(text)
    assert 2 <= len(language) <= 3
    assert 0 <= score <= 1
    assert identify(text) == (language, score)
