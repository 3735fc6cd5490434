"""The charset of a page: what is declared, what its bytes say, and what its language had."""

import pytest

from tests.transforms.test_extract import page
from transforms.extract import extract

# The city council voted on Thursday to extend the tram line to the old harbour, or nearly so.
SENTENCES = {
    "de": "Der Stadtrat beschloss am Donnerstag, die Straßenbahn über die Brücke zu führen.",
    "fr": "Le conseil a décidé jeudi de prolonger la ligne de tramway jusqu’à l’ancien port.",
    "pl": "Rada miasta zdecydowała w czwartek, że linia tramwajowa sięgnie aż po stary port, źle.",
    "cs": "Zastupitelé ve čtvrtek rozhodli, že tramvajová trať povede až k starému přístavišti.",
    "hu": "A városi tanács csütörtökön úgy döntött, hogy a villamosvonalat a kikötőig bővíti.",
    "ru": "Городской совет решил в четверг продлить трамвайную линию до старой гавани.",
    "el": "Το δημοτικό συμβούλιο αποφάσισε την Πέμπτη να επεκτείνει τη γραμμή του τραμ.",
    "tr": "Belediye meclisi perşembe günü tramvay hattının eski limana uzatılmasına karar verdi.",
    "he": "מועצת העיר החליטה ביום חמישי להאריך את קו החשמלית עד הנמל הישן.",
    "ar": "قرر مجلس المدينة يوم الخميس تمديد خط الترام حتى الميناء القديم.",
    "th": "สภาเมืองลงมติเมื่อวันพฤหัสบดีให้ขยายเส้นทางรถรางไปยังท่าเรือเก่า",
    "ja": "市議会は木曜日、路面電車の路線を旧港まで延長することを決めた。",
    "ko": "시의회는 목요일 노면전차 노선을 옛 항구까지 연장하기로 결정했다.",
    "zh": "市议会周四晚上投票决定将有轨电车线路延长到旧港口，工程明年开始。",
    "zh-TW": "市議會週四晚上投票決定將有軌電車路線延長到舊港口，工程明年開始。",
}
LEGACY = [
    ("de", "windows-1252"),
    ("de", "iso-8859-1"),
    ("fr", "windows-1252"),
    ("pl", "iso-8859-2"),
    ("pl", "windows-1250"),
    ("cs", "iso-8859-2"),
    ("cs", "windows-1250"),
    ("hu", "iso-8859-2"),
    ("ru", "windows-1251"),
    ("ru", "koi8-r"),
    ("el", "iso-8859-7"),
    ("el", "windows-1253"),
    ("tr", "windows-1254"),
    ("he", "windows-1255"),
    ("ar", "windows-1256"),
    ("th", "windows-874"),
    ("ja", "shift_jis"),
    ("ja", "euc-jp"),
    ("ko", "euc-kr"),
    ("zh", "gb18030"),
    ("zh-TW", "big5"),
]


def markup(sentence: str, language: str = "", head: str = "") -> str:
    lang = f' lang="{language}"' if language else ""
    paragraphs = f"<p>{' '.join([sentence] * 3)}</p>" * 4
    return f"<html{lang}><head>{head}</head><body><article>{paragraphs}</article></body></html>"


def text_of(body: bytes, content_type: str = "text/html") -> str:
    return extract(page(body, headers={"content-type": content_type}), 30).text


def in_python(charset: str) -> str:
    return "cp874" if charset == "windows-874" else charset


@pytest.mark.parametrize(("language", "charset"), LEGACY)
def test_what_declares_no_charset_is_in_one_that_its_language_had(
    language: str, charset: str
) -> None:
    sentence = SENTENCES[language]
    body = markup(sentence, language).encode(in_python(charset))
    assert sentence in text_of(body)


@pytest.mark.parametrize(("language", "charset"), LEGACY)
def test_a_wrong_default_of_the_server_does_not_hide_what_the_page_declares(
    language: str, charset: str
) -> None:
    sentence = SENTENCES[language]
    body = markup(sentence, head=f"<meta charset={charset}>").encode(in_python(charset))
    assert sentence in text_of(body, "text/html; charset=utf-8")
    if language not in ("de", "fr"):  # in Latin-1 words that are none, or of another language
        assert sentence in text_of(body, "text/html; charset=iso-8859-1")


@pytest.mark.parametrize("charset", ["iso-8859-2", "windows-1250"])
def test_latin_1_is_the_servers_default_for_a_language_that_was_never_written_in_it(
    charset: str,
) -> None:
    for head in (f"<meta charset={charset}>", ""):
        body = markup(SENTENCES["pl"], "pl", head).encode(charset)
        assert SENTENCES["pl"] in text_of(body, "text/html; charset=iso-8859-1")


@pytest.mark.parametrize("wrong", ["utf-8", "windows-1251", "shift_jis"])
def test_the_header_is_right_where_the_page_names_another_charset(wrong: str) -> None:
    body = markup(SENTENCES["pl"], "pl", f"<meta charset={wrong}>").encode("iso-8859-2")
    assert SENTENCES["pl"] in text_of(body, "text/html; charset=iso-8859-2")


@pytest.mark.parametrize(("language", "charset"), [("ru", "windows-1251"), ("ja", "shift_jis")])
def test_a_page_that_says_neither_charset_nor_language_is_detected(
    language: str, charset: str
) -> None:
    assert SENTENCES[language] in text_of(markup(SENTENCES[language]).encode(charset))


@pytest.mark.parametrize(
    ("language", "charset"),
    [
        (language, charset)
        for language, charset in LEGACY
        if language in ("de", "pl", "cs", "hu", "tr")
    ],
)
def test_a_page_that_says_neither_is_in_a_charset_of_the_language_that_its_words_are_in(
    language: str, charset: str
) -> None:
    assert SENTENCES[language] in text_of(markup(SENTENCES[language]).encode(charset))


@pytest.mark.parametrize(
    "marks",
    [
        "The Ostrel Courier\N{COPYRIGHT SIGN} said so",
        "It costs £25 at the door",
        "See § 12 and § 14 of the Harbour Act",
        "Señora Núñez’s café",
        "Ostrel® Tram™ of the “old” harbour – since 1904",
    ],
)
def test_a_few_signs_on_a_page_of_english_are_those_of_latin_1(marks: str) -> None:
    sentence = "The council of Ostrel voted on Thursday to extend the tram line to the old harbour."
    body = markup(sentence).replace("</article>", f"<p>{marks}, as {sentence}</p></article>")
    assert marks in text_of(body.encode("windows-1252"))


def test_a_page_is_not_in_a_charset_of_its_language_in_which_it_makes_no_words() -> None:
    body = markup(SENTENCES["ru"], "en").encode("windows-1251")
    assert SENTENCES["ru"] in text_of(body)


def test_utf8_with_a_few_broken_bytes_is_utf8() -> None:
    body = markup(SENTENCES["de"], "de").encode() + b"<p>caf\xe9</p>"
    assert SENTENCES["de"] in text_of(body)


@pytest.mark.parametrize("name", ["base64", "hex", "zlib", "rot13", "idna", "undefined", "none"])
def test_what_is_no_charset_declares_none(name: str) -> None:
    sentence = SENTENCES["de"]
    assert sentence in text_of(markup(sentence).encode(), f"text/html; charset={name}")
    head = f"<meta charset={name}>"
    assert sentence in text_of(markup(sentence, "de", head).encode("windows-1252"))
    right = markup(sentence, head="<meta charset=windows-1252>").encode("windows-1252")
    assert sentence in text_of(right, f"text/html; charset={name}")
