"""What kind of page an article is from, where it is not an article like others.

A live blog is many short reports under one headline, a media page a few words beside a video or
pictures, and a list tail other articles' headlines that an extractor took for the end of the text.
"""

import re
from collections.abc import Callable
from typing import Final
from urllib.parse import urlsplit

from transforms.clean import key

_MEDIA_WORDS: Final = 250  # a longer text is an article that has a video too
_STAMPS: Final = 4  # paragraphs that begin with a time of day make a live blog
_TAIL: Final = 3  # headlines in a row make a tail
_BOILERPLATE_SHARE: Final = 0.25
_LONGEST_BOILERPLATE: Final = 400  # code points; a longer line that mentions a newsletter is prose

_LIVE_PATH: Final = re.compile(
    r"(?:^|[/_-])(?:live-?blogs?|live-?ticker|live-?updates?|newsblog|en-direct|minuto-a-minuto"
    r"|liveuppdatering|news-ticker|newsticker)(?:[/_.-]|$)|/live/",
    re.IGNORECASE,
)
_MEDIA_PATH: Final = re.compile(
    r"/(?:videos?|watch|mediathek|tv|galler(?:y|ies)|photos?|pictures|in-pictures|photo-gallery"
    r"|slideshows?|galeri[ae]s?|fotos?|fotogaleri[ae]s?|bildergalerien?|fotostrecken?|diaporamas?"
    r"|bilder|podcasts?|audio)(?:/|$)",
    re.IGNORECASE,
)
# 14:05, 14.05 Uhr, 2:05 p.m., [14h05]; not 14.05.2031.
_STAMP: Final = re.compile(
    r"^\W{0,3}(?:[01]?\d|2[0-3])[:.h][0-5]\d(?::[0-5]\d)?"
    r"(?:\s?(?:Uhr|h|[ap]\.?m\.?|[A-Z]{2,4}))?(?![.\d]|\w)",
    re.IGNORECASE,
)
# In lower case: minding the case of each letter takes five times as long.
_BOILERPLATE: Final = re.compile(
    r"all rights reserved|©|\bcopyright\b|sign up (?:for|to) (?:our|the)|subscribe to (?:our|the)"
    r"|newsletter|follow us (?:on|at)|click here|share (?:this|on)|read more"
    r"|download (?:our|the) app"
    r"|terms (?:of|and)|privacy policy|advertisement|your (?:email|browser)|javascript"
    r"|alle rechte vorbehalten|folgen sie uns|lesen sie (?:auch|mehr)|jetzt anmelden"
    r"|tous droits réservés|abonnez-vous|inscrivez-vous|à lire aussi"
    r"|todos los derechos|suscr[íi]b(?:e|a)|s[íi]guenos|tutti i diritti|iscriviti"
)


def is_live_blog(text: str, url: str, declared: bool) -> bool:
    """Whether a page is a live blog: it says so, in its data or address, or its paragraphs do."""
    if declared or _LIVE_PATH.search(_path(url)):
        return True
    return sum(_STAMP.match(line) is not None for line in text.split("\n")) >= _STAMPS


def is_media_page(text: str, url: str, declared: bool) -> bool:
    """Whether a page is about a video, a recording or pictures, with few words.

    declared: whether it says that it is a video or a gallery and does not say that it is an
    article.
    """
    if len(text.split()) > _MEDIA_WORDS:
        return False
    return declared or _MEDIA_PATH.search(_path(url)) is not None


def has_list_tail(text: str, links: Callable[[], frozenset[str]]) -> bool:
    """Whether a text ends in headlines of other articles.

    links: gives the keys of the headlines that the page links to, see quality.headline_links. It
    is asked only when the last lines do not read as sentences.
    """
    last = text.split("\n")[-_TAIL:]
    if len(last) < _TAIL or any(_reads_as_prose(line) for line in last):
        return False
    known = links()
    return all(key(line.removeprefix("- ")) in known for line in last)


def is_boilerplate(text: str) -> bool:
    """Whether a quarter of a text is what stands around articles: calls to subscribe, rights."""
    lines = text.split("\n")
    around = sum(
        len(line)
        for line in lines
        if len(line) < _LONGEST_BOILERPLATE and _BOILERPLATE.search(line.lower())
    )
    return around > _BOILERPLATE_SHARE * len(text)


def _reads_as_prose(line: str) -> bool:
    return len(line.split()) > 25 or line.rstrip("”\"'»)").endswith((".", "!", "…", "。", ":"))


def _path(url: str) -> str:
    try:
        return urlsplit(url).path
    except ValueError:
        return ""
