"""Exported GGUF files hold what was trained, under llama.cpp's names and in its row order."""

import json
import shutil
import struct
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from gguf import GGMLQuantizationType, GGUFReader, dequantize
from safetensors.torch import load_file
from transformers import AutoModelForCausalLM, AutoTokenizer

from support.llama_cpp import needs_llama_cpp
from support.runs import export_copy
from tailor_training.export.k_quants import PREBUILT, QuantiserUnavailableError, quantise_with_llama_cpp
from tailor_training.export.ngrams import NgramsError, write_ngrams
from tailor_training.export.parity import ParityError, check_parity
from tailor_training.export.quantise import QuantPlan
from tailor_training.export.tensors import UnsupportedAdapterError, load_adapter
from tailor_training.files import read_json, sha256_of
from tailor_training.fixed_scales import base_scales, pack_q4_0, round_weight

HEADS, KV_HEADS, HEAD_SIZE = 4, 2, 16
PROMPTS = ["<|im_start|>user\nOccasion: the office<|im_end|>\n<|im_start|>assistant\n", "navy 1,299 Ärmel 東京"]


def tensors_of(path: Path) -> dict[str, np.ndarray]:
    return {t.name: dequantize(t.data, t.tensor_type).astype(np.float32) for t in GGUFReader(path).tensors}


def types_of(path: Path) -> dict[str, str]:
    return {t.name: t.tensor_type.name for t in GGUFReader(path).tensors}


def field_of(path: Path, name: str) -> Any:
    return GGUFReader(path).fields[name].contents()


def interleave(weight: np.ndarray, heads: int) -> np.ndarray:
    """Row 2i+j of a head is the old row j·d/2+i, written out."""
    half = HEAD_SIZE // 2
    rows = [head * HEAD_SIZE + j * half + i for head in range(heads) for i in range(half) for j in range(2)]
    return weight[rows]


def trained_factors(run: Path, module: str) -> tuple[np.ndarray, np.ndarray]:
    weights = load_file(run / "adapter" / "adapter_model.safetensors")
    prefix = f"base_model.model.{module}"
    return weights[f"{prefix}.lora_A.weight"].numpy(), weights[f"{prefix}.lora_B.weight"].numpy()


@pytest.mark.parametrize(
    ("module", "name", "heads"),
    [
        ("model.layers.0.self_attn.q_proj", "blk.0.attn_q.weight", HEADS),
        ("model.layers.1.self_attn.k_proj", "blk.1.attn_k.weight", KV_HEADS),
        ("model.layers.1.self_attn.v_proj", "blk.1.attn_v.weight", None),
        ("model.layers.0.mlp.down_proj", "blk.0.ffn_down.weight", None),
    ],
)
def test_the_adapter_file_names_and_orders_its_tensors(exported: Path, module: str, name: str, heads: int) -> None:
    tensors = tensors_of(exported / "gguf" / "tiny-stylist-adapter-f16.gguf")
    down, up = trained_factors(exported, module)
    assert np.abs(up).max() > 0
    expected = up if heads is None else interleave(up, heads)
    np.testing.assert_array_equal(tensors[f"{name}.lora_a"], down.astype(np.float16).astype(np.float32))
    np.testing.assert_array_equal(tensors[f"{name}.lora_b"], expected.astype(np.float16).astype(np.float32))


def test_the_adapter_file_says_what_it_is(exported: Path) -> None:
    path = exported / "gguf" / "tiny-stylist-adapter-f16.gguf"
    assert len(tensors_of(path)) == 2 * 7 * 2
    assert field_of(path, "general.type") == "adapter"
    assert field_of(path, "adapter.type") == "lora"
    assert field_of(path, "adapter.lora.alpha") == 8.0


def test_the_f16_file_is_base_plus_update(exported: Path, tiny) -> None:
    base = load_file(tiny.base / "model.safetensors")
    tensors = tensors_of(exported / "gguf" / "tiny-stylist-f16.gguf")
    down, up = trained_factors(exported, "model.layers.0.self_attn.q_proj")
    merged = base["model.layers.0.self_attn.q_proj.weight"].numpy() + 2.0 * up @ down
    np.testing.assert_allclose(tensors["blk.0.attn_q.weight"], interleave(merged, HEADS), atol=1e-3)
    np.testing.assert_allclose(tensors["token_embd.weight"], base["model.embed_tokens.weight"].numpy(), atol=1e-3)
    assert "output.weight" not in tensors


def test_the_file_carries_vocabulary_template_and_license(exported: Path, tiny) -> None:
    path = exported / "gguf" / "tiny-stylist-q4_0.gguf"
    tokenizer = AutoTokenizer.from_pretrained(tiny.base)
    assert field_of(path, "tokenizer.ggml.tokens") == tokenizer.convert_ids_to_tokens(range(len(tokenizer)))
    assert field_of(path, "tokenizer.ggml.eos_token_id") == tokenizer.eos_token_id
    assert field_of(path, "tokenizer.ggml.pre") == "smollm"
    assert field_of(path, "tokenizer.chat_template") == tokenizer.chat_template
    assert field_of(path, "general.license") == "apache-2.0"
    assert field_of(path, "llama.attention.head_count_kv") == KV_HEADS


def test_overrides_choose_the_type_of_a_tensor(exported: Path) -> None:
    types = types_of(exported / "gguf" / "tiny-stylist-q4_0.gguf")
    assert types["token_embd.weight"] == "Q8_0"
    assert types["blk.0.ffn_up.weight"] == types["blk.1.attn_q.weight"] == "Q4_0"
    assert types["blk.0.attn_norm.weight"] == "F32"
    with pytest.raises(ValueError, match="Q4_7"):
        QuantPlan("Q4_0", {"token_embd": "Q4_7"})


def test_the_f16_file_loses_as_much_as_the_trained_model(exported: Path) -> None:
    drift = read_json(exported / "gguf" / "export.json")["drift"]
    trained = read_json(exported / "training-report.json")["validLoss"]
    assert drift["tiny-stylist-f16"]["loss"] == pytest.approx(trained, rel=5e-3)
    assert drift["tiny-stylist-q4_0"]["loss"] != drift["tiny-stylist-f16"]["loss"]


@needs_llama_cpp
def test_llama_cpp_continues_as_python_does(exported: Path) -> None:
    parity = read_json(exported / "gguf" / "export.json")["parity"]
    assert parity["prompts"] == 3
    assert parity["compared"] >= 24


@needs_llama_cpp
def test_parity_notices_other_weights(exported: Path, tiny) -> None:
    untrained = AutoModelForCausalLM.from_pretrained(tiny.base).eval()
    tokenizer = AutoTokenizer.from_pretrained(tiny.base)
    with pytest.raises(ParityError, match="differs by"):
        check_parity(untrained, tokenizer, PROMPTS, gguf=exported / "gguf" / "tiny-stylist-f16.gguf")


@needs_llama_cpp
def test_llama_cpp_lays_the_adapter_over_the_base(packed_run: Path, tmp_path: Path, tiny) -> None:
    run = export_copy(packed_run, tmp_path / "run", apart=True, quant="Q8_0", tensors={}, drift_rows=3)
    report = read_json(run / "gguf" / "export.json")
    assert report["parity"]["compared"] >= 24
    trained = read_json(run / "training-report.json")["validLoss"]
    assert report["drift"]["tiny-stylist-q8_0"]["loss"] == pytest.approx(trained, rel=2e-2)
    base = load_file(tiny.base / "model.safetensors")["model.layers.0.mlp.up_proj.weight"].numpy()
    assert report["ngrams"]["file"] == "tiny-stylist-adapter-f16.ngrams"
    written = tensors_of(run / "gguf" / "tiny-stylist-f16.gguf")["blk.0.ffn_up.weight"]
    np.testing.assert_allclose(written, base, atol=1e-3)


@needs_llama_cpp
def test_counts_what_follows_what_in_the_plans_it_learned_from(exported: Path, tiny) -> None:
    table = exported / "gguf" / "tiny-stylist-q4_0.ngrams"
    assert read_json(exported / "gguf" / "export.json")["ngrams"]["sha256"] == sha256_of(table)
    magic, version, vocabulary, count = struct.unpack("<4s3I", table.read_bytes()[:16])
    assert (magic, version) == (b"TNGR", 1)
    assert vocabulary == len(field_of(exported / "gguf" / "tiny-stylist-f16.gguf", "tokenizer.ggml.tokens"))
    # Plans have the same keys in the same order, whatever else they say.
    assert count > 50


@needs_llama_cpp
def test_says_which_plans_could_not_be_counted(exported: Path, tmp_path: Path) -> None:
    samples = tmp_path / "train.jsonl"
    samples.write_text('{"output": {}}\n', encoding="utf-8")
    with pytest.raises(NgramsError, match=r"Line 1 of .*train\.jsonl is no sample with a plan"):
        write_ngrams(exported / "gguf" / "tiny-stylist-q4_0.gguf", samples)


@pytest.mark.parametrize(("key", "value"), [("use_dora", True), ("use_rslora", True), ("modules_to_save", ["lm_head"])])
def test_an_adapter_that_llama_cpp_cannot_apply_is_refused(
    packed_run: Path, tmp_path: Path, key: str, value: Any
) -> None:
    folder = tmp_path / "adapter"
    shutil.copytree(packed_run / "adapter", folder)
    config = read_json(folder / "adapter_config.json")
    (folder / "adapter_config.json").write_text(json.dumps({**config, key: value}))
    with pytest.raises(UnsupportedAdapterError, match=key):
        load_adapter(folder)


def test_packed_q4_0_bytes_are_the_weights_trained_with() -> None:
    torch.manual_seed(1)
    base = torch.randn(6, 96)
    base[2] = 0
    scales = base_scales(base)
    moved = base + 0.2 * torch.randn_like(base)
    moved[2] = 0

    read = dequantize(pack_q4_0(moved, scales).numpy(), GGMLQuantizationType.Q4_0)
    np.testing.assert_array_equal(read, round_weight(moved, scales).numpy())


def test_without_llama_cpps_quantiser_there_is_no_k_quant(
    exported: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("TAILOR_LIBLLAMA", str(tmp_path))
    target = tmp_path / "out.gguf"
    with pytest.raises(QuantiserUnavailableError):
        quantise_with_llama_cpp(exported / "gguf" / "tiny-stylist-f16.gguf", target, "Q4_K_M")
    assert list(tmp_path.iterdir()) == []


@needs_llama_cpp
@pytest.mark.skipif(not PREBUILT.exists(), reason="NOT CHECKED: no prebuilt llama.cpp library for this platform")
def test_the_npm_library_makes_k_quants(exported: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("TAILOR_LIBLLAMA", raising=False)
    source, target = exported / "gguf" / "tiny-stylist-f16.gguf", tmp_path / "out.gguf"
    call = f"quantise_with_llama_cpp(Path({str(source)!r}), Path({str(target)!r}), 'Q4_K_M')"
    # In a process of its own: the library brings its own threads and prints on its own.
    code = f"from pathlib import Path\nfrom tailor_training.export.k_quants import quantise_with_llama_cpp\n{call}"
    subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, cwd=tmp_path)
    # Rows of 64 fit no K-quant; llama.cpp then takes the nearest plain type.
    assert types_of(target)["blk.0.attn_q.weight"] == "Q5_0"
    assert [path.name for path in tmp_path.iterdir()] == ["out.gguf"]
