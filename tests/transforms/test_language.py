"""The language of a text: right for sentences, undetermined for what is none."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.fuzz import fuzzed_texts
from transforms.language import UNDETERMINED, identify, languages

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


@pytest.mark.parametrize("language", ["en", "fr", "de", "es", "pl", "ru", "tr"])
def test_a_headline_in_capitals_is_known_too(language):
    sentence = SENTENCES[language]
    assert identify(sentence.upper())[0] == language
    assert identify(sentence[:40].upper() + sentence[40:])[0] == language


@pytest.mark.parametrize(
    "text",
    [
        "",
        "OK",
        "Hello",
        "12:30 1,000 %",
        "sct/sst",
        "Oslo, Bergen 7-2",
        "Reuters, AFP",
        "\u0301" * 40,
    ],
)
def test_too_little_text_is_undetermined(text):
    assert identify(text)[0] == UNDETERMINED


PROGRAM = """
def settle(rows, limit=20):
    kept = [row for row in rows if row["state"] != "gone"][:limit]
    for index, row in enumerate(kept):
        row["rank"] = index + 1; row["score"] = rank(row["links"], row["age"])
    return {row["id"]: row for row in kept}
"""
MENU = "Home\nNews\nSport\nWeather\nBusiness\nWorld politics\nCulture\nContact us\nSubscribe"


@pytest.mark.parametrize(
    "text",
    [
        PROGRAM,
        MENU,
        MENU.replace("\n", " | "),
        MENU.replace("\n", " · "),
        "Startseite | Nachrichten | Sport | Wetter | Wirtschaft | Kultur | Impressum",
        "3.14 2.71 1,000 42 % 17:30 2031-05-09 +1.2 € 99\n" * 5,
        "AAB 189.20 +1.2%\nCCD 402.11 -0.3%\nEFG 77.00 0.0%\n",
        "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08 " * 3,
        "xqzv kjwp zzgf qwrtp lkjhg bvcxz mnbvq wrtplk zxqj vbnm qpwz",
        "https://halm.example/news/the-council-voted-on-thursday-evening www.halm.example/the-tram",
        '{"headline": "x", "items": [1, 2, {"id": "the"}], "ok": true, "of": null}',
        "Lorem ipsum dolor sit amet, consectetur adipiscing elit, sed do eiusmod tempor.",
    ],
)
@pytest.mark.parametrize("declared", [None, "en", "de", "la"])
def test_what_is_in_no_language_is_undetermined_whatever_is_declared(text, declared):
    assert identify(text, declared)[0] == UNDETERMINED


def test_only_the_start_of_a_long_text_counts():
    start = SENTENCES["fr"] * 20
    assert identify(start) == identify(start + SENTENCES["en"] * 100)


@pytest.mark.parametrize(
    ("headline", "alone", "declared", "language"),
    [
        ("Trump wins Iowa", "und", "en-US", "en"),
        ("Oslo, Bergen 7-2", "und", "nb-NO", "no"),
        ("Vingegaard logra el triunfo", "und", "es", "es"),
        ("Vlada odbila zahtjev sindikata", "hr", "bs", "bs"),
        ("Premijer odgovorio opoziciji", "hr", "sr", "sr"),
        ("Ministeren holder pressemøde", "da", "no", "no"),
        ("Statsministeren vil hæve skatten", "da", "da", "da"),
    ],
)
def test_a_declared_language_decides_a_short_headline(headline, alone, declared, language):
    assert identify(headline)[0] == alone
    assert identify(headline, declared)[0] == language


@pytest.mark.parametrize("language", SENTENCES)
@pytest.mark.parametrize("declared", ["en-US", "fr", "ja", "English", "xh", "sr-Latn"])
def test_a_wrong_declaration_does_not_win_over_a_sentence(language, declared):
    assert identify(SENTENCES[language], declared)[0] == language
    assert identify(SENTENCES[language][:40], declared)[0] == language


def test_a_declaration_without_letters_is_no_text():
    for text in ("", "...", "12:30", "-- 7 --", "A1"):
        assert identify(text, "en")[0] == UNDETERMINED


@pytest.mark.parametrize("declared", ["", "und", "x-default", "en, fr", "nonsense", "qq"])
def test_a_declaration_that_says_nothing_changes_nothing(declared):
    for text in ("Trump wins Iowa", SENTENCES["pt"]):
        assert identify(text, declared) == identify(text)


def test_varieties_that_the_model_tells_apart_are_their_language():
    assert identify("今日嘅天氣好好,我哋去咗海灘玩水,係咪好開心呀?佢哋話聽日再嚟。")[0] == "zh"
    assert not {"yue", "wuu", "arz", "ary", "zxx", UNDETERMINED} & languages()


CODES = languages() | {UNDETERMINED}
_DECLARED = st.none() | st.sampled_from(["en-US", "zh_TW", "iw", "nb", "x-default"]) | st.text()


@settings(deadline=None)
@given(st.text(alphabet=st.characters(), max_size=200), _DECLARED)
def test_any_text_has_a_language_or_none_and_a_probability(text, declared):
    language, score = identify(text, declared)
    assert language in CODES
    assert 0 <= score <= 1


@settings(deadline=None)
@given(st.lists(st.text(max_size=60), min_size=1, max_size=6), st.randoms(use_true_random=False))
def test_the_same_text_gives_the_same_result_in_any_order(texts, shuffler):
    texts = [*texts, *SENTENCES.values()]
    first = {text: identify(text, "fr") for text in texts}
    shuffler.shuffle(texts)
    assert {text: identify(text, "fr") for text in texts} == first


def test_fuzzed_texts_have_a_promised_code():
    # A hundred thousand of them in benchmarks/languages.py
    seeds = [*SENTENCES.values(), PROGRAM, MENU]
    for text in fuzzed_texts(10_000, seeds):
        language, score = identify(text, text[:12])
        assert language in CODES, text
        assert 0 <= score <= 1, text
