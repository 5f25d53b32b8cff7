"""A few data set samples, short enough for a model whose vocabulary is a few hundred tokens."""

import json
from pathlib import Path
from typing import Any

from tailor_training.data.rows import render_sample

Sample = dict[str, Any]

OCCASIONS = (
    "a garden wedding",
    "the office",
    "a beach day",
    "a job interview",
    "a concert",
    "hiking",
    "a date",
    "brunch",
)


def make_sample(index: int) -> Sample:
    occasion = OCCASIONS[index % len(OCCASIONS)]
    items = [
        {"query": f"{colour} {piece}", "key": kind, "type": kind, "min": str(20 + index), "max": "90", "brand": "zara"}
        for colour, piece, kind in (
            ("white", "linen shirt", "top"),
            ("navy", "straight trousers", "bottom"),
            ("tan", "leather loafers", "shoes"),
        )
    ]
    plan = {
        "outfits": [{"looks": f"Ready for {occasion}", "description": f"Calm tones for {occasion}.", "items": items}]
    }
    form = {
        "preparing_for": occasion,
        "preferred_brand": "Zara",
        "budget": f"up to {300 + index} USD",
        "description": "",
    }
    return {
        "id": f"s{index}",
        "source": "synth",
        "input": {"form": form, "profile": {"gender": "Female"}},
        "output": plan,
    }


def make_samples(count: int) -> list[Sample]:
    return [make_sample(index) for index in range(count)]


def training_texts(samples: list[Sample]) -> list[str]:
    """What a vocabulary should know: prompts and answers."""
    texts: list[str] = []
    for sample in samples:
        messages, completion = render_sample(sample)
        texts.extend([*(message["content"] for message in messages), completion])
    return texts


def write_dataset(folder: Path, samples: list[Sample], *, policy: str = "commercial") -> None:
    """train.jsonl with all samples, valid.jsonl with the first three, and a manifest with the policy."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, part in (("train", samples), ("valid", samples[:3])):
        lines = [json.dumps(sample, ensure_ascii=False) for sample in part]
        (folder / f"{name}.jsonl").write_text("\n".join(lines) + "\n", encoding="utf-8")
    manifest = {"format": 1, "policy": policy, "byLicenseClass": {"commercial_ok": len(samples)}}
    (folder / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
