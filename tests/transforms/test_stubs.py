"""Articles that are kept back for subscribers, and articles that are taken for none."""

import pytest

from tests.transforms.test_extract import SENTENCE, page
from transforms.extract import extract

TEASER = SENTENCE * 3
URL = "https://harbour-gazette.example/city/council-votes-on-tram"


def paywalled(text: str, below: str = "", above: str = "", head: str = "") -> bool:
    paragraphs = "".join(f"<p>{part}</p>" for part in text.split("\n"))
    html = (
        f"<html><head><title>Tram line</title>{head}</head><body><nav>Subscribe to read</nav>"
        f"<article><h1>Tram line</h1>{above}{paragraphs}</article>{below}</body></html>"
    )
    return "paywall" in extract(page(html, URL), 30).quality_flags


@pytest.mark.parametrize(
    "said",
    [
        "This post is for paid subscribers",
        "Continue reading this post for free, courtesy of the harbour.",
        "Become a paid subscriber to unlock it.",
        "Il vous reste 57.09% de cet article à lire.",
        "Exklusiv für Plus-Abonnenten",
        "Möchten Sie den Artikel weiterlesen?",
        "Para continuar lendo, entre na sua conta.",
        "For å lese hele saken må du logge inn.",
        "電子版に登録すると続きをお読みいただけます。",
    ],
)
def test_a_page_says_that_the_rest_is_kept_back(said: str) -> None:
    assert paywalled(SENTENCE * 40, f"<p>{said}</p>"), "of a longer text, too"
    assert not paywalled(SENTENCE * 80, f"<p>{said}</p>")
    assert not paywalled(TEASER, f"<nav>{said}</nav>"), "a menu"


@pytest.mark.parametrize(
    "call",
    [
        "Already a subscriber? Log in",
        "Subscribe now to read the full story",
        "Kostenlos registrieren und weiterlesen",
        "Ich bin bereits Abonnent",
        "Déjà abonné ? Connectez-vous",
        "Ya eres suscriptor",
        "Sei già abbonato?",
        "Já é assinante?",
        "Bent u al abonnee?",
        "Prenumerera för att läsa vidare",
        "Masz już konto?",
    ],
)
def test_a_call_that_stands_right_below_a_few_words_is_about_them(call: str) -> None:
    button = f"<div class='offer'><a href='/abo'>{call}</a></div>"
    assert paywalled(TEASER, button)
    assert not paywalled(SENTENCE * 40, button), "a whole article"
    links = "".join(f"<li><a href='/{n}'>Harbour note {n} of the day</a></li>" for n in range(40))
    far = f"<aside><ul>{links}</ul></aside>"
    assert not paywalled(TEASER, far + button), "far below"


@pytest.mark.parametrize(
    "call",
    [
        "Sign up to keep up with our newsletter",
        "Log in to post a comment",
        "This story is only the beginning",
        "Register to win two tickets",
        "Click here to read the full story",
    ],
)
def test_other_calls_keep_nothing_back(call: str) -> None:
    assert not paywalled(TEASER, f"<div>{call}</div>")


def test_prose_about_subscribers_is_no_label() -> None:
    prose = "The new members only lounge of the tram opens for the festival, the council was told."
    assert not paywalled(f"{TEASER}\n{prose}")
    assert paywalled(f"{TEASER}\nThis story is for our subscribers only")


def test_a_label_above_the_text_is_about_it_and_one_below_is_of_another() -> None:
    label = "<span>Nur für Abonnenten</span>"
    assert paywalled(TEASER, above=label)
    assert not paywalled(TEASER, f"<div><a href='/b'>The budget</a>{label}</div>")
    assert not paywalled(SENTENCE * 40, above=label)


def test_a_text_that_is_cut_on_a_page_with_a_paywall_goes_on_behind_it() -> None:
    cut = TEASER + "The mayor said that the har…"
    box = "<div class='c-paywall'></div>"
    assert paywalled(cut, box)
    assert not paywalled(cut), "cut by its feed or its author"
    assert not paywalled(TEASER, box), "a box that waits for its reader's tenth article"


def test_words_in_a_script_are_not_beside_a_text() -> None:
    data = f'<script>var story = "{TEASER}"; var call = "Already a subscriber? Log in";</script>'
    assert not paywalled(TEASER, data)


@pytest.mark.parametrize(
    ("head", "flagged"),
    [
        ('<meta property="article:content_tier" content="locked">', True),
        ('<meta property="article:content_tier" content="metered">', False),
        (
            '<script type="application/ld+json">{"@type":"NewsArticle","hasPart":'
            '{"@type":"WebPageElement","isAccessibleForFree":"False"}}</script>',
            True,
        ),
        (
            '<script type="application/ld+json">{"@type":"NewsArticle","isAccessibleForFree":true}'
            "</script>",
            False,
        ),
    ],
)
def test_a_page_declares_that_it_is_not_free(head: str, flagged: bool) -> None:
    assert paywalled(SENTENCE * 80, head=head) == flagged


def test_what_is_declared_to_be_free_is_no_stub_whatever_stands_below_it() -> None:
    free = '<meta property="article:content_tier" content="free">'
    call = "<div>Already a subscriber? Log in</div>"
    assert paywalled(TEASER, call)
    assert not paywalled(TEASER, call, head=free)
