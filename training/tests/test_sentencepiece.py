"""A base like TinyLlama: SentencePiece vocabulary, Zephyr template with BOS, an output matrix of its own."""

from pathlib import Path

import pytest
from gguf import GGUFReader, TokenType
from transformers import AutoTokenizer

from support.llama_cpp import needs_llama_cpp
from support.runs import export_copy, train_tiny
from support.samples import make_sample, make_samples, training_texts
from tailor_training.base.tiny import make_tiny_sentencepiece_base
from tailor_training.data.rows import encode_row, render_plan
from tailor_training.files import read_json
from tailor_training.train.load_model import load_tokenizer


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("spm") / "tiny-sentencepiece"
    make_tiny_sentencepiece_base(folder, training_texts(make_samples(8)))
    return folder


@pytest.fixture(scope="module")
def exported(base: Path, tiny, tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("spm-run")
    overrides = ("chat_template=zephyr", "engine=packed", "max_length=1024")
    run = train_tiny(tiny, root / "run", f"base={base}", *overrides)
    return export_copy(run, root / "copy", quant="Q8_0")


def test_a_row_begins_with_one_bos_and_trains_from_the_brace(base: Path) -> None:
    tokenizer = load_tokenizer(str(base), "zephyr")
    row = encode_row(make_sample(0), tokenizer)
    assert row.input_ids.count(tokenizer.bos_token_id) == 1
    assert row.input_ids[0] == tokenizer.bos_token_id
    # No space before the brace: the model goes on from the prompt, and the plan's grammar begins with the brace.
    assert tokenizer.convert_ids_to_tokens(row.input_ids[row.prompt_length]).startswith("{")
    assert row.input_ids[-1] == tokenizer.eos_token_id
    assert tokenizer.decode(row.input_ids).endswith(render_plan(make_sample(0)["output"]) + "</s>")


def test_the_saved_tokenizer_splits_as_the_one_trained_with(exported: Path, base: Path) -> None:
    saved, trained = AutoTokenizer.from_pretrained(exported / "adapter"), load_tokenizer(str(base), "zephyr")
    row = encode_row(make_sample(1), trained)
    assert encode_row(make_sample(1), saved) == row
    assert trained.convert_ids_to_tokens(row.input_ids[:2]) == ["<s>", "▁"], "as llama.cpp begins a segment"


def test_the_file_has_pieces_scores_and_unused_tokens(exported: Path, base: Path) -> None:
    fields = GGUFReader(exported / "gguf" / "tiny-stylist-q8_0.gguf").fields
    tokens, types, scores = (fields[f"tokenizer.ggml.{name}"].contents() for name in ("tokens", "token_type", "scores"))
    assert len(tokens) == len(types) == len(scores) == fields["llama.vocab_size"].contents()
    assert (tokens[:3], types[:3]) == (
        ["<unk>", "<s>", "</s>"],
        [TokenType.UNKNOWN, TokenType.CONTROL, TokenType.CONTROL],
    )
    assert types[tokens.index("<0x0A>")] == TokenType.BYTE
    assert types[-12:] == [TokenType.UNUSED] * 12
    assert scores[tokens.index("▁a")] < 0
    assert fields["tokenizer.ggml.add_bos_token"].contents() is True
    names = {tensor.name for tensor in GGUFReader(exported / "gguf" / "tiny-stylist-q8_0.gguf").tensors}
    assert {"output.weight", "token_embd.weight"} <= names


@needs_llama_cpp
def test_llama_cpp_continues_as_python_does(exported: Path) -> None:
    parity = read_json(exported / "gguf" / "export.json")["parity"]
    assert parity["prompts"] == 3
    assert parity["compared"] >= 24
