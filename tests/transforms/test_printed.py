"""The date that a page prints beside its headline, where it declares none or several."""

import pytest

from schemas.elements import Article
from tests.transforms.test_extract import page
from transforms.extract import extract

TITLE = "Council extends the tram line to the harbour"
TEXT = "The council of Ostrel voted on Thursday to extend the tram line to the old harbour. " * 3
TEASER = "<li><a href='/x'>Ferry to Halm runs again</a> <span>2 March 2029</span></li>"


def article(after: str = "", before: str = "", head: str = "") -> Article:
    body = f"<article>{before}<h1>{TITLE}</h1>{after}{f'<p>{TEXT}</p>' * 4}</article>"
    more = f"<aside><ul>{TEASER * 3}</ul></aside>"
    markup = (
        f"<html><head><title>{TITLE}</title>{head}</head><body>{more}{body}{more}</body></html>"
    )
    return extract(page(markup), 30)


def printed(*shown: str, before: str = "", head: str = "") -> list[tuple[str, str]]:
    found = article("".join(shown), before, head)
    return [(one.source, one.value) for one in found.published_evidence]


@pytest.mark.parametrize(
    ("shown", "value"),
    [
        ("<p>4 May 2031</p>", "2031-05-04"),
        ("<div><span>04.05.2031</span></div>", "2031-05-04"),
        ("<p>4. 5. 2031</p>", "2031-05-04"),
        ("<p>04.05.2031, 17:08 Uhr</p>", "2031-05-04T17:08"),
        ("<p>Erstellt am: 04.05.2031</p>", "2031-05-04"),
        ("<span>Written: 2031-05-04 15:03:30</span>", "2031-05-04T15:03:30"),
        ("<p>By Orla Fenn</p><p>| May 4, 2031</p>", "2031-05-04"),
        ("<p>By <a href='/orla'>Orla Fenn</a>, <b>May 4, 2031</b></p>", "2031-05-04"),
        ("<p>Publié le 4 mai 2031</p>", "2031-05-04"),
        (
            "<time datetime='2031-05-04T07:00:00+02:00'>4 hours ago</time>",
            "2031-05-04T07:00:00+02:00",
        ),
        ("<time datetime='2031-05-04T07:00:00Z'>May 4, 2031</time>", "2031-05-04T07:00:00+00:00"),
    ],
)
def test_a_page_that_declares_no_date_has_the_one_beside_its_headline(
    shown: str, value: str
) -> None:
    assert printed(shown) == [("text", value)]
    assert printed(before=shown) == [("text", value)]


def test_the_date_of_an_update_is_not_that_of_publication() -> None:
    update = "<p>Updated: 6 May 2031</p>"
    assert printed(update, "<p>4 May 2031</p>")[0] == ("text", "2031-05-04")
    assert printed("<p>Updated:</p><p>6 May 2031</p>", "<p>4 May 2031</p>")[0][1] == "2031-05-04"
    shown = "<time class='updated' datetime='2031-05-06'>yesterday</time>"
    assert printed(shown, "<p>4 May 2031</p>")[0] == ("text", "2031-05-04")


def test_a_date_in_a_sentence_a_caption_or_a_teaser_is_none_of_the_page() -> None:
    for shown in (
        "<p>The tram has run since 4 May 2029, and will.</p>",
        "<figcaption>Audio: Harbour Radio | 04.05.2029 | Orla Fenn</figcaption>",
        f"<aside>{TEASER}</aside>",
        "<nav>4 May 2029</nav>",
    ):
        assert printed(shown, "<p>4 May 2031</p>")[0] == ("text", "2031-05-04"), shown


DISAGREE = (
    '<meta name="article:published_time" content="2031-05-20T09:00:00Z">'
    '<script type="application/ld+json">{"@type": "NewsArticle", "headline": "x",'
    ' "datePublished": "2031-05-04T08:00:00Z"}</script>'
)


def test_where_declarations_disagree_the_printed_day_decides() -> None:
    assert printed(head=DISAGREE)[0] == ("jsonld", "2031-05-04T08:00:00+00:00")
    found = printed("<p>20 May 2031</p>", head=DISAGREE)
    assert found[0] == ("meta", "2031-05-20T09:00:00+00:00")
    assert ("text", "2031-05-20") in found
    assert printed("<p>4 May 2031</p>", head=DISAGREE)[0][0] == "jsonld"


@pytest.mark.parametrize(
    ("shown", "names"),
    [
        ("<p>By Orla Fenn</p>", ("Orla Fenn",)),
        ("<span>By</span> <a href='/orla'>Orla Fenn</a>", ("Orla Fenn",)),
        ("<p>Von Orla Fenn und Piet Maas</p>", ("Orla Fenn", "Piet Maas")),
        ("<p>BY ORLA FENN AND PIET MAAS</p>", ("Orla Fenn", "Piet Maas")),
        ("<p>By Orla Fenn And Piet Maas For The Harbour Gazette</p>", ("Orla Fenn", "Piet Maas")),
    ],
)
def test_a_page_that_declares_no_author_has_the_byline_beside_its_headline(
    shown: str, names: tuple[str, ...]
) -> None:
    # Inside a menu, where no text is looked for: trafilatura does not find it.
    assert article(f"<div class='menu-bar'>{shown}</div>").authors == names


def test_a_printed_byline_does_not_stand_in_for_a_declared_one() -> None:
    head = '<meta name="author" content="Piet Maas">'
    assert article("<p>By Orla Fenn</p>", head=head).authors == ("Piet Maas",)


def test_what_only_begins_like_a_byline_is_none() -> None:
    credit = "<figure><img src='/a.jpg'><figcaption>By Piet Maas</figcaption></figure>"
    for shown in (
        credit,
        "<p>By land and sea</p>",
        "<p>By noon Orla had left.</p>",
        "<p>By Ferry</p>",
    ):
        assert article(f"<div class='menu-bar'>{shown}</div>").authors == (), shown
