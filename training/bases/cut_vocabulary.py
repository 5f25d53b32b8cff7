"""Cuts a base model's vocabulary to its first ids plus every id that the given files use.

    training/.venv/bin/python training/bases/cut_vocabulary.py \\
        --base data/bases/smollm2-135m-instruct --out data/bases/smollm2-135m-stylist --first 12288
"""

import argparse
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tailor_training.base.cut import count_changed_texts, cut_base
from tailor_training.data.rows import read_samples, render_sample
from tailor_training.paths import DATASET, STYLE_DATA, data_dir, resolve


def collect_texts(samples: list[Path], knowledge: list[Path]) -> Iterator[str]:
    """Prompts and completions of the samples, and every string of the knowledge files (also after a space)."""
    for path in samples:
        for sample in read_samples(path):
            messages, completion = render_sample(sample)
            yield from (message["content"] for message in messages)
            yield completion
    for path in knowledge:
        for text in _strings(json.loads(path.read_text(encoding="utf-8"))):
            yield from (text, f" {text}", f" {text.title()}", f" {text.capitalize()}")


def _strings(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, list):
        for item in value:
            yield from _strings(item)
    elif isinstance(value, dict):
        for key, item in value.items():
            yield key
            yield from _strings(item)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--base", type=Path, default=data_dir() / "bases" / "smollm2-135m-instruct")
    parser.add_argument("--out", type=Path, default=data_dir() / "bases" / "smollm2-135m-stylist")
    parser.add_argument("--first", type=int, default=12288, help="ids below this are kept")
    parser.add_argument("--samples", type=Path, nargs="*", default=[DATASET / "train.jsonl", DATASET / "valid.jsonl"])
    parser.add_argument("--knowledge", type=Path, nargs="*", default=sorted(STYLE_DATA.glob("*.json")))
    arguments = parser.parse_args()
    base, out = resolve(arguments.base), resolve(arguments.out)
    texts = list(dict.fromkeys(collect_texts(arguments.samples, arguments.knowledge)))
    cut = cut_base(base, out, first_ids=arguments.first, texts=texts)
    changed = count_changed_texts(base, out, texts)
    print(
        f"{out}: {len(cut.old_ids)} tokens, {len(cut.vocabulary.merges)} merges; "
        f"{changed} of {len(texts)} texts are tokenised differently"
    )


if __name__ == "__main__":
    main()
