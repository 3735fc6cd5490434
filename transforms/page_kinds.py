"""What kind of page an article is from, where it is not an article like others.

A live blog is many short reports under one headline, a media page a few words beside a video or
pictures, and a list tail other articles' headlines that an extractor took for the end of the text.
"""

import re
from collections.abc import Callable, Mapping
from typing import Final
from urllib.parse import SplitResult, unquote, urlsplit

from transforms.beside import Beside
from transforms.clean import key
from transforms.declared import Declared
from transforms.quality import size

_MEDIA_SIZE: Final = 1500  # code points, of CJK three; a longer text is an article that has a video
_CAPTION: Final = 500  # the same of a text that hardly says more than what is to be seen
_CAPTIONS: Final = 700  # the same of a text that goes with pictures
_PICTURES: Final = 3
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
# In a title or the last part of an address: what the page is for, in words of the news web.
_PLAYED: Final = re.compile(
    r"\b(?:videos?|vídeos?|wideo|watch|trailers?|teaser|clips?|podcasts?|episodes?|episodio|episódio"
    r"|audio|áudio|listen|webcast|livestream|folge|anhören|hören|ansehen|regardez|écoutez|écouter"
    r"|escucha|mira|guarda|ascolta|veja|assista|ouça|bekijk|beluister|lyssna|titta|lyt|lytt"
    r"|kuuntele|katso|zobacz|posłuchaj|動画|视频|視頻|영상)\b"
)
_PICTURED: Final = re.compile(
    r"\b(?:photos?|pictures|pics?|galler(?:y|ies)|slideshows?|images|cartoons?|comics?|infographics?"
    r"|fotos?|bilder|bilderstrecke|bildergalerie|fotostrecke|galer[ií]as?|imágenes|galleria|immagini"
    r"|galeries?|diaporamas?|fotogal\w+|imagens|zdjęcia|galeria|kuvat?|billeder|bildspel|bilde"
    r"|görüntüler|图集|組圖)\b"
)
# The same as a label, before a title, or behind that of an article that is not long.
_LABELLED: Final = re.compile(
    r"^\W*(?:videos?|vídeos?|watch|podcasts?|audio|listen|photos?|pictures|in pictures|pics"
    r"|gallery|slideshow|fotos?|bilder|bildergalerie|fotostrecke|galería|galleria|diaporama"
    r"|en images)\s?[:|]"
)
_LABEL_BEHIND: Final = re.compile(
    r"[\[(](?:with )?(?:videos?|vídeos?|audio|podcast|photos?|pics|pictures|fotos?)[\])]\W*$"
    r"|[|–-]\s(?:videos?|vídeos?|audio|podcast|photos|pictures|fotos|gallery|in pictures)\W*$"
)
# What plays a recording, named by where it is from: nobody puts these beside what is to be read.
_STREAM: Final = re.compile(
    r"soundcloud\.com/(?:player|tracks)|(?:spotify\.com|mixcloud\.com/widget|deezer\.com)/"
    r"(?:embed|iframe|widget)|embed\.podcasts\.apple|player\.megaphone|player\.simplecast"
    r"|player\.acast|embed\.acast|art19\.com|omny\.fm|buzzsprout\.com|libsyn\.com|podbean\.com"
    r"|spreaker\.com|audioboom\.com|podigee|share\.transistor|player\.captivate|podlove|powerpress"
    r"|podcast-player|bandcamp\.com/embed"
)
# A player, named by its element, by the service it is from, or by the software that shows it.
_PLAYER: Final = re.compile(
    r"<video\b|<audio\b|youtube(?:-nocookie)?\.com/(?:embed|v)/|player\.vimeo\.com|moogaloop"
    r"|dailymotion\.com/(?:embed|swf)|facebook\.com/plugins/video|players?\.brightcove|jwplatform"
    r"|cdn\.jwplayer|wistia|kaltura|jwplayer|video-js|videojs|brightcove|mejs-|wp-audio-|wp-video"
    r"|video-?player|audio-?player|swfobject|flowplayer"
)
_GALLERY: Final = re.compile(
    r"galler|slideshow|slider|carousel|swiper|fotostrecke|galeri|diaporama"
)
# A recording to take away. A page may have a pronunciation, or its own text read out by a machine.
_RECORDING: Final = re.compile(
    r"<a\b[^>]{0,300}\bhref=[\"'][^\"'>]{1,300}\.(?:mp3|m4a|opus)\b", re.IGNORECASE
)
# 14:05, 14.05 Uhr, 2:05 p.m., [14h05]; not 14.05.2031, nor a price or a cell of a table.
_STAMP: Final = re.compile(
    r"^[\[(*•–-]?\s?(?:[01]?\d|2[0-3])[:.h][0-5]\d(?::[0-5]\d)?"
    r"(?:\s?(?:Uhr|h|[ap]\.?m\.?|[A-Z]{2,4}))?(?![.\d%]|\w|\s?[-–]\s?\d)",
    re.IGNORECASE,
)
_WORD: Final = re.compile(r"[^\W\d_]{2,}")
_MINUTE: Final = re.compile(r"^\d{1,3}(?:\+\d{1,2})?['’′]")


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


def is_media_page(
    text: str,
    title: str | None,
    url: str,
    declared: Declared,
    near: Callable[[], Beside],
) -> bool:
    """Whether a page is about a video, a recording or pictures, with few words.

    It says that it is one (an article may have a video of its own, one of a few words hardly); or a
    player is beside it, and it is hardly a paragraph, or it, its title or address speak of one; or
    these speak of pictures, which are beside a few words; or a title has a label.
    declared: what the page says of itself; near: gives what is beside the text.
    """
    length = size(text)
    if length > _MEDIA_SIZE:
        return False
    parts = _parts(url)
    name = (title or "").lower()
    if (
        (declared.is_media and (not declared.is_article or length <= _CAPTION))
        or _MEDIA_PATH.search(parts.path)
        or _MEDIA_HOST.match(parts.netloc)
        or _LABELLED.search(name)
        or (length <= _CAPTIONS and _LABEL_BEHIND.search(name))
    ):
        return True
    last = parts.path.rstrip("/").rpartition("/")[2]
    named = f"{name} {re.sub(r'[-_+.]', ' ', unquote(last)).lower()}"
    spoken = length <= _CAPTIONS and _PLAYED.search(text.lower())
    markup = near().markup
    return bool(
        _STREAM.search(markup)
        or _RECORDING.search(markup)
        or ((length <= _CAPTION or spoken or _PLAYED.search(named)) and _PLAYER.search(markup))
        or (
            length <= _CAPTIONS
            and _PICTURED.search(named)
            and (_GALLERY.search(markup) or markup.count("<img") >= _PICTURES)
        )
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
