"""Texts as nobody would write them: cuts of real ones, joined, with any characters put in."""

import random
from collections.abc import Iterator, Sequence


def fuzzed_texts(count: int, seeds: Sequence[str]) -> Iterator[str]:
    """`count` texts of up to 120 code points, lone surrogates included; always the same."""
    chance = random.Random(20311)
    for _ in range(count):
        kind = chance.random()
        if kind < 0.3:
            high = chance.choice([0x80, 0x3000, 0x11_0000])
            yield "".join(chr(chance.randrange(high)) for _ in range(chance.randrange(60)))
            continue
        text = chance.choice(seeds)[: chance.randrange(80)]
        if kind < 0.6:
            text += chance.choice(seeds)[-chance.randrange(1, 40) :]
        characters = list(text)
        for _ in range(chance.randrange(4) if characters else 0):
            characters[chance.randrange(len(characters))] = chr(chance.randrange(0x11_0000))
        yield "".join(characters)
