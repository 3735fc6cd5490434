"""The reader and the score by which entities are measured against gold corpora."""

import pytest

from benchmarks.gold_entities import f1, find_corpus, normalised, read_gold

COLUMNS = """-DOCSTART- -X- O

The DT B-ORG
Ostrel NNP I-ORG
Board NNP I-ORG
met VBD O

Ana NNP B-PER
Lind NNP I-PER
's POS O
May NNP B-MISC

-DOCSTART- -X- O

Lyon NNP I-LOC
Oslo NNP B-LOC
"""


def test_a_corpus_with_document_marks_is_read_in_documents(tmp_path):
    (tmp_path / "test.txt").write_text(COLUMNS)
    first, second = read_gold(tmp_path / "test.txt")
    assert first.text == "The Ostrel Board met\nAna Lind 's May"
    assert [(first.text[a:b], kind) for a, b, kind in first.entities] == [
        ("The Ostrel Board", "ORG"),
        ("Ana Lind", "PER"),
    ]
    assert second.sentences == (("Lyon", "Oslo"),)
    assert [second.text[a:b] for a, b, _ in second.entities] == ["Lyon", "Oslo"]


def test_without_marks_each_sentence_is_a_document(tmp_path):
    (tmp_path / "test.conllu").write_text("0\tOslo\tB-location\n1\twon\tO\n\n0\tYes\tO\n")
    documents = read_gold(tmp_path / "test.conllu", token=1)
    assert [gold.text for gold in documents] == ["Oslo won", "Yes"]
    assert documents[0].entities == ((0, 4, "LOC"),)


def test_articles_and_possessives_count_on_neither_side():
    text = "the Ostrel Board 's and Lind’s"
    assert normalised(text, [(0, 19, "ORG"), (24, 30, "PER")]) == {(4, 16, "ORG"), (24, 28, "PER")}


def test_f1_counts_span_and_type():
    gold = {(0, 1, "PER"), (2, 3, "ORG")}
    assert f1([(gold, gold)]) == 1
    assert f1([(gold, {(0, 1, "ORG"), (2, 3, "ORG")})]) == pytest.approx(0.5)
    assert f1([(gold, set())]) == 0
    assert f1([]) == 0


def test_a_corpus_that_is_not_there_is_none(tmp_path, monkeypatch):
    names, paths = ("conllpp", "CrossWeigh"), ("a.txt", "data/b.txt")
    monkeypatch.delenv("CORPORA", raising=False)
    assert find_corpus(names, paths) is None
    monkeypatch.setenv("CORPORA", str(tmp_path))
    assert find_corpus(names, paths) is None
    (tmp_path / "CrossWeigh" / "data").mkdir(parents=True)
    (tmp_path / "CrossWeigh" / "data" / "b.txt").touch()
    assert find_corpus(names, paths) == tmp_path / "CrossWeigh" / "data" / "b.txt"
