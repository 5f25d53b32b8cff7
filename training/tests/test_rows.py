"""Rows are trained on the completion and its EOS, on nothing else, and are never cut."""

from collections.abc import Callable

import pytest
from transformers import AutoTokenizer, PreTrainedTokenizerBase

from support.samples import make_sample, make_samples
from tailor_training.chat_template import load_chat_template
from tailor_training.data.rows import PrefixError, encode_row, encode_rows, render_plan, render_prompt, render_sample
from tailor_training.train.packed_llama import common_prefix, pack
from tailor_training.train.trainer import rows_to_dataset


@pytest.fixture(scope="module")
def tokenizer(tiny) -> PreTrainedTokenizerBase:
    return AutoTokenizer.from_pretrained(tiny.base)


def use_zephyr(tokenizer: PreTrainedTokenizerBase) -> None:
    tokenizer.chat_template = load_chat_template("zephyr")


@pytest.mark.parametrize("prepare", [lambda _: None, use_zephyr], ids=["chatml", "zephyr"])
def test_the_prompt_is_a_strict_prefix_of_the_conversation(tiny, prepare: Callable) -> None:
    tokenizer = AutoTokenizer.from_pretrained(tiny.base)
    prepare(tokenizer)
    messages, completion = render_sample(make_sample(0))
    prompt = render_prompt(messages, tokenizer)
    whole = tokenizer.apply_chat_template([*messages, {"role": "assistant", "content": completion}], tokenize=False)
    assert whole.startswith(prompt + completion)
    assert len(whole) > len(prompt)


def test_a_row_is_prompt_completion_eos(tokenizer: PreTrainedTokenizerBase) -> None:
    sample = make_sample(0)
    row = encode_row(sample, tokenizer)
    messages, completion = render_sample(sample)
    assert tokenizer.decode(row.input_ids[: row.prompt_length]) == render_prompt(messages, tokenizer)
    assert tokenizer.decode(row.input_ids[row.prompt_length : -1]) == completion
    # The template writes a newline after the end of turn; it is not in the row at all.
    assert row.input_ids[-1] == tokenizer.eos_token_id


def test_a_completion_is_minified_with_keys_in_wire_order() -> None:
    plan = make_sample(0)["output"]
    shuffled = {"outfits": [dict(reversed(list(outfit.items()))) for outfit in plan["outfits"]]}
    shuffled["outfits"][0]["items"] = [dict(reversed(list(item.items()))) for item in plan["outfits"][0]["items"]]
    text = render_plan(shuffled)
    assert text == render_plan(plan)
    assert text.startswith('{"outfits":[{"looks":"Ready for a garden wedding","description":')
    assert '{"query":"white linen shirt","key":"top","type":"top","min":"20","max":"90","brand":"zara"}' in text


def test_the_mask_covers_the_completion_and_eos(tokenizer: PreTrainedTokenizerBase) -> None:
    rows = encode_rows(make_samples(3), tokenizer, 512).rows
    for row, encoded in zip(rows, rows_to_dataset(rows), strict=True):
        pairs = zip(encoded["input_ids"], encoded["completion_mask"], strict=True)
        assert [token for token, trained in pairs if trained] == row.input_ids[row.prompt_length :]


def test_packed_targets_are_the_same_tokens(tokenizer: PreTrainedTokenizerBase) -> None:
    rows = encode_rows(make_samples(3), tokenizer, 512).rows
    batch = pack(rows)
    assert batch.targets.tolist() == [token for row in rows for token in row.input_ids[row.prompt_length :]]
    assert batch.shared == common_prefix(rows) > 10
    # The token before each target, by position: the last prompt token first, then the completion without EOS.
    sources = [token for row in rows for token in row.input_ids[row.prompt_length - 1 : -1]]
    assert batch.ids[batch.predicted_at].tolist() == sources


def test_overlong_rows_are_dropped_and_counted(tokenizer: PreTrainedTokenizerBase) -> None:
    samples = make_samples(8)
    lengths = sorted(len(encode_row(sample, tokenizer).input_ids) for sample in samples)
    kept = encode_rows(samples, tokenizer, lengths[4])
    assert len(kept.rows) + kept.overlong == 8
    assert kept.overlong == sum(length > lengths[4] for length in lengths) > 0
    assert all(row.input_ids[-1] == tokenizer.eos_token_id for row in kept.rows)
    assert kept.tokens == sum(length for length in lengths if length <= lengths[4])


def test_a_template_that_rewrites_the_prompt_is_refused(tiny) -> None:
    tokenizer = AutoTokenizer.from_pretrained(tiny.base)
    tokenizer.chat_template = "{{ messages | length }}" + load_chat_template("chatml")
    with pytest.raises(PrefixError, match="s0"):
        encode_row(make_sample(0), tokenizer)
