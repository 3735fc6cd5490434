"""What kind of page an article is from, where it is not an article like others.

A live blog is many short reports under one headline, a media page a few words beside a video or
pictures, and a list tail other articles' headlines that an extractor took for the end of the text.
"""

import re
from collections.abc import Callable, Mapping
from typing import Final
from urllib.parse import SplitResult, unquote, urlsplit

from transforms.clean import key
from transforms.quality import size

_MEDIA_SIZE: Final = 1500  # code points, of CJK three; a longer text is an article that has a video
_STAMPS: Final = 4  # paragraphs that begin with a time of day make a live blog
_MINUTES: Final = 10  # lines that begin with a minute of play make a live report of a match
_UPDATE_WORDS: Final = 6  # words that follow a time, at least; a timetable's entries have fewer
_TAIL: Final = 2  # headlines in a row make a tail
_TAIL_LINES: Final = 8  # where a tail is looked for
_NOTES: Final = 2  # lines that may follow a tail: whose picture, who wrote, whose newsletter
_SECTION_WORDS: Final = 3  # words in the last part of a section's address; a story's has more
_LONGEST_SECTION: Final = 30  # code points
# What a query that asks for one story calls it.
_ASKED_FOR: Final = re.compile(
    r"(?:^|&)\w*(?:id|idx|no|art\w*|doc|p|v|guid|title|key)=", re.IGNORECASE
)
_BOILERPLATE_SHARE: Final = 0.25
_LONGEST_CALL: Final = 200  # code points; a longer line that mentions a newsletter once is prose
_LONGEST_BOILERPLATE: Final = 600  # the same for one that has several such words

# In the last part of an address: before it, it names a section (/newsticker/meldung/...).
_LIVE_PATH: Final = re.compile(
    r"(?:^|[/_-])(?:live-?blogs?|live-?ticker|live-?updates?|newsblog|en-direct|minuto-a-minuto"
    r"|liveuppdatering|news-ticker|newsticker)(?:[_.-][^/]*)?/?$|/live/|/live-?blogs?/",
    re.IGNORECASE,
)
_LIVE_TITLE: Final = re.compile(
    r"(?i:\blive[- ]?(?:blog|ticker|updates)\b|\bnews-?(?:blog|ticker)\b|\w-ticker\b"
    r"|\bas it happened\b"
    r"|^(?:the latest|en direct|en vivo|minuto a minuto|in diretta|ao vivo)\s?[:.,|–-])"
    r"|\bLIVE\b(?=.{0,3}[A-Z:|–-]).*[a-z]|\bLIVE: "
)
_MEDIA_PATH: Final = re.compile(
    r"/(?:videos?|watch|mediathek|tv|galler(?:y|ies)|photos?|pictures|in-pictures|photo-gallery"
    r"|slideshows?|galeri[ae]s?|fotos?|fotogaleri[ae]s?|bildergalerien?|fotostrecken?|diaporamas?"
    r"|bilder|podcasts?|audio)(?:/|$)",
    re.IGNORECASE,
)
# An address whose first label says what the whole site is made of.
_MEDIA_HOST: Final = re.compile(
    r"(?:videos?|podcasts?|photos?|fotos?)[.]|(?:[^.]+[.])?youtube[.]com$"
)
# A player or a recording to take away. A page may have a pronunciation, and prose beside it.
_RECORDING: Final = re.compile(
    r"<audio\b|<a\b[^>]{0,300}\bhref=[\"'][^\"'>]{1,300}\.(?:mp3|m4a|opus)\b", re.IGNORECASE
)
# 14:05, 14.05 Uhr, 2:05 p.m., [14h05]; not 14.05.2031, nor a price or a cell of a table.
_STAMP: Final = re.compile(
    r"^[\[(*•–-]?\s?(?:[01]?\d|2[0-3])[:.h][0-5]\d(?::[0-5]\d)?"
    r"(?:\s?(?:Uhr|h|[ap]\.?m\.?|[A-Z]{2,4}))?(?![.\d%]|\w|\s?[-–]\s?\d)",
    re.IGNORECASE,
)
_WORD: Final = re.compile(r"[^\W\d_]{2,}")
_MINUTE: Final = re.compile(r"^\d{1,3}(?:\+\d{1,2})?['’′]")
# In lower case: minding the case of each letter takes five times as long.
_BOILERPLATE: Final = re.compile(
    r"all rights reserved|©|\bcopyright\b|sign up (?:for|to) (?:our|the)|subscribe to (?:our|the)"
    r"|newsletter|follow us (?:on|at)|click here|share (?:this|on)|read more"
    r"|download (?:our|the) app"
    r"|terms (?:of|and)|privacy (?:policy|notice)|advertisement|javascript"
    r"|your (?:e-?mail|browser|account|inbox|password)|already a subscriber|become a member"
    r"|support our|(?:uses?|sets?|stores?|our|necessary) cookies|cookies? (?:policy|notice)"
    r"|cookie is|contributing as little|please (?:contribute|donate|support)"
    r"|cookies.{0,60}(?:verwendet|zustimm)|verwend\w+ (?:\w+ )?cookies|datenschutzerklärung"
    r"|ihrer e-mail-adresse|ihre anmeldung|registrierung (?:war|ist)|utilis\w+ des cookies"
    r"|ce formulaire|utiliza\w* cookies"
    r"|alle rechte vorbehalten|folgen sie uns|lesen sie (?:auch|mehr)|jetzt anmelden"
    r"|tous droits réservés|abonnez-vous|inscrivez-vous|à lire aussi"
    r"|todos los derechos|suscr[íi]b(?:e|a)|s[íi]guenos|tutti i diritti|iscriviti"
)


def is_home_address(url: str) -> bool:
    """Whether an address is that of a site's home page."""
    parts = _parts(url)
    return url.startswith("http") and not parts.path.strip("/") and not parts.query


def is_section_address(url: str) -> bool:
    """Whether an address is that of a home page or a section: it names no story.

    A story's address ends in its headline, its number or its day.
    """
    parts = _parts(url)
    path = unquote(parts.path).strip("/")
    last = re.sub(r"\.(?:s?html?|php|aspx?|cms)$", "", path.rpartition("/")[2])
    words = [word for word in re.split(r"[-_+ ]+", last) if word]
    return (
        url.startswith("http")
        and len(words) <= _SECTION_WORDS
        and len(last) <= _LONGEST_SECTION
        and not re.search(r"\d{4}", path)
        and not _ASKED_FOR.search(parts.query)
    )


def is_live_blog(text: str, url: str, title: str | None, declared: bool) -> bool:
    """Whether a page is a live blog: it says so, in its data, address or title, or its lines do."""
    if declared or _LIVE_PATH.search(_parts(url).path) or _LIVE_TITLE.search(title or ""):
        return True
    lines = text.split("\n")
    stamped = sum(
        len(_WORD.findall(line[match.end() :])) >= _UPDATE_WORDS
        for line in lines
        if (match := _STAMP.match(line))
    )
    return stamped >= _STAMPS or sum(map(bool, map(_MINUTE.match, lines))) >= _MINUTES


def is_media_page(text: str, html: str, url: str, declared: bool) -> bool:
    """Whether a page is about a video, a recording or pictures, with few words.

    html: of the page. declared: whether it says that it is a video or a gallery and does not say
    that it is an article.
    """
    if size(text) > _MEDIA_SIZE:
        return False
    return bool(
        declared
        or _MEDIA_PATH.search(_parts(url).path)
        or _MEDIA_HOST.match(_parts(url).netloc)
        or _RECORDING.search(html)
    )


def has_list_tail(text: str, links: Callable[[], Mapping[str, bool]]) -> bool:
    """Whether a text ends in headlines of other articles, with or without what they say.

    They are links on the page: two within its site under a line that introduces them or with one
    above each, or three; one more where they lead elsewhere, as sources and products do, too.

    links: gives the links of the page, see quality.linked_lines. It is asked only when some of
    the last lines do not read as sentences.
    """
    last = text.split("\n")[-_TAIL_LINES:]
    if sum(not _reads_as_prose(line) for line in last) < _TAIL:
        return False
    known = links()
    row = own = after = between = 0
    introduced = False
    for line in reversed(last):
        within = _listed(key(line.removeprefix("- ")), known)
        if within is not None:
            row, own, between = row + 1, own + within, 0
        elif not row and after < _NOTES:
            after += 1
        elif row and not between and len(line.split()) < _UPDATE_WORDS:
            between = 1  # a day, a section or a name above each headline
            introduced = True
        else:
            introduced = introduced or (row > 0 and line.endswith(":"))
            break
    return max(own, row - 1) + introduced > _TAIL


def is_boilerplate(text: str) -> bool:
    """Whether a quarter of a text is what stands around articles: calls to subscribe, rights."""
    around = sum(len(line) for line in text.split("\n") if _is_around(line))
    return around > _BOILERPLATE_SHARE * len(text)


def _is_around(line: str) -> bool:
    """A call of one or two sentences, or a paragraph that is full of such words."""
    if len(line) > _LONGEST_BOILERPLATE:
        return False
    said = len(_BOILERPLATE.findall(line.lower()))
    return said >= 1 + (len(line) > _LONGEST_CALL)


def _listed(line: str, known: Mapping[str, bool]) -> bool | None:
    """Whether a line that is, begins or ends with a headline links within the site; None if not."""
    if line in known:
        return known[line]
    parts = (h for h in known if line.startswith(h) or line.endswith(h))
    return next((known[headline] for headline in parts), None)


def _reads_as_prose(line: str) -> bool:
    return len(line.split()) > 40 or line.rstrip("”\"'»)").endswith((".", "!", "…", "。", ":"))


def _parts(url: str) -> SplitResult:
    try:
        return urlsplit(url)
    except ValueError:
        return urlsplit("")
