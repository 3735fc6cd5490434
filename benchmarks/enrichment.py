"""`make bench-enrichment`: the quality and the cost of what Enrich adds, part by part.

Each part is a module here with a function `measure() -> dict[str, float]` that prints its table.
Gold corpora are read from `$CORPORA/<name>`, which each part names in its docstring; none is part
of this project. What is absent is said, and its measures are left out.
"""

import json

from benchmarks import dates_in_text, languages, named_entities

PARTS = (named_entities, dates_in_text, languages)


def main() -> None:
    """Run the parts, and print all their measures as one JSON object in the last line."""
    results: dict[str, float] = {}
    for part in PARTS:
        print(f"--- {part.__name__}")
        results |= part.measure()
    print(json.dumps({"benchmark": "enrichment", "results": results}))


if __name__ == "__main__":
    main()
