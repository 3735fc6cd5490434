"""Which language a text is in: how often transforms.language is right, and what it costs.

`measure` is read by `make bench-enrichment`; `python -m benchmarks.languages` runs it alone.
The texts are public and are not part of this project: a checkout of each repository is expected
under its own name in the folder $CORPORA; what is absent is said, and its measures are left out.

lingua-py        pemistahl/lingua-py: 1,000 sentences from web sites in each of 75 languages
                 (Leipzig Corpora Collection). Every seventh is used, none that was looked at in
                 development.
sib-200          dadelani/sib-200: the test set of a part of FLORES-200, translated sentences.
babel-briefings  felixludos/babel-briefings: 390 headlines of 30 languages as an aggregator lists
                 them, "headline - publisher", with the language of the edition.
fundus           flairNLP/fundus: articles of 170 publishers, and the language their pages declare.
"""

import ast
import gzip
import io
import json
import os
import random
import re
import time
import tokenize
from collections.abc import Callable, Iterator
from pathlib import Path
from statistics import median

from py3langid.langid import MODEL_FILE, LanguageIdentifier

from tests.fuzz import fuzzed_texts
from tests.pipelines.newssite import paragraphs
from transforms.language import UNDETERMINED, identify, languages
from transforms.language_tags import language_code

# Those of the headlines: what an aggregator of world news lists.
WORLD = "ar bg cs de el en es fr he hu id it ja ko lt lv nl no pl pt ro ru sk sl sr sv th tr uk zh"
# Thirty with as many near relatives as there are.
NEAR = "ar be bg bs ca cs da de en es fa fi fr hi hr id it mk mr ms nl nn no pl pt ru sk sl sr uk"
LENGTHS = {"30": 30, "50": 50, "100": 100, "200": 200, "full": None}
FLORES = {
    "ar": "arb_Arab", "bg": "bul_Cyrl", "cs": "ces_Latn", "de": "deu_Latn", "el": "ell_Grek",
    "en": "eng_Latn", "es": "spa_Latn", "fr": "fra_Latn", "he": "heb_Hebr", "hu": "hun_Latn",
    "id": "ind_Latn", "it": "ita_Latn", "ja": "jpn_Jpan", "ko": "kor_Hang", "lt": "lit_Latn",
    "lv": "lvs_Latn", "nl": "nld_Latn", "no": "nob_Latn", "pl": "pol_Latn", "pt": "por_Latn",
    "ro": "ron_Latn", "ru": "rus_Cyrl", "sk": "slk_Latn", "sl": "slv_Latn", "sr": "srp_Cyrl",
    "sv": "swe_Latn", "th": "tha_Thai", "tr": "tur_Latn", "uk": "ukr_Cyrl", "zh": "zho_Hans",
}  # fmt: skip
# Pages of fundus that declare another language than they are in (read by eye), or none.
READ = {
    "AnadoluAjansi": "tr", "DailyMail": "en", "Dizindaba": "xh", "EyethuNews": "zu",
    "HabariLeo": "sw", "Ilanga": "zu", "Isolezwe": "zu", "IsolezweLesiXhosa": "xh",
    "IsraelNachrichten": "de", "NikkanGeadai": "ja", "People": "zh", "TaipeiTimes": "en",
    "Taz": "de",
}  # fmt: skip
MENUS = {
    "en": "Home News Sport Weather Business Politics World Culture Travel Video Opinion Contact "
    "Login Subscribe Newsletter Jobs Cookies Privacy Terms Search Live Latest Photos Health",
    "de": "Startseite Nachrichten Sport Wetter Wirtschaft Politik Welt Kultur Reise Meinung "
    "Kontakt Impressum Anmelden Stellenmarkt Datenschutz Suche Aktuell Gesundheit Technik Geld",
    "fr": "Accueil Actualités Météo Économie Politique Monde Culture Voyage Vidéo Opinions "
    "Connexion Abonnement Emploi Confidentialité Recherche Direct Photos Santé Sciences Argent",
    "es": "Inicio Noticias Deportes Tiempo Economía Política Mundo Cultura Viajes Opinión "
    "Contacto Suscríbete Boletines Empleo Privacidad Buscar Directo Fotos Salud Ciencia Dinero",
    "ru": "Главная Новости Спорт Погода Экономика Политика Мир Культура Видео Мнения Контакты "
    "Войти Подписка Реклама Поиск Меню Фото Здоровье Наука Общество Происшествия Авто",
}
FUZZED = 100_000
ROUNDS = 15

# (language, text) or (language, text, what is declared)
Text = tuple[str, str, str | None]


def measure() -> dict[str, float]:
    """Every measure that the corpora at hand allow, and those that need none; printed, too."""
    results: dict[str, float] = {}
    for name, read in CORPORA.items():
        if folder := _corpus(name):
            results |= read(folder)
    results |= false_certainty()
    results |= cost()
    results["language_fuzz_failures"] = fuzz(FUZZED)
    for name, value in results.items():
        print(f"{name:<48}{value:>10}")
    return results


def sentences(folder: Path) -> dict[str, float]:
    """lingua-py: accuracy by length, alone, and with a right and a wrong declaration."""
    of_world = [*_leipzig(folder, WORLD.split())]
    of_near = [*_leipzig(folder, NEAR.split())]
    results = {}
    for name, length in LENGTHS.items():
        cut = [(language, text[:length], None) for language, text in of_world]
        results[f"language_accuracy_{name}"] = accuracy(cut)
        cut_near = [(language, text[:length], None) for language, text in of_near]
        results[f"language_accuracy_{name}_near"] = accuracy(cut_near)
    for length in (30, 100):
        cut = [(language, text[:length], None) for language, text in of_world]
        results |= _with_declarations(f"language_accuracy_{length}", cut)
    cut_near = [(language, text[:100], language) for language, text in of_near]
    results["language_accuracy_100_near_declared"] = accuracy(cut_near)
    bare = LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
    right = [bare.classify(text[:100])[0] == language for language, text in of_world]
    results["language_accuracy_100_bare"] = round(sum(right) / len(right), 4)
    return results


def flores(folder: Path) -> dict[str, float]:
    """sib-200: accuracy by length."""
    texts = []
    for language, name in FLORES.items():
        rows = (folder / "data/annotated" / name / "test.tsv").read_text(encoding="utf-8")
        texts += [(language, row.split("\t")[2]) for row in rows.splitlines()[1:]]
    return {
        f"language_accuracy_{name}_flores": accuracy([(g, t[:length], None) for g, t in texts])
        for name, length in LENGTHS.items()
    }


def headlines(folder: Path) -> dict[str, float]:
    """babel-briefings: accuracy on headlines, alone and with declarations."""
    files = ("sample_articles_locs.json", "dataset/sample_articles.json")
    listed = [item for f in files for item in json.loads((folder / f).read_text("utf-8"))]
    texts: list[Text] = [
        (item["language"], item["title"], None) for item in {i["ID"]: i for i in listed}.values()
    ]
    name = "language_accuracy_headlines"
    return {name: accuracy(texts), **_with_declarations(name, texts)}


def pages(folder: Path) -> dict[str, float]:
    """fundus: accuracy on articles and their headlines, alone and with what the page declares."""
    titles: list[Text] = []
    bodies: list[Text] = []
    for path in sorted((folder / "tests/resources/parser/test_data").glob("*/*.json")):
        declared = _declared_by(path)
        language = READ.get(path.stem) or language_code(declared)
        for version in json.loads(path.read_text("utf-8")).values():
            if language and version.get("body") and version.get("title"):
                titles.append((language, version["title"], declared))
                bodies.append((language, _body(version["body"]), declared))
    wrong = sum(bool(said) and language_code(said) != language for language, _, said in titles)
    print(f"pages: {len(bodies)} articles, {wrong} of them declare a language they are not in")
    return {
        "language_accuracy_articles": accuracy([(g, t, None) for g, t, _ in bodies]),
        "language_accuracy_articles_declared": accuracy(bodies),
        "language_accuracy_titles": accuracy([(g, t, None) for g, t, _ in titles]),
        "language_accuracy_titles_declared": accuracy(titles),
    }


CORPORA: dict[str, Callable[[Path], dict[str, float]]] = {
    "lingua-py": sentences,
    "sib-200": flores,
    "babel-briefings": headlines,
    "fundus": pages,
}


def accuracy(texts: list[Text]) -> float:
    """Share of texts whose language is found; undetermined is wrong."""
    return round(
        sum(identify(t, said)[0] == language for language, t, said in texts) / len(texts), 4
    )


def false_certainty() -> dict[str, float]:
    """Share of texts in no language that are given one, whatever is declared."""
    chance = random.Random(7)
    kinds = {
        "programs": [*_programs()],
        "numbers": [_numbers(chance) for _ in range(300)],
        "noise": [_noise(chance) for _ in range(300)],
        "menus": [_menu(chance, words.split()) for words in MENUS.values() for _ in range(60)],
    }
    results = {}
    for kind, texts in kinds.items():
        for suffix, declared in (("", None), ("_declared", "en-US")):
            certain = sum(identify(text, declared)[0] != UNDETERMINED for text in texts)
            results[f"language_false_certainty_{kind}{suffix}"] = round(certain / len(texts), 4)
    return results


def cost() -> dict[str, float]:
    """CPU time for an article of about 4,500 characters, and its ratio to bare py3langid's."""
    articles = ["\n".join(paragraphs(f"language {n}", 9)) for n in range(20)]
    bare = LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
    spent: list[float] = []
    ratios: list[float] = []
    for _ in range(ROUNDS):
        whole = _cpu(lambda: [bare.classify(text) for text in articles])
        ours = _cpu(lambda: [identify(text, "en-US") for text in articles])
        spent.append(ours / len(articles))
        ratios.append(ours / whole)
    return {
        "language_us_per_article": round(median(spent) * 1e6, 1),
        "language_cpu_vs_bare": round(median(ratios), 3),
    }


def fuzz(count: int) -> int:
    """How many of `count` fuzzed texts do not end in a code that is promised."""
    codes = languages() | {UNDETERMINED}
    seeds = [text for n in range(5) for text in paragraphs(f"fuzz {n}", 3)]
    seeds += ["".join(words) for words in MENUS.values()]
    return sum(identify(text, text[:8])[0] not in codes for text in fuzzed_texts(count, seeds))


def _with_declarations(name: str, texts: list[Text]) -> dict[str, float]:
    """With the right language declared, and with that which software is installed with."""
    right: list[Text] = [(language, text, language) for language, text, _ in texts]
    wrong: list[Text] = [(g, text, "fr-FR" if g == "en" else "en-US") for g, text, _ in texts]
    return {f"{name}_declared": accuracy(right), f"{name}_misdeclared": accuracy(wrong)}


def _corpus(name: str) -> Path | None:
    folder = Path(os.environ.get("CORPORA", "corpora"), name)
    if folder.is_dir():
        return folder
    print(f"absent, not measured: {folder}")
    return None


def _leipzig(folder: Path, wanted: list[str]) -> Iterator[tuple[str, str]]:
    for language in wanted:
        # Bokmål is nb there.
        path = (
            folder / "language-testdata/sentences" / f"{'nb' if language == 'no' else language}.txt"
        )
        lines = path.read_text("utf-8").splitlines()
        yield from ((language, line) for line in lines[5::7])


def _declared_by(path: Path) -> str | None:
    for page in sorted(path.parent.glob(f"{path.stem}_2*.html.gz")):
        start = gzip.decompress(page.read_bytes())[:20_000]
        if match := re.search(rb"<html[^>]*\slang=[\"']?([\w-]+)", start):
            return match[1].decode()
    return None


def _body(body: dict) -> str:
    parts = list(body["summary"])
    for section in body["sections"]:
        parts += [*section["headline"], *section["paragraphs"]]
    return "\n".join(parts)


def _programs() -> Iterator[str]:
    """Stretches of the standard library's modules, without comments and strings."""
    for path in sorted(Path(ast.__file__).parent.glob("*.py")):
        code = _without_prose(path.read_text("utf-8", "replace"))
        middle = len(code) // 2
        if middle > 300:
            yield code[middle : middle + 300]


def _without_prose(source: str) -> str:
    lines = source.splitlines(keepends=True)
    for token in reversed([*tokenize.generate_tokens(io.StringIO(source).readline)]):
        if token.type in (tokenize.COMMENT, tokenize.STRING):
            (first, start), (last, end) = token.start, token.end
            rest = lines[last - 1][end:]
            kept = '""' if token.type == tokenize.STRING else ""
            lines[first - 1 : last] = [lines[first - 1][:start] + kept + rest]
    return "".join(line for line in lines if line.strip(' \n"'))


def _numbers(chance: random.Random) -> str:
    words = [
        f"{chance.random() * 1e4:.2f}",
        str(chance.randrange(10**6)),
        f"{chance.randrange(24):02}:{chance.randrange(60):02}",
        f"{chance.randrange(100)}%",
        "2031-05-09",
        "+1.2",
        "€",
        *["AAB", "CHF", "DAX"][: chance.randrange(2)],
    ]
    return " ".join(chance.choice(words) for _ in range(chance.randrange(5, 60)))


def _noise(chance: random.Random) -> str:
    kind = chance.randrange(4)
    if kind == 0:
        return " ".join(_letters(chance, chance.randrange(2, 12)) for _ in range(20))
    if kind == 1:
        return chance.randbytes(chance.randrange(20, 200)).hex()
    if kind == 2:
        return " ".join(f"https://{_letters(chance, 9)}.example/{_letters(chance, 20)}/the" * 3)
    return "".join(chr(chance.randrange(0x21, 0x2800)) for _ in range(chance.randrange(10, 100)))


def _letters(chance: random.Random, count: int) -> str:
    return "".join(chance.choice("abcdefghijklmnopqrstuvwxyz") for _ in range(count))


def _menu(chance: random.Random, words: list[str]) -> str:
    separator = chance.choice([" | ", "\n", " · ", " » ", " > ", "\n* ", " / "])
    return separator.join(chance.sample(words, chance.choice([6, 12, 18])))


def _cpu(work: Callable[[], object]) -> float:
    before = time.process_time()
    work()
    return time.process_time() - before


def main() -> None:
    """Measure, print the table, and as the last line the JSON."""
    results = measure()
    print(json.dumps({"benchmark": "languages", "results": results}))


if __name__ == "__main__":
    main()
