"""What feeds and pages write for a language -> one code, or none."""

import subprocess
import sys

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from transforms.language import languages
from transforms.language_tags import language_code

DECLARED = {
    "en": "en en-US en_GB EN en-us en_US.UTF-8 eng English english",
    "pt": "pt pt-BR pt_PT por Portuguese português",
    "zh": "zh zh-Hans zh-Hant-TW zh_CN cmn zho chi yue zh-yue Chinese 中文",
    "no": "no nb nb-NO nob nor no-NO Norwegian",
    "nn": "nn nn-NO nno",
    "he": "he iw he-IL iw_IL heb Hebrew עברית",
    "id": "id in in-ID ind Indonesian",
    "yi": "yi ji",
    "ro": "ro ro-MD mo ron rum",
    "sr": "sr sr-Latn sr-Cyrl-RS srp scc",
    "es": "es es-419 es-MX spa Spanish español ESPAÑOL",
    "de": "de de-AT de_CH deu ger German Deutsch",
    "fa": "fa fa-IR per fas pes prs Persian",
    "tl": "tl fil fil-PH Filipino",
    "ar": "ar ar-EG arb ara العربية",
}


@pytest.mark.parametrize(("code", "tags"), DECLARED.items())
def test_every_spelling_of_a_language_is_one_code(code, tags):
    assert {tag: language_code(tag) for tag in tags.split()} == dict.fromkeys(tags.split(), code)


@pytest.mark.parametrize(
    ("tag", "code"),
    [
        (" en-US\n", "en"),
        ("English (US)", "en"),
        ("Portuguese (Brazil)", "pt"),
        ("Norwegian Nynorsk", "nn"),
        ("norsk bokmål", "no"),
        ("en-US, en", "en"),
        ("de; de-AT", "de"),
    ],
)
def test_names_of_several_words_and_lists_of_one_language_are_read(tag, code):
    assert language_code(tag) == code


NOT_ONE = "x-default und mul zxx root qq xx-XX C POSIX utf-8 1 en- i-klingon (((( language en,fr"


@pytest.mark.parametrize(
    "tag", [None, "", " ", "en, fr", "English/French", "\udcff", "e" * 999, *NOT_ONE.split()]
)
def test_what_names_no_language_or_several_says_none(tag):
    assert language_code(tag) is None


def test_the_codes_of_the_model_are_their_own_spelling():
    read = {code: language_code(code) for code in languages()}
    # Creoles and a language of Benin that CLDR does not name
    assert {c for c in read if read[c] is None} == {"gcf", "gcr", "guw"}
    assert all(found in (code, None) for code, found in read.items())


def test_looking_for_a_name_takes_little_memory():
    # All locales of the library that has the names are 136 MB.
    grown = (
        "import resource; from transforms.language_tags import language_code\n"
        "peak = lambda: resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024\n"
        "before = peak(); language_code('Nonsense'); print(peak() - before)"
    )
    ran = subprocess.run([sys.executable, "-c", grown], capture_output=True, text=True, check=True)
    assert float(ran.stdout) < 30  # MB


@settings(deadline=None)
@given(st.text(max_size=100))
def test_any_text_is_a_code_of_two_or_three_letters_or_none(tag):
    code = language_code(tag)
    assert code is None or (code.isascii() and code.isalpha() and 2 <= len(code) <= 3)
    assert language_code(code) == code
