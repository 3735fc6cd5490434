"""Consent notices, and articles that are taken for none."""

import pytest

from tests.transforms.test_quality import PARAGRAPH
from transforms.walls import is_consent


@pytest.mark.parametrize(
    "text",
    [
        "We value your privacy. We and our 812 partners store and/or access information on it.",
        "Mit Werbung weiterlesen. Wir und unsere bis zu 185 Partner nutzen Cookies.",
        "Nous et nos 210 partenaires utilisons des cookies. Tout accepter",
        "Utilizamos cookies propias. Aceptar todo o rechazar todas.",
        "Utilizziamo i cookie. Rifiuta tutti o accetta tutti.",
        "Wij en onze partners gebruiken cookies. Alles weigeren, alles accepteren.",
        "Vi använder kakor på den här sidan. Godkänn alla eller kun nødvendige.",
        "Käytämme evästeitä. Hyväksy kaikki.",
        "Używamy plików cookie. Nasi zaufani partnerzy. Przejdź do serwisu.",
    ],
)
def test_a_consent_notice_is_known(text):
    assert is_consent(text)


def test_a_long_list_of_cookies_is_a_notice_and_an_article_about_them_is_not():
    rows = [f"The cookie s{n} is set by us; cookies like it keep your language." for n in range(60)]
    assert is_consent("\n".join(["We use cookies.", *rows]))
    assert not is_consent("\n".join(["We use cookies, the board was told.", *[PARAGRAPH] * 9]))


def test_an_article_about_cookies_is_no_consent_notice():
    text = (
        "The data protection board fined the bakery chain, which sells cookies, for a form that"
        " gave visitors no choice. A notice must let people reject all trackers, the board said. "
    )
    assert not is_consent(text + PARAGRAPH * 12)
    assert not is_consent("Children sold cookies at the fair. " + PARAGRAPH)
    said = "The form said accept all and did not let them manage their choices of your consent. "
    assert not is_consent(said + PARAGRAPH * 8)


def test_a_long_notice_says_many_of_these_things():
    purposes = (
        "We process your data to deliver advertising and to measure the advertising performance.",
        "Our partners rely on legitimate interest where they do not need your consent.",
        "You may withdraw consent in the privacy settings at any time.",
        "Content and advertising may be based on user profiles and on personal data.",
        "We store and/or access information on a device.",
    )
    assert is_consent("\n".join(purposes * 10))
    assert not is_consent("\n".join([*purposes, *[PARAGRAPH] * 9]))
