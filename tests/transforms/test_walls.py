"""Consent notices and paywalls, and articles that are taken for neither."""

import pytest
from lxml.html import document_fromstring

from tests.transforms.test_quality import PARAGRAPH
from transforms.walls import is_consent, is_stub, wall


@pytest.mark.parametrize(
    "text",
    [
        "We value your privacy. We and our 812 partners store and/or access information on it.",
        "Mit Werbung weiterlesen. Wir und unsere bis zu 185 Partner nutzen Cookies.",
        "Nous et nos 210 partenaires utilisons des cookies. Tout accepter",
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


def stub(text: str, around: str = "") -> bool:
    page = f"<html><body><p>{text}</p>{around}</body></html>"
    return is_stub(text, page, document_fromstring(page))


def test_a_stub_with_a_call_to_subscribe_is_a_paywall_and_a_whole_article_is_not():
    assert stub(PARAGRAPH + "\nSubscribe to continue reading")
    assert stub(PARAGRAPH, "<div class='PayWall'>Already a subscriber? Log in</div>")
    assert stub("Der Rat tagte.", "<div class='PayWall'>Jetzt weiterlesen mit Abo</div>")
    assert not stub(PARAGRAPH)
    assert not stub(PARAGRAPH * 12 + "\nSubscribe to continue reading")


@pytest.mark.parametrize(
    "said",
    [
        "This post is for paid subscribers",
        "Continue reading this post for free, courtesy of the harbour.",
        "Become a paid subscriber to unlock it.",
        "Il vous reste 57.09% de cet article à lire.",
        "Exklusiv für Plus-Abonnenten",
        "電子版に登録すると続きをお読みいただけます。",
    ],
)
def test_a_page_says_that_the_rest_is_kept_back(said):
    assert stub(PARAGRAPH * 10, f"<p>{said}</p>"), "of a longer text, too"
    assert not stub(PARAGRAPH * 20, f"<p>{said}</p>")
    assert not stub(PARAGRAPH, f"<nav>{said}</nav>"), "a menu"
    assert not stub(PARAGRAPH, f"<a href='/x'>{said}</a>"), "another article"


def test_a_label_of_other_articles_does_not_make_this_one_a_stub():
    assert not stub(PARAGRAPH, "<div class='premium'>Subscriber only: the council's budget</div>")
    assert not stub(PARAGRAPH, "<div><h3>Article réservé à nos abonnés</h3></div>")


def test_only_elements_named_after_a_paywall_are_read_as_one():
    tree = document_fromstring(
        "<body><p>Subscribe to read</p><div class='c-PayWall-box'>For subscribers</div></body>"
    )
    assert wall(tree) == "For subscribers"
