"""From data set lines to token rows: prompt, completion, end of turn."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from transformers import PreTrainedTokenizerBase

from tailor_training.data.prompt import build_prompt

Sample = dict[str, Any]
Messages = list[dict[str, str]]

ITEM_KEYS = ("query", "key", "type", "min", "max", "brand")


@dataclass(frozen=True)
class Row:
    """Token ids of one sample; the first `prompt_length` of them are not trained, the last one is EOS."""

    id: str
    input_ids: list[int]
    prompt_length: int

    @property
    def completion_length(self) -> int:
        return len(self.input_ids) - self.prompt_length


@dataclass(frozen=True)
class RowSet:
    """Rows that fit, and how many did not."""

    rows: list[Row]
    overlong: int

    @property
    def tokens(self) -> int:
        return sum(len(row.input_ids) for row in self.rows)


class PrefixError(ValueError):
    """The prompt is no prefix of the whole conversation, as text or as tokens: it cannot be trained on."""


def read_samples(path: Path) -> Iterator[Sample]:
    """Lines `{id, source, input: {form, profile}, output: plan}`."""
    with path.open(encoding="utf-8") as lines:
        for line in lines:
            if line.strip():
                yield json.loads(line)


def render_plan(plan: dict[str, Any]) -> str:
    """The plan as the model writes it: minified, keys in wire order."""
    outfits = [
        {
            "looks": outfit["looks"],
            "description": outfit["description"],
            "items": [{key: item[key] for key in ITEM_KEYS} for item in outfit["items"]],
        }
        for outfit in plan["outfits"]
    ]
    return json.dumps({"outfits": outfits}, ensure_ascii=False, separators=(",", ":"))


def render_sample(sample: Sample) -> tuple[Messages, str]:
    """The served messages and the text that the model should answer."""
    plan = sample["output"]
    request = sample["input"]
    messages = build_prompt(request["form"], request.get("profile") or {}, len(plan["outfits"]))
    return messages, render_plan(plan)


def render_prompt(messages: Messages, tokenizer: PreTrainedTokenizerBase) -> str:
    """The chat template's text up to the place where the answer begins."""
    return tokenizer.apply_chat_template(messages, tokenize=False, add_generation_prompt=True)


def encode_row(sample: Sample, tokenizer: PreTrainedTokenizerBase) -> Row:
    """Prompt tokens as served, the completion's tokens as they follow them, EOS; the template's newline is cut.

    The completion is tokenised after its prompt: by itself SentencePiece would begin it with a space.
    """
    messages, completion = render_sample(sample)
    prompt = render_prompt(messages, tokenizer)
    whole = tokenizer.apply_chat_template([*messages, {"role": "assistant", "content": completion}], tokenize=False)
    if not whole.startswith(prompt + completion + tokenizer.eos_token):
        raise PrefixError(f"sample {sample['id']}: the template changes the prompt once an answer follows")
    prompt_ids = tokenizer(prompt, add_special_tokens=False)["input_ids"]
    ids = tokenizer(prompt + completion, add_special_tokens=False)["input_ids"]
    if ids[: len(prompt_ids)] != prompt_ids:
        raise PrefixError(f"sample {sample['id']}: a token spans the end of the prompt and the answer's begin")
    return Row(str(sample["id"]), [*ids, tokenizer.eos_token_id], len(prompt_ids))


def encode_rows(samples: Iterable[Sample], tokenizer: PreTrainedTokenizerBase, max_length: int) -> RowSet:
    """Encodes every sample; those longer than `max_length` tokens are dropped and counted, never cut."""
    rows: list[Row] = []
    overlong = 0
    for sample in samples:
        row = encode_row(sample, tokenizer)
        if len(row.input_ids) <= max_length:
            rows.append(row)
        else:
            overlong += 1
    return RowSet(rows, overlong)
