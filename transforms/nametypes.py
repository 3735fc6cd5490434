"""Types of names, by vote: what the recogniser says of each mention, and what stands beside it.

One mention is often marked wrongly; a document says of most names somewhere what they are ("the
mayor of", ", 45,", "Inc", "in"). Every mention of a name votes, and so does what the tables know
of it; the type with most weight is the name's. Weights are in units of one mark of the
recogniser, and were set on the development sets named in docs/entities.md.
"""

import re
from collections import defaultdict
from collections.abc import Sequence
from functools import cache
from importlib.resources import files
from typing import Final

from transforms.countries import find_country, fold
from transforms.gazetteer import is_given_name, is_place, is_surname, people_of
from transforms.mentions import Span

CERTAIN: Final = 50.0
_STRONG: Final = 3.0
_FAIR: Final = 1.5
_SLIGHT: Final = 0.6

_ORGANISATION: Final = re.compile(
    r" (?:Inc|Corp|Co|Ltd|LLC|Plc|PLC|AG|SA|SpA|NV|Bhd|GmbH|Group|Holdings?|Bank|Company"
    r"|Corporation|Industries|Partners|University|College|Institute|Ministry|Department|Agency|Authority|Bureau"
    r"|Council|Committee|Commission|Parliament|Congress|Senate|Assembly|Court|Party|Union"
    r"|Federation|Association|Society|Foundation|Alliance|League|Club|FC|Airlines|Airways|Motors?"
    r"|Times|Post|News|Herald|Tribune|Gazette|Television|TV|Police|Army|Navy|Force|Guard|Fund|Trust"
    r"|Organi[sz]ation|Secretariat|Front|Movement|Brigades?|Orchestra|Church|United|Rovers|Athletic"
    r"|Rangers|Wanderers|Albion|Hotspur|Brothers|Bros|Ltda|Records|Studios|Pictures|Networks?"
    r"|Technologies|Systems|Software|Pharmaceuticals?|Insurance|Securities|Services?"
    r"|School District|Communications|Recordings|Comics|Endowment)\.?$"
)
_BUILT: Final = re.compile(
    r"(?:Highway|Route|Airport|Bridge|Street|Avenue|Boulevard|Road|Stadium|Tower|Towers|Palace|Castle"
    r"|Cathedral|Tunnel|Expressway|Freeway|Railway Station|Square|Dam|Arena|Motel|Hotel)"
)
_NATURAL: Final = re.compile(
    r"(?:River|Lake|Sea|Ocean|Bay|Gulf|Strait|Straits|Island|Islands|Peninsula|Mountains?|Valley|Desert"
    r"|Hills|Coast|Forest|National Park|Canyon|Glacier|Falls|Plateau|Archipelago|Basin|Ridge|Cape)"
)
_NATURAL_FIRST: Final = re.compile(r"(?:River|Lake|Mount|Mt\.?|Cape|Isle of|Gulf of|Bay of) [A-Z]")
_REGION_LAST: Final = re.compile(
    r"(?:Oblast|Province|Prefecture|Governorate|County|Township|District|Region|Krai|Empire|Kingdom"
    r"|Republic|Sultanate|Caliphate|Emirate)"
)

_ROLE: Final = (
    r"(?:spokes(?:man|woman|person)|minister|president|premier|chancellor|secretary|chairman"
    r"|chairwoman|chief|leader|director|manager|coach|captain|striker|midfielder|defender"
    r"|goalkeeper|keeper|forward|winger|referee|umpire|champion|singer|actor|actress|author|writer"
    r"|poet|painter|composer|director|producer|guitarist|drummer|judge|lawyer|attorney|analyst"
    r"|economist|professor|scientist|ambassador|envoy|senator|congress(?:man|woman)|governor|mayor"
    r"|commissioner|general|colonel|officer|king|queen|prince|princess|emperor|pope|bishop"
    r"|archbishop|wife|husband|son|daughter|brother|sister|father|mother|widow|journalist"
    r"|correspondent|pitcher|batsman|bowler|driver|rider|runner|sprinter|swimmer|seed|number one)"
)
_PERSON_BEFORE: Final = re.compile(
    rf"(?:\b{_ROLE}\s+(?:,\s+)?|\b(?:Mr|Mrs|Ms|Dr|Prof|Sir|Dame|Gen|Col|Lt|Sgt|Capt|Sen|Rep|Gov)\b\.?\s+"
    r"|\b(?:President|Minister|Chancellor|Secretary|Senator|Governor|Mayor|General|Professor|Pope"
    r"|King|Queen|Prince|Princess|Premier|Judge|Ambassador|Coach|Captain|Colonel|Commissioner"
    r"|Chairman|Bishop|Emperor|Saint)\s+)$",
)
_AGE_BEHIND: Final = re.compile(r"\s?,\s?(?:aged )?[1-9]\d\s?[,.;)]|\s?\(\s?[1-9]\d\s?\)")
_PERSON_BEHIND: Final = re.compile(
    r"\s+(?:himself|herself|who\b|was born|died|resigned|recalled|shrugged|testified|smiled)"
)
_UNLIKE_PERSON: Final = frozenset({"ORG", "GPE", "LOC", "FAC", "PRODUCT"})
_QUOTES: Final = frozenset("\"“‘'«„")
_METROPOLIS: Final = (
    1_000  # thousands of people: a city meant more often than a person of that name
)
_PART_FIRST: Final = re.compile(r"New|Old|Great|Greater|Mid|Alta|Upper|Lower|Inner|Outer")
_PART_OF: Final = re.compile(
    r"(?:North|South|East|West|North-?east|North-?west|South-?east|South-?west|Central|Upper|Lower"
    r"|Greater)(?:ern)? (?=[A-Z])"
)
_KIND: Final = (
    r"(?:firm|company|group|agency|bank|think[ -]tank|consultancy|organi[sz]ation|party|charity"
    r"|maker|manufacturer|publisher|retailer|start-?up|operator|supplier|newspaper|magazine|website|network"
    r"|broadcaster|channel|union|association|institute|university|airline|carrier|coalition|militia"
    r"|alliance|club|brand|chain|platform|subsidiary|nonprofit|non-profit|watchdog|lender|insurer"
    r"|producer|provider|developer|team|band)"
)
_APPOSED: Final = re.compile(
    r"\s?,\s+(?:an?|the)\s+"
    r"(?:(?!(?:and|of|in|who|for|that|with|at|from)\b)[\w’'.-]+\s+){0,6}?"
    rf"({_KIND}\b|{_ROLE}\b)"
)
_CAMEL: Final = re.compile(r"(?!(?:Mac|Mc|De|Di|Du|La|Le|Van|Fitz)[A-Z])[A-Z]?[a-z]+[A-Z]\w*")
_REGIONS: Final = (
    "Africa,Asia,Europe,Antarctica,Oceania,North America,South America,Latin America,Middle East"
    ",Central America,Far East,Southeast Asia,South Asia,Central Asia,East Asia,Asia-Pacific"
    ",Indo-Pacific,Eastern Europe,Western Europe,Central Europe,Caucasus,Balkans,Sahel,Arctic"
    ",Scandinavia,Caribbean,Atlantic,Pacific,Mediterranean,Black Sea,Red Sea,Persian Gulf,Baltics"
)
_WORLD_REGION: Final = frozenset(fold(name) for name in _REGIONS.split(","))
_IN: Final = re.compile(
    r"\b(?:[Ii]n|[Nn]ear|[Oo]utside|[Aa]cross|[Aa]round|[Nn]orth of|[Ss]outh of"
    r"|[Ee]ast of|[Ww]est of|[Cc]apital)\s+$"
)
_SETTLEMENT_OF: Final = re.compile(
    r"\b(?:[Cc]ity|[Tt]own|[Vv]illage|[Cc]apital|[Ss]uburb|[Pp]ort|[Rr]egion|[Pp]rovince|[Cc]ommune"
    r"|[Dd]istrict|[Cc]ounty|[Ii]sland) of\s+$"
)
_STAFF_BEHIND: Final = re.compile(
    r"(?:\s?['’]s)?\s+(?:employees|staff|shares?|stock|executives|customers|shareholders|headquarters"
    r"|investors|board|users|subsidiary|products)\b"
)
_ACRONYM: Final = re.compile(r"[A-Z]{3,5}")
_OFFICE_OF: Final = re.compile(
    r"(?:[A-Z]\w+ )?(?:University|Bank|Ministry|Department|Institute|Council|Court|Academy|Museum"
    r"|Office|Bureau|Federation|Association|League|Party|Board|College|School|Society|House"
    r"|Organi[sz]ation|Commission|Committee) (?:of|for|on) "
)
_FROM: Final = re.compile(r"\b(?:[Aa]t|[Ff]rom|[Tt]o|[Oo]f)\s+$")
_COMMA_PLACE: Final = re.compile(r"\s?,\s+((?:[A-Z][\w.]*)(?: [A-Z][\w.]*)?)")
_BASED: Final = re.compile(r"\s?-\s?based\b")
_DATELINE: Final = re.compile(
    r"\s+(?:\d{4}-\d\d-\d\d\s*$|\([A-Z][\w ]{1,20}\)\s?[-–—]|[-–—]{1,2}\s)", re.MULTILINE
)
_REGION_BEHIND: Final = re.compile(
    r"\s+(?:border\s+)?(?:region|oblast|province|district|county|prefecture|governorate|peninsula"
    r"|suburb|airport|enclave)\b",
    re.IGNORECASE,
)

_SPORT: Final = re.compile(
    r"\b(?:soccer|rugby|cricket|baseball|basketball|football|hockey|tennis|leagues?|championships?"
    r"|innings?|wickets?|strikers?|midfielders?|goalkeepers?|defenders?|coach|playoffs?|play-offs?"
    r"|season|halftime|half-time|scored|standings|quarter-?finals?|semi-?finals?|touchdowns?|homer"
    r"|pitcher|overtime|fixtures|points|relegat\w+|batsm[ae]n|bowler)\b",
    re.IGNORECASE,
)
_ENOUGH_SPORT: Final = 3
_SHORT_TEXT: Final = 400  # code points, in which two words of sport are enough
_TEAM_BEHIND: Final = re.compile(
    r"\s?(?:'s|’s)?\s+(?:striker|midfielder|defender|goalkeeper|keeper|winger|captain|coach|manager|fans?"
    r"|players?|side|squad|team|pitcher|quarterback|beat|defeated|lost|won|drew|win|scored|thrashed"
    r"|v\b|vs\b)"
)
_TEAM_BEFORE: Final = re.compile(
    r"\b(?:beat|defeated|beating|against|v|vs|versus|joined|joins|thrashed|(?:win|victory|lead|draw"
    r"|defeat|loss)\s+(?:over|against|to|with|at)|for|hosts?|visitors|champions|leaders|with)\s+$"
)
_SCORE_BEHIND: Final = re.compile(
    r"(?:\s+\(\s?\w{1,2}\s?\))?\s+\d{1,3}\b"
    r"(?![%.,]\d| (?:million|billion|percent|per|people|miles|km)\b)"
)


def is_sport(text: str) -> bool:
    """Whether `text` reports sport: there a city's name is mostly its team's."""
    enough = _ENOUGH_SPORT - (len(text) < _SHORT_TEXT)
    return len({match[0].lower() for match in _SPORT.finditer(text)}) >= enough


def votes(text: str, span: Span, sport: bool) -> dict[str, float]:
    """What one mention says of the type of its name."""
    count: dict[str, float] = defaultdict(float, {span.type: 1.0})
    before = text[max(0, span.start - 32) : span.start].rpartition("\n")[2]
    behind = text[span.end : span.end + 40].partition("\n")[0]
    lone = " " not in span.name
    country = find_country(span.name)
    place = is_place(span.name) or (country is not None and not country.people)
    if _PERSON_BEFORE.search(before):
        count["PERSON"] += _FAIR
    if _STAFF_BEHIND.match(behind):
        count["ORG"] += _FAIR
    if _AGE_BEHIND.match(behind):
        count["PERSON"] += _STRONG if not place else _FAIR
    if _PERSON_BEHIND.match(behind):
        count["PERSON"] += _SLIGHT
    apposed = _APPOSED.match(text, span.end) if behind[:2].strip()[:1] == "," else None
    if apposed:
        count["PERSON" if re.fullmatch(_ROLE, apposed[1]) else "ORG"] += _STRONG
    if _REGION_BEHIND.match(behind) or _BASED.match(behind):
        count["GPE"] += _STRONG
    if _DATELINE.match(behind) and not before.strip():
        count["GPE"] += _STRONG
    comma = _COMMA_PLACE.match(behind)
    if comma and place and _is_wider(comma[1]):
        count["GPE"] += _STRONG
    if _SETTLEMENT_OF.search(before):
        count["GPE"] += _STRONG
    elif _IN.search(before):
        count["GPE"] += _FAIR if place else _SLIGHT
    elif place and _FROM.search(before) and not sport:
        count["GPE"] += _SLIGHT
    if lone and not place and not country and span.type in _UNLIKE_PERSON:
        if is_given_name(span.name):
            count["PERSON"] += _FAIR
        elif is_surname(span.name):
            count["PERSON"] += _SLIGHT
    if span.type == "WORK_OF_ART" and before.rstrip()[-1:] in _QUOTES:
        count["WORK_OF_ART"] += _STRONG
    if sport and (place or span.type == "ORG"):
        if _TEAM_BEHIND.match(behind) or _TEAM_BEFORE.search(before):
            count["ORG"] += _FAIR
        if lone and _SCORE_BEHIND.match(behind):
            count["ORG"] += _FAIR
    return count


def prior(name: str) -> dict[str, float]:
    """What the tables and the words of a name say of its type."""
    count: dict[str, float] = defaultdict(float)
    words = name.split()
    country = find_country(name)
    if country:
        count["NORP" if country.people else "GPE"] += CERTAIN if len(words) > 1 else 4.0
        return count
    if fold(name) in organisations() or fold(name) in organisations().values():
        count["ORG"] += 4.0
        return count
    if fold(name) in _WORLD_REGION:
        count["LOC"] += 4.0
        return count
    part = _PART_OF.match(name)
    if (
        part
        and not is_place(name)
        and (_is_country(name[part.end() :]) or is_place(name[part.end() :]))
    ):
        count["LOC"] += _STRONG
        return count
    given = is_given_name(words[0]) and not is_place(words[0])
    if is_place(name):
        mostly = not (given or is_surname(name)) or people_of(name) > _METROPOLIS
        count["GPE"] += _FAIR if mostly else _SLIGHT
    if len(words) > 1:
        organisation = _ORGANISATION.search(name) or _OFFICE_OF.match(name)
        if given and len(words) == 2 and words[1][:1].isupper() and not organisation:
            count["PERSON"] += _FAIR
        elif organisation:
            count["ORG"] += _STRONG
        elif _BUILT.fullmatch(words[-1]):
            count["FAC"] += _STRONG
        elif _NATURAL.fullmatch(words[-1]) or _NATURAL_FIRST.match(name):
            count["LOC"] += _STRONG
        elif _REGION_LAST.fullmatch(words[-1]):
            count["GPE"] += _STRONG
        elif given and all(word[:1].isupper() for word in words[:2]):
            count["PERSON"] += _FAIR
        elif _is_country(words[-1]) and not _PART_FIRST.fullmatch(words[0]):
            count["ORG"] += _FAIR
    elif _CAMEL.fullmatch(name) or (_ACRONYM.fullmatch(name) and not is_place(name)):
        count["ORG"] += _FAIR
    return count


def elect(text: str, spans: Sequence[Span], sport: bool) -> dict[str, str]:
    """The type of each name of `spans`; among equals the one that was voted for first."""
    tally: dict[str, dict[str, float]] = {}
    for span in spans:
        count = tally.setdefault(span.name, {})
        for kind, weight in votes(text, span, sport).items():
            count[kind] = count.get(kind, 0.0) + weight
    for name, count in tally.items():
        for kind, weight in prior(name).items():
            count[kind] = count.get(kind, 0.0) + weight
    return {name: max(count, key=lambda kind: count[kind]) for name, count in tally.items()}


@cache
def organisations() -> dict[str, str]:
    """World organisations: the folded abbreviation and the folded name."""
    table = (files("transforms") / "data" / "organisations.tsv").read_text("utf-8")
    rows = [line.split("\t") for line in table.splitlines() if not line.startswith("#")]
    return {fold(short): fold(name) for short, name in rows}


def _is_country(printed: str) -> bool:
    country = find_country(printed)
    return country is not None and not country.people


def _is_wider(printed: str) -> bool:
    """Whether `printed` is a country or region, as it stands behind a city."""
    words = printed.split()
    return any(_is_country(p) or is_place(p) for p in (printed, words[0]))
