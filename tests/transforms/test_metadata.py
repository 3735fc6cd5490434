"""Where each field of an article was found, what else was, and which it was taken from."""

import json

from schemas.elements import Article, Document, Entry
from tests.transforms.test_extract import NOW, origin_of, page
from transforms.extract import extract, read_document

URL = "https://harbour-gazette.example/city/tram"
TEXT = "The council of Ostrel voted on Thursday to extend the tram line to the old harbour. " * 3
STORY = {
    "@type": "NewsArticle",
    "headline": "Tram line goes to the harbour",
    "author": {"@type": "Person", "name": "Orla Fenn"},
    "articleSection": "City",
    "publisher": {"@type": "NewsMediaOrganization", "name": "The Harbour Gazette"},
    "image": {"@type": "ImageObject", "url": "/img/tram.jpg"},
    "isBasedOn": ["https://wire.example/1", {"@type": "NewsArticle", "url": "/city/plans"}],
    "inLanguage": "en-GB",
}
HEAD = """<title>Tram to the harbour | Harbour Gazette</title>
<meta property="og:title" content="Ostrel: tram line goes to the harbour">
<meta property="og:site_name" content="Harbour Gazette">
<meta name="author" content="Harbour Gazette">
<meta property="og:image" content="https://harbour-gazette.example/img/social.jpg">
<meta property="og:url" content="https://harbour-gazette.example/city/tram?share">
<link rel="canonical" href="/city/tram-line"><link rel="amphtml" href="/amp/city/tram">"""


def read(story: dict | None = STORY, head: str = HEAD, h1: str = "", **fed: object) -> Article:
    block = f'<script type="application/ld+json">{json.dumps(story)}</script>' if story else ""
    heading = f"<h1>{h1}</h1>" if h1 else ""
    body = f"<article>{heading}{f'<p>{TEXT}</p>' * 4}</article>"
    return extract(page(f"<html lang=en><head>{head}{block}</head><body>{body}", URL, **fed), 30)


def found(article: Article, field: str) -> list[tuple[str, str]]:
    of_field = [one for one in article.metadata_evidence if one.field == field]
    return [(one.source, one.value) for one in of_field]


def chosen(article: Article) -> dict[str, list[str]]:
    taken: dict[str, list[str]] = {}
    for one in article.metadata_evidence:
        if one.chosen:
            taken.setdefault(one.field, []).append(one.source)
    return taken


def test_each_field_says_where_it_was_found() -> None:
    article = read()
    assert chosen(article) == {
        "title": ["jsonld"],
        "authors": ["jsonld"],
        "section": ["jsonld"],
        "image_url": ["jsonld"],
        "site_name": ["meta"],
        "canonical_url": ["link"],
        "language": ["lang"],
    }
    assert article.site_name == "Harbour Gazette"
    assert article.image_url == "https://harbour-gazette.example/img/tram.jpg"


def test_what_was_not_taken_is_kept_with_its_source() -> None:
    article = read()
    assert found(article, "title") == [
        ("jsonld", "Tram line goes to the harbour"),
        ("meta", "Ostrel: tram line goes to the harbour"),
        ("title", "Tram to the harbour | Harbour Gazette"),
    ]
    assert found(article, "authors") == [("jsonld", "Orla Fenn"), ("meta", "Harbour Gazette")]
    assert found(article, "canonical_url") == [
        ("link", "https://harbour-gazette.example/city/tram-line"),
        ("meta", "https://harbour-gazette.example/city/tram?share"),
    ]
    assert found(article, "language") == [("lang", "en"), ("jsonld", "en-GB")]
    assert ("jsonld", "The Harbour Gazette") in found(article, "site_name")


def test_a_printed_headline_is_chosen_over_declared_ones() -> None:
    article = read(h1="Tram line goes to the old harbour")
    assert article.title == "Tram line goes to the old harbour"
    assert chosen(article)["title"] == ["heading"]


def test_a_canonical_url_that_is_the_front_page_is_kept_and_not_chosen() -> None:
    head = '<link rel="canonical" href="/"><meta property="og:url" content="/city/tram">'
    article = read(None, head)
    assert article.canonical_url == URL
    assert found(article, "canonical_url")[0] == ("link", "https://harbour-gazette.example/")
    assert chosen(article)["canonical_url"] == ["meta"]


def test_the_feed_fills_gaps_and_is_named() -> None:
    fed = {
        "title": "Tram line to the harbour",
        "authors": ("Orla Fenn", "Piet Maas"),
        "image_url": "https://harbour-gazette.example/img/feed.jpg",
        "language": "en-IE",
    }
    bare = read(None, "", **fed)
    assert chosen(bare) == {
        "language": ["feed"],
        "title": ["feed"],
        "authors": ["feed", "feed"],
        "image_url": ["feed"],
    }
    assert (bare.title, bare.authors) == (fed["title"], fed["authors"])
    full = read(**fed)
    assert chosen(full)["title"] == ["jsonld"]
    assert ("feed", "Tram line to the harbour") in found(full, "title")


def test_a_field_without_a_value_has_no_chosen_candidate() -> None:
    article = read(
        None,
        '<meta property="og:site_name" content="Ostrel Post">'
        '<meta name="author" content="Ostrel Post">',
    )
    assert article.authors == ()
    assert found(article, "authors")[0] == ("meta", "Ostrel Post")
    assert "authors" not in chosen(article)


def test_what_it_is_based_on_and_its_amp_version_are_addresses() -> None:
    article = read()
    assert article.based_on == (
        "https://wire.example/1",
        "https://harbour-gazette.example/city/plans",
    )
    assert article.amp_url == "https://harbour-gazette.example/amp/city/tram"
    head = '<meta name="syndication-source" content="https://first.example/story">'
    assert read(None, head).based_on == ("https://first.example/story",)
    for nothing in ("Wikipedia", "a book", {"name": "a book"}, "javascript:alert(1)", None, 7):
        assert read(STORY | {"isBasedOn": nothing}).based_on == (), nothing


def test_an_amp_page_names_the_page_that_it_is_a_version_of() -> None:
    head = f'<link rel="canonical" href="{URL}">'
    markup = f"<html amp lang=en><head>{head}</head><body><article>{f'<p>{TEXT}</p>' * 4}</article>"
    article = extract(page(markup, f"{URL}/amp"), 30)
    assert (article.canonical_url, article.amp_url) == (URL, None)
    assert chosen(article)["canonical_url"] == ["link"]


def test_a_document_says_its_fields_itself() -> None:
    text = f"Tram line goes to the harbour\n\nBy Orla Fenn\n\n{TEXT}\n\n{TEXT}"
    document = Document(Entry(origin_of("seed:tram.txt", "document")), text, "text/plain", NOW)
    article = read_document(document, 30)
    assert article.authors == ("Orla Fenn",)
    assert chosen(article) == {"title": ["document"], "authors": ["document"]}


def authors(*given: str, site: str = "Harbour Radio") -> tuple[str, ...]:
    metas = "".join(f'<meta name="author" content="{one}">' for one in given)
    return read(None, f'<meta property="og:site_name" content="{site}">{metas}').authors


def test_the_address_behind_a_sites_name_names_nobody() -> None:
    assert authors("Harbour Radio, Ostrel, Norway") == ()
    assert authors("Harbour Radio (www.harbour.example)", site="Harbour Radio (harbour)") == ()
    assert authors("Orla Fenn, Piet Maas") == ("Orla Fenn", "Piet Maas")


def test_companies_and_societies_are_no_authors() -> None:
    for name in ("Quay Press Inc", "Ostrel GmbH", "Freunde der Tram e. V.", "Nachrichten"):
        assert authors(name) == (), name


def test_in_a_script_without_capitals_two_letters_are_a_name() -> None:
    assert authors("新間") == ("新間",)
    assert authors("Al") == ()
