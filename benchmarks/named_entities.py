"""`python -m benchmarks.named_entities`: entities against gold corpora, and what they cost.

ner_f1_<corpus>    micro F1 of PER, ORG and LOC, entities with the same span and type, of the
                   default model with the document layer of transforms/naming.py.
ner_gain_<corpus>  points of F1 (0 to 100) over the same model alone, on the same tokens.
ner_cpu_vs_bare    CPU of text to entities, as a ratio to spaCy's recogniser alone over the same
                   texts, both warm, in turn; the median of the rounds' ratios.

The conditions are those under which models are compared for newsbeam: the gold tokens, OntoNotes
types as PERSON -> PER, ORG -> ORG, GPE and LOC -> LOC, other types and the gold's MISC left out, a
leading article and a closing possessive left out on both sides. A document is what the corpus
says one is (CoNLL++), else a sentence. The test sets are read from `$CORPORA`; what is not there
is said and not measured.
"""

import json
import time
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from statistics import median
from typing import Any, Final

import spacy
from spacy.tokens import Doc

from benchmarks.gold_entities import FINE, Gold, Mark, f1, find_corpus, normalised, read_gold
from transforms.entities import DEFAULT_MODEL, recogniser
from transforms.naming import Span, name_entities

ROUNDS: Final = 5
WIKINEURAL_SENTENCES: Final = 4_000  # the first of 11,597: a whole run stays under a minute
SEEDS: Final = Path(__file__).parent.parent / "seeds" / "documents"


@cache
def bare_model() -> Any:
    """The default model's recogniser, loaded by spaCy's own call."""
    unused = ["tok2vec", "tagger", "parser", "attribute_ruler", "lemmatizer", "senter"]
    return spacy.load(DEFAULT_MODEL, exclude=unused)


def corpora() -> dict[str, list[Gold] | None]:
    """The test set of each corpus; None if it is not there."""
    conllpp = find_corpus(("conllpp", "CrossWeigh"), ("conllpp_test.txt", "data/conllpp_test.txt"))
    wnut17 = find_corpus(("wnut17", "emerging_entities_17"), ("emerging.test.annotated",))
    wikineural = find_corpus(("wikineural",), ("en/test.conllu", "data/wikineural/en/test.conllu"))
    return {
        "conllpp": read_gold(conllpp) if conllpp else None,
        "wnut17": read_gold(wnut17) if wnut17 else None,
        "wikineural": read_gold(wikineural, token=1)[:WIKINEURAL_SENTENCES] if wikineural else None,
    }


def marked(gold: Gold) -> list[Span]:
    """What the bare model marks, sentence by sentence, on the gold tokens."""
    find = bare_model()
    spans: list[Span] = []
    at = 0
    for tokens in gold.sentences:
        read = find(Doc(find.vocab, words=list(tokens)))
        spans += [Span(at + e.start_char, at + e.end_char, e.label_) for e in read.ents]
        at += sum(len(token) + 1 for token in tokens)
    return spans


def scores(documents: Sequence[Gold]) -> tuple[float, float]:
    """F1 of the bare model and of the model with the document layer."""
    bare, layered = [], []
    for gold in documents:
        wanted = normalised(gold.text, gold.entities)
        spans = marked(gold)
        bare.append((wanted, normalised(gold.text, _coarse(spans))))
        layered.append((wanted, normalised(gold.text, _coarse(name_entities(gold.text, spans)))))
    return f1(bare), f1(layered)


def cpu_ratio(texts: Sequence[str]) -> float:
    """The CPU of `texts` to entities, as a ratio to that of the bare recogniser."""
    find, ours = bare_model(), recogniser(DEFAULT_MODEL)
    if ours is None:
        raise ValueError("the default model is none")
    ratios = []
    for number in range(ROUNDS + 1):
        alone = whole = 0.0
        for text in texts:
            start = time.process_time()
            len(find(text).ents)
            between = time.process_time()
            ours.find(text)
            alone += between - start
            whole += time.process_time() - between
        if number:  # the first round warms both
            ratios.append(whole / alone)
    return median(ratios)


def measure() -> dict[str, float]:
    """All measures that can be taken here; the rest is printed as missing."""
    results: dict[str, float] = {}
    texts: list[str] = []
    for name, documents in corpora().items():
        if documents is None:
            print(f"{name}: MISSING, not measured ($CORPORA/{name} is not there)")
            continue
        bare, layered = scores(documents)
        entities = sum(len(gold.entities) for gold in documents)
        print(
            f"{name}: {entities} entities, bare {bare:.4f}, with the document layer {layered:.4f}"
        )
        results[f"ner_f1_{name}"] = round(layered, 4)
        results[f"ner_gain_{name}"] = round(100 * (layered - bare), 2)
        if name == "conllpp":
            texts = [gold.text for gold in documents[::4]]
    if not texts:
        texts = [path.read_text("utf-8") for path in sorted(SEEDS.glob("*.txt"))] * 10
    results["ner_cpu_vs_bare"] = round(cpu_ratio(texts), 3)
    print(f"CPU: {results['ner_cpu_vs_bare']} of the bare recogniser's, over {len(texts)} texts")
    return results


def _coarse(spans: Sequence[Any]) -> list[Mark]:
    return [(s.start, s.end, FINE[s.type]) for s in spans if s.type in FINE]


if __name__ == "__main__":
    print(json.dumps({"benchmark": "named_entities", "results": measure()}))
